#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""update.py NARC [--check]

Brings the catalogues po/*.po up to date with the messages that there are: those in the files that
POTFILES names, and what NARC says in its usage texts, of which each paragraph and each row is a
message. Where something is new, translate it, and take out "fuzzy" where a guess was right.

With --check, nothing is written: says what a catalogue lacks, or has too much, and fails if there is
anything.
"""
from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
SOURCE = FOLDER.parent
sys.path.insert(0, str(SOURCE / "tools" / "help"))
import help_text  # noqa: E402

# In narc, messages are marked, or arguments of these.
MARKS = ["_", "N_", "translate_count:1,2", "report:1", "fail_at:3", "fail_at:4", "fail_system:3",
         "fail_system:4", "wrong_operands:2", "wrong_value:3"]
# In the library, parts of archives have names that are shown; all that it says otherwise is a
# sentence.
STAGES = ["translated", "narc_fail:3", "narc_fail_text:3", "narc_fail_system:2", "narc_fail_system:5"]
# What looks like a sentence, but is not said to anybody.
UNSAID = re.compile(r"^untrusted comment|^trusted comment|^signature by newsarc|^what was said of it"
                    r"|^With this file as|^newsarc (archive|statement|receipt)"
                    r"|^\s|\\n|^usage:|^minisign|^HTTP|^Ed|^%[^ ]* ?%?|^---|^bytes [%*]|^x-amz|^If-")


def run(*command: str, **options) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def xgettext(files: list[str], *options: str) -> str:
    return run("xgettext", "--from-code=UTF-8", "--language=C", "--add-location=file",
               "--sort-by-file", "--no-wrap", "--omit-header", "--output=-", *options, *files,
               cwd=SOURCE)


def entries(catalogue: str) -> list[str]:
    return [entry for entry in catalogue.strip("\n").split("\n\n") if "msgid" in entry]


def msgid(entry: str) -> str:
    """As it is written, in one line."""
    found = re.search(r'^msgid ((?:".*"\n?)+)', entry, re.MULTILINE)
    assert found, entry
    return "".join(line.strip()[1:-1] for line in found[1].strip().split("\n"))


def is_said(entry: str) -> bool:
    text = msgid(entry)
    return bool(re.search(r"[a-z].* .*[a-z]", text)) and not UNSAID.search(text)


def has_words(entry: str) -> bool:
    """Not as "%s: %s"."""
    return bool(re.search(r"[A-Za-z]", re.sub(r"%[-0-9.]*[a-z]+", "", msgid(entry))))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def usage_entries(narc: str) -> list[str]:
    texts = {"usage:": "narc --help"}
    program = help_text.read(narc)
    for command in program.commands:
        texts.setdefault(command.summary, "narc --help")
        for paragraph in command.paragraphs:
            for text in [" ".join(paragraph.text), *(row.text for row in paragraph.rows)]:
                texts.setdefault(text, f"narc {command.name} --help")
    for row in program.missing:
        texts.setdefault(row.text, "narc --help")
    texts[" ".join(program.end.split("\n"))] = "narc --help"
    return [f"#. {place}\nmsgid {quoted(text)}\nmsgstr \"\"" for text, place in texts.items() if text]


def template(narc: str) -> str:
    files = [line for line in (FOLDER / "POTFILES").read_text().split("\n")
             if line and not line.startswith("#")]
    library = [file for file in files if file.startswith("libnewsarc/")]
    tools = [file for file in files if file not in library]
    found = entries(xgettext(library, "--keyword", *(f"--keyword={mark}" for mark in STAGES)))
    found += filter(is_said, entries(xgettext(library, "--extract-all")))
    found += filter(has_words, entries(xgettext(tools, "--keyword",
                                                *(f"--keyword={mark}" for mark in MARKS))))
    found += usage_entries(narc)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    with tempfile.NamedTemporaryFile("w", suffix=".pot") as file:
        file.write(header + "\n" + "\n\n".join(found) + "\n")
        file.flush()
        return run("msguniq", "--no-wrap", "--use-first", "--add-location=file", file.name)


def check(catalogue: pathlib.Path, pot: str) -> bool:
    wanted = {msgid(entry) for entry in entries(pot)}
    with tempfile.NamedTemporaryFile("r") as file:
        run("msgattrib", "--translated", "--no-fuzzy", "--no-obsolete", "--no-wrap", "-o",
            file.name, str(catalogue))
        translated = {msgid(entry) for entry in entries(pathlib.Path(file.name).read_text())}
    for text in sorted(wanted - translated):
        print(f"{catalogue.name} lacks: {text}")
    for text in sorted(translated - wanted):
        print(f"{catalogue.name} has, but nobody says: {text}")
    return wanted == translated


def main() -> int:
    narc = sys.argv[1]
    pot = template(narc)
    catalogues = sorted(FOLDER.glob("*.po"))
    if sys.argv[2:] == ["--check"]:
        return 0 if all([check(catalogue, pot) for catalogue in catalogues]) else 1
    with tempfile.NamedTemporaryFile("w", suffix=".pot") as file:
        file.write(pot)
        file.flush()
        for catalogue in catalogues:
            run("msgmerge", "--update", "--backup=none", "--no-wrap", "--previous",
                "--add-location=file", str(catalogue), file.name)
            run("msgattrib", "--no-obsolete", "--no-wrap", "-o", str(catalogue), str(catalogue))
    return 0


sys.exit(main())
