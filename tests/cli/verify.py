#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""verify.py kinds|random|unopened|samples ARCHIVE [ROUNDS]: damages ARCHIVE in many places, and
looks whether `narc verify --json` tells of all of it, and whether `narc extract --keep-going`
delivers what is not damaged, bit for bit. Names what is wrong; exit status 1 if anything is."""
import json
import os
import random
import shutil
import subprocess
import sys

narc = os.environ["NARC"]
what, archive = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 0
wrong = 0
MAGIC, ZSTD = b"\x5a\x2a\x4d\x18", b"\x28\xb5\x2f\xfd"
# What verify calls a section of this tag.
NAMES = {"NNAM": "names", "NDIC": "dictionary", "NBLK": "descriptor", "NKEY": "key page",
         "NBIX": "block page", "NSUP": "superseded page", "NSEG": "segment", "NMAN": "manifest",
         "NEND": "trailer", "NPTB": "parity table", "NPAR": "parity", "frame": "data frame"}


def complain(text):
    global wrong
    wrong += 1
    print(text)


def run(*arguments, environment=None):
    done = subprocess.run([narc, *arguments], capture_output=True, timeout=60,
                          env={**os.environ, **(environment or {})})
    if not 0 <= done.returncode <= 3:
        complain(f"{arguments}: exit status {done.returncode}")
    return done.returncode, done.stdout.decode(), done.stderr.decode(errors="surrogateescape")


def sections(data):
    """tag, offset and size of all sections and data frames"""
    found, place = [], 0
    while place < len(data):
        if data[place:place + 4] == MAGIC:
            tag = data[place + 8:place + 12].decode()
            size = int.from_bytes(data[place + 4:place + 8], "little") + 8
        else:                                        # a data frame ends where its descriptor starts
            tag, end = "frame", place
            while data[end + 8:end + 12] != b"NBLK":
                end = data.index(MAGIC, end + 1)
            size = end - place
        found.append((tag, place, size))
        place += size
    return found


def write(data):
    with open("damaged.narc", "wb") as file:
        file.write(data)


def verify(*options, environment=None):
    """The exit status, the damages, and the summary."""
    status, out, _ = run("verify", "--json", *options, "damaged.narc", environment=environment)
    lines = [json.loads(line) for line in out.splitlines()]
    if not lines or lines[-1]["type"] != "summary" or (status != 0) == lines[-1]["good"]:
        complain(f"verify --json: exit status {status}: {out}")
    for line in lines[:-1]:
        if len(line["touched"]) != line["entries"] + line["versions"]:
            complain(f"not all that is touched is listed: {line}")
    return status, lines[:-1], lines[-1]


def extract(*options):
    """The exit status, what was said, and the files."""
    shutil.rmtree("out", ignore_errors=True)
    status, _, said = run("extract", *options, "-C", "out", "damaged.narc")
    files = {}
    for folder, _, names in os.walk("out"):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, "out")] = file.read()
    return status, said, files


def damaged(places):
    data = bytearray(good)
    for place in places:
        data[place] ^= 1 << place % 8
    return bytes(data)


def middle(section):
    return section[1] + section[2] // 2


def look_for(sections_hit, damages):
    """Each of these sections is told of, with its extent."""
    told = {damage["offset"]: damage for damage in damages}
    for tag, offset, size in sections_hit:
        damage = told.get(offset)
        if not damage or damage["length"] != size:
            complain(f"{tag} at {offset}, {size} bytes, is not told of: {damages}")
        elif damage["section"] not in (NAMES[tag], "index"):
            complain(f"{tag} at {offset} is called {damage['section']}")
    if len(told) != len(sections_hit):
        complain(f"{len(told)} damages instead of {len(sections_hit)}: {damages}")


def check_kinds():
    """Each kind of section, then one of each kind at once."""
    parts = [part for part in sections(good) if part[0] not in ("NARC", "NEND")]
    kinds = {tag: [part for part in parts if part[0] == tag] for tag in NAMES}
    first = {tag: found[0] for tag, found in kinds.items() if found}
    for tag, section in first.items():
        write(damaged([middle(section)]))
        status, damages, summary = verify()
        look_for([section], damages)
        if status != 1:
            complain(f"{tag}: exit status {status}")
        lost = summary["entries"] - summary["good_entries"]
        if tag in ("NKEY", "NBIX", "NSUP", "NSEG", "NMAN", "NPTB", "NPAR") and lost:
            complain(f"{tag}: {lost} entries are not good")
        if tag == "NDIC" and (summary["good_entries"] or len(damages[0]["touched"]) != 160):
            complain(f"a dictionary touches all that need it: {damages}")
        if tag == "NNAM" and damages[0]["unnamed"] != 120:
            complain(f"names touch all of their run: {damages}")
    if not {"NPTB", "NPAR"} <= set(first):
        complain("there is no parity")
    # A descriptor goes unnoticed where no page leads to it: see check_random.
    several = [first[tag] for tag in ("NNAM", "NKEY", "NSUP")] + kinds["frame"][4:7] + \
        kinds["NBLK"][10:12]
    write(damaged(map(middle, several)))
    look_for(several, verify()[1])


def judge(places):
    """What verify calls good comes out, and nothing else; what is lost is told of."""
    write(damaged(places))
    status, damages, summary = verify()
    left, said, files = extract("--keep-going")
    made_up = {path for path in files if path.startswith("lost-names/")}
    for path in set(files) - made_up:
        if files[path] != right.get(path):
            complain(f"{places}: {path} is not as it was")
    if not {files[path] for path in made_up} <= versions:
        complain(f"{places}: something in lost-names/ was never packed")
    if status != 1 or left != 1:
        if damages and any(damage["entries"] + damage["unnamed"] for damage in damages):
            complain(f"{places}: exit status {status} of verify, {left} of extract")
    if len(files) - len(made_up) != summary["good_entries"]:
        complain(f"{places}: {summary['good_entries']} entries are good, {len(files)} come out")
    touched = {record["path"] for damage in damages for record in damage["touched"]}
    lost = set(right) - set(files)
    unnamed = sum(damage["unnamed"] for damage in damages)
    if len(lost - touched) > unnamed:
        complain(f"{places}: verify does not tell that {lost - touched} are lost")
    for path in lost & touched:
        if path not in said and unnamed == 0:
            complain(f"{places}: extract does not tell that {path} is lost")


def check_random():
    start, end = sections(good)[1][1], len(good) - 500
    for number in range(rounds):
        random.seed(number)
        judge([random.randrange(start, end) for _ in range(1 + number % 3 * 10)])
    # A page, and descriptors that it led to; names; what was superseded.
    parts = sections(good)
    for tags in (("NBIX", "NBLK"), ("NBIX", "NBLK", "NBLK", "frame"), ("NSUP", "NBIX"),
                 ("NNAM", "NSUP", "NBIX", "NKEY", "NKEY", "NBLK")):
        for seed in range(3):
            random.seed(seed)
            judge([middle(random.choice([part for part in parts if part[0] == tag]))
                   for tag in tags])


def check_unopened():
    parts = sections(good)
    blocks = [part for part in parts if part[0] == "NBLK"]
    hits = {tag: middle([part for part in parts if part[0] == tag][-1])
            for tag in ("NMAN", "NSEG", "NARC")}
    for tag, place in {**hits, "magic": 0}.items():
        write(damaged([place]))
        status, _, files = extract("--keep-going")
        if status != 1 or files != right:
            complain(f"{tag}: exit status {status}, {len(files)} files")
        status, damages, summary = verify()
        if status != 1 or summary["good_entries"] != len(right):
            complain(f"{tag}: {summary}")
    for _, offset, size in blocks[3::40]:            # cut off behind a block, and in the next one
        for end in (offset + size, offset + size + 100):
            if end > parts[-1][1]:
                continue
            write(good[:end])
            status, _, files = extract("--keep-going")
            if status not in (0, 1) or not files or not set(files.values()) <= versions:
                complain(f"cut to {end} bytes: exit status {status}, {len(files)} files")


def check_samples():
    write(good)
    parts = [verify("--sample", f"{part}/7")[2] for part in range(1, 8)]
    if sum(part["blocks_checked"] for part in parts) != parts[0]["blocks"]:
        complain(f"the parts are not the whole: {parts}")
    if sum(part["bytes_checked"] for part in parts) != verify()[2]["bytes_checked"]:
        complain("the parts have other bytes than the whole")
    # A damage of a data frame is found on one of the days, and only then.
    frames = [part for part in sections(good) if part[0] == "frame"]
    write(damaged([middle(frames[11])]))
    days = [verify("--sample", "20%", environment={"SOURCE_DATE_EPOCH": str(86400 * day)})[0]
            for day in range(19000, 19010)]
    if sorted(days[:5]) != [0, 0, 0, 0, 1] or days[:5] != days[5:]:
        complain(f"five days do not find it once: {days}")
    # What is structure is found every day.
    write(damaged([middle([part for part in sections(good) if part[0] == "NBLK"][30])]))
    if not all(verify("--sample", f"{part}/7")[0] for part in range(1, 8)):
        complain("a sample does not look at all descriptors")


with open(archive, "rb") as file:
    good = file.read()
write(good)
right = extract()[2]
versions = set(right.values())
for generation in ("1", "2"):
    versions |= set(extract("--as-of", generation)[2].values())
{"kinds": check_kinds, "random": check_random, "unopened": check_unopened,
 "samples": check_samples}[what]()
sys.exit(wrong != 0)
