# SPDX-License-Identifier: BSD-2-Clause
"""Checking every byte of an archive."""
from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, Callable, Iterator

from .cursor import Cursor
from .errors import Callbacks, error_from_c
from .library import as_dataclass, ffi, from_c, lib
from .post import Post

if TYPE_CHECKING:
    from .archive import Archive


@dataclasses.dataclass(frozen=True)
class Damage:
    """A damaged region of an archive, and what is lost by it. An entry is a file as it is now;
    what it was before is a version."""

    volume: str | None  # of a set, the file that it is in; None: no set, or its manifest
    offset: int | None  # where it begins, in bytes
    length: int  # of the region; 0: not known
    stage: str  # what stands there: "block", "descriptor", ...
    message: str
    is_end: bool  # what stands there, or stood there, is not known
    entries: int  # whose content is lost, with the copies of it
    versions: int  # likewise
    unnamed: int  # of both: those of which not even the path can be read


@dataclasses.dataclass(frozen=True)
class Verification:
    """What was looked at, and what was found."""

    rows_checked: int  # entries and versions
    bytes_checked: int  # of content
    entries: int  # that the archive has, likewise versions and blocks
    versions: int
    blocks: int
    good_entries: int  # that can be read, as far as was looked at; likewise good_versions
    good_versions: int
    blocks_checked: int  # of which the content was looked at
    damages: tuple[Damage, ...]  # in the order of the file

    @property
    def is_good(self) -> bool:
        return not self.damages


# Told of a damage, and of the entries and versions that it touches, but for the unnamed.
Report = Callable[[Damage, Iterator[Post]], object]


def _damage_from_c(damage: Any) -> Damage:
    error = error_from_c(ffi.addressof(damage, "error"))
    return Damage(volume=from_c(damage.volume) if damage.volume else None,
                  offset=error.offset, length=damage.length, stage=error.stage,
                  message=error.message, is_end=damage.is_end, entries=damage.entries,
                  versions=damage.versions, unnamed=damage.unnamed)


def verify(archive: Archive, handle: Any, *, quick: bool, part: tuple[int, int] | None,
           threads: int, report: Report | None) -> Verification:
    """See Archive.verify."""
    callbacks = Callbacks()
    damages = []

    def note(context: Any, found: Any) -> bool:
        damage = _damage_from_c(found)
        damages.append(damage)
        if report and found.touched:
            touched = Cursor(archive, found.touched)
            try:
                report(damage, touched)
            finally:
                touched.close()
        elif report:
            report(damage, iter(()))
        return True

    # A structure does not keep what it refers to.
    folder = ffi.new("char[]", os.fsencode(os.environ.get("TMPDIR", "/tmp")))
    told = callbacks.make("narc_verify_fn", note, False)
    options = ffi.new("struct narc_verify_options *", {
        "quick": quick, "threads": threads, "temporary_folder": folder, "report": told})
    if part is not None:
        if not 1 <= part[0] <= part[1]:
            raise ValueError(f"part {part[0]} of {part[1]} makes no sense: (3, 20) is the third "
                             f"of twenty")
        options.part, options.parts = part[0] - 1, part[1]
    result = ffi.new("struct narc_verify_result *")
    callbacks.call(lib.narc_archive_verify, handle, options, result, path=archive.path)
    return as_dataclass(Verification, result, damages=tuple(damages))
