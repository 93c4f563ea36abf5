# SPDX-License-Identifier: BSD-2-Clause
"""Manual pages as mdoc(7) has them."""
from __future__ import annotations

import email.utils
import re


def plain(text: str) -> str:
    """Text without requests and escapes, and with hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def prose(text: str) -> list[str]:
    """A sentence a line, by which the space behind it is known."""
    return [plain(sentence) for sentence in re.split(r"(?<=[.:!?]) +(?=[A-Z\"])", text) if sentence]


def argument(text: str) -> str:
    """An argument of a macro, which takes some words for macros."""
    return f'"{plain(text)}"' if " " in text else "\\&" + plain(text)


def date_of(changelog: str) -> str:
    """That of the last entry of a Debian changelog."""
    with open(changelog, encoding="utf-8") as file:
        entry = re.search(r"^ -- .*>  (.*)$", file.read(), re.MULTILINE)
    assert entry, f"{changelog} has no date"
    date = email.utils.parsedate_to_datetime(entry[1])
    return f"{date:%B} {date.day}, {date.year}"


def prologue(title: str, section: str, version: str, changelog: str) -> list[str]:
    return [f".Dd {date_of(changelog)}", f".Dt {title.upper()} {section}", f".Os newsarc {version}"]
