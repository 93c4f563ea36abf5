# SPDX-License-Identifier: BSD-2-Clause
"""A place among the records of an archive."""
from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Callable, Iterator

from .errors import Callbacks, ClosedError, call
from .library import ffi, from_c, lib, owned, to_c
from .post import Post, post_from_c

if TYPE_CHECKING:
    from .archive import Archive


class Cursor(Iterator[Post]):
    """Goes over posts. Threads take turns. After an exception that says what is damaged, it
    goes on behind the damage."""

    def __init__(self, archive: Archive, pointer: Any, kept: Any = None) -> None:
        """kept: what the C cursor refers to."""
        self._archive = archive
        self._pointer = pointer
        self._kept = kept
        self._lock = threading.Lock()
        self._weak = weakref.ref(self)

    def close(self) -> None:
        # A thread that is using it has a reference of its own.
        self._pointer = None

    def _open_pointer(self) -> Any:
        pointer = self._pointer
        if pointer is None:
            raise ClosedError("the archive is closed", path=self._archive.path)
        return pointer

    def _call(self, function: Any, *arguments: Any) -> int:
        return call(function, *arguments, path=self._archive.path)

    def _step(self, pointer: Any) -> Any:
        """The next record; None after the last."""
        record = ffi.new("const struct narc_record **")
        if self._call(lib.narc_cursor_next, pointer, record) == lib.NARC_END:
            return None
        return record[0]

    def __next__(self) -> Post:
        pointer = self._open_pointer()
        with self._lock:
            record = self._step(pointer)
            if record is None:
                raise StopIteration
            return post_from_c(record, self._archive, self._weak)

    def find(self, key: str) -> None:
        """Goes on with the posts named by key only. NotFoundError if there are none."""
        pointer = self._open_pointer()
        with self._lock:
            self._call(lib.narc_cursor_find, pointer, to_c(key))

    def newest(self, key: str) -> Post:
        """Of the posts named by key, the one to be preferred. NotFoundError if there are none."""
        self.find(key)
        pointer = self._open_pointer()
        best = None
        held = ffi.new("struct narc_record *")
        with self._lock:
            while (record := self._step(pointer)) is not None:
                if best is None or lib.narc_record_is_newer(record, held):
                    best = post_from_c(record, self._archive, self._weak)
                    held[0] = record[0]
                    held.path = path = ffi.new("char[]", ffi.string(record.path))
        assert best is not None  # else find had failed
        return best

    def go_to(self, post: Post) -> Post | None:
        """What is in the row of a post, if its path is: None if not, as where the archive is
        damaged. NotFoundError if nothing has that path."""
        pointer = self._open_pointer()
        with self._lock:
            self._call(lib.narc_cursor_find_path, pointer, to_c(post.path))
            while (record := self._step(pointer)) is not None:
                if record.row == post.row:
                    return post_from_c(record, self._archive, self._weak)
        return None

    def content(self, post: Post) -> bytes | None:
        """None if the cursor is not at this post, or its content is too large for memory."""
        pointer = self._pointer
        if pointer is None:
            return None
        with self._lock:
            record = lib.narc_cursor_record(pointer)
            if not record or record.row != post.row or lib.narc_cursor_is_large(pointer):
                return None
            data = ffi.new("const void **")
            call(lib.narc_cursor_content, pointer, data, path=post.path)
            return bytes(ffi.buffer(data[0], record.size))

    def stream(self, post: Post, write: Callable[[bytes], object]) -> None:
        """Gives the content of the post it is at. Only for a cursor that nobody else has, for
        write may do anything."""
        callbacks = Callbacks()

        def take(context: Any, data: Any, size: int) -> bool:
            write(bytes(ffi.buffer(data, size)))
            return True

        callbacks.call(lib.narc_cursor_stream, self._open_pointer(),
                       callbacks.make("narc_write_fn", take, False), ffi.NULL, path=post.path)


def open_cursor(archive: Archive, handle: Any, narc_filter: Any, kept: Any) -> Cursor:
    """A cursor over what passes the filter, whose strings are kept."""
    pointer = ffi.new("narc_cursor **")
    call(lib.narc_cursor_open, handle, narc_filter, pointer, path=archive.path)
    return Cursor(archive, owned(pointer[0], lib.narc_cursor_close, handle), kept)
