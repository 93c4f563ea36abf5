#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""links.py FOLDER

Checks that links in all Markdown below a folder lead somewhere: to a file of the project, and where
they name a heading, to one that is there. Links to other sites are not followed. Results are TAP.
"""
import os
import re
import sys

BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)


def read(path):
    """Its text without blocks of code, in which brackets mean something else."""
    with open(path, encoding="utf-8") as file:
        return BLOCK.sub("", file.read())


def anchors(path):
    """What headings are called in links: as GitHub and GitLab have it."""
    found = {}
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*$", read(path), re.MULTILINE):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found[name] = found.get(name, 0) + 1
        if found[name] > 1:
            found[f"{name}-{found[name] - 1}"] = 1
    return found


def fault_of(document, link):
    path, _, anchor = link.partition("#")
    target = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
    if not os.path.exists(target):
        return f"{link}: there is no such file"
    if anchor and anchor not in anchors(target):
        return f"{link}: there is no such heading"
    return None


def documents_in(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "node_modules"
                            and not name.startswith((".", "build")))
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".md"))


def main():
    root, failures, number = sys.argv[1], 0, 0
    for number, document in enumerate(documents_in(root), 1):
        text = re.sub(r"`[^`\n]*`", "", read(document))
        links = [a or b for a, b in LINK.findall(text)]
        faults = [fault for link in links if not re.match(r"[a-z]+:", link)
                  if (fault := fault_of(document, link))]
        failures += bool(faults)
        result, name = "not ok" if faults else "ok", os.path.relpath(document, root)
        print(f"{result} {number} - {name}: {len(links)} links")
        for fault in faults:
            print("#   " + fault)
    print(f"1..{number}")
    sys.exit(failures > 0 or not number)


main()
