#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes what fuzzing may begin with, besides the corpus: usage: seeds.py FOLDER

The vectors go to the targets that take whole archives, their sections to those that take one;
small archives of many formats to `import`; and some posts to `front_matter`."""

import hashlib, os, subprocess, sys, tempfile
import zstandard

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "..", "spec", "vectors")
SECTION_MAGIC, FRAME_MAGIC = b"\x5a\x2a\x4d\x18", b"\x28\xb5\x2f\xfd"
SIZE_LIMIT = 64 << 10  # what is larger is slow; a disk image is mostly zeros
ARCHIVE_TARGETS = ["append", "archive", "export", "extract", "repair"]
PAGES = [b"NKEY", b"NBIX", b"NSUP"]
OPENING = [b"NARC", b"NEND", b"NMAN", b"NSEG", b"NNAM", b"NDIC"]

POSTS = [
    b'_posts/2022-01-05-NW202201050000000001.md\n---\ntitle: "A \\"quoted\\" title"\n'
    b"date: 2022-01-05 11:01:51 +0800\ncategories: [a, b]\ntags:\n - c\n---\nText.\n"
    b"<http://a/?infoCode=NW202201050000000001>\n",
    b"_posts/2022-1-5-x.html\r\n---\r\ndate: 2022-1-5T7:01Z\r\ncategories: a b: c\r\n---\r\n",
    b"a.markdown\n\xef\xbb\xbf---\ntitle: it's: not: yaml \"\ndate : '2022-02-30'\ncategory: x\n",
    b"b.md\n---\ndate: 2022-01-05 25:00 -0330\ncategories: |\n  a\n  b\n...\n",
    b"c.md\n---\nx: &a [1, *a, {b: c}]\ncategories: {a: b}\ndate: !!timestamp 2022-01-05\n---\n",
    b"d.md\n---\nno colon\n---\n<a href='http://b/a/1,202201050000000002.html'>\n",
    b"_config.yml\ntimezone: Asia/Shanghai\n",
]


def keep(target, data, name=None):
    if len(data) > SIZE_LIMIT:
        return
    folder = os.path.join(sys.argv[1], target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name or hashlib.sha1(data).hexdigest()), "wb") as file:
        file.write(data)


def varint(number):
    low, number = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(number) if number else bytes([low])


def with_plain_body(payload):
    """The payload with its body not compressed, in which a fuzzer finds its way; if it has one."""
    place = payload.find(FRAME_MAGIC)
    try:
        raw = zstandard.ZstdDecompressor().decompress(payload[place:], 1 << 20)
    except zstandard.ZstdError:
        return payload
    head = b"\x01" + varint(len(raw))
    if not payload[:place].endswith(head):
        return payload
    return payload[: place - len(head)] + b"\x00" + varint(len(raw)) + raw


def sections(data):
    place = 0
    while (place := data.find(SECTION_MAGIC, place)) >= 0:
        size = 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place + 8 : place + 12], data[place + 12 : place + size - 8]
        place += 4


def keep_sections(data):
    names = b""
    for tag, compressed in sections(data):
        for payload in {compressed, with_plain_body(compressed)}:
            if tag in PAGES:
                keep("index_page", bytes([PAGES.index(tag)]) + payload)
            elif tag in OPENING:
                keep("trailer", bytes([OPENING.index(tag)]) + payload)
            elif tag == b"NBLK":
                keep("descriptor", len(names).to_bytes(2, "little") + names + payload)
        if tag == b"NNAM":
            names = with_plain_body(compressed)
            names = names if len(names) < 1 << 16 else compressed


def keep_archives():
    with tempfile.TemporaryDirectory() as folder:
        for number, post in enumerate(POSTS[:3]):
            with open(os.path.join(folder, f"{number}.md"), "wb") as file:
                file.write(post.partition(b"\n")[2])
        os.link(os.path.join(folder, "0.md"), os.path.join(folder, "hard.md"))
        os.symlink("0.md", os.path.join(folder, "link"))
        os.mkfifo(os.path.join(folder, "pipe"))
        for options in (
            ["--format=pax"], ["--format=ustar"], ["--format=gnutar"], ["--format=v7tar"],
            ["--format=cpio"], ["--format=newc"], ["--format=bin"], ["--format=zip"],
            ["--format=7zip"], ["--format=iso9660"], ["--format=ar"], ["--format=xar"],
            ["--format=warc"], ["--format=mtree"], ["--format=pax", "--gzip"],
            ["--format=pax", "--bzip2"], ["--format=pax", "--xz"], ["--format=pax", "--zstd"],
            ["--format=pax", "--lz4"], ["--format=pax", "--compress"],
            ["--format=pax", "--uuencode"], ["--format=zip", "--options=zip:encryption"],
        ):
            made = subprocess.run(
                ["bsdtar", "-C", folder, "-cf", "-", "--passphrase", "x", *options, "."],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
            keep("import", made)


for name in sorted(os.listdir(VECTORS)):
    if name.endswith(".narc"):
        with open(os.path.join(VECTORS, name), "rb") as file:
            vector = file.read()
        keep_sections(vector)
        for target in ARCHIVE_TARGETS:
            keep(target, vector, name)
keep_archives()
for post in POSTS:
    keep("front_matter", post)
