# SPDX-License-Identifier: BSD-2-Clause
"""What a type checker has to let pass, and what it has to find: it is run over this, and not
Python. Where nothing is found that is to be ignored, it says so, too."""
from __future__ import annotations

import datetime

import newsarc


def read(archive: newsarc.Archive, filters: newsarc.Filters) -> list[newsarc.Post]:
    posts = list(archive.find("code", first="2022", as_of=datetime.date(2024, 1, 1)))
    posts += archive.day("2022-01-05", **filters)
    posts += archive.between(None, datetime.date(2022, 1, 5), category="emnews")
    found: newsarc.Post | None = archive.get("code")
    return posts + [post for post in posts if post in archive and post != found]


def tell_of_volumes(archive: newsarc.Archive) -> dict[str, datetime.datetime | None]:
    return {volume.name: volume.first_date for volume in archive.volumes}


def read_wrongly(archive: newsarc.Archive) -> None:
    archive.day("2022", color="red")  # type: ignore[call-arg]
    archive.day("2022", kind="posts")  # type: ignore[arg-type]
    archive.find("code", as_of="2024-01-01")  # type: ignore[arg-type]
    archive.between("2022", None, first="2022")  # type: ignore[misc]
    archive.select(version="1")  # type: ignore[arg-type]


def write(options: newsarc.PackOptions) -> newsarc.PackResult:
    newsarc.pack("new.narc", [("a", b"b")], replace=True, **options)
    return newsarc.append("new.narc", trees=["site"], parity=0.05, compare_content=True)


def write_wrongly() -> None:
    newsarc.append("new.narc", replace=True)  # type: ignore[call-arg]
    newsarc.pack("new.narc", appending=True)  # type: ignore[call-arg]
    newsarc.pack("new.narc", preset="best")  # type: ignore[arg-type]
    newsarc.pack("new.narc", parity="5%")  # type: ignore[arg-type]
