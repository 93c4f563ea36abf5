#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""serve_clients.py URL CHECK [ARGUMENT...]: clients of narc serve that curl is not; exits with 0 if
what CHECK is named after holds."""
import gzip
import html
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

url, check, *arguments = sys.argv[1:]
server = urllib.parse.urlsplit(url)
HEAD = f"Host: {server.netloc}\r\n".encode()


def connect(timeout=30):
    return socket.create_connection((server.hostname, server.port), timeout)


def read_all(connection):
    answer = b""
    try:
        while piece := connection.recv(65536):
            answer += piece
    except ConnectionResetError:
        pass
    return answer


def exchange(request, timeout=30):
    """What comes back for these bytes, until the server ends the connection."""
    with connect(timeout) as connection:
        try:
            connection.sendall(request)
        except (ConnectionResetError, BrokenPipeError):
            pass
        return read_all(connection)


def fetch(path, method="GET", **headers):
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
    connection.request(method, path, headers={name.replace("_", "-"): value
                                              for name, value in headers.items()})
    answer = connection.getresponse()
    return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read()


def require(holds, text):
    if not holds:
        sys.exit(f"it does not hold: {text}")


def quote(key):
    return urllib.parse.quote(key, safe="")


# ---- all entries -------------------------------------------------------------------------------

def entries(narc, *archives):
    for archive in archives:
        for line in subprocess.run([narc, "list", "--json", archive], check=True,
                                   stdout=subprocess.PIPE).stdout.splitlines():
            yield archive, json.loads(line)


def is_addressable(path):
    return all(ord(c) >= 0x20 and c != "\x7f" for c in path)


def raw_bytes_are_those_that_were_packed(narc, archive):
    count = 0
    for _, entry in entries(narc, archive):
        path = entry["path"]
        if entry["type"] != "regular" or not is_addressable(path):
            continue
        arguments = [narc, "extract", "-p", archive, "--", os.fsencode(path)]
        wanted = subprocess.run(arguments, check=True, stdout=subprocess.PIPE).stdout
        key = urllib.parse.quote(os.fsencode(path), safe="")
        status, headers, body = fetch(f"/post/{key}/raw")
        require(status == 200 and body == wanted, f"{path!r}: {status}, {len(body)} bytes")
        if len(wanted) <= 1 << 20:
            require(headers["etag"] == f'"{entry["hash"]}"', f"{path!r}: {headers}")
            status, headers, body = fetch(f"/post/{key}/raw", Accept_Encoding="gzip")
            if len(wanted) >= 256:
                require(headers["content-encoding"] == "gzip", f"{path!r}: {headers}")
                body = gzip.decompress(body)
            require(body == wanted, f"{path!r}: gzip")
        count += 1
    print(count, "entries")
    require(count > 50, "there are entries")


def all_pages_are_answered(narc, archive):
    """Whatever posts are like, each has all its pages, and no page is torn."""
    for _, entry in entries(narc, archive):
        key = entry["info_code"] or entry["path"]
        if not is_addressable(key) or entry["type"] != "regular":
            continue
        key = urllib.parse.quote(os.fsencode(key), safe="")
        for view in ("", "/source", "/frame", "/versions", "/diff"):
            status, headers, body = fetch(f"/post/{key}{view}")
            require(status in (200, 413, 415), f"{key}{view}: {status}")
            if view != "/frame" or status != 200:
                body.decode()
                require(body.endswith(b"</html>\n"), f"{key}{view} is whole")


# ---- hostile clients ---------------------------------------------------------------------------

def slow_clients_are_ended():
    """Who sends a byte now and then is not waited for without end, and others are answered."""
    with connect(60) as connection:
        connection.sendall(b"GET /api HTTP/1.1\r\nX: ")
        start = time.monotonic()
        ended = None
        connection.settimeout(0.5)
        while time.monotonic() - start < 40:
            try:
                connection.sendall(b"x")
                if connection.recv(4096) == b"":
                    ended = time.monotonic() - start
                    break
            except TimeoutError:
                require(fetch("/api")[0] == 200, "others are answered")
            except OSError:
                ended = time.monotonic() - start
                break
        print("ended after", ended)
        require(ended, "it is ended")


def many_connections_are_refused_but_do_no_harm(most):
    connections = []
    try:
        for _ in range(int(most) + 50):
            try:
                connections.append(connect(2))
            except OSError:
                break
        for connection in connections[-50:]:
            connection.close()
        print(len(connections), "connections")
    finally:
        for connection in connections:
            connection.close()
    time.sleep(1.5)
    require(fetch("/api")[0] == 200, "there is an answer when they are gone")


def odd_requests_are_refused():
    long_target = b"/" + b"a" * 9000
    requests = {
        b"GET / HTTP/1.1\r\n\r\n": (400,),
        b"GET /%00 HTTP/1.1\r\n" + HEAD + b"\r\n": (400,),
        b"GET /%0d%0aX:y HTTP/1.1\r\n" + HEAD + b"\r\n": (400,),
        b"GET /a%zz HTTP/1.1\r\n" + HEAD + b"\r\n": (400,),
        b"GET http://evil.example/ HTTP/1.1\r\n" + HEAD + b"\r\n": (400,),
        b"GET " + long_target + b" HTTP/1.1\r\n" + HEAD + b"\r\n": (414,),
        b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n": (414, 431),
        b"GET / HTTP/1.1\r\n" + HEAD + b"X: y\r\n" * 20000 + b"\r\n": (431, 413),
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n": (421,),
        b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 99999999999\r\n\r\n": (405,),
        b"PUT /api HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n": (405,),
        b"DELETE /post/x HTTP/1.1\r\n" + HEAD + b"\r\n": (405,),
    }
    for request, wanted in requests.items():
        answer = exchange(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None
        print(request[:60], status)
        require(status in wanted, f"{request[:60]}: {answer[:200]}")
        require(b"\r\nX:y" not in answer, "no header is injected")
    for request in (b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 1000, b"GET\r\n\r\n", b"\r\n" * 50000):
        with connect(5) as connection:
            connection.sendall(request)
    require(fetch("/api")[0] == 200, "there is an answer after all of it")


def a_body_of_a_get_is_not_taken_for_a_request():
    smuggled = b"GET /api/tags HTTP/1.1\r\n" + HEAD + b"\r\n"
    answer = exchange(b"GET /api HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(smuggled)
                      + smuggled)
    require(answer.count(b"HTTP/1.1 200") == 1, answer[:400])


def a_connection_is_used_again():
    with connect() as connection:
        for _ in range(20):
            connection.sendall(b"GET /api HTTP/1.1\r\n" + HEAD + b"\r\n")
            answer = connection.recv(65536)
            require(answer.startswith(b"HTTP/1.1 200"), answer[:100])


def a_search_whose_client_left_ends(pid):
    """Its thread is gone soon after."""
    def threads():
        return len(os.listdir(f"/proc/{pid}/task"))
    before = threads()
    for _ in range(3):
        with connect() as connection:
            connection.sendall(b"GET /api/search?q=%28a%7Cb%29%2Bnothing&regex=1&in=text HTTP/1.1\r\n"
                               + HEAD + b"\r\n")
            connection.recv(10)
    for _ in range(50):
        if threads() <= before:
            return
        time.sleep(0.1)
    require(False, f"{threads()} threads, {before} before")


def a_server_ends_though_a_client_reads_slowly(pid):
    """Neither one that takes its time over a large content, nor one in the middle of a request."""
    with connect() as reading, connect() as writing:
        reading.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reading.sendall(b"GET /post/huge/raw HTTP/1.1\r\n" + HEAD + b"\r\n")
        require(reading.recv(12) == b"HTTP/1.1 200", "it is sent")
        writing.sendall(b"GET /api HTTP/1.1\r\n")
        os.kill(int(pid), 15)
        start = time.monotonic()
        while os.path.exists(f"/proc/{pid}/task/{pid}/fd/0") and time.monotonic() - start < 40:
            reading.recv(1)
            time.sleep(0.1)
        print("ended after", time.monotonic() - start)
        require(time.monotonic() - start < 30, "it ends")


def results_come_as_they_are_found():
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
    connection.request("GET", "/search?q=e&limit=200")
    answer = connection.getresponse()
    require(answer.getheader("transfer-encoding") == "chunked", "it is sent in pieces")
    body = answer.read()
    require(body.count(b"<mark>") >= 200 and body.endswith(b"</html>\n"), "it is whole")


def requests_at_once_are_all_right(narc, archive):
    """Threads that ask for all kinds of pages while the archive grows see no torn page."""
    codes = [entry["info_code"] for _, entry in entries(narc, archive) if entry["info_code"]]
    wrong = []

    def ask(number):
        connection = http.client.HTTPConnection(server.hostname, server.port, timeout=60)
        for i in range(60):
            code = codes[(number * 61 + i) % len(codes)]
            path = (f"/post/{code}", f"/post/{code}/raw", "/2022", f"/api/post/{code}", "/",
                    "/api/posts?limit=5", f"/search?q={code}&in=title")[i % 7]
            connection.request("GET", path, headers={"Accept-Encoding": "gzip, zstd"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                wrong.append((path, answer.status))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    require(not wrong, wrong[:5])


# ---- the description ---------------------------------------------------------------------------

def the_api_is_what_its_description_says(code, *searches):
    """Calls every path of it, and checks the answers against the schemas."""
    import jsonschema
    import yaml
    description = yaml.safe_load(fetch("/api/openapi.yaml")[2])
    calls = {
        "/api": [""],
        "/api/days": ["?period=2022", "?period=2022-01", "?period=1999"],
        "/api/categories": [""],
        "/api/tags": [""],
        "/api/posts": ["", "?limit=3", "?date=2022-01", "?category=copy", "?tag=x", "?category=none"],
        "/api/search": ["?q=" + quote(search) for search in searches] +
                       ["?q=text&in=title", "?q=t.xt&regex=1&limit=2", "?q=text&dates=2022-01"],
        "/api/post/{key}": [""],
        "/api/post/{key}/versions": [""],
        "/api/post/{key}/diff": ["", "?from=1&to=1"],
        "/post/{key}/raw": ["", "?download"],
        "/api/openapi.yaml": [""],
    }
    failing = {
        "/api/days": ["?period=x", ""],  # from the year 1 to 9999
        "/api/posts": ["?limit=0", "?limit=x", "?date=x", "?after=x"],
        "/api/search": ["?q=a&after=x", "", "?q=(&regex=1", "?q=a&dates=x", "?q=a&in=x", "?q=a&limit=0"],
        "/api/post/{key}": ["?version=0", "?version=99"],
        "/api/post/{key}/diff": ["?from=99", "?to=x"],
    }
    require(calls.keys() == description["paths"].keys(), "every path is called")

    def validate(schema, value):
        jsonschema.Draft202012Validator(
            {**schema, "components": description["components"]}).validate(value)

    def resolve(answer):
        while "$ref" in answer:
            place = description
            for name in answer["$ref"].split("/")[1:]:
                place = place[name]
            answer = place
        return answer

    for path, queries in calls.items():
        answers = description["paths"][path]["get"]["responses"]
        for query in queries:
            status, headers, body = fetch(path.replace("{key}", code) + query)
            require(status == 200, f"{path}{query}: {status}")
            kind = headers["content-type"].split(";")[0]
            content = resolve(answers["200"])["content"]
            schema = content.get(kind, content.get("*/*"))["schema"]
            if kind == "application/json":
                validate(schema, json.loads(body))
            elif kind == "application/x-ndjson":
                lines = [json.loads(line) for line in body.splitlines() if line]
                require("end" in lines[-1], f"{query} has an end")
                require(len(lines) - 1 == lines[-1]["posts"], f"{query}: posts are counted")
                for line in lines:
                    validate(schema, line)
                    for found in line.get("lines", ()):
                        for start, end in found["matches"]:
                            text = found["text"].encode(errors="surrogatepass")[start:end]
                            require(text, f"{query}: a match is text")
        for query in failing.get(path, ()):
            status, _, body = fetch(path.replace("{key}", code) + query)
            require(400 <= status < 500, f"{path}{query}: {status}")
            validate(resolve(answers["default"])["content"]["application/json"]["schema"],
                     json.loads(body))
    print(sum(map(len, calls.values())) + sum(map(len, failing.values())), "calls")


def pages_of_posts_are_all_posts_once(narc, *archives):
    wanted = sorted((entry["path"], entry["hash"]) for _, entry in entries(narc, *archives)
                    if entry["kind"] == "post")
    for limit in (7, 1000):
        found, after = [], ""
        while after is not None:
            page = json.loads(fetch(f"/api/posts?limit={limit}" + (after and f"&after={after}"))[2])
            found += [(post["path"], post["hash"]) for post in page["posts"]]
            require(len(page["posts"]) <= limit, "a page is no longer than was asked for")
            after = page["next"]
        require(sorted(found) == wanted, f"{len(found)} posts, not {len(wanted)}")
    require(json.loads(fetch("/api")[2])["posts"] == len(wanted), "all of them are counted")


def pages_of_a_search_are_all_results_once(limit, *parameters):
    """Page after page, as JSON and by the links of the pages."""
    query = "&".join(parameters)
    lines = fetch(f"/api/search?{query}&limit=10000")[2].splitlines()
    wanted = [(line["archive"], line["path"]) for line in map(json.loads, filter(None, lines[:-1]))]
    found, after = [], ""
    while after is not None:
        lines = [json.loads(line) for line in
                 fetch(f"/api/search?{query}&limit={limit}" + (after and f"&after={after}"))[2].splitlines()
                 if line]
        found += [(line["archive"], line["path"]) for line in lines[:-1]]
        require(len(lines) - 1 <= int(limit), "a page is no longer than was asked for")
        require(lines[-1]["next"] != after, "it gets on")
        after = lines[-1]["next"]
        require((after is None) == (lines[-1]["end"] == "complete"), lines[-1])
    print(len(wanted), "posts")
    require(len(wanted) > 2 * int(limit), "there are several pages")
    require(found == wanted, f"{len(found)} posts, not {len(wanted)}")
    count, address = 0, f"/search?{query}&limit={limit}"
    while address:
        body = fetch(address)[2].decode()
        count += body.count('<a class="title"')
        link = re.search(r'href="(/search\?[^"]*after=[^"]*)"', body.partition("</ol>")[2])
        address = link and html.unescape(link[1])
    require(count == len(wanted), f"{count} posts on pages, not {len(wanted)}")


globals()[check](*arguments)
