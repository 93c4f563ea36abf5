#!/usr/bin/python3
"""A second opinion on signatures, from the text newsarc-signature.md alone, with reader.py for the
archive.  Numbers in [brackets] are sections of the text.  Nothing but Python is needed for
receipts and statements: Ed25519 is written out below, as RFC 8032 has it.

  check_signature.py state ARCHIVE GENERATION         the statement of an archive, but its time
  check_signature.py archive ARCHIVE STATEMENT KEY    [4], signature in STATEMENT.minisig
  check_signature.py receipt RECEIPT KEY [FILE]       [6]

Exit status: 0 good; 1 not what was signed; 2 usage, or the system refused something; 4 a bad
archive.
"""
import base64, hashlib, os, re, struct, sys
from urllib.parse import unquote_to_bytes

RECEIPT_LIMIT, COMMENT_LIMIT = 64 << 10, 8192
STATEMENT = re.compile(rb"newsarc statement 1\ngeneration ([1-9]\d*)\nrows (0|[1-9]\d*)\n"
                       rb"redacted (0|[1-9]\d*)\nbytes (0|[1-9]\d*)\nroot ([0-9a-f]{64})\n"
                       rb"time (0|-?[1-9]\d*)\n")
RECEIPT = re.compile(rb"newsarc receipt 1\nrow (0|[1-9]\d*)\ngeneration ([1-9]\d*)\n"
                     rb"version ([1-9]\d*)\nreplaces (0|-?[1-9]\d*)\ndate (0|-?[1-9]\d*)\n"
                     rb"zone (0|-?[1-9]\d*)\nclass ([0-7])\nmode ([1-7][0-7]*)\n"
                     rb"mtime (0|-?[1-9]\d*)\nnanoseconds (0|[1-9]\d*)\nsha256 ([0-9a-f]{64})\n"
                     rb"infocode(?: (\S+))?\npath (\S+)\nleaf (0|[1-9]\d*)\n"
                     rb"((?:sibling [0-9a-f]{64}\n)*)\n")
ESCAPED = re.compile(rb"(?:[!-$&-~]|%(?:25|[01][0-9A-F]|20|7F|[89A-F][0-9A-F]))*")

class NotSigned(Exception): """The text is what the user sees."""

def check(condition, message):
    if not condition:
        raise NotSigned(message)

# --- Ed25519 (RFC 8032, section 5.1)
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def add(one, two):                                   # in extended coordinates
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * D, 2 * one[2] * two[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def multiply(scalar, point):
    product = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = add(product, point)
        point, scalar = add(point, point), scalar >> 1
    return product
def is_same(one, two):
    return not (one[0] * two[2] - two[0] * one[2]) % P and not (one[1] * two[2] - two[1] * one[2]) % P
def point_at(y, sign):                               # None: there is none
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (not x and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
def decode_point(data):
    number = int.from_bytes(data, "little")
    return point_at(number & (1 << 255) - 1, number >> 255)
BASE = point_at(4 * pow(5, P - 2, P) % P, 0)

def is_signature(key, message, signature):
    public, nonce = decode_point(key), decode_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if not public or not nonce or scalar >= L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    return is_same(multiply(scalar, BASE), add(nonce, multiply(challenge, public)))

# --- [5] keys and signatures
def lines_of(data, count, what):
    lines = data.split(b"\n")
    check(len(lines) == count + 1 and not lines[-1], f"{what} has other lines than it should")
    return lines[:-1]
def decode_base64(line, size, what):
    check(re.fullmatch(rb"[A-Za-z0-9+/]*=*", line), f"{what} is not base64")
    data = base64.b64decode(line) if len(line) % 4 == 0 else b""
    check(len(data) == size and base64.b64encode(data) == line, f"{what} has another length")
    return data
def behind(prefix, line, what):
    check(line.startswith(prefix), f"{what} does not start with {prefix.decode()}")
    return line[len(prefix):]

def read_public_key(data):                           # -> identifier, key
    comment, line = lines_of(data, 2, "the key")
    behind(b"untrusted comment: ", comment, "the key")
    key = decode_base64(line, 42, "the key")
    check(key[:2] == b"Ed", "the key is of another kind")
    return key[2:10], key[10:]

def check_signature(data, message, key):
    untrusted, first, trusted, second = lines_of(data, 4, "the signature")
    behind(b"untrusted comment: ", untrusted, "the signature")
    comment = behind(b"trusted comment: ", trusted, "its comment")
    check(len(comment) <= COMMENT_LIMIT, "the comment is too long")
    first, second = decode_base64(first, 74, "line 2"), decode_base64(second, 64, "line 4")
    kind, identifier, signature = first[:2], first[2:10], first[10:]
    check(kind in (b"ED", b"Ed"), "the signature is of another kind")
    check(identifier == key[0], "the signature is by another key")
    message = hashlib.blake2b(message).digest() if kind == b"ED" else message
    check(is_signature(key[1], message, signature), "the signature is not of this statement")
    check(is_signature(key[1], signature + comment, second), "the comment was altered")

# --- [2], [3] the tree
def sha256(data): return hashlib.sha256(data).digest()

def leaf_of(number, generation, version, replaces, local, zone, kind, mode, mtime, nsec, digest,
            info_code, path):
    try:
        fixed = struct.pack("<QIIqqhBIqI", number, generation, version, replaces, local, zone, kind,
                            mode, mtime, nsec)
        return (fixed + digest + struct.pack("<H", len(info_code)) + info_code
                + struct.pack("<H", len(path)) + path)
    except struct.error as error:
        raise NotSigned(f"no leaf: {error}") from None

def root_of(hashes):                                 # [3] as it is defined
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"")
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(hashes[:split]) + root_of(hashes[split:]))

def root_by_path(leaf, index, count, siblings):      # [6] by the shape that the tree must have
    if count < 2:
        check(not siblings, "there are more siblings than levels")
        return leaf
    check(siblings, "there are fewer siblings than levels")
    split = 1 << (count - 1).bit_length() - 1
    if index < split:
        return sha256(b"\1" + root_by_path(leaf, index, split, siblings[:-1]) + siblings[-1])
    return sha256(b"\1" + siblings[-1]
                  + root_by_path(leaf, index - split, count - split, siblings[:-1]))

# --- [4] statements
def read_statement(data):
    found = STATEMENT.fullmatch(data)
    check(found, "the statement is not written as it should be")
    generation, rows, redacted, size, root, time = found.groups()
    numbers = int(generation), int(rows), int(redacted), int(size)
    check(numbers[0] < 1 << 32 and numbers[1] <= 1 << 48 and numbers[2] <= numbers[1]
          and numbers[3] < 1 << 64, "a number of the statement is out of range")
    return (*numbers, bytes.fromhex(root.decode()))

def leaf_of_row(archive, block, row, content):
    if row.redacted:
        digest = archive.tombstones[row.number].sha256
    else:
        digest = hashlib.sha256()
        for chunk in content:
            digest.update(chunk)
        digest = digest.digest()
    replaces = 0 if row.replaces is None else row.number - row.replaces
    return leaf_of(row.number, row.generation, row.version, replaces, row.local, row.zone,
                   row.post | row.origin << 1, row.mode, row.mtime, row.nsec, digest,
                   row.info_code, row.path)

def state_of(archive, generation):                   # as read_statement has it
    hashes, redacted, size = [], 0, 0
    for block in archive.walk_blocks():
        stream = archive.open_frame(block)
        for row in block.rows:
            if row.owner is None and not row.redacted:
                content = list(stream.content(row))  # also to come to what is behind it
            elif not row.redacted:
                content = archive.content(*archive.owner(block, row))
            if row.generation <= generation:
                leaf = leaf_of_row(archive, block, row, None if row.redacted else content)
                hashes.append(sha256(b"\0" + leaf))
                redacted, size = redacted + bool(row.redacted), size + row.length
    return generation, len(hashes), redacted, size, root_of(hashes)

# --- command line
def read_file(name):
    with open(name, "rb") as file:
        return file.read()

def open_archive(name):
    sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
    import reader
    global archive_problem
    archive_problem = reader.Problem
    return reader.Archive(name)
archive_problem = ()

def command_state(name, generation):
    generation, rows, redacted, size, root = state_of(open_archive(name), int(generation))
    print(f"newsarc statement 1\ngeneration {generation}\nrows {rows}\nredacted {redacted}\n"
          f"bytes {size}\nroot {root.hex()}")

def command_archive(name, statement_name, key_name):
    data = read_file(statement_name)
    check_signature(read_file(statement_name + ".minisig"), data,
                    read_public_key(read_file(key_name)))
    generation, rows, redacted, size, root = read_statement(data)
    archive = open_archive(name)
    check(generation <= archive.trailer.generation, "the archive has fewer generations")
    state = state_of(archive, generation)
    check((state[1], state[4]) == (rows, root), "the archive is not what was signed")
    check(state[2] > redacted or state[2:4] == (redacted, size), "contents came back")
    print("ok")

def command_receipt(name, key_name, content_name=None):
    data = read_file(name)
    found = RECEIPT.match(data)
    check(found and len(data) <= RECEIPT_LIMIT, "the receipt is not written as it should be")
    *numbers, digest, info_code, path, leaf, siblings = found.groups()
    check(ESCAPED.fullmatch(info_code or b"") and ESCAPED.fullmatch(path), "bad escapes")
    numbers = [int(number, 8 if place == 7 else 10) for place, number in enumerate(numbers)]
    statement, gap, signature = data[found.end():].partition(b"\n\n")
    check(gap, "the receipt is cut")
    statement += b"\n"
    check_signature(signature, statement, read_public_key(read_file(key_name)))
    generation, rows, _, _, root = read_statement(statement)
    digest = bytes.fromhex(digest.decode())
    row = leaf_of(*numbers, digest, unquote_to_bytes(info_code or b""), unquote_to_bytes(path))
    siblings = [bytes.fromhex(line[8:].decode()) for line in siblings.splitlines()]
    check(numbers[1] <= generation and int(leaf) < rows, "the row is not among those signed")
    check(root_by_path(sha256(b"\0" + row), int(leaf), rows, siblings) == root,
          "the row is not what was signed")
    if content_name is not None:
        check(sha256(read_file(content_name)) == digest, "the file is another")
    print("ok")

def main(arguments):
    counts = {"state": (2,), "archive": (3,), "receipt": (2, 3)}
    if not arguments or len(arguments) - 1 not in counts.get(arguments[0], ()):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        globals()["command_" + arguments[0]](*arguments[1:])
        return 0
    except NotSigned as error:
        print(f"not signed: {error}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"check_signature.py: {error}", file=sys.stderr)
        return 2
    except archive_problem as error:
        print(error, file=sys.stderr)
        return 4

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
