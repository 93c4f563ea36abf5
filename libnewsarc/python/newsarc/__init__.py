# SPDX-License-Identifier: BSD-2-Clause
"""newsarc: compressed, indexed, verified archives of posts.

    import newsarc

    with newsarc.open("news.narc") as archive:
        print(archive["NW202203052237780530"].text)
        for post in archive.day("2022-03-05"):
            print(post.date, post.path)

    newsarc.pack("new.narc", [("_posts/2022-03-05-a.md", b"...")])

The C library does the work; what newsarc.h says of it holds here too. Errors are exceptions,
all of them newsarc.Error.
"""
from .archive import Archive, Info, Limits, Volume
from .errors import (BadSignatureError, CancelledError, ClosedError, CorruptError, DeniedError,
                     Error, ExistsError, InputOutputError, LimitError, MisuseError,
                     MissingFileError, NotFoundError, NotNewsarcError, OutOfMemoryError,
                     UnsupportedError)
from .library import library_versions, version as __version__
from .packing import Entry, Notice, Packer, PackOptions, PackResult, append, pack
from .post import Post, Tombstone
from .selection import DatedFilters, Filters
from .verification import Damage, Verification

open = Archive

__all__ = ["Archive", "BadSignatureError", "CancelledError", "ClosedError", "CorruptError",
           "Damage", "DatedFilters", "DeniedError", "Entry", "Error", "ExistsError", "Filters",
           "Info", "InputOutputError", "LimitError", "Limits", "MissingFileError", "MisuseError",
           "NotFoundError", "NotNewsarcError", "Notice", "OutOfMemoryError", "PackOptions",
           "PackResult", "Packer", "Post", "Tombstone", "UnsupportedError", "Verification",
           "Volume", "append", "library_versions", "open", "pack"]
