# SPDX-License-Identifier: BSD-2-Clause
"""The sound test vectors, and the rows that most bad ones are made of."""
from dataclasses import replace
import hashlib, zstandard
from writer import (DAY, KIB, MIB, Generation, Parity, Row, Writer, encoded, pieces, plain_frame,
                    seconds, single, string, u32, u64, xxh3, zstd_frame)

# --- SAMPLE: three blocks of two rows, the last block without a data frame; copies in a block
# and across blocks; all forms of infoCode; trees of two levels
T = seconds(2022, 1, 5) + 12 * 3600
NAMES = [b"News\nWorld", b"posts/\0.md", b"misc/"]

def post(day, code, content, categories=NAMES[0], late=9):
    path = b"posts/2022-01-%02d-%s.md" % (5 + day, code)
    return Row(path, T + day * DAY, content, code, categories, NAMES[1], post=True, origin=0,
               late=late)
def file(day, name, content=b"", **more):
    return Row(b"misc/" + name, T + day * DAY + 60, content, shape=NAMES[2], **more)
def plain(path, local=T, content=b"", **more):              # its path is a literal
    return Row(path, local, content, **more)

SAMPLE = [post(0, b"NW202201050000000001", b"# Snow\n"), file(0, b"snow.md", b"# Snow\n"),
          post(1, b"202201060000000002", b"# Rain\n", b"Sport"),
          file(1, b"link", b"snow.md", mode=0o120777, late=-5),
          plain(b"odd/wind.md", T + 2 * DAY, b"# Rain\n", code=b"wind", post=True, zone=-330),
          file(2, b"empty", nsec=999_999_999)]
SIZES = [2, 2, 2]                                           # rows of each block

# The tables of a dictionary are left to a trainer; what stands behind them may be any text.
TEXTS = [b"Post %d: wind from north, snow on %d hills.\n" % (i, i * i) for i in range(800)]
DICTIONARY = zstandard.train_dictionary(512, TEXTS, dict_id=77, k=64, d=8).as_bytes()
LONG_DICTIONARY = DICTIONARY + b"In other news, nothing happened. " * (600 * KIB // 33)

TWO_POSTS = [post(0, b"NW202201050000000001", b"# Snow\nIt snowed.\n"),
             post(1, b"NW202201060000000002", b"# Rain\nIt rained.\n", late=3600)]
COPIES = [plain(b"%c" % letter, content=b"copied\n") for letter in b"abcd"]
SHAPES = [b"\0", b"\0.md", b"a/b/\0.tar", b"a/", b"2022-"]
NUMBER = b"202201050000000001"
SHAPED = [plain(b"2022-01-05-x", code=b"x", shape=SHAPES[0]),
          plain(b"2022-01-05-v1.2.md", code=b"v1.2", shape=SHAPES[1]),
          plain(b"a/b/2022-01-05-%s.tar" % NUMBER, code=NUMBER, shape=SHAPES[2]),
          plain(b"a/n\xc3\xa4me \xff\n", code=b"n", shape=SHAPES[3]),
          plain(b"2022-01-05-none.md", shape=SHAPES[4]),
          plain(b"1999-99-99-old.md", code=b"old"),         # regular, whatever date that is
          plain(b"2022-01-05-old.tar.gz", code=b"old"),     # these three are not
          plain(b"2022-01-05-.md", code=b"old"),
          plain(b"c/x2022-01-05-old", code=b"old", categories=b"Only here\nAnd here")]
YEAR_1, YEAR_10000 = seconds(1, 1, 1), seconds(9999, 12, 31) + DAY
TIMES = [plain(b"0000-01-01-z.md", YEAR_1 - 366 * DAY, b"0", code=b"z", shape=b"\0.md", zone=1439,
               post=True, origin=0),
         plain(b"a", YEAR_1 - 1, code=b"000012310000000001", origin=2),
         plain(b"b", -1, zone=-1439, late=1 << 40, nsec=1, origin=1),
         plain(b"c", 0, zone=0, late=-1),
         plain(b"d", YEAR_10000 - 1, code=b"NW999912310000000001")]
SAME_CODE = [plain(b"%d" % i, T + i, b"%d" % i, code=b"cod" if i == 2 else b"code")
             for i in range(7)]
LARGE = bytes(64 * MIB + 1)

# --- redacted rows
REDACTION = (1_800_000_000, b"Asked for by the author")     # time and reason
def redact(row, time=REDACTION[0], reason=REDACTION[1]):
    return replace(row, categories=b"", redacted=(time, reason))
REDACTED = [*SAMPLE[:2], redact(SAMPLE[2]), *SAMPLE[3:]]    # SAMPLE without one that is current

# --- HISTORY: SAMPLE, then two generations whose segments were merged; all ways to supersede a
# row; of the merged segment, key, block and superseded pages of two levels, and a page with a gap
SECOND_DICTIONARY = zstandard.train_dictionary(512, TEXTS[::-1], dict_id=78, k=64, d=8).as_bytes()
FIRST = post(0, b"NW202201050000000001", b"# Snow\n")       # a post, and what became of it
REWRITTEN = [replace(FIRST, content=content) for content in (b"# More snow\n", b"# Snow again\n")]
MOVED = replace(file(0, b"old-snow.md", b"# Snow\n"), replaces=b"misc/snow.md")
MOVED_AND_REWRITTEN = replace(post(1, b"202201060000000002", b"# Hail\n", b"Sport"),
                              path=b"weather/hail.md", shape=None,
                              replaces=b"posts/2022-01-06-202201060000000002.md")
HISTORY = [Generation(SAMPLE, SIZES, NAMES, DICTIONARY),
           Generation([REWRITTEN[0], MOVED, plain(b"new.md", T + 3 * DAY, b"# New\n")], [3], NAMES,
                      SECOND_DICTIONARY),
           Generation([replace(REWRITTEN[1], shape=None), MOVED_AND_REWRITTEN], [1, 1], merges=1)]

# --- name, section of the text, why, rows, rows of each block, options of the Writer
GOOD = [
    ("empty", "2", "no rows: neither blocks nor an index", [], [], {}),
    ("one-post", "6", "one post; its descriptor needs no strings", SAMPLE[:1], [1],
     {"names": NAMES}),
    ("two-posts", "1", "two posts; the file of worked-example.md", TWO_POSTS, [2],
     {"names": NAMES[:2]}),
    ("blocks", "8", "several blocks, no dictionary, no names",
     [replace(row, shape=None) for row in SAMPLE], [2, 1, 1, 2], {}),
    ("sample", "8", "what most bad ones are made of", SAMPLE, SIZES, {"names": NAMES}),
    ("dictionary", "7", "the same with a dictionary", SAMPLE, SIZES,
     {"names": NAMES, "dictionary": DICTIONARY}),
    ("two-pieces", "7", "a dictionary of two pieces", SAMPLE, SIZES,
     {"names": NAMES, "dictionary": LONG_DICTIONARY}),
    ("uneven-pieces", "7", "a dictionary of 64 pieces, of different sizes", SAMPLE, SIZES,
     {"names": NAMES, "dictionary": DICTIONARY, "changes": {
         "dictionary: pieces": pieces(DICTIONARY[:-63], len(DICTIONARY)) +
                               pieces(DICTIONARY[-63:], 1)}}),
    ("unused-dictionary", "7", "a dictionary and no blocks", [], [], {"dictionary": DICTIONARY}),
    ("copies", "8", "copies in a block and across blocks, and one of empty content",
     COPIES + [plain(b"e"), plain(b"f")], [2, 3, 1], {"changes": {"block 2: source": [1]}}),
    ("shapes", "6", "paths by shape and in full, regular and not", SHAPED, [4, 5],
     {"names": SHAPES}),
    ("symlink", "8", "a symbolic link, and all permission bits",
     [plain(b"a", content=b"../b c", mode=0o120777), plain(b"b", mode=0o107777)], [2], {}),
    ("no-content", "8", "a block without a data frame, and one behind it",
     [plain(b"a"), plain(b"b", code=b"c"), plain(b"c", T + 1, b"text\n")], [2, 1], {}),
    ("times", "2", "before 1970, the years 0 and 9999, all date origins", TIMES, [2, 3],
     {"names": [b"\0.md"]}),
    ("absolute-mtimes", "8", "modification times that are not relative", SAMPLE, SIZES,
     {"names": NAMES, "relative": 0}),
    ("levels", "9", "trees of five levels",
     [plain(b"f%d" % i, T + i, code=b"c%d" % i) for i in range(9)], [1] * 9, {}),
    ("eight-levels", "16", "as many levels as there may be", SAMPLE, SIZES,
     {"names": NAMES, "levels": 8}),
    ("same-code", "9", "one infoCode in several blocks, and twice in one", SAME_CODE,
     [1, 1, 1, 1, 2, 1], {"fan_out": 8}),
    ("bounds", "8", "longest path, infoCode, categories and name; most names; greatest number",
     [plain(b"d/" * 2047 + b"x", code=b"c" * 255), plain(b"x", categories=b"c" * 4096),
      plain(b"y", code=b"202201059999999999", categories=b"n" * 4096)], [3],
     {"names": [b"n" * 4096] + [b"n"] * 65534}),
    ("wrap", "8", "modification times at both ends, of which one wraps around",
     [plain(b"a", late=(1 << 63) - 1), plain(b"b", late=-(1 << 63))], [2], {}),
    ("body-no-size", "2", "a body whose frame does not state its size",
     [plain(b"a", categories=b"n" * 2000)], [1],
     {"names": [b"n" * 2000], "changes": {"names: body": encoded(1, 2003, zstd_frame(
         b"\1" + string(b"n" * 2000), size=0))}}),
    ("unused", "5", "Unused bits are set; a number of no form; a names section of no names",
     [plain(b"a")], [1],
     {"names": [], "changes": {"header: Unused": (1 << 32) - 1, "block 0: number": [5]}}),
    ("frame-without-dictionary", "8", "a data frame that does not use the archive's dictionary",
     SAMPLE, SIZES, {"names": NAMES, "dictionary": DICTIONARY, "changes": {
         "block 0: frame": zstd_frame(b"# Snow\n"), "block 0: dictionary": 0}}),
    ("large-content", "16", "content above 64 MiB, and rows of its block that own no byte",
     [plain(b"a"), plain(b"b", content=LARGE), plain(b"c")], [3],
     {"changes": {"block 0: frame": plain_frame(LARGE, 23)}}),
]

# --- WHOLE: an archive that was rewritten as a whole, of two runs with names and dictionaries
# of their own; the second run goes back in time, and supersedes a row of the first
AGAIN = replace(SAMPLE[3], content=b"hail.md")
WHOLE = [Generation(SAMPLE, SIZES, NAMES, DICTIONARY),
         Generation([AGAIN, file(0, b"hail.md", b"# Hail\n")], [1, 1], NAMES[2:],
                    SECOND_DICTIONARY)]

# --- PARITY: SAMPLE with parity, and two generations behind it that have some, too
PARITY = [Generation(SAMPLE, SIZES, NAMES, DICTIONARY, parity=Parity(stripes=3)),
          Generation([replace(FIRST, content=b"# More snow\n", shape=None)], [1],
                     parity=Parity(100, 1, 2)),
          Generation([plain(b"new.md", T + 3 * DAY, b"# New\n")], [1], NAMES,
                     parity=Parity(strength=0), merges=1)]
NOISE = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(512))
# --- TWO_GROUPS: the same with two groups each, of which the second covers the first; and three
# generations of which each has another number of groups
TWO_GROUPS = [replace(generation, parity=Parity(64, 1, 2, 0), second=generation.parity)
              for generation in PARITY]
GROUPS = [TWO_GROUPS[0], replace(PARITY[1], parity=None), TWO_GROUPS[2]]

def last_bytes(all_, size): return sum(all_[-1]) - size, size
def covering(size):
    """Extents of so many bytes in all: the last one, and what it lacks from the file's start on"""
    return lambda all_: ([(0, size - all_[-1][1]), all_[-1]] if size > all_[-1][1] else
                         [last_bytes(all_, size)])
def with_parity(*parity, **options):
    """SAMPLE with that parity"""
    return [Generation(SAMPLE, SIZES, NAMES, parity=Parity(*parity), **options)]

# --- name, section, why, generations, options of the Writer
A, B = plain(b"a", content=b"a"), plain(b"b", T + 1, b"b")
GOOD_HISTORIES = [
    ("history", "15", "three generations, what bad ones of several are made of", HISTORY, {}),
    ("fingerprints", "9", "keys have fingerprints in the first segment, and none in the other",
     HISTORY[:2], {"changes": {f"{place}{name}: fingerprints": not place
                               for place in ("", "2 ") for name in ("codes", "paths", "contents")}}),
    ("generations", "1", "three generations, none superseding another, each with a segment",
     [Generation([plain(b"%d" % i, T - i, b"%d" % i)], [1]) for i in range(3)], {}),
    ("rewritten", "15", "a file in three states; the first has its content again",
     [Generation([replace(FIRST, content=content, shape=None)], [1])
      for content in (b"1", b"2", b"1")], {}),
    ("rewritten-no-replaces", "15", "a row superseded by its path alone",
     [Generation([A], [1]), Generation([replace(A, content=b"b", replaces=b"")], [1])], {}),
    ("moved", "15", "a file that moved, and then another at its old path",
     [Generation([A], [1]), Generation([replace(A, path=b"moved", replaces=b"a")], [1]),
      Generation([replace(A, content=b"other")], [1])], {}),
    ("replaces-superseded", "15", "replaces a row that was superseded before: the earliest counts",
     [Generation([A], [1]), Generation([replace(A, content=b"b")], [1]),
      Generation([replace(B, replaces=0)], [1])], {}),
    ("swapped", "15", "two files that exchange their paths",
     [Generation([A, B], [2]),
      Generation([replace(A, path=b"b", replaces=b"a"), replace(B, path=b"a", replaces=b"b")],
                 [2])], {}),
    ("copy-of-older", "8", "a copy of what an older generation holds, and one behind it",
     [Generation(COPIES[:1], [1]), Generation(COPIES[1:3], [1, 1])], {}),
    ("copy-of-later", "8", "contents that a later row owns, in the block and in another",
     [Generation(COPIES, [2, 1, 1], owners_last=True)], {}),
    ("merged", "12", "a segment of three runs, whose names differ; times ascend in a run only",
     [Generation([file(9 - i, b"%d" % i, b"%d" % i), plain(b"p%d" % i, T + DAY * 20)], [1, 1],
                 [b"unused"] * i + NAMES[2:], merges=min(i, 1)) for i in range(3)], {"fan_out": 8}),
    ("merged-twice", "12", "four generations in two segments of two runs",
     [Generation([plain(b"%d" % i, content=b"%d" % (i // 2), code=b"c")], [1], merges=i % 2)
      for i in range(4)], {}),
    ("two-dictionaries", "7", "two dictionaries; the second generation uses only its own",
     [Generation([FIRST], [1], NAMES, DICTIONARY),
      Generation([REWRITTEN[0]], [1], NAMES, SECOND_DICTIONARY)], {}),
    ("older-dictionary", "7", "the second generation has no dictionary, and uses the first one's",
     [Generation([FIRST], [1], NAMES, DICTIONARY), Generation([REWRITTEN[0]], [1], NAMES)], {}),
    ("empty-first", "12", "the first generation has no rows: the segment is of both",
     [Generation([], []), Generation([A], [1])], {}),
    ("run-of-two-generations", "4", "rows of two generations in one run, and one replaces a later",
     [Generation([replace(A, generation=1), replace(A, content=b"b"), replace(B, generation=1),
                  plain(b"c", T - 1, b"c", replaces=b"b")], [2, 2], number=2)], {}),
    ("superseded-levels", "11", "superseded pages of eight levels",
     [Generation([plain(b"%d" % i, T + i) for i in range(5)], [5]),
      Generation([plain(b"%d" % i, T + i, b"new") for i in range(5)], [5])], {"levels": 8}),
    ("redacted", "8", "a redacted row, which was current; another row owns what it had",
     [Generation(REDACTED, SIZES, NAMES)], {}),
    ("redacted-all", "8", "all rows are redacted, also an empty one and a link",
     [Generation(list(map(redact, SAMPLE)), SIZES, NAMES)], {}),
    ("redacted-older", "15", "a redacted row, which was superseded before; what did that stays",
     [[Generation([redact(FIRST)], [1], NAMES), Generation(REWRITTEN[:1], [1], NAMES)]], {}),
    ("redacted-newer", "15", "a redacted row supersedes all the same: nothing is current",
     [[Generation([FIRST], [1], NAMES), Generation([redact(REWRITTEN[0])], [1], NAMES)]], {}),
    ("redacted-moved", "15", "a redacted row supersedes by its column replaces",
     [[Generation([A, B], [2]), Generation([redact(replace(A, path=b"c", replaces=b"a"))], [1])]],
     {}),
    ("redacted-then-later", "15", "a redacted row, and a later generation that supersedes it",
     [Generation([redact(A), B], [2]), Generation([replace(A, content=b"new")], [1])], {}),
    ("redacted-appended", "13", "a tombstone of a row of an older segment, and one of a newer",
     [Generation([redact(A), B], [2]), Generation([redact(plain(b"c", T, b"c"))], [1])], {}),
    ("redacted-owner", "8", "of copies, the first is redacted: the second owns the content now",
     [Generation([redact(COPIES[0]), *COPIES[1:]], [2, 2])], {}),
    ("redacted-copy", "8", "of copies, the second is redacted: the content stays",
     [Generation([COPIES[0], redact(COPIES[1]), COPIES[2]], [3])], {}),
    ("redacted-no-reason", "13", "tombstones with an empty reason, and with the longest",
     [Generation([redact(A, reason=b""), redact(B, reason="ä".encode() * 2048)], [2])], {}),
    ("redacted-times", "13", "the earliest and the latest time of a redaction",
     [Generation([redact(A, -1 << 63), redact(B, (1 << 63) - 1)], [2])], {}),
    ("whole", "1", "rewritten as a whole: two runs, what bad ones of several runs are made of",
     [WHOLE], {}),
    ("whole-history", "1", "the same rows as of history", [HISTORY], {"fan_out": 8}),
    ("whole-no-names", "6", "two runs without names, one right behind the other",
     [[Generation([B], [1]), Generation([plain(b"c")], [1])]], {}),
    ("whole-empty-names", "6", "the first run has names, the second a names section of no names",
     [[Generation(SAMPLE[:2], [2], NAMES), Generation([A], [1], [])]], {}),
    ("whole-later-names", "6", "the second run has names, the first no names section",
     [[Generation([A], [1]), Generation(SAMPLE[:2], [2], NAMES)]], {}),
    ("whole-same-names", "6", "two runs have the names of one names section",
     [[Generation(SAMPLE[2:4], [2], NAMES), Generation(SAMPLE[:2], [2])]], {}),
    ("whole-dictionaries", "7", "two dictionaries, one behind the other, are used in one run",
     [[Generation(SAMPLE[:4], [2, 2], NAMES, SECOND_DICTIONARY, DICTIONARY),
       Generation([A], [1])]],
     {"changes": {"block 0: dictionary": 77, "block 0: frame": zstd_frame(
         b"# Snow\n", zstandard.ZstdCompressionDict(DICTIONARY))}}),
    ("whole-older-first", "4", "the first run has rows of generations 1 and 3, the second of 2",
     [[Generation([replace(A, generation=1), replace(B, generation=3)], [2]),
       Generation([replace(A, content=b"new"), replace(B, content=b"old")], [1, 1]),
       Generation([plain(b"c")], [1], number=3)]], {}),
    ("whole-appended", "1", "rewritten as a whole, then two generations appended, segments merged",
     [WHOLE, Generation([A], [1], NAMES), Generation([replace(AGAIN, content=b"wind.md",
                                                              shape=None)], [1], merges=1)], {}),
    ("whole-redacted", "15", "three runs, with a redacted row in each",
     [[Generation([redact(A), B], [2]), Generation([redact(replace(A, content=b"a2"))], [1]),
       Generation([replace(A, content=b"a3"), redact(replace(B, content=b"b2"))], [2])]], {}),
    ("parity", "19", "parity of all of it, what bad ones are made of", PARITY[:1], {}),
    ("parity-guard", "19", "parity of header, names, dictionary, segment, manifest, trailer",
     [replace(PARITY[0], parity=Parity(strength=0))], {}),
    ("parity-history", "19", "three generations, each with parity", PARITY, {}),
    ("parity-not-in-second", "19", "three generations, the second without parity",
     [PARITY[0], replace(PARITY[1], parity=None), PARITY[2]], {}),
    ("parity-only-in-second", "19", "three generations, the second with parity",
     [PARITY[1] if number == 1 else replace(PARITY[number], parity=None) for number in range(3)],
     {}),
    ("parity-older-manifest", "1", "the second manifest, no longer valid, names other parity",
     PARITY, {"changes": {"2 manifest: parity": 1, "2 manifest: strength": 10_001}}),
    ("parity-empty", "19", "no rows: parity of header, manifest and trailer",
     [Generation([], [], parity=Parity(strength=0))], {}),
    ("parity-whole", "19", "rewritten as a whole, with parity in front of its one segment",
     [[replace(WHOLE[0], parity=Parity(stripes=2, strength=0)), WHOLE[1]]], {}),
    ("parity-one-stripe", "19", "all chunks are of one stripe", with_parity(64, 3, 1), {}),
    ("parity-stripe-a-chunk", "19", "as many stripes as chunks, so that parity is a copy",
     with_parity(64, 1, 14), {"changes": {"parity: extents": covering(64 * 13 + 1)}}),
    ("parity-stripe-without-data", "19", "the last stripe has one data chunk, others have two",
     with_parity(64, 2, 3), {"changes": {"parity: extents": covering(64 * 5)}}),
    ("parity-stripes-without-data", "19", "the last 3 of 8 stripes lack their last chunk",
     with_parity(64, 1, 8), {"changes": {"parity: extents": covering(64 * 12 + 1)}}),
    ("parity-255-chunks", "19", "255 chunks in the stripe, most of parity",
     with_parity(64, 255 - 3), {"changes": {"parity: extents": covering(64 * 3)}}),
    ("parity-254-data-chunks", "19", "255 chunks in the stripe, one of parity",
     [Generation([plain(b"a", content=NOISE)], [1], parity=Parity(64, 1))],
     {"changes": {"parity: extents": covering(64 * 254)}}),
    ("parity-chunk-100", "19", "a chunk size that is no power of two", with_parity(100, 2, 2), {}),
    ("parity-chunk-1048576", "19", "the greatest chunk size", with_parity(1 << 20, 1), {}),
    ("parity-full-chunks", "19", "no zeros fill up the last chunk",
     with_parity(), {"changes": {"parity: extents": covering(64 * 6)}}),
    ("parity-extents", "19", "extents of one byte and more, which touch or do not",
     with_parity(64, 2, 2), {"changes": {"parity: extents": lambda all_: [
         (0, 1), (1, 1), (3, 99), (400, 200), last_bytes(all_, all_[1][1] - 2)]}}),
    ("parity-behind-only", "19", "nothing is covered that stands before the parity",
     with_parity(), {"changes": {"parity: extents": lambda all_: all_[1:]}}),
    ("parity-of-a-byte", "19", "one byte is covered, by 20 chunks",
     with_parity(64, 20), {"changes": {"parity: extents": covering(1)}}),
    ("parity-two-groups", "19", "two groups, of which the second covers the first",
     TWO_GROUPS[:1], {}),
    ("parity-two-groups-history", "19", "three generations of two groups each", TWO_GROUPS, {}),
    ("parity-groups", "19", "three generations of two groups, none, and two", GROUPS, {}),
    ("parity-groups-apart", "19", "two groups that cover nothing together but the last bytes",
     TWO_GROUPS[:1], {"changes": {"parity: extents": covering(100),
                                  "second parity: extents": lambda all_: [
                                      (0, 200), last_bytes(all_, 100)]}}),
    ("parity-strength", "13", "all that can be asked for, whatever there is",
     with_parity(64, 1, 1, 10_000), {}),
]

# --- vectors that are made by bytes, of a whole archive
def later_trailer(data, *patches):
    """A trailer to stand behind data that would be valid but for patches: offset and bytes."""
    section = bytearray(data[-120:-8])
    for offset, new in ((80, u64(len(data) + 120)), *patches):
        section[12 + offset:12 + offset + len(new)] = new
    return bytes(section) + u64(xxh3(bytes(section)))

def tails():
    """name, section, why, the archive, the Writer of what it holds"""
    sample, history = single(SAMPLE, SIZES, NAMES), Writer(HISTORY[:2])
    data, whole = sample.write(), Writer(HISTORY).write()
    later = later_trailer(data)
    for name, why, tail in (
            ("rubbish", "rubbish behind the trailer", bytes(range(256))),
            ("torn-write", "behind the trailer, another that was not finished", later[:-1]),
            ("torn-page", "behind the trailer, another that was never written in its middle",
             later[:64] + bytes(16) + later[80:]),
            ("trailer-elsewhere", "behind the trailer, its copy, which states another end",
             data[-120:]),
            ("trailer-generation-0", "behind the trailer, one of generation 0",
             later_trailer(data, (0, u32(0)))),
            ("trailer-reserved", "behind the trailer, one with a Reserved bit",
             later_trailer(data, (4, u32(1)))),
            ("trailer-mark", "behind the trailer, one with another mark",
             later_trailer(data, (88, b"newsarc End\n")))):
        yield name, "14", why, data + tail, sample
    size = len(history.write())
    yield "torn-append", "14", "the third generation lacks its last byte", whole[:-1], history
    yield "torn-append-2", "14", "the third generation ends in a block", whole[:size + 150], history
    inner = single(COPIES[:1], [1]).write()
    outer = single([plain(b"inner.narc", content=inner), plain(b"z", content=b"z")], [1, 1],
                   changes={"block 0: frame": plain_frame(inner)})
    yield "nested", "14", "an archive in an archive, as it is", outer.write(), outer
