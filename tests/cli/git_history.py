#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes git repositories with all that a history can have, and compares archives with them.

    git_history.py make REPOSITORY SEED COMMITS
    git_history.py compare NARC ARCHIVE REPOSITORY [REVISION [PATH...]]
    git_history.py days NARC ARCHIVE REPOSITORY

compare: at the time of each commit of the main line the archive is what its tree is, but for
files that were deleted; and each content that any commit has at a path is one of its versions.
days: the same at the end of each day, of the last commit by then.
"""
import collections
import datetime
import json
import os
import random
import stat
import subprocess
import sys
import tempfile

DAY = 86400
START = 1641000000 // DAY * DAY
MAIN = "refs/heads/main"


# ---- making ---------------------------------------------------------------------------------

class Maker:
    """Writes a stream for git fast-import. The tree of each branch is kept to change it."""

    def __init__(self, seed, out):
        self.chance = random.Random(seed)
        self.out = out
        self.trees = {MAIN: {}}
        self.mark = 0
        self.heads = {}
        self.post = 0

    def content(self, number):
        words = " ".join(self.chance.choice(["shi", "bei", "jing", "hai"]) for _ in range(30))
        return (f"---\nlayout: post\ndate: 2022-01-{1 + number % 28:02d} 08:00:00\n---\n{words}\n"
                f"<http://a/?infoCode=NW{20220100 + 1 + number % 28}{number:010d}>\n").encode()

    def change(self, tree):
        """Changes a tree at random; gives the lines of fast-import for it."""
        kind = self.chance.randrange(12)
        paths = sorted(tree)
        path = self.chance.choice(paths) if paths else None
        if kind < 4 or not path:
            self.post += 1
            name = b"_posts/2022-01-%02d-%d.md" % (1 + self.post % 28, self.post)
            tree[name] = ("100644", self.content(self.post), self.post)
        elif kind < 6:
            mode, content, number = tree[path]
            tree[path] = ("100644", self.content(number) if number else b"text %d" % self.mark,
                          number)
        elif kind == 6:
            tree[b"old_post/" + path.split(b"/")[-1]] = tree.pop(path)
        elif kind == 7:
            del tree[path]
        elif kind == 8:
            mode, content, number = tree[path]
            tree[path] = ("100755" if mode == "100644" else "100644", content, number)
        elif kind == 9:
            tree[b"link%d" % self.chance.randrange(3)] = (
                "120000", b"target %d" % self.chance.randrange(4), 0)
        elif kind == 10:
            tree[b"odd \xff\xfe/%d\n" % self.chance.randrange(3)] = (
                "100644", b"x" * self.chance.randrange(3), 0)
        else:
            tree[b"folder%d/copy" % self.chance.randrange(3)] = tree[path]

    def commit(self, branch, parents, tree, time):
        self.mark += 1
        self.out.write(b"commit %s\nmark :%d\n" % (branch.encode(), self.mark))
        self.out.write(b"author a <a@b> 1 +0000\ncommitter c <c@d> %d +0800\ndata 1\nx\n" % time)
        for place, parent in enumerate(parents):
            self.out.write(b"%s :%d\n" % (b"merge" if place else b"from", parent))
        self.out.write(b"deleteall\n")
        for path, (mode, content, _) in sorted(tree.items()):
            quoted = b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
            self.out.write(b"M %s inline %s\ndata %d\n" % (mode.encode(), quoted, len(content)))
            self.out.write(content + b"\n")
        self.heads[branch] = self.mark
        self.trees[branch] = tree

    def merge(self, branches, time):
        """Of what the branches have, each path comes from one of them; some are changed again."""
        tree = dict(self.trees[MAIN])
        for branch in branches:
            for path, file in self.trees[branch].items():
                if self.chance.randrange(3):
                    tree[path] = file
        if self.chance.randrange(2):
            self.change(tree)
        self.commit(MAIN, [self.heads[MAIN]] + [self.heads[b] for b in branches], tree, time)

    def run(self, commits):
        time = START
        for number in range(commits):
            time += DAY
            at = time - self.chance.choice([0, 0, 0, 0, 0, 3 * DAY, 40 * DAY])
            sides = sorted(set(self.heads) - {MAIN})
            kind = self.chance.randrange(10)
            if kind == 0 and MAIN in self.heads and len(sides) < 4:
                branch = f"refs/heads/side{number}"
                tree = dict(self.trees[MAIN])
                self.change(tree)
                self.commit(branch, [self.heads[MAIN]], tree, at)
            elif kind == 1 and sides:
                chosen = self.chance.sample(sides, self.chance.randint(1, len(sides)))
                self.merge(chosen, at)
                for branch in chosen:
                    del self.heads[branch]
            elif kind in (2, 3, 4) and sides:
                branch = self.chance.choice(sides)
                tree = dict(self.trees[branch])
                self.change(tree)
                parents = [self.heads[branch]]
                if self.chance.randrange(6) == 0:
                    parents.append(self.heads[MAIN])
                    tree.update(self.trees[MAIN])
                self.commit(branch, parents, tree, at)
            else:
                tree = dict(self.trees[MAIN])
                for _ in range(self.chance.randrange(5)):       # none: an empty commit
                    self.change(tree)
                self.commit(MAIN, [self.heads[MAIN]] if MAIN in self.heads else [], tree, at)


def make(repository, seed, commits):
    subprocess.run(["git", "init", "-q", "-b", "main", "--bare", repository], check=True)
    stream = subprocess.Popen(["git", "-C", repository, "fast-import", "--quiet"],
                              stdin=subprocess.PIPE)
    Maker(seed, stream.stdin).run(commits)
    stream.stdin.close()
    if stream.wait():
        sys.exit("git fast-import failed")


# ---- comparing ------------------------------------------------------------------------------

class Repository:
    def __init__(self, path, paths=()):
        self.path, self.paths = path, [os.fsencode(p) for p in paths]
        self._trees, self._blobs = {}, {}
        self._cat = subprocess.Popen(["git", "-C", path, "cat-file", "--batch"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def git(self, *arguments):
        return subprocess.run(["git", "-C", self.path, *arguments], check=True,
                              stdout=subprocess.PIPE).stdout

    def commits(self, *arguments):
        """Names and times of commits, the oldest first."""
        lines = self.git("log", "--reverse", "--format=%H %ct", *arguments).decode().split("\n")
        return [(name, int(time)) for name, time in (line.split() for line in lines if line)]

    def tree(self, commit):
        """(mode, blob) by path."""
        if commit not in self._trees:
            entries = self.git("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]
            tree = self._trees[commit] = {}
            for entry in entries:
                facts, path = entry.split(b"\t", 1)
                mode, kind, name = facts.split()
                if kind == b"blob" and self._is_wanted(path):
                    tree[path] = mode, name
        return self._trees[commit]

    def _is_wanted(self, path):
        return not self.paths or any(path == p or path.startswith(p + b"/") for p in self.paths)

    def blob(self, name):
        if name not in self._blobs:
            self._cat.stdin.write(name + b"\n")
            self._cat.stdin.flush()
            size = int(self._cat.stdout.readline().split()[2])
            self._blobs[name] = self._cat.stdout.read(size)
            self._cat.stdout.read(1)
        return self._blobs[name]


def read_folder(folder):
    """(mode, content) by path, as git has them."""
    found = {}
    top = os.fsencode(folder)
    for where, folders, names in os.walk(top):
        for name in names + [f for f in folders if os.path.islink(os.path.join(where, f))]:
            path = os.path.join(where, name)
            facts = os.lstat(path)
            if stat.S_ISLNK(facts.st_mode):
                content = b"120000", os.readlink(path)
            else:
                with open(path, "rb") as file:
                    content = (b"100755" if facts.st_mode & 0o100 else b"100644"), file.read()
            found[os.path.relpath(path, top)] = content
    return found


def check_tree(narc, archive, day, repository, commit, earlier):
    """earlier: all paths that there had been by then."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([narc, "extract", "--as-of", day, "-C", folder, archive], check=True)
        found = read_folder(folder)
    tree = repository.tree(commit)
    for path, (mode, blob) in tree.items():
        if path not in found:
            sys.exit(f"{commit}, {day}: {path} is not there")
        # A change of the mode alone is none.
        if (mode == b"120000") != (found[path][0] == b"120000") or \
                repository.blob(blob) != found[path][1]:
            sys.exit(f"{commit}, {day}: {path} is not what it was")
    strays = set(found) - set(tree) - earlier
    if strays:
        sys.exit(f"{commit}, {day}: {strays} had never been there")


def day_of(time):
    return datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime("%Y-%m-%d")


def check_main_line(narc, archive, repository, revision, others):
    """Of the commits of one day only the last one can be asked for. Times do not go back. What
    others have comes before the last commit."""
    last, clock = {}, None
    for commit, time in repository.commits("--first-parent", revision):
        clock = time if clock is None or time > clock else clock
        last[day_of(clock)] = commit
    order = [commit for commit, _ in repository.commits("--topo-order", revision)]
    tip = order[-1]
    earlier, place, count = set(), 0, 0
    for day, commit in last.items():
        for other in order[place:order.index(commit) + 1]:
            earlier.update(repository.tree(other))
        place = order.index(commit) + 1
        if commit == tip:
            for other in others:
                earlier.update(repository.tree(other))
        if earlier:     # else nothing is archived
            check_tree(narc, archive, day, repository, commit, earlier)
            count += 1
    print(f"{count} states are what they were")


def check_versions(narc, archive, repository, *revisions):
    import xxhash
    lines = subprocess.run([narc, "list", "--all-versions", "--json", archive], check=True,
                           stdout=subprocess.PIPE).stdout.decode(errors="surrogateescape")
    rows = collections.Counter()
    for line in lines.splitlines():
        row = json.loads(line)
        rows[row["path"].encode(errors="surrogateescape"), row["hash"]] += 1
    wanted = set()
    for commit, _ in repository.commits(*revisions):
        wanted.update((path, blob) for path, (_, blob) in repository.tree(commit).items())
    hashes = {blob: xxhash.xxh3_64_hexdigest(repository.blob(blob)) for _, blob in wanted}
    missing = [path for path, blob in wanted if (path, hashes[blob]) not in rows]
    if missing:
        sys.exit(f"versions are missing: {missing}")
    made_up = set(rows) - {(path, hashes[blob]) for path, blob in wanted}
    if made_up:
        sys.exit(f"versions that never were: {made_up}")
    print(f"{len(wanted)} contents of paths are {sum(rows.values())} rows")


def main():
    command, *arguments = sys.argv[1:]
    if command == "make":
        make(arguments[0], int(arguments[1]), int(arguments[2]))
        return
    narc, archive, path, *more = arguments
    repository = Repository(path, more[1:])
    revision = more[0] if more else "main"
    others = []
    if revision == "--all":
        revision, all_revisions = "main", ["--branches", "--tags"]
        others = [commit for commit, _ in repository.commits(*all_revisions)]
    else:
        all_revisions = [revision]
    if command == "compare":
        check_versions(narc, archive, repository, *all_revisions)
    check_main_line(narc, archive, repository, revision, others)


main()
