#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""damage.py TREE ARCHIVE STEP: changes one bit of ARCHIVE, which holds TREE, at every STEP-th
byte; and looks whether narc finds it, lives on, and delivers nothing that is not in TREE.
Names what is wrong; exit status 1 if anything is."""
import os
import shutil
import subprocess
import sys

tree, archive, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
narc = os.environ["NARC"]
wrong = 0


def content_of(path):
    if os.path.islink(path):
        return os.readlink(path)
    with open(path, "rb") as file:
        return file.read()


def files_below(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            yield os.path.relpath(path, folder), content_of(path)


def complain(text):
    global wrong
    wrong += 1
    print(text)


def run(what, *arguments):
    """Runs narc on the damaged file; any end but an orderly one is wrong. Gives the exit status
    and what was said."""
    try:
        done = subprocess.run([narc, *arguments], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        complain(f"{what}: {arguments[0]} does not end")
        return -1, ""
    said = done.stderr.decode(errors="replace")
    if not 0 <= done.returncode <= 3:
        complain(f"{what}: {arguments[0]} ends with status {done.returncode}")
        print(said[-4000:])
    return done.returncode, said


def look_at(what, data):
    with open("damaged.narc", "wb") as file:
        file.write(data)
    verdict, said = run(what, "verify", "damaged.narc")
    for command in ("list", "info", "export"):
        run(what, command, "damaged.narc")
    shutil.rmtree("out", ignore_errors=True)
    run(what, "extract", "-C", "out", "damaged.narc")
    delivered = dict(files_below("out"))
    for path, content in delivered.items():
        if right.get(path) != content:
            complain(f"{what}: extract delivers another {path!a}")
    if verdict != 1:
        complain(f"{what}: verify does not find it, exit status {verdict}: {said}")


right = dict(files_below(tree))
with open(archive, "rb") as file:
    good = file.read()
for place in range(0, len(good), step):
    data = bytearray(good)
    data[place] ^= 1 << place // step % 8
    look_at(f"bit {place // step % 8} of byte {place}", data)
for size in range(0, len(good), 5 * step):
    look_at(f"cut to {size} bytes", good[:size])
sys.exit(wrong != 0)
