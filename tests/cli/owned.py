#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""owned.py FOLDER < LIST: prints what an archive of FOLDER holds: the content of each entry in
LIST, which `narc list --json` printed, one after the other, copies once."""
import json
import os
import sys

folder = os.fsencode(sys.argv[1])
seen = set()
for line in sys.stdin:
    row = json.loads(line)
    path = os.path.join(folder, row["path"].encode("utf-8", "surrogateescape"))
    if os.path.islink(path):
        content = os.readlink(path)
    else:
        with open(path, "rb") as file:
            content = file.read()
    if content not in seen:
        sys.stdout.buffer.write(content)
    seen.add(content)
