# SPDX-License-Identifier: BSD-2-Clause
"""Making archives, and appending to them."""
from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import threading
import zoneinfo
from types import TracebackType
from typing import (TYPE_CHECKING, Any, BinaryIO, Callable, Iterable, Iterator, Literal,
                    NamedTuple, TypedDict, Union)

from .archive import Archive
from .errors import Callbacks, ClosedError, MisuseError, call
from .library import PARITY_WHOLE, PathLike, as_dataclass, ffi, from_c, lib, owned, to_c
from .selection import instant

if TYPE_CHECKING:
    from typing_extensions import Unpack  # of typing from Python 3.11 on

Content = Union[bytes, bytearray, memoryview, BinaryIO]
Preset = Literal["fast", "default", "max"]
NoticeKind = Literal["skipped", "replaced", "changed", "itself", "redacted", "kept", "lost", "left"]

# By enum narc_notice_kind.
NOTICE_KINDS: tuple[NoticeKind, ...] = ("skipped", "replaced", "changed", "itself", "redacted",
                                        "kept", "lost", "left")

_EPOCH = datetime.datetime(1970, 1, 1)


class Entry(NamedTuple):
    """A file to be packed. A tuple of its first two or more members serves as well."""

    path: PathLike  # to be stored; relative
    content: Content  # bytes, or a binary file that is read to its end
    mtime_ns: int = 0  # modification time, in nanoseconds since 1970, UTC
    permissions: int = 0o644
    is_symlink: bool = False  # the content is its target then


class Notice(NamedTuple):
    """A file that is not stored as it stands."""

    kind: NoticeKind
    path: str
    text: str  # why


class PackOptions(TypedDict, total=False):
    """What Packer takes to make a new archive, or to append to one."""

    preset: Preset
    level: int | None
    block_size: int | None
    dictionary_size: int | None
    parity: float | None
    threads: int
    zone: str
    time: datetime.datetime | None
    compare_content: bool
    temporary_folder: PathLike | None
    on_notice: Callable[[Notice], object] | None


@dataclasses.dataclass(frozen=True)
class PackResult:
    """What was written. Sizes are in bytes."""

    generation: int  # written; appending nothing, the last one
    unchanged: int  # files that the archive has already
    moved: int  # rows that take the place of one with another path
    rows: int  # written, likewise below
    posts: int
    blocks: int
    content_size: int
    owned_size: int
    archive_size: int
    notices: int


def _zone_lookup(context: Any, zone: Any, local_time: int, minutes: Any) -> bool:
    """A narc_zone_fn over Python's time zones."""
    try:
        local = _EPOCH + datetime.timedelta(seconds=local_time)
        offset = zoneinfo.ZoneInfo(from_c(zone)).utcoffset(local)
    except (KeyError, ValueError, OverflowError, OSError):
        return False
    if offset is None:
        return False
    minutes[0] = int(offset.total_seconds() / 60)
    return True


def _close_sink(sink: Any) -> None:
    sink.ops.close(sink.context)


class Packer:
    """Packs files into a new archive, or appends them to one. Use it in a `with` statement: at
    its end the archive is written, or, after an exception, is left as it was. It belongs to
    one thread at a time."""

    def __init__(self, path: PathLike, *, appending: bool = False, replace: bool = False,
                 preset: Preset = "default",
                 level: int | None = None, block_size: int | None = None,
                 dictionary_size: int | None = None, parity: float | None = None,
                 threads: int = 0, zone: str = "UTC", time: datetime.datetime | None = None,
                 compare_content: bool = False, temporary_folder: PathLike | None = None,
                 on_notice: Callable[[Notice], object] | None = None) -> None:
        """
        appending         add to the archive at path what is new there or has changed
        replace           the file at path, if there is one; else ExistsError
        preset            how much time to spend; level, block_size and dictionary_size
                          override what it says
        level             zstd's, 1 to 22
        block_size        bytes compressed together; 0: each post alone
        dictionary_size   in bytes, at most; 0: none
        parity            how much damage can be repaired, as a part: 0.05 of the archive;
                          None: as the archive that is appended to
        threads           0: one a processor
        zone              of dates without one, where the tree names none
        time              of writing, of a generation that is appended, with a zone; None: now
        compare_content   appending, read files also where size and time did not change
        temporary_folder  None: the archive's
        on_notice         called with each file that is not stored as it stands; what it
                          raises comes out when that call, such as commit, is done
        """
        if appending and replace:
            raise ValueError("an archive is appended to, or replaced: not both")
        self.path = os.fsdecode(path)
        self.result: PackResult | None = None  # set by commit
        self._name = to_c(path)
        self._replace = replace
        self._callbacks = Callbacks()
        self._idle = threading.Lock()
        self._base: Archive | None = None
        self._sink: Any = None
        self._pointer: Any = None
        folder = temporary_folder or os.path.dirname(self._name) or b"."
        options = self._options(preset, folder, zone, on_notice)
        options.threads = threads
        options.compare_content = compare_content
        for name, value in (("level", level), ("block_size", block_size),
                            ("dictionary_size", dictionary_size)):
            if value is not None:
                setattr(options, name, value)
        if parity is not None:
            options.parity = round(parity * PARITY_WHOLE)
        if time is not None:
            options.time = instant(time)
        if appending:
            self._open_base(to_c(folder))
        else:
            # Whether it can be written is to be known before the work is done.
            _close_sink(self._file_sink())
        self._new(options)
        lib.narc_packer_exclude(self._pointer, self._name)

    def _options(self, preset: str, folder: PathLike, zone: str,
                 on_notice: Callable[[Notice], object] | None) -> Any:
        options = ffi.new("struct narc_pack_options *")
        lib.narc_pack_options_init(options)
        self._call(lib.narc_pack_options_preset, options, preset.encode())

        def note(context: Any, kind: int, path: Any, text: Any) -> None:
            if on_notice:
                on_notice(Notice(NOTICE_KINDS[kind], from_c(path), from_c(text)))

        self._kept = {
            "temporary_folder": ffi.new("char[]", to_c(folder)),
            "zone": ffi.new("char[]", to_c(zone)),
            "zone_lookup": self._callbacks.make("narc_zone_fn", _zone_lookup, False),
            "notice": self._callbacks.make("narc_notice_fn", note)}
        for name, value in self._kept.items():
            setattr(options, name, value)
        return options

    def _open_base(self, folder: bytes) -> None:
        """The archive is locked, and opened after that, so that nobody else changes it any
        more."""
        self._call(lib.narc_archive_finish, self._name, folder)
        sink = ffi.new("struct narc_sink *")
        self._call(lib.narc_append_sink, self._name, sink)
        self._sink = owned(sink, _close_sink)
        self._base = Archive(self._name)

    def _new(self, options: Any) -> None:
        pointer = ffi.new("narc_packer **")
        self._call(lib.narc_packer_new, options, pointer)
        base = self._base._handle() if self._base is not None else None
        # What it refers to has to live as long: it reads the archive to its end.
        self._pointer = owned(pointer[0], lib.narc_packer_free, self._kept, base)
        if base is not None:
            self._call(lib.narc_packer_append_to, self._pointer, base)

    def _file_sink(self) -> Any:
        sink = ffi.new("struct narc_sink *")
        call(lib.narc_file_sink, self._name, self._replace, sink, path=self.path)
        return sink

    def _heed_signals(self, sink: Any) -> tuple[Any, ...]:
        """Has what is appended to a sink come through Python, where handlers of signals have
        their turn: what one raises, as that of Ctrl-C does, ends the writing. What is returned is
        to be kept meanwhile."""
        inner = sink.ops.append

        def append(context: Any, data: Any, size: int, error: Any) -> int:
            return int(inner(context, data, size, error))

        heeding = self._callbacks.make(ffi.typeof(inner), append, lib.NARC_CANCELLED)
        operations = ffi.new("struct narc_sink_ops *", sink.ops[0])
        operations.append = heeding
        sink.ops = operations
        return operations, heeding

    def _take_sink(self) -> Any:
        """What is continued; from here on it belongs to C."""
        sink, self._sink = self._sink, None
        ffi.gc(sink, None)
        return sink

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        if not self._idle.acquire(blocking=False):
            raise MisuseError("the packer is at work, in another thread or in what called this",
                              path=self.path)
        try:
            yield
        finally:
            self._idle.release()

    def _call(self, function: Any, *arguments: Any) -> None:
        with self._at_work():
            self._callbacks.call(function, *arguments, path=self.path)

    def _handle(self) -> Any:
        if self._pointer is None:
            raise ClosedError("the packer is closed", path=self.path)
        return self._pointer

    # ---- adding ----------------------------------------------------------------------------

    def add(self, path: PathLike, content: Content, mtime_ns: int = 0,
            permissions: int = 0o644, is_symlink: bool = False) -> None:
        """Adds one file: see Entry."""
        seconds, nanoseconds = divmod(mtime_ns, 10**9)
        stored = ffi.new("char[]", to_c(path))
        entry = ffi.new("struct narc_entry *", {
            "path": stored, "permissions": permissions, "mtime_seconds": seconds,
            "mtime_nanoseconds": nanoseconds,
            "type": lib.NARC_TYPE_SYMLINK if is_symlink else lib.NARC_TYPE_REGULAR})
        if isinstance(content, (bytes, bytearray, memoryview)):
            data = ffi.from_buffer(content)
            self._call(lib.narc_packer_add, self._handle(), entry, data, len(data))
        else:
            self._add_stream(entry, content)

    def _add_stream(self, entry: Any, file: BinaryIO) -> None:
        if not hasattr(file, "read"):
            raise TypeError(f"content is bytes or a binary file, not {type(file).__name__}")

        def read(context: Any, buffer: Any, size: int, got: Any, error: Any) -> int:
            piece = file.read(size)
            if len(piece) > size:
                raise ValueError(f"read({size}) gave {len(piece)} bytes")
            ffi.memmove(buffer, piece, len(piece))
            got[0] = len(piece)
            return int(lib.NARC_OK)

        take = self._callbacks.make("narc_read_fn", read, lib.NARC_CANCELLED)
        self._call(lib.narc_packer_add_stream, self._handle(), entry, take, ffi.NULL)

    def add_tree(self, root: PathLike) -> None:
        """Adds all files and symbolic links below a folder, with paths relative to it; or one
        file under its own name."""
        self._call(lib.narc_packer_add_tree, self._handle(), to_c(root))

    # ---- the end ---------------------------------------------------------------------------

    def commit(self) -> PackResult:
        """Writes the archive, durably, and closes the packer. What a handler of a signal raises
        meanwhile, such as KeyboardInterrupt, leaves all as it was."""
        result = ffi.new("struct narc_pack_result *")
        # One that is at work is none of this call's to close.
        with self._at_work():
            pointer = self._handle()
            try:
                sink = self._file_sink() if self._base is None else self._take_sink()
                kept = self._heed_signals(sink[0])
                self._callbacks.call(lib.narc_packer_commit, pointer, sink[0], result,
                                     path=self.path)
            finally:
                del pointer
                self.close()
        self.result = as_dataclass(PackResult, result)
        return self.result

    def close(self) -> None:
        """Ends the packer. What was not committed is not written."""
        self._pointer = None
        self._sink = None
        if self._base is not None:
            self._base.close()

    def __enter__(self) -> Packer:
        self._handle()
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None,
                 traceback: TracebackType | None) -> None:
        try:
            if kind is None and self._pointer is not None:
                self.commit()
        finally:
            self.close()


def _pack(packer: Packer, entries: Iterable[Entry | tuple[Any, ...]],
          trees: Iterable[PathLike]) -> PackResult:
    with packer:
        for tree in trees:
            packer.add_tree(tree)
        for entry in entries:
            packer.add(*entry)
        return packer.commit()


def pack(path: PathLike, entries: Iterable[Entry | tuple[Any, ...]] = (), *,
         trees: Iterable[PathLike] = (), replace: bool = False,
         **options: Unpack[PackOptions]) -> PackResult:
    """Makes an archive of entries, which may be pairs of path and content, and of the files
    below folders. Options are those of Packer."""
    return _pack(Packer(path, replace=replace, **options), entries, trees)


def append(path: PathLike, entries: Iterable[Entry | tuple[Any, ...]] = (), *,
           trees: Iterable[PathLike] = (), **options: Unpack[PackOptions]) -> PackResult:
    """The same as the next generation of the archive at path."""
    return _pack(Packer(path, appending=True, **options), entries, trees)
