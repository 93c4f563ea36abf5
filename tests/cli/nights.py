#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""nights.py NARC SITE ARCHIVE NIGHTS [POSTS]

Plays nights of a newsroom in the folder SITE: new posts, rewritten ones, posts moved to
old_post/, some of these rewritten too, and copies. Each night appends to ARCHIVE. Then checks
that the archive has every state of every night, and prints what it took. New posts are taken
from the folder POSTS, or made up. The same nights each time.
"""
import collections
import hashlib
import json
import os
import random
import subprocess
import sys
import time

narc, site, archive, nights = *sys.argv[1:4], int(sys.argv[4])
chance = random.Random(31)
FIRST_NIGHT = 1_700_000_000
DAY = 86_400


def run(*arguments, night=None):
    environment = dict(os.environ)
    if night is not None:
        environment["SOURCE_DATE_EPOCH"] = str(FIRST_NIGHT + night * DAY)
    done = subprocess.run([narc, *arguments], env=environment, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"narc {' '.join(arguments)}: exit status {done.returncode}")
    return done.stdout


def json_lines(*arguments):
    return [json.loads(line) for line in run(*arguments).splitlines()]


# ---- posts ----------------------------------------------------------------------------------

def taken_posts(folder):
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            yield name, file.read()


def made_posts():
    words = ["市场", "今日", "指数", "上涨", "公司", "公告", "银行", "政策", "投资", "新闻", "news",
             "price", "report", "market", "the", "of", "2022", "percent"]
    for number in range(10**9):
        day = f"2022-{number // 40 % 12 + 1:02}-{number // 480 % 28 + 1:02}"
        code = f"NW{day.replace('-', '')}{number:010}"
        text = "".join(chance.choice(words) + " " for _ in range(chance.randrange(20, 400)))
        yield (f"{day}-{code}.md", f"---\ntitle: {text[:20]}\ndate: {day} 11:{number % 60:02}:00 +0800\n"
               f"categories: {chance.choice(['emnews', 'sport'])}\n---\n{text}\n"
               f"<http://example.com/a?infoCode={code}>\n".encode())


posts = taken_posts(sys.argv[5]) if len(sys.argv) > 5 else made_posts()
tree = {}      # path -> content, as it is on disk
versions = collections.defaultdict(list)  # infoCode -> contents, the oldest first
clock = 0


def code_of(path):
    name = os.path.basename(path)
    return name[11:-3] if name[4:5] == "-" else ""


def write(path, content):
    global clock
    full = os.path.join(site, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(content)
    clock += 1
    os.utime(full, ns=(clock * 10**9 + clock,) * 2)
    tree[path] = content


def move(path, target):
    os.makedirs(os.path.join(site, os.path.dirname(target)), exist_ok=True)
    os.rename(os.path.join(site, path), os.path.join(site, target))
    tree[target] = tree.pop(path)


def rewritten(content):
    middle = len(content) // 2
    while content[middle:middle + 1] and content[middle] & 0xC0 == 0x80:
        middle += 1
    return content[:middle] + f" (corrected, {chance.randrange(10**6)}) ".encode() + content[middle:]


def play_night(night, new, changed):
    for _ in range(new):
        name, content = next(posts)
        write(f"_posts/{name}", content)
    if night == 0:
        return
    recent = [path for path in tree if path.startswith("_posts/")]
    for path in chance.sample(sorted(tree), changed):
        if "/copies/" not in path:
            write(path, rewritten(tree[path]))
    for path in chance.sample(recent, min(len(recent), new)):
        move(path, "old_post/" + os.path.basename(path))
        if chance.randrange(10) == 0:
            path = "old_post/" + os.path.basename(path)
            write(path, rewritten(tree[path]))
    path = chance.choice(sorted(tree))
    write(f"copies/{night}-{os.path.basename(path)}.txt", tree[path])


# ---- checks ---------------------------------------------------------------------------------

checks = 0


def check(name, good):
    global checks
    checks += 1
    print(f"{'ok' if good else 'not ok'} {checks} - {name}", flush=True)


def listed(*arguments):
    return {entry["path"]: entry["size"] for entry in json_lines("list", "--json", *arguments, archive)}


def extracted(folder, *arguments):
    run("extract", "-C", folder, *arguments, archive)
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(root, name)
            with open(full, "rb") as file:
                found[os.path.relpath(full, folder)] = file.read()
    return found


def day_of(night):
    return time.strftime("%Y-%m-%d", time.gmtime(FIRST_NIGHT + night * DAY))


def has_versions(code, contents):
    states = json_lines("history", "--json", archive, code)
    if sorted({state["version"] for state in states}) != list(range(1, len(contents) + 1)):
        return False
    return all(run("extract", "-p", "--version", str(number), archive, code) == content
               for number, content in enumerate(contents, 1))


def note_versions():
    """What a night leaves is what is archived of it."""
    for path, content in tree.items():
        known = versions[code_of(path)]
        if code_of(path) and (not known or known[-1] != content):
            known.append(content)


def digest(files):
    return {path: hashlib.sha256(content).digest() for path, content in files.items()}


snapshots = []
raw_size = 0
for night in range(nights + 1):
    play_night(night, *((400, 0) if night == 0 else (30, 12)))
    snapshots.append((digest(tree), {path: len(content) for path, content in tree.items()}))
    raw_size += sum(map(len, tree.values()))
    note_versions()
    run("append" if night else "pack", archive, site, night=night)

check("list is the tree of the last night", listed() == snapshots[-1][1])
check("list --as-of is the tree of every night",
      all(listed("--as-of", str(night + 1)) == sizes for night, (_, sizes) in enumerate(snapshots)))
check("a day stands for the last generation up to its end", all(
    listed("--as-of", day_of(night)) == snapshots[night][1] for night in range(1, nights + 1, 7)))
check("extract gives the tree of the last night", digest(extracted("last")) == snapshots[-1][0])
check("extract --as-of gives the tree of a night between",
      digest(extracted("between", "--as-of", str(nights // 2 + 1))) == snapshots[nights // 2][0])
changed = [code for code in sorted(versions) if len(versions[code]) > 1]
check(f"every version of {len(changed)} rewritten posts is there",
      changed and all(has_versions(code, versions[code]) for code in changed))
run("diff", archive, site)
check("diff finds no difference to the last night", True)
size = os.path.getsize(archive)
run("append", archive, site, night=nights + 1)
check("an append without anything new writes nothing", os.path.getsize(archive) == size)
run("verify", archive)
check("verify finds no fault", True)
print(f"# {raw_size} bytes in {nights + 1} trees are {size} in the archive: 1 in {raw_size / size:.1f}")
print(f"1..{checks}")
