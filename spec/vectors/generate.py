#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the test vectors of the newsarc format, and EXPECTED.md: generate.py [FOLDER]

good.py and bad.py list the vectors; writer.py writes them.  The Python modules zstandard and
xxhash are needed.  Another version of libzstd may make other bytes, but they mean the same.
"""
import os, sys
from bad import (BAD, BAD_DICTIONARY, BAD_GROUPS, BAD_HISTORIES, BAD_HISTORY, BAD_PARITY,
                 BAD_PARITY_HISTORY, BAD_REDACTED, BAD_ROWS, BAD_WHOLE, cut)
from good import (DICTIONARY, GOOD, GOOD_HISTORIES, HISTORY, NAMES, PARITY, REDACTED, SAMPLE,
                  SIZES, TWO_GROUPS, WHOLE, tails)
from writer import Generation, Writer, single

HEAD = """# What a reader must say of each vector

Made by `generate.py`: do not edit. "says" is OK or a status of `../newsarc-format.md`, section
2. "at" is by when it must be said, at the latest:

- open: from header, trailer, manifest and segments alone;
- list: from the names sections and the descriptors, looked at one by one;
- verify: after going through the whole file.

Each bad vector breaks one rule, and its checksums are right wherever they are not that rule;
bad-names-tag-before-limit breaks two, to see which is looked at first. What a good one holds is
told by the `.jsonl` of its name, as `reader.py list` prints it; of one of several generations or
with redacted rows, `.all-versions.jsonl` has all rows, as `reader.py list --all-versions` prints
them.

| file | says | at | section | why |
|---|---|---|---|---|
"""

def status(name):
    if name.startswith("bad-not-newsarc"):
        return "NOT_NEWSARC"
    return {"bad": "CORRUPT", "limit": "LIMIT", "unsupported": "UNSUPPORTED"}[name.split("-")[0]]

def good_vectors():
    """name, section, why, the archive, the Writer of what it holds"""
    for name, section, why, rows, sizes, options in GOOD:
        writer = single(rows, sizes, **options)
        yield name, section, why, writer.write(), writer
    for name, section, why, generations, options in GOOD_HISTORIES:
        writer = Writer(generations, **options)
        yield name, section, why, writer.write(), writer
    yield from tails()

def bad_vectors():
    """name, section, by when, why, the archive"""
    for groups, generations in ((BAD, [Generation(SAMPLE, SIZES, NAMES)]),
                                (BAD_DICTIONARY, [Generation(SAMPLE, SIZES, NAMES, DICTIONARY)]),
                                (BAD_HISTORY, HISTORY),
                                (BAD_REDACTED, [Generation(REDACTED, SIZES, NAMES)]),
                                (BAD_WHOLE, [WHOLE]), (BAD_PARITY, PARITY[:1]),
                                (BAD_GROUPS, TWO_GROUPS[:1]),
                                (BAD_PARITY_HISTORY, PARITY)):
        for section, when, vectors in groups:
            for name, why, changes in vectors:
                writer = Writer(generations, changes=changes)
                yield name, section, when, why, writer.write()
    for name, section, when, why, rows, sizes, options in BAD_ROWS:
        yield name, section, when, why, single(rows, sizes, **options).write()
    for name, section, when, why, generations, options in BAD_HISTORIES:
        yield name, section, when, why, Writer(generations, **options).write()
    yield from cut()

def main(folder):
    os.makedirs(folder, exist_ok=True)
    table, made = [], {}
    for name, section, why, data, writer in good_vectors():
        table.append((f"good-{name}.narc", "OK", "-", section, why))
        made[f"good-{name}.narc"] = data
        made[f"good-{name}.jsonl"] = "".join(writer.listing()).encode()
        if any(row.generation > 1 or row.redacted for row in writer.rows):
            lines = "".join(writer.listing(all_versions=True))
            made[f"good-{name}.all-versions.jsonl"] = lines.encode()
    for name, section, when, why, data in bad_vectors():
        table.append((f"{name}.narc", status(name), when, section, why))
        made[f"{name}.narc"] = data
    assert len({row[0] for row in table}) == len(table), "two vectors of one name"
    made["EXPECTED.md"] = (HEAD + "".join(f"| {' | '.join(row)} |\n" for row in table)).encode()
    for name in os.listdir(folder):
        if name.endswith((".narc", ".jsonl")) and name not in made:
            os.unlink(os.path.join(folder, name))           # of a vector that is no more
    for name, data in made.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
