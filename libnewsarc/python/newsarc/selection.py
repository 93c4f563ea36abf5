# SPDX-License-Identifier: BSD-2-Clause
"""Which posts are wanted: a struct narc_filter from what Python has for it."""
from __future__ import annotations

import calendar
import datetime
import math
from typing import Any, TypedDict, Union

from .errors import call
from .library import ffi, lib, to_c
from .post import Kind

# A day, month or year as text, a day, or a second.
Moment = Union[str, datetime.date, datetime.datetime]

_KIND_CHOICES = {None: lib.NARC_KIND_ANY, "file": lib.NARC_KIND_ONLY_FILES,
                 "post": lib.NARC_KIND_ONLY_POSTS}


# A generation, a day, which counts to its end, or an instant.
AsOf = Union[int, datetime.date, datetime.datetime]


class Filters(TypedDict, total=False):
    """What select takes, but for the dates."""

    category: str | None
    code: str | None
    path: str | None
    kind: Kind | None
    as_of: AsOf
    all_versions: bool
    version: int
    with_redacted: bool


class DatedFilters(Filters, total=False):
    """What select takes."""

    first: Moment | None
    last: Moment | None


def instant(time: datetime.datetime) -> int:
    """In whole seconds since 1970. One without a zone is refused, as it would mean something
    else on each machine."""
    if time.utcoffset() is None:
        raise ValueError("this is the time of an instant: give a datetime with a zone, such as "
                         "datetime.timezone.utc")
    return math.floor(time.timestamp())


def last_instant(moment: object) -> int:
    """Of a day or an instant as in AsOf, its last second; else TypeError."""
    if isinstance(moment, datetime.datetime):
        return instant(moment)
    if isinstance(moment, datetime.date):
        next_day = datetime.datetime.combine(moment, datetime.time()) + datetime.timedelta(1)
        return instant(next_day.astimezone()) - 1
    raise TypeError(f"as_of is a generation, a date, or a datetime with a zone, not "
                    f"{type(moment).__name__}")


def _range_of(moment: Moment) -> tuple[int, int]:
    """The first and the last second, in local time."""
    if isinstance(moment, datetime.datetime):
        if moment.tzinfo is not None:
            raise ValueError("posts are chosen by the time in their own zones: give a datetime "
                             "without a zone")
        second = calendar.timegm(moment.timetuple())
        return second, second
    text = moment.isoformat() if isinstance(moment, datetime.date) else moment
    filled = ffi.new("struct narc_filter *")
    call(lib.narc_filter_set_dates, filled, to_c(text))
    # The name of the field is a keyword of Python's.
    return getattr(filled, "from"), filled.to


def make_filter(*, first: Moment | None = None, last: Moment | None = None,
                category: str | None = None, code: str | None = None, path: str | None = None,
                kind: Kind | None = None, as_of: int = 0, all_versions: bool = False,
                version: int = 0, with_redacted: bool = False) -> tuple[Any, list[Any]]:
    """The filter, and the strings that it refers to."""
    made = ffi.new("struct narc_filter *")
    lib.narc_filter_init(made)
    if first is not None:
        setattr(made, "from", _range_of(first)[0])
    if last is not None:
        made.to = _range_of(last)[1]
    kept = []
    for name, text in (("category", category), ("code_glob", code), ("path_glob", path)):
        if text is not None:
            kept.append(ffi.new("char[]", to_c(text)))
            setattr(made, name, kept[-1])
    if kind not in _KIND_CHOICES:
        raise ValueError(f'kind is "post" or "file", not {kind!r}')
    made.kind = _KIND_CHOICES[kind]
    made.as_of = as_of
    made.all_versions = all_versions
    made.version = version
    made.with_redacted = with_redacted
    return made, kept
