# SPDX-License-Identifier: BSD-2-Clause
"""The bad test vectors: each breaks one rule, in an archive that is sound else."""
import zstandard
from good import (COPIES, DICTIONARY, LONG_DICTIONARY, MIB, NAMES, SAMPLE, SIZES, T, YEAR_1,
                  YEAR_10000, later_trailer, plain)
from writer import (DAY, KIB, Writer, encoded, pieces, plain_frame, string, u32, varint,
                    zigzag, zstd_frame)

OPEN, LIST, VERIFY = "open", "list", "verify"               # by when a reader must notice
FOREIGN = b"\x50\x2a\x4d\x18\0\0\0\0"                       # somebody else's frame, empty

# --- changes
def add(number): return lambda value: value + number
def put(place, new): return lambda values: [*values[:place], new, *values[place + 1:]]
def edit(place, **fields): return lambda all_: put(place, all_[place]._replace(**fields))(all_)
def move(name, number):
    """Moves some of what the first two entries of a page count from the first to the second."""
    return lambda all_: [all_[0]._replace(**{name: getattr(all_[0], name) - number}),
                         all_[1]._replace(**{name: getattr(all_[1], name) + number}), *all_[2:]]
def key(name, blocks): return lambda keys: {**keys, name: blocks}
def without(name): return lambda keys: {key: keys[key] for key in keys if key != name}
def swap(old, new):
    def change(data):
        assert data.count(old) == 1, data                   # or the line does not say what it does
        return data.replace(old, new)
    return change
def flip_last(data): return data[:-1] + bytes([data[-1] ^ 1])
def spare_bit(data): return data[:-1] + bytes([data[-1] | 0x80])
def reverse(values): return values[::-1]
def reframe(**settings):
    return lambda frame: zstd_frame(zstandard.ZstdDecompressor().decompress(frame), **settings)
def zeros(size): return encoded(1, size, plain_frame(bytes(size)))

# --- parts
def numbered(identifier): return DICTIONARY[:4] + u32(identifier) + DICTIONARY[8:]
def coder(identifier=77): return zstandard.ZstdCompressionDict(numbered(identifier))

LONGER = NAMES + [b"n" * 2000]                              # names that are worth compressing
RAW = varint(len(LONGER)) + b"".join(map(string, LONGER))
def names_body(body): return {"names: names": LONGER, "names: body": body}

def old_frame(content, repeats):
    """A frame of Zstandard 0.7, which libzstd may know but RFC 8878 does not; its end repeats."""
    def block(kind, size): return bytes([kind << 6]) + size.to_bytes(2, "big")
    raw = content[:len(content) - repeats]
    return (b"\x27\xb5\x2f\xfd\x60" + (len(content) - 256).to_bytes(2, "little")
            + block(1, len(raw)) + raw
            + (block(2, repeats) + content[-1:] if repeats else b"") + block(3, 0))

# --- section of the text, by when; of each its name, why, and what is changed in SAMPLE
BAD = [
    ("2", OPEN, [
        ("bad-not-newsarc-magic", "another magic at the start", {"header: magic": FOREIGN[:4]}),
        ("bad-not-newsarc-tag", "the first tag is not NARC", {"header: tag": b"NARD"})]),
    ("5", OPEN, [
        ("unsupported-version-0", "version 0", {"header: version": 0}),
        ("unsupported-version-2", "version 2", {"header: version": 2}),
        ("unsupported-reserved-0", "Reserved bit 0 of the header", {"header: Reserved": 1}),
        ("unsupported-reserved-15", "Reserved bit 15 of the header",
         {"header: Reserved": 1 << 15})]),
    ("3", OPEN, [
        ("bad-header-checksum", "header's checksum", {"header: section": flip_last}),
        ("bad-header-payload", "header ends within its fields",
         {"header: payload": b"\1" + bytes(6)}),
        ("bad-header-size", "header's S is below 12", {"header: S": 11})]),
    ("3", LIST, [
        ("bad-names-magic", "names' magic", {"names: magic": FOREIGN[:4]}),
        ("bad-names-tag", "names' tag", {"names: tag": b"NDIC"}),
        ("bad-names-size", "names' S is one more", {"names: S": add(1)}),
        ("bad-names-checksum", "names' checksum", {"names: section": flip_last}),
        ("bad-names-payload", "names' payload is empty", {"names: payload": b""}),
        ("bad-names-tag-before-limit", "tag and S; the tag is looked at first",
         {"names: tag": b"NDIC", "names: S": (1 << 32) - 1}),
        ("bad-descriptor-magic", "descriptor's magic", {"block 1: magic": FOREIGN[:4]}),
        ("bad-descriptor-tag", "descriptor's tag", {"block 1: tag": b"NKEY"}),
        ("bad-descriptor-size", "descriptor's S is one less", {"block 1: S": add(-1)}),
        ("bad-descriptor-size-11", "descriptor's S is below 12", {"block 1: S": 11}),
        ("bad-descriptor-checksum", "descriptor's checksum", {"block 1: section": flip_last}),
        ("bad-descriptor-payload", "descriptor ends within its fields",
         {"block 1: payload": lambda data: data[:40]})]),
    ("3", VERIFY, [
        ("bad-page-magic", "page's magic", {"codes 0.1: magic": FOREIGN[:4]}),
        ("bad-page-tag", "page's tag", {"codes 0.1: tag": b"NBIX"}),
        ("bad-page-size", "page's S is one more", {"codes 0.1: S": add(1)}),
        ("bad-code-page-checksum", "checksum of an infoCodes' page",
         {"codes 0.1: section": flip_last}),
        ("bad-path-page-checksum", "checksum of a paths' page", {"paths 1.0: section": flip_last}),
        ("bad-block-page-checksum", "block page's checksum", {"blocks 0.1: section": flip_last}),
        ("bad-key-page-payload", "page ends within its fields", {"codes 0.1: payload": b"\1\0"}),
        ("bad-block-page-payload", "page ends within its fields", {"blocks 0.1: payload": b"\0"})]),
    ("2", LIST, [
        ("bad-varint-padded", "varint with a last byte of 0", {"block 1: first row": b"\x82\0"}),
        ("bad-varint-65-bits", "varint that is right modulo 2^64",
         {"block 1: first row": b"\x82" + b"\x80" * 8 + b"\2"}),
        ("bad-varint-11-bytes", "varint of 11 bytes",
         {"block 1: first row": b"\x82" + b"\x80" * 9 + b"\0"}),
        ("bad-column-width", "column of 65 bits",
         {"block 1: packed zone": zigzag(480) + b"\x41" + bytes(17)}),
        ("bad-column-spare-bit", "a bit behind the last field is set",
         {"block 1: packed form": spare_bit}),
        ("bad-body-encoding", "encoding 2", names_body(encoded(2, len(RAW), RAW))),
        ("bad-body-plain-short", "a byte less than R, plain",
         names_body(encoded(0, len(RAW) + 1, RAW))),
        ("bad-body-plain-long", "a byte more than R, plain",
         names_body(encoded(0, len(RAW), RAW + b"\0"))),
        ("bad-body-frame-short", "a byte less than R, compressed",
         names_body(encoded(1, len(RAW) + 1, zstd_frame(RAW)))),
        ("bad-body-frame-long", "a byte more than R, compressed",
         names_body(encoded(1, len(RAW), zstd_frame(RAW + b"\0")))),
        ("bad-body-unsized-short", "the same, where the frame does not state its size",
         names_body(encoded(1, len(RAW) + 1, zstd_frame(RAW, size=0)))),
        ("bad-body-unsized-long", "the same, where the frame does not state its size",
         names_body(encoded(1, len(RAW), zstd_frame(RAW + b"\0", size=0)))),
        ("bad-body-two-frames", "two frames in a body",
         names_body(encoded(1, len(RAW), zstd_frame(RAW[:50]) + zstd_frame(RAW[50:])))),
        ("bad-body-foreign-behind", "a skippable frame behind a body's frame",
         names_body(encoded(1, len(RAW), zstd_frame(RAW) + FOREIGN))),
        ("bad-body-foreign-before", "a skippable frame before a body's frame",
         names_body(encoded(1, len(RAW), FOREIGN + zstd_frame(RAW)))),
        ("bad-body-dictionary", "a body compressed with a dictionary",
         names_body(encoded(1, len(RAW), zstd_frame(RAW, coder())))),
        ("bad-body-old-frame", "a frame from before RFC 8878",
         names_body(encoded(1, len(RAW), old_frame(RAW, 1999)))),
        ("bad-body-no-frame", "encoding 1 of a plain body",
         names_body(encoded(1, len(RAW), RAW)))]),
    ("6", LIST, [
        ("bad-names-65536", "65,536 names", {"names: names": add([b"n"] * (65536 - len(NAMES)))}),
        ("bad-names-count", "a name is missing", {"names: count": add(1)}),
        ("bad-names-left-over", "a byte behind the last name", {"names: raw": add(b"\0")}),
        ("bad-name-empty", "an empty name", {"names: names": add([b""])}),
        ("bad-name-4097", "a name of 4,097 bytes", {"names: names": add([b"n" * 4097])}),
        ("bad-categories-past-names", "reference past the names",
         {"block 0: categories": put(0, 5)}),
        ("bad-categories-negative", "negative reference", {"block 0: categories": put(0, -1)}),
        ("bad-categories-00", "categories with byte 00", {"block 0: categories": put(0, 3)}),
        ("bad-shape-past-names", "reference past the names", {"block 0: shape": put(0, 5)}),
        ("bad-shape-two-00", "two bytes 00 in a shape",
         {"names: names": put(1, b"posts/\0.md\0")})]),
    ("8", LIST, [
        ("bad-rows-0", "a block of no rows", {"block 1: rows": 0}),
        ("bad-rows-16385", "a block of 16,385 rows", {"block 1: rows": 16385}),
        ("bad-first-row", "number of the first row", {"block 1: first row": b"\3"}),
        ("bad-flags-1", "Reserved bit 1 of a descriptor", {"block 1: flags": add(1 << 1)}),
        ("bad-flags-7", "Reserved bit 7 of a descriptor", {"block 1: flags": add(1 << 7)}),
        ("bad-content-size", "content size is not the sum of the lengths",
         {"block 1: content size": add(1), "block 1: frame": zstd_frame(b"# Rain\nsnow.md.")}),
        ("bad-frame-without-content", "a data frame of no byte",
         {"block 2: frame": zstd_frame(b"")}),
        ("bad-content-without-frame", "content and no data frame", {"block 1: frame": b""}),
        ("bad-frame-before-file", "frame starts before the file", {"block 0: frame size": 1 << 40}),
        ("bad-length-negative", "negative length", {"block 2: length": put(1, -1)}),
        ("bad-source-before-all", "source before the first row", {"block 0: source": put(1, 2)}),
        ("bad-source-negative", "source behind the row", {"block 0: source": put(1, -1)}),
        ("bad-step", "step of the first row is not 0",
         {"block 1: step": put(0, 5), "block 1: first local": add(-5),
          "blocks 0.0: entries": edit(1, local=T + DAY - 5)}),
        ("bad-zone-1440", "zone offset above 1,439", {"block 1: zone": put(0, 1440)}),
        ("bad-zone-minus-1440", "zone offset below -1,439", {"block 1: zone": put(0, -1440)}),
        ("bad-class-8", "bit 3 of class", {"block 1: class": put(0, 8)}),
        ("bad-class-negative", "negative class", {"block 1: class": put(0, -1)}),
        ("bad-mode-folder", "mode of a folder", {"block 1: mode": put(0, 0o040755)}),
        ("bad-mode-no-type", "mode without a type", {"block 1: mode": put(0, 0o644)}),
        ("bad-mode-bit-16", "mode above 16 bits", {"block 1: mode": put(0, 0o300644)}),
        ("bad-nanoseconds", "10^9 nanoseconds", {"block 1: nanoseconds": put(0, 10**9)}),
        ("bad-nanoseconds-negative", "negative nanoseconds", {"block 1: nanoseconds": put(0, -1)}),
        ("bad-form-4", "form 4 of an infoCode", {"block 1: form": put(0, 4)}),
        ("bad-form-negative", "negative form of an infoCode", {"block 1: form": put(1, -1)}),
        ("bad-number-11-digits", "number of 11 digits", {"block 1: number": put(0, 10**10)}),
        ("bad-number-negative", "negative number", {"block 1: number": put(0, -1)}),
        ("bad-shape-0", "shape is reference 0", {"block 1: shape": put(0, 0)}),
        ("bad-strings-left-over", "a string too many", {"block 1: raw": add(b"\1x")}),
        ("bad-strings-short", "strings end early", {"block 1: raw": lambda raw: raw[:-1]}),
        ("bad-code-empty", "an infoCode string is empty",
         {"block 2: raw": swap(b"\4wind\13", b"\0\13")}),
        ("bad-code-00", "byte 00 in an infoCode", {"block 2: raw": swap(b"\4wind", b"\4wi\0d")}),
        ("bad-category-empty", "a categories string is empty",
         {"block 1: raw": swap(b"\5Sport", b"\0")}),
        ("bad-category-00", "byte 00 in categories", {"block 1: raw": swap(b"Sport", b"Sp\0rt")}),
        ("bad-rest-empty", "the rest of a path is empty", {"block 1: raw": swap(b"\4link", b"\0")}),
        ("bad-rest-00", "byte 00 in the rest of a path",
         {"block 1: raw": swap(b"link", b"l\0nk")})]),
    ("8", VERIFY, [
        ("bad-frame-no-size", "data frame without content size",
         {"block 1: frame": reframe(size=0)}),
        ("bad-frame-no-checksum", "data frame without checksum",
         {"block 1: frame": reframe(checksum=0)}),
        ("bad-frame-checksum", "data frame's checksum", {"block 1: frame": flip_last}),
        ("bad-frame-long", "data frame holds more",
         {"block 1: frame": zstd_frame(b"# Rain\nsnow.md.")}),
        ("bad-frame-short", "data frame holds less",
         {"block 1: frame": zstd_frame(b"# Rain\nsnow.m")}),
        ("bad-frame-cut", "data frame lacks its last byte",
         {"block 1: frame": lambda frame: frame[:-1]}),
        ("bad-frame-two", "two data frames in a block",
         {"block 1: frame": zstd_frame(b"# Rain\n") + zstd_frame(b"snow.md")}),
        ("bad-frame-empty-behind", "an empty one behind it",
         {"block 1: frame": add(zstd_frame(b""))}),
        ("bad-frame-foreign-behind", "a skippable frame behind it",
         {"block 1: frame": add(FOREIGN)}),
        ("bad-frame-foreign-before", "a skippable frame before it",
         {"block 1: frame": lambda frame: FOREIGN + frame}),
        ("bad-frame-size", "size of the data frame", {"block 1: frame size": add(1)}),
        ("bad-identifier", "identifier, but no dictionary", {"block 1: dictionary": 77}),
        ("bad-source-length", "a copy of other length",
         {"block 2: length": put(0, 8), "trailer: length": add(1)}),
        ("bad-source-hash", "a copy of other hash", {"block 2: source": put(0, 1)}),
        ("bad-content-hash", "content is not of its hash", {"block 1: hash": put(1, 1)})]),
    ("9", VERIFY, [
        ("bad-key-missing", "an infoCode is not in the index", {"codes: keys": without(b"wind")}),
        ("bad-key-no-row", "a path of no row in the index", {"paths: keys": key(b"n", [0])}),
        ("bad-key-no-index", "no index by infoCode", {"codes: keys": {}}),
        ("bad-key-regular", "a regular path in the index",
         {"paths: keys": key(SAMPLE[0].path, [0])}),
        ("bad-key-other-block", "leads to another block", {"paths: keys": key(b"misc/link", [0])}),
        ("bad-key-more-blocks", "leads to a further block",
         {"paths: keys": key(b"misc/link", [1, 2])}),
        ("bad-key-no-such-block", "leads to no block", {"codes: keys": key(b"wind", [3])}),
        ("bad-key-of-no-block", "an entry of no block", {"codes 0.1: blocks": [0]}),
        ("bad-key-page-index-3", "index 3", {"codes 0.1: index": 3}),
        ("bad-key-page-index", "a child of the other index", {"codes 0.1: index": 2}),
        ("bad-key-page-index-root", "a root of the other index", {"codes 1.0: index": 2}),
        ("bad-key-page-level", "children that are not of the level below", {"codes 1.0: level": 2}),
        ("bad-key-page-count-0", "no entries", {"codes 0.1: count": 0}),
        ("bad-key-page-left-over", "a byte left over", {"codes 0.1: raw": add(b"\0")}),
        ("bad-key-page-child", "children outside of the index", {"codes 1.0: child": 0}),
        ("bad-separator-long", "separator is not the shortest",
         {"codes 0.1: entries": edit(0, separator=b"wi")}),
        ("bad-separator-of-first-key", "separator of the first key is not one byte",
         {"codes 0.0: entries": edit(0, separator=b"20")}),
        ("bad-separator-order", "separators descend", {"codes 0.0: entries": reverse}),
        ("bad-separator-twice", "equal separators",
         {"codes 0.0: entries": edit(1, separator=b"2")}),
        ("bad-separator-shares-more", "shares more than is said", {"paths 0.0: shared": [0, 0]}),
        ("bad-separator-first-shares", "the first shares with none", {"paths 0.0: shared": [1, 1]}),
        ("bad-separator-of-child", "not that of the child, though all is found by it",
         {"paths 1.0: entries": edit(1, separator=b"misc/m")})]),
    ("10", VERIFY, [
        ("bad-block-page-level", "children that are not of the level below",
         {"blocks 1.0: level": 2}),
        ("bad-block-page-count-0", "no entries", {"blocks 0.1: count": 0}),
        ("bad-block-page-left-over", "a byte left over", {"blocks 0.1: raw": add(b"\0")}),
        ("bad-block-page-block", "number of the first block", {"blocks 0.1: first block": add(1)}),
        ("bad-block-page-row", "number of the first row", {"blocks 0.1: first row": add(1)}),
        ("bad-block-page-offset", "offset of the first block", {"blocks 0.1: offset": add(1)}),
        ("bad-block-page-time", "local time", {"blocks 0.0: entries": edit(1, local=T + DAY - 1)}),
        ("bad-block-page-rows", "numbers of rows", {"blocks 0.0: entries": move("rows", 1)}),
        ("bad-block-page-no-rows", "an entry of no rows", {"blocks 0.0: entries": move("rows", 2)}),
        ("bad-block-page-size", "sizes of frame and descriptor",
         {"blocks 0.1: entries": lambda all_: edit(0, frame_size=1, size=all_[0].size - 1)(all_)}),
        ("bad-block-root-block", "number of the first block", {"blocks 1.0: first block": add(1)}),
        ("bad-block-root-row", "number of the first row", {"blocks 1.0: first row": add(1)}),
        ("bad-block-root-offset", "offset of the first child", {"blocks 1.0: offset": add(1)}),
        ("bad-block-root-time", "local time of a child",
         {"blocks 1.0: entries": edit(1, local=T + DAY + 1)}),
        ("bad-block-root-rows", "rows of the children", {"blocks 1.0: entries": move("rows", 1)}),
        ("bad-block-root-blocks", "blocks of the children",
         {"blocks 1.0: entries": move("blocks", 1)})]),
    ("11", OPEN, [
        ("bad-trailer-magic", "trailer's magic", {"trailer: magic": FOREIGN[:4]}),
        ("bad-trailer-size", "trailer's S", {"trailer: S": add(1)}),
        ("bad-trailer-tag", "trailer's tag", {"trailer: tag": b"NBIX"}),
        ("bad-trailer-checksum", "trailer's checksum", {"trailer: section": flip_last}),
        ("bad-trailer-generation", "generation 0", {"trailer: generation": 0}),
        ("bad-trailer-reserved-0", "Reserved bit 0 at 4", {"trailer: Reserved": 1}),
        ("bad-trailer-reserved-31", "Reserved bit 31 at 4", {"trailer: Reserved": 1 << 31}),
        ("bad-trailer-reserved-132-0", "Reserved bit 0 at 132", {"trailer: Reserved 2": 1}),
        ("bad-trailer-reserved-132-31", "Reserved bit 31 at 132", {"trailer: Reserved 2": 1 << 31}),
        ("bad-trailer-mark", "mark", {"trailer: mark": b"newsarc end\r"}),
        ("bad-trailer-end", "field at 136", {"trailer: end": add(1)}),
        ("bad-trailer-names", "offset of the names", {"trailer: names offset": add(1)}),
        ("bad-trailer-names-size", "size of the names", {"trailer: names size": add(-1)}),
        ("bad-trailer-names-size-0", "offset and no size", {"trailer: names size": 0}),
        ("bad-trailer-dictionary", "offset and no size", {"trailer: dictionary offset": 5}),
        ("bad-trailer-dictionary-size", "size and no offset", {"trailer: dictionary size": 50}),
        ("bad-trailer-blocks-offset", "offset of the blocks", {"trailer: blocks offset": add(1)}),
        ("bad-trailer-blocks-outside", "blocks reach too far", {"trailer: blocks size": add(4000)}),
        ("bad-trailer-blocks-wrap", "blocks end above 2^64",
         {"trailer: blocks size": (1 << 64) - 1}),
        ("bad-trailer-codes-0", "size and no offset", {"trailer: codes root": 0}),
        ("bad-trailer-paths-size-0", "offset and no size", {"trailer: paths root size": 0}),
        ("bad-trailer-root-0", "size and no offset", {"trailer: blocks root": 0}),
        ("bad-gap-names", "a gap before the names", {"names: gap": FOREIGN}),
        ("bad-gap-blocks", "a gap before the blocks", {"blocks: gap": FOREIGN})]),
    ("11", VERIFY, [
        ("bad-trailer-blocks-short", "blocks end too early", {"trailer: blocks size": add(-1)}),
        ("bad-trailer-codes-outside", "a root among the blocks",
         {"trailer: codes root": add(-500)}),
        ("bad-trailer-paths-wrap", "a root that ends above 2^64",
         {"trailer: paths root": (1 << 64) - 9}),
        ("bad-trailer-root-size", "size of a root", {"trailer: blocks root size": add(-1)}),
        ("bad-trailer-rows", "number of rows", {"trailer: rows": add(1)}),
        ("bad-trailer-blocks", "number of blocks", {"trailer: blocks": add(1)}),
        ("bad-trailer-posts", "number of posts", {"trailer: posts": add(1)}),
        ("bad-trailer-length", "sum of the lengths", {"trailer: length": add(1)}),
        ("bad-trailer-owned", "sum of the owned lengths", {"trailer: owned": add(1)})]),
    ("1", VERIFY, [
        ("bad-gap-block", "a gap between blocks", {"block 1: gap": FOREIGN}),
        ("bad-gap-descriptor", "a gap before a descriptor", {"descriptor 1: gap": FOREIGN}),
        ("bad-gap-index", "a gap before the index", {"codes 0.0: gap": FOREIGN}),
        ("bad-gap-level", "a gap between two levels", {"codes 1.0: gap": FOREIGN}),
        ("bad-gap-tree", "a gap between two trees", {"paths 0.0: gap": FOREIGN}),
        ("bad-gap-block-pages", "a gap before the block pages", {"blocks 0.0: gap": FOREIGN}),
        ("bad-gap-trailer", "a gap before the trailer", {"trailer: gap": FOREIGN}),
        ("bad-order-trees", "paths before infoCodes",
         {"file: index": ["paths", "codes", "blocks"]})]),
    ("12", OPEN, [
        ("limit-header", "header of 64 KiB and a byte", {"header: S": 64 * KIB - 7}),
        ("limit-rows", "2^48 rows and one", {"trailer: rows": (1 << 48) + 1})]),
    ("12", LIST, [
        ("limit-names", "section of 16 MiB and a byte", {"names: S": 16 * MIB - 7}),
        ("limit-names-raw", "body of 16 MiB and a byte", {"names: body": zeros(16 * MIB + 1)}),
        ("limit-descriptor", "section of 64 MiB and a byte", {"block 1: S": 64 * MIB - 7}),
        ("limit-strings", "body of 64 MiB and a byte", {"block 1: body": zeros(64 * MIB + 1)})]),
    ("12", VERIFY, [
        ("limit-key-page", "section of 8 MiB and a byte", {"codes 0.1: S": 8 * MIB - 7}),
        ("limit-key-page-raw", "body of 8 MiB and a byte", {"codes 0.1: body": zeros(8 * MIB + 1)}),
        ("limit-block-page", "section of 8 MiB and a byte", {"blocks 0.1: S": 8 * MIB - 7}),
        ("limit-block-page-raw", "body of 8 MiB and a byte",
         {"blocks 0.1: body": zeros(8 * MIB + 1)}),
        ("limit-window", "a window of 16 MiB",
         {"block 1: frame": plain_frame(b"# Rain\nsnow.md", 24)})]),
]

# --- the same, of SAMPLE with a dictionary
BAD_DICTIONARY = [
    ("7", VERIFY, [
        ("bad-dictionary-magic", "section's magic", {"dictionary: magic": FOREIGN[:4]}),
        ("bad-dictionary-tag", "section's tag", {"dictionary: tag": b"NNAM"}),
        ("bad-dictionary-checksum", "section's checksum", {"dictionary: section": flip_last}),
        ("bad-dictionary-payload", "ends within its fields", {"dictionary: payload": bytes(7)}),
        ("bad-dictionary-identifier", "section states another identifier",
         {"dictionary: identifier": 78}),
        ("bad-dictionary-length", "size is one less", {"dictionary: length": add(-1)}),
        ("bad-piece-no-size", "a piece without content size",
         {"dictionary: pieces": pieces(DICTIONARY, size=0)}),
        ("bad-piece-long", "the last of two pieces is a byte longer than it should be", {
            "dictionary: data": LONG_DICTIONARY,
            "dictionary: pieces": pieces(LONG_DICTIONARY + b"!")}),
        ("bad-piece-missing", "the last piece is missing", {
            "dictionary: data": LONG_DICTIONARY,
            "dictionary: pieces": pieces(LONG_DICTIONARY[:512 * KIB])}),
        ("bad-piece-empty", "the last piece is empty",
         {"dictionary: pieces": add(zstd_frame(b""))}),
        ("bad-piece-old-frame", "a piece that is a frame from before RFC 8878",
         {"dictionary: pieces": old_frame(DICTIONARY, 0)}),
        ("bad-piece-left-over", "a byte behind the pieces", {"dictionary: pieces": add(b"\0")}),
        ("bad-dictionary-no-magic", "not of the format of RFC 8878",
         {"dictionary: data": b"wind" * 99, "dictionary: identifier": 77}),
        ("bad-dictionary-tables", "its entropy tables are malformed",
         {"dictionary: data": DICTIONARY[:8] + b"\xff" * 300})]),
    ("8", VERIFY, [
        ("bad-frame-no-dictionary", "a data frame without the dictionary",
         {"block 0: frame": zstd_frame(b"# Snow\n"), "block 0: dictionary": 0}),
        ("bad-frame-other-dictionary", "a data frame with another dictionary",
         {"block 0: frame": zstd_frame(b"# Snow\n", coder(78)), "block 0: dictionary": 78}),
        ("bad-frame-no-identifier", "a data frame that states no identifier",
         {"block 0: frame": zstd_frame(b"# Snow\n", coder(), identifier=0)}),
        ("bad-identifier-other", "identifier is another", {"block 0: dictionary": 78})]),
    ("8", LIST, [
        ("bad-identifier-no-frame", "identifier, but no data frame", {"block 2: dictionary": 77})]),
    ("11", OPEN, [
        ("bad-order-sections", "dictionary before names", {"file: front": ["dictionary", "names"]}),
        ("bad-gap-dictionary", "a gap before the dictionary", {"dictionary: gap": FOREIGN})]),
    ("12", VERIFY, [
        ("limit-dictionary", "section of 32 MiB and a byte", {"dictionary: S": 32 * MIB - 7}),
        ("limit-dictionary-raw", "a dictionary of 32 MiB and a byte",
         {"dictionary: length": 32 * MIB + 1}),
        ("limit-pieces", "65 pieces",
         {"dictionary: pieces": pieces(DICTIONARY[:-64], len(DICTIONARY)) +
          pieces(DICTIONARY[-64:], 1)})]),
]

# --- other rows: name, section, by when, why, rows, rows of each block, options of the Writer
A, B = plain(b"a"), plain(b"b")
PATHS = {"absolute": b"/a", "dot": b"a/./b", "dot-dot": b"a/../b", "ends-in-slash": b"a/",
         "two-slashes": b"a//b", "of-4096-bytes": b"d/" * 2047 + b"xx"}
ORDERS = {"time": [plain(b"a", T + 1), B], "path": [B, A], "nothing": [A, A],
          "code": [plain(b"a", code=b"ab"), plain(b"b", code=b"a")],
          "no-code": [plain(b"a", code=b"a"), B]}
YEARS = {"minus-1": (YEAR_1 - 367 * DAY, b"-001-12-31"), "10000": (YEAR_10000, b"10000-01-01")}
BIG = [plain(b"a", content=bytes(64 * MIB)), plain(b"b", content=b"b")]

BAD_ROWS = [
    *((f"bad-path-{name}", "4", LIST, f"path: {name}", [plain(path)], [1], {})
      for name, path in PATHS.items()),
    ("bad-path-4096-by-shape", "4", LIST, "a path that gets too long by its shape",
     [plain(PATHS["of-4096-bytes"], shape=b"d/")], [1], {"names": [b"d/"]}),
    ("bad-code-256", "4", LIST, "infoCode of 256 bytes", [plain(b"a", code=b"c" * 256)], [1], {}),
    ("bad-categories-4097", "12", LIST, "a literal category list of 4,097 bytes",
     [plain(b"a", categories=b"c" * 4097)], [1], {}),
    *((f"bad-order-{name}-{len(sizes)}", "4", VERIFY, f"not in ascending order: {name}", rows,
       sizes, {"changes": {"file: rows": rows}})
      for name, rows in ORDERS.items() for sizes in ([2], [1, 1])),
    ("bad-path-twice", "4", VERIFY, "a path of two rows", [A, plain(b"a", T + 1)], [2], {}),
    ("bad-path-twice-2", "4", VERIFY, "a path of two rows that are far from each other",
     [A, plain(b"b", T + 1), plain(b"c", T + 2), plain(b"a", T + 3)], [2, 2], {}),
    ("bad-path-twice-regular", "4", VERIFY, "a path of two rows of one infoCode",
     [plain(b"2022-01-05-c", T + i, code=b"c") for i in range(2)], [1, 1], {}),
    *((f"bad-shape-year-{name}", "6", LIST, "a shape with byte 00 in a year without four digits",
       [plain(date + b"-c", local, code=b"c", shape=b"\0")], [1], {"names": [b"\0"]})
      for name, (local, date) in YEARS.items()),
    *((f"bad-number-year-{name}", "8", LIST, "a numbered infoCode in a year without four digits",
       [plain(b"a", local, code=date[:-6] + date[-5:-3] + date[-2:] + b"0" * 10)],
       [1], {"changes": {"block 0: form": [2], "block 0: raw": string(b"a")}})
      for name, (local, date) in YEARS.items()),
    ("bad-shape-no-code", "6", LIST, "a shape with byte 00, a row without infoCode",
     [plain(b"2022-01-05-.md", shape=b"\0.md")], [1], {"names": [b"\0.md"]}),
    ("bad-dictionary-identifier-0", "7", VERIFY, "identifier 0, also in the dictionary", [], [],
     {"dictionary": numbered(0)}),
    ("bad-dictionary-unused", "7", VERIFY, "an identifier that no data frame needs", [], [],
     {"dictionary": DICTIONARY, "changes": {"dictionary: identifier": 78}}),
    ("bad-source-is-copy", "8", VERIFY, "a copy of a copy", COPIES[:3], [3],
     {"changes": {"block 0: source": [0, 1, 1]}}),
    ("bad-source-is-copy-2", "8", VERIFY, "a copy of a copy in another block", COPIES[:3], [2, 1],
     {"changes": {"block 1: source": [1]}}),
    ("bad-body-foreign", "2", LIST, "a skippable frame for a body of no byte", SAMPLE[:1], [1],
     {"names": NAMES, "changes": {"block 0: body": encoded(1, 0, FOREIGN)}}),
    ("bad-nine-levels", "12", VERIFY, "trees of nine levels", SAMPLE, SIZES,
     {"names": NAMES, "levels": 9}),
    ("bad-page-1025-entries", "9", VERIFY, "a page of 1,025 entries",
     [plain(b"%04d" % i) for i in range(1025)], [1025], {"fan_out": 1025}),
    ("limit-shared-content", "12", LIST, "two rows own 64 MiB and a byte in one block", BIG, [2],
     {"changes": {"block 0: frame": plain_frame(bytes(64 * MIB) + b"b", 23)}}),
    ("limit-single-segment", "12", VERIFY, "no window, but 8 MiB and a byte of content",
     [plain(b"a", content=bytes(8 * MIB + 1))], [1],
     {"changes": {"block 0: frame": plain_frame(bytes(8 * MIB + 1))}}),
]

def cut():
    """name, section, by when, why, the bytes"""
    data = Writer(SAMPLE, SIZES, NAMES).write()
    later = Writer([], [], changes={"header: version": 2}).write()
    inner = Writer(COPIES[:1], [1]).write()
    outer = Writer([plain(b"inner.narc", content=inner)], [1],
                   changes={"block 0: frame": plain_frame(inner)}).write()
    yield "bad-not-newsarc-empty", "2", OPEN, "an empty file", b""
    yield "bad-cut-header", "3", OPEN, "the file ends in the header", data[:50]
    yield "bad-cut-blocks", "11", OPEN, "the file ends in the blocks", data[:400]
    yield "bad-cut-trailer", "11", OPEN, "the last byte is missing", data[:-1]
    yield ("unsupported-and-cut", "5", OPEN, "version 2, and nothing is known behind the header",
           later[:-176] + b"\xff" * 99)
    yield ("bad-cut-to-inner", "11", OPEN, "cut where an archive in it ends, whose trailer is last",
           outer[:outer.index(inner) + len(inner)])
    yield ("bad-last-trailer", "11", OPEN, "the last valid trailer is wrong; the one before is not",
           data + later_trailer(data, (8, bytes(8))))
