# SPDX-License-Identifier: BSD-2-Clause
"""An independent writer of newsarc archives, for test vectors only.

It follows the text newsarc-format.md and shares no code with the library or with reader.py.
Every field passes through Writer.field on its way into the file, where a vector may replace
it; checksums are made behind that, so they fit.  Numbers in [brackets] are sections of the text.
"""
import datetime, hashlib, json, os, re, struct
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
import xxhash, zstandard

KIB, MIB, DAY = 1 << 10, 1 << 20, 86400
SKIPPABLE = b"\x5a\x2a\x4d\x18"
ORIGINS = ("front-matter", "file-name", "info-code", "mtime")
NOTE = b"\nThis is a newsarc archive. Its posts, one after the other: zstd -dc FILE\n"
NOTE_ON_DICTIONARY = (b"\nThis is a newsarc archive. Its posts, one after the other:\n"
                      b"dd if=FILE bs=1 skip=%08d count=%08d | zstd -d >DICT\n"
                      b"zstd -D DICT -dc FILE\n")

# --- [2] numbers, strings, columns
xxh3 = xxhash.xxh3_64_intdigest
def u32(value): return struct.pack("<I", value)
def u64(value): return struct.pack("<Q", value)
def varint(value):
    low, rest = value & 127, value >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])
def zigzag(value): return varint(2 * value if value >= 0 else -2 * value - 1)
def varints(values): return b"".join(map(varint, values))
def string(data): return varint(len(data)) + data

def column(values):
    base = min(values)
    width = (max(values) - base).bit_length()
    bits = sum(value - base << place * width for place, value in enumerate(values))
    return zigzag(base) + bytes([width]) + bits.to_bytes((len(values) * width + 7) // 8, "little")

# --- Zstandard frames and what is made of them
def zstd_frame(content, dictionary=None, size=1, checksum=1, identifier=1):
    settings = zstandard.ZstdCompressionParameters.from_level(
        3, source_size=len(content), write_content_size=size, write_checksum=checksum,
        write_dict_id=identifier)
    coder = zstandard.ZstdCompressor(dict_data=dictionary, compression_params=settings)
    return coder.compress(content)

def plain_frame(content, window_log=None, stated=None):
    """A frame by hand, of raw and of repeat blocks: for windows that no compressor asks for, and
    for megabytes of zeros in few bytes.  It states its size and has a checksum."""
    window = bytes([window_log - 10 << 3]) if window_log else b""
    out = b"\x28\xb5\x2f\xfd" + (b"\xc4" if window else b"\xe4") + window
    out += u64(len(content) if stated is None else stated)
    step = min(128 * KIB, 1 << window_log) if window_log else 128 * KIB
    for start in range(0, len(content), step):
        part = content[start:start + step]
        repeats, last = part.count(part[:1]) == len(part), start + step >= len(content)
        out += (last | repeats << 1 | len(part) << 3).to_bytes(3, "little")
        out += part[:1] if repeats else part
    return out + u32(xxhash.xxh64_intdigest(content) & 0xFFFFFFFF)

def encoded(encoding, size, data): return bytes([encoding]) + varint(size) + data
def packed_body(raw):                                       # [2]
    frame = zstd_frame(raw, checksum=0)
    smaller = len(frame) < len(raw)
    return encoded(smaller, len(raw), frame if smaller else raw)

def pieces(dictionary, step=512 * KIB, **settings):         # [7]
    return b"".join(zstd_frame(dictionary[start:start + step], checksum=0, **settings)
                    for start in range(0, len(dictionary), step))

# --- [19] parity
class Parity(NamedTuple):
    chunk: int = 64
    count: int = 2                                          # of parity chunks in a stripe
    stripes: int = 1
    strength: int = 500                                     # 0: only what cannot be done without

def times(a, b):                                            # in GF(2^8)
    return (a * (b & 1) ^ times(a << 1 ^ (0x11D if a & 0x80 else 0), b >> 1)) if b else 0
@lru_cache(maxsize=None)
def products(factor):                                       # with all bytes, for bytes.translate
    return bytes(times(factor, byte) for byte in range(256))
def inverse(value):                                         # value^254
    out = 1
    for _ in range(254):
        out = products(value)[out]
    return out
def parity_chunk(stripe, row, data_chunks, chunk):
    total = 0
    for number, data in enumerate(stripe):
        factor = inverse(data_chunks + row ^ number)
        total ^= int.from_bytes(data.translate(products(factor)), "big")
    return total.to_bytes(chunk, "big")
def parity_chunks(data, chunk, count, stripes):
    data_chunks = -(-len(data) // stripes)
    return [parity_chunk(data[stripe::stripes], row, data_chunks, chunk)
            for row in range(count) for stripe in range(stripes)]

# --- rows
@dataclass
class Row:
    path: bytes
    local: int
    content: bytes = b""
    code: bytes = b""
    categories: bytes = b""
    shape: bytes = None                                     # None: the path is a literal
    post: bool = False
    origin: int = 3                                         # of ORIGINS
    mode: int = 0o100644
    zone: int = 480
    late: int = 0                                           # its mtime, from its instant on
    nsec: int = 0
    replaces: object = None                                 # path or number of an older row; b"":
                                                            # none; None: that of its own path
    generation: int = None                                  # None: that which writes it
    redacted: tuple = None                                  # time and reason; the content is then
                                                            # what was taken out
    version: int = None                                     # the rest is found by Writer.enter_rows
    older: int = None                                       # number of the row that it replaces
    number: int = None
    block: int = None
    def stored(self): return b"" if self.redacted else self.content
    def mtime(self):                                        # modulo 2^64
        return (self.local - 60 * self.zone + self.late + (1 << 63)) % (1 << 64) - (1 << 63)

def seconds(year, month, day):
    return (datetime.date(year, month, day).toordinal() - 719163) * DAY
def date_of(local):                                         # YYYY-MM-DD
    era, day = divmod(local // DAY, 146097)                 # the calendar repeats in 400 years
    date = datetime.date.fromordinal(719163 + day)
    return f"{date.year + 400 * era:04d}-{date:%m-%d}"
def time_of(row):
    second, minutes, sign = row.local % DAY, abs(row.zone), "-" if row.zone < 0 else "+"
    return (f"{date_of(row.local)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            f"{sign}{minutes // 60:02d}:{minutes % 60:02d}")

def is_regular(row):                                        # [6]
    name = re.fullmatch(rb"\d{4}-\d\d-\d\d-(.*)", row.path.rpartition(b"/")[2], re.DOTALL)
    if not name:
        return False
    stem, dot, behind = name[1].rpartition(b".")
    return row.code != b"" and row.code == (stem if dot else behind)

def code_form(row):                                         # [8] form and number
    date, digits = date_of(row.local).replace("-", "").encode(), row.code[-18:]
    if digits[:8] == date and re.fullmatch(rb"(NW)?\d{18}", row.code):
        return (1 if len(row.code) == 20 else 2), int(digits[8:])
    return (3 if row.code else 0), 0

@dataclass
class Generation:
    rows: list
    sizes: list                                             # rows of each block
    names: list = None
    dictionary: bytes = b""                                 # b"": that of the one before, if any
    spare: bytes = b""                                      # a dictionary in front of this one
    merges: int = 0                                         # segments that its own stands for too
    number: int = 0                                         # 0: the one behind the one before
    owners_last: bool = False                               # of equal contents, the last is stored
    parity: Parity = None
    second: Parity = None                                   # a second group of it

# --- entries of the index
class KeyEntry(NamedTuple):                                 # [9]
    separator: bytes
    blocks: list = ()                                       # in a leaf
    fingerprint: bytes = b""                                # in a leaf; b"": none
    offset: int = 0                                         # of the child, as its size
    size: int = 0
    @staticmethod
    def of_page(entries, offset, size):
        return KeyEntry(entries[0].separator, offset=offset, size=size)

class BlockEntry(NamedTuple):                               # [10]
    local: int
    rows: int
    blocks: int
    number: int                                             # of its first block
    first_row: int
    offset: int                                             # of the block, or the child
    frame_size: int
    size: int                                               # of the descriptor, or the child
    @staticmethod
    def of_page(entries, offset, size):
        return entries[0]._replace(rows=sum(entry.rows for entry in entries), offset=offset,
                                   blocks=sum(entry.blocks for entry in entries), size=size)
    def end(self): return self.offset + self.frame_size + self.size

class SupersededEntry(NamedTuple):                          # [11]
    row: int
    generation: int = 0                                     # in a leaf
    offset: int = 0                                         # of the child, as its size
    size: int = 0
    @staticmethod
    def of_page(entries, offset, size): return SupersededEntry(entries[0].row, 0, offset, size)

# --- [12] what a segment says
class Run(NamedTuple):
    names_offset: int
    names_size: int
    offset: int
    size: int
    blocks: int
    rows: int
    local: int
    span: int                                               # from the first local time to the last

class Segment(NamedTuple):
    first_row: int
    first_block: int
    runs: list
    first_generation: int
    times: list                                             # of its generations
    place: tuple                                            # offset and size
    def merge(self, other, place):
        return self._replace(runs=self.runs + other.runs, times=self.times + other.times,
                             place=place)

TREES = ["codes", "paths", "contents", "blocks", "superseded"]

class Writer:
    """generations: a list of them stands for an archive that was rewritten as a whole: their runs
    have one index in front of one trailer.

    changes: "place: field" -> what to put there, a value or a function of the right one.  From
    the second generation on, its number stands in front of the place of what it has one of; what
    follows the runs of a list has that of the first in it."""
    def __init__(self, generations, fan_out=2, levels=1, relative=1, changes=None):
        self.generations, self.fan_out, self.levels = generations, fan_out, levels
        self.relative, self.changes, self.seen = relative, changes or {}, set()
        self.out, self.prefix, self.names = b"", "", None
        self.rows, self.blocks, self.owners = [], [], {}
        self.current, self.superseded = {}, {}              # path, row number -> number, generation
        self.dictionary, self.dictionaries, self.segments = b"", [], []
        self.guarded, self.parity_at, self.parity_end, self.strength = [], 0, 0, 0
        self.unfinished = {}                                # name of a tree -> level, its entries
        self.parity_size = self.former = 0                  # of this generation, of all before

    def field(self, place, name, value):
        key = f"{place}: {name}"
        self.seen.add(key)
        change = self.changes.get(key, value)
        return change(value) if callable(change) else change
    def section(self, place, tag, payload):                 # [3]
        payload = self.field(place, "payload", payload)
        data = self.field(place, "magic", SKIPPABLE)
        data += u32(self.field(place, "S", len(payload) + 12))
        data += self.field(place, "tag", tag) + payload
        return self.field(place, "section", data + u64(xxh3(data)))
    def body(self, place, raw):
        raw = self.field(place, "raw", raw)
        return self.field(place, "body", packed_body(raw))
    def append(self, place, data):
        """-> offset and size, both 0 for what is absent"""
        self.out += self.field(place, "gap", b"") + data
        return (len(self.out) - len(data), len(data)) if data else (0, 0)

    # --- all of it
    def write(self):
        number = 0
        for generations in self.generations:
            generations = generations if isinstance(generations, list) else [generations]
            numbers = []
            for generation in generations:
                number = generation.number or number + 1
                numbers.append(number)
            self.write_generations(generations, numbers)
        assert set(self.changes) <= self.seen, set(self.changes) - self.seen
        return self.out
    def write_generations(self, generations, numbers):
        """With one index and one trailer"""
        prefixes = [f"{number} " for number in numbers]
        if not self.out:
            prefixes[0] = ""
        first_row, first_block, begin = len(self.rows), len(self.blocks), len(self.out)
        self.guarded = []                                   # names and dictionaries, and the header
        rows = [self.enter_rows(*item) for item in zip(generations, numbers, prefixes)]
        self.find_older(self.rows[first_row:])
        runs, self.names, names = [], None, (0, 0)
        for generation, self.prefix, some in zip(generations, prefixes, rows):
            place = self.write_front(generation)
            names = place["names"] if generation.names is not None else names
            if some:
                runs.append(self.write_run(some, generation.sizes, names))
        self.prefix, segment = prefixes[0], None
        if runs:
            first = sum(len(segment.times) for segment in self.segments) + 1
            times = list(map(self.time, range(first, numbers[-1] + 1)))
            segment = self.write_leaves(
                Segment(first_row, first_block, runs, first, times, (0, 0)), generations[0].merges)
        self.former += self.parity_size
        self.parity_at = self.parity_end = self.strength = self.parity_size = 0
        groups = [group for group in (generations[0].parity, generations[0].second) if group]
        if groups:
            self.write_parity(groups, begin, segment, numbers[-1])
        else:
            self.write_end(segment, numbers[-1])
    def write_end(self, segment, number):
        """The top of the index, segment, manifest and trailer"""
        if segment:
            data = self.segment_section(segment, self.roots or self.write_top())
            place = self.append(self.prefix + "segment", data)
            self.segments = [*self.segments, segment._replace(place=place)]
        manifest = self.write_manifest()
        self.append(self.prefix + "trailer", b"")           # first its gap: it says where it ends
        self.out += self.trailer_section(number, manifest)
    def write_front(self, generation):
        """-> offset and size of its parts before the blocks"""
        self.names = generation.names if generation.names is not None else self.names
        front = {"names": self.names_section(generation.names),
                 "spare": self.dictionary_section("spare", generation.spare),
                 "dictionary": self.dictionary_section("dictionary", generation.dictionary)}
        if not self.out:
            self.guarded.append(self.append("header", self.header_section(front)))
        place = {name: self.append(self.prefix + name, front[name])
                 for name in self.field(self.prefix + "file", "front", list(front))}
        for name, data in (("spare", generation.spare), ("dictionary", generation.dictionary)):
            if data:
                self.dictionary = data
                self.dictionaries.append((data[4:8], *place[name]))
        self.guarded += sorted(span for span in place.values() if span[1])
        return place
    def time(self, generation):                             # [15]
        first = [row.mtime() for row in self.rows if row.generation == 1]
        return 1_700_000_000 + generation if generation > 1 else max(first, default=0)

    def enter_rows(self, generation, number, prefix):
        """-> the rows in the order of [4]"""
        rows = sorted(generation.rows, key=lambda row: (row.local, row.code, row.path,
                                                        row.generation or number))
        rows = self.field(prefix + "file", "rows", rows)
        first_block = self.rows[-1].block + 1 if self.rows else 0
        blocks = [block for block, size in enumerate(generation.sizes, first_block)
                  for _ in range(size)]
        rows = [replace(row, generation=row.generation or number, number=place, block=block)
                for place, (row, block) in enumerate(zip(rows, blocks), len(self.rows))]
        self.rows += rows
        for row in reversed(rows) if generation.owners_last else rows:
            if not row.redacted:
                self.owners.setdefault(row.content, row.number)
        return rows
    def find_older(self, rows):
        """All that follows from older generations [15].  A row is taken to be redacted behind all
        of them: until then, it counts as any other."""
        by_generation = lambda row: row.generation
        for _, group in groupby(sorted(rows, key=by_generation), by_generation):
            self.supersede(list(group))
    def supersede(self, rows):
        """Of one generation; only older ones are looked at, so in two passes."""
        for row in rows:
            path = row.path if row.replaces is None else row.replaces
            row.older = path if isinstance(path, int) else self.current.get(path)
            row.version = self.version(row)
        for row in rows:
            for older in {self.current.get(row.path), row.older} - {None}:
                self.superseded.setdefault(older, row.generation)
        self.current = {path: number for path, number in self.current.items()
                        if number not in self.superseded}
        self.current.update((row.path, row.number) for row in rows)
    def version(self, row):                                 # [15]
        older = [self.rows[number] for number in [row.older] if number is not None]
        current = [self.rows[number] for number in self.current.values()]
        same = [other.version for other in older + [other for other in current
                if row.code and other.code == row.code] if other.content == row.content]
        family = [other.version for other in self.rows if other.generation < row.generation
                  and other.code == row.code] if row.code else [other.version for other in older]
        return same[0] if same else max(family, default=0) + 1

    def is_current(self, row):                              # [15]
        return row.number not in self.superseded and not row.redacted

    def listing(self, all_versions=False):
        """The lines that `reader.py list` prints of what was written, or `--all-versions`."""
        for row in sorted(self.rows, key=lambda row: (row.local, row.code, row.path,
                                                      row.generation)):
            if not all_versions and not self.is_current(row):
                continue
            more = {"generation": row.generation, "version": row.version, "replaces": row.older,
                    "superseded": self.superseded.get(row.number),
                    "redacted": row.redacted and {"time": row.redacted[0],
                                                  "reason": os.fsdecode(row.redacted[1]),
                                                  "sha256": self.sha256_of(row.number).hex()}
                    } if all_versions else {}
            yield json.dumps({
                "path": os.fsdecode(row.path), "kind": "post" if row.post else "file",
                "type": "symlink" if row.mode >> 12 == 0o12 else "regular",
                "info_code": os.fsdecode(row.code), "date": time_of(row),
                "date_origin": ORIGINS[row.origin],
                "category": os.fsdecode(row.categories.replace(b"\n", b" ")), "mode": row.mode,
                "mtime_sec": row.mtime(), "mtime_nsec": row.nsec, "size": len(row.stored()),
                "hash": f"{xxh3(row.content):016x}", "row": row.number, "block": row.block,
                **more}) + "\n"

    # --- parts of a generation, but for blocks and index
    def header_section(self, front):                        # [5]
        note = NOTE
        if front["dictionary"]:
            size = 20 + 8 + len(NOTE_ON_DICTIONARY % (0, 0))
            note = NOTE_ON_DICTIONARY % (size + len(front["names"] + front["spare"]) + 28,
                                         len(front["dictionary"]) - 36)
        fields = (self.field("header", "version", 1), self.field("header", "Reserved", 0),
                  self.field("header", "Unused", 0))
        return self.section("header", b"NARC", struct.pack("<HHI", *fields) + note)
    def names_section(self, names):                         # [6]
        if names is None:
            return b""
        place = self.prefix + "names"
        names = self.field(place, "names", names)
        raw = varint(self.field(place, "count", len(names))) + b"".join(map(string, names))
        return self.section(place, b"NNAM", self.body(place, raw))
    def dictionary_section(self, name, dictionary):         # [7]
        place = self.prefix + name
        data = self.field(place, "data", dictionary)
        if not data:
            return b""
        payload = u32(self.field(place, "identifier", int.from_bytes(data[4:8], "little")))
        payload += u32(self.field(place, "length", len(data)))
        payload += self.field(place, "pieces", pieces(data))
        return self.section(place, b"NDIC", payload)
    def write_manifest(self):                               # [13]
        place = self.prefix + "manifest"
        dictionaries = self.field(place, "dictionaries", self.dictionaries)
        raw = varint(self.field(place, "dictionary count", len(dictionaries)))
        raw += b"".join(identifier + varints(span) for identifier, *span in dictionaries)
        segments = self.field(place, "segments", [segment.place for segment in self.segments])
        raw += varint(self.field(place, "segment count", len(segments)))
        raw += b"".join(map(varints, segments[:-1]))
        raw += b"".join(varint(size) for _, size in segments[-1:])
        tombstones = self.field(place, "tombstones", [(row.number, *row.redacted)
                                                      for row in self.rows if row.redacted])
        raw += varint(self.field(place, "tombstone count", len(tombstones)))
        last = 0
        for row, time, reason in tombstones:                # one that goes back does so modulo 2^64
            raw += varint((row - last) % (1 << 64)) + zigzag(time)
            raw += self.sha256_of(row) + string(reason)
            last = row
        raw += varint(self.field(place, "parity", self.parity_at))
        raw += varint(self.field(place, "former parity", self.former))
        raw += varint(self.field(place, "strength", self.strength))
        payload = u64(self.field(place, "parity end", self.parity_end)) + self.body(place, raw)
        return self.append(place, self.section(place, b"NMAN", payload))

    def sha256_of(self, row):
        content = self.rows[row].content if row < len(self.rows) else b""
        return hashlib.sha256(content).digest()

    # --- [19] parity
    def write_parity(self, settings, begin, *end):
        """And the end, which it may cover.  Three times: to know the sizes; then the places, which
        do not change the sizes; then the bytes, which do not change either."""
        before, segments, groups = self.out, self.segments, [b""] * len(settings)
        self.parity_at, self.strength = len(before), settings[-1].strength
        for _ in range(3):
            behind, self.segments = len(before + b"".join(groups)), segments
            self.parity_end = behind
            self.out = before + b"".join(groups)
            self.write_end(*end)
            tail = self.out[behind:]
            for number, parity in enumerate(settings):
                self.out = before + b"".join(groups) + tail
                groups[number] = self.parity_group(
                    self.prefix + ("parity", "second parity")[number], parity, begin,
                    len(before + b"".join(groups[:number])), len(self.out) - len(tail))
        assert len(before + b"".join(groups)) == behind, self.prefix
        self.out = before + b"".join(groups) + tail         # extents do not depend on themselves
        self.parity_size = behind - len(before)
    def parity_group(self, place, parity, begin, offset, behind):
        last = behind, len(self.out) - behind
        extents = [(begin, offset - begin), last] if parity.strength else [*self.guarded, last]
        extents = self.field(place, "extents", extents)
        settings = [self.field(place, name, value) for name, value in zip("UMS", parity)]
        data = b"".join(self.out[start:start + size] for start, size in extents)
        data = self.field(place, "covered", data)
        step = settings[0]
        chunks = [data[at:at + step].ljust(step, b"\0") for at in range(0, len(data), step)]
        hashed = self.field(place, "hashed", chunks)
        coded = self.field(place, "chunks", parity_chunks(chunks, *settings))
        fields = zip(("offset", "U", "M", "S", "E"), (offset, *settings, len(extents)))
        fields = [self.field(place, "stated " + name, value) for name, value in fields]
        table = struct.pack("<QIIQQ", *fields)
        table += b"".join(struct.pack("<QQ", *extent) for extent in extents)
        table += b"".join(map(u64, self.field(place, "hashes", list(map(xxh3, hashed)))))
        table += b"".join(map(u64, self.field(place, "parity hashes", list(map(xxh3, coded)))))
        most = 4 * MIB // step
        sections = self.field(place, "sections", [b"".join(coded[at:at + most])
                                                  for at in range(0, len(coded), most)])
        parts = [("table", b"NPTB", table),
                 *((str(number), b"NPAR", section) for number, section in enumerate(sections)),
                 ("table 2", b"NPTB", table)]
        return b"".join(self.field(f"{place} {name}", "gap", b"")
                        + self.section(f"{place} {name}", tag, payload)
                        for name, tag, payload in self.field(place, "parts", parts))

    # --- [8] blocks
    def write_run(self, rows, sizes, names):
        self.append(self.prefix + "blocks", b"")
        start, first = len(self.out), 0
        for number, size in enumerate(sizes, len(self.blocks)):
            self.write_block(number, rows[first:first + size])
            first += size
        return Run(*names, start, len(self.out) - start, len(sizes), len(rows),
                   rows[0].local, rows[-1].local - rows[0].local)
    def write_block(self, number, rows):
        place = f"block {number}"
        content = b"".join(row.content for row in rows
                           if self.owners.get(row.content) == row.number)
        coder = zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None
        frame = self.field(place, "frame", zstd_frame(content, coder) if content else b"")
        payload = varint(self.field(place, "frame size", len(frame)))
        payload += varint(self.field(place, "content size", len(content)))
        identifier = int.from_bytes(self.dictionary[4:8], "little") if frame else 0
        payload += u32(self.field(place, "dictionary", identifier))
        payload += u64(self.field(place, "frame hash", xxh3(frame) if frame else 0))
        payload += self.field(place, "first row", varint(rows[0].number))
        payload += varint(self.field(place, "rows", len(rows)))
        payload += zigzag(self.field(place, "first local", rows[0].local))
        payload += bytes([self.field(place, "flags", self.relative)])
        for name, values in self.columns(rows).items():
            payload += self.field(place, f"packed {name}", column(self.field(place, name, values)))
        hashes = [xxh3(row.content) for row in rows]
        payload += b"".join(map(u64, self.field(place, "hash", hashes)))
        payload += self.body(place, b"".join(map(self.strings, rows)))
        offset = self.append(place, frame)[0] if frame else len(self.out)
        _, size = self.append(f"descriptor {number}", self.section(place, b"NBLK", payload))
        self.blocks.append(BlockEntry(rows[0].local, len(rows), 1, number, rows[0].number, offset,
                                      len(frame), size))
    def columns(self, rows):
        forms, numbers = zip(*map(code_form, rows))
        times = [row.local for row in rows]
        return {"length": [len(row.stored()) for row in rows],
                "source": [row.number - self.owners[row.content] if row.stored() else 0
                           for row in rows],
                "generation": [row.generation for row in rows],
                "version": [row.version for row in rows],
                "replaces": [0 if row.older is None else row.number - row.older for row in rows],
                "step": [this - last for last, this in zip(times[:1] + times, times)],
                "zone": [row.zone for row in rows],
                "class": [row.post | row.origin << 1 | (row.redacted is not None) << 3
                          for row in rows],
                "mode": [row.mode for row in rows],
                "mtime": [row.late if self.relative else row.mtime() for row in rows],
                "nanoseconds": [row.nsec for row in rows], "form": forms, "number": numbers,
                "categories": [self.reference(row.categories) for row in rows],
                "shape": [1 if row.shape is None else self.reference(row.shape) for row in rows]}
    def reference(self, name):                              # [6]
        return self.names.index(name) + 2 if name in (self.names or ()) else int(name != b"")
    def strings(self, row):
        shape = row.shape or b""
        return ((string(row.code) if code_form(row)[0] == 3 else b"")
                + (string(row.categories) if self.reference(row.categories) == 1 else b"")
                + (string(row.path[len(shape):]) if b"\0" not in shape else b""))

    # --- [9] to [12] the index
    def write_leaves(self, segment, merges):
        """But for those that are roots"""
        for _ in range(merges):
            segment = self.segments.pop().merge(segment, segment.place)
        self.unfinished = {}
        for name in self.field(self.prefix + "file", "index", TREES):
            entries = self.field(self.prefix + name, "all", self.entries_of(name, segment))
            level = int(len(entries) > self.fan_out or (self.levels > 1 and bool(entries)))
            self.unfinished[name] = level, self.write_level(name, 0, entries) if level else entries
        in_front = self.field(self.prefix + "file", "top in front", False)
        self.roots = self.write_top() if in_front else None
        return segment
    def write_top(self):
        """-> offset and size of each root"""
        roots = dict.fromkeys(TREES, (0, 0))
        for name, (level, entries) in self.unfinished.items():
            while entries:
                pages = self.write_level(name, level, entries)
                roots[name] = self.last_page
                level += 1
                entries = pages if len(pages) > 1 or level < self.levels else []
        return [roots[name] for name in TREES]
    def segment_section(self, segment, roots):              # [12]
        place = self.prefix + "segment"
        raw = varint(self.field(place, "first row", segment.first_row))
        raw += varint(self.field(place, "first block", segment.first_block))
        runs = self.field(place, "runs", segment.runs)
        raw += varint(self.field(place, "run count", len(runs)))
        raw += b"".join(varints(run[:6]) + zigzag(run.local) + varint(run.span) for run in runs)
        times = self.field(place, "times", segment.times)
        raw += varint(self.field(place, "generation count", len(times)))
        raw += varint(self.field(place, "first generation", segment.first_generation))
        raw += b"".join(zigzag(this - last) for last, this in zip([0] + times, times))
        payload = b"".join(u64(offset) + u32(size)
                           for offset, size in self.field(place, "roots", roots))
        return self.section(place, b"NSEG", payload + self.body(place, raw))
    def entries_of(self, name, segment):
        """What the leaves of a tree hold."""
        if name == "blocks":
            return self.blocks[segment.first_block:]
        if name == "superseded":
            last = segment.first_generation + len(segment.times)
            return [SupersededEntry(*item) for item in sorted(self.superseded.items())
                    if segment.first_generation <= item[1] < last]
        return self.separators(name, self.keys_of(name, self.rows[segment.first_row:]),
                               segment.first_row > 0)
    def keys_of(self, name, rows):
        key = {"codes": lambda row: row.code,
               "paths": lambda row: b"" if is_regular(row) else row.path,
               "contents": lambda row: xxh3(row.content).to_bytes(8, "big")
                                       if row.stored() and not row.code else b""}[name]
        keys = {}
        for row in rows:
            blocks = keys.setdefault(key(row), []) if key(row) else [row.block]
            if blocks[-1:] != [row.block]:
                blocks.append(row.block)
        return keys
    def write_level(self, name, level, entries):
        """-> entries for its pages"""
        make = {"blocks": self.block_page, "superseded": self.superseded_page}.get(
            name, self.key_page)
        pages = []
        for number, start in enumerate(range(0, len(entries), self.fan_out)):
            place = f"{self.prefix}{name} {level}.{number}"
            some = self.field(place, "entries", entries[start:start + self.fan_out])
            self.last_page = self.append(place, make(place, name, level, some))
            pages.append(some[0].of_page(some, *self.last_page))
        return pages
    def separators(self, name, keys, fingerprints):
        entries, last = [], b""
        keys = self.field(self.prefix + name, "keys", keys)
        fingerprints = self.field(self.prefix + name, "fingerprints", fingerprints)
        for key in sorted(keys):
            size = next(size for size in range(1, len(key) + 1) if key[:size] > last)
            entries.append(KeyEntry(key[:size], keys[key],
                                    bytes([xxh3(key) >> 56]) if fingerprints else b""))
            last = key
        return entries
    def key_page(self, place, name, level, entries):
        separators = [entry.separator for entry in entries]
        shared = [len(os.path.commonprefix(pair)) for pair in zip([b""] + separators, separators)]
        shared = self.field(place, "shared", shared)
        tails = [separator[same:] for separator, same in zip(separators, shared)]
        raw = varints(shared) + varints(map(len, tails)) + b"".join(tails)
        if level:
            raw += varints(entry.size for entry in entries)
        else:
            raw += varints(self.field(place, "blocks", [len(entry.blocks) for entry in entries]))
            last = 0
            for _, blocks, *_ in entries:
                raw += zigzag(blocks[0] - last)
                raw += varints(this - before - 1 for before, this in zip(blocks, blocks[1:]))
                last = blocks[0]
            raw += b"".join(entry.fingerprint for entry in entries)
        payload = bytes([self.field(place, "index", TREES.index(name) + 1),
                         self.field(place, "level", level),
                         self.field(place, "fingerprint size", len(entries[0].fingerprint))])
        payload += u64(self.field(place, "child", entries[0].offset)) if level else b""
        payload += varint(self.field(place, "count", len(entries))) + self.body(place, raw)
        return self.section(place, b"NKEY", payload)
    def block_page(self, place, name, level, entries):
        times = [entry.local for entry in entries]
        raw = b"".join(zigzag(this - last) for last, this in zip([0] + times, times))
        raw += varints(entry.rows for entry in entries)
        raw += varints(entry.blocks if level else entry.frame_size for entry in entries)
        raw += varints(entry.size for entry in entries)
        if not level:
            gaps = [this.offset - last.end() for last, this in zip(entries, entries[1:])]
            raw += varints(self.field(place, "gaps", [0] + gaps))
        payload = bytes([self.field(place, "level", level)])
        payload += u64(self.field(place, "offset", entries[0].offset))
        payload += varint(self.field(place, "count", len(entries)))
        payload += varint(self.field(place, "first block", entries[0].number))
        payload += varint(self.field(place, "first row", entries[0].first_row))
        return self.section(place, b"NBIX", payload + self.body(place, raw))

    def superseded_page(self, place, name, level, entries):  # [11]
        rows = [entry.row for entry in entries]
        lowest = self.field(place, "lowest", min(entry.generation for entry in entries))
        raw = varints(self.field(place, "steps", [this - last for last, this in
                                                  zip(rows[:1] + rows, rows)]))
        raw += varints(entry.size if level else entry.generation - lowest for entry in entries)
        payload = bytes([self.field(place, "level", level)])
        payload += u64(self.field(place, "child", entries[0].offset)) if level else b""
        payload += varint(self.field(place, "count", len(entries)))
        payload += varint(self.field(place, "first row", rows[0]))
        payload += b"" if level else varint(lowest)
        return self.section(place, b"NSUP", payload + self.body(place, raw))

    def trailer_section(self, number, manifest):            # [14]
        place = self.prefix + "trailer"
        current = list(filter(self.is_current, self.rows))
        lengths = [len(row.stored()) for row in self.rows]
        fields = {
            "generation": number, "Reserved": 0,
            "manifest offset": manifest[0], "manifest size": manifest[1],
            "rows": len(self.rows), "blocks": len(self.blocks), "length": sum(lengths),
            "owned": sum(map(len, self.owners)), "current rows": len(current),
            "current posts": sum(row.post for row in current),
            "current length": sum(len(row.content) for row in current),
            "end": len(self.out) + 120, "mark": b"newsarc end\n"}
        fields = [self.field(place, name, value) for name, value in fields.items()]
        return self.section(place, b"NEND", struct.pack("<II10Q12s", *fields))

def single(rows, sizes, names=None, dictionary=b"", **options):
    """The Writer of an archive that is written at one go."""
    return Writer([Generation(rows, sizes, names, dictionary)], **options)
