# SPDX-License-Identifier: BSD-2-Clause
"""The sound test vectors, and the rows that most bad ones are made of."""
from dataclasses import replace
import zstandard
from writer import (DAY, KIB, Row, Writer, encoded, pieces, plain_frame, seconds, string, u32, u64,
                    xxh3, zstd_frame)

MIB = 1 << 20

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
    ("eight-levels", "12", "as many levels as there may be", SAMPLE, SIZES,
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
    ("large-content", "12", "content above 64 MiB, and rows of its block that own no byte",
     [plain(b"a"), plain(b"b", content=LARGE), plain(b"c")], [3],
     {"changes": {"block 0: frame": plain_frame(LARGE, 23)}}),
]

# --- vectors that are made by bytes, of a whole archive
def later_trailer(data, *patches):
    """A trailer to stand behind data that would be valid but for patches: offset and bytes."""
    section = bytearray(data[-176:-8])
    for offset, new in ((136, u64(len(data) + 176)), *patches):
        section[12 + offset:12 + offset + len(new)] = new
    return bytes(section) + u64(xxh3(bytes(section)))

def tails():
    """name, section, why, rows, rows of each block, the archive"""
    data = Writer(SAMPLE, SIZES, NAMES).write()
    later = later_trailer(data)
    for name, why, tail in (
            ("rubbish", "rubbish behind the trailer", bytes(range(256))),
            ("torn-write", "behind the trailer, another that was not finished", later[:-1]),
            ("torn-page", "behind the trailer, another that was never written in its middle",
             later[:64] + bytes(64) + later[128:]),
            ("trailer-elsewhere", "behind the trailer, its copy, which states another end",
             data[-176:]),
            ("trailer-generation-0", "behind the trailer, one of generation 0",
             later_trailer(data, (0, u32(0)))),
            ("trailer-reserved", "behind the trailer, one with a Reserved bit",
             later_trailer(data, (4, u32(1)))),
            ("trailer-reserved-132", "behind the trailer, one with the other Reserved field",
             later_trailer(data, (132, u32(1)))),
            ("trailer-mark", "behind the trailer, one with another mark",
             later_trailer(data, (144, b"newsarc End\n")))):
        yield name, "11", why, SAMPLE, SIZES, data + tail
    inner = Writer(COPIES[:1], [1]).write()
    rows = [plain(b"inner.narc", content=inner), plain(b"z", content=b"z")]
    yield "nested", "11", "an archive in an archive, as it is", rows, [1, 1], Writer(
        rows, [1, 1], changes={"block 0: frame": plain_frame(inner)}).write()
