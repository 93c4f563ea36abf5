#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""warc_server.py FOLDER PORT_FILE

Serves a folder on a free port of this machine, which is written to a file. Posts come in chunks,
and what is at /moved is elsewhere.
"""
import functools
import http.server
import os
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.translate_path(self.path)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif "_posts" in path and os.path.isfile(path):
            self.send_chunks(path)
        else:
            super().do_GET()

    def send_chunks(self, path):
        self.send_response(200)
        self.send_header("Content-Type", "text/markdown")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with open(path, "rb") as file:
            while chunk := file.read(701):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")


folder, port_file = sys.argv[1:]
handler = functools.partial(Handler, directory=folder)
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
    with open(port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(server.server_port))
    os.rename(port_file + ".new", port_file)
    server.serve_forever()
