#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""embed.py OUT FILE...: writes the bytes of files as arrays of C."""
import os
import re
import sys

out, *files = sys.argv[1:]
with open(out, "w", encoding="ascii") as header:
    for path in files:
        name = re.sub(r"\W", "_", os.path.basename(path))
        with open(path, "rb") as file:
            content = file.read()
        header.write(f"static const unsigned char {name}[{len(content)}] = {{\n")
        for start in range(0, len(content), 20):
            header.write("\t" + ", ".join(map(str, content[start:start + 20])) + ",\n")
        header.write("};\n")
