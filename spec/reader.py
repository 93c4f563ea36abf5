#!/usr/bin/python3
"""An independent reader of newsarc archives, from the text newsarc-format.md alone: a second
opinion, so plain and strict rather than quick.  Numbers in [brackets] are sections of the text.

  reader.py info|list|verify ARCHIVE | find|cat ARCHIVE KEY | extract ARCHIVE DIR

list, find, cat and extract take the rows that are current, or with --as-of N were current at
generation N; list and find also take --all-versions, and then say more of each row.  A row that
was redacted is current at no generation.

Exit status: 0 ok; 1 KEY or generation not found; 2 usage, or the system refused something;
4 a bad archive, with `STATUS: message at offset N` on stderr.
"""
import argparse, heapq, json, mmap, os, re, stat, struct, sys
from bisect import bisect_right
from collections import deque, namedtuple
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import attrgetter
import xxhash, zstandard

KIB, MIB, CHUNK, PIECES, U64 = 1 << 10, 1 << 20, 1 << 17, 64, 1 << 64
# [16] of a section, by its size S + 8; the raw size of what it holds has the same limit
LIMIT = {b"NARC": 64 * KIB, b"NNAM": 16 * MIB, b"NDIC": 32 * MIB, b"NBLK": 64 * MIB,
         b"NKEY": 8 * MIB, b"NBIX": 8 * MIB, b"NSUP": 8 * MIB, b"NPTB": 64 * MIB,
         b"NPAR": 4 * MIB + 20, b"NSEG": 64 * MIB, b"NMAN": 64 * MIB}
SHARED_CONTENT_LIMIT, CONTENT_LIMIT, NUMBER_LIMIT, LEVELS = 64 * MIB, (1 << 63) - 1, 1 << 48, 8
PATH_LIMIT, INFO_CODE_LIMIT, CATEGORIES_LIMIT, REASON_LIMIT = 4095, 255, 4096, 4096
RUNS = GENERATIONS = 1 << 20                     # [12] of a segment
EXTENTS, PARITY = 1 << 21, 4 * MIB               # [19] of a table; bytes of parity in a section
DATA_WINDOW, OTHER_WINDOW = 8 * MIB, 128 * MIB   # [8]; this reader's own for all other frames
SKIPPABLE, ZSTD_MAGIC, DICT_MAGIC = b"\x5a\x2a\x4d\x18", b"\x28\xb5\x2f\xfd", b"\x37\xa4\x30\xec"
TRAILER_SIZE, TRAILER_MARK = 120, b"newsarc end\n"
TRAILER_START = struct.pack("<4sI4s", SKIPPABLE, TRAILER_SIZE - 8, b"NEND")
# [1] of what a generation is made, in this order; the blocks of a run have no tag of their own.
# In an archive that was rewritten as a whole there are several runs, each with what it needs
RUN_TAG = b"run "
GENERATION = re.compile(rb"(((NNAM)?(NDIC)*run )+|(NNAM)?(NDIC)*)"
                        rb"(NKEY)*(NBIX)*(NSUP)*(NPTB(NPAR)+NPTB){0,2}"
                        rb"(NKEY)*(NBIX)*(NSUP)*(NSEG)?NMANNEND")
ORIGINS = ("front-matter", "file-name", "info-code", "mtime")
xxh3 = xxhash.xxh3_64_intdigest

class Problem(Exception): """An error of [2]; its text is what the user sees."""

def check(condition, message, offset, status="CORRUPT"):
    if not condition:
        raise Problem(f"{status}: {message} at offset {offset}")
def check_limit(value, limit, what, offset):
    check(value <= limit, f"{what} {value} is above {limit}", offset, "LIMIT")

def drain(chunks): deque(chunks, maxlen=0)          # for the checks that go with them

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
    def hashes(self, count): return struct.unpack(f"<{count}Q", self.take(8 * count))
    def count(self, least, most):
        value = self.varint()
        check(least <= value <= most, f"count {value} is out of range", self.where)
        return value
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

# --- [3] sections
def read_section(data, tag, offset, end, size=None, base=0, limits=LIMIT):
    """-> payload of a section before `end`, of section size `size` if that is known.  `data` is
    what its file has from `base` on."""
    check(offset + 20 <= end, f"no room for {tag.decode()}", offset)
    magic, rest, found = struct.unpack("<4sI4s", data[offset - base:offset - base + 12])
    check(magic == SKIPPABLE, f"no section where {tag.decode()} should be", offset)
    check(found == tag, f"section is not {tag.decode()}", offset)
    check_limit(rest + 8, limits[tag], "section size", offset)
    check(12 <= rest <= end - offset - 8 and size in (None, rest + 8), "section size", offset)
    data = data[offset - base:offset - base + rest + 8]
    check(struct.pack("<Q", xxh3(data[:-8])) == data[-8:], "bad checksum", offset)
    return data[12:-8]

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
        check(row.redacted or digest.intdigest() == row.hash, f"row {row.number}: wrong hash",
              self.where)
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

# --- trailer [14], manifest [13], segments [12]: what a reader opens an archive by
Trailer = namedtuple("Trailer", """generation reserved manifest_offset manifest_size rows blocks
    length owned_length current_rows current_posts current_length end mark offset""")
Span = namedtuple("Span", "offset size")             # of a section, or of a run's blocks
# number, first_row: of the first block and the first row, as in Entry and BlockRef
Run = namedtuple("Run", """number first_row names offset size blocks rows local last_local
    generations""")                                  # generations: those of its segment
Segment = namedtuple("Segment", "number first_row span blocks rows runs generations times roots")
Tombstone = namedtuple("Tombstone", "time sha256 reason")
INFO_CODES, PATHS, CONTENTS, BLOCKS, SUPERSEDED = range(5)    # roots; [9] index number, less 1

def decode_trailer(data, at):                        # [14] -> None if there is no valid one
    if (len(data) == TRAILER_SIZE and data[:12] == TRAILER_START
            and struct.pack("<Q", xxh3(data[:-8])) == data[-8:]):
        trailer = Trailer(*struct.unpack("<II10Q12s", data[12:-8]), at)
        if (trailer.generation and not trailer.reserved and trailer.mark == TRAILER_MARK
                and trailer.end == at + TRAILER_SIZE):
            return trailer
    return None

def decode_tombstones(cur, row_count):               # [13] -> {row: tombstone}
    tombstones, row = {}, 0
    for _ in range(cur.count(0, row_count)):
        step = cur.varint()
        row += step
        check(step or not tombstones, "tombstones do not ascend", cur.where)
        check(row < row_count, f"tombstone of row {row}, which is none", cur.where)
        tombstones[row] = Tombstone(cur.zigzag(), cur.take(32), cur.string())
        check(len(tombstones[row].reason) <= REASON_LIMIT and b"\0" not in tombstones[row].reason,
              "bad reason", cur.where)
    return tombstones
def decode_segments(cur, where):                     # [13] the last ends where the manifest starts
    count, segments = cur.count(0, 1024), []
    for left in range(count, 0, -1):
        offset = cur.varint() if left > 1 else None
        size = cur.varint()
        segments.append(Span(where - size if offset is None else offset, size))
    return segments
def decode_manifest(payload, where, row_count):
    """[13] -> {identifier: dictionary}, segments, {row: tombstone}, offset and end of the parity and
    bytes of that of the generations before"""
    cur = Cursor(payload, where)
    parity_end, = cur.fixed("Q")
    cur = decode_body(cur, LIMIT[b"NMAN"])
    dictionaries = [(*cur.fixed("I"), Span(*cur.varints(2))) for _ in range(cur.count(0, 1024))]
    segments = decode_segments(cur, where)
    tombstones = decode_tombstones(cur, row_count)
    parity, former, strength = cur.varints(3)
    check(strength <= 10_000 and (parity or not strength), "bad parity", cur.where)
    check(parity < parity_end <= where if parity else not parity_end, "bad parity", cur.where)
    cur.done()
    by_identifier = dict(dictionaries)
    check(len(by_identifier) == len(dictionaries) and 0 not in by_identifier,
          "identifier of a dictionary is 0 or another's", where)
    check_ascending(by_identifier.values(), "dictionaries are", where)
    return by_identifier, segments, tombstones, (parity, parity_end, former)

def decode_run(cur, number, first_row):
    names, span = Span(*cur.varints(2)), Span(*cur.varints(2))
    blocks, rows, local = cur.varint(), cur.varint(), cur.zigzag()
    check(1 <= blocks <= rows and 70 * blocks + 8 * rows <= span.size, "run of nothing", cur.where)
    check(bool(names.offset) == bool(names.size), "names with half a place", cur.where)
    return Run(number, first_row, names, *span, blocks, rows, local, local + cur.varint(), None)

def decode_segment(payload, span):
    cur, runs = Cursor(payload, span.offset), []
    roots = [Span(*cur.fixed("QI")) for _ in range(5)]
    cur = decode_body(cur, LIMIT[b"NSEG"])
    row, number = first_row, first_block = cur.varints(2)
    for _ in range(cur.count(1, RUNS)):
        runs.append(decode_run(cur, number, row))
        number, row = number + runs[-1].blocks, row + runs[-1].rows
    count, first = cur.count(1, GENERATIONS), cur.varint()
    generations = range(first, first + count)
    times = list(accumulate(cur.zigzag() for _ in generations))
    cur.done()
    runs = [run._replace(generations=generations) for run in runs]
    return Segment(first_block, first_row, span, number - first_block, row - first_row, runs,
                   generations, times, roots)

def check_ascending(spans, what, where):
    offsets = [span.offset for span in spans]
    check(offsets == sorted(offsets), f"{what} not in the order of their offsets", where)

def check_counts(segments, trailer):
    """[13] One segment begins where the one before ends, and the trailer counts them all."""
    number = row = 0
    generation = 1
    for segment in segments:
        check((segment.number, segment.first_row, segment.generations.start)
              == (number, row, generation), "segment does not follow on", segment.span.offset)
        number, row = number + segment.blocks, row + segment.rows
        generation = segment.generations.stop
    check((number, row) == (trailer.blocks, trailer.rows) and
          (not segments or trailer.generation == generation - 1),
          "trailer and segments count differently", trailer.offset)

def check_places(spans, begin, end):
    """[14] What manifest and segments name lies from `begin` to `end`, and nothing twice."""
    pos = begin
    for offset, size in sorted(spans):
        check(pos <= offset and size, "what is named here overlaps something else", offset)
        pos = offset + size
    check(pos <= end, "what is named reaches too far", end)

# --- names, dictionary
def decode_names(payload, where):                    # [6]
    cur = decode_body(Cursor(payload, where), LIMIT[b"NNAM"])
    names = [cur.string() for _ in range(cur.count(0, 65535))]
    check(all(1 <= len(name) <= 4096 for name in names), "name length is out of range", where)
    cur.done()
    return names
def decode_dictionary(payload, where, identifier):   # [7] -> what the decoder wants
    cur = Cursor(payload, where)
    stated, size = cur.fixed("II")
    check(stated == identifier, "dictionary states another identifier", where)
    check_limit(size, LIMIT[b"NDIC"], "dictionary size", where)
    data = decode_pieces(cur.rest(), size, where)
    check(data[:8] == DICT_MAGIC + struct.pack("<I", identifier), "not that dictionary", where)
    dictionary = zstandard.ZstdCompressionDict(data, dict_type=zstandard.DICT_TYPE_FULLDICT)
    FrameStream(b"", where, DATA_WINDOW, dictionary)    # loads it now, or says that it cannot
    return dictionary

# --- descriptors [8]
# info_code is b"" where there is none; owner is the row with the content, or None where that is
# this one; replaces a row or None; start is that of owned content in the data frame's content
Row = namedtuple("Row", """number block path regular info_code categories local zone post origin
    redacted mode mtime nsec length owner generation version replaces start hash""")
row_order = lambda row: (row.local, row.info_code, row.path, row.generation)    # [4]
# [9] the key of a row in each key index, b"" where it has none
KEYS = {INFO_CODES: lambda row: row.info_code,
        PATHS: lambda row: b"" if row.regular else row.path,
        CONTENTS: lambda row: struct.pack(">Q", row.hash) if row.length and not row.info_code
                              else b""}
# What the descriptor, or a block page [10], says of a block; offset is that of its first byte
Entry = namedtuple("Entry", "number first_row local rows offset frame_size descriptor_size")
Block = namedtuple("Block", "entry descriptor content_size dictionary frame_hash rows")

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
def resolve_path(reference, names, local, code, strings, where):  # [6] by shape
    check(reference, "row without a shape", where)
    path = resolve_name(reference, names, strings, where)
    if reference > 1 and b"\0" in path:              # a second byte 00 stays: no path, see below
        check(code, "shape wants an infoCode", where)
        path = path.replace(b"\0", date_bytes(local, "-%m-%d-", where) + code, 1)
    elif reference > 1:
        rest = strings.string()
        check(rest, "path without its end", where)
        path += rest
    check(1 <= len(path) <= PATH_LIMIT and b"\0" not in path
          and not {b"", b".", b".."} & set(path.split(b"/")), "bad path", where)  # [4]
    return path
def resolve_row(number, distance, count, where):     # [8] source, replaces -> row or None
    other = number - signed64(distance)
    check(0 <= other < count, f"row {number}: no row {other}", where)
    return None if other == number else other
def check_owner(row, owner, where):                  # [8]
    """What was redacted owns nothing, though it may have the length, 0, and the hash of the row."""
    check(owner.owner is None and not owner.redacted
          and (owner.length, owner.hash) == (row.length, row.hash),
          f"row {row.number}: bad source", where)

def decode_descriptor(payload, where, block, names, generations, row_count):
    """[8] of block number `block`; row_count is that of the archive"""
    cur = Cursor(payload, where)
    frame_size, content_size, dictionary = cur.varint(), cur.varint(), *cur.fixed("I")
    frame_hash, = cur.fixed("Q")
    first_row, count = cur.varint(), cur.count(1, 16384)
    begin, relative = cur.zigzag(), cur.byte()
    check(relative <= 1, "reserved bits in a descriptor", where)
    columns = [decode_column(cur, count) for _ in range(15)]
    hashes = cur.fixed(f"{count}Q")
    strings = decode_body(cur, LIMIT[b"NBLK"])
    check(bool(frame_size) == bool(content_size), "frame without content or the reverse", where)
    check(frame_size or not (dictionary or frame_hash), "dictionary or hash without a frame", where)
    check(frame_size <= where and columns[5][0] == 0, "frame size or first step", where)
    rows, start, local = [], 0, begin
    for number, (length, source, generation, version, replaces, step, zone, kind, mode, mtime, nsec,
                 form, digits, category, shape, digest) in enumerate(zip(*columns, hashes),
                                                                     first_row):
        local, zone = signed64(local + step), signed64(zone)
        check(-1439 <= zone <= 1439 and kind <= 15
              and mode & ~0o7777 in (stat.S_IFREG, stat.S_IFLNK) and nsec <= 999_999_999
              and form <= 3 and 1 <= version < 1 << 32, f"row {number}: field out of range", where)
        check(generation in generations, f"row {number}: generation of no such segment", where)
        check(length <= CONTENT_LIMIT, f"row {number}: length out of range", where)
        code = resolve_info_code(form, digits, local, strings, where)
        literal, category = category == 1, resolve_name(category, names, strings, where)
        check(len(category) <= CATEGORIES_LIMIT and b"\0" not in category and (
            category or not literal), "bad categories", where)
        path = resolve_path(shape, names, local, code, strings, where)
        regular = code != b"" and info_code_in_path(path) == code    # [6]
        mtime = signed64(mtime + relative * (local - 60 * zone))
        owner, replaced = (resolve_row(number, distance, row_count, where)
                           for distance in (source, replaces))
        row = Row(number, block, path, regular, code, category, local, zone, kind & 1,
                  kind >> 1 & 3, kind >> 3, mode, mtime, nsec, length, owner, generation, version,
                  replaced, start, digest)
        check(not row.redacted or not (length or source or category),
              f"row {number} was redacted, but not all of it", where)
        check(not rows or row_order(rows[-1]) < row_order(row), "rows out of order", where)
        rows.append(row)
        start += length if owner is None else 0
    strings.done()
    check(start == content_size, "lengths do not sum to the content size", where)
    owners = sum(row.length > 0 and row.owner is None for row in rows)    # of at least a byte
    limit = SHARED_CONTENT_LIMIT if owners > 1 else CONTENT_LIMIT
    check_limit(content_size, limit, "content size", where)
    entry = Entry(block, first_row, begin, count, where - frame_size, frame_size, len(payload) + 20)
    return Block(entry, where, content_size, dictionary, frame_hash, rows)

# --- pages [9], [10], [11]: what the parent says of a page (None what a segment does not say of its
# root), and what the page says of its items, pages or the following
KeyRef = namedtuple("KeyRef", "offset size index level first")
KeyEntry = namedtuple("KeyEntry", "first blocks fingerprint")   # first: the separator
BlockRef = namedtuple("BlockRef", "offset size level number first_row local blocks rows")
SupersededRef = namedtuple("SupersededRef", "offset size level first_row")
Superseded = namedtuple("Superseded", "row generation")
Page = namedtuple("Page", "level items")                # of a leaf: KeyEntry, Entry, Superseded

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

def decode_key_page(payload, ref):                   # [9]
    cur = Cursor(payload, ref.offset)
    index, level, size = cur.byte(), cur.byte(), cur.byte()
    offset, = cur.fixed("Q") if level else (None,)
    count = cur.varint()
    check(index == ref.index + 1, "page of another index", ref.offset)
    check(size <= (level == 0), "size of a fingerprint is out of range", ref.offset)
    check_page(level, count, ref)
    cur, items, first = decode_body(cur, LIMIT[b"NKEY"]), [], 0
    separators = decode_separators(cur, count)
    check(ref.first in (None, separators[0]), "page starts with another separator", ref.offset)
    for number, separator in zip(cur.varints(count), separators):
        if level:                                    # number: the child's size
            items.append(KeyRef(offset, number, ref.index, level - 1, separator))
            offset += number
            continue
        check(number >= 1, "entry of no block", ref.offset)
        first += cur.zigzag()
        blocks = [first]
        for _ in range(number - 1):
            blocks.append(blocks[-1] + cur.varint() + 1)
        items.append(KeyEntry(separator, blocks, None))
    if size:
        items = [item._replace(fingerprint=byte) for item, byte in zip(items, cur.take(count))]
    cur.done()
    return Page(level, items)

def fingerprint(key):                                # [9]
    return xxh3(key) >> 56
def is_entry(item, wanted):
    """Whether a leaf has what it should; fingerprints it may have or not."""
    if isinstance(item, KeyEntry) and item.fingerprint is None:
        wanted = wanted._replace(fingerprint=None)
    return item == wanted

def decode_block_page(payload, ref):                 # [10]
    cur = Cursor(payload, ref.offset)
    level, (offset,), (count, number, row) = cur.byte(), cur.fixed("Q"), cur.varints(3)
    check_page(level, count, ref)
    check((number, row) == (ref.number, ref.first_row), "page of other blocks", ref.offset)
    cur, items, local = decode_body(cur, LIMIT[b"NBIX"]), [], 0
    steps = [cur.zigzag() for _ in range(count)]
    check(ref.local in (None, steps[0]), "page starts at another time", ref.offset)
    columns = [steps, *(cur.varints(count) for _ in range(3))]
    columns.append([0] * count if level else cur.varints(count))
    # `some` are the sizes of data frames in a leaf, numbers of blocks elsewhere
    for step, rows, some, size, gap in zip(*columns):
        check(items or not gap, "gap before the first block of a page", ref.offset)
        local, offset = local + step, offset + gap
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

def decode_superseded_page(payload, ref):            # [11]
    cur, items = Cursor(payload, ref.offset), []
    level = cur.byte()
    base, = cur.fixed("Q") if level else (None,)
    count, row = cur.varints(2)
    base = base if level else cur.varint()
    check_page(level, count, ref)
    check(ref.first_row in (None, row), "page starts with another row", ref.offset)
    cur = decode_body(cur, LIMIT[b"NSUP"])
    steps, values = cur.varints(count), cur.varints(count)
    cur.done()
    check(steps[0] == 0 and all(steps[1:]), "rows do not ascend", ref.offset)
    check(level or min(values) == 0, "not the lowest generation", ref.offset)
    # `base` and `value` are generations in a leaf, offset and sizes of the children elsewhere
    for step, value in zip(steps, values):
        row += step
        if level:
            items.append(SupersededRef(base, value, level - 1, row))
            base += value
        else:
            items.append(Superseded(row, base + value))
    return Page(level, items)

PAGES = {KeyRef: (b"NKEY", decode_key_page), BlockRef: (b"NBIX", decode_block_page),
         SupersededRef: (b"NSUP", decode_superseded_page)}

# --- parity [19]
ParityTable = namedtuple("ParityTable", "where chunk parity stripes extents hashes parity_hashes")

def decode_parity_table(payload, where):
    """`where` its group has the first of the two"""
    cur = Cursor(payload, where)
    offset, chunk, parity, stripes, count = cur.fixed("QIIQQ")
    check(offset == where, "parity table is of another place", where)
    check(64 <= chunk <= 1 << 20 and parity and stripes and 1 <= count <= EXTENTS,
          "field of a parity table is out of range", where)
    extents = [Span(*extent) for extent in struct.iter_unpack("<QQ", cur.take(16 * count))]
    chunks = -(-sum(extent.size for extent in extents) // chunk)
    check(stripes <= chunks and -(-chunks // stripes) + parity <= 255,
          "stripes of a parity table are out of range", where)
    hashes, parity_hashes = cur.hashes(chunks), cur.hashes(stripes * parity)
    cur.done()
    return ParityTable(where, chunk, parity, stripes, extents, hashes, parity_hashes)
def parity_groups(parts):
    """The spans of each group, from those of one or two, with their tags"""
    groups, tables = [], 0
    for tag, span in parts:
        if tag == b"NPTB" and tables % 2 == 0:
            groups.append([])
        tables += tag == b"NPTB"
        groups[-1].append(span)
    return groups
def check_extents(table, begin, end, behind):
    """From `begin` to this table, but for the last: from `behind` all parity to the `end`"""
    pos, *former = begin, *table.extents[:-1]
    for offset, size in former:
        check(size and pos <= offset and offset + size <= table.where, "bad extent", table.where)
        pos = offset + size
    offset, size = table.extents[-1]
    check(size and behind <= offset and offset + size == end, "bad last extent", table.where)

POWERS = [1]                                         # of x
while len(POWERS) < 255:
    POWERS.append(POWERS[-1] << 1 ^ (0x11D if POWERS[-1] & 0x80 else 0))
LOGARITHM = {power: exponent for exponent, power in enumerate(POWERS)}
@lru_cache(maxsize=None)
def quotients(divisor):                              # of all bytes, for bytes.translate
    return bytes([0, *(POWERS[(LOGARITHM[byte] - LOGARITHM[divisor]) % 255]
                       for byte in range(1, 256))])
def make_parity(table, columns):
    """What the parity sections hold, from the data chunks j of all stripes, side by side as they
    are in the file, for each j: so it takes no more steps where there are more stripes."""
    k, parity, size = -(-len(table.hashes) // table.stripes), [0] * table.parity, 0
    for j, column in enumerate(columns):
        size = len(column)
        for r in range(table.parity):
            parity[r] ^= int.from_bytes(column.translate(quotients(k + r ^ j)), "little")
    return b"".join(number.to_bytes(size, "little") for number in parity)
def check_hashes(data, chunk, hashes, where):        # of chunks, and what fills up has none
    for at, digest in zip(range(0, len(data), chunk), hashes):
        check(xxh3(data[at:at + chunk]) == digest, f"wrong hash in the parity at {at}", where)

def last_not_above(items, field, value):
    at = bisect_right(items, value, key=attrgetter(field)) - 1
    return items[at] if at >= 0 else None

def map_file(name):                                  # only what is looked at is read
    with open(name, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) if size else b""

# --- what has rows, be it one archive or a set of them
Found = namedtuple("Found", "archive block row")
class Rows:
    """Has `parts`, the archives that it is made of; as_of, a generation, or None where rows of all
    are wanted; superseded, {row: generation}; and rows_of_key"""
    def shows(self, row):
        """[15] Whether the row is current at the generation asked for, or all rows are wanted"""
        return self.as_of is None or not row.redacted and (
            row.generation <= self.as_of < self.superseded.get(row.number, self.as_of + 1))
    def rows_of_path(self, path):                    # [9] Look-up of a path
        code = info_code_in_path(path)
        hits = self.rows_of_key(INFO_CODES, code) if code else ()
        yield from [hit for hit in hits if hit.row.path == path] or self.rows_of_key(PATHS, path)
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

# --- the archive
class Archive(Rows):
    def __init__(self, name):
        self.file = map_file(name)
        self.size, self.parts = len(self.file), [self]
        self.header_size = self.open_header()
        self.open(self.find_trailer())
    def open(self, trailer):                         # [14] Opening
        self.trailer = trailer
        check_limit(self.trailer.rows, NUMBER_LIMIT, "number of rows", self.trailer.offset)
        check_limit(self.trailer.generation, 1 << 20, "number of generations", self.trailer.offset)
        self.dictionaries, segments, self.tombstones, self.parity = self.open_manifest()
        self.segments = [self.open_segment(span) for span in segments]
        self.runs = [run for segment in self.segments for run in segment.runs]
        self.check_opening()
        self.as_of = self.trailer.generation         # None: rows of all generations are wanted

    def section(self, tag, offset, end, size=None):
        return read_section(self.file, tag, offset, end, size)
    def open_header(self):                           # [5] -> section size
        start = self.file[:12]
        check(start[:4] == SKIPPABLE and start[8:] == b"NARC", "no header", 0, "NOT_NEWSARC")
        payload = self.section(b"NARC", 0, self.size)
        version, reserved, _ = Cursor(payload, 0).fixed("HHI")
        check(version == 1 and not reserved, "version or reserved bits", 12, "UNSUPPORTED")
        return len(payload) + 20
    def trailer_at(self, at):
        return decode_trailer(self.file[at:at + TRAILER_SIZE], at)
    def find_trailer(self):                          # [14] Finding it
        at = self.size                               # the last one starts before this
        while (at := self.file.rfind(TRAILER_START, self.header_size, at + 11)) >= 0:
            if trailer := self.trailer_at(at):
                return trailer
        raise Problem(f"CORRUPT: no valid trailer at offset {self.size}")

    def open_manifest(self):
        t = self.trailer
        check(t.manifest_offset >= self.header_size
              and t.manifest_offset + t.manifest_size == t.offset,
              "manifest does not end where the trailer starts", t.offset)
        payload = self.section(b"NMAN", t.manifest_offset, t.offset, t.manifest_size)
        return decode_manifest(payload, t.manifest_offset, t.rows)
    def open_segment(self, span):
        check(span.offset >= self.header_size, "segment in the header", span.offset)
        end = self.trailer.manifest_offset
        return decode_segment(self.section(b"NSEG", span.offset, end, span.size), span)
    def check_opening(self):                         # [14] Opening
        t = self.trailer
        check_counts(self.segments, t)
        check_ascending(self.runs, "runs are", t.manifest_offset)
        for segment in self.segments:
            check(segment.roots[BLOCKS].size, "segment without block pages", segment.span.offset)
        spans = [*self.dictionaries.values(), *(segment.span for segment in self.segments),
                 *(Span(run.offset, run.size) for run in self.runs),
                 *{run.names for run in self.runs if run.names.size}]    # one for many runs
        for root in (root for segment in self.segments for root in segment.roots):
            check(root.size or not root.offset, "root page is misplaced", root.offset)
            spans += [root] if root.size else []
        check_places(spans, self.header_size, t.manifest_offset)
        check(not self.parity[0] or self.header_size <= self.parity[0] < t.manifest_offset,
              "parity is misplaced", t.manifest_offset)

    @lru_cache(maxsize=2)
    def names(self, span):                           # [6] of a run
        end = self.trailer.manifest_offset
        return decode_names(self.section(b"NNAM", span.offset, end, span.size), span.offset)
    @lru_cache(maxsize=None)
    def dictionary(self, identifier):                # [7] what the decoder wants, None of 0
        if not identifier:
            return None
        span, end = self.dictionaries[identifier], self.trailer.manifest_offset
        payload = self.section(b"NDIC", span.offset, end, span.size)
        return decode_dictionary(payload, span.offset, identifier)

    # blocks and content [8]
    def read_block(self, run, number, offset, frame_size, descriptor_size=None):
        where = offset + frame_size
        payload = self.section(b"NBLK", where, run.offset + run.size, descriptor_size)
        names = self.names(run.names) if run.names.size else []
        block = decode_descriptor(payload, where, number, names, run.generations,
                                  self.trailer.rows)
        check(block.entry.frame_size == frame_size, "data frame is of another size", where)
        check(not block.dictionary or block.dictionary in self.dictionaries,
              "no such dictionary", where)
        return block

    def walk_run(self, run):
        pos, end = run.offset, run.offset + run.size
        number, row, last = run.number, run.first_row, ()
        while pos < end:
            framed = self.file[pos:pos + 4] == ZSTD_MAGIC
            frame_size = frame_size_at(self.file, pos, end, pos) if framed else 0
            block = self.read_block(run, number, pos, frame_size)
            pos = block.descriptor + block.entry.descriptor_size
            check(block.entry.first_row == row, "wrong number of first row", block.descriptor)
            check(last < row_order(block.rows[0]), "blocks are not in order", block.descriptor)
            check(last or block.rows[0].local == run.local, "run starts at another time", end)
            yield block
            last, number, row = row_order(block.rows[-1]), number + 1, row + len(block.rows)
        check((number - run.number, row - run.first_row, last[0])
              == (run.blocks, run.rows, run.last_local), "run ends otherwise than its segment says",
              end)
    def walk_blocks(self):
        """All blocks in order, found by walking the frames, without the index."""
        for run in self.runs:
            yield from self.walk_run(run)

    def open_frame(self, block):
        """The content of a block, if it has any, after the checks of its frame's header."""
        if not block.entry.frame_size:
            return FrameStream(b"", block.descriptor, DATA_WINDOW)
        where = block.entry.offset
        data = memoryview(self.file)[where:where + block.entry.frame_size]
        header = decode_frame_header(bytes(data[:18]), where)
        check(header.content_size == block.content_size and header.checksum,
              "frame does not state its size or has no checksum", where)
        check_limit(header.window, DATA_WINDOW, "window", where)
        check(header.dictionary == block.dictionary, "frame is of another dictionary", where)
        return FrameStream(data, where, DATA_WINDOW, self.dictionary(block.dictionary))

    def content(self, block, row):
        """Reading one row, which owns its content: decodes no further than it must."""
        stream = self.open_frame(block)
        drain(stream.chunks(row.start if row.length else 0))
        return stream.content(row)
    def owner(self, block, row):
        """The block and row that own a row's content, by the index."""
        if row.owner is None:
            return block, row
        where, number = block.descriptor, row.owner
        if not 0 <= number - block.entry.first_row < len(block.rows):
            block = self.locate("first_row", number)
        owner = block.rows[number - block.entry.first_row]
        check_owner(row, owner, where)
        return block, owner

    # index [9], [10], [11]
    @lru_cache(maxsize=64)
    def page(self, ref):
        tag, decode = PAGES[type(ref)]
        check(ref.offset >= self.header_size, "page in the header", ref.offset)    # [14]
        return decode(self.section(tag, ref.offset, self.trailer.manifest_offset, ref.size), ref)

    def key_root(self, segment, index): return KeyRef(*segment.roots[index], index, None, None)
    def block_root(self, segment):
        return BlockRef(*segment.roots[BLOCKS], None, segment.number, segment.first_row, None,
                        segment.blocks, segment.rows)
    def superseded_root(self, segment):
        return SupersededRef(*segment.roots[SUPERSEDED], None, None)

    def descend(self, ref, field, value):
        """[9] Look-up: the leaf's last item whose field is not greater, or None"""
        while type(ref) in PAGES:
            ref = last_not_above(self.page(ref).items, field, value)
        return ref
    def leaves(self, ref):
        """The items of all leaves of a tree"""
        page = self.page(ref) if ref.size else Page(0, [])
        for item in page.items:
            yield from self.leaves(item) if page.level else (item,)

    @lru_cache(maxsize=2)
    def block_of_entry(self, entry):
        run = last_not_above(self.runs, "number", entry.number)
        check(run.offset <= entry.offset, "block before its run", entry.offset)
        block = self.read_block(run, entry.number, entry.offset, entry.frame_size,
                                entry.descriptor_size)
        check(block.entry == entry, "block page and descriptor do not agree", block.descriptor)
        return block
    def locate(self, field, value):
        """[10] the block by its `number`, or by that of a row in it (`first_row`)"""
        count = self.trailer.blocks if field == "number" else self.trailer.rows
        check(0 <= value < count, f"no block of {field} {value}", self.trailer.offset)
        segment = last_not_above(self.segments, field, value)
        return self.block_of_entry(self.descend(self.block_root(segment), field, value))

    def extract(self):                               # into the current folder
        for block in self.walk_blocks():
            stream = self.open_frame(block)
            for row in block.rows:
                chunks = stream.content(row) if row.owner is None else None
                if self.shows(row):
                    chunks = chunks or self.content(*self.owner(block, row))
                    extract_row(row, chunks, block.descriptor)
                elif chunks:
                    drain(chunks)                    # of a row that stands before others

    def rows_of_key(self, index, key):
        """[9] Found of a key, the last first, as `cat` wants no other"""
        for segment in reversed(self.segments):
            root = self.key_root(segment, index)
            entry = self.descend(root, "first", key) if root.size else None
            if entry and entry.fingerprint not in (None, fingerprint(key)):
                continue
            for number in reversed(entry.blocks if entry else []):
                block = self.locate("number", number)
                yield from (Found(self, block, row) for row in reversed(block.rows)
                            if key == KEYS[index](row) and self.shows(row))
    @cached_property
    def superseded(self):                            # [11] row -> generation
        return dict(entry for segment in self.segments
                    for entry in self.leaves(self.superseded_root(segment)))
    def tombstone(self, row):                        # [13] of a redacted row
        check(row.number in self.tombstones, f"row {row.number} was redacted without a tombstone",
              self.trailer.manifest_offset)
        return self.tombstones[row.number]

# --- verify: the rules that take the whole file
class Verifier:
    def __init__(self, archive):
        self.archive, self.entries, self.rows, self.superseded = archive, [], [], {}
        self.runs = {run.offset: run for run in archive.runs}
        self.segments = {segment.span: segment for segment in archive.segments}
        self.dictionaries = []                       # those that the file has
        # [13] where the parity of the last generation is, its size, and that of all before
        self.parity = self.parity_size = self.former = 0
    def run(self):
        for identifier in self.archive.dictionaries:
            self.archive.dictionary(identifier)      # is read even if no frame needs it
        for block in self.archive.walk_blocks():
            self.see_block(block)
        for row in self.rows:
            self.check_row(row)
        self.find_superseded()
        self.check_trailer()
        self.check_file()

    def see_block(self, block):
        self.entries.append(block.entry)
        self.rows += block.rows
        stream = self.archive.open_frame(block)
        for row in block.rows:
            if row.owner is None:
                drain(stream.content(row))           # it checks the hash as it goes
        stream.finish()
        frame = self.archive.file[block.entry.offset:block.descriptor]
        check(not frame or xxh3(frame) == block.frame_hash, "wrong hash of a data frame",
              block.entry.offset)
    def where(self, row):
        entry = self.entries[row.block]
        return entry.offset + entry.frame_size
    def check_row(self, row):                        # [8] the rows it names
        if row.owner is not None:
            check_owner(row, self.rows[row.owner], self.where(row))
        check(row.redacted == (row.number in self.archive.tombstones),
              f"row {row.number}: redacted without a tombstone, or the reverse", self.where(row))
        if row.replaces is not None:
            check(self.rows[row.replaces].generation < row.generation,
                  f"row {row.number} replaces one that is not older", self.where(row))

    def find_superseded(self):
        """[15] The first generation to supersede a row counts.  Of the older rows of a path, all
        but the last were superseded by the one behind them, if not before."""
        last = {}                                    # path -> row
        for row in sorted(self.rows, key=attrgetter("generation")):
            older = last.get(row.path)
            check(older is None or self.rows[older].generation < row.generation,
                  f"row {row.number} repeats a path", self.where(row))
            for number in {older, row.replaces} - {None}:
                self.superseded.setdefault(number, row.generation)
            last[row.path] = row.number
    def check_trailer(self):                         # [14] what only the rows can tell
        t, current = self.archive.trailer, [row for row in self.rows if not row.redacted
                                            and row.number not in self.superseded]
        check((t.length, t.owned_length, t.current_rows, t.current_posts, t.current_length)
              == (sum(row.length for row in self.rows),
                  sum(row.length for row in self.rows if row.owner is None),
                  len(current), sum(row.post for row in current),
                  sum(row.length for row in current)), "trailer counts differently", t.offset)

    # the places of all sections
    def check_file(self):
        """[1] From the header to the trailer there are generations, whole and without a gap."""
        archive, pos, parts = self.archive, self.archive.header_size, []
        while pos < archive.trailer.end:
            tag, span = self.part_at(pos)
            parts.append((tag, span))
            pos += span.size
            if tag == b"NEND":
                self.check_generation(parts)
                parts = []
        check(self.dictionaries == list(archive.dictionaries.values()),
              "manifest names other dictionaries", archive.trailer.manifest_offset)
        check(not self.segments, "a segment is in no generation", archive.trailer.manifest_offset)
        end = self.parity and self.parity + self.parity_size
        check((self.parity, end, self.former) == archive.parity, "manifest names other parity",
              archive.trailer.manifest_offset)
    def part_at(self, pos):                          # -> tag, span
        if pos in self.runs:
            return RUN_TAG, Span(pos, self.runs[pos].size)
        tag = self.archive.file[pos + 8:pos + 12]
        if tag == b"NEND":
            check(self.archive.trailer_at(pos), "trailer is not valid", pos)
            return tag, Span(pos, TRAILER_SIZE)
        check(tag in LIMIT, "nothing that this text knows", pos)
        return tag, Span(pos, len(self.archive.section(tag, pos, self.archive.trailer.offset)) + 20)
    def check_generation(self, parts):
        (_, (start, _)), names = parts[0], Span(0, 0)
        check(GENERATION.fullmatch(b"".join(tag for tag, _ in parts)),
              "parts of a generation are missing or not in order", start)
        parity = [(tag, span) for tag, span in parts if tag in (b"NPTB", b"NPAR")]
        self.former += self.parity_size
        self.parity_size = sum(span.size for _, span in parity)
        self.parity = parity[0][1].offset if parity else 0
        begin, last = start if start > self.archive.header_size else 0, parts[-1][1]
        for group in parity_groups(parity):
            self.check_parity(group, begin, last.offset + last.size, self.parity + self.parity_size)
        for tag, span in parts:
            if tag == b"NNAM":
                names = span
            elif tag == b"NDIC":
                self.dictionaries.append(span)
            elif tag == RUN_TAG:
                check(self.runs[span.offset].names == names, "run has other names", span.offset)
            elif tag == b"NSEG" and span in self.segments:
                self.check_index(self.segments.pop(span), start, span.offset)
            if tag in (b"NNAM", b"NDIC", RUN_TAG):
                start = span.offset + span.size      # of the index

    # [19] parity, also that of older generations
    def check_parity(self, spans, begin, end, behind):
        """of a generation from `begin` to `end`, whose groups all end `behind`; spans: of the
        tables of one, and of the parity between"""
        tags = [b"NPTB", *[b"NPAR"] * (len(spans) - 2), b"NPTB"]
        first, *sections, second = [self.archive.section(tag, offset, offset + size)
                                    for tag, (offset, size) in zip(tags, spans)]
        check(first == second, "parity tables differ", spans[-1].offset)
        table = decode_parity_table(first, spans[0].offset)
        check_extents(table, begin, end, behind)
        total, most = table.chunk * len(table.parity_hashes), PARITY // table.chunk * table.chunk
        check([len(data) for data in sections]
              == [min(most, total - at) for at in range(0, total, most)],
              "parity sections are not as the table says", spans[1].offset)
        parity = b"".join(sections)
        check_hashes(parity, table.chunk, table.parity_hashes, spans[1].offset)
        check(make_parity(table, self.covered(table)) == parity, "parity is of other data",
              spans[1].offset)
    def covered(self, table):
        """What is covered, a chunk of each stripe at a time, with the zeros that fill up"""
        data, size, seen = bytearray(), table.chunk * table.stripes, 0
        for offset, rest in table.extents:
            for at in range(offset, offset + rest, size):
                data += self.archive.file[at:min(at + size, offset + rest)]
                while len(data) >= size:
                    yield self.checked(table, data[:size], seen)
                    del data[:size]
                    seen += table.stripes
        if data:
            yield self.checked(table, data.ljust(size, b"\0"), seen)
    def checked(self, table, data, seen):
        check_hashes(data, table.chunk, table.hashes[seen:seen + table.stripes], table.where)
        return data

    def check_index(self, segment, start, behind):
        """[9], [10], [11] The leaves of the five trees fill the room from `start` to the parity,
        what is above them that from there to the segment `behind`."""
        archive = self.archive
        trees = [self.check_tree(archive.key_root(segment, index),
                                 self.key_entries(segment, index)) for index in KEYS]
        entries = self.entries[segment.number:segment.number + segment.blocks]
        trees.append(self.check_tree(archive.block_root(segment), entries))
        superseded = [Superseded(row, generation) for row, generation in
                      sorted(self.superseded.items()) if generation in segment.generations]
        trees.append(self.check_tree(archive.superseded_root(segment), superseded))
        end = self.check_room(start, [span for leaves, _ in trees for span in leaves])
        check(end == self.parity or not self.parity, "gap before the parity", end)
        end = self.check_room(end + self.parity_size, [span for _, top in trees for span in top])
        check(end == behind, "gap before a segment", end)
    def check_room(self, start, spans):
        for first, end in spans:
            check(first == start, "gap in the index", first)
            start = end
        return start
    def key_entries(self, segment, index):
        """[9] what the leaves of a key index must hold, and nothing else"""
        keys, entries, last = {}, [], b""
        for row in self.rows[segment.first_row:segment.first_row + segment.rows]:
            keys.setdefault(KEYS[index](row), {})[row.block] = None    # a set that keeps order
        keys.pop(b"", None)
        for key in sorted(keys):
            shared = len(os.path.commonprefix((last, key)))
            entries.append(KeyEntry(key[:shared + 1], list(keys[key]), fingerprint(key)))
            last = key
        return entries

    def check_tree(self, root, expected):
        """[9] each level's pages without gaps -> begin and end of the leaves, if the root is none,
        and of all levels above, the root last"""
        level, spans, seen = [root] if root.size else [], [], 0
        while level:
            pos, below = level[0].offset, []
            for ref in level:
                check(ref.offset == pos, "gap between pages", pos)
                pos, page = pos + ref.size, self.archive.page(ref)
                if page.level:
                    below += page.items
                else:
                    wanted = expected[seen:seen + len(page.items)]
                    check(len(page.items) == len(wanted) and all(map(is_entry, page.items, wanted)),
                          "page does not hold what it should", ref.offset)
                    seen += len(page.items)
            spans.append((level[0].offset, pos))
            level = below
        check(seen == len(expected), "entries are missing from an index", root.offset)
        return spans[1:][-1:], spans[max(len(spans) - 2, 0)::-1]

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
def facts_of_redaction(archive, row):                # or None, where there was none
    if not row.redacted:
        return None
    time, sha256, reason = archive.tombstone(row)
    return {"time": time, "reason": text(reason), "sha256": sha256.hex()}
def print_row(archive, row):
    facts = {
        "path": text(row.path), "kind": "post" if row.post else "file",
        "type": "symlink" if stat.S_ISLNK(row.mode) else "regular",
        "info_code": text(row.info_code), "date": iso_date(row.local, row.zone),
        "date_origin": ORIGINS[row.origin], "category": text(row.categories.replace(b"\n", b" ")),
        "mode": row.mode, "mtime_sec": row.mtime, "mtime_nsec": row.nsec, "size": row.length,
        "hash": f"{row.hash:016x}", "row": row.number, "block": row.block}
    if archive.as_of is None:                        # of the last three, null where there is none
        facts |= {"generation": row.generation, "version": row.version, "replaces": row.replaces,
                  "superseded": archive.superseded.get(row.number),
                  "redacted": facts_of_redaction(archive, row)}
    print(json.dumps(facts, ensure_ascii=True))

def command_info(archive, _):
    print(f"version 1\nfile_size {archive.size}\nheader_size {archive.header_size}")
    for name, value in archive.trailer._asdict().items():
        if name not in ("reserved", "mark"):
            print("trailer_offset" if name == "offset" else name, value)
    print(f"dictionaries {len(archive.dictionaries)}\nsegments {len(archive.segments)}\n"
          f"runs {len(archive.runs)}")
    for segment in archive.segments:
        for generation, time in zip(segment.generations, segment.times):
            print(f"time_of_generation_{generation} {time}")
def command_list(archive, _):
    """In the order of section 4, whatever the run"""
    runs = ((row for block in part.walk_run(run) for row in block.rows)
            for part in archive.parts for run in part.runs)
    for row in filter(archive.shows, heapq.merge(*runs, key=row_order)):
        print_row(archive, row)
def command_find(archive, options):
    found = list(archive.find(os.fsencode(options.key)))
    for hit in reversed(found):
        print_row(archive, hit.row)
    return not found
def command_cat(archive, options):
    found = next(archive.find(os.fsencode(options.key)), None)
    if not found:
        return 1
    part, block, row = found
    owner = part.owner(block, row)
    drain(part.content(*owner))                      # twice: to deliver only what is right,
    for chunk in part.content(*owner):               # and to hold no more than a chunk
        sys.stdout.buffer.write(chunk)

def command_extract(archive, options):
    os.makedirs(options.folder, exist_ok=True)
    os.chdir(options.folder)
    for part in archive.parts:
        part.extract()
def command_verify(archive, _):
    Verifier(archive).run()
    print("ok")

def parse(arguments, program, description):
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(program, description=description, formatter_class=form)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, *operands in (("info",), ("verify",), ("list",), ("find", "key"), ("cat", "key"),
                            ("extract", "folder")):
        command = commands.add_parser(name, allow_abbrev=False)
        for operand in ("archive", *operands):
            command.add_argument(operand)
        versions = command.add_mutually_exclusive_group()
        if name not in ("info", "verify"):
            versions.add_argument("--as-of", type=int, metavar="N", help="a generation")
        if name in ("list", "find"):
            versions.add_argument("--all-versions", action="store_true")
    parser.set_defaults(program=program, as_of=None, all_versions=False)
    return parser.parse_args(arguments)

def run(options, open_archive, commands):
    archive = open_archive(options.archive)
    if options.as_of is not None and not 1 <= options.as_of <= archive.as_of:
        print(f"{options.program}: no generation {options.as_of}", file=sys.stderr)
        return 1
    if options.as_of or options.all_versions:
        archive.as_of = options.as_of
    status = commands["command_" + options.command](archive, options)
    sys.stdout.flush()
    return status or 0

def main(arguments, program="reader.py", description=__doc__, open_archive=Archive,
         commands=globals()):
    options = parse(arguments, program, description)
    try:
        return run(options, open_archive, commands)
    except (Problem, MemoryError, OverflowError) as error:    # or a time no system call takes
        problem = isinstance(error, Problem)
        print(error if problem else f"LIMIT: {error!r} at offset 0", file=sys.stderr)
        return 4
    except OSError as error:
        if isinstance(error, BrokenPipeError):       # keep Python from flushing at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"{program}: {error}", file=sys.stderr)
        return 2

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
