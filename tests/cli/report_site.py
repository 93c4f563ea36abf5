#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""report_site.py FOLDER: a site of twenty weeks in which everything occurs that narc report tells
of: days without posts, days with few, odd front matter, copies, versions, similar stories."""
import datetime
import os
import random
import sys

folder = sys.argv[1]
choice = random.Random(7)
words = ["".join(choice.choices("abcdefghijklmnopqrstuvwxyz", k=choice.randint(3, 9))) for _ in range(2000)]
characters = [chr(choice.randint(0x4E00, 0x9FA5)) for _ in range(1500)]
made = 0


def write(path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def text_of(count):
    return " ".join(choice.choices(words, k=count))


def chinese(count):
    return "".join(choice.choices(characters, k=count))


def post(day, body, category="news", title=None, place="_posts", code=None, **others):
    global made
    made += 1
    code = code or f"NW{day:%Y%m%d}{made:010}"
    lines = {"title": f"Title {made}" if title is None else title, "date": f"{day:%Y-%m-%d} 08:00:00 +0800",
             "categories": category, **others}
    header = "".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None)
    write(f"{place}/{day:%Y-%m-%d}-{code}.md", f"---\n{header}---\n{body}\n")
    return code


first = datetime.date(2022, 1, 3)  # a Monday


def day(week, weekday):
    return first + datetime.timedelta(days=7 * week + weekday)


# Eighteen posts on working days, none on weekends, but for:
few = {(7, 2), (7, 3), (12, 1)}      # sudden drops: 2022-02-23 and 24, 2022-03-29
none = {(5, 3), (9, 4), (10, 0)}     # missing: 2022-02-10, 2022-03-11 to 14 with a weekend
for week in range(20):
    for weekday in range(5):
        if (week, weekday) in none:
            continue
        for number in range(2 if (week, weekday) in few else 18):
            post(day(week, weekday), text_of(60), ("news", "sports", "local sports")[number % 3])

# Stories in several categories, in English and Chinese; one thing was changed in each.
english, han = text_of(200).split(), chinese(400)
post(day(3, 0), f"<p>{' '.join(english)}</p>", "agency", title="Story one")
post(day(3, 1), f"<div>{' '.join(english[:100] + ['really', 'new'] + english[102:])}</div>", "herald", title="Story one!")
post(day(4, 0), han, "agency", title="故事二")
post(day(4, 0), f"据报道，{han[:200]}，{han[206:]}（来源：新华）", "herald", title="故事二")
# And one in the same.
again = text_of(150)
post(day(6, 0), again, "agency", title="Story three")
post(day(6, 1), again + " It goes on.", "agency", title="Story three, again")

# Copies in another folder: of the same content, and with another one.
copied = text_of(80)
code = post(day(8, 0), copied, title="Copied")
for place in ("old_post", "older_post"):
    post(day(8, 0), copied, title="Copied", code=code, place=place)
versions = text_of(80)
code = post(day(8, 1), versions, title="Rewritten")
post(day(8, 1), versions + " Rewritten.", title="Rewritten", code=code, place="old_post")

# Faults.
post(day(11, 0), text_of(40), title="a: b: c")
post(day(11, 0), text_of(40), title='"he said "no""')
post(day(11, 0), text_of(40), title="")
post(day(11, 1), text_of(40), date=None)
post(day(11, 1), text_of(40), date="some day")
post(day(11, 2), text_of(40), category=None)
write("_posts/2022-03-25-without-code.md", "---\ntitle: x\ndate: 2022-03-25 08:00 +0800\ncategories: news\n---\nText.\n")
write("_posts/2022-03-24-NW202203240000000000.md",
      "---\ntitle: x\ndate: 2022-03-25 08:00 +0800\ncategories: news\n---\nA text.\n")
write("README.md", "No post.\n")
write("_config.yml", "timezone: Asia/Shanghai\n")

# What a page or a terminal must not obey, and what is large.
post(day(13, 0), text_of(5000), title="\"<script>alert('owned')</script><img src=x onerror=alert(1)>\"")
post(day(13, 1), text_of(4000), title='"esc \\e[31m red \\u202e turned"', category="evil\u202e<b>")
