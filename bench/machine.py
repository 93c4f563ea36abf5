# SPDX-License-Identifier: BSD-2-Clause
"""On what, and with which versions, something was measured: without it the numbers say
nothing."""
import datetime
import os
import platform
import re
import subprocess


def processor_count():
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))


def describe(scratch):
    return {
        "processor": _processor(),
        "processors": processor_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "file_system": subprocess.run(["stat", "-f", "-c", "%T", scratch], check=True,
                                      capture_output=True, text=True).stdout.strip(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }


def _processor():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^model name\s*: (.*)", file.read(), re.MULTILINE)
    return found[1] if found else platform.machine()


def versions(commands, processes):
    """The first version in what each command prints, wherever and however it ends."""
    return {name: _version(processes.fill(command)) for name, command in commands.items()}


def _version(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    found = re.search(r"\d+\.\d[\w.+-]*", done.stdout)
    return found[0] if found else "?"
