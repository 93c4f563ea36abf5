#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make_site.py FOLDER             a small Jekyll tree with every odd post and file we know of
make_site.py FOLDER COUNT       COUNT ordinary posts, the same ones each time
"""
import os
import random
import sys

# 2022-01-05 03:04:05.123456789 UTC, and some ns more for each file that is made.
FIRST_MTIME = 1641351845_123456789

folder = os.fsencode(sys.argv[1])
made = 0


def full(path):
    return os.path.join(folder, path if isinstance(path, bytes) else path.encode())


def set_time(path):
    global made
    mtime = FIRST_MTIME + made * 86_400_000_000_007
    os.utime(path, ns=(mtime, mtime), follow_symlinks=False)
    made += 1


def write(path, content, mode=0o644):
    path = full(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    set_time(path)


def link(path, target):
    path = full(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)
    set_time(path)


def post(path, *lines, body="A short text.\n"):
    write(path, "---\n" + "".join(line + "\n" for line in lines) + "---\n" + body)


# ---- the odd ones ------------------------------------------------------------------------------

def make_titles():
    """Titles that are no YAML, or nearly none; the rest of the header is to be read all the
    same. Day 3 of January 2022 is theirs."""
    titles = {
        "quotes": '"他说"好"了"',
        "empty": '""',
        "colon": "快讯: 今天: 三件事",
        "backslash": '"C:\\new\\uzzz"',
        "emoji": "火箭 🚀 发射 👩‍🚀",
        "percent": "%50 @home `code` & more",
        "tab": "\tindented",
        "hash": "a # b",
        "bracket": "[未完",
    }
    for number, (name, title) in enumerate(titles.items(), 1):
        post(f"_posts/2022-01-03-NW2022010300000000{number:02d}.md", f"title: {title}",
             "date: 2022-01-03 10:00:00 +0800", f"categories: title {name}")
    write("_posts/2022-01-03-NW202201030000000021.md",
          b"---\ntitle: one\0two\ndate: 2022-01-03 10:00 +0800\ncategories: title nul\n---\nx\0y\n")
    write("_posts/2022-01-03-NW202201030000000022.md",
          b"---\ntitle: \xc4\xe3\xba\xc3\ndate: 2022-01-03 10:00 +0800\ncategories: title gbk\n---\n"
          b"\xff\xfe\n")


def make_dates():
    """Day 4 is the dates'."""
    dates = {
        "zone": "2022-01-04 11:22:33 +0800",
        "colon-zone": "2022-01-04 11:22:33 +05:30",
        "iso": "2022-01-04T11:22:33Z",
        "west": "2022-01-04 23:30:00 -0500",
        "no-zone": "2022-01-04 11:22:33",
        "day": "2022-01-04",
        "quoted": "'2022-01-04 11:22:33 +0800'",
        "slashes": "2022/01/04 11:22",
        "fraction": "2022-01-04 11:22:33.250 +0800",
        "only-zone": " +0800",
        "impossible": "2022-02-30 11:22:33 +0800",
        "word": "yesterday",
        "empty": "",
        "leap-second": "2016-12-31 23:59:60 +0000",
        "long-ago": "0001-01-01 00:00:00 +0000",
        "far-off": "9999-12-31 23:59:59 -1200",
    }
    for number, (name, date) in enumerate(dates.items(), 1):
        post(f"_posts/2022-01-04-NW2022010400000000{number:02d}.md", "title: t", f"date: {date}",
             f"categories: date {name}")


def make_categories():
    """Day 5 is the categories'."""
    forms = (
        ("categories: a  b",),
        ("categories: [a b, c]",),
        ("categories:", "  - a", "  - b"),
        ("categories:", "- 财经", '- "国际(要闻)"'),
        ("category: Tech",),
        ("categories: tech",),
        ("categories: a a b",),
        ("categories:",),
        ("categories: []",),
        ("tags: [x, y]",),
        ("categories: (财经)",),
        ('categories: "a, b"',),
    )
    for number, lines in enumerate(forms, 1):
        post(f"_posts/2022-01-05-NW2022010500000000{number:02d}.md", "title: t",
             "date: 2022-01-05 08:00:00 +0800", *lines)


def make_headers():
    """Day 6: headers that are none, or hardly."""
    head = "title: t\ndate: 2022-01-06 08:00:00 +0800\ncategories: head\n"
    write("_posts/2022-01-06-NW202201060000000001.md", "No header at all.\n")
    write("_posts/2022-01-06-NW202201060000000002.md", f"---\n{head}\nNever closed.\n")
    write("_posts/2022-01-06-NW202201060000000003.md",
          f"---\n{head}---\nCRLF.\n".replace("\n", "\r\n"))
    write("_posts/2022-01-06-NW202201060000000004.md", "")
    write("_posts/2022-01-06-NW202201060000000005.md", "---\n---\nAn empty header.\n")
    write("_posts/2022-01-06-NW202201060000000006.md", f"\ufeff---\n{head}---\nByte order mark.\n")
    write("_posts/2022-01-06-NW202201060000000007.md", f"---\n{head}...\nClosed by dots.\n")
    write("_posts/2022-01-06-NW202201060000000008.md", f"---  \n{head}---\t\nSpaces behind.\n")
    write("_posts/2022-01-06-NW202201060000000009.md", f"---\n{head}---")
    write("_posts/2022-01-06-NW202201060000000010.md", "---")
    write("_posts/2022-01-06-NW202201060000000011.md", "---\n- a list\n- no mapping\n---\nx\n")
    write("_posts/2022-01-06-NW202201060000000012.md", f"\n---\n{head}---\nA line before.\n")


def make_codes():
    """Names and links that hold an infoCode, or only look like it. Day 7."""
    date = "date: 2022-01-07 09:00:00 +0800"
    post("-202205262391921712.md", "title: t")
    post("_posts/2021-12-01-init.md", "title: t")
    post("_posts/2022-01-07-in-link.md", "title: t", date,
         body='<a href="https://news.example/a?id=1&infoCode=NW202201070000000002">x</a>\n')
    post("_posts/2022-01-07-wire.md", "title: t", date,
         body="https://news.example/news/1405,202201070000000003.html\n")
    post("_posts/2022-01-07-202201070000000004.md", "title: t", date)
    post("_posts/2022-01-07-NW202201070000000005.html", "title: t", date)
    post("_posts/2022-01-07-NW202201070000000006.markdown", "title: t", date)
    post("_posts/2022-01-07-some-words.md", "title: t", date)
    # The date in the name is not the date of the post.
    post("_posts/2022-02-01-NW202201070000000007.md", "title: t", date)


def make_copies():
    """A post that moved, and one that came again with another text. Day 8."""
    same = ("title: t", "date: 2022-01-08 09:00:00 +0800", "categories: copy")
    name = "2022-01-08-NW202201080000000001.md"
    post("_posts/" + name, *same)
    post("old_post/" + name, *same)
    name = "2022-01-08-NW202201080000000002.md"
    post("_posts/" + name, *same)
    post("old_post/" + name, *same, body="Another text, later.\n")


def make_files():
    write("_config.yml", "title: A site\ntimezone: Asia/Shanghai\n")
    write("index.html", "<html></html>\n")
    write("assets/large.bin", random.Random(1).randbytes(3 << 20))
    write("assets/zeros.bin", bytes(1 << 20))
    write("assets/secret.key", "k\n", 0o600)
    write("assets/run.sh", "#!/bin/sh\n", 0o755)
    write("assets/read-only.txt", "r\n", 0o444)
    write("assets/none", "", 0o644)
    write("deep/" + "d/" * 60 + "file.txt", "down here\n")
    write("long/" + "n" * 250, "a long name\n")
    write("long/" + "字" * 83, "a long name in three bytes a character\n")


def make_names():
    """Names that a shell, a terminal or a careless program trips over."""
    for name in ("a space", " spaces ", "new\nline", "tab\there", "return\rhere", "-dash", "--help",
                 "...", "..two", "quote\"'", "back\\slash", "star*[a]?", "$HOME", "semi;colon", "~",
                 "#hash", "%d%s%n", "名字", "é", "e\u0301", "🚀", "\u202egpj.exe", "esc\x1b[31mred",
                 "bell\a", "del\x7f", "c1\u009b31m", "a,b", "a:b", "C:", "con", "colon: space"):
        write("names/" + name, f"{len(name)}\n")
    for name in (b"latin-\xe9", b"gbk-\xc4\xe3\xba\xc3", b"\xff\xfe", b"cut-\xe5\x90", b"\xed\xa0\x80"):
        write(b"names/" + name, b"bytes\n")


def make_links():
    link("links/file", "../index.html")
    link("links/folder", "../_posts")
    link("links/dangling", "nowhere/at all")
    link("links/absolute", "/etc/hostname")
    link("links/loop", "loop")
    link("links/up", "../../../../../../etc")
    link("links/long", "x" * 4000)
    link(b"links/bytes-\xff", b"\xfe\n\x1b[31m")


def make_odd_site():
    for make in (make_titles, make_dates, make_categories, make_headers, make_codes, make_copies,
                 make_files, make_names, make_links):
        make()
    # A time before 1970, one with no fraction, and one far off. (Of a time that is before 1970
    # and has a fraction, libarchive and GNU tar think differently.)
    for name, mtime in (("old", -1_000_000_000_000_000_000), ("even", 1_600_000_000_000_000_000),
                        ("far", 4_200_000_000_999_999_999)):
        write("times/" + name, name + "\n")
        os.utime(full("times/" + name), ns=(mtime, mtime))


# ---- ordinary ones -----------------------------------------------------------------------------

def make_posts(count):
    choice = random.Random(2)
    words = ["".join(choice.choices("abcdefghijklmnopqrstuvwxyz", k=choice.randint(2, 9)))
             for _ in range(3000)]
    for number in range(count):
        month, day = number // 28 % 12 + 1, number % 28 + 1
        code = f"NW2022{month:02d}{day:02d}{number:010d}"
        text = " ".join(choice.choices(words, k=choice.randint(100, 400)))
        post(f"_posts/2022-{month:02d}-{day:02d}-{code}.md", f"title: {' '.join(choice.choices(words, k=6))}",
             f"date: 2022-{month:02d}-{day:02d} {number % 24:02d}:00:00 +0800",
             f"categories: {choice.choice(('finance', 'world', 'sports'))}",
             body=f"<p>{text}</p>\n<a href=\"https://news.example/a?infoCode={code}\">source</a>\n")


if len(sys.argv) == 3:
    make_posts(int(sys.argv[2]))
else:
    make_odd_site()
