"""Tokens of format v1, minted by nothing but the standard library.

The corpus judges the scanner, so it shares no line of code with it.
"""

import random
import zlib

PREFIX = "acme_pat"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Mint:
    """An endless row of tokens, the same for the same seed."""

    def __init__(self, seed=7):
        self.random = random.Random(seed)

    def token(self):
        """A whole, valid token."""
        ulid = self.random.choice("01234567")
        ulid += "".join(self.random.choices(CROCKFORD, k=25))
        secret = "".join(self.random.choices(BASE62, k=30))
        body = f"{PREFIX}_{ulid}_{secret}"
        return body + checksum(body)

    def miss(self):
        """Like a token in everything but the checksum."""
        token = self.token()
        at = len(token) - 20
        other = "a" if token[at] != "a" else "b"
        return token[:at] + other + token[at + 1 :]


def checksum(body):
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = BASE62[digit] + digits
    return digits


def id_of(token):
    return token[len(PREFIX) + 1 :][:26]
