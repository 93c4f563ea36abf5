#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make_sets.py SPEC FOLDER ARCHIVE ARCHIVE

Writes sets, from the text newsarc-set-format.md: FOLDER/good, whose volumes are these archives,
FOLDER/filed, the same with filters in a filter file, and others beside them, each of which breaks one rule. Prints of each `NAME STATUS WHEN`: what a
reader must call it, and who finds it: whoever opens the set (open), or a full check (verify).
SPEC is the folder of the text; the readers there tell what is in the archives, and the writer of
test vectors how numbers are written."""
import collections
import copy
import itertools
import os
import sys
from types import SimpleNamespace

import xxhash

spec, folder, *archives = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path[:0] = [spec, os.path.join(spec, "vectors")]
import reader
import set_reader
from writer import SKIPPABLE, string, u32, u64, varint, varints, xxh3, zigzag


# ---- from archives to a set ----------------------------------------------------------------------

def section(tag, payload):
    data = SKIPPABLE + u32(len(payload) + 12) + tag + payload
    return data + u64(xxh3(data))


def filter_section(keys, size=64):
    """Some place has one key alone, which is taken away; and so on. Where keys are left, the next
    seed is tried. Fingerprints are then given in the reverse order."""
    count = 2 * len(keys) // size + 1
    for seed in itertools.count(1):
        left = {set_reader.mix((key + seed) % 2**64) for key in keys}
        at = collections.defaultdict(set)
        for h in left:
            for place in set_reader.filter_places(h, size, count):
                at[place].add(h)
        order, alone = [], [place for place in at if len(at[place]) == 1]
        while alone:
            place = alone.pop()
            for h in list(at[place]):
                order.append((place, h))
                left.discard(h)
                for other in set_reader.filter_places(h, size, count):
                    at[other].discard(h)
                    if len(at[other]) == 1:
                        alone.append(other)
        if not left:
            break
    fingerprints = bytearray((count + 2) * size)
    for place, h in reversed(order):
        value = set_reader.filter_fingerprint(h)
        for other in set_reader.filter_places(h, size, count):
            value ^= fingerprints[other]
        fingerprints[place] ^= value
    return section(b"NFLT", u64(seed) + u32(size) + u32(count) + bytes(fingerprints))


def volume_of(name):
    archive = reader.Archive(name)
    verifier = reader.Verifier(archive)
    verifier.run()
    data, rows = bytes(archive.file), verifier.rows
    codes = [set_reader.bare(row.info_code) for row in rows if row.info_code]
    keys = {xxhash.xxh3_64_intdigest(key_of(row), index + 1)
            for row in rows for index, key_of in reader.KEYS.items() if key_of(row)}
    spans = [reader.Span(archive.trailer.manifest_offset, archive.trailer.manifest_size),
             *(segment.span for segment in archive.segments)]
    return SimpleNamespace(
        data=data, rows=rows, superseded=set(verifier.superseded),
        name=f"{xxh3(data):016x}.narc".encode(), label=b"", size=len(data), hash=xxh3(data),
        times=[time for segment in archive.segments for time in segment.times],
        least=min(codes, default=b""), greatest=max(codes, default=b""),
        filter=filter_section(keys), filter_size=None, filter_file=0, filter_offset=0, trailer=data[-120:],
        sections=[data[span.offset:span.offset + span.size] for span in spans])


def draft_of(volumes):
    """Of each row of a volume, what is current at its path before is superseded."""
    current, successions, number, generation = {}, [], 0, 0
    for volume in volumes:
        for row in sorted(volume.rows, key=lambda row: row.generation):
            if row.path in current:
                successions.append([current.pop(row.path)[0], generation + row.generation,
                                    number + row.number, row.replaces is None])
        current.update((row.path, (number + row.number, row)) for row in volume.rows
                       if row.number not in volume.superseded and not row.redacted)
        number, generation = number + len(volume.rows), generation + len(volume.times)
    rows = [row for _, row in current.values()]
    return SimpleNamespace(
        version=1, reserved=0, note=b"A set.", edition=1, filter_files=[], filed=b"",
        counts=[len(rows), sum(row.post for row in rows), sum(row.length for row in rows)],
        volumes=volumes, number=len(volumes), successions=sorted(successions), retired=[],
        payload=b"", file=lambda data: data)


def filed(draft):
    """The draft with the filter of its first volume in a filter file, behind that of the second,
    which the manifest has, too."""
    draft = copy.deepcopy(draft)
    first, second = draft.volumes
    draft.filed = second.filter + first.filter
    draft.filter_files = [(f"{xxh3(draft.filed):016x}.filters".encode(), len(draft.filed))]
    first.filter_file, first.filter_offset = 1, len(second.filter)
    return draft


# ---- the manifest --------------------------------------------------------------------------------

def encode_volume(volume):
    size = len(volume.filter) if volume.filter_size is None else volume.filter_size
    steps = [time - before for before, time in zip([0, *volume.times], volume.times)]
    return (string(volume.name) + string(volume.label) + varint(volume.size) + u64(volume.hash)
            + varint(len(steps)) + b"".join(map(zigzag, steps)) + string(volume.least)
            + string(volume.greatest) + varint(volume.filter_file)
            + (varint(volume.filter_offset) if volume.filter_file else b"")
            + varint(size) + string(volume.trailer)
            + string(volume.sections[0]) + varint(len(volume.sections) - 1)
            + b"".join(map(string, volume.sections[1:])))


def encode(draft):
    payload = u32(draft.version | draft.reserved << 16) + string(draft.note)
    payload += varints([draft.edition, *draft.counts, len(draft.filter_files)])
    payload += b"".join(string(name) + varint(size) for name, size in draft.filter_files)
    payload += varint(draft.number)
    payload += b"".join(map(encode_volume, draft.volumes)) + varint(len(draft.successions))
    before = 0
    for row, generation, successor, replaces in draft.successions:
        payload += varints([row - before, generation, 2 * (successor - row) + replaces])
        before = row
    payload += varint(len(draft.retired))
    payload += b"".join(string(name) + zigzag(since) for name, since in draft.retired)
    return draft.file(section(b"NSET", payload + draft.payload)
                      + b"".join(volume.filter for volume in draft.volumes
                                 if not volume.filter_file))


def link(target, name):
    """So that a wrong name leads somewhere."""
    if name and len(name) < 256 and b"\0" not in name and not os.path.lexists(name):
        os.makedirs(os.path.dirname(name), exist_ok=True)
        os.link(target, name)


def write_set(name, draft):
    place = os.path.join(folder, name)
    os.makedirs(place)
    with open(os.path.join(place, set_reader.MANIFEST), "wb") as file:
        file.write(encode(draft))
    if draft.filed:
        with open(os.path.join(place, filter_name), "wb") as file:
            file.write(draft.filed)
    for volume, archive in zip(draft.volumes, archives):
        link(os.fsencode(archive), os.path.join(os.fsencode(place), volume.name))


# ---- what is wrong with them ---------------------------------------------------------------------

def changed(draft, changes):
    """The draft with other fields, by their place; a function makes the new value of the old."""
    draft = copy.deepcopy(draft)
    for place, value in changes.items():
        *path, name = [int(part) if part.isdigit() else part for part in place.split(".")]
        owner = draft
        for part in path:
            owner = owner[part] if isinstance(part, int) else getattr(owner, part)
        values = owner if isinstance(name, int) else vars(owner)
        values[name] = value(values[name]) if callable(value) and name != "file" else value
    return draft


def flipped(data, at=-1):
    return data[:at] + bytes([data[at] ^ 1]) + data[at:][1:]


def refilled(**fields):
    """A filter section with other fields, its checksum right."""
    def change(data):
        seed, size, count = data[12:20], data[20:24], data[24:28]
        return section(b"NFLT", seed + fields.get("size", size) + fields.get("count", count)
                       + fields.get("fingerprints", data[28:-8]))
    return change


def larger(trailer, size):
    """The trailer of the same volume, were it of this size."""
    fields = trailer[12:-8]
    manifest = int.from_bytes(fields[16:24], "little")
    fields = (fields[:8] + u64(size - 120 - manifest) + fields[16:80] + u64(size) + fields[88:])
    return section(b"NEND", fields)


def cases(draft):
    first, second = draft.volumes
    rows = len(first.rows), len(first.rows) + len(second.rows)
    one, other = draft.successions[0], draft.successions[1]
    bad = lambda when: lambda name, **changes: (name, "CORRUPT", when, {
        place.replace("__", "."): value for place, value in changes.items()})
    opens, checked = bad("open"), bad("verify")
    status = lambda status, case: (case[0], status, *case[2:])
    moved = sorted(row.number for row in first.rows if row.number in first.superseded)[0]
    own = next(row for row in second.rows if row.replaces is not None)
    return [
        # the file
        status("UNSUPPORTED", opens("another-version", version=2)),
        status("UNSUPPORTED", opens("reserved-bit", reserved=1 << 15)),
        status("NOT_NEWSARC", opens("another-tag", file=lambda data: (
            data.replace(b"NSET", b"NARC", 1)))),
        status("NOT_NEWSARC", opens("no-bytes", file=lambda data: b"")),
        status("LIMIT", opens("huge-section", file=lambda data: (
            data[:4] + u32((512 << 20) - 7) + data[8:]))),
        opens("cut", file=lambda data: data[:-1]),
        opens("cut-in-the-manifest", file=lambda data: data[:1000]),
        opens("more-behind", file=lambda data: data + b"\0"),
        opens("left-over", payload=b"\0"),
        opens("too-many-volumes", number=(1 << 20) + 1),
        opens("more-volumes-than-there-are", number=3),
        # volumes
        *(opens(f"name-{number}", volumes__0__name=name) for number, name in enumerate([
            b"../x", b"a/b", b".x", b"..", b"-x", b"", b"x" * 201, b"x\0", b"x\n", b"\xc3\xa9",
            b"x y"])),
        opens("two-of-one-name", volumes__1__name=first.name),
        opens("volume-twice", volumes=[first, first], successions=[]),
        opens("retired-volume", retired=[(first.name, 0)]),
        opens("retired-elsewhere", retired=[(b"../x", 0)]),
        opens("long-label", volumes__0__label=b"x" * 201),
        opens("label-with-nul", volumes__0__label=b"\0"),
        opens("another-size", volumes__0__size=lambda size: size + 1),
        opens("size-0", volumes__0__size=0),
        opens("no-generation", volumes__0__times=[]),
        opens("more-generations", volumes__0__times=lambda times: [*times, 0]),
        opens("fewer-generations", volumes__0__times=lambda times: times[:-1]),
        opens("codes-in-disorder", volumes__0__least=first.greatest,
              volumes__0__greatest=first.least),
        opens("no-greatest-code", volumes__0__greatest=b""),
        opens("no-least-code", volumes__0__least=b""),
        opens("long-code", volumes__0__greatest=b"x" * 256),
        opens("code-with-nul", volumes__0__greatest=b"x\0"),
        opens("damaged-trailer", volumes__0__trailer=flipped),
        opens("short-trailer", volumes__0__trailer=lambda data: data[:-1]),
        opens("trailer-of-another", volumes__0__trailer=second.trailer),
        opens("damaged-manifest", volumes__0__sections__0=flipped),
        checked("manifest-of-another", volumes__0__sections__0=second.sections[0]),
        opens("no-manifest", volumes__0__sections__0=b""),
        opens("damaged-segment", volumes__0__sections__1=flipped),
        opens("short-segment", volumes__0__sections__1=lambda data: data[:5]),
        opens("longer-segment", volumes__0__sections__1=lambda data: data + b"\0"),
        opens("fewer-segments", volumes__0__sections=lambda sections: sections[:-1]),
        opens("more-segments", volumes__0__sections=lambda sections: [*sections, sections[-1]]),
        status("LIMIT", opens("beyond-all-disks", volumes__0__size=(1 << 62) + 1,
                              volumes__0__trailer=larger(first.trailer, (1 << 62) + 1))),
        status("LIMIT", opens("too-many-generations", volumes__0__times=[0] * ((1 << 20) + 1))),
        # successions
        opens("succeeds-itself", successions__0__2=one[0]),
        opens("succeeded-by-its-own-volume", successions__0__2=rows[0] - 1, successions__0__1=2),
        opens("succeeded-by-none", successions=[*draft.successions[:-1],
                                                [draft.successions[-1][0], one[1], rows[1], True]]),
        opens("row-of-none", successions=[*draft.successions,
                                          [rows[1] + 5, 4, rows[1] + 6, False]]),
        opens("row-of-the-last-volume", successions=[*draft.successions,
                                                     [rows[0], 4, rows[1] - 1, False]]),
        opens("row-twice", successions=[one, one, *draft.successions[1:]]),
        opens("generation-of-another-volume", successions__0__1=2),
        opens("generation-0", successions__0__1=0),
        opens("generation-of-none", successions__0__1=5),
        opens("in-the-place-of-two", successions__0=[one[0], other[1], other[2], True],
              successions__1__3=True),
        checked("generation-of-another-row", successions__0__1=lambda generation: 7 - generation),
        checked("a-succession-missing", successions=draft.successions[1:]),
        checked("at-another-path", successions__0=[one[0], other[1], other[2], False]),
        checked("superseded-before", successions=sorted([
            *draft.successions, [moved, other[1], other[2], False]])),
        checked("in-the-place-of-its-own-and-another", successions=[
            [one[0], 2 + own.generation, rows[0] + own.number, True], *draft.successions[1:]]),
        # counts, and what the files are
        *(checked(f"count-{number}", **{f"counts__{number}": lambda count: count + 1})
          for number in range(3)),
        checked("another-file", volumes__0__hash=lambda hash: hash ^ 1),
        checked("least-code-is-less", volumes__0__least=b"A"),
        checked("greatest-code-is-less", volumes__0__greatest=first.least),
        # filters
        opens("no-filter", volumes__0__filter=b""),
        opens("filter-of-no-size", volumes__0__filter_size=0),
        opens("filter-beyond-the-end", volumes__1__filter_size=1 << 28),
        status("LIMIT", opens("huge-filter", volumes__1__filter_size=(512 << 20) + 1)),
        checked("damaged-filter", volumes__0__filter=flipped),
        checked("filters-of-others", volumes__0__filter=second.filter,
                volumes__1__filter=first.filter),
        checked("filter-of-no-keys", volumes__0__filter=section(b"NFLT", b"")),
        checked("filter-of-zeros", volumes__0__filter=refilled(fingerprints=bytes(3 * 64))),
        *(checked(f"filter-of-size-{size}", volumes__0__filter=refilled(size=u32(size)))
          for size in (0, 48, 32, 128, 1 << 19, 1 << 31)),
        *(checked(f"filter-of-{count}", volumes__0__filter=refilled(count=u32(count)))
          for count in (0, 2, (1 << 32) - 1)),
    ]


def cases_of_files(draft):
    first = draft.volumes[0]
    name, size = draft.filter_files[0]
    case = lambda name, status, when, **changes: (name, status, when, {
        place.replace("__", "."): value for place, value in changes.items()})
    return [
        case("filter-in-no-file", "CORRUPT", "open", volumes__0__filter_file=2),
        case("filter-behind-its-file", "CORRUPT", "open", volumes__0__filter_offset=size - 10),
        case("filter-far-behind-its-file", "CORRUPT", "open",
             volumes__0__filter_offset=2**64 - len(first.filter) + 1),
        case("filter-file-elsewhere", "CORRUPT", "open", filter_files=[(b"../x", size)]),
        case("filter-file-twice", "CORRUPT", "open", filter_files=[(name, size)] * 2),
        case("filter-file-of-a-volume", "CORRUPT", "open", filter_files=[(first.name, size)]),
        case("filter-file-retired", "CORRUPT", "open", retired=[(name, 0)]),
        case("huge-filter-file", "LIMIT", "open", filter_files=[(name, (1 << 30) + 1)]),
        case("filter-file-missing", "CORRUPT", "verify", filed=b""),
        case("filter-file-cut", "CORRUPT", "verify", filed=lambda data: data[:-1]),
        case("filter-file-damaged", "CORRUPT", "verify", filed=flipped),
        case("filter-of-another", "CORRUPT", "verify", volumes__0__filter_offset=0,
             volumes__0__filter_size=size - len(first.filter)),
    ]


good = draft_of([volume_of(name) for name in archives])
in_file = filed(good)
filter_name = os.fsdecode(in_file.filter_files[0][0])
write_set("good", good)
write_set("filed", in_file)
for draft, all_cases in (good, cases(good)), (in_file, cases_of_files(in_file)):
    for name, verdict, when, changes in all_cases:
        write_set(name, changed(draft, changes))
        print(name, verdict, when)
