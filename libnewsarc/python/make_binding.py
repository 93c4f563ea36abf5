#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make_binding.py HEADER OUTPUT COMPILER...

Writes the module newsarc._binding from newsarc.h itself, so that the two cannot differ: all
declarations, for cffi, and the version that they are of.
"""
import re
import subprocess
import sys

import cffi


def declarations(header: str, compiler: list[str]) -> str:
    """What the preprocessor leaves of the header alone. Names of the standard headers, which
    cffi knows, stay as they are."""
    alone = re.sub(r"^#include <.*>$", "", header, flags=re.MULTILINE)
    plain = compiler + ["-E", "-P", "-x", "c", "-std=c11", "-U__GNUC__", "-"]
    return subprocess.run(plain, input=alone, capture_output=True, text=True, check=True).stdout


def main() -> None:
    header_path, output, *compiler = sys.argv[1:]
    with open(header_path, encoding="utf-8") as file:
        header = file.read()
    version = re.search(r'^#define NARC_VERSION_STRING ("[^"]+")$', header, re.MULTILINE)
    assert version, f"{header_path} has no version"
    builder = cffi.FFI()
    builder.set_source("newsarc._binding", None)
    builder.cdef(declarations(header, compiler))
    builder.emit_python_code(output)
    with open(output, "a", encoding="utf-8") as file:
        file.write(f"version = {version[1]}\n")


main()
