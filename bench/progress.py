# SPDX-License-Identifier: BSD-2-Clause
"""Says on standard error what is being measured."""
import sys


def say(text):
    """On a terminal one line is written over and over."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:79]}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


def done():
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
