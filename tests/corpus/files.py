"""Every kind of file in which a token is planted: a name for the table, and what writes it."""

import bz2
import gzip
import io
import json
import lzma
import os
import py_compile
import shutil
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
import zlib


def line(token):
    return f"password={token}\n".encode()


# Long enough that every compressor compresses, and none stores the token as it stands.
STORY = " ".join(f"the {n}th word of a story that repeats itself," for n in range(200)).encode()


def story(token):
    return STORY + b"\n" + line(token)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def commented(archive):
    comment = b"a comment"
    return archive[:-2] + struct.pack("<H", len(comment)) + comment + b"\n"


def tarred(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zstd(data):
    ran = subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True)
    return ran.stdout


def pdf(token):
    stream = zlib.compress(b"BT /F1 12 Tf (" + token.encode() + b") Tj ET")
    head = b"%PDF-1.4\n1 0 obj\n<< /Length " + str(len(stream)).encode() + b" /Filter /FlateDecode >>\nstream\n"
    return head + stream + b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def png(token):
    def chunk(kind, data):
        sum_ = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(token.encode()))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + text + pixels + chunk(b"IEND", b"")


def compiled(path, token):
    source = path + ".py"
    with open(source, "w") as out:
        out.write(f"TOKEN = '{token}'\n")
    py_compile.compile(source, cfile=path, doraise=True)
    os.remove(source)


def database(path, token):
    with sqlite3.connect(path) as db:
        db.execute("create table settings (name text, value text)")
        db.executemany("insert into settings values (?, ?)", [(f"n{i}", "x" * 50) for i in range(200)])
        db.execute("insert into settings values ('token', ?)", (token,))
    db.close()


def notebook(token):
    cell = {"cell_type": "code", "source": [f'os.environ["T"] = "{token}"\n'], "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5}).encode()


def source_map(token):
    content = f'export const t = "{token}";\n'
    return json.dumps({"version": 3, "sourcesContent": [content], "mappings": "AAAA"}).encode()


def files():
    """Triples of a name, a file name, and a function from a token to bytes."""
    yield "hidden file", ".env", line
    yield "ignored file", "ignored.log", line
    yield "lines end in CRLF", "crlf.txt", lambda t: b"a\r\nb\r\n" + line(t).replace(b"\n", b"\r\n")
    yield "lines end in CR", "cr.txt", lambda t: b"a\rb\r" + t.encode() + b"\rc"
    yield "NUL bytes", "nul.bin", lambda t: b"\0\1\2\0" * 50 + t.encode() + b"\0" * 9
    yield "not UTF-8", "latin1.txt", lambda t: "Schlüssel: ".encode("latin-1") + t.encode()
    yield "one line of 3 MB", "min.js", lambda t: b"var a=1;" * 200_000 + t.encode() + b";b()" * 400_000
    yield "no line end at the end", "end.txt", lambda t: b"x" * 100 + t.encode()
    yield "notebook", "n.ipynb", notebook
    yield "source map", "app.js.map", source_map
    yield "PDF stream", "a.pdf", pdf
    yield "PNG text", "a.png", png
    yield "zip", "a.zip", lambda t: zipped({"dir/x.txt": story(t)})
    yield "zip, stored", "stored.zip", lambda t: zipped({"x.txt": line(t)}, zipfile.ZIP_STORED)
    yield "zip, bzip2", "bzip2.zip", lambda t: zipped({"x.txt": story(t)}, zipfile.ZIP_BZIP2)
    yield "zip, LZMA", "lzma.zip", lambda t: zipped({"x.txt": story(t)}, zipfile.ZIP_LZMA)
    yield "jar", "a.jar", lambda t: zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "A.class": line(t)})
    yield "docx", "a.docx", lambda t: zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<t>" + t.encode() + b"</t>"})
    yield "whl", "a-1-py3-none-any.whl", lambda t: zipped({"a/__init__.py": line(t)})
    yield "zip behind a script, with a comment", "install.sh", lambda t: b"#!/bin/sh\n" * 300 + commented(zipped({"x.txt": story(t)}))
    yield "zip under another name", "photo.jpg", lambda t: zipped({"x.txt": line(t)})
    yield "tar", "a.tar", lambda t: tarred({"deep/x.txt": line(t)})
    yield "tar.gz", "a.tgz", lambda t: gzip.compress(tarred({"x.txt": story(t)}), mtime=0)
    yield "gzip", "a.gz", lambda t: gzip.compress(story(t), mtime=0)
    yield "gzip, two members", "two.gz", lambda t: gzip.compress(b"one\n", mtime=0) + gzip.compress(story(t), mtime=0)
    yield "bzip2", "a.bz2", lambda t: bz2.compress(story(t))
    yield "xz", "a.xz", lambda t: lzma.compress(story(t))
    yield "zstd", "a.zst", lambda t: zstd(story(t))
    yield "tar.zst", "a.tar.zst", lambda t: zstd(tarred({"x.txt": story(t)}))
    yield "zip in tar.gz in zip", "nested.zip", lambda t: zipped({"b.tgz": gzip.compress(tarred({"c.zip": zipped({"x": line(t)})}), mtime=0)})
    yield "base64 in zip", "encoded.zip", lambda t: zipped({"x": __import__("base64").b64encode(line(t))})


def specials(write, root, next_token):
    """Kinds that are more than bytes under a name; each tells what it planted."""
    token = next_token("compiled Python")
    compiled(os.path.join(root, "m.pyc"), token)
    token = next_token("SQLite file")
    database(os.path.join(root, "settings.db"), token)
    token = next_token("file name")
    write(f"backup-{token}.txt", b"nothing\n")
    token = next_token("directory name")
    write(f"dir-{token}/x.txt", b"nothing\n")
    token = next_token("name that is not UTF-8")
    with open(os.path.join(os.fsencode(root), b"caf\xe9.txt"), "wb") as out:
        out.write(line(token))
    token = next_token("symbolic link's text")
    os.symlink(f"/nowhere/{token}", os.path.join(root, "link"))


def needed():
    return [tool for tool in ["zstd", "git"] if not shutil.which(tool)]
