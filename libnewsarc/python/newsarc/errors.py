# SPDX-License-Identifier: BSD-2-Clause
"""What can go wrong: one exception for each status of the library that is an error."""
from __future__ import annotations

import errno
from typing import Any

from .library import NO_OFFSET, ffi, from_c, lib


class Error(Exception):
    """What went wrong, and where.

    message  what happened
    status   the library's name for it, such as "CORRUPT"
    stage    what was being read or done: "trailer", "descriptor", ...; or ""
    offset   in the archive, in bytes; None if it is not about a place
    path     the file or entry concerned, or ""
    """

    def __init__(self, message: str, *, status: str = "", stage: str = "",
                 offset: int | None = None, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.stage = stage
        self.offset = offset
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        state = dict(vars(self))
        if isinstance(self, OSError):
            # Which Python keeps elsewhere.
            state.update(errno=self.errno, strerror=self.strerror, filename=self.filename)
        return type(self), self.args, state

    def __str__(self) -> str:
        place = [f"at byte {self.offset}"] if self.offset is not None else []
        place += [self.stage] if self.stage else []
        parts = [self.path, ", ".join(place), self.message]
        text = ": ".join(part for part in parts if part)
        # It goes to terminals and logs, so nothing of an archive may pass for anything else.
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class NotNewsarcError(Error):
    """The file is no newsarc archive, or the folder no set."""


class UnsupportedError(Error):
    """The archive is of a later version, or needs what this library was built without."""


class CorruptError(Error):
    """The archive is damaged there; `narc repair` may help."""


class LimitError(Error):
    """A number is above a limit: one that was set, or the format's."""


class NotFoundError(Error, KeyError):
    """What was asked for is not there."""


class ExistsError(Error, FileExistsError):
    """What was to be made is there already."""


class InputOutputError(Error, OSError):
    """The system failed to read or write, for the reason in errno."""


class MissingFileError(InputOutputError, FileNotFoundError):
    """There is no such file or folder."""


class DeniedError(InputOutputError, PermissionError):
    """The system does not allow it."""


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""


class MisuseError(Error, ValueError):
    """The arguments make no sense."""


class CancelledError(Error):
    """A callback asked to stop."""


class BadSignatureError(Error):
    """It is not what was signed, or not by this key."""


class ClosedError(Error, ValueError):
    """The archive or packer was closed before."""


BY_STATUS: dict[int, type[Error]] = {
    lib.NARC_NOT_NEWSARC: NotNewsarcError,
    lib.NARC_UNSUPPORTED: UnsupportedError,
    lib.NARC_CORRUPT: CorruptError,
    lib.NARC_LIMIT: LimitError,
    lib.NARC_NOT_FOUND: NotFoundError,
    lib.NARC_EXISTS: ExistsError,
    lib.NARC_IO: InputOutputError,
    lib.NARC_NOMEM: OutOfMemoryError,
    lib.NARC_MISUSE: MisuseError,
    lib.NARC_CANCELLED: CancelledError,
    lib.NARC_BAD_SIGNATURE: BadSignatureError,
}


# Those of Python's own exceptions that a program looks for.
BY_ERRNO: dict[int, type[Error]] = {
    errno.ENOENT: MissingFileError,
    errno.EACCES: DeniedError,
    errno.EPERM: DeniedError,
}


def error_from_c(error: Any, path: str = "") -> Error:
    """The exception for a struct narc_error, which is about path if it names no other."""
    kind = BY_STATUS.get(error.status, Error)
    if kind is InputOutputError:
        kind = BY_ERRNO.get(error.system_errno, kind)
    made = kind(from_c(error.message),
                status=from_c(lib.narc_status_name(error.status)),
                stage=from_c(error.stage),
                offset=None if error.offset == NO_OFFSET else error.offset,
                path=from_c(error.path) or path)
    if isinstance(made, OSError):
        made.errno = errno.EEXIST if kind is ExistsError else error.system_errno
        made.strerror = made.message
        made.filename = made.path
    return made


def call(function: Any, *arguments: Any, path: str = "") -> int:
    """Calls what takes a struct narc_error last. Returns the status if it is no error, OK or
    END. Path is for errors that name no file."""
    error = ffi.new("struct narc_error *")
    status: int = function(*arguments, error)
    if status in (lib.NARC_OK, lib.NARC_END):
        return status
    raise error_from_c(error, path)


class Callbacks:
    """Functions for C to call while it is called itself. What one raises waits here until C
    has come back."""

    def __init__(self) -> None:
        self._raised: list[BaseException] = []

    def make(self, kind: Any, function: Any, failed: Any = None) -> Any:
        """function as a kind of newsarc.h, by name or as cffi has it, giving failed when it
        raises something. It has to be kept as long as C may call it."""
        return ffi.callback(kind, function, error=failed, onerror=self._keep)

    def _keep(self, kind: Any, raised: BaseException, traceback: Any) -> None:
        self._raised.append(raised)

    def call(self, function: Any, *arguments: Any, path: str = "") -> None:
        """As call, but what a callback raised comes before what C makes of it."""
        try:
            call(function, *arguments, path=path)
        finally:
            if self._raised:
                raised, self._raised = self._raised[0], []
                raise raised from None
