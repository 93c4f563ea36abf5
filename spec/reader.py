#!/usr/bin/python3
"""An independent reader of newsarc archives, from the text newsarc-format.md alone: a second
opinion, so plain and strict rather than quick.  Numbers in [brackets] are sections of the text.

  reader.py info|list|verify ARCHIVE | find|cat ARCHIVE KEY | extract ARCHIVE DIR

Exit status: 0 ok; 1 KEY not found; 2 usage, or the system refused something;
4 a bad archive, with `STATUS: message at offset N` on stderr.
"""
import io, json, mmap, os, re, stat, struct, sys
from bisect import bisect_right
from collections import namedtuple
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
import xxhash, zstandard

KIB, MIB, CHUNK, PIECES, U64 = 1 << 10, 1 << 20, 1 << 17, 64, 1 << 64
# [12] of a section, by its size S + 8; the raw size of what it holds has the same limit
LIMIT = {b"NARC": 64 * KIB, b"NNAM": 16 * MIB, b"NDIC": 32 * MIB, b"NBLK": 64 * MIB,
         b"NKEY": 8 * MIB, b"NBIX": 8 * MIB}
SHARED_CONTENT_LIMIT, CONTENT_LIMIT, NUMBER_LIMIT, LEVELS = 64 * MIB, (1 << 63) - 1, 1 << 48, 8
PATH_LIMIT, INFO_CODE_LIMIT, CATEGORIES_LIMIT = 4095, 255, 4096
DATA_WINDOW, OTHER_WINDOW = 8 * MIB, 128 * MIB   # [8]; this reader's own for all other frames
SKIPPABLE, ZSTD_MAGIC, DICT_MAGIC = b"\x5a\x2a\x4d\x18", b"\x28\xb5\x2f\xfd", b"\x37\xa4\x30\xec"
TRAILER_SIZE, TRAILER_MARK = 176, b"newsarc end\n"
INFO_CODES, PATHS = 1, 2                         # [9] the two key indexes
ORIGINS = ("front-matter", "file-name", "info-code", "mtime")
xxh3 = xxhash.xxh3_64_intdigest

class Problem(Exception): """An error of [2]; its text is what the user sees."""

def check(condition, message, offset, status="CORRUPT"):
    if not condition:
        raise Problem(f"{status}: {message} at offset {offset}")
def check_limit(value, limit, what, offset):
    check(value <= limit, f"{what} {value} is above {limit}", offset, "LIMIT")

# --- [2] conventions
class Cursor:
    """Reads the fields of a payload, one behind the other; errors are said to be `where`."""
    def __init__(self, data, where):
        self.data, self.pos, self.where = data, 0, where
    def take(self, size):
        check(size <= len(self.data) - self.pos, "field runs past its end", self.where)
        self.pos += size
        return self.data[self.pos - size:self.pos]
    def varint(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        check(byte < 0x80 and value < U64, "varint is above 64 bits", self.where)
        check(byte or not shift, "varint is not the shortest form", self.where)
        return value
    def zigzag(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)
    def fixed(self, form): return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))
    def byte(self): return self.take(1)[0]
    def varints(self, count): return [self.varint() for _ in range(count)]
    def string(self): return self.take(self.varint())
    def rest(self): return self.take(len(self.data) - self.pos)
    def done(self): check(self.pos == len(self.data), "bytes left over", self.where)

def signed64(value): return (value + (1 << 63)) % U64 - (1 << 63)

def decode_column(cur, count):                       # [2] packed column; values modulo 2^64
    base, width = cur.zigzag(), cur.byte()
    check(width <= 64, "column width is above 64", cur.where)
    if width == 0:
        return [base % U64] * count
    data, mask, fields = cur.take((count * width + 7) // 8), (1 << width) - 1, []
    for bit in range(0, count * width, width):
        some = int.from_bytes(data[bit >> 3:(bit + width + 7) >> 3], "little")
        fields.append(some >> (bit & 7) & mask)
    check(data[-1] >> (count * width - 1) % 8 + 1 == 0, "column's spare bits are set", cur.where)
    return [(base + field) % U64 for field in fields]

def decode_body(cur, limit):                         # [2] packed body -> a cursor in it
    encoding, size = cur.byte(), cur.varint()
    check(encoding <= 1, "unknown encoding of a body", cur.where)
    check_limit(size, limit, "raw size", cur.where)
    data = cur.rest()
    if encoding == 1:
        data = decode_plain_frame(data, size, cur.where)
    check(len(data) == size, "body is not of its raw size", cur.where)
    return Cursor(data, cur.where)

# --- Zstandard frames (RFC 8878, section 3.1.1)
FrameHeader = namedtuple("FrameHeader", "size content_size window dictionary checksum")

def decode_frame_header(data, where):
    cur = Cursor(data, where)
    check(cur.take(4) == ZSTD_MAGIC, "no Zstandard frame", where)
    flags = cur.byte()
    check(not flags & 0x08, "reserved bit in a Zstandard frame header", where)
    single = flags >> 5 & 1
    byte = 0 if single else cur.byte()
    dictionary = int.from_bytes(cur.take((0, 1, 2, 4)[flags & 3]), "little")
    width = (single, 2, 4, 8)[flags >> 6]
    size = int.from_bytes(cur.take(width), "little") + (256 if width == 2 else 0)
    window = size if single else (8 + (byte & 7)) << (7 + (byte >> 3))
    return FrameHeader(cur.pos, size if width else None, window, dictionary, flags >> 2 & 1)

def frame_size_at(data, pos, end, where):            # by the headers of its blocks
    header = decode_frame_header(data[pos:min(pos + 18, end)], where)
    start, pos, last = pos, pos + header.size, False
    while not last:
        check(pos + 3 <= end, "Zstandard frame runs past its end", where)
        word = int.from_bytes(data[pos:pos + 3], "little")
        last, kind, size = word & 1, word >> 1 & 3, word >> 3
        check(kind != 3, "reserved Zstandard block type", where)
        pos += 3 + (1 if kind == 1 else size)        # kind 1: one byte, repeated
    pos += 4 * header.checksum
    check(pos <= end, "Zstandard frame runs past its end", where)
    return pos - start

class FrameStream:
    """The content of one frame, piece by piece, so that no size field can make us
    allocate more than a chunk (and the window, which the caller has checked)."""
    def __init__(self, data, where, window, dictionary=None):
        self.where = where
        self.reader = self.guard(zstandard.ZstdDecompressor, dictionary, window).stream_reader(data)
    def guard(self, function, *arguments):
        try:
            return function(*arguments)
        except zstandard.ZstdError as error:
            raise Problem(f"CORRUPT: {error} at offset {self.where}") from None
    def chunks(self, size):
        while size:
            data = self.guard(self.reader.read, min(size, CHUNK))
            check(data, "frame holds less than it should", self.where)
            size -= len(data)
            yield data

    def content(self, row):
        """[8] The next row's content; if it is not right, no reader gets to its end."""
        digest = xxhash.xxh3_64()
        for chunk in self.chunks(row.length):
            digest.update(chunk)
            yield chunk
        check(digest.intdigest() == row.hash, f"row {row.number}: wrong hash", self.where)
    def finish(self):    # the read behind the last byte also makes zstd look at the checksum
        check(not self.guard(self.reader.read, 1), "frame holds more than it should", self.where)

def decode_pieces(data, size, where):                # [7] the dictionary's body
    out, pos, left = [], 0, size
    while pos < len(data):
        frame = frame_size_at(data, pos, len(data), where)
        piece = decode_frame_header(data[pos:pos + 18], where).content_size
        check(piece and piece <= left, "piece of a dictionary states no size that fits", where)
        check_limit(len(out) + 1, PIECES, "pieces", where)
        out.append(decode_plain_frame(data[pos:pos + frame], piece, where))
        pos, left = pos + frame, left - piece
    check(not left, "a piece of the dictionary is missing", where)
    return b"".join(out)

def decode_plain_frame(data, size, where):
    """One whole frame with no dictionary that decodes to `size` bytes."""
    header = decode_frame_header(data[:18], where)
    check(not header.dictionary and header.content_size in (None, size), "wrong frame", where)
    check_limit(header.window, OTHER_WINDOW, "window", where)
    check(frame_size_at(data, 0, len(data), where) == len(data), "bytes behind a frame", where)
    stream = FrameStream(data, where, OTHER_WINDOW)
    out = b"".join(stream.chunks(size))
    stream.finish()
    return out

# --- local time [2], paths [4], [9]
def civil(local):
    """Local time to its year and a datetime for the rest: the calendar repeats in 400 years."""
    era, second = divmod(local, 146097 * 86400)
    moment = datetime(1970, 1, 1) + timedelta(seconds=second)
    return moment.year + 400 * era, moment
def iso_date(local, zone):
    (year, moment), minutes = civil(local), abs(zone)
    return (f"{year:04d}-{moment:%m-%dT%H:%M:%S}{'-' if zone < 0 else '+'}"
            f"{minutes // 60:02d}:{minutes % 60:02d}")
def date_bytes(local, form, where):
    year, moment = civil(local)
    check(0 <= year <= 9999, "year does not have four digits", where)
    return f"{year:04d}{moment:{form}}".encode()

def info_code_in_path(path):
    """[6] what would be the infoCode if the path is regular, or b''."""
    found = re.match(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}-(.*)\Z", path.rpartition(b"/")[2], re.DOTALL)
    before, dot, behind = found[1].rpartition(b".") if found else (b"", b"", b"")
    return before if dot else behind

# --- trailer, names, dictionary
Trailer = namedtuple("Trailer", """generation reserved names_offset names_size dictionary_offset
    dictionary_size blocks_offset blocks_size rows blocks posts length owned_length
    info_codes_root paths_root blocks_root info_codes_root_size paths_root_size blocks_root_size
    reserved_2 end mark offset blocks_end roots""")  # up to `mark` as in the file

def decode_trailer(payload, offset):                 # [11]
    fields = struct.unpack("<II6Q5Q3Q4IQ12s", payload)
    return Trailer(*fields, offset, fields[6] + fields[7], tuple(zip(fields[13:16], fields[16:19])))

def check_trailer(t, pos):
    """[11] Opening: what can be said from header, which ends at `pos`, and trailer alone."""
    check_limit(t.rows, NUMBER_LIMIT, "number of rows", t.offset)
    for offset, size in ((t.names_offset, t.names_size), (t.dictionary_offset, t.dictionary_size)):
        check(offset == pos if size else not offset, "names, dictionary misplaced", t.offset)
        pos += size
    check(t.blocks_offset == pos and t.blocks_end <= t.offset, "blocks misplaced", t.offset)
    check(bool(t.rows) == bool(t.blocks) == bool(t.blocks_size) == bool(t.blocks_root),
          "rows, blocks and their index do not go together", t.offset)
    for offset, size in t.roots:
        check(t.blocks_end <= offset <= t.offset - size if size else not offset,
              "root page is outside the index", t.offset)

def decode_names(payload, where):                    # [6]
    cur = decode_body(Cursor(payload, where), LIMIT[b"NNAM"])
    count = cur.varint()
    check(count <= 65535, "too many names", where)
    names = [cur.string() for _ in range(count)]
    check(all(1 <= len(name) <= 4096 for name in names), "name length is out of range", where)
    cur.done()
    return names
def decode_dictionary(payload, where):               # [7] -> (identifier, for the decoder)
    cur = Cursor(payload, where)
    identifier, size = cur.fixed("II")
    check(identifier, "dictionary identifier is 0", where)
    check_limit(size, LIMIT[b"NDIC"], "dictionary size", where)
    data = decode_pieces(cur.rest(), size, where)
    check(data[:8] == DICT_MAGIC + struct.pack("<I", identifier), "not that dictionary", where)
    dictionary = zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
    FrameStream(b"", where, DATA_WINDOW, dictionary)    # loads it now, or says that it cannot
    return identifier, dictionary

# --- descriptors [8]
# info_code is b"" where there is none; `framed`: by a shape with a byte 00 [6]; source is 0, or how
# many rows back the owner is; start is that of owned content in the data frame's content
Row = namedtuple("Row", """number block path framed regular info_code categories local zone post
    origin mode mtime nsec length source start hash""")
row_order = lambda row: (row.local, row.info_code, row.path)    # [4]
# What the descriptor, or a block page [10], says of a block; offset is that of its first byte
Entry = namedtuple("Entry", "number first_row local rows offset frame_size descriptor_size")
Block = namedtuple("Block", "entry descriptor content_size dictionary rows")

def resolve_name(reference, names, strings, where):  # [6] name reference
    if reference < 2:
        return strings.string() if reference else b""
    check(reference - 2 < len(names), "name reference past the last name", where)
    return names[reference - 2]
def resolve_info_code(form, number, local, strings, where):  # [8] by form and number
    if form in (1, 2):
        check(number <= 9_999_999_999, "infoCode number is out of range", where)
        return b"NW"[:4 - 2 * form] + date_bytes(local, "%m%d", where) + b"%010d" % number
    code = strings.string() if form == 3 else b""
    check((form == 3) <= len(code) <= INFO_CODE_LIMIT and b"\0" not in code, "bad infoCode", where)
    return code
def resolve_path(reference, names, local, code, strings, where):  # [6] shape -> path, framed
    check(reference, "row without a shape", where)
    path = resolve_name(reference, names, strings, where)
    framed = reference > 1 and b"\0" in path
    if framed:                                       # a second byte 00 stays: no path, see below
        check(code, "shape wants an infoCode", where)
        path = path.replace(b"\0", date_bytes(local, "-%m-%d-", where) + code, 1)
    elif reference > 1:
        rest = strings.string()
        check(rest, "path without its end", where)
        path += rest
    check(1 <= len(path) <= PATH_LIMIT and b"\0" not in path
          and not {b"", b".", b".."} & set(path.split(b"/")), "bad path", where)  # [4]
    return path, framed
def check_source(row, owned, where):                 # [8] `owned`: (length, hash) or None
    check(owned == (row.length, row.hash), f"row {row.number}: bad source", where)

def decode_descriptor(payload, where, block, names):  # [8] of block number `block`
    cur = Cursor(payload, where)
    frame_size, content_size, dictionary = cur.varint(), cur.varint(), *cur.fixed("I")
    first_row, count = cur.varint(), cur.varint()
    check(1 <= count <= 16384, "number of rows is out of range", where)
    begin, relative = cur.zigzag(), cur.byte()
    check(relative <= 1, "reserved bits in a descriptor", where)
    columns = [decode_column(cur, count) for _ in range(12)]
    hashes = cur.fixed(f"{count}Q")
    strings = decode_body(cur, LIMIT[b"NBLK"])
    check(bool(frame_size) == bool(content_size), "frame without content or the reverse", where)
    check(frame_size or not dictionary, "dictionary without a frame", where)
    check(frame_size <= where and columns[2][0] == 0, "frame size or first step", where)
    rows, owned, start, local = [], [], 0, begin
    for number, (length, source, step, zone, kind, mode, mtime, nsec, form, digits, category, shape,
                 digest) in enumerate(zip(*columns, hashes), first_row):
        local, zone = signed64(local + step), signed64(zone)
        check(-1439 <= zone <= 1439 and kind <= 7
              and mode & ~0o7777 in (stat.S_IFREG, stat.S_IFLNK) and nsec <= 999_999_999
              and form <= 3 and source <= number, f"row {number}: field out of range", where)
        check(length <= CONTENT_LIMIT, f"row {number}: length out of range", where)
        code = resolve_info_code(form, digits, local, strings, where)
        category = resolve_name(category, names, strings, where)
        check(len(category) <= CATEGORIES_LIMIT and b"\0" not in category and (
            category or columns[10][number - first_row] == 0), "bad categories", where)
        path, framed = resolve_path(shape, names, local, code, strings, where)
        regular = code != b"" and info_code_in_path(path) == code    # [6]
        mtime = signed64(mtime + relative * (local - 60 * zone))
        row = Row(number, block, path, framed, regular, code, category, local, zone, kind & 1,
                  kind >> 1, mode, mtime, nsec, length, source, start, digest)
        check(not rows or row_order(rows[-1]) < row_order(row), "rows out of order", where)
        if 0 < source <= len(rows):
            check_source(row, owned[-source], where)
        rows.append(row)
        owned.append(None if source else (length, digest))
        start += 0 if source else length
    strings.done()
    check(start == content_size, "lengths do not sum to the content size", where)
    owners = sum(row.length > 0 and row.source == 0 for row in rows)    # of at least a byte
    limit = SHARED_CONTENT_LIMIT if owners > 1 else CONTENT_LIMIT
    check_limit(content_size, limit, "content size", where)
    entry = Entry(block, first_row, begin, count, where - frame_size, frame_size, len(payload) + 20)
    return Block(entry, where, content_size, dictionary, rows)

# --- pages [9], [10]: what the parent says of a page (of a root, which only the trailer knows,
# level, first and local are None), and what the page says of its items, pages or the following
KeyRef = namedtuple("KeyRef", "offset size index level first")
KeyEntry = namedtuple("KeyEntry", "first blocks")       # first: the separator
BlockRef = namedtuple("BlockRef", "offset size level number first_row local blocks rows")
Page = namedtuple("Page", "level items")                # items of a leaf: KeyEntry, Entry

def check_page(level, count, ref):
    check(level < LEVELS, "tree has too many levels", ref.offset)
    check(ref.level in (None, level), "page of another level", ref.offset)
    check(1 <= count <= 1024, "number of entries is out of range", ref.offset)
def decode_separators(cur, count):                   # [9] the first three columns
    shared, behind, separators, last = cur.varints(count), cur.varints(count), [], b""
    for same, size in zip(shared, behind):
        tail = cur.take(size)
        # they share just so many bytes, and the later one is the greater
        check(same <= len(last) and tail[:1] > last[same:same + 1], "bad separator", cur.where)
        last = last[:same] + tail
        check(len(last) <= PATH_LIMIT, "separator is longer than a key", cur.where)
        separators.append(last)
    return separators

def decode_key_page(payload, ref, block_count):      # [9]
    cur = Cursor(payload, ref.offset)
    index, level, count = cur.byte(), cur.byte(), cur.varint()
    check(index == ref.index, "page of another index", ref.offset)
    check_page(level, count, ref)
    cur, items, first = decode_body(cur, LIMIT[b"NKEY"]), [], 0
    separators = decode_separators(cur, count)
    check(ref.first in (None, separators[0]), "page starts with another separator", ref.offset)
    offset = cur.varint() if level else None
    for number, separator in zip(cur.varints(count), separators):
        if level:                                    # number: the child's size
            items.append(KeyRef(offset, number, index, level - 1, separator))
            offset += number
            continue
        check(number >= 1, "entry of no block", ref.offset)
        first += cur.zigzag()
        blocks = [first]
        for _ in range(number - 1):
            blocks.append(blocks[-1] + cur.varint() + 1)
        check(0 <= first and blocks[-1] < block_count, "no such block", ref.offset)
        items.append(KeyEntry(separator, blocks))
    cur.done()
    return Page(level, items)

def decode_block_page(payload, ref):                 # [10]
    cur = Cursor(payload, ref.offset)
    level, count, number, row, offset = cur.byte(), *cur.varints(4)
    check_page(level, count, ref)
    check((number, row) == (ref.number, ref.first_row), "page of other blocks", ref.offset)
    cur, items, local = decode_body(cur, LIMIT[b"NBIX"]), [], 0
    steps = [cur.zigzag() for _ in range(count)]
    check(ref.local in (None, steps[0]), "page starts at another time", ref.offset)
    # `some` are the sizes of data frames in a leaf, numbers of blocks elsewhere
    for step, rows, some, size in zip(steps, *(cur.varints(count) for _ in range(3))):
        local += step
        check(rows and (some or not level), "entry of nothing", ref.offset)
        if level:
            items.append(BlockRef(offset, size, level - 1, number, row, local, some, rows))
            number, row, offset = number + some, row + rows, offset + size
        else:
            items.append(Entry(number, row, local, rows, offset, some, size))
            number, row, offset = number + 1, row + rows, offset + some + size
    cur.done()
    number, row = number - ref.number, row - ref.first_row
    check((number, row) == (ref.blocks, ref.rows), "page counts other blocks, rows", ref.offset)
    return Page(level, items)

# --- the archive
class Archive:
    def __init__(self, name):
        with open(name, "rb") as file:               # mapped: only what is looked at is read
            self.size = os.fstat(file.fileno()).st_size
            self.file = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) if self.size else b""
        self.header_size = self.open_header()
        self.trailer = self.find_trailer()
        check_trailer(self.trailer, self.header_size)

    def section(self, tag, offset, end, size=None):
        """[3] -> payload of a section before `end`, of section size `size` if that is known."""
        check(offset + 20 <= end, f"no room for {tag.decode()}", offset)
        magic, rest, found = struct.unpack("<4sI4s", self.file[offset:offset + 12])
        check(magic == SKIPPABLE, f"no section where {tag.decode()} should be", offset)
        check(found == tag, f"section is not {tag.decode()}", offset)
        check_limit(rest + 8, LIMIT[tag], "section size", offset)
        check(12 <= rest <= end - offset - 8 and size in (None, rest + 8), "section size", offset)
        data = self.file[offset:offset + rest + 8]
        check(struct.pack("<Q", xxh3(data[:-8])) == data[-8:], "bad checksum", offset)
        return data[12:-8]
    def open_header(self):                           # [5] -> section size
        start = self.file[:12]
        check(start[:4] == SKIPPABLE and start[8:] == b"NARC", "no header", 0, "NOT_NEWSARC")
        payload = self.section(b"NARC", 0, self.size)
        version, reserved, _ = Cursor(payload, 0).fixed("HHI")
        check(version == 1 and not reserved, "version or reserved bits", 12, "UNSUPPORTED")
        return len(payload) + 20
    def find_trailer(self):                          # [11] Finding it
        start = struct.pack("<4sI4s", SKIPPABLE, TRAILER_SIZE - 8, b"NEND")
        at = self.size - TRAILER_SIZE                # the last place for one
        while at >= 0 and (at := self.file.rfind(start, self.header_size, at + len(start))) >= 0:
            data = self.file[at:at + TRAILER_SIZE]
            trailer = decode_trailer(data[12:-8], at)
            if (struct.pack("<Q", xxh3(data[:-8])) == data[-8:] and trailer.end == at + TRAILER_SIZE
                    and trailer.generation and trailer.mark == TRAILER_MARK
                    and not trailer.reserved and not trailer.reserved_2):
                return trailer
            at -= 1
        raise Problem(f"CORRUPT: no valid trailer at offset {self.size}")

    @cached_property
    def names(self):
        offset, size, end = self.trailer.names_offset, self.trailer.names_size, self.trailer.offset
        return decode_names(self.section(b"NNAM", offset, end, size), offset) if size else []

    @cached_property
    def dictionary(self):                            # (identifier, for the decoder)
        t, offset, size = self.trailer, self.trailer.dictionary_offset, self.trailer.dictionary_size
        payload = self.section(b"NDIC", offset, t.offset, size) if size else b""
        return decode_dictionary(payload, offset) if size else (0, None)

    # blocks and content [8]
    def read_block(self, number, offset, frame_size, descriptor_size=None):
        where, t = offset + frame_size, self.trailer
        payload = self.section(b"NBLK", where, t.blocks_end, descriptor_size)
        block = decode_descriptor(payload, where, number, self.names)
        check(block.entry.frame_size == frame_size, "data frame is of another size", where)
        check(bool(block.dictionary) == bool(frame_size and t.dictionary_size), "dictionary", where)
        return block

    def walk_blocks(self):
        """All blocks in order, found by walking the frames, without the index."""
        t, pos, number, row, last = self.trailer, self.trailer.blocks_offset, 0, 0, ()
        while pos < t.blocks_end:
            framed = self.file[pos:pos + 4] == ZSTD_MAGIC
            frame_size = frame_size_at(self.file, pos, t.blocks_end, pos) if framed else 0
            block = self.read_block(number, pos, frame_size)
            pos = block.descriptor + block.entry.descriptor_size
            check(block.entry.first_row == row, "wrong number of first row", block.descriptor)
            check(last < row_order(block.rows[0]), "blocks are not in order", block.descriptor)
            yield block
            last, number, row = row_order(block.rows[-1]), number + 1, row + len(block.rows)
        check((row, number) == (t.rows, t.blocks), "trailer counts other rows, blocks", t.offset)

    def open_frame(self, block):
        """The content of a block, if it has any, after the checks of its frame's header."""
        if not block.entry.frame_size:
            return FrameStream(b"", block.descriptor, DATA_WINDOW)
        where, (identifier, dictionary) = block.entry.offset, self.dictionary
        data = memoryview(self.file)[where:where + block.entry.frame_size]
        header = decode_frame_header(bytes(data[:18]), where)
        check(header.content_size == block.content_size and header.checksum,
              "frame does not state its size or has no checksum", where)
        check_limit(header.window, DATA_WINDOW, "window", where)
        check(header.dictionary == block.dictionary == identifier, "wrong dictionary", where)
        return FrameStream(data, where, DATA_WINDOW, dictionary)

    def content(self, block, row):
        """Reading one row, which owns its content: decodes no further than it must."""
        stream = self.open_frame(block)
        for _ in stream.chunks(row.start if row.length else 0):
            pass
        return stream.content(row)
    def owner(self, block, row):
        """The block and row that own a row's content, by the index."""
        if not row.source:
            return block, row
        number, where = row.number - row.source, block.descriptor
        if number < block.entry.first_row:
            block = self.locate("first_row", number)
        owner = block.rows[number - block.entry.first_row]
        check_source(row, None if owner.source else (owner.length, owner.hash), where)
        return block, owner

    # index [9], [10]
    @lru_cache(maxsize=64)
    def page(self, ref):
        t, keys = self.trailer, isinstance(ref, KeyRef)
        check(ref.offset >= t.blocks_end, "page before the index", ref.offset)  # [11]
        payload = self.section(b"NKEY" if keys else b"NBIX", ref.offset, t.offset, ref.size)
        return decode_key_page(payload, ref, t.blocks) if keys else decode_block_page(payload, ref)

    def key_root(self, index): return KeyRef(*self.trailer.roots[index - 1], index, None, None)
    def block_root(self):
        t = self.trailer
        return BlockRef(t.blocks_root, t.blocks_root_size, None, 0, 0, None, t.blocks, t.rows)

    def descend(self, ref, field, value):
        """[9] Look-up: the leaf's last item whose field is not greater, or None"""
        while isinstance(ref, (KeyRef, BlockRef)):
            items = self.page(ref).items
            at = bisect_right([getattr(item, field) for item in items], value) - 1
            ref = items[at] if at >= 0 else None
        return ref

    @lru_cache(maxsize=2)
    def block_of_entry(self, entry):
        check(self.trailer.blocks_offset <= entry.offset, "block before the blocks", entry.offset)
        block = self.read_block(entry.number, entry.offset, entry.frame_size, entry.descriptor_size)
        check(block.entry == entry, "block page and descriptor do not agree", block.descriptor)
        return block
    def locate(self, field, value):
        """[10] the block by its `number`, or by that of a row in it (`first_row`)"""
        return self.block_of_entry(self.descend(self.block_root(), field, value))

    def rows_of_key(self, index, key):
        """[9] (block, row) of a key, the last first, as `cat` wants no other"""
        root = self.key_root(index)
        entry = self.descend(root, "first", key) if root.size else None
        for number in reversed(entry.blocks if entry else []):
            block = self.locate("number", number)
            for row in reversed(block.rows):
                if key == (row.info_code if index == INFO_CODES else row.path):
                    yield block, row
    def rows_of_path(self, path):                    # [9] Look-up of a path
        code = info_code_in_path(path)
        hits = self.rows_of_key(INFO_CODES, code) if code else ()
        yield from [hit for hit in hits if hit[1].path == path] or self.rows_of_key(PATHS, path)

    def find(self, key):
        """As infoCode, else as the other family's form, else as path; the last first."""
        other = key[2:] if key.startswith(b"NW") else b"NW" + key
        forms = (key, other) if re.fullmatch(rb"(NW)?[0-9]{18}", key) else (key,)
        for hits in (*(self.rows_of_key(INFO_CODES, form) for form in forms if form),
                     self.rows_of_path(key)):        # the empty infoCode is none
            hit = None
            for hit in hits:
                yield hit
            if hit:
                return

# --- verify: the rules that take the whole file
class Verifier:
    def __init__(self, archive):
        self.archive, self.entries, self.paths, self.owned = archive, [], set(), []
        self.keys = {INFO_CODES: {}, PATHS: {}}      # key -> its blocks
        self.posts = self.length = self.owned_length = 0
    def run(self):
        archive, t = self.archive, self.archive.trailer
        archive.names, archive.dictionary            # are read even if no row uses them
        for block in archive.walk_blocks():
            self.entries.append(block.entry)
            stream = archive.open_frame(block)
            for row in block.rows:
                self.see_row(row, block.descriptor)
                for _ in () if row.source else stream.content(row):
                    pass                             # it checks the hash as it goes
            stream.finish()
        check((self.posts, self.length, self.owned_length) == (t.posts, t.length, t.owned_length),
              "trailer counts other posts, lengths", t.offset)
        end = t.blocks_end
        for index in (INFO_CODES, PATHS):
            end = self.check_tree(archive.key_root(index), end, self.entries_of(index))
        end = self.check_tree(archive.block_root(), end, self.entries)
        check(end == t.offset, "gap before the trailer", end)
    def see_row(self, row, where):
        check(row.path not in self.paths, f"row {row.number} repeats a path", where)
        self.paths.add(row.path)
        if row.source:
            check_source(row, self.owned[-row.source], where)
        self.owned.append(None if row.source else (row.length, row.hash))
        self.posts += row.post
        self.length += row.length
        self.owned_length += 0 if row.source else row.length
        for index, key in ((INFO_CODES, row.info_code), (PATHS, b"" if row.regular else row.path)):
            blocks = self.keys[index].setdefault(key, []) if key else [row.block]
            if blocks[-1:] != [row.block]:
                blocks.append(row.block)

    def entries_of(self, index):
        """[9] what the leaves of a key index must hold, and nothing else"""
        entries, last, keys = [], b"", self.keys[index]
        for key in sorted(keys):
            shared = len(os.path.commonprefix((last, key)))
            entries.append(KeyEntry(key[:shared + 1], keys[key]))
            last = key
        return entries

    def check_tree(self, root, start, expected):
        """[9] pages without gaps from `start`, level by level, the root last -> the end"""
        level, spans, seen = [root] if root.size else [], [], 0
        while level:
            pos, below = level[0].offset, []
            for ref in level:
                check(ref.offset == pos, "gap between pages", pos)
                pos, page = pos + ref.size, self.archive.page(ref)
                if page.level:
                    below += page.items
                else:
                    check(page.items == expected[seen:seen + len(page.items)],
                          "page does not hold what it should", ref.offset)
                    seen += len(page.items)
            spans.append((level[0].offset, pos))
            level = below
        check(seen == len(expected), "entries are missing from an index", start)
        for first, end in reversed(spans):
            check(first == start, "gap in the index", first)
            start = end
        return start

# --- extract, below the current folder
def make_parents(path):
    """Never through a symbolic link, for a row may be one that leads elsewhere."""
    for slash in re.finditer(b"/", path):
        folder = path[:slash.start()]
        if os.path.islink(folder):
            raise NotADirectoryError(f"{text(folder)!a} is a symbolic link")
        os.makedirs(folder, exist_ok=True)

def extract_row(row, chunks, where):
    make_parents(row.path)
    if stat.S_ISLNK(row.mode):
        check_limit(row.length, PATH_LIMIT, "length of a link", where)
        target = b"".join(chunks)
        check(target and b"\0" not in target, "impossible link", where)
        os.symlink(target, row.path)
    else:
        try:
            with open(row.path, "xb") as file:
                file.writelines(chunks)
        except Problem:
            os.unlink(row.path)                      # bad content is not delivered
            raise
        os.chmod(row.path, row.mode & 0o7777)
    os.utime(row.path, ns=(row.mtime * 10**9 + row.nsec,) * 2, follow_symlinks=False)

# --- command line
def text(data): return data.decode("utf-8", "surrogateescape")
def print_row(row):
    print(json.dumps({
        "path": text(row.path), "kind": "post" if row.post else "file",
        "type": "symlink" if stat.S_ISLNK(row.mode) else "regular",
        "info_code": text(row.info_code), "date": iso_date(row.local, row.zone),
        "date_origin": ORIGINS[row.origin], "category": text(row.categories.replace(b"\n", b" ")),
        "mode": row.mode, "mtime_sec": row.mtime, "mtime_nsec": row.nsec, "size": row.length,
        "hash": f"{row.hash:016x}", "row": row.number, "block": row.block}, ensure_ascii=True))

def command_info(archive):
    print(f"version 1\nfile_size {archive.size}\nheader_size {archive.header_size}")
    for name, value in archive.trailer._asdict().items():
        if name not in ("reserved", "reserved_2", "mark", "roots"):
            print("trailer_offset" if name == "offset" else name, value)
def command_list(archive):
    for block in archive.walk_blocks():
        for row in block.rows:
            print_row(row)
def command_find(archive, key):
    found = list(archive.find(os.fsencode(key)))
    for _, row in reversed(found):
        print_row(row)
    return not found
def command_cat(archive, key):
    found = next(archive.find(os.fsencode(key)), None)
    if not found:
        return 1
    block, row = archive.owner(*found)
    for _ in archive.content(block, row):            # twice: to deliver only what is right,
        pass                                         # and to hold no more than a chunk
    for chunk in archive.content(block, row):
        sys.stdout.buffer.write(chunk)

def command_extract(archive, folder):
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    for block in archive.walk_blocks():
        stream = archive.open_frame(block)
        for row in block.rows:
            other = archive.content(*archive.owner(block, row)) if row.source else None
            extract_row(row, other or stream.content(row), block.descriptor)
def command_verify(archive):
    Verifier(archive).run()
    print("ok")

def main(arguments):
    command = globals().get("command_" + arguments[0]) if arguments else None
    if not command or len(arguments) != command.__code__.co_argcount + 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        status = command(Archive(arguments[1]), *arguments[2:])
        sys.stdout.flush()
        return status or 0
    except (Problem, MemoryError, OverflowError) as error:    # or a time no system call takes
        problem = isinstance(error, Problem)
        print(error if problem else f"LIMIT: {error!r} at offset 0", file=sys.stderr)
        return 4
    except OSError as error:
        if isinstance(error, BrokenPipeError):       # keep Python from flushing at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"reader.py: {error}", file=sys.stderr)
        return 2

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
