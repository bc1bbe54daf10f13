"""Every encoding in which a token is planted: a name for the table, and what makes bytes of it."""

import base64
import binascii
import gzip
import html
import json
import subprocess
import textwrap
import zlib


def b64(data):
    return base64.b64encode(data)


def url64(data):
    return base64.urlsafe_b64encode(data)


def wrapped(data, width, end, indent=b""):
    text = b64(data)
    return end.join(indent + text[at : at + width] for at in range(0, len(text), width))


def quoted_printable(token):
    """All but letters and digits escaped, and a soft line break in the middle of the token."""
    text = "".join(c if c.isalnum() else f"={ord(c):02X}" for c in token)
    return (text[:40] + "=\r\n" + text[40:]).encode()


def dump(data, each, columns=16):
    """Lines as of `xxd`: an offset, groups of `each` bytes, the text."""
    lines = []
    for at in range(0, len(data), columns):
        row = data[at : at + columns]
        groups = " ".join(row[i : i + each].hex() for i in range(0, len(row), each))
        shown = "".join(chr(c) if 32 <= c < 127 else "." for c in row)
        lines.append(f"{at:08x}: {groups:<{columns * 5 // 2}}  {shown}")
    return "\n".join(lines).encode()


def canonical(data):
    """Lines as of `hexdump -C`."""
    lines = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        left, right = row[:8].hex(" "), row[8:].hex(" ")
        shown = "".join(chr(c) if 32 <= c < 127 else "." for c in row)
        lines.append(f"{at:08x}  {left:<23}  {right:<23}  |{shown}|")
    return "\n".join(lines).encode()


def characters(data):
    """What `od -c` itself prints."""
    return subprocess.run(["od", "-c"], input=data, capture_output=True, check=True).stdout


def array(token, show, joint=", ", width=12):
    items = [show(c) for c in token]
    rows = [joint.join(items[at : at + width]) for at in range(0, len(items), width)]
    return (joint.rstrip() + "\n    ").join(rows)


def split(token, at, joint, quote='"'):
    return f"{quote}{token[:at]}{quote}{joint}{quote}{token[at:]}{quote}"


def each(token, form):
    return "".join(form.format(ord(c)) for c in token).encode()


def underscores(token, escape):
    return token.replace("_", escape).encode()


def disguises():
    """Pairs of a name and a function from a token to the bytes that hold it."""
    yield "plain", lambda t: f"token = {t}\n".encode()
    yield "plain, glued to letters", lambda t: f"xx{t}yy\n".encode()
    for k in range(3):
        yield f"base64, alignment {k}", lambda t, k=k: b"auth: " + b64(b"user:"[:k] + t.encode() + b"\n")
    for k in range(3):
        around = bytes([0xFB, 0xFF, 0xFE])
        yield (
            f"base64url, alignment {k}",
            lambda t, k=k, around=around: b"k=" + url64(around * 3 + b"ab"[:k] + t.encode() + around),
        )
    text = "Some words of a mail that stand before. "
    for width, end, name in [(76, b"\r\n", "76 columns, CRLF"), (64, b"\n", "64 columns"), (20, b"\n", "20 columns")]:
        yield f"base64, wrapped at {name}", lambda t, w=width, e=end: wrapped((text + t + text).encode(), w, e) + b"\n"
    yield "base64, wrapped and indented", lambda t: b"data: |\n" + wrapped((text + t).encode(), 60, b"\n", b"    ")
    for k in range(3):
        yield f"base64 of base64, alignment {k}", lambda t, k=k: b64(b"  "[:k] + b64(b"x" * k + t.encode()))
    yield "base64 of UTF-16LE", lambda t: b64(("ab " + t).encode("utf-16-le"))
    yield "base64 of UTF-16BE", lambda t: b64(("abc " + t).encode("utf-16-be"))
    yield "base64 of gzip", lambda t: b"blob: " + b64(gzip.compress((text + t + "\n").encode(), mtime=0))
    for level in (1, 6, 9):
        yield f"base64 of zlib, level {level}", lambda t, n=level: b64(zlib.compress((text + t).encode(), n))
    yield "base64 of hex, upper case", lambda t: b64(t.encode().hex().upper().encode())
    for mark in ("# ", "// ", " * ", "> ", "-- "):
        yield (
            f"base64, lines behind '{mark.strip()}'",
            lambda t, m=mark.encode(): b"code()\n" + wrapped((text + t).encode(), 64, b"\n", m) + b"\n",
        )
    yield "base64, lines of four", lambda t: wrapped(t.encode(), 4, b"\n") + b"\n"
    yield "base32", lambda t: b"secret " + base64.b32encode(t.encode())
    yield "base32, lower case, alignment 3", lambda t: base64.b32encode(b"abc" + t.encode()).lower()
    yield "hex", lambda t: binascii.hexlify(t.encode())
    yield "hex, upper case", lambda t: binascii.hexlify(t.encode()).upper()
    for digits in (2, 4, 10):
        yield f"hex, lines of {digits} digits", lambda t, n=digits: "\n".join(textwrap.wrap(t.encode().hex(), n)).encode()
    yield "hex dump, spaced", lambda t: t.encode().hex(" ").encode()
    yield "hex dump, colons", lambda t: t.encode().hex(":").upper().encode()
    yield "hex dump of xxd", lambda t: dump(b"key=" + t.encode(), 2)
    yield "hex dump of hexdump -C", lambda t: canonical(b"key=" + t.encode())
    for columns in (7, 20, 40):
        yield f"hex dump of xxd -c {columns}", lambda t, n=columns: dump(b"key=" + t.encode() + b"\n", 1, n)
    yield "dump of od -c", lambda t: characters(b"key=" + t.encode() + b"\n")
    yield "percent, every byte", lambda t: b"?t=" + each(t, "%{:02x}")
    yield "percent, underscores", lambda t: b"?t=" + underscores(t, "%5F")
    yield "%u escapes, every byte", lambda t: b'unescape("' + each(t, "%u{:04x}") + b'")'
    yield "%u escapes, underscores", lambda t: b'unescape("' + underscores(t, "%u005F") + b'")'
    yield "\\u escapes, every byte", lambda t: b'{"t":"' + each(t, "\\u{:04x}") + b'"}'
    yield "\\u escapes, underscores", lambda t: b'{"t":"' + underscores(t, "\\u005F") + b'"}'
    yield "JSON in JSON", lambda t: json.dumps(json.dumps({"token": t, "text": "a\nb"})).encode()
    yield "\\x escapes", lambda t: b'"' + each(t, "\\x{:02x}") + b'"'
    yield "\\x escapes, underscores", lambda t: b'"' + underscores(t, "\\x5f") + b'"'
    yield "\\x{} escapes", lambda t: b'"' + each(t, "\\x{{{:x}}}") + b'"'
    yield "\\x{} escapes, underscores", lambda t: b'"' + underscores(t, "\\x{5f}") + b'"'
    yield "\\U escapes, underscores", lambda t: b'"' + underscores(t, "\\U0000005f") + b'"'
    yield "octal escapes", lambda t: b"printf '" + each(t, "\\{:03o}") + b"'"
    yield "HTML entities, decimal", lambda t: b"<b>" + each(t, "&#{};") + b"</b>"
    yield "HTML entities, underscores", lambda t: html.escape(t).replace("_", "&lowbar;").encode()
    yield "XML entities, hexadecimal", lambda t: b"<t>" + each(t, "&#x{:X};") + b"</t>"
    yield "quoted-printable", quoted_printable
    yield "quoted-printable, every byte", lambda t: each(t, "={:02X}")
    yield "UTF-16LE with BOM", lambda t: b"\xff\xfe" + f"t={t}\r\n".encode("utf-16-le")
    yield "UTF-16BE with BOM", lambda t: b"\xfe\xff" + f"t={t}\r\n".encode("utf-16-be")
    yield "UTF-16LE without BOM", lambda t: f"t={t}\r\n".encode("utf-16-le")
    yield "UTF-16BE without BOM", lambda t: f"t={t}\r\n".encode("utf-16-be")
    yield "byte array, hexadecimal", lambda t: ("char k[] = {\n    " + array(t, lambda c: f"0x{ord(c):02x}") + "};").encode()
    yield "byte array, decimal", lambda t: ("let k = [" + array(t, lambda c: str(ord(c)), width=200) + "];").encode()
    yield "byte array, no spaces", lambda t: ("[" + ",".join(str(ord(c)) for c in t) + "]").encode()
    yield "byte array, u8, hexadecimal", lambda t: ("[" + array(t, lambda c: f"0x{ord(c):02x}u8") + "]").encode()
    yield "byte array, u8, decimal", lambda t: ("[" + array(t, lambda c: f"{ord(c)}u8") + "]").encode()
    yield "byte array, casts", lambda t: ("new byte[] {" + array(t, lambda c: f"(byte) 0x{ord(c):02X}") + "};").encode()
    yield "byte array, casts, decimal", lambda t: ("{" + array(t, lambda c: f"(byte){ord(c)}") + "};").encode()
    yield "byte array, &H", lambda t: ("Array(" + array(t, lambda c: f"&H{ord(c):02X}") + ")").encode()
    yield "byte array, characters", lambda t: ("{" + array(t, lambda c: f"'{c}'") + "}").encode()
    yield "split, plus", lambda t: split(t, 30, " + ").encode()
    yield "split, plus on two lines", lambda t: split(t, 14, " +\n        ").encode()
    yield "split, dot", lambda t: split(t, 50, " . ", "'").encode()
    yield "split, implicit", lambda t: split(t, 33, " ").encode()
    yield "split, implicit on two lines", lambda t: split(t, 45, "\n    ").encode()
    yield "split, inside the prefix", lambda t: split(t, 5, " + ").encode()
    yield "split, after the prefix", lambda t: split(t, 9, " + ").encode()
    yield "split, three pieces", lambda t: f'"{t[:20]}" + "{t[20:50]}" + "{t[50:]}"'.encode()
    yield "line continuation", lambda t: f"T={t[:40]}\\\n{t[40:]}\n".encode()
    constant = 'PREFIX = "acme_pat_"\n\ndef f():\n    return PREFIX + "{}"\n'
    yield "prefix in a constant", lambda t: constant.format(t[len("acme_pat_") :]).encode()
    bare = textwrap.dedent("""
        const P = 'acme_pat';
        const t = `${P}_{}`;
    """)
    yield "prefix in a template", lambda t: bare.replace("{}", t[len("acme_pat_") :]).encode()
    yaml = "prefix: acme_pat\ntoken: '${prefix}_{}'\n"
    yield "prefix without quotes", lambda t: yaml.replace("{}", t[len("acme_pat_") :]).encode()
