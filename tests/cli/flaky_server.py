#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""flaky_server.py FOLDER PORT_FILE SEED

Serves the files of a folder by ranges, as /HOW/NAME, on a free port of this machine that is written
to a file. HOW says how well it does:

    well        as it should
    badly       one of four answers is none: 503, 429 with Retry-After, a connection that is closed before
                or amid the answer, or one that is late
    once/N      answers number N to N + 2 are 500, all others as they should be
    down        503, always
    stuck       sends some bytes, and then nothing more
    whole       knows of no ranges
    other       gives another part than it was asked for
    untagged    says nothing by which a file could be told from another
    changed     from the second answer on, the file is another one of the same size
    silently    likewise, and the ETag is not looked at: only the answer tells
    moved       is elsewhere: 302 to /well
    around      302 to itself
    secret      401, unless the name is "reader" and the password "word"
    headless    parts, without a Content-Range
    garbage     is no HTTP

The ETag is the file's hash, where nothing else is said. /count gives the number of requests so far, and the bytes that were sent, and begins to count anew.
"""
import base64
import hashlib
import http.server
import os
import random
import re
import socket
import sys
import threading
import time

folder, port_file, seed = sys.argv[1:]
chance = random.Random(int(seed))
lock = threading.Lock()
count = {"requests": 0, "bytes": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, code, body=b"", **fields):
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with lock:
            count["requests"] += 1
            number = count["requests"]
        if self.path == "/count":
            with lock:
                text = f"{count['requests'] - 1} {count['bytes']}\n"
                count.update(requests=0, bytes=0)
            self.reply(200, text.encode())
            return
        how, name = self.path.strip("/").rsplit("/", 1)
        how, _, argument = how.partition("/")
        try:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
        except OSError:
            self.reply(404, b"not here\n")
            return
        getattr(self, "serve_" + how)(content, number, argument)

    def part(self, content):
        """What is asked for: start and end."""
        first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers["Range"]).groups()
        if not first:
            return max(len(content) - int(last), 0), len(content)
        return int(first), min(int(last) + 1, len(content))

    def serve_well(self, content, *_, tag=None, shift=0, send=None, checks=True):
        if tag is None:
            tag = f'"{hashlib.sha256(content).hexdigest()}"'
        start, end = self.part(content)
        if checks and self.headers.get("If-Match", tag) != tag:
            self.reply(412)
            return
        if checks and tag and self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        start += shift
        with lock:
            count["bytes"] += end - start
        self.send_response(206)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(content)}")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        (send or self.wfile.write)(content[start:end])

    def serve_badly(self, content, *_):
        with lock:
            luck, size = chance.randrange(24), chance.random()
        if luck == 0:
            self.reply(503, b"<Error><Code>SlowDown</Code></Error>")
        elif luck == 1:
            self.reply(429, Retry_After="0")
        elif luck == 2:
            self.close_connection = True
        elif luck == 3:
            def cut(body):
                self.wfile.write(body[:int(len(body) * size)])
                self.close_connection = True
            self.serve_well(content, send=cut)
        elif luck == 4:
            time.sleep(0.05)
            self.serve_well(content)
        elif luck == 5:
            def reset(body):
                self.wfile.write(body[:int(len(body) * size)])
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close_connection = True
            self.serve_well(content, send=reset)
        else:
            self.serve_well(content)

    def serve_once(self, content, number, argument):
        if int(argument) <= number < int(argument) + 3:
            self.reply(500)
        else:
            self.serve_well(content)

    def serve_down(self, *_):
        self.reply(503)

    def serve_stuck(self, content, *_):
        def hang(body):
            self.wfile.write(body[:100])
            self.wfile.flush()
            time.sleep(20)
        self.serve_well(content, send=hang)

    def serve_whole(self, content, *_):
        self.reply(200, content)

    def serve_other(self, content, *_):
        self.serve_well(content, shift=1)

    def serve_untagged(self, content, *_):
        self.serve_well(content, tag="")

    def serve_changed(self, content, number, *_):
        self.serve_well(content, tag='"one"' if number < 2 else '"two"')

    def serve_silently(self, content, number, *_):
        self.serve_well(content, tag='"one"' if number < 2 else '"two"', checks=False)

    def serve_moved(self, *_):
        self.reply(302, Location=self.path.replace("moved", "well"))

    def serve_around(self, *_):
        self.reply(302, Location=self.path)

    def serve_secret(self, content, *_):
        wanted = "Basic " + base64.b64encode(b"reader:word").decode()
        if self.headers.get("Authorization") == wanted:
            self.serve_well(content)
        else:
            self.reply(401, WWW_Authenticate='Basic realm="archive"')

    def serve_headless(self, content, *_):
        start, end = self.part(content)
        self.reply(206, content[start:end])

    def serve_garbage(self, *_):
        self.wfile.write(b"\0\1\2 this is no HTTP\n" * 10)
        self.close_connection = True


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(server.server_port))
    os.rename(port_file + ".new", port_file)
    server.serve_forever()
