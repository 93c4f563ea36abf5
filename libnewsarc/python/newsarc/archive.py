# SPDX-License-Identifier: BSD-2-Clause
"""An archive, open for reading."""
from __future__ import annotations

import dataclasses
import datetime
import os
import threading
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Iterator, TypeVar

from .cursor import Cursor, open_cursor
from .errors import (ClosedError, CorruptError, Error, NotFoundError, NotNewsarcError, call,
                     error_from_c)
from .library import (MANIFEST, PARITY_WHOLE, PathLike, as_dataclass, ffi, from_c, is_for_c,
                      lib, owned, to_c)
from .post import Kind, Post, Tombstone, local_date
from .selection import AsOf, DatedFilters, Filters, Moment, last_instant, make_filter
from .verification import Report, Verification, verify

if TYPE_CHECKING:
    from typing_extensions import Unpack  # of typing from Python 3.11 on

Default = TypeVar("Default")


@dataclasses.dataclass(frozen=True)
class Limits:
    """What reading an archive of unknown making may take, in bytes, below the limits of the
    format. 0: no limit but these. What is above one fails with LimitError."""

    block: int = 0  # content of a block that is decoded in memory: at most 64 MiB
    record: int = 0  # content of one post
    output: int = 0  # content that is handed out in all, or that verifying reads
    kept: int = 0  # dictionaries and names, which stay in memory: 2 GiB if it is 0


@dataclasses.dataclass(frozen=True)
class Info:
    """What an archive has. Sizes are in bytes."""

    format_version: int
    generation: int  # the last one
    file_size: int  # up to the end of the trailer
    trailing_size: int  # behind the trailer: a torn append, ignored
    segments: int
    runs: int
    rows: int  # of all generations
    blocks: int
    content_size: int  # of all rows together
    owned_size: int  # of what is stored: content_size without the copies
    current_rows: int  # that no newer ones superseded
    current_posts: int
    current_size: int  # of their content
    tombstones: int  # rows whose content was taken out
    names_size: int  # of the file, likewise below
    dictionaries: int
    dictionary_offset: int  # of the first
    dictionary_size: int  # of all
    dictionary_raw_size: int  # decompressed
    blocks_offset: int  # of the first
    blocks_size: int  # data frames and descriptors
    descriptors_size: int  # of blocks_size
    index_size: int
    parity_size: int
    parity_strength: float  # the part of the archive that can be repaired: 0.05, or 0.0
    has_dates: bool  # false if there are no rows
    first_local_time: int  # in seconds since 1970
    last_local_time: int


@dataclasses.dataclass(frozen=True)
class Volume:
    """A file of a set, which is an archive of its own."""

    name: str  # of the file
    label: str  # of the part of the set that it is of, such as "2022-01"; or ""
    size: int  # of the file, in bytes
    hash: int  # XXH3-64 of it
    first_row: int  # of the rows of the set
    rows: int
    first_generation: int  # of the generations of the set
    generations: int
    first_local_time: int  # in seconds since 1970; of no use if there are no rows
    last_local_time: int

    @property
    def first_date(self) -> datetime.datetime | None:
        """Local time, without a zone; None if there are no rows. OverflowError as of Post.date."""
        return local_date(self.first_local_time) if self.rows else None

    @property
    def last_date(self) -> datetime.datetime | None:
        """The same of the last."""
        return local_date(self.last_local_time) if self.rows else None


def _opening(keep_going: bool) -> Any:
    return lib.narc_archive_open_damaged if keep_going else lib.narc_archive_open


class Archive:
    """A newsarc archive, open for reading. Use it in a `with` statement, or close it.

    If path is a folder, the set in it is opened: its volumes, read as one. What is added to a set,
    or appended to an archive, shows when it is opened anew.

    Any number of threads may use it at once. Posts come in order of date, infoCode and path,
    and are read as they come, so an archive may have more of them than fit into memory.
    """

    def __init__(self, path: PathLike, *, limits: Limits = Limits(),
                 keep_going: bool = False) -> None:
        """keep_going: of a damaged archive, reads all that can be found, for which the file is
        gone through as a whole; what cannot be read raises CorruptError where it comes up."""
        self.path = os.fsdecode(path)
        if os.path.isdir(path):
            self._open_set(to_c(path), limits, keep_going)
        else:
            source = ffi.new("struct narc_source *")
            call(lib.narc_file_source, to_c(path), source, path=self.path)
            self._open(_opening(keep_going), source[0], limits, keep_going)

    @classmethod
    def from_bytes(cls, data: bytes, *, limits: Limits = Limits(),
                   keep_going: bool = False) -> Archive:
        """An archive in memory."""
        archive = cls.__new__(cls)
        source = ffi.new("struct narc_source *")
        buffer = ffi.from_buffer(data)
        archive.path = ""
        call(lib.narc_memory_source, buffer, len(buffer), source)
        archive._open(_opening(keep_going), source[0], limits, keep_going, buffer)
        return archive

    def _open_set(self, folder: bytes, limits: Limits, keep_going: bool) -> None:
        store = ffi.new("struct narc_store *")
        call(lib.narc_folder_store, folder, False, store, path=self.path)
        try:
            self._open(lib.narc_set_open, store[0], limits, keep_going)
        except NotFoundError:
            raise NotNewsarcError(f"a folder without a set, which would have a file {MANIFEST!r}",
                                  status="NOT_NEWSARC", path=self.path) from None

    def _open(self, opening: Any, place: Any, limits: Limits, keep_going: bool,
              *needed: Any) -> None:
        """place: what opening, a function of C, takes: a source, or the store of a set."""
        pointer = ffi.new("narc_archive **")
        call(opening, place, pointer, path=self.path)
        handle = owned(pointer[0], lib.narc_archive_close, *needed)
        lib.narc_archive_limit(handle, ffi.new("struct narc_limits *",
                                               dataclasses.asdict(limits)))
        if keep_going:
            folder = os.fsencode(os.environ.get("TMPDIR", "/tmp"))
            call(lib.narc_archive_keep_going, handle, folder, path=self.path)
        self._pointer = handle
        self._lock = threading.Lock()
        self._cursors: weakref.WeakSet[Cursor] = weakref.WeakSet()

    # ---- closing ---------------------------------------------------------------------------

    def close(self) -> None:
        """Closes the file, when the calls that other threads have under way are done. What
        comes after that, also of its posts, raises ClosedError."""
        with self._lock:
            for cursor in self._cursors:
                cursor.close()
            self._pointer = None

    @property
    def closed(self) -> bool:
        return self._pointer is None

    def __enter__(self) -> Archive:
        self._handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<newsarc.Archive {self.path!r}{' (closed)' if self.closed else ''}>"

    def _handle(self) -> Any:
        pointer = self._pointer
        if pointer is None:
            raise ClosedError("the archive is closed", path=self.path)
        return pointer

    # ---- one post --------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Post:
        """The post with this infoCode, in its own or the other form ("NW..." or bare), or else
        this path. If there are several, the newest. NotFoundError, a KeyError, if there is
        none."""
        return self._cursor(*make_filter()).newest(key)

    def get(self, key: str, default: Default | None = None) -> Post | Default | None:
        """The same, or default."""
        try:
            return self[key]
        except NotFoundError:
            return default

    def __contains__(self, key: object) -> bool:
        """Whether a post with this infoCode or path is current; or, of a post, whether it
        is."""
        try:
            if isinstance(key, Post):
                return self._cursor(*make_filter()).go_to(key) == key
            return isinstance(key, str) and is_for_c(key) and bool(self[key])
        except NotFoundError:
            return False

    def find(self, key: str, **filters: Unpack[DatedFilters]) -> Iterator[Post]:
        """All posts with this infoCode or path that pass the filters of select, generation by
        generation. NotFoundError if there are none."""
        cursor = self._cursor(*self._filter(**filters))
        cursor.find(key)
        return cursor

    def versions(self, key: str) -> list[Post]:
        """What a post was and is, the oldest first, also where its content was taken out."""
        return list(self.find(key, all_versions=True, with_redacted=True))

    # ---- many posts ------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many entries are current."""
        return self.info.current_rows

    def __bool__(self) -> bool:
        """True, also of one that is empty: it is an archive."""
        return True

    def __iter__(self) -> Iterator[Post]:
        return self.select()

    def select(self, *, first: Moment | None = None, last: Moment | None = None,
               category: str | None = None, code: str | None = None, path: str | None = None,
               kind: Kind | None = None, as_of: AsOf = 0,
               all_versions: bool = False, version: int = 0,
               with_redacted: bool = False) -> Iterator[Post]:
        """The posts that pass all filters, in order of date.

        first, last    by local date, inclusive: a date, a datetime without a zone, or text:
                       "2022-01-05", or "2022-01" or "2022", of which last takes all
        category       one name, whole
        code, path     patterns with "*", "?" and "[...]"; in path, "*" matches "/" too
        kind           "post" or "file"
        as_of          what was current in this generation; or at this time, a datetime with a
                       zone; or at the end of this day, a date, in the zone of the system, as
                       "--as-of" of narc has it
        all_versions   with those that newer ones superseded
        version        only the versions with this number
        with_redacted  with those whose content was taken out
        """
        return self._cursor(*self._filter(
            first=first, last=last, category=category, code=code, path=path, kind=kind,
            as_of=as_of, all_versions=all_versions, version=version,
            with_redacted=with_redacted))

    def between(self, first: Moment | None, last: Moment | None,
                **filters: Unpack[Filters]) -> Iterator[Post]:
        """The posts from first to last, both inclusive; None: no bound. Filters as of select."""
        return self.select(first=first, last=last, **filters)

    def day(self, date: Moment, **filters: Unpack[Filters]) -> Iterator[Post]:
        """The posts of a day; or of a month or year, as "2022-01". Filters as of select."""
        if isinstance(date, datetime.datetime):
            date = date.date()
        return self.select(first=date, last=date, **filters)

    # ---- the archive as a whole ------------------------------------------------------------

    @property
    def info(self) -> Info:
        info = ffi.new("struct narc_info *")
        call(lib.narc_archive_info, self._handle(), info, path=self.path)
        return as_dataclass(Info, info, parity_strength=info.parity_strength / PARITY_WHOLE)

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Those of a set, in their order; none of a single archive."""
        handle, volume = self._handle(), ffi.new("struct narc_volume *")
        volumes: list[Volume] = []
        while lib.narc_archive_volume(handle, len(volumes), volume):
            volumes.append(as_dataclass(Volume, volume, name=from_c(volume.name),
                                        label=from_c(volume.label)))
        return tuple(volumes)

    @property
    def opening_error(self) -> Error | None:
        """Why it could not be opened as it should be, with keep_going; None if it was."""
        error = lib.narc_archive_opening_error(self._handle())
        return error_from_c(error) if error else None

    def generation_time(self, generation: int) -> datetime.datetime:
        """When a generation was written: of the first, when its newest file was."""
        time = ffi.new("int64_t *")
        call(lib.narc_archive_generation_time, self._handle(), generation, time, path=self.path)
        return datetime.datetime.fromtimestamp(time[0], datetime.timezone.utc)

    def verify(self, *, quick: bool = False, part: tuple[int, int] | None = None,
               threads: int = 0, report: Report | None = None) -> Verification:
        """Reads the whole archive, and checks every rule of the format and every hash. Damage
        raises no exception: it is in what is returned.

        quick    the index and the descriptors, not the content
        part     of the content only this part: (3, 20) is the third of twenty
        threads  0: one a processor
        report   called with each damage, in the order of the file, and with an iterator over
                 the posts that it touches, which is of use until report returns
        """
        return verify(self, self._handle(), quick=quick, part=part, threads=threads,
                      report=report)

    # ---- for posts and cursors -------------------------------------------------------------

    def _filter(self, as_of: AsOf = 0, **filters: Any) -> tuple[Any, Any]:
        if isinstance(as_of, int) and not isinstance(as_of, bool):
            return make_filter(as_of=as_of, **filters)
        generation = ffi.new("uint32_t *")
        call(lib.narc_archive_generation_at, self._handle(), last_instant(as_of), generation,
             path=self.path)
        return make_filter(as_of=generation[0], **filters)

    def _cursor(self, narc_filter: Any, kept: Any) -> Cursor:
        cursor = open_cursor(self, self._handle(), narc_filter, kept)
        with self._lock:
            self._cursors.add(cursor)
        # It may have been closed since then.
        if self.closed:
            cursor.close()
        return cursor

    def _cursor_at(self, post: Post) -> Cursor:
        cursor = self._cursor(*make_filter(all_versions=True, with_redacted=True))
        if cursor.go_to(post) is None:
            raise CorruptError("the post is not where it was before", path=post.path)
        return cursor

    def _content(self, post: Post) -> bytes:
        # A cursor that is still at the post has found its block already.
        passing = post._cursor()
        content = passing.content(post) if passing else None
        if content is None:
            cursor = self._cursor_at(post)
            content = cursor.content(post)
            if content is None:
                pieces: list[bytes] = []
                cursor.stream(post, pieces.append)
                content = b"".join(pieces)
        return content

    def _stream(self, post: Post, write: Callable[[bytes], object]) -> None:
        self._cursor_at(post).stream(post, write)

    def _tombstone(self, post: Post) -> Tombstone | None:
        tombstone = ffi.new("struct narc_tombstone *")
        call(lib.narc_archive_tombstone, self._handle(), post.row, tombstone, path=post.path)
        time = datetime.datetime.fromtimestamp(tombstone.time, datetime.timezone.utc)
        return Tombstone(time, from_c(tombstone.reason), bytes(tombstone.sha256))
