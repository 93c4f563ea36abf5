# SPDX-License-Identifier: BSD-2-Clause
"""An independent writer of newsarc archives, for test vectors only.

It follows the text newsarc-format.md and shares no code with the library or with reader.py.
Every field passes through Writer.field on its way into the file, where a vector may replace
it; checksums are made behind that, so they fit.  Numbers in [brackets] are sections of the text.
"""
import datetime, json, os, re, struct
from dataclasses import dataclass
from typing import NamedTuple
import xxhash, zstandard

KIB, DAY = 1 << 10, 86400
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

def listing(rows, sizes):
    """The lines that `reader.py list` prints of an archive of these rows."""
    block_of = [block for block, size in enumerate(sizes) for _ in range(size)]
    for number, (row, block) in enumerate(zip(rows, block_of)):
        yield json.dumps({
            "path": os.fsdecode(row.path), "kind": "post" if row.post else "file",
            "type": "symlink" if row.mode >> 12 == 0o12 else "regular",
            "info_code": os.fsdecode(row.code), "date": time_of(row),
            "date_origin": ORIGINS[row.origin],
            "category": os.fsdecode(row.categories.replace(b"\n", b" ")), "mode": row.mode,
            "mtime_sec": row.mtime(), "mtime_nsec": row.nsec, "size": len(row.content),
            "hash": f"{xxh3(row.content):016x}", "row": number, "block": block}) + "\n"

# --- entries of the index
class KeyEntry(NamedTuple):                                 # [9]
    separator: bytes
    blocks: list = ()                                       # in a leaf
    offset: int = 0                                         # of the child, as its size
    size: int = 0
    @staticmethod
    def of_page(entries, offset, size): return KeyEntry(entries[0].separator, (), offset, size)

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

class Writer:
    """changes: "place: field" -> what to put there, a value or a function of the right one."""
    def __init__(self, rows, sizes, names=None, dictionary=b"", fan_out=2, levels=1, relative=1,
                 changes=None):
        self.rows = sorted(rows, key=lambda row: (row.local, row.code, row.path))      # [4]
        self.sizes, self.names, self.dictionary = sizes, names, dictionary
        self.fan_out, self.levels, self.relative = fan_out, levels, relative
        self.changes, self.seen, self.out = changes or {}, set(), b""
        self.owners, self.blocks, self.keys = {}, [], {"codes": {}, "paths": {}}

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

    def write(self):
        self.rows = self.field("file", "rows", self.rows)
        front = {"names": self.names_section(), "dictionary": self.dictionary_section()}
        self.out = self.header_section(front)
        found = {name: self.append(name, front[name])
                 for name in self.field("file", "front", ["names", "dictionary"])}
        found["header"] = self.append("blocks", b"")
        start, row = len(self.out), 0
        for number, size in enumerate(self.sizes):
            self.write_block(number, row, self.rows[row:row + size])
            row += size
        found["blocks"] = start, len(self.out) - start
        roots = {name: self.write_tree(name)
                 for name in self.field("file", "index", ["codes", "paths", "blocks"])}
        self.append("trailer", b"")
        self.out += self.trailer_section(found, roots)
        assert set(self.changes) <= self.seen, set(self.changes) - self.seen
        return self.out

    def header_section(self, front):                        # [5]
        note = NOTE
        if front["dictionary"]:
            size = 20 + 8 + len(NOTE_ON_DICTIONARY % (0, 0))
            note = NOTE_ON_DICTIONARY % (size + len(front["names"]) + 28,
                                         len(front["dictionary"]) - 36)
        fields = (self.field("header", "version", 1), self.field("header", "Reserved", 0),
                  self.field("header", "Unused", 0))
        return self.section("header", b"NARC", struct.pack("<HHI", *fields) + note)
    def names_section(self):                                # [6]
        if self.names is None:
            return b""
        names = self.field("names", "names", self.names)
        raw = varint(self.field("names", "count", len(names))) + b"".join(map(string, names))
        return self.section("names", b"NNAM", self.body("names", raw))
    def dictionary_section(self):                           # [7]
        data = self.field("dictionary", "data", self.dictionary)
        if not data:
            return b""
        payload = u32(self.field("dictionary", "identifier", int.from_bytes(data[4:8], "little")))
        payload += u32(self.field("dictionary", "length", len(data)))
        payload += self.field("dictionary", "pieces", pieces(data))
        return self.section("dictionary", b"NDIC", payload)

    # --- [8] blocks
    def write_block(self, number, first_row, rows):
        place = f"block {number}"
        content, sources = self.take_content(first_row, rows)
        for row in rows:
            self.note_keys(number, row)
        coder = zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None
        frame = self.field(place, "frame", zstd_frame(content, coder) if content else b"")
        payload = varint(self.field(place, "frame size", len(frame)))
        payload += varint(self.field(place, "content size", len(content)))
        identifier = int.from_bytes(self.dictionary[4:8], "little") if frame else 0
        payload += u32(self.field(place, "dictionary", identifier))
        payload += self.field(place, "first row", varint(first_row))
        payload += varint(self.field(place, "rows", len(rows)))
        payload += zigzag(self.field(place, "first local", rows[0].local))
        payload += bytes([self.field(place, "flags", self.relative)])
        for name, values in self.columns(rows, sources).items():
            payload += self.field(place, f"packed {name}", column(self.field(place, name, values)))
        hashes = [xxh3(row.content) for row in rows]
        payload += b"".join(map(u64, self.field(place, "hash", hashes)))
        payload += self.body(place, b"".join(map(self.strings, rows)))
        offset = self.append(place, frame)[0] if frame else len(self.out)
        _, size = self.append(f"descriptor {number}", self.section(place, b"NBLK", payload))
        self.blocks.append(BlockEntry(rows[0].local, len(rows), 1, number, first_row, offset,
                                      len(frame), size))
    def take_content(self, first_row, rows):
        content, sources = b"", []
        for number, row in enumerate(rows, first_row):
            owner = self.owners.setdefault(row.content, number) if row.content else number
            content += row.content if owner == number else b""
            sources.append(number - owner)
        return content, sources
    def columns(self, rows, sources):
        forms, numbers = zip(*map(code_form, rows))
        times = [row.local for row in rows]
        return {"length": [len(row.content) for row in rows], "source": sources,
                "step": [this - last for last, this in zip(times[:1] + times, times)],
                "zone": [row.zone for row in rows],
                "class": [row.post | row.origin << 1 for row in rows],
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
    def note_keys(self, block, row):
        for tree, key in (("codes", row.code), ("paths", b"" if is_regular(row) else row.path)):
            blocks = self.keys[tree].setdefault(key, []) if key else [block]
            if blocks[-1:] != [block]:
                blocks.append(block)

    # --- [9], [10] the index
    def write_tree(self, name):
        """-> offset and size of the root"""
        level, root = 0, (0, 0)
        entries = self.blocks if name == "blocks" else self.separators(name)
        while entries:
            pages = []
            for number, start in enumerate(range(0, len(entries), self.fan_out)):
                place = f"{name} {level}.{number}"
                some = self.field(place, "entries", entries[start:start + self.fan_out])
                make = self.block_page if name == "blocks" else self.key_page
                root = self.append(place, make(place, name, level, some))
                pages.append(some[0].of_page(some, *root))
            level += 1
            entries = pages if len(pages) > 1 or level < self.levels else []
        return root
    def separators(self, name):
        entries, last = [], b""
        keys = self.field(name, "keys", self.keys[name])
        for key in sorted(keys):
            size = next(size for size in range(1, len(key) + 1) if key[:size] > last)
            entries.append(KeyEntry(key[:size], keys[key]))
            last = key
        return entries
    def key_page(self, place, name, level, entries):
        separators = [entry.separator for entry in entries]
        shared = [len(os.path.commonprefix(pair)) for pair in zip([b""] + separators, separators)]
        shared = self.field(place, "shared", shared)
        tails = [separator[same:] for separator, same in zip(separators, shared)]
        raw = varints(shared) + varints(map(len, tails)) + b"".join(tails)
        if level:
            raw += varint(self.field(place, "child", entries[0].offset))
            raw += varints(entry.size for entry in entries)
        else:
            raw += varints(self.field(place, "blocks", [len(entry.blocks) for entry in entries]))
            last = 0
            for _, blocks, *_ in entries:
                raw += zigzag(blocks[0] - last)
                raw += varints(this - before - 1 for before, this in zip(blocks, blocks[1:]))
                last = blocks[0]
        payload = bytes([self.field(place, "index", 1 if name == "codes" else 2),
                         self.field(place, "level", level)])
        payload += varint(self.field(place, "count", len(entries))) + self.body(place, raw)
        return self.section(place, b"NKEY", payload)
    def block_page(self, place, name, level, entries):
        times = [entry.local for entry in entries]
        raw = b"".join(zigzag(this - last) for last, this in zip([0] + times, times))
        raw += varints(entry.rows for entry in entries)
        raw += varints(entry.blocks if level else entry.frame_size for entry in entries)
        raw += varints(entry.size for entry in entries)
        payload = bytes([self.field(place, "level", level)])
        payload += varint(self.field(place, "count", len(entries)))
        payload += varint(self.field(place, "first block", entries[0].number))
        payload += varint(self.field(place, "first row", entries[0].first_row))
        payload += varint(self.field(place, "offset", entries[0].offset)) + self.body(place, raw)
        return self.section(place, b"NBIX", payload)

    def trailer_section(self, found, roots):                # [11]
        fields = {
            "generation": 1, "Reserved": 0,
            "names offset": found["names"][0], "names size": found["names"][1],
            "dictionary offset": found["dictionary"][0], "dictionary size": found["dictionary"][1],
            "blocks offset": found["blocks"][0], "blocks size": found["blocks"][1],
            "rows": len(self.rows), "blocks": len(self.sizes),
            "posts": sum(row.post for row in self.rows),
            "length": sum(len(row.content) for row in self.rows),
            "owned": sum(map(len, self.owners)),
            "codes root": roots["codes"][0], "paths root": roots["paths"][0],
            "blocks root": roots["blocks"][0], "codes root size": roots["codes"][1],
            "paths root size": roots["paths"][1], "blocks root size": roots["blocks"][1],
            "Reserved 2": 0, "end": len(self.out) + 176, "mark": b"newsarc end\n"}
        fields = [self.field("trailer", name, value) for name, value in fields.items()]
        return self.section("trailer", b"NEND", struct.pack("<II6Q5Q3Q4IQ12s", *fields))
