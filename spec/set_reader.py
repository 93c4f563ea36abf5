#!/usr/bin/python3
"""An independent reader of newsarc sets, from the text newsarc-set-format.md alone, and from
reader.py, which reads their volumes.  Numbers in [brackets] are sections of newsarc-format.md,
those in {braces} of the text on sets.

  set_reader.py info|list|verify SET | find|cat SET KEY | extract SET DIR

Options, what is printed and exit status are those of reader.py; rows, blocks and generations are
numbered as the set numbers them.  Of an error in a volume, its name stands behind the status, and
offsets are in its file; others are in the manifest of the set.
"""
import os, re, sys
from collections import namedtuple
from contextlib import contextmanager, nullcontext
from functools import cached_property
from itertools import accumulate
from operator import attrgetter
import xxhash
import reader
from reader import (INFO_CODES, INFO_CODE_LIMIT, KEYS, MIB, NUMBER_LIMIT, SKIPPABLE, TRAILER_SIZE,
                    U64, Archive, Cursor, Problem, Rows, Span, Verifier, check, check_limit,
                    decode_trailer, last_not_above, map_file, read_section, text)

MANIFEST = "newsarc-set"
LIMITS = {b"NSET": 512 * MIB, b"NFLT": 512 * MIB}
NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")                # {1}
VOLUMES, LABEL_LIMIT, FILTER_SEGMENT = 1 << 20, 200, 1 << 18
FILTER_FILE_LIMIT = 1 << 30
SIZE_LIMIT, GENERATION_LIMIT = 1 << 62, 1 << 20                         # {8} of a set
LEAST_HEADER = 20                                # {3} until it is seen

class VolumeProblem(Problem): """One that says in which volume."""

def bare(code):                                  # {3} infoCodes in order of date
    return code[2:] if re.fullmatch(rb"NW[0-9]{18}", code) else code

@contextmanager
def inside(name):
    try:
        yield
    except VolumeProblem:
        raise
    except Problem as error:
        status, _, message = str(error).partition(": ")
        raise VolumeProblem(f"{status}: {name}: {message}") from None

# --- {3} the manifest
Manifest = namedtuple("Manifest", """edition current_rows current_posts current_length filter_files
    volumes successions retired""")
FilterFile = namedtuple("FilterFile", "name size")
FilterPlace = namedtuple("FilterPlace", "file offset size")    # file: None in the manifest, offset too
Stated = namedtuple("Stated", """name label size hash times least greatest filter_place trailer
    sections""")                                 # sections: the manifest, then the segments
Succession = namedtuple("Succession", "row generation successor replaces")
Retired = namedtuple("Retired", "name since")

def decode_name(cur):
    name = cur.string()
    check(NAME.fullmatch(name), f"{text(name)!a} is no name of a volume", cur.where)
    return name.decode()
def decode_info_code(cur):
    code = cur.string()
    check(len(code) <= INFO_CODE_LIMIT and b"\0" not in code, "bad infoCode", cur.where)
    return code
def decode_filter_file(cur):
    file = FilterFile(decode_name(cur), cur.varint())
    check_limit(file.size, FILTER_FILE_LIMIT, "size of a filter file", cur.where)
    return file
def decode_filter_place(cur, files):
    number = cur.varint()
    check(number <= len(files), "filter in no file", cur.where)
    file = files[number - 1] if number else None
    offset = cur.varint() if file else None
    size = cur.varint()
    check_limit(size, LIMITS[b"NFLT"], "section size", cur.where)
    check(size >= 20, "volume without a filter", cur.where)
    check(not file or offset + size <= file.size, "filter behind the end of its file", cur.where)
    return FilterPlace(file, offset, size)
def decode_volume(cur, files):
    name, label = decode_name(cur), cur.string()
    check(len(label) <= LABEL_LIMIT and b"\0" not in label, "bad label", cur.where)
    size, (digest,), generations = cur.varint(), cur.fixed("Q"), cur.varint()
    check(generations, "volume of no generation", cur.where)
    check_limit(generations, GENERATION_LIMIT, "number of generations", cur.where)
    times = list(accumulate(cur.zigzag() for _ in range(generations)))
    least, greatest = decode_info_code(cur), decode_info_code(cur)
    check(least <= greatest and bool(least) == bool(greatest), "infoCodes from nowhere", cur.where)
    filter_place = decode_filter_place(cur, files)
    trailer, manifest = cur.string(), cur.string()
    sections = [manifest, *(cur.string() for _ in range(cur.varint()))]
    return Stated(name, label, size, digest, times, least, greatest, filter_place, trailer,
                  sections)

def decode_successions(cur):
    successions, row = [], 0
    for _ in range(cur.varint()):
        step, generation, ahead = cur.varints(3)
        check(step or not successions, "successions do not ascend", cur.where)
        check(ahead > 1, "a row succeeds itself", cur.where)
        row += step
        successions.append(Succession(row, generation, row + (ahead >> 1), ahead & 1))
    return successions

def decode_manifest(payload):
    cur = Cursor(payload, 0)
    version, reserved = cur.fixed("HH")
    check(version == 1 and not reserved, "version or reserved bits", 12, "UNSUPPORTED")
    cur.string()                                 # the note
    edition, *counts = cur.varints(4)
    files = [decode_filter_file(cur) for _ in range(cur.varint())]
    volumes = [decode_volume(cur, files) for _ in range(cur.count(0, VOLUMES))]
    successions = decode_successions(cur)
    retired = [Retired(decode_name(cur), cur.zigzag()) for _ in range(cur.varint())]
    cur.done()
    names = [file.name for file in (*files, *volumes, *retired)]
    check(len(names) == len(set(names)), "a name stands for two files", cur.where)
    return Manifest(edition, *counts, files, volumes, successions, retired)

# --- {4} filters
def mix(x):
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD % U64
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53 % U64
    return x ^ x >> 33

def filter_places(h, size, count):
    a = h * count * size >> 64
    return a, a + size ^ (h >> 18) % size, a + 2 * size ^ h % size
def filter_fingerprint(h): return (h ^ h >> 32) % 256

class Filter:
    def __init__(self, payload, where):
        cur = Cursor(payload, where)
        self.seed, self.size, self.count = cur.fixed("QII") if payload else (0, 1, 0)
        check(0 < self.size <= FILTER_SEGMENT and self.size & self.size - 1 == 0
              and (self.count or not payload), "sizes of a filter", where)
        self.fingerprints = cur.take((self.count + 2) * self.size if payload else 0)
        cur.done()
    def passes(self, index, key):
        if not self.count:
            return False                         # there are no keys
        h = mix((xxhash.xxh3_64_intdigest(key, index + 1) + self.seed) % U64)
        a, b, c = (self.fingerprints[at] for at in filter_places(h, self.size, self.count))
        return a ^ b ^ c == filter_fingerprint(h)

# --- a volume
class Volume(Archive):
    """Opened by what the manifest of the set states.  Its rows have the numbers of the set, but for
    `owner`; first_row, first_block and last_generation are what all volumes before it have"""
    def __init__(self, whole, stated, filter_place, before):
        self.whole, self.stated, self.name = whole, stated, stated.name
        self.filter_place, self.unread = filter_place, list(stated.sections)
        self.first_row, self.first_block, self.last_generation = before
        self.size, self.parts, self.header_size = stated.size, [self], LEAST_HEADER
        with inside(self.name):
            trailer = decode_trailer(stated.trailer, self.size - TRAILER_SIZE)
            check(trailer, "trailer is not valid", self.size - TRAILER_SIZE)
            self.open(trailer)
            check(not self.unread, "more segments than the volume has", trailer.manifest_offset)
            check(trailer.generation == len(stated.times), "generations are counted differently",
                  trailer.offset)
            check(trailer.rows, "volume without a row", trailer.offset)
    def behind(self):
        """-> what all volumes up to this one have"""
        return (self.first_row + self.trailer.rows, self.first_block + self.trailer.blocks,
                self.last_generation + self.trailer.generation)

    def section(self, tag, offset, end, size=None):
        if tag not in (b"NMAN", b"NSEG"):
            return super().section(tag, offset, end, size)
        check(self.unread, "fewer segments than the volume has", offset)
        data = self.unread.pop(0)                # in the order in which they are asked for
        check(len(data) == size >= 20, "section size", offset)
        return read_section(data, tag, offset, end, size, base=offset)
    @cached_property
    def file(self):                              # when something of it is wanted at last
        with inside(self.name):
            self.file = self.whole.map(self.name, self.size)
            self.header_size = self.open_header()
            self.check_opening()                 # once more, with the right size of the header
        return self.file

    def read_block(self, *arguments):
        block = super().read_block(*arguments)
        return block._replace(rows=[self.row_of_set(row) for row in block.rows])
    def row_of_set(self, row):                   # {2}
        number = row.number + self.first_row
        replaces = None if row.replaces is None else row.replaces + self.first_row
        return row._replace(number=number, block=row.block + self.first_block,
                            generation=row.generation + self.last_generation,
                            replaces=self.whole.replaced.get(number, replaces))
    def shows(self, row): return self.whole.shows(row)

    def may_have(self, index, key):              # {5}
        if index == INFO_CODES and not self.stated.least <= bare(key) <= self.stated.greatest:
            return False
        try:
            return self.filter.passes(index, key)
        except Problem:
            return True
    @cached_property
    def filter(self):
        file = self.filter_place.file
        with inside(file.name) if file else nullcontext():
            return self.whole.read_filter(*self.filter_place)

    # what is asked of an archive, and says in which volume it fails
    def walk_run(self, run):
        with inside(self.name):
            yield from super().walk_run(run)
    def rows_of_key(self, index, key):
        with inside(self.name):
            yield from super().rows_of_key(index, key)
    def owner(self, block, row):
        with inside(self.name):
            return super().owner(block, row)
    def content(self, block, row):
        with inside(self.name):
            yield from super().content(block, row)
    def extract(self):
        with inside(self.name):
            super().extract()

# --- the set
class Superseded:
    """{2} row -> generation, which asks a volume only if one of its rows is asked for"""
    def __init__(self, whole):
        self.whole = whole
        self.successions = {succession.row: succession.generation
                            for succession in whole.manifest.successions}
    def get(self, number, default=None):
        part = self.whole.part_of(number)
        with inside(part.name):
            own = part.superseded.get(number - part.first_row)
        return self.successions.get(number, default) if own is None else own + part.last_generation

class Set(Rows):
    def __init__(self, folder):
        self.folder = os.path.abspath(folder)    # extract works in another one
        self.file = map_file(os.path.join(self.folder, MANIFEST))
        check(self.file[:4] == SKIPPABLE and self.file[8:12] == b"NSET", "no manifest of a set", 0,
              "NOT_NEWSARC")
        payload = read_section(self.file, b"NSET", 0, len(self.file), limits=LIMITS)
        self.manifest, self.parts, self.filter_files = decode_manifest(payload), [], {}
        self.replaced = {succession.successor: succession.row
                         for succession in self.manifest.successions if succession.replaces}
        self.open_volumes(len(payload) + 20)
        self.check_successions()
        self.superseded = Superseded(self)
    def open_volumes(self, pos):
        size, before = 0, (0, 0, 0)
        for stated in self.manifest.volumes:
            place = stated.filter_place
            if not place.file:
                place = place._replace(offset=pos)
                pos += place.size
            self.parts.append(Volume(self, stated, place, before))
            before, size = self.parts[-1].behind(), size + stated.size
            check_limit(size, SIZE_LIMIT, "size of all volumes", 0)
            check_limit(before[0], NUMBER_LIMIT, "number of rows", 0)
            check_limit(before[2], GENERATION_LIMIT, "number of generations", 0)
        check(pos == len(self.file), "filters do not end where the manifest does", pos)
        self.rows, self.blocks, self.as_of = before    # [15] as of the last generation
    def check_successions(self):                 # {3}
        for row, generation, successor, _ in self.manifest.successions:
            check(successor < self.rows, f"succession of row {row} by none", 0)
            part, later = self.part_of(row), self.part_of(successor)
            check(part.first_row < later.first_row, f"row {row} is succeeded by its own volume", 0)
            check(later.last_generation < generation <= later.behind()[2],
                  f"succession of row {row} by another generation", 0)
        check(len(self.replaced)
              == sum(succession.replaces for succession in self.manifest.successions),
              "a row takes the place of two", 0)
    def map(self, name, size):
        try:
            data = map_file(os.path.join(self.folder, name))
        except FileNotFoundError:
            raise Problem("CORRUPT: is missing in the set at offset 0") from None
        check(len(data) == size, "is of another size", 0)
        return data
    def read_filter(self, file, offset, size):
        if file and file.name not in self.filter_files:
            self.filter_files[file.name] = self.map(file.name, file.size)
        data = self.filter_files[file.name] if file else self.file
        return Filter(read_section(data, b"NFLT", offset, offset + size, size, limits=LIMITS),
                      offset)
    def part_of(self, number): return last_not_above(self.parts, "first_row", number)

    def rows_of_key(self, index, key):
        for part in reversed(self.parts):
            if part.may_have(index, key):
                yield from part.rows_of_key(index, key)
    def tombstone(self, row):
        part = self.part_of(row.number)
        with inside(part.name):
            return part.tombstone(row._replace(number=row.number - part.first_row))

# --- verify: the rules that take all files
class SetVerifier:
    def __init__(self, whole):
        self.whole, self.rows, self.superseded = whole, [], {}
    def run(self):
        for part in self.whole.parts:
            with inside(part.name):
                self.check_file(part)
                self.check_volume(part)
        for succession in self.whole.manifest.successions:
            self.check_succession(*succession)
        self.check_paths()
        self.check_counts()

    def check_file(self, part):                  # {3} what the manifest says of it
        trailer, (manifest, *segments) = part.trailer, part.stated.sections
        spans = [segment.span for segment in part.segments]
        stated = [(trailer.offset, part.stated.trailer), (trailer.manifest_offset, manifest),
                  *((span.offset, data) for span, data in zip(spans, segments))]
        for offset, data in stated:
            check(part.file[offset:offset + len(data)] == data, "the set has another section",
                  offset)
        check(xxhash.xxh3_64_intdigest(part.file) == part.stated.hash, "wrong hash of the file", 0)
    def check_volume(self, part):
        verifier = Verifier(Archive(os.path.join(self.whole.folder, part.name)))
        verifier.run()
        codes = [bare(row.info_code) for row in verifier.rows if row.info_code]
        check((part.stated.least, part.stated.greatest)
              == (min(codes, default=b""), max(codes, default=b"")), "other infoCodes", 0)
        for row in verifier.rows:
            number = row.number + part.first_row
            for index, key_of in KEYS.items():
                check(not key_of(row) or part.filter.passes(index, key_of(row)),
                      f"filter does not let row {number} pass", 0)
            check(row.replaces is None or number not in self.whole.replaced,
                  f"row {number} takes the place of two", 0)
            self.rows.append(part.row_of_set(row))
        for number, generation in verifier.superseded.items():
            self.superseded[number + part.first_row] = generation + part.last_generation

    def check_succession(self, number, generation, successor, replaces):
        row, later = self.rows[number], self.rows[successor]
        check(later.generation == generation, f"row {successor} is of another generation", 0)
        check(number not in self.superseded, f"row {number} was superseded in its volume", 0)
        check(replaces or row.path == later.path,
              f"row {number} was never where row {successor} is", 0)
        self.superseded[number] = generation
    def check_paths(self):
        """[15] No two rows with the same path are current, at no generation; rows are in the order
        of volumes, and those of one volume were looked at."""
        last = {}                                # path -> row
        for row in sorted(self.rows, key=attrgetter("generation")):
            older = last.get(row.path)
            check(older is None or self.superseded.get(older, U64) <= row.generation,
                  f"rows {older} and {row.number} are current at one path", 0)
            if not row.redacted:
                last[row.path] = row.number
    def check_counts(self):
        manifest = self.whole.manifest
        current = [row for row in self.rows if not row.redacted
                   and row.number not in self.superseded]
        check((manifest.current_rows, manifest.current_posts, manifest.current_length)
              == (len(current), sum(row.post for row in current),
                  sum(row.length for row in current)), "manifest counts differently", 0)

# --- command line
def command_info(whole, _):
    manifest, parts = whole.manifest, whole.parts
    print(f"version 1\nmanifest_size {len(whole.file)}\nedition {manifest.edition}\n"
          f"generation {whole.as_of}\nrows {whole.rows}\nblocks {whole.blocks}")
    for name in ("length", "owned_length"):
        print(name, sum(getattr(part.trailer, name) for part in parts))
    for name in ("current_rows", "current_posts", "current_length"):
        print(name, getattr(manifest, name))
    for name in ("dictionaries", "segments", "runs"):
        print(name, sum(len(getattr(part, name)) for part in parts))
    print(f"filter_files {len(manifest.filter_files)}")
    print(f"volumes {len(parts)}\nsuccessions {len(manifest.successions)}\n"
          f"retired {len(manifest.retired)}")
    for number, part in enumerate(parts, 1):
        print(f"volume_{number} {part.name} label {text(part.stated.label)!a} size {part.size} "
              f"rows {part.trailer.rows} generations {part.trailer.generation}")
    for number, time in enumerate((time for part in parts for time in part.stated.times), 1):
        print(f"time_of_generation_{number} {time}")
    for file in manifest.filter_files:
        print(f"filter_file {file.name} size {file.size}")
    for file in manifest.retired:
        print(f"retired_file {file.name} since {file.since}")
def command_verify(whole, _):
    SetVerifier(whole).run()
    print("ok")

if __name__ == "__main__":
    commands = {**vars(reader), "command_info": command_info, "command_verify": command_verify}
    sys.exit(reader.main(sys.argv[1:], "set_reader.py", __doc__, Set, commands))
