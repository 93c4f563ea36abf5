#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs.py [--write] BUILD_FOLDER DOCUMENT...

Does what documents, or all those below a folder, tell their readers to do, each document in a
folder of its own, and compares what is printed with what they show. CONTRIBUTING.md, "To write
documentation", says how blocks are marked. With --write, what commands print is put into the
documents, too. Results are TAP.
"""
import dataclasses
import fcntl
import itertools
import os
import pty
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import textwrap

# Languages of blocks that are only shown. All others are run, or say why not.
SHOWN = {"text", "ini", "nginx", "json", "yaml"}
FILES = {"c", "python", "sh"}

FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.DOTALL)
FIGURE = re.compile(r"(\d+(?:\.\d+)?)(?= (?:bytes|[kMG]i?B|%))")

HOME = "/home/news"     # what the folder of a document is called in it
END = "\x1e"    # parts what commands print

# Ports of servers that a document starts, for which others are taken that are free.
PORT = re.compile(r"(?<=127\.0\.0\.1[: ])80\d\d\b")

# A figure before a unit may differ by this part: compressed sizes are not the same with every
# version of zstd.
TOLERANCE = 0.1

# Keys are other ones each time.
KEY = re.compile(r"\b[0-9A-F]{16}\b")


@dataclasses.dataclass
class Command:
    line: int               # in the document
    text: str
    shown: list             # lines that it prints, as the document has them
    status: int = 0
    needs: str = ""         # a command that succeeds if this one can be run
    is_checked: bool = True
    is_cron: bool = False
    indent: str = ""


class Wrong(Exception):
    """A document that is not marked as it has to be."""


# ---- documents ---------------------------------------------------------------------------------

def commands_of(lines, first):
    """The commands of a block of a session, which starts at line number first."""
    commands = []
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            commands.append(Command(number, line[2:], []))
        elif line.startswith("> ") and commands and not commands[-1].shown:
            commands[-1].text += "\n" + line[2:]
        elif commands:
            commands[-1].shown.append(line)
        elif line:
            raise Wrong(f"line {number}: output before the first command")
    for command in commands:
        status = re.search(r"# exit status (\d+)$", command.text)
        command.status = int(status[1]) if status else 0
    return commands


def jobs_of(lines, first):
    """The jobs of a crontab, which mail what they print: so they are to print nothing."""
    jobs = []
    for number, line in enumerate(lines, first):
        if line and not re.match(r"#|\w+=", line):
            # As cron does: what is behind the times, up to an % that is not escaped.
            text = re.split(r"(?<!\\)%", line.split(None, 5)[5])[0].replace("\\%", "%")
            jobs.append(Command(number, text, [], is_cron=True))
    return jobs


def parse(text):
    """All commands of a document in their order, and why blocks are not run."""
    commands, left_out, marks, fences = [], [], {}, 0
    for found in re.finditer(f"{FENCE.pattern}|{COMMENT.pattern}", text, FENCE.flags):
        indent, language, body, comment = found.groups()
        line = text.count("\n", 0, found.start()) + 1
        if comment is not None:
            if comment.startswith("$ "):
                hidden = commands_of(comment.split("\n"), line)
                commands += [dataclasses.replace(c, is_checked=False) for c in hidden]
            else:
                kind, _, value = comment.partition(": ")
                marks[kind] = value
            continue
        fences += 1
        lines, first = textwrap.dedent(body).split("\n")[:-1], line + 1
        if "not run" in marks:
            left_out.append((line, marks["not run"]))
        elif language == "console":
            commands += [dataclasses.replace(c, needs=marks.get("needs", ""), indent=indent)
                         for c in commands_of(lines, first)]
        elif language == "crontab":
            commands += jobs_of(lines, first)
        elif language in FILES and "file" in marks:
            copy = f"cat >{marks['file']} <<'END_OF_FILE'\n{body}END_OF_FILE"
            commands.append(Command(line, copy, [], needs=marks.get("needs", ""), is_checked=False))
        elif language not in SHOWN or re.search(r"^\$ ", body, re.MULTILINE):
            raise Wrong(f"line {line}: this block is not run, and there is no word why")
        marks = {}
    if len(re.findall(r"^\s*```", text, re.MULTILINE)) != 2 * fences:
        raise Wrong("a block has no end, or another indent there")
    return commands, left_out


# ---- running -----------------------------------------------------------------------------------

def environment(build, home):
    values = {
        "HOME": home, "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "dumb",
        "NO_COLOR": "1", "PAGER": "cat", "SOURCE_DATE_EPOCH": "1795651200",
        "PATH": f"{build}/tools:{build}/bench:/usr/sbin:/usr/bin:/sbin:/bin",
        "LD_LIBRARY_PATH": f"{build}/libnewsarc", "NARC_LOCALE_FOLDER": f"{build}/po",
        "PKG_CONFIG_PATH": f"{build}/meson-uninstalled",
        "PYTHONPATH": f"{build}/libnewsarc/python", "PYTHONDONTWRITEBYTECODE": "1",
    }
    for who in ("AUTHOR", "COMMITTER"):
        values |= {f"GIT_{who}_NAME": "A", f"GIT_{who}_EMAIL": "a@news.example"}
    return values


def at_terminal(script, folder, values):
    """What a script of bash shows at a terminal of 80 columns."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    modes = termios.tcgetattr(inner)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(inner, termios.TCSANOW, modes)
    shown = b""
    with subprocess.Popen(["timeout", "600", "/bin/bash", "-c", script], cwd=folder, env=values,
                          stdin=subprocess.DEVNULL, stdout=inner, stderr=inner):
        os.close(inner)
        try:
            while data := os.read(outer, 1 << 16):
                shown += data
        except OSError:     # the other end is closed
            pass
    os.close(outer)
    return shown.decode(errors="replace")


def without_end(lines):
    """Without empty lines at the end."""
    while lines and not lines[-1]:
        lines.pop()
    return lines


def find_ports(commands):
    """For each port in the commands, one that is free now."""
    ports = {port for c in commands for port in PORT.findall(c.text + c.needs)}
    sockets = {port: socket.create_server(("127.0.0.1", 0)) for port in ports}
    free = {port: str(server.getsockname()[1]) for port, server in sockets.items()}
    for server in sockets.values():
        server.close()
    return free


def run(commands, build, folder):
    """What each command printed and its exit status, or None where it could not be run. All are run
    by one shell, so that folders and variables stay."""
    script, ports = ["set -o pipefail"], find_ports(commands)
    for number, command in enumerate(commands):
        text, needs = (shlex.quote(PORT.sub(lambda found: ports[found[0]], text))
                       for text in (command.text, command.needs))
        start = f"/bin/sh -c {text} 2>&1 | cat" if command.is_cron else f"eval {text}"
        needs = f"(eval {needs}) >/dev/null 2>&1" if command.needs else "true"
        script.append(f"if {needs}; then {start} </dev/null;"
                      f" printf '{END}%d %d{END}' {number} $?; fi")
    script.append("kill $(jobs -p) 2>/dev/null; wait")
    work = os.path.join(folder, "work")
    os.mkdir(work)
    shown = at_terminal("\n".join(script), work, environment(build, work))
    for port, free in ports.items():
        shown = re.sub(rf"(?<=127\.0\.0\.1:){free}\b", port, shown)
    parts = shown.replace(work, HOME).split(END)
    results = [None] * len(commands)
    for printed, end in zip(parts[::2], parts[1::2]):
        number, status = map(int, end.split())
        # "head" goes away before all is written, and that is no failure.
        status = 0 if status == 128 + signal.SIGPIPE else status
        results[number] = without_end([line.rstrip() for line in printed.splitlines()]), status
    return results


def same_line(shown, printed):
    """"..." in a line stands for any text, and a figure for those that are about as large."""
    shown, printed = KEY.sub("KEY", shown), KEY.sub("KEY", printed)
    pattern = re.escape(FIGURE.sub("\0", shown)).replace(re.escape("..."), ".*")
    found = re.fullmatch(pattern.replace(re.escape("\0"), r"(\d+(?:\.\d+)?)"), printed)
    return bool(found) and all(abs(float(a) - float(b)) <= TOLERANCE * float(a)
                               for a, b in zip(FIGURE.findall(shown), found.groups()))


def same(shown, printed):
    """A line "..." stands for any lines."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(same(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and same_line(shown[0], printed[0]) and same(shown[1:], printed[1:])


def is_right(command, result):
    printed, status = result
    shown = without_end([line.rstrip() for line in command.shown])
    return status == command.status and (not command.is_checked or same(shown, printed))


# ---- results -----------------------------------------------------------------------------------

class Report:
    def __init__(self):
        self.count = self.failures = 0

    def tell(self, is_good, name, details=(), directive=""):
        self.count += 1
        self.failures += not is_good
        print(f"{'ok' if is_good else 'not ok'} {self.count} - {name.replace('#', '')}{directive}")
        for line in () if is_good else details:
            print("#   " + line)
        sys.stdout.flush()


def write(path, commands, results):
    """Puts what was printed in the place of what is shown, from the end of the document on."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for command, result in reversed(list(zip(commands, results))):
        if result and command.is_checked and not command.is_cron and not is_right(command, result):
            start = command.line + command.text.count("\n")
            lines[start:start + len(command.shown)] = [command.indent + line for line in result[0]]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def check(path, build, report, with_writing):
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        commands, left_out = parse(text)
    except Wrong as wrong:
        report.tell(False, f"{name}: {wrong}")
        return
    for line, reason in left_out:
        report.tell(True, f"{name}:{line}", directive=f" # SKIP {reason}")
    with tempfile.TemporaryDirectory(prefix="newsarc-docs.") as folder:
        results = run(commands, build, folder)
    for command, result in zip(commands, results):
        title = f"{name}:{command.line}: {command.text.splitlines()[0]}"
        if result is None and command.needs:
            report.tell(True, title, directive=f" # SKIP for want of: {command.needs}")
        elif result is None:
            report.tell(False, title, ["it was not run"])
        else:
            report.tell(is_right(command, result), title,
                        [f"exit status {result[1]}, printed:", *result[0][:40]])
    if with_writing:
        write(path, commands, results)


def documents_in(path):
    if not os.path.isdir(path):
        return [path]
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(path)
                  for name in names if name.endswith(".md"))


def main():
    arguments = sys.argv[1:]
    with_writing = arguments[0] == "--write"
    build, *documents = arguments[with_writing:]
    report = Report()
    for path in itertools.chain.from_iterable(map(documents_in, documents)):
        check(path, os.path.abspath(build), report, with_writing)
    print(f"1..{report.count}")
    sys.exit(report.failures > 0)


main()
