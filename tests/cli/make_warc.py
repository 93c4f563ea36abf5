#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make_warc.py FOLDER

Writes WARC files with records of all kinds, and what is to come of some.
"""
import gzip
import os
import random
import sys
import zlib

FIRST, SECOND, THIRD = ("2022-01-05T03:04:05.25Z", "2022-02-05T03:04:05Z", "2022-03-05T03:04:05Z")


def record(kind, target, block, date=FIRST, media="application/http; msgtype=response", **more):
    head = {"WARC-Type": kind, "WARC-Target-URI": target, "WARC-Date": date,
            "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
            "Content-Type": media, "Content-Length": str(len(block))}
    head |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
    return b"WARC/1.1\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"


def url(name):
    return "https://news.example/" + name


def answer(name, body, *fields, status="200 OK", end="\r\n", **more):
    head = end.join([f"HTTP/1.1 {status}", "Server: test", *fields]) + end + end
    return record("response", url(name), head.encode() + body, **more)


def chunked(body, extension=b""):
    parts = [body[i:i + 5] for i in range(0, len(body), 5)]
    return b"".join(b"%X%s\r\n%s\r\n" % (len(part), extension, part) for part in parts) + b"0\r\n\r\n"


def bare_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def body_of(name):
    return f"body of {name}\n".encode()


def revisit(name, first=None, date=SECOND, first_date=FIRST):
    return record("revisit", url(name), b"HTTP/1.1 200 OK\r\n\r\n", date=date,
                  WARC_Refers_To_Target_URI=url(first) if first else None,
                  WARC_Refers_To_Date=first_date,
                  WARC_Profile="http://netpreserve.org/warc/1.1/revisit/identical-payload-digest")


CHUNKED, GZIP, DEFLATE = "Transfer-Encoding: chunked", "Content-Encoding: gzip", "content-encoding:DEFLATE"

CODED = [
    record("warcinfo", None, b"software: test\r\n", media="application/warc-fields"),
    record("request", url("plain"), b"GET /plain HTTP/1.1\r\n\r\n"),
    record("response", "dns:news.example", b"news.example. 60 IN A 192.0.2.1\n", media="text/dns"),
    record("metadata", url("plain"), b"fetchTimeMs: 1\n", media="application/warc-fields"),
    record("resource", "urn:pageinfo:" + url("plain"), b"{}", media="application/json"),
    answer("plain", body_of("plain"), "Content-Length: 14"),
    answer("chunked", chunked(body_of("chunked")), CHUNKED),
    answer("extended", chunked(body_of("extended"), b" ;name=value"), CHUNKED),
    answer("gzip", gzip.compress(body_of("gzip")), GZIP),
    answer("chunked-gzip", chunked(gzip.compress(body_of("chunked-gzip"))), CHUNKED, GZIP),
    answer("deflate", zlib.compress(body_of("deflate")), DEFLATE),
    answer("bare-deflate", bare_deflate(body_of("bare-deflate")), DEFLATE),
    answer("identity", body_of("identity"), "Content-Encoding: identity"),
    answer("unpacked", body_of("unpacked"), GZIP),
    answer("unchunked-really", body_of("unchunked-really"), CHUNKED),
    answer("lf-only", body_of("lf-only"), end="\n"),
    answer("no-length", body_of("no-length"), status="203 Non-Authoritative Information"),
    record("resource", url("resource"), body_of("resource"), media="text/plain"),
    answer("empty", b"", "Content-Length: 0"),
    answer("parts", gzip.compress(b"body ") + gzip.compress(b"of parts\n"), GZIP),
    answer("trailing", gzip.compress(body_of("trailing")) + b"\n\n", GZIP),
    answer("twice-said", gzip.compress(body_of("twice-said")), "Content-Encoding: identity, gzip"),
    answer("nonsense", body_of("nonsense"), "Content-Encoding: utf-8"),
    record("response", url("interim"), b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
           + body_of("interim")),
    record("response", url("no-media"), b"HTTP/1.1 200 OK\r\n\r\n" + body_of("no-media"),
           media=None),
    answer("style", b"a { b: c }\nbody of style\n", CHUNKED),
    answer("script", b"(r=>{})()\n", GZIP),
    answer("longer", body_of("longer"), GZIP, "Content-Length: 20"),
    # What is said of an address without a content is not said of the page there.
    answer("plain", b"", status="204 No Content", date=SECOND),
    answer("plain", b"", "Content-Length: 14", date=SECOND),
    answer("plain", b"", status="205 Reset Content", date=SECOND),
    answer("archive.gz", gzip.compress(gzip.compress(b"packed by its author\n")), GZIP),
    answer("moved", b"", "Location: /plain", status="301 Moved Permanently"),
    answer("gone", b"not here\n", status="404 Not Found"),
    answer("broken", b"oh\n", status="500 Internal Server Error"),
]

NAMES = {
    "http://News.Example": "news.example/index.html",
    "http://news.example/a/": "news.example/a/index.html",
    "https://news.example:8080/a#b": "news.example:8080/a",
    "http://user:wo@rd@news.example/b": "news.example/b",
    "http://news.example/d?q=a%26b=c%2B%3D%23": "news.example/d?q=a%26b=c%2B%3D%23",
    "http://news.example/d?q=a&b=c+=": "news.example/d?q=a&b=c+=",
    "<http://news.example/brackets>": "news.example/brackets",
    "http://news.example/c?page=2&x=/y/": "news.example/c?page=2&x=/y",
    "http://news.example?page=3": "news.example/index.html?page=3",
    "http://news.example/%E6%96%B0%E8%81%9E/%C3%A9": "news.example/\u65b0\u805e/\u00e9",
    "http://news.example/100%25%2Fx%3Fy%00%0a": "news.example/100%25%2Fx%3Fy%00%0a",
    "http://news.example/%E6%96/%ED%A0%80/%C0%AF/%F5%80%80%80": "news.example/%E6%96/%ED%A0%80/%C0%AF/%F5%80%80%80",
    "http://news.example/%C2%85": "news.example/%C2%85",
    "http://news.example/%f0%9f%97%9e": "news.example/\U0001f5de",
    "http://news.example/%zz%4": "news.example/%zz%4",
    "file:///srv/site/page": "srv/site/page",
    "FTP://ftp.example/list": "ftp.example/list",
}

ODD = [
    answer("br", b"\x0b\x02\x80", "Content-Encoding: br"),
    answer("part", b"part", status="206 Partial Content"),
    answer("segment", b"begin", WARC_Segment_Number="1"),
    answer("cut-chunks", chunked(body_of("cut-chunks"))[:-9], CHUNKED),
    answer("cut-gzip", gzip.compress(random.Random(1).randbytes(3000))[:-50], GZIP),
    answer("../../up", body_of("up")),
    revisit("elsewhere"),
    answer("short", b"ha", "Content-Length: 4"),
    answer("given-up", b"half", WARC_Truncated="length"),
    answer("sent-packed", gzip.compress(b"body"), "Transfer-Encoding: gzip, chunked"),
    record("response", url("radio"), b"ICY 200 OK\r\n\r\nmusic"),
    answer("long-head", b"body", "X: " + 70000 * "x"),
    record("response", url("headless"), b"HTTP/1.1 200 OK\r\nX: y\r\n"),
    answer("last", body_of("last")),
]

SAME = [
    answer("first", body_of("first")),
    revisit("copy", "first"),
    revisit("first"),
    answer("twice", b"first body\n"),
    answer("twice", b"second body\n", date=SECOND),
    answer("revisited", body_of("revisited")),
    revisit("revisited", "first"),
    answer("revisited", b"body that came later\n", date=THIRD),
]

# Each of these is about a content that is not what is stored, and none of them hurts what is.
AGAIN = [
    answer("page", body_of("page")),
    revisit("page"),
    record("revisit", url("page"), b"HTTP/1.1 404 Not Found\r\n\r\n", date=SECOND,
           WARC_Refers_To_Target_URI=url("gone"), WARC_Refers_To_Date=FIRST),
    record("revisit", url("page"), b"HTTP/1.1 304 Not Modified\r\n\r\n", date=SECOND),
    revisit("seconds", "page", first_date=FIRST.replace(".25", "")),
]
BACK = [
    answer("page", b"first body\n"),
    answer("page", b"second body\n", date=SECOND),
    revisit("page", date=THIRD),
    revisit("copy", "page", date=THIRD, first_date=None),
]

STALE = [
    answer("first", body_of("first")),
    revisit("copy", "first"),
    answer("first", b"another body\n", date=THIRD),
]

KNOWN = [revisit("first"), revisit("copy", "first"), revisit("revisited", "twice")]


def bomb():
    """A body of more than a gigabyte, in a few kilobytes."""
    packer = zlib.compressobj(1, wbits=31)
    nothing = bytes(1 << 20)
    body = b"".join(packer.compress(nothing) for _ in range(1100)) + packer.flush()
    return gzip.compress(answer("bomb", body, GZIP))


def main():
    os.chdir(sys.argv[1])
    named = [record("resource", name, b"x", media="text/plain") for name in NAMES]
    for name, records in (("coded", CODED), ("names", named), ("odd", ODD), ("same", SAME),
                          ("again", AGAIN), ("back", BACK), ("stale", STALE), ("known", KNOWN)):
        with open(name + ".warc", "wb") as file:
            file.write(b"".join(records))
    with open("bomb.warc.gz", "wb") as file:
        file.write(bomb())
    with open("names.expected", "w", encoding="utf-8") as file:
        file.writelines(sorted(path + "\n" for path in NAMES.values()))


main()
