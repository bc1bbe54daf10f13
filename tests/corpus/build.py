#!/usr/bin/env python3
"""Builds the corpus: a token in every place and every disguise, and what is true of it.

    tests/corpus/build.py DIR

makes DIR/tree (files), DIR/repo (a git repository with the places of git, and DIR/tree committed)
and DIR/truth.json: a list of {"group", "row", "id", "miss"}. A miss differs from a token in one
letter: whoever reports it cries wolf.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True

import disguises
import files
import repository
from token_v1 import Mint, id_of


def main():
    root = sys.argv[1]
    absent = files.needed()
    if absent:
        raise SystemExit(f"not installed: {', '.join(absent)}")
    mint, truth = Mint(), []

    def note(group, row, token, miss=False):
        truth.append({"group": group, "row": row, "id": id_of(token), "miss": miss})
        return token

    tree = os.path.join(root, "tree")
    os.makedirs(tree)

    def write(name, data):
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)

    for number, (row, encode) in enumerate(disguises.disguises()):
        write(f"disguise/{number:02}.txt", encode(note("disguise", row, mint.token())))
        write(f"disguise/{number:02}-miss.txt", encode(note("disguise", row, mint.miss(), True)))
    for row, name, encode in files.files():
        write(f"file/{name}", encode(note("file", row, mint.token())))
        write(f"file/miss/{name}", encode(note("file", row, mint.miss(), True)))
    write(".gitignore", b"*.log\n")
    files.specials(write, tree, lambda row: note("file", row, mint.token()))

    repo = repository.plant(
        os.path.join(root, "repo"), lambda row: note("git", row, mint.token())
    )
    subprocess.run(["cp", "-a", f"{tree}/.", f"{repo.path}/tree"], check=True)
    repo.commit("Add the tree", "tree")
    with open(os.path.join(root, "truth.json"), "w") as out:
        json.dump(truth, out, indent=1)


main()
