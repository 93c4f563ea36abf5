#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""agree.py NARC READER ARCHIVE [OPTION...]: whether narc and the independent reader say the same of
every entry that `list` with these options tells of, and the reader finds the archive good."""
import json
import subprocess
import sys

narc, reader, archive, *options = sys.argv[1:]


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{command[0]}: exit status {done.returncode}")
    return done.stdout


def rows_of(*command):
    return [json.loads(line) for line in run(*command).splitlines()]


verdict = run(sys.executable, reader, "verify", archive)
if verdict != b"ok\n":
    sys.exit(f"the reader says {verdict}")

ours = rows_of(narc, "list", "--json", *options, archive)
theirs = rows_of(sys.executable, reader, "list", *options, archive)
if len(ours) != len(theirs):
    sys.exit(f"narc lists {len(ours)} entries, the reader {len(theirs)}")
for our, their in zip(ours, theirs):
    facts = {
        "path": their["path"], "kind": their["kind"], "type": their["type"],
        "info_code": their["info_code"], "date": their["date"],
        "date_origin": their["date_origin"], "category": their["category"],
        "size": their["size"], "hash": their["hash"],
        "mode": f"{their['mode'] & 0o7777:04o}", "mtime": their["mtime_sec"],
        "mtime_nanoseconds": their["mtime_nsec"],
    }
    facts.update((name, their[name]) for name in ("generation", "version") if name in their)
    for name, value in facts.items():
        if our[name] != value:
            sys.exit(f"{our['path']!a}: {name} is {our[name]!a} for narc, {value!a} for the reader")
