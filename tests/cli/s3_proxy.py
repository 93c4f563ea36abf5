#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""s3_proxy.py GATEWAY_PORT PORT_FILE HOW SEED

Stands between a client and the gateway of an object store on this machine, on a free port that is
written to a file. HOW says how well it passes on what is asked and answered:

    well        as it should
    slow        4 MB a second of what is sent, on each connection
    badly       of three requests one is answered by 503, cut off amid its body, passed on without the
                answer, passed on with half the answer, changed in one byte of its body, or late
    lost        of each request that stores something, the first answer is lost: it is done, but the
                client does not know
    garbled     each second body is changed in one byte

/count gives the number of requests so far.
"""
import http.server
import os
import random
import socket
import sys
import threading
import time

gateway, port_file, how, seed = sys.argv[1:]
chance = random.Random(int(seed))
lock = threading.Lock()
seen: set[str] = set()
count = {"requests": 0, "bodies": 0}
SLOW = 4_000_000
PIECE = 32768


class Cut(Exception):
    """The connection is to be closed."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def fault(self) -> str:
        """What is to go wrong with this request."""
        with lock:
            count["requests"] += 1
            if how == "badly":
                return chance.choice(["503", "cut", "lost", "half", "garbled", "late"] + [""] * 12)
            request = f"{self.command} {self.path}"
            if how == "lost" and self.command in ("PUT", "POST", "DELETE") and request not in seen:
                # What is begun anew each time has another name, which nobody would be told.
                if "?uploads=" not in request:
                    seen.add(request)
                    return "lost"
            if how == "garbled" and self.headers.get("Content-Length", "0") != "0":
                count["bodies"] += 1
                return "garbled" if count["bodies"] % 2 else ""
            return ""

    def body(self, fault: str) -> bytes:
        left = int(self.headers.get("Content-Length", 0))
        pieces = []
        while left:
            piece = self.rfile.read(min(left, PIECE))
            if not piece:
                raise Cut
            pieces.append(piece)
            left -= len(piece)
            if how == "slow":
                time.sleep(len(piece) / SLOW)
            if fault == "cut":
                raise Cut
        body = bytearray(b"".join(pieces))
        if fault == "garbled" and body:
            body[len(body) // 2] ^= 1
        return bytes(body)

    def pass_on(self, body: bytes) -> bytes:
        """The answer, up to its end."""
        head = f"{self.command} {self.path} HTTP/1.1\r\n"
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                head += f"{name}: {value}\r\n"
        with socket.create_connection(("127.0.0.1", int(gateway)), timeout=60) as server:
            server.sendall((head + "Connection: close\r\n\r\n").encode("latin-1") + body)
            answer = b""
            while piece := server.recv(1 << 20):
                answer += piece
        return answer

    def answer_all(self) -> None:
        self.close_connection = True
        if self.path == "/count":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"%d\n" % count["requests"])
            return
        fault = self.fault()
        try:
            body = self.body(fault)
            if fault == "503":
                self.wfile.write(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n")
                return
            if fault == "late":
                time.sleep(0.3)
            answer = self.pass_on(body)
            if fault == "lost":
                return
            self.wfile.write(answer[:len(answer) // 2] if fault == "half" else answer)
        except (Cut, OSError):
            pass

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer_all


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
with open(port_file + ".new", "w") as out:
    print(server.server_address[1], file=out)
os.rename(port_file + ".new", port_file)
server.serve_forever()
