# SPDX-License-Identifier: BSD-2-Clause
"""The C library, loaded, and how text and numbers go to it and come back."""
from __future__ import annotations

import dataclasses
import functools
import os
from typing import Any, Callable, TypeVar, Union

from . import _binding

PathLike = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Result = TypeVar("Result")

SONAME = "libnewsarc.so.0"
NO_OFFSET = 2**64 - 1  # NARC_NO_OFFSET
PARITY_WHOLE = 10000  # NARC_PARITY_WHOLE
MANIFEST = "newsarc-set"  # NARC_SET_MANIFEST

ffi = _binding.ffi
try:
    lib: Any = ffi.dlopen(SONAME)
except OSError as error:
    raise ImportError(f"newsarc's library is not installed, or not where the system looks for "
                      f"libraries: {error}") from None
version: str = ffi.string(lib.narc_version()).decode()
# Until 1.0, structures may grow from one version to the next.
if version != _binding.version:
    raise ImportError(f"this module is of newsarc {_binding.version}, but the library found, "
                      f"{SONAME}, is of {version}: install the same version of both")


def library_versions() -> dict[str, str]:
    """The versions of the libraries that newsarc makes use of, by name; "" of one that is not
    there."""
    library = ffi.new("struct narc_library *")
    versions: dict[str, str] = {}
    while lib.narc_library_version(len(versions), library):
        versions[ffi.string(library.name).decode()] = ffi.string(library.version).decode()
    return versions


def from_c(text: Any) -> str:
    """Text of an archive is bytes of unknown encoding: those that are not UTF-8 become
    surrogates, as in file names elsewhere in Python, and bytes again in to_c."""
    string: bytes = ffi.string(text)
    return string.decode("utf-8", "surrogateescape")


def to_c(text: PathLike) -> bytes:
    plain = os.fspath(text)
    string = plain.encode("utf-8", "surrogateescape") if isinstance(plain, str) else plain
    if b"\0" in string:
        raise ValueError("embedded null byte")
    return string


def is_for_c(text: str) -> bool:
    """Whether there are bytes that are this text: none are if it has a NUL, or a surrogate that
    stands for no byte."""
    try:
        to_c(text)
    except ValueError:
        return False
    return True


def owned(pointer: Any, destroy: Callable[[Any], None], *needed: Any) -> Any:
    """The pointer, destroyed when the last reference to it goes. So what a thread still uses
    lives as long as that call. What is needed, such as the archive of a cursor, lives longer;
    as does the library, also when the interpreter ends."""
    return ffi.gc(pointer, functools.partial(_destroy, destroy, (lib, *needed)))


def _destroy(destroy: Callable[[Any], None], needed: tuple[Any, ...], pointer: Any) -> None:
    destroy(pointer)


def as_dataclass(kind: Callable[..., Result], struct: Any, **others: Any) -> Result:
    """A dataclass of the fields that have the same name in C, and of others."""
    names = [field.name for field in dataclasses.fields(kind)]
    same = {name: getattr(struct, name) for name in names if name not in others}
    return kind(**same, **others)
