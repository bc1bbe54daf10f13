"""A judge that does not trust patrol: tlog-scales, from PyPI, over what patrol published or proved.

Exit code 0: all holds; 1: it does not; 2: not a fair question.

    judge.py log DIR VKEY
    judge.py proof FILE VKEY
    judge.py consistency FILE VKEY OLD
"""

import base64
import pathlib
import sys

from tlog_scales import backend, signing, tiles
from tlog_scales.reader import TilesReader
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof


def opened(text, vkey):
    checkpoint = Checkpoint.from_text(text)
    if checkpoint.serialize() != text:
        raise ValueError("the checkpoint reads back otherwise")
    key = signing.Vkey.from_string(vkey)
    checkpoint.verify(key)
    if checkpoint.origin != key.name:
        raise ValueError("a checkpoint of another log")
    return checkpoint


def hashes(lines):
    return [base64.b64decode(line, validate=True) for line in lines]


def log(folder, vkey):
    checkpoint = opened((pathlib.Path(folder) / "checkpoint").read_text(), vkey)
    reader = TilesReader(backend.LocalBackend(pathlib.Path(folder)))
    reader.set_size(checkpoint.size)
    if reader.calculate_root_hash() != checkpoint.root_hash:
        raise ValueError("the tiles have another root")
    for index in range(checkpoint.size):
        proof = reader.get_inclusion_proof(index, checkpoint.size)
        proof.check(tiles.leaf_hash(reader.get_entry(index)), checkpoint.root_hash)


def proof(file, vkey):
    head, text = pathlib.Path(file).read_text().split("\n\n", 1)
    lines = head.split("\n")
    checkpoint = opened(text, vkey)
    entry = base64.b64decode(lines[1].removeprefix("extra "), validate=True)
    index = int(lines[2].removeprefix("index "))
    found = InclusionProof(index, checkpoint.size, hashes(lines[3:]))
    found.check(tiles.leaf_hash(entry), checkpoint.root_hash)


def consistency(file, vkey, old):
    head, text = pathlib.Path(file).read_text().split("\n\n", 1)
    lines = head.split("\n")
    new = opened(text, vkey)
    old = opened(pathlib.Path(old).read_text(), vkey)
    if lines[0] != f"old {old.size}":
        raise ValueError("a proof from another size")
    found = ConsistencyProof(old.size, new.size, hashes(lines[1:]))
    found.check(old.root_hash, new.root_hash)


if __name__ == "__main__":
    what = {"log": log, "proof": proof, "consistency": consistency}.get(sys.argv[1])
    if what is None:
        sys.exit(2)
    try:
        what(*sys.argv[2:])
    except Exception as error:  # whatever it is: not proven
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
