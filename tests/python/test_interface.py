# SPDX-License-Identifier: BSD-2-Clause
"""The module and newsarc.h say the same."""
import dataclasses
import inspect
import os
import pathlib
import shlex
import subprocess
import unittest

import newsarc
from newsarc import _binding, library, packing, post
from support import InFolder

ffi = library.ffi


def c_names(kind):
    """Names of an enum, in order of value."""
    elements = ffi.typeof(kind).elements
    return [elements[value] for value in sorted(elements)]


def words(names, prefix):
    return tuple(name.removeprefix(prefix).lower().replace("_", "-") for name in names)


class InterfaceTest(InFolder):
    def test_the_compiler_lays_out_structures_as_cffi_does(self):
        kinds = [f"struct {name}" for name in ffi.list_types()[1]
                 if ffi.typeof(f"struct {name}").fields]
        self.assertIn("struct narc_record", kinds)
        self.assertGreater(len(kinds), 15)
        lines = ["#include <newsarc.h>"]
        for kind in kinds:
            lines.append(f"_Static_assert(sizeof({kind}) == {ffi.sizeof(kind)}, \"\");")
            for name, field in ffi.typeof(kind).fields:
                lines.append(f"_Static_assert(offsetof({kind}, {name}) == {field.offset}, \"\");")
                lines.append(f"_Static_assert(sizeof((({kind} *)0)->{name}) == "
                             f"{ffi.sizeof(field.type)}, \"\");")
        self.compile(lines)

    def test_constants_are_those_of_the_header(self):
        self.compile(["#include <newsarc.h>",
                      f"_Static_assert(NARC_NO_OFFSET == {library.NO_OFFSET}u, \"\");",
                      f"_Static_assert(NARC_PARITY_WHOLE == {library.PARITY_WHOLE}u, \"\");",
                      f"_Static_assert(__builtin_strcmp(NARC_SET_MANIFEST, "
                      f"\"{library.MANIFEST}\") == 0, \"\");"])
        self.assertFalse(self.compiles(["#include <newsarc.h>",
                                        "_Static_assert(NARC_NO_OFFSET == 7, \"\");"]))

    def compile(self, lines):
        self.assertTrue(self.compiles(lines))

    def compiles(self, lines):
        source = self.folder / "check.c"
        source.write_text("#include <stddef.h>\n" + "\n".join(lines) + "\n")
        command = shlex.split(os.environ["CC"]) + ["-std=c11", "-fsyntax-only", "-I",
                                                   os.environ["NEWSARC_INCLUDE"], str(source)]
        # A sanitizer that was loaded for Python is none of the compiler's business.
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        return subprocess.run(command, env=environment, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def test_words_are_those_of_the_enums(self):
        self.assertEqual(post.KINDS, words(c_names("enum narc_kind"), "NARC_KIND_"))
        self.assertEqual(post.FILE_TYPES, words(c_names("enum narc_file_type"), "NARC_TYPE_"))
        self.assertEqual(post.DATE_ORIGINS, words(c_names("enum narc_date_origin"), "NARC_DATE_"))
        self.assertEqual(packing.NOTICE_KINDS,
                         words(c_names("enum narc_notice_kind"), "NARC_NOTICE_"))

    def test_dataclasses_have_all_fields(self):
        for kind, name in ((newsarc.Info, "info"), (newsarc.Limits, "limits"),
                           (newsarc.PackResult, "pack_result"), (newsarc.Volume, "volume"),
                           (newsarc.Verification, "verify_result")):
            self.assertEqual({field.name for field in dataclasses.fields(kind)},
                             {field for field, _ in ffi.typeof(f"struct narc_{name}").fields})

    def test_options_and_filters_are_those_of_the_calls_that_take_them(self):
        def keywords(function, *others):
            parameters = inspect.signature(function).parameters.values()
            return {parameter.name for parameter in parameters
                    if parameter.kind == parameter.KEYWORD_ONLY} - set(others)

        self.assertEqual(set(newsarc.PackOptions.__annotations__),
                         keywords(newsarc.Packer, "appending", "replace"))
        self.assertEqual(set(newsarc.DatedFilters.__annotations__),
                         keywords(newsarc.Archive.select))
        self.assertEqual(set(newsarc.Filters.__annotations__),
                         keywords(newsarc.Archive.select, "first", "last"))

    def test_every_function_of_the_header_is_there(self):
        # What needs libarchive, libgit2 or libcurl is in libraries of its own.
        elsewhere = {"narc_import_archive", "narc_export_archive", "narc_import_git",
                     "narc_git_options_init", "narc_exchange_library_version",
                     "narc_git_library_version", "narc_remote_source",
                     "narc_remote_library_version", "narc_object_get", "narc_object_put",
                     "narc_object_delete", "narc_object_list", "narc_remote_sink",
                     "narc_remote_sink_abort", "narc_upload_list", "narc_upload_remove"}
        for name in set(dir(library.lib)) - elsewhere:
            self.assertTrue(getattr(library.lib, name) is not None, name)

    def test_the_version_is_the_library_s(self):
        self.assertEqual(newsarc.__version__, _binding.version)

    def test_libraries_have_versions(self):
        versions = newsarc.library_versions()
        self.assertEqual(list(versions)[:2], ["zstd", "xxHash"])
        for name, version in versions.items():
            self.assertRegex(version, r"^(\d+(\.\d+)+)?$", name)
            self.assertTrue(version or name == "ISA-L", name)  # which is loaded when it is wanted

    def test_all_that_is_public_is_there_and_explained(self):
        for name in newsarc.__all__:
            self.assertTrue(getattr(newsarc, name).__doc__, name)

    def test_the_module_is_typed(self):
        self.assertTrue((pathlib.Path(newsarc.__file__).parent / "py.typed").exists())


if __name__ == "__main__":
    unittest.main()
