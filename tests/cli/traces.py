#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""traces.py OLD NEW KEY...

Looks for traces of what was redacted: NEW is OLD without the contents of KEYs. Everything in
NEW that can be decompressed is, dictionaries and the insides of sections too, and searched for
pieces of 24 bytes of the texts; of these, those do not count that an entry which stays has as
well. Prints how many there are of each kind; exit status 1 if any trace is left, or if an entry
that stays is not as it was.
"""
import importlib.util
import os
import struct
import sys

import zstandard

PIECE = 24
here = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location(
    "reader", os.environ.get("NARC_READER", os.path.join(here, "../../spec/reader.py")))
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)


def contents(path):
    """Of each row of all generations: path, infoCode, number, and content, None if redacted"""
    archive = reader.Archive(path)
    for block in archive.walk_blocks():
        for row in block.rows:
            owner = archive.owner(block, row)
            gone = getattr(row, "redacted", False)
            yield row, None if gone else b"".join(archive.content(*owner))


def frames(data):
    """All zstd frames in a file and in its skippable frames, as (offset, bytes)"""
    place = 0
    while place < len(data):
        magic, size = struct.unpack_from("<II", data, place)
        if magic & 0xFFFFFFF0 == 0x184D2A50:
            yield place, data[place:place + 8 + size]
            place += 8 + size
        else:
            end = data.find(b"NBLK", place)
            yield place, data[place:end - 8]
            place = end - 8


def everything(path):
    """What is in a file: each section as it is, and what is compressed in it"""
    with open(path, "rb") as file:
        data = file.read()
    for _, part in frames(data):
        yield part
        start = part.find(b"\x28\xb5\x2f\xfd", 8)
        while start > 0 and part[:1] == b"\x5a":
            try:
                yield zstandard.ZstdDecompressor().decompressobj().decompress(part[start:])
            except zstandard.ZstdError:
                pass
            start = part.find(b"\x28\xb5\x2f\xfd", start + 1)
    yield from dictionaries(path)
    for _, content in contents(path):
        if content is not None:
            yield content


def dictionaries(path):
    with open(path, "rb") as file:
        data = file.read()
    for _, part in frames(data):
        if part[8:12] == b"NDIC":
            pieces, start = [], 20
            decoder = zstandard.ZstdDecompressor()
            while part[start:start + 4] == b"\x28\xb5\x2f\xfd":
                one = decoder.decompressobj()
                pieces.append(one.decompress(part[start:-8]))
                start = len(part) - 8 - len(one.unused_data)
            yield b"".join(pieces)


def pieces_of(text):
    return {text[i:i + PIECE] for i in range(len(text) - PIECE + 1)}


old, new, *keys = sys.argv[1:]
keys = {os.fsencode(key) for key in keys}
old_rows = list(contents(old))
new_rows = list(contents(new))
gone, stay = [], []
for (row, before), (same, after) in zip(old_rows, new_rows, strict=True):
    if after is None and before is not None:
        gone.append(before)
    elif before != after:
        sys.exit(f"row {row.number} is another one")
    else:
        stay.append(before)
if not gone:
    sys.exit("nothing is gone")
traces = set().union(*map(pieces_of, gone))
count = len(traces)
for content in stay:
    if content is not None:
        traces -= pieces_of(content) if len(content) < len(traces) * PIECE else {
            piece for piece in traces if piece in content}
left = set()
for part in everything(new):
    left |= traces & pieces_of(part)
known = set().union(*(traces & pieces_of(part) for part in dictionaries(old)))
print(f"{len(gone)} contents are gone, of {len(old_rows)} rows; of {count} pieces {len(traces)} "
      f"were nowhere else, in dictionaries: {len(known)}; left: {len(left)}")
for piece in sorted(left)[:5]:
    print(f"left: {piece!r}")
sys.exit(len(left) > 0)
