# SPDX-License-Identifier: BSD-2-Clause
"""How many posts a second narc serve gives out, beside kiwix-serve."""
import contextlib
import dataclasses
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import corpus as corpora
import peers
from machine import processor_count
from processes import Failed
from progress import say

CONNECTIONS = 16


@dataclasses.dataclass(frozen=True)
class Server:
    """{path} is that of a post in the tree, {code} its infoCode."""
    name: str
    tool: peers.Tool    # that packs what is served
    start: str
    address: str        # of a post


SERVERS = [
    Server("narc serve, source", peers.NARC,
           "{narc} serve --listen 127.0.0.1:{port} {archive}", "/post/{code}/raw"),
    Server("narc serve, rendered", peers.NARC,
           "{narc} serve --listen 127.0.0.1:{port} {archive}", "/post/{code}/frame"),
    Server("kiwix-serve", peers.ZIM,
           "kiwix-serve --nosearchbar --address 127.0.0.1 --port {port} --threads {processors}"
           " {archive}", "/served-posts/{path}.html"),
]
PORT = 18_273


def measure(corpus, processes, rounds, seconds):
    html = processes.path("html-to-serve")
    corpora.make_html_tree(corpus, html)
    rows = {server.name: [] for server in SERVERS}
    values = {"port": str(PORT), "processors": str(processor_count()),
              "dictionary_size": str(corpus.dictionary_size)}
    for tool in {server.tool.name: server.tool for server in SERVERS}.values():
        say(f"packing what is to be served: {tool.name}")
        processes.cost(processes.fill(tool.pack, archive=_archive(processes, tool), **values),
                       html if tool.as_html else corpus.folder)
    for number in range(rounds):
        for server in SERVERS:
            say(f"round {number + 1} of {rounds}: {server.name}")
            rows[server.name].append(_load(server, corpus, processes, values, seconds))
    return rows


def _archive(processes, tool):
    return processes.path("served-" + tool.archive)


def _load(server, corpus, processes, values, seconds):
    paths = processes.path("paths")
    with open(paths, "w") as file:
        for path, code in corpus.all_posts:
            file.write(server.address.format(path=path, code=code) + "\n")
    command = processes.fill(server.start, archive=_archive(processes, server.tool), **values)
    with _running(command, server.address.format(path=corpus.posts[0][0],
                                                 code=corpus.posts[0][1])):
        os.environ["PATHS"] = paths
        # wrk prints a table first.
        script = os.path.join(os.path.dirname(__file__), "serving.lua")
        printed = processes.output(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
                                    f"http://127.0.0.1:{PORT}"])
    found = json.loads(printed.splitlines()[-1])
    if found["failed"]:
        raise Failed(f"{server.name} failed {found['failed']} requests")
    return found


@contextlib.contextmanager
def _running(command, address):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, address)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait(process, address):
    for _ in range(300):
        if process.poll() is not None:
            raise Failed(f"the server ended with {process.returncode}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{address}") as answer:
                answer.read()
            return
        time.sleep(0.1)
    raise Failed(f"the server does not answer {address}")
