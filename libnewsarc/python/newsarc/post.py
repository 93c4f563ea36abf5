# SPDX-License-Identifier: BSD-2-Clause
"""A post, or another file that is kept with the posts."""
from __future__ import annotations

import dataclasses
import datetime
import errno
import io
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Literal

from .errors import ClosedError
from .library import from_c

if TYPE_CHECKING:
    from .archive import Archive
    from .cursor import Cursor

Kind = Literal["post", "file"]
FileType = Literal["regular", "symlink"]
DateOrigin = Literal["front-matter", "file-name", "info-code", "mtime"]

# By enum narc_kind, narc_file_type and narc_date_origin, in the words of `narc list --json`.
KINDS: tuple[Kind, ...] = ("file", "post")
FILE_TYPES: tuple[FileType, ...] = ("regular", "symlink")
DATE_ORIGINS: tuple[DateOrigin, ...] = ("front-matter", "file-name", "info-code", "mtime")

_EPOCH = datetime.datetime(1970, 1, 1)


def local_date(local_time: int) -> datetime.datetime:
    """A civil time in seconds since 1970, without a zone. OverflowError for years that datetime
    lacks."""
    return _EPOCH + datetime.timedelta(seconds=local_time)


@dataclasses.dataclass(frozen=True)
class Tombstone:
    """What stays of a content that was taken out."""

    time: datetime.datetime
    reason: str
    sha256: bytes  # of the content


class _FromArchive:
    """Where a post comes from, which is nothing of what it is: no field."""

    _archive: Archive | None = None
    _cursor: Callable[[], Cursor | None] = staticmethod(lambda: None)


@dataclasses.dataclass(frozen=True)
class Post(_FromArchive):
    """What an archive says of a post in one of its versions. The content is read when it is
    asked for, each time anew, and is checked; the archive must be open then. One that was
    pickled is without its archive, and has no content: ClosedError."""

    path: str  # relative, with "/"; bytes that are no UTF-8 are surrogates, see os.fsencode
    info_code: str  # "" if there is none
    categories: tuple[str, ...]
    kind: Kind
    type: FileType
    date_origin: DateOrigin
    local_time: int  # civil time in the post's own zone, in seconds since 1970 as if it were UTC
    zone_minutes: int  # east of UTC
    permissions: int
    mtime_ns: int  # of the file, in nanoseconds since 1970, UTC
    size: int  # of the content, in bytes
    hash: int  # XXH3-64 of the content
    generation: int  # that brought this version, from 1
    version: int  # of the content, from 1
    row: int  # place in the archive, from 0
    is_redacted: bool  # the content was taken out: see tombstone

    def __reduce__(self) -> tuple[Any, ...]:
        fields = dataclasses.fields(self)
        return type(self), tuple(getattr(self, field.name) for field in fields)

    # It never changes, so that a copy is as good as it is.
    def __copy__(self) -> Post:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Post:
        return self

    def _source(self) -> Archive:
        if self._archive is None:
            raise ClosedError("the post is without the archive that it was read from",
                              path=self.path)
        return self._archive

    @property
    def date(self) -> datetime.datetime:
        """Local time, with the zone. OverflowError for years that datetime lacks: 1 to 9999
        are those it has."""
        zone = datetime.timezone(datetime.timedelta(minutes=self.zone_minutes))
        return local_date(self.local_time).replace(tzinfo=zone)

    @property
    def mtime(self) -> datetime.datetime:
        """In UTC, to the microsecond; mtime_ns is exact. OverflowError as of date."""
        time = _EPOCH + datetime.timedelta(microseconds=self.mtime_ns // 1000)
        return time.replace(tzinfo=datetime.timezone.utc)

    @property
    def content(self) -> bytes:
        """The bytes of the file; of a symbolic link its target. NotFoundError if they were
        taken out, CorruptError if they are damaged."""
        return self._source()._content(self)

    @property
    def text(self) -> str:
        """The content, if it is UTF-8: else UnicodeDecodeError."""
        return self.content.decode()

    def write_to(self, file: BinaryIO) -> None:
        """Writes the content to a binary file, in pieces, so it may be of any size. When this
        raises an exception, what was written is not to be trusted. BlockingIOError if the file
        is one that does not wait, and would have to."""
        self._source()._stream(self, lambda data: _write_all(file, data))

    @property
    def tombstone(self) -> Tombstone | None:
        """When the content was taken out, and why; None if it was not."""
        return self._source()._tombstone(self) if self.is_redacted else None


def _write_all(file: BinaryIO, data: bytes) -> None:
    """A file without a buffer may write less than it is given."""
    if not isinstance(file, io.RawIOBase):
        file.write(data)
        return
    left = memoryview(data)
    while left:
        written = file.write(left)
        if written is None:
            raise BlockingIOError(errno.EAGAIN, "the file would have to wait")
        left = left[written:]


def post_from_c(record: Any, archive: Archive, cursor: Callable[[], Cursor | None]) -> Post:
    """The post that a struct narc_record tells of."""
    categories = from_c(record.categories)
    post = Post(
        path=from_c(record.path),
        info_code=from_c(record.info_code),
        categories=tuple(categories.split("\n")) if categories else (),
        kind=KINDS[record.kind],
        type=FILE_TYPES[record.type],
        date_origin=DATE_ORIGINS[record.date_origin],
        local_time=record.local_time,
        zone_minutes=record.zone_minutes,
        permissions=record.permissions,
        mtime_ns=record.mtime_seconds * 10**9 + record.mtime_nanoseconds,
        size=record.size,
        hash=record.hash,
        generation=record.generation,
        version=record.version,
        row=record.row,
        is_redacted=record.is_redacted)
    # As it is frozen.
    vars(post).update(_archive=archive, _cursor=cursor)
    return post
