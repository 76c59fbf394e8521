"""Looks for words in every byte that was left on a disk, in all the forms that they could have."""

import base64
import hashlib
from collections.abc import Iterable
from pathlib import Path


def forms(secret: str) -> list[bytes]:
    """The bytes that a secret can lie on a disk as: encodings, cases, hexadecimal, base64, hashes without a key."""
    found = []
    for text in {secret, secret.lower(), secret.upper()}:
        raw = text.encode()
        found += [raw, text.encode("utf-16-le"), text.encode("utf-16-be"), raw.hex().encode(), raw.hex().upper().encode()]
        # Three alignments of base64, without the characters that depend on what stands beside it. All others are kept: three
        # characters of a short name are in any file by chance.
        found += [base64.b64encode(b"x" * shift + raw + b"xxx")[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6] for shift in range(3)]
        found += [hashlib.new(name, raw).digest() for name in ("sha256", "sha1", "md5")]
        found += [hashlib.new(name, raw).hexdigest().encode() for name in ("sha256", "sha1", "md5")]
    return found


def told(secrets: Iterable[str], *folders: Path) -> set[tuple[str, str]]:
    """Each (secret, file) where a form of the secret is, in the content or the name of any file."""
    found = set()
    looked_for = [(secret, form) for secret in secrets for form in forms(secret)]
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
            found |= {(secret, path.name) for secret, form in looked_for if form in content}
    return found
