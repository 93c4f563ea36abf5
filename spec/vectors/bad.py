# SPDX-License-Identifier: BSD-2-Clause
"""The bad test vectors: each breaks one rule, in an archive that is sound else."""
from dataclasses import replace
import zstandard
from good import (COPIES, DICTIONARY, FIRST, LONG_DICTIONARY, NAMES, PARITY, REDACTION,
                  REWRITTEN, SAMPLE, SECOND_DICTIONARY, SIZES, T, YEAR_1, YEAR_10000,
                  covering, last_bytes, later_trailer, plain, redact)
from writer import (DAY, KIB, MIB, SKIPPABLE, TREES, Generation, SupersededEntry, encoded, pieces,
                    plain_frame, single, string, u32, u64, varint, xxh3, zigzag, zstd_frame)

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
def put_root(tree, offset, size):
    """Each a value, or a function of the right one."""
    def change(roots):
        place = TREES.index(tree)
        root = [new(old) if callable(new) else new
                for new, old in zip((offset, size), roots[place])]
        return put(place, tuple(root))(roots)
    return change
def same(value): return value
def key(name, blocks): return lambda keys: {**keys, name: blocks}
def without(name): return lambda keys: {key: keys[key] for key in keys if key != name}
def swap(old, new):
    def change(data):
        assert data.count(old) == 1, data                   # or the line does not say what it does
        return data.replace(old, new)
    return change
def flip_last(data): return data[:-1] + bytes([data[-1] ^ 1])
def flip(place): return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]
def spare_bit(data): return data[:-1] + bytes([data[-1] | 0x80])
def reverse(values): return values[::-1]
def reframe(**settings):
    return lambda frame: zstd_frame(zstandard.ZstdDecompressor().decompress(frame), **settings)
def zeros(size): return encoded(1, size, plain_frame(bytes(size)))

# --- parts
def content_key(content): return xxh3(content).to_bytes(8, "big")
SNOW = content_key(b"# Snow\n")
def numbered(identifier, dictionary=DICTIONARY):
    return dictionary[:4] + u32(identifier) + dictionary[8:]
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
        ("bad-header-size", "header's S is below 12", {"header: S": 11}),
        ("bad-manifest-tag", "manifest's tag", {"manifest: tag": b"NSEG"}),
        ("bad-manifest-size", "manifest's S is one more", {"manifest: S": add(1)}),
        ("bad-manifest-checksum", "manifest's checksum", {"manifest: section": flip_last}),
        ("bad-manifest-payload", "manifest's payload is empty", {"manifest: payload": b""}),
        ("bad-segment-tag", "segment's tag", {"segment: tag": b"NMAN"}),
        ("bad-segment-size", "segment's S is one less", {"segment: S": add(-1)}),
        ("bad-segment-checksum", "segment's checksum", {"segment: section": flip_last})]),
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
        ("bad-frame-hash-no-frame", "hash of a data frame, but none",
         {"block 2: frame hash": 1}),
        ("bad-frame-before-file", "frame starts before the file", {"block 0: frame size": 1 << 40}),
        ("bad-length-negative", "negative length", {"block 2: length": put(1, -1)}),
        ("bad-source-before-all", "source before the first row", {"block 0: source": put(1, 2)}),
        ("bad-source-past-all", "source behind the last row", {"block 2: source": put(1, -1)}),
        ("bad-generation-0", "generation 0", {"block 1: generation": put(0, 0)}),
        ("bad-generation-above", "generation above the archive's",
         {"block 1: generation": put(0, 2)}),
        ("bad-generation-above-32-bits", "generation that is right modulo 2^32",
         {"block 1: generation": put(0, (1 << 32) + 1)}),
        ("bad-version-0", "version 0", {"block 1: version": put(0, 0)}),
        ("bad-version-negative", "negative version", {"block 1: version": put(0, -1)}),
        ("bad-version-above-32-bits", "version above 32 bits",
         {"block 1: version": put(0, 1 << 32)}),
        ("bad-replaces-before-all", "replaces what is before the first row",
         {"block 0: replaces": put(1, 2)}),
        ("bad-replaces-past-all", "replaces what is behind the last row",
         {"block 2: replaces": put(1, -1)}),
        ("bad-step", "step of the first row is not 0",
         {"block 1: step": put(0, 5), "block 1: first local": add(-5),
          "blocks 0.0: entries": edit(1, local=T + DAY - 5)}),
        ("bad-zone-1440", "zone offset above 1,439", {"block 1: zone": put(0, 1440)}),
        ("bad-zone-minus-1440", "zone offset below -1,439", {"block 1: zone": put(0, -1440)}),
        ("bad-class-16", "bit 4 of class", {"block 1: class": put(0, 17)}),
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
        ("bad-frame-hash", "hash of the data frame", {"block 1: frame hash": add(1)}),
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
         {"block 2: length": put(0, 8), "trailer: length": add(1),
          "trailer: current length": add(1)}),
        ("bad-source-hash", "a copy of other hash", {"block 2: source": put(0, 1)}),
        ("bad-source-later-hash", "a copy of other hash, of a later row",
         {"block 0: source": put(1, -1)}),
        ("bad-replaces-same-generation", "replaces a row of its own generation",
         {"block 1: replaces": put(0, 1)}),
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
        ("bad-key-page-index-4", "index 4", {"codes 0.1: index": 4}),
        ("bad-key-page-index", "a child of the other index", {"codes 0.1: index": 2}),
        ("bad-key-page-index-root", "a root of the other index", {"codes 1.0: index": 2}),
        ("bad-key-page-level", "children that are not of the level below", {"codes 1.0: level": 2}),
        ("bad-key-page-count-0", "no entries", {"codes 0.1: count": 0}),
        ("bad-key-page-left-over", "a byte left over", {"codes 0.1: raw": add(b"\0")}),
        ("bad-key-page-child", "children outside of the index", {"codes 1.0: child": 0}),
        ("bad-fingerprint-inner", "fingerprints in an inner page",
         {"codes 1.0: fingerprint size": 1, "codes 1.0: raw": add(b"ab")}),
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
         {"paths 1.0: entries": edit(1, separator=b"misc/m")}),
        ("bad-contents-missing", "a content is not in the index",
         {"contents: keys": lambda keys: dict([*keys.items()][1:])}),
        ("bad-contents-no-row", "a hash of no row in the index",
         {"contents: keys": key(bytes(8), [0])}),
        ("bad-contents-no-index", "no index by content", {"contents: keys": {}}),
        ("bad-contents-other-block", "leads to another block",
         {"contents: keys": key(SNOW, [1])}),
        ("bad-contents-of-code", "content of a row that has an infoCode",
         {"contents: keys": key(content_key(b"# Rain\n"), [1])}),
        ("bad-contents-empty", "content of no byte",
         {"contents: keys": key(content_key(b""), [2])}),
        ("bad-contents-lowest-first", "the lowest byte of the hash first",
         {"contents: keys": lambda keys: {key[::-1]: keys[key] for key in keys}}),
        ("bad-contents-page-index", "a root of another index", {"contents 0.0: index": 2})]),
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
    ("14", OPEN, [
        ("bad-trailer-magic", "trailer's magic", {"trailer: magic": FOREIGN[:4]}),
        ("bad-trailer-size", "trailer's S", {"trailer: S": add(1)}),
        ("bad-trailer-tag", "trailer's tag", {"trailer: tag": b"NBIX"}),
        ("bad-trailer-checksum", "trailer's checksum", {"trailer: section": flip_last}),
        ("bad-trailer-generation", "generation 0", {"trailer: generation": 0}),
        ("bad-trailer-reserved-0", "Reserved bit 0 at 4", {"trailer: Reserved": 1}),
        ("bad-trailer-reserved-31", "Reserved bit 31 at 4", {"trailer: Reserved": 1 << 31}),
        ("bad-trailer-mark", "mark", {"trailer: mark": b"newsarc end\r"}),
        ("bad-trailer-end", "field at 80", {"trailer: end": add(1)}),
        ("bad-trailer-manifest", "no manifest where it should be",
         {"trailer: manifest offset": add(1), "trailer: manifest size": add(-1)}),
        ("bad-trailer-manifest-size", "manifest ends before the trailer",
         {"trailer: manifest size": add(-1)}),
        ("bad-trailer-manifest-wrap", "manifest ends above 2^64",
         {"trailer: manifest size": (1 << 64) - 1}),
        ("bad-trailer-generation-2", "a generation more than in the segments",
         {"trailer: generation": 2}),
        ("bad-trailer-rows", "number of rows", {"trailer: rows": add(1)}),
        ("bad-trailer-blocks", "number of blocks", {"trailer: blocks": add(1)}),
        ("bad-gap-trailer", "a gap between manifest and trailer", {"trailer: gap": FOREIGN})]),
    ("14", VERIFY, [
        ("bad-trailer-length", "sum of the lengths", {"trailer: length": add(1)}),
        ("bad-trailer-owned", "sum of the owned lengths", {"trailer: owned": add(1)}),
        ("bad-trailer-current-rows", "number of current rows", {"trailer: current rows": add(-1)}),
        ("bad-trailer-current-posts", "number of current posts",
         {"trailer: current posts": add(1)}),
        ("bad-trailer-current-length", "sum of the lengths of current rows",
         {"trailer: current length": add(-1)})]),
    ("13", OPEN, [
        ("bad-manifest-left-over", "a byte left over", {"manifest: raw": add(b"\0")}),
        ("bad-manifest-short", "ends within its fields", {"manifest: raw": lambda raw: raw[:-1]}),
        ("bad-manifest-strength-no-parity", "parity was asked for, but there is none",
         {"manifest: strength": 1}),
        ("bad-manifest-1025-segments", "1,025 segments", {"manifest: segment count": 1025}),
        ("bad-manifest-1025-dictionaries", "1,025 dictionaries",
         {"manifest: dictionary count": 1025}),
        ("bad-manifest-segment", "no segment where it should be",
         {"manifest: segments": lambda all_: [(all_[0][0] + 1, all_[0][1] - 1)]}),
        ("bad-manifest-segment-size", "size of a segment",
         {"manifest: segments": lambda all_: [(all_[0][0], all_[0][1] - 1)]}),
        ("bad-manifest-segment-too-large", "a segment that would start before the file",
         {"manifest: segments": lambda all_: [(0, 1 << 20)]}),
        ("bad-manifest-segment-twice", "a segment twice",
         {"manifest: segments": lambda all_: all_ * 2}),
        ("bad-manifest-no-segment", "no segment, but rows", {"manifest: segments": []})]),
    ("13", VERIFY, [
        ("bad-manifest-parity-none", "there is no parity, but the manifest says where it is",
         {"manifest: parity": 400, "manifest: parity end": 500})]),
    ("13", OPEN, [
        ("bad-manifest-parity-end-none", "there is no parity, but it ends somewhere",
         {"manifest: parity end": 500})]),
    ("12", OPEN, [
        ("bad-segment-left-over", "a byte left over", {"segment: raw": add(b"\0")}),
        ("bad-segment-short", "ends within its fields", {"segment: raw": lambda raw: raw[:-1]}),
        ("bad-segment-no-runs", "no runs", {"segment: run count": 0}),
        ("bad-segment-runs", "more runs than there may be", {"segment: run count": (1 << 20) + 1}),
        ("bad-segment-no-generations", "no generations", {"segment: generation count": 0}),
        ("bad-segment-generations", "more generations than there may be",
         {"segment: generation count": (1 << 20) + 1}),
        ("bad-segment-generation-0", "generations 0 and 1",
         {"segment: times": add([0]), "segment: first generation": 0}),
        ("bad-segment-first-row", "the first row is not row 0", {"segment: first row": 1}),
        ("bad-segment-first-block", "the first block is not block 0", {"segment: first block": 1}),
        ("bad-run-no-byte", "a run of no byte", {"segment: runs": edit(0, size=0)}),
        ("bad-run-small", "a run has a byte less than so many rows take at least",
         {"segment: runs": lambda runs: edit(
             0, size=70 * runs[0].blocks + 8 * runs[0].rows - 1)(runs)}),
        ("bad-run-outside", "a run behind the manifest",
         {"segment: runs": edit(0, offset=1 << 40)}),
        ("bad-run-wrap", "a run that ends above 2^64",
         {"segment: runs": edit(0, offset=(1 << 64) - 9)}),
        ("bad-run-too-long", "a run that reaches into the manifest",
         {"segment: runs": lambda runs: edit(0, size=runs[0].size + 4000)(runs)}),
        ("bad-run-in-header", "a run that starts in the header",
         {"segment: runs": edit(0, offset=5)}),
        ("bad-run-names-0", "size and no offset", {"segment: runs": edit(0, names_offset=0)}),
        ("bad-run-names-size-0", "offset and no size", {"segment: runs": edit(0, names_size=0)}),
        ("bad-run-names-outside", "names behind the manifest",
         {"segment: runs": edit(0, names_offset=1 << 40)}),
        ("bad-root-0", "size and no offset", {"segment: roots": put_root("codes", 0, same)}),
        ("bad-root-size-0", "offset and no size", {"segment: roots": put_root("paths", same, 0)}),
        ("bad-root-no-blocks", "no block pages", {"segment: roots": put_root("blocks", 0, 0)}),
        ("bad-root-outside", "a root behind the manifest",
         {"segment: roots": put_root("contents", 1 << 40, same)}),
        ("bad-root-wrap", "a root that ends above 2^64",
         {"segment: roots": put_root("paths", (1 << 64) - 9, same)}),
        ("bad-root-in-header", "a root in the header",
         {"segment: roots": put_root("codes", 5, same)})]),
    ("14", OPEN, [
        ("bad-place-names", "names that reach into the blocks",
         {"segment: runs": lambda runs: edit(0, names_size=runs[0].names_size + 1)(runs)}),
        ("bad-place-roots", "two root pages in one place", {"segment: roots": lambda roots: put(
            TREES.index("contents"), roots[TREES.index("paths")])(roots)})]),
    ("12", LIST, [
        ("bad-run-offset", "a run starts a byte too late", {"segment: runs": lambda runs: edit(
            0, offset=runs[0].offset + 1, size=runs[0].size - 1)(runs)}),
        ("bad-run-short", "a run ends a byte too early",
         {"segment: runs": lambda runs: edit(0, size=runs[0].size - 1)(runs)}),
        ("bad-run-names", "no names section where it should be",
         {"segment: runs": lambda runs: edit(0, names_offset=runs[0].names_offset + 1,
                                             names_size=runs[0].names_size - 1)(runs)}),
        ("bad-run-names-size", "size of the names section",
         {"segment: runs": lambda runs: edit(0, names_size=runs[0].names_size - 1)(runs)})]),
    ("12", VERIFY, [
        ("bad-run-first-time", "local time of the first row", {"segment: runs": lambda runs: edit(
            0, local=runs[0].local - 1, span=runs[0].span + 1)(runs)}),
        ("bad-run-last-time", "local time of the last row",
         {"segment: runs": lambda runs: edit(0, span=runs[0].span + 1)(runs)}),
        ("bad-root-among-blocks", "a root among the blocks",
         {"segment: roots": put_root("codes", add(-300), same)}),
        ("bad-root-size", "size of a root", {"segment: roots": put_root("blocks", same, add(-1))}),
        ("bad-root-other", "a root of another index",
         {"segment: roots": lambda roots: put_root("contents", *roots[0])(roots)})]),
    ("1", VERIFY, [
        ("bad-gap-block", "a gap between blocks", {"block 1: gap": FOREIGN}),
        ("bad-gap-descriptor", "a gap before a descriptor", {"descriptor 1: gap": FOREIGN}),
        ("bad-gap-index", "a gap before the index", {"codes 0.0: gap": FOREIGN}),
        ("bad-gap-level", "a gap between two levels", {"codes 1.0: gap": FOREIGN}),
        ("bad-gap-tree", "a gap between two trees", {"paths 0.0: gap": FOREIGN}),
        ("bad-gap-block-pages", "a gap before the block pages", {"blocks 0.0: gap": FOREIGN}),
        ("bad-gap-segment", "a gap before the segment", {"segment: gap": FOREIGN}),
        ("bad-gap-manifest", "a gap before the manifest", {"manifest: gap": FOREIGN}),
        ("bad-gap-names", "a gap before the names", {"names: gap": FOREIGN}),
        ("bad-gap-blocks", "a gap before the blocks", {"blocks: gap": FOREIGN}),
        ("bad-order-trees", "paths before infoCodes",
         {"file: index": ["paths", "codes", "contents", "blocks", "superseded"]})]),
    ("16", OPEN, [
        ("limit-header", "header of 64 KiB and a byte", {"header: S": 64 * KIB - 7}),
        ("limit-rows", "2^48 rows and one", {"trailer: rows": (1 << 48) + 1}),
        ("limit-generations", "2^20 generations and one", {"trailer: generation": (1 << 20) + 1}),
        ("limit-manifest", "section of 64 MiB and a byte", {"manifest: S": 64 * MIB - 7}),
        ("limit-manifest-raw", "body of 64 MiB and a byte",
         {"manifest: body": zeros(64 * MIB + 1)}),
        ("limit-segment", "section of 64 MiB and a byte", {"segment: S": 64 * MIB - 7}),
        ("limit-segment-raw", "body of 64 MiB and a byte",
         {"segment: body": zeros(64 * MIB + 1)})]),
    ("16", LIST, [
        ("limit-names", "section of 16 MiB and a byte", {"names: S": 16 * MIB - 7}),
        ("limit-names-raw", "body of 16 MiB and a byte", {"names: body": zeros(16 * MIB + 1)}),
        ("limit-descriptor", "section of 64 MiB and a byte", {"block 1: S": 64 * MIB - 7}),
        ("limit-strings", "body of 64 MiB and a byte", {"block 1: body": zeros(64 * MIB + 1)})]),
    ("16", VERIFY, [
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
        ("bad-frame-other-dictionary", "a data frame with another dictionary",
         {"block 0: frame": zstd_frame(b"# Snow\n", coder(78)), "block 0: dictionary": 78}),
        ("bad-frame-no-identifier", "a data frame that states no identifier",
         {"block 0: frame": zstd_frame(b"# Snow\n", coder(), identifier=0)}),
        ("bad-identifier-0", "no identifier, but the data frame states one",
         {"block 0: dictionary": 0})]),
    ("8", LIST, [
        ("bad-identifier-no-frame", "identifier, but no data frame", {"block 2: dictionary": 77})]),
    ("1", VERIFY, [
        ("bad-order-sections", "dictionary before names", {"file: front": ["dictionary", "names"]}),
        ("bad-gap-dictionary", "a gap before the dictionary", {"dictionary: gap": FOREIGN})]),
    ("13", OPEN, [
        ("bad-manifest-dictionary-outside", "a dictionary behind the manifest",
         {"manifest: dictionaries": lambda all_: [(all_[0][0], 1 << 40, all_[0][2])]})]),
    ("14", OPEN, [
        ("bad-place-dictionary", "a dictionary that reaches into the blocks",
         {"manifest: dictionaries": lambda all_: [(*all_[0][:2], all_[0][2] + 1)]})]),
    ("13", VERIFY, [
        ("bad-manifest-dictionary", "no dictionary where it should be",
         {"manifest: dictionaries": lambda all_: [(all_[0][0], all_[0][1] + 1, all_[0][2] - 1)]}),
        ("bad-manifest-dictionary-size", "size of a dictionary",
         {"manifest: dictionaries": lambda all_: [(*all_[0][:2], all_[0][2] - 1)]})]),
    ("16", VERIFY, [
        ("limit-dictionary", "section of 32 MiB and a byte", {"dictionary: S": 32 * MIB - 7}),
        ("limit-dictionary-raw", "a dictionary of 32 MiB and a byte",
         {"dictionary: length": 32 * MIB + 1}),
        ("limit-pieces", "65 pieces",
         {"dictionary: pieces": pieces(DICTIONARY[:-64], len(DICTIONARY)) +
          pieces(DICTIONARY[-64:], 1)})]),
]

# --- the same, of HISTORY.  Block 3 with rows 6 to 8 is of the second generation; blocks 4 and 5
# with rows 9 and 10 are of the third, whose segment is of both
BAD_HISTORY = [
    ("8", LIST, [
        ("bad-generation-other-segment", "a row of a generation that is in another segment",
         {"block 3: generation": put(2, 1)})]),
    ("8", VERIFY, [
        ("bad-replaces-later-generation", "replaces a row of a later generation",
         {"block 0: replaces": put(1, -7)}),
        ("bad-identifier-other", "identifier of another dictionary of the archive",
         {"block 3: dictionary": 77})]),
    ("9", VERIFY, [
        ("bad-fingerprint", "of another key",
         {"3 codes 0.0: entries": edit(0, fingerprint=bytes([xxh3(b"other") >> 56]))}),
        ("bad-fingerprint-lowest-byte", "the lowest byte of the hash",
         {"3 codes 0.0: entries": edit(0, fingerprint=bytes([xxh3(b"202201060000000002") & 0xff]))}),
        ("bad-fingerprint-none", "a leaf says that it has some",
         {"codes 0.0: fingerprint size": 1}),
        ("bad-fingerprint-left-over", "a leaf says that it has none",
         {"3 codes 0.0: fingerprint size": 0}),
        ("bad-fingerprint-size-2", "fingerprints of two bytes",
         {"3 codes 0.0: fingerprint size": 2, "3 codes 0.0: raw": add(b"ab")})]),
    ("10", VERIFY, [
        ("bad-block-page-gap", "a gap is one more",
         {"3 blocks 0.0: gaps": lambda gaps: [0, gaps[1] + 1]}),
        ("bad-block-page-first-gap", "a gap of the first entry, that the offset makes up for",
         {"3 blocks 0.0: gaps": put(0, 1), "3 blocks 0.0: offset": add(-1)})]),
    ("11", VERIFY, [
        ("bad-superseded-generation", "superseded by a later generation than it was",
         {"3 superseded: all": edit(0, generation=3)}),
        ("bad-superseded-missing", "a superseded row is missing",
         {"3 superseded: all": lambda all_: [all_[0], *all_[2:]]}),
        ("bad-superseded-extra", "a row that no other superseded",
         {"3 superseded: all": lambda all_: [*all_[:3], SupersededEntry(3, 2), *all_[3:]]}),
        ("bad-superseded-none", "no superseded pages", {"3 superseded: all": []}),
        ("bad-superseded-twice", "a row twice", {"3 superseded 0.1: steps": [0, 0]}),
        ("bad-superseded-page-checksum", "page's checksum",
         {"3 superseded 0.1: section": flip_last}),
        ("bad-superseded-page-level", "children that are not of the level below",
         {"3 superseded 1.0: level": 2}),
        ("bad-superseded-page-count-0", "no entries", {"3 superseded 0.1: count": 0}),
        ("bad-superseded-page-left-over", "a byte left over",
         {"3 superseded 0.1: raw": add(b"\0")}),
        ("bad-superseded-page-payload", "page ends within its fields",
         {"3 superseded 0.1: payload": b"\0"}),
        ("bad-superseded-page-row", "number of the first row",
         {"3 superseded 0.1: first row": add(1)}),
        ("bad-superseded-page-lowest", "a generation below the lowest",
         {"3 superseded 0.1: lowest": add(-1)}),
        ("bad-superseded-root-row", "first row of a child",
         {"3 superseded 1.0: entries": edit(1, row=3)}),
        ("bad-superseded-root-child", "offset of the first child",
         {"3 superseded 1.0: child": add(1)})]),
    ("12", OPEN, [
        ("bad-segment-next-row", "the first row is not that behind the segment before",
         {"3 segment: first row": add(-1)}),
        ("bad-segment-next-block", "the first block is not that behind the segment before",
         {"3 segment: first block": add(1)}),
        ("bad-segment-generation-overlap", "a generation of two segments",
         {"3 segment: times": lambda times: [*times, 0], "3 segment: first generation": 1}),
        ("bad-segment-generation-missing", "a generation of no segment",
         {"3 segment: times": lambda times: times[1:], "3 segment: first generation": 3}),
        ("bad-segment-generation-above", "a generation above the archive's",
         {"3 segment: times": lambda times: [*times, 0]}),
        ("bad-run-overlap", "a run that reaches into the next", {
            "3 segment: runs": lambda runs: edit(
                0, size=runs[1].offset - runs[0].offset + 1)(runs)}),
        ("bad-run-order", "runs not in the order of their offsets", {"3 segment: runs": reverse}),
        ("bad-run-no-blocks", "a run of no blocks", {"3 segment: runs": move("blocks", -2)}),
        ("bad-run-few-rows", "a run of fewer rows than blocks",
         {"3 segment: runs": move("rows", -1)})]),
    ("12", VERIFY, [
        ("bad-run-blocks", "a block is counted in another run",
         {"3 segment: runs": move("blocks", -1)}),
        ("bad-run-rows", "a row is counted in another run", {"3 segment: runs": move("rows", 1)})]),
    ("13", OPEN, [
        ("bad-manifest-dictionary-order", "dictionaries not in the order of their offsets",
         {"3 manifest: dictionaries": reverse}),
        ("bad-manifest-segment-outside", "a segment behind the manifest",
         {"3 manifest: segments": lambda all_: [(1 << 40, all_[0][1]), *all_[1:]]}),
        ("bad-manifest-segment-order", "segments not in the order of their rows",
         {"3 manifest: segments": reverse})]),
    ("1", VERIFY, [
        ("bad-gap-generation", "a gap before the second generation", {"2 names: gap": FOREIGN}),
        ("bad-gap-superseded", "a gap before the superseded pages",
         {"3 superseded 0.0: gap": FOREIGN}),
        ("bad-older-page", "checksum of a page that means nothing any more",
         {"2 codes 0.0: section": flip_last}),
        ("bad-older-segment", "checksum of a segment that means nothing any more",
         {"2 segment: section": flip_last}),
        ("bad-older-segment-tag", "an unknown tag", {"2 segment: tag": b"NSEC"}),
        ("bad-older-manifest", "checksum of an older manifest", {"manifest: section": flip_last}),
        ("bad-older-trailer", "checksum of an older trailer", {"trailer: section": flip_last}),
        ("bad-older-trailer-end", "an older trailer does not say where it ends",
         {"2 trailer: end": add(1)})]),
    ("16", VERIFY, [
        ("limit-superseded-page", "section of 8 MiB and a byte",
         {"3 superseded 0.1: S": 8 * MIB - 7}),
        ("limit-superseded-page-raw", "body of 8 MiB and a byte",
         {"3 superseded 0.1: body": zeros(8 * MIB + 1)})]),
]

# --- the same, of REDACTED, whose row 2, the first of block 1, is redacted
def tombstones(*rows): return [(row, *REDACTION) for row in rows]
def reason(text): return [(2, REDACTION[0], text)]
BAD_REDACTED = [
    ("8", VERIFY, [
        ("bad-redacted-no-tombstone", "a redacted row without a tombstone",
         {"manifest: tombstones": []}),
        ("bad-redacted-other-tombstone", "its tombstone is another row's",
         {"manifest: tombstones": tombstones(3)}),
        ("bad-redacted-not", "a tombstone, but the row is not redacted", {
            "block 1: class": put(0, 1), "block 1: hash": put(0, xxh3(b"")),
            "trailer: current rows": add(1), "trailer: current posts": add(1)})]),
    ("9", VERIFY, [
        ("bad-redacted-no-key", "infoCode of a redacted row is not in the index",
         {"codes: keys": without(b"202201060000000002")})]),
    ("13", OPEN, [
        ("bad-tombstone-twice", "two of one row", {"manifest: tombstones": tombstones(2, 2)}),
        ("bad-tombstone-descends", "not in ascending order, modulo 2^64",
         {"manifest: tombstones": tombstones(2, 1)}),
        ("bad-tombstone-no-row", "of a row behind the last",
         {"manifest: tombstones": tombstones(2, 6)}),
        ("bad-tombstone-no-row-wrap", "of a row that is right modulo 2^64",
         {"manifest: tombstones": tombstones(2, (1 << 64) - 1, 3)}),
        ("bad-tombstone-count", "more tombstones than rows",
         {"manifest: tombstones": tombstones(*range(7))}),
        ("bad-tombstone-count-wrap", "2^64 - 1 tombstones",
         {"manifest: tombstone count": (1 << 64) - 1}),
        ("bad-tombstone-missing", "a tombstone less than is said",
         {"manifest: tombstone count": add(1)}),
        ("bad-tombstone-left-over", "a tombstone more than is said",
         {"manifest: tombstone count": add(-1)}),
        ("bad-tombstone-reason-past-body", "a reason ends behind the body",
         {"manifest: raw": lambda raw: raw[:-1]}),
        ("bad-tombstone-reason-4097", "a reason of 4,097 bytes",
         {"manifest: tombstones": reason(b"r" * 4097)}),
        ("bad-tombstone-reason-00", "a reason with byte 00",
         {"manifest: tombstones": reason(b"r\0")})]),
    ("13", VERIFY, [
        ("bad-tombstone-extra", "a tombstone of a row that is not redacted",
         {"manifest: tombstones": tombstones(2, 3)})]),
    ("14", VERIFY, [
        ("bad-redacted-current", "the redacted row is counted as current",
         {"trailer: current rows": add(1), "trailer: current posts": add(1)}),
        ("bad-redacted-current-rows", "it is counted in the current rows",
         {"trailer: current rows": add(1)}),
        ("bad-redacted-current-posts", "it is counted in the current posts",
         {"trailer: current posts": add(1)}),
        ("bad-redacted-length-counted", "what it had is counted in the sum of the lengths",
         {"trailer: length": add(7)})]),
]

# --- the same, of WHOLE: blocks 0 to 2 are of the first run, 3 and 4 of the second
BAD_WHOLE = [
    ("6", VERIFY, [
        ("bad-whole-names-of-first", "the second run refers to the names of the first",
         {"segment: runs": lambda runs: edit(1, names_offset=runs[0].names_offset,
                                             names_size=runs[0].names_size)(runs),
          "block 3: shape": put(0, 4), "block 4: shape": put(0, 4)})]),
    ("6", LIST, [
        ("bad-whole-no-names", "the second run refers to no names",
         {"segment: runs": edit(1, names_offset=0, names_size=0)})]),
    ("13", OPEN, [
        ("bad-whole-generation", "the trailer's generation is the first one",
         {"trailer: generation": 1})]),
    ("1", VERIFY, [
        ("bad-whole-order", "dictionary before names, of the second run",
         {"2 file: front": ["spare", "dictionary", "names"]}),
        ("bad-whole-gap-names", "a gap before the second names", {"2 names: gap": FOREIGN}),
        ("bad-whole-gap-dictionary", "a gap before the second dictionary",
         {"2 dictionary: gap": FOREIGN}),
        ("bad-whole-gap-blocks", "a gap before the second run", {"2 blocks: gap": FOREIGN}),
        ("bad-whole-gap-index", "a gap before the index", {"codes 0.0: gap": FOREIGN})]),
    ("13", VERIFY, [
        ("bad-whole-one-dictionary", "the first dictionary is not in the manifest",
         {"manifest: dictionaries": lambda all_: all_[1:],
          **{f"block {block}: dictionary": 0 for block in range(2)},
          **{f"block {block}: frame": lambda frame, block=block: zstd_frame(
              (b"# Snow\n", b"# Rain\nsnow.md")[block]) for block in range(2)}})]),
]

# --- the same, of the first generation of PARITY: a table of 324 bytes, parity of 404, a table
def extents(*changed):
    """What is covered instead: offsets and sizes, or functions of the right extents"""
    return lambda all_: [item(all_) if callable(item) else item for item in changed]
def last(all_): return all_[-1]
def outside(size): return lambda all_: (all_[0][1] + size, 12)
def parts(*numbers): return lambda all_: [all_[number] for number in numbers]
def spare(number, payload):
    """Another parity section, in front of a part"""
    return lambda all_: [*all_[:number], ("spare", b"NPAR", payload), *all_[number:]]

BAD_PARITY = [
    ("13", OPEN, [
        ("bad-manifest-strength", "10,001 hundredths of a percent",
         {"manifest: strength": 10_001}),
        ("bad-manifest-parity-in-header", "parity in the header", {"manifest: parity": 1}),
        ("bad-manifest-parity-outside", "parity behind the manifest",
         {"manifest: parity": 1 << 40}),
        ("bad-manifest-parity-largest", "parity at the greatest number",
         {"manifest: parity": (1 << 64) - 1}),
        ("bad-manifest-parity-end-0", "parity that ends nowhere", {"manifest: parity end": 0}),
        ("bad-manifest-parity-end-outside", "parity that ends behind the manifest's start",
         {"manifest: parity end": 1 << 40})]),
    ("13", VERIFY, [
        ("bad-manifest-parity", "offset of the parity is one more", {"manifest: parity": add(1)}),
        ("bad-manifest-parity-end-more", "end of the parity is one more",
         {"manifest: parity end": add(1)}),
        ("bad-manifest-parity-end-less", "end of the parity is one less",
         {"manifest: parity end": add(-1)}),
        ("bad-manifest-former-parity", "parity before the first generation",
         {"manifest: former parity": 1}),
        ("bad-manifest-parity-second", "offset of the second table",
         {"manifest: parity": add(324 + 404)}),
        ("bad-manifest-no-parity", "there is parity, but the manifest says that there is none",
         {"manifest: parity": 0, "manifest: parity end": 0, "manifest: strength": 0})]),
    ("1", VERIFY, [
        ("bad-top-in-front", "the top of the index in front of the parity",
         {"file: top in front": True})]),
    ("3", VERIFY, [
        ("bad-parity-table-magic", "first table's magic", {"parity table: magic": FOREIGN[:4]}),
        ("bad-parity-table-size", "first table's S is one more", {"parity table: S": add(1)}),
        ("bad-parity-table-checksum", "first table's checksum",
         {"parity table: section": flip_last}),
        ("bad-parity-table-2-checksum", "second table's checksum",
         {"parity table 2: section": flip_last}),
        ("bad-parity-table-empty", "tables have an empty payload",
         {"parity table: payload": b"", "parity table 2: payload": b""}),
        ("bad-parity-table-31", "tables end in their first fields",
         {f"parity table{place}: payload": lambda data: data[:31] for place in ("", " 2")}),
        ("bad-parity-table-short", "tables end in the last hash",
         {f"parity table{place}: payload": lambda data: data[:-1] for place in ("", " 2")}),
        ("bad-parity-table-left-over", "tables have a byte left over",
         {f"parity table{place}: payload": add(b"\0") for place in ("", " 2")}),
        ("bad-parity-table-hash-left-over", "tables have the hash of a chunk more",
         {"parity: hashes": lambda hashes: [*hashes, hashes[-1]]}),
        ("bad-parity-table-hash-missing", "tables lack the hash of a parity chunk",
         {"parity: parity hashes": lambda hashes: hashes[:-1]}),
        ("bad-parity-magic", "parity's magic", {"parity 0: magic": FOREIGN[:4]}),
        ("bad-parity-size", "parity's S is one less", {"parity 0: S": add(-1)}),
        ("bad-parity-checksum", "parity's checksum", {"parity 0: section": flip_last})]),
    ("16", VERIFY, [
        ("limit-parity-table", "size of a parity table", {"parity table: S": 64 * MIB - 7}),
        ("limit-parity", "size of a parity section", {"parity 0: S": 4 * MIB + 13})]),
    ("1", VERIFY, [
        ("bad-parity-alone", "no tables", {"parity: parts": parts(1)}),
        ("bad-parity-no-first-table", "no first table", {"parity: parts": parts(1, 2)}),
        ("bad-parity-no-second-table", "no second table", {"parity: parts": parts(0, 1)}),
        ("bad-parity-tables-first", "both tables before the parity",
         {"parity: parts": parts(0, 2, 1)}),
        ("bad-parity-tables-last", "both tables behind the parity",
         {"parity: parts": parts(1, 0, 2), "parity: stated offset": add(404),
          "manifest: parity": add(404)}),
        ("bad-parity-third-table", "a third table",
         {"parity: parts": lambda all_: [*all_, ("table 3", *all_[0][1:])]}),
        ("bad-parity-twice", "parity twice", {"parity: parts": lambda all_: all_ * 2}),
        ("bad-parity-before-table", "a parity section before the first table",
         {"parity: parts": spare(0, bytes(64)), "parity: stated offset": add(84),
          "manifest: parity": add(84)}),
        ("bad-parity-behind-table-2", "a parity section behind the second table",
         {"parity: parts": spare(3, bytes(64))}),
        ("bad-parity-no-parity", "no parity between the tables", {"parity: parts": parts(0, 2)}),
        ("bad-parity-table-tag", "the first table is parity by its tag",
         {"parity table: tag": b"NPAR"}),
        ("bad-parity-tag", "parity is a table by its tag", {"parity 0: tag": b"NPTB"}),
        ("bad-gap-parity-table", "a gap before the first table",
         {"parity table: gap": FOREIGN, "parity: stated offset": add(8),
          "manifest: parity": add(8)}),
        ("bad-gap-parity", "a gap before the parity", {"parity 0: gap": FOREIGN}),
        ("bad-gap-parity-table-2", "a gap before the second table",
         {"parity table 2: gap": FOREIGN}),
        ("bad-gap-behind-parity", "a gap behind the parity", {"segment: gap": FOREIGN})]),
    ("19", VERIFY, [
        ("bad-parity-tables-differ", "the second table has another hash, of a parity chunk",
         {"parity table 2: payload": flip_last}),
        ("bad-parity-tables-differ-first", "the first table has another hash, of a chunk",
         {"parity table: payload": flip(80)}),
        ("bad-parity-tables-differ-place", "the second table states its own place",
         {"parity table 2: payload": lambda data: u64(
             int.from_bytes(data[:8], "little") + 324 + 404) + data[8:]}),
        ("bad-parity-tables-differ-size", "the second table has a byte more",
         {"parity table 2: payload": add(b"\0")}),
        ("bad-parity-place", "tables state an offset that is one more",
         {"parity: stated offset": add(1)}),
        ("bad-parity-place-0", "tables state offset 0", {"parity: stated offset": 0}),
        ("bad-parity-chunk-63", "chunks of 63 bytes", {"parity: U": 63}),
        ("bad-parity-chunk-1048577", "chunks of 1,048,577 bytes",
         {"parity: U": 1048577, "parity: M": 1, "parity: S": 1}),
        ("bad-parity-chunk-0", "chunks of 0 bytes", {"parity: stated U": 0}),
        ("bad-parity-chunk-other", "tables state chunks of 65 bytes", {"parity: stated U": 65}),
        ("bad-parity-M-0", "no parity chunks: an empty parity section",
         {"parity: M": 0, "parity: sections": [b""]}),
        ("bad-parity-M-other", "tables state a parity chunk more than they have",
         {"parity: stated M": add(1)}),
        ("bad-parity-M-largest", "tables state the greatest M",
         {"parity: stated M": (1 << 32) - 1}),
        ("bad-parity-S-0", "no stripes", {"parity: stated S": 0}),
        ("bad-parity-S-above-K", "a stripe more than chunks",
         {"parity: extents": covering(64 * 4), "parity: S": 5}),
        ("bad-parity-S-other", "tables state a stripe more than they have",
         {"parity: stated S": add(1)}),
        ("bad-parity-S-largest", "tables state the greatest S",
         {"parity: stated S": (1 << 64) - 1}),
        ("bad-parity-S-wraps", "tables state stripes whose parity chunks are none modulo 2^64",
         {"parity: stated S": 1 << 63, "parity: parity hashes": []}),
        ("bad-parity-256-chunks", "256 chunks in a stripe",
         {"parity: extents": covering(64 * 4), "parity: M": 252, "parity: S": 1}),
        ("bad-parity-no-extents", "no extents", {"parity: extents": []}),
        ("bad-parity-E-other", "tables state an extent more than they have",
         {"parity: stated E": add(1)}),
        ("bad-parity-E-0", "tables state no extents, but have them", {"parity: stated E": 0}),
        ("bad-parity-E-2097153", "tables state 2,097,153 extents",
         {"parity: stated E": (1 << 21) + 1}),
        ("bad-parity-E-largest", "tables state the greatest E",
         {"parity: stated E": (1 << 64) - 1}),
        ("bad-parity-E-wraps", "tables state as many extents as need 16 bytes modulo 2^64",
         {"parity: extents": covering(200), "parity: stated E": (1 << 60) + 1}),
        ("bad-parity-extents-descend", "extents are not in the order of the file",
         {"parity: extents": reverse}),
        ("bad-parity-extents-overlap", "two extents have a byte in common",
         {"parity: extents": extents((0, 100), (99, 100), last)}),
        ("bad-parity-extents-same", "an extent twice",
         {"parity: extents": extents((0, 100), (0, 100), last)}),
        ("bad-parity-extents-inside", "an extent inside of the one before",
         {"parity: extents": extents((0, 100), (50, 10), last)}),
        ("bad-parity-extent-empty", "an extent of no byte",
         {"parity: extents": extents((0, 100), (150, 0), last)}),
        ("bad-parity-extent-empty-first", "an extent of no byte at offset 0",
         {"parity: extents": extents((0, 0), (0, 100), last)}),
        ("bad-parity-before-only", "no extent behind the parity",
         {"parity: extents": lambda all_: all_[:1]}),
        ("bad-parity-behind-two", "two extents behind the parity",
         {"parity: extents": lambda all_: [all_[0], (all_[1][0], 1),
                                           last_bytes(all_, all_[1][1] - 2)]}),
        ("bad-parity-extent-before-trailer", "the last extent lacks the file's last byte",
         {"parity: extents": lambda all_: [all_[0], (all_[1][0], all_[1][1] - 1)]}),
        ("bad-parity-extent-past-trailer", "an extent that ends behind the trailer",
         {"parity: extents": lambda all_: [all_[0], (all_[1][0], all_[1][1] + 1)],
          "parity: covered": add(b"\0")}),
        ("bad-parity-extent-behind-trailer", "an extent behind the trailer, of one byte",
         {"parity: extents": lambda all_: [all_[0], (sum(all_[1]), 1)],
          "parity: covered": add(b"\0")}),
        ("bad-parity-extent-largest", "an extent of the greatest size",
         {"parity: extents": [(1, (1 << 64) - 1)], "parity: covered": bytes(64),
          "parity: S": 1}),
        ("bad-parity-extent-wraps", "an extent that ends at offset 64 modulo 2^64",
         {"parity: extents": [((1 << 64) - 64, 128)], "parity: covered": bytes(128),
          "parity: S": 1}),
        ("bad-parity-extents-wrap", "extents of 64 bytes in all modulo 2^64",
         {"parity: extents": [(0, 100), (100, (1 << 64) - 36)], "parity: covered": bytes(64),
          "parity: S": 1}),
        ("bad-parity-covers-table", "an extent covers the start of the first table",
         {"parity: extents": extents(outside(0), last)}),
        ("bad-parity-covers-table-byte", "an extent reaches a byte into the first table",
         {"parity: extents": lambda all_: [(0, all_[0][1] + 1), all_[1]]}),
        ("bad-parity-covers-parity", "an extent covers the start of the parity section",
         {"parity: extents": extents(outside(132), last)}),
        ("bad-parity-covers-table-2", "an extent covers the start of the second table",
         {"parity: extents": extents(outside(132 + 404), last)}),
        ("bad-parity-hash", "hash of a chunk",
         {"parity: hashes": lambda hashes: put(4, hashes[4] ^ 1)(hashes)}),
        ("bad-parity-hash-last", "hash of the last chunk, without the zeros that fill it up",
         {"parity: hashed": lambda chunks: [*chunks[:-1], chunks[-1].rstrip(b"\0")]}),
        ("bad-parity-hashes-swapped", "hashes of two chunks are exchanged",
         {"parity: hashes": lambda hashes: [hashes[1], hashes[0], *hashes[2:]]}),
        ("bad-parity-hash-of-parity", "hash of a parity chunk",
         {"parity: parity hashes": lambda hashes: put(5, hashes[5] ^ 1)(hashes)}),
        ("bad-parity-chunk", "a bit of a parity chunk, which has not its hash",
         {"parity 0: payload": flip(100)}),
        ("bad-parity-chunks-by-stripe", "the parity chunks of a stripe stand together",
         {"parity: sections": lambda all_: [b"".join(
             all_[0][64 * number:64 * number + 64] for number in (0, 3, 1, 4, 2, 5))]}),
        ("bad-parity-short", "the parity section lacks its last byte",
         {"parity 0: payload": lambda data: data[:-1]}),
        ("bad-parity-chunk-missing", "the parity section lacks its last chunk",
         {"parity 0: payload": lambda data: data[:-64]}),
        ("bad-parity-empty", "the parity section is empty", {"parity 0: payload": b""}),
        ("bad-parity-long", "the parity section has a byte more",
         {"parity 0: payload": add(b"\0")}),
        ("bad-parity-chunk-more", "the parity section has a chunk more",
         {"parity 0: payload": add(bytes(64))}),
        ("bad-parity-section-more", "another parity section, of a chunk",
         {"parity: parts": spare(2, bytes(64))}),
        ("bad-parity-section-empty", "another parity section, which is empty",
         {"parity: parts": spare(2, b"")}),
        ("bad-parity-section-empty-first", "a first parity section, which is empty",
         {"parity: parts": spare(1, b"")}),
        ("bad-parity-other-code", "a bit of a parity chunk, which is that of its hash",
         {"parity: chunks": lambda chunks: put(0, flip(0)(chunks[0]))(chunks)}),
        ("bad-parity-other-code-last", "the last bit of the parity, which is that of its hash",
         {"parity: chunks": lambda chunks: put(5, flip(63)(chunks[5]))(chunks)}),
        ("bad-parity-rows-swapped", "parity chunks 0 and 1 of the stripes are exchanged",
         {"parity: chunks": lambda chunks: chunks[3:] + chunks[:3]}),
        ("bad-parity-zero", "parity is all zeros",
         {"parity: chunks": lambda chunks: [bytes(64)] * 6}),
        ("bad-parity-divided", "parity in two sections, which are not as long as they may be",
         {"parity: sections": lambda all_: [all_[0][:192], all_[0][192:]]})]),
]

# --- the same, of two groups, of which the first has 604 bytes, from offset 1306 on
def reaching(size):
    """An extent from the start of the first one to size bytes behind its end"""
    return lambda all_: [(all_[0][0], all_[0][1] + size), last(all_)]
def third(all_):
    """The second group once more, where it says that it stands"""
    size = sum(len(payload) + 20 for _, _, payload in all_)
    return [*all_, *((f"third {name}", tag, payload if tag == b"NPAR" else
                      u64(int.from_bytes(payload[:8], "little") + size) + payload[8:])
                     for name, tag, payload in all_)]

BAD_GROUPS = [
    ("13", VERIFY, [
        ("bad-manifest-parity-second-group", "offset of the second group",
         {"manifest: parity": add(604)})]),
    ("1", VERIFY, [
        ("bad-second-parity-no-first-table", "no first table of the second group",
         {"second parity: parts": parts(1, 2)}),
        ("bad-second-parity-no-second-table", "no second table of the second group",
         {"second parity: parts": parts(0, 1)}),
        ("bad-first-parity-no-second-table", "no second table of the first group",
         {"parity: parts": parts(0, 1)}),
        ("bad-parity-three-groups", "a third group", {"second parity: parts": third}),
        ("bad-gap-second-parity", "a gap between the groups",
         {"second parity table: gap": FOREIGN, "second parity: stated offset": add(8)})]),
    ("19", VERIFY, [
        ("bad-second-parity-place", "the second group states the offset of the first",
         {"second parity: stated offset": add(-604)}),
        ("bad-second-parity-covers-itself", "the second group covers a byte of itself",
         {"second parity: extents": reaching(1)}),
        ("bad-first-parity-covers-itself", "the first group covers a byte of itself",
         {"parity: extents": extents((1306, 1), last)}),
        ("bad-first-parity-covers-second", "the first group covers the start of the second",
         {"parity: extents": lambda all_: [(last(all_)[0] - 12, 12), last(all_)]}),
        ("bad-first-parity-chunk", "a bit of a parity chunk of the first group",
         {"parity 0: payload": flip(0)}),
        ("bad-second-parity-chunk", "a bit of a parity chunk of the second group",
         {"second parity 0: payload": flip(0)}),
        ("bad-first-parity-other-code", "a bit of the first group's parity, which has its hash",
         {"parity: chunks": lambda chunks: put(0, flip(0)(chunks[0]))(chunks)}),
        ("bad-second-parity-other-code", "a bit of the second group's parity, which has its hash",
         {"second parity: chunks": lambda chunks: put(0, flip(0)(chunks[0]))(chunks)})]),
]

# --- the same, of three generations with parity
BAD_PARITY_HISTORY = [
    ("13", VERIFY, [
        ("bad-manifest-parity-older", "parity of an older generation",
         {"3 manifest: parity": 1281})]),
    ("19", VERIFY, [
        ("bad-parity-older-hash", "hash of a chunk, in the first generation",
         {"parity: hashes": lambda hashes: put(0, hashes[0] ^ 1)(hashes)}),
        ("bad-parity-older-chunk", "a bit of a parity chunk, in the second generation",
         {"2 parity 0: payload": flip(0)}),
        ("bad-parity-older-table", "first table's checksum, in the first generation",
         {"parity table: section": flip_last}),
        ("bad-parity-older-code", "a bit of parity that has its hash, in the second generation",
         {"2 parity: chunks": lambda chunks: put(0, flip(0)(chunks[0]))(chunks)}),
        ("bad-parity-older-second-table", "no second table, in the second generation",
         {"2 parity: parts": parts(0, 1)}),
        ("bad-parity-extent-before-generation", "an extent starts before its generation",
         {"2 parity: extents": lambda all_: [(all_[0][0] - 1, all_[0][1] + 1), all_[1]]}),
        ("bad-parity-extent-of-older", "an extent of the generation before",
         {"3 parity: extents": extents((0, 10), last)}),
        ("bad-parity-extent-of-later", "an extent reaches into the next generation",
         {"2 parity: extents": lambda all_: [all_[0], (all_[1][0], all_[1][1] + 4)],
          "2 parity: covered": add(SKIPPABLE)})]),
]

# --- other rows: name, section, by when, why, rows, rows of each block, options of the Writer
A, B = plain(b"a"), plain(b"b")
PATHS = {"absolute": b"/a", "dot": b"a/./b", "dot-dot": b"a/../b", "ends-in-slash": b"a/",
         "two-slashes": b"a//b", "of-4096-bytes": b"d/" * 2047 + b"xx"}
ORDERS = {"time": [plain(b"a", T + 1), B, plain(b"c", T + 1)], "path": [B, A], "nothing": [A, A],
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
    ("bad-categories-4097", "16", LIST, "a literal category list of 4,097 bytes",
     [plain(b"a", categories=b"c" * 4097)], [1], {}),
    *((f"bad-order-{name}-{len(sizes)}", "4", VERIFY, f"not in ascending order: {name}", rows,
       sizes, {"changes": {"file: rows": rows}})
      for name, rows in ORDERS.items() for sizes in ([len(rows)], [1, len(rows) - 1])),
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
    ("bad-manifest-identifier", "13", VERIFY, "identifier is not that of the dictionary", [], [],
     {"dictionary": DICTIONARY, "changes": {
         "manifest: dictionaries": lambda all_: [(u32(78), *all_[0][1:])]}}),
    ("bad-manifest-no-dictionary", "13", VERIFY, "a dictionary is not in the manifest", [], [],
     {"dictionary": DICTIONARY, "changes": {"manifest: dictionaries": []}}),
    ("bad-run-no-names", "12", VERIFY, "a run without the names of its generation", [A], [1],
     {"names": [], "changes": {"segment: runs": edit(0, names_offset=0, names_size=0)}}),
    ("bad-source-is-copy", "8", VERIFY, "a copy of a copy", COPIES[:3], [3],
     {"changes": {"block 0: source": [0, 1, 1]}}),
    ("bad-source-is-copy-2", "8", VERIFY, "a copy of a copy in another block", COPIES[:3], [2, 1],
     {"changes": {"block 1: source": [1]}}),
    ("bad-body-foreign", "2", LIST, "a skippable frame for a body of no byte", SAMPLE[:1], [1],
     {"names": NAMES, "changes": {"block 0: body": encoded(1, 0, FOREIGN)}}),
    ("bad-nine-levels", "16", VERIFY, "trees of nine levels", SAMPLE, SIZES,
     {"names": NAMES, "levels": 9}),
    ("bad-page-1025-entries", "9", VERIFY, "a page of 1,025 entries",
     [plain(b"%04d" % i) for i in range(1025)], [1025], {"fan_out": 1025}),
    ("limit-shared-content", "16", LIST, "two rows own 64 MiB and a byte in one block", BIG, [2],
     {"changes": {"block 0: frame": plain_frame(bytes(64 * MIB) + b"b", 23)}}),
    ("limit-single-segment", "16", VERIFY, "no window, but 8 MiB and a byte of content",
     [plain(b"a", content=bytes(8 * MIB + 1))], [1],
     {"changes": {"block 0: frame": plain_frame(bytes(8 * MIB + 1))}}),
]

# --- rows that are redacted, but not all of them: as BAD_ROWS
SECOND = replace(plain(b"b"), redacted=REDACTION)
BAD_ROWS += [
    ("bad-redacted-length", "8", LIST, "a redacted row that owns content", SAMPLE, SIZES,
     {"names": NAMES, "changes": {
         "block 1: class": put(1, 14), "manifest: tombstones": tombstones(3),
         "trailer: current rows": add(-1), "trailer: current length": add(-7)}}),
    ("bad-redacted-source", "8", LIST, "a redacted row with a source of the same length and hash",
     [A, SECOND], [2], {"changes": {"block 0: source": [0, 1]}}),
    ("bad-redacted-categories", "8", LIST, "a redacted row with categories, by reference",
     [replace(SAMPLE[0], redacted=REDACTION)], [1], {"names": NAMES}),
    ("bad-redacted-categories-literal", "8", LIST, "a redacted row with categories, as a literal",
     [replace(SAMPLE[2], redacted=REDACTION)], [1], {"names": NAMES}),
    ("bad-redacted-in-contents", "9", VERIFY, "content of a redacted row",
     [redact(plain(b"a", content=b"a"))], [1],
     {"changes": {"contents: keys": key(content_key(b"a"), [0])}}),
    ("bad-redacted-path-twice", "4", VERIFY, "a path of a redacted row and of another",
     [redact(A), plain(b"a", T + 1, b"a")], [2], {}),
    ("bad-source-redacted", "8", VERIFY, "source is a redacted row, of the same length and hash",
     [redact(plain(b"a", content=b"a")), B], [2],
     {"changes": {"block 0: source": [0, 1], "block 0: hash": [xxh3(b"a")] * 2}}),
    ("bad-source-redacted-empty", "8", VERIFY, "source is a redacted row that had no byte before",
     [redact(A), B], [2], {"changes": {"block 0: source": [0, 1]}}),
    ("bad-source-redacted-length", "8", VERIFY, "source is a redacted row that had the content",
     [redact(COPIES[0]), COPIES[1]], [2],
     {"changes": {"block 0: source": [0, 1], "block 0: content size": 0, "block 0: frame": b"",
                  "trailer: owned": 0}}),
]

# --- several generations: name, section, by when, why, generations, options of the Writer
AGAIN = [plain(b"a", generation=2), plain(b"a", generation=1)]
BAD_HISTORIES = [
    *((f"bad-order-generation-{len(sizes)}", "4", VERIFY, "not in ascending order: generation",
       [Generation(AGAIN, sizes, number=2)], {"changes": {"file: rows": AGAIN}})
      for sizes in ([2], [1, 1])),
    ("bad-path-twice-later", "4", VERIFY, "a path of two rows of the second generation",
     [Generation([A], [1]), Generation([A, plain(b"a", T + 1)], [2])], {}),
    ("bad-manifest-identifier-twice", "13", OPEN, "two dictionaries of one identifier",
     [Generation([A], [1], None, DICTIONARY),
      Generation([B], [1], None, numbered(77, SECOND_DICTIONARY))], {}),
    ("bad-run-names-of-older", "12", VERIFY, "a run that refers to the names of another",
     [Generation([A], [1], []), Generation([B], [1], [], merges=1)],
     {"changes": {"2 segment: runs": lambda runs: edit(
         1, names_offset=runs[0].names_offset)(runs)}}),
    ("bad-superseded-again", "11", VERIFY, "a row that was superseded before",
     [Generation([A], [1]), Generation([plain(b"a", content=b"2")], [1]), Generation([B], [1])],
     {"changes": {"3 superseded: all": [SupersededEntry(0, 3)]}}),
    ("bad-superseded-first-step", "11", VERIFY, "a difference of the first row",
     [Generation([A, B], [2]), Generation([plain(b"b", content=b"2")], [1])],
     {"changes": {"2 superseded 0.0: first row": 0, "2 superseded 0.0: steps": [1]}}),
    ("bad-run-names-before-trailer", "6", VERIFY, "a run with the names of an older generation",
     [Generation([A], [1], NAMES), Generation([B], [1], merges=1)],
     {"changes": {"2 segment: runs": lambda runs: edit(
         1, names_offset=runs[0].names_offset, names_size=runs[0].names_size)(runs)}}),
    ("bad-superseded-by-redacted", "11", VERIFY, "superseded by a redacted row only, and missing",
     [[Generation([FIRST], [1], NAMES), Generation([redact(REWRITTEN[0])], [1], NAMES)]],
     {"changes": {"superseded: all": []}}),
    ("bad-superseded-redacted", "11", VERIFY, "a redacted row that was superseded, and is missing",
     [[Generation([redact(FIRST)], [1], NAMES), Generation([REWRITTEN[0]], [1], NAMES)]],
     {"changes": {"superseded: all": []}}),
    ("bad-current-by-redacted", "14", VERIFY, "superseded by a redacted row, but counted",
     [[Generation([FIRST], [1], NAMES), Generation([redact(REWRITTEN[0])], [1], NAMES)]],
     {"changes": {"trailer: current rows": 1, "trailer: current posts": 1,
                  "trailer: current length": 7}}),
    ("bad-whole-names-of-second", "6", VERIFY, "the first run refers to the names behind it",
     [[Generation([A], [1]), Generation([B], [1], NAMES)]],
     {"changes": {"segment: runs": lambda runs: edit(
         0, names_offset=runs[1].names_offset, names_size=runs[1].names_size)(runs)}}),
    ("bad-whole-not-nearest", "6", VERIFY, "the second run refers to no names, but has the first's",
     [[Generation([B], [1], NAMES), Generation([A], [1])]],
     {"changes": {"segment: runs": edit(1, names_offset=0, names_size=0)}}),
    ("bad-whole-empty-names", "6", VERIFY,
     "the second run, behind a names section of no names, refers to the names of the first",
     [[Generation([B], [1], NAMES), Generation([A], [1], [])]],
     {"changes": {"segment: runs": lambda runs: edit(
         1, names_offset=runs[0].names_offset, names_size=runs[0].names_size)(runs)}}),
    ("bad-whole-two-names", "1", VERIFY, "two names sections of one run",
     [[Generation([], [], NAMES), Generation([A], [1], NAMES)]], {}),
    ("bad-whole-names-last", "1", VERIFY, "names behind the last run",
     [[Generation([A], [1]), Generation([], [], NAMES)]], {}),
    ("bad-whole-dictionary-last", "1", VERIFY, "a dictionary behind the last run",
     [[Generation([A], [1]), Generation([], [], None, DICTIONARY)]], {}),
]

def cut():
    """name, section, by when, why, the bytes"""
    data = single(SAMPLE, SIZES, NAMES).write()
    later = single([], [], changes={"header: version": 2}).write()
    inner = single(COPIES[:1], [1]).write()
    outer = single([plain(b"inner.narc", content=inner)], [1],
                   changes={"block 0: frame": plain_frame(inner)}).write()
    yield "bad-not-newsarc-empty", "2", OPEN, "an empty file", b""
    yield "bad-cut-header", "3", OPEN, "the file ends in the header", data[:50]
    yield "bad-cut-blocks", "14", OPEN, "the file ends in the blocks", data[:400]
    yield "bad-cut-trailer", "14", OPEN, "the last byte is missing", data[:-1]
    yield ("unsupported-and-cut", "5", OPEN, "version 2, and nothing is known behind the header",
           later[:-120] + b"\xff" * 99)
    yield ("bad-cut-to-inner", "14", OPEN, "cut where an archive in it ends, whose trailer is last",
           outer[:outer.index(inner) + len(inner)])
    yield ("bad-last-trailer", "14", OPEN, "the last valid trailer is wrong; the one before is not",
           data + later_trailer(data, (8, bytes(8))))
