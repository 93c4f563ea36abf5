# SPDX-License-Identifier: BSD-2-Clause
"""Runs other programs and says what they cost."""
import contextlib
import dataclasses
import os
import shlex
import signal
import time

GNU_TIME = "/usr/bin/time"


class Failed(Exception):
    """A program did not do what it was asked; the text is for the user."""


class Shell(str):
    """A command line that takes a shell, as a pipeline does."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """Of a pipeline, `cpu` is that of all its programs, `rss` that of the largest."""
    wall: float     # seconds
    cpu: float      # seconds, of user and system
    rss: int        # bytes


def fill(command, values):
    """The words to execute, from a template with the names of `values` in braces."""
    if isinstance(command, Shell):
        quoted = {name: shlex.quote(value) for name, value in values.items()}
        return ["bash", "-o", "pipefail", "-c", command.format(**quoted)]
    return [word.format(**values) for word in shlex.split(command)]


class Processes:
    """Starts programs one after the other. What they print is thrown away, unless asked for."""

    def __init__(self, scratch, programs):
        """`programs` are the paths of ours, by the names that stand for them in commands."""
        self._scratch, self._programs = scratch, programs
        self._errors, self._report = self.path("stderr"), self.path("rss")

    def path(self, name):
        """Of a file or folder for the time of the measurements."""
        return os.path.join(self._scratch, name)

    def fill(self, command, **values):
        return fill(command, self._programs | values)

    def cost(self, command, folder=".", stdin=os.devnull):
        """Runs a program in a folder. What earlier ones left to be written to the disk is
        written before, so that nobody waits for another's data."""
        os.sync()
        with contextlib.chdir(folder):
            wall, usage = self._run(self._counted(command), os.devnull, stdin)
        return Cost(wall, usage.ru_utime + usage.ru_stime, self._counted_rss())

    def latency(self, command):
        """How long a program takes, in seconds, with nothing between it and the clock."""
        return self._run(command, os.devnull)[0]

    def output(self, command, folder="."):
        """What a program prints, as bytes; nothing is measured."""
        path = self.path("stdout")
        with contextlib.chdir(folder):
            self._run(command, path)
        with open(path, "rb") as file:
            return file.read()

    def pipe(self, source, sink):
        """Runs `source | sink`; the cost is that of the sink alone, but for the wall clock."""
        os.sync()
        reader, writer = os.pipe()
        with self._spawned(source, stdout=writer) as feeding:
            os.close(writer)
            try:
                wall, usage = self._run(self._counted(sink), os.devnull, stdin=reader)
            finally:
                os.close(reader)
            self._wait(feeding, source)
        return Cost(wall, usage.ru_utime + usage.ru_stime, self._counted_rss())

    def _counted(self, command):
        """The kernel counts the memory of a forked Python as that of the program which it then
        becomes. So a smaller program starts it."""
        return [GNU_TIME, "-q", "-f", "%M", "-o", self._report, *command]

    def _counted_rss(self):
        with open(self._report) as file:
            return int(file.read()) * 1024

    def _run(self, command, stdout, stdin=os.devnull):
        start = time.perf_counter()
        with self._spawned(command, stdout, stdin) as process:
            usage = self._wait(process, command)
        return time.perf_counter() - start, usage

    def _wait(self, process, command):
        _, status, usage = os.wait4(process, 0)
        code = os.waitstatus_to_exitcode(status)
        if code:
            with open(self._errors, errors="replace") as file:
                raise Failed(f"{shlex.join(command)}\nended with {code}: {file.read()[-2000:]}")
        return usage

    @contextlib.contextmanager
    def _spawned(self, command, stdout, stdin=os.devnull):
        """A process that does not outlive the block, and neither do its children."""
        redirections = [_redirect(0, stdin, os.O_RDONLY),
                        _redirect(1, stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
                        _redirect(2, self._errors,
                                  os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)]
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=redirections,
                                  setpgroup=0)
        try:
            yield process
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
            raise


def _redirect(descriptor, target, flags):
    """To a path, or to a descriptor that is open here."""
    if isinstance(target, int):
        return os.POSIX_SPAWN_DUP2, target, descriptor
    return os.POSIX_SPAWN_OPEN, descriptor, target, flags, 0o666
