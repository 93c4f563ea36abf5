#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""draw.py FOLDER

Draws the pictures of docs/format.md, as SVG. Figures in them are those of the sample site of
"./dev demo", packed by "narc pack": docs/format.md has the commands.
"""
import os
import sys
from html import escape

WIDTH = 800

STYLE = """
svg { --paper: #fff; --ink: #1f2328; --faint: #59636e; --line: #818b98;
      --data: #cfe4ff; --ours: #e6e8eb; --index: #ffe3b8; --end: #c8ecd0; --lost: #ffc9c4 }
@media (prefers-color-scheme: dark) {
svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9aa4af; --line: #7d8590;
      --data: #17375e; --ours: #2b313a; --index: #5a3d0a; --end: #12492a; --lost: #6e2520 } }
text { font: 14px system-ui, "DejaVu Sans", sans-serif; fill: var(--ink) }
.faint { fill: var(--faint); font-size: 12px }
.strong { font-weight: 600 }
.code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px }
.middle { text-anchor: middle }
.box { stroke: var(--line); stroke-width: 1 }
.arrow { stroke: var(--ink); stroke-width: 1.3; fill: none; marker-end: url(#head) }
.rule { stroke: var(--line); stroke-dasharray: 4 3 }
#head path { fill: var(--ink) }
"""


class Picture:
    def __init__(self, title, height):
        self._title, self._height, self._parts = title, height, []

    def box(self, x, y, width, height, kind):
        self._parts.append(f'<rect class="box" x="{x}" y="{y}" width="{width}" height="{height}"'
                           f' rx="3" style="fill: var(--{kind})"/>')

    def text(self, x, y, text, kind=""):
        kind = f' class="{kind}"' if kind else ""
        self._parts.append(f'<text x="{x}" y="{y}"{kind}>{escape(text)}</text>')

    def labelled(self, x, y, width, height, kind, text, faint=""):
        """A box with a text in its midst, and perhaps a smaller one below that."""
        self.box(x, y, width, height, kind)
        middle = y + height / 2 + 5
        self.text(x + width / 2, middle - (8 if faint else 0), text, "middle")
        if faint:
            self.text(x + width / 2, middle + 10, faint, "middle faint")

    def arrow(self, *points):
        path = " L".join(f"{x} {y}" for x, y in points)
        self._parts.append(f'<path class="arrow" d="M{path}"/>')

    def rule(self, x1, y1, x2, y2):
        self._parts.append(f'<line class="rule" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write('<svg xmlns="http://www.w3.org/2000/svg"'
                       f' viewBox="0 0 {WIDTH} {self._height}"'
                       f' width="{WIDTH}" height="{self._height}" role="img">\n'
                       f"<title>{escape(self._title)}</title>\n<style>{STYLE}</style>\n"
                       '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
                       ' markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker>\n'
                       f'<rect width="{WIDTH}" height="{self._height}"'
                       ' style="fill: var(--paper)"/>\n'
                       + "\n".join(self._parts) + "\n</svg>\n")


# ---- pictures ----------------------------------------------------------------------------------

def file_layout():
    picture = Picture("What stands in an archive, from its first byte to its last", 504)
    rows = [
        ("ours", "NARC", "header", "623 bytes", "what this is, and how to read it without newsarc"),
        ("ours", "NNAM", "names", "174 bytes", "folders and categories that many posts share"),
        ("ours", "NDIC", "dictionary", "366 kB",
         "1 MiB of what the posts have in common, compressed"),
        ("data", "zstd", "335 data frames", "3.36 MB",
         "the posts, in order of date, some 30 in a frame"),
        ("index", "NBLK", "335 descriptors", "202 kB",
         "behind each frame: what the posts in it are"),
        ("index", "NKEY", "37 key pages", "15.6 kB",
         "infoCode, or odd path, to the number of a block"),
        ("index", "NBIX", "2 block pages", "2.6 kB", "date, or number, to where a block stands"),
        ("end", "NPTB, NPAR", "parity", "73.2 kB",
         "what makes the gray parts again, if they are damaged"),
        ("ours", "NKEY, NBIX", "2 pages: the top", "364 bytes", "where the pages above are"),
        ("ours", "NSEG", "segment", "116 bytes", "where the roots of the index are"),
        ("ours", "NMAN", "manifest", "49 bytes", "all dictionaries and segments"),
        ("ours", "NEND", "trailer", "120 bytes", "where the manifest is; written last"),
    ]
    picture.text(20, 28, "10,000 posts, 19.1 MB, in a file of 4.02 MB", "strong")
    for number, (kind, tag, name, size, what) in enumerate(rows):
        y = 44 + number * 34
        picture.labelled(20, y, 140, 28, kind, name)
        picture.text(172, y + 19, tag, "code")
        picture.text(272, y + 19, size)
        picture.text(362, y + 19, what)
    picture.text(20, 474, "Blue is what plain zstd sees. All else is in skippable frames,"
                 " which every zstd decoder passes over.", "faint")
    picture.text(20, 492, "The data frames and their descriptors take turns: a frame, "
                 "what is in it, the next frame, ...", "faint")
    return picture


def block():
    picture = Picture("A block: a data frame and the descriptor behind it", 330)
    picture.text(20, 28, "Block 25 of 335: 30 posts of 3 to 5 March, 54,680 bytes, "
                 "compressed to 9,715", "strong")
    picture.text(20, 62, "data frame: one zstd frame, which needs the dictionary", "faint")
    posts = (("post 0", 150), ("post 1", 90), ("post 2", 210), ("...", 60), ("post 29", 110))
    x = 20
    for name, width in posts:
        picture.labelled(x, 70, width, 44, "data", name)
        x += width
    picture.labelled(x, 70, 90, 44, "ours", "checksum", "zstd's own")
    picture.text(20, 150, "descriptor: a column for each property, with a value for each "
                 "post", "faint")
    columns = [("length", "544, 2027, ..."), ("date", "7:26:43, +4584 s, ..."),
               ("infoCode", "digits; NW, digits"),
               ("category", "name 7, name 2"), ("mode, time", "0644, ...")]
    for number, (name, values) in enumerate(columns):
        picture.labelled(20 + number * 142, 158, 142, 52, "index", name, values)
    picture.labelled(730, 158, 60, 52, "index", "hash", "8 bytes")
    picture.text(20, 244, "A column has its least value, and the difference to that in as few bits"
                 " as the largest needs:")
    picture.text(20, 264, "what is the same for all posts takes no bits. So the descriptor of 30 "
                 "posts has 600 bytes,")
    picture.text(20, 284, "of which 240 are the hashes of the posts: XXH3-64, checked before a "
                 "post is handed out.")
    picture.text(20, 312, "Where index, names and trailer are gone, the descriptors alone"
                 " say what every post is.", "faint")
    return picture


def look_up():
    picture = Picture("How a post is found by its infoCode, and by its date", 540)
    picture.text(20, 28, "narc extract -p news.narc NW202203052237780530", "code strong")
    left = [
        ("ours", "header", "623 bytes", "is it newsarc, and a version that is known?"),
        ("end", "the last 4 kB", "4,096 bytes",
         "trailer, manifest, segment: where the two roots are"),
        ("index", "key page, root", "310 bytes", "which leaf has NW20220305...?"),
        ("index", "key page, leaf", "410 bytes",
         "256 infoCodes; this one is in block 25, or not there"),
        ("index", "block page, root", "54 bytes", "which leaf has block 25?"),
        ("index", "block page, leaf", "1,900 bytes",
         "block 25 stands at byte 633,376 and has 10,323 bytes"),
        ("data", "block 25", "10,323 bytes", "its descriptor: row 26 of 30 has this infoCode"),
        ("ours", "names", "174 bytes", "folder and category of that row"),
        ("ours", "dictionary", "365,959 bytes",
         "decompress as far as the post goes, check its hash"),
    ]
    for number, (kind, name, size, what) in enumerate(left):
        y = 46 + number * 40
        picture.labelled(20, y, 150, 30, kind, name)
        picture.text(182, y + 20, size)
        picture.text(292, y + 20, what)
        if number:
            picture.arrow((95, y - 10), (95, y - 1))
    picture.rule(20, 414, 780, 414)
    picture.text(20, 440, "narc list --date 2022-03-05 news.narc", "code strong")
    for number, (kind, name) in enumerate([("end", "the last 4 kB"), ("index", "block page, root"),
                                           ("index", "block page, leaf"), ("data", "block 25"),
                                           ("data", "block 26")]):
        picture.labelled(20 + number * 154, 456, 134, 30, kind, name)
        if number:
            picture.arrow((20 + number * 154 - 20, 471), (20 + number * 154 - 1, 471))
    picture.text(20, 510, "Posts stand in order of date, so a day is in one block, or in "
                 "a few that follow each other.", "faint")
    picture.text(20, 528, "Only their descriptors are read: a list needs no content, and "
                 "no dictionary.", "faint")
    return picture


def generations():
    picture = Picture("Generations, and what a power cut leaves", 400)

    def strip(y, parts):
        x = 20
        for kind, width, name in parts:
            picture.labelled(x, y, width, 40, kind, name)
            x += width
        return x

    first = [("ours", 50, "..."), ("data", 150, "posts"), ("index", 60, "index"),
             ("end", 60, "trailer")]
    second = [("data", 90, "posts"), ("index", 60, "index")]
    picture.text(20, 28, "Committed: two generations", "strong")
    strip(40, first + second + [("end", 60, "trailer")])
    picture.arrow((640, 60), (551, 60))
    picture.text(648, 65, "a reader starts here")
    picture.text(20, 100, "The index of the second leads to the first, too: its manifest "
                 "lists both.", "faint")

    picture.text(20, 144, "While an append is at work, or after a power cut in its midst", "strong")
    strip(156, first + [("lost", 90, "posts"), ("lost", 34, "ind")])
    picture.arrow((395, 222), (341, 222), (341, 198))
    picture.text(403, 227, "the last valid trailer: a reader starts here, and takes")
    picture.text(403, 245, "what follows for rubbish; the next writer cuts that off")

    picture.text(20, 292, "The order in which it is written", "strong")
    for number, (kind, name) in enumerate([("data", "data, index"), ("ours", "sync"),
                                           ("end", "trailer"), ("ours", "sync")]):
        picture.labelled(20 + number * 150, 304, 120, 36, kind, name)
        if number:
            picture.arrow((20 + number * 150 - 30, 322), (20 + number * 150 - 1, 322))
    picture.text(20, 366, "Until the trailer is on the disk, nothing in the file says "
                 "that there is anything behind the old one.", "faint")
    picture.text(20, 384, "Once it is, everything that it leads to is there already.", "faint")
    return picture


def parity():
    picture = Picture("How parity makes up for what is lost", 380)
    picture.text(20, 28, "Chunks of the file are dealt out to stripes, as cards to "
                 "players", "strong")
    stripes, chunks = 4, 20
    width = 760 / chunks
    kinds = ["lost" if chunk in range(7, 11) else "data" for chunk in range(chunks)]
    for chunk in range(chunks):
        picture.labelled(20 + chunk * width, 42, width, 34, kinds[chunk], str(chunk))
    picture.text(20 + 7 * width, 94, "a bad region of the disk: four chunks in a row", "faint")
    for stripe in range(stripes):
        y = 118 + stripe * 46
        picture.text(20, y + 22, f"stripe {stripe}")
        for place, chunk in enumerate(range(stripe, chunks, stripes)):
            picture.labelled(90 + place * 76, y, 66, 34, kinds[chunk], str(chunk))
        picture.text(480, y + 22, "+")
        picture.labelled(500, y, 110, 34, "end", "parity chunk")
        picture.arrow((616, y + 17), (650, y + 17))
        picture.text(658, y + 22, f"{kinds.index('lost', 7 + (stripe - 7) % stripes)} made again")
    picture.text(20, 324, "Each stripe lost one chunk of six, and any five of six make the sixth: "
                 "a Reed-Solomon code.")
    picture.text(20, 344, "With M parity chunks a stripe, any M may be lost. Each chunk has a "
                 "hash, so it is known which are,")
    picture.text(20, 364, "and whether what was made again is right.", "")
    return picture


def main():
    for name, picture in {"file": file_layout(), "block": block(), "look-up": look_up(),
                          "generations": generations(), "parity": parity()}.items():
        picture.write(os.path.join(sys.argv[1], name + ".svg"))


main()
