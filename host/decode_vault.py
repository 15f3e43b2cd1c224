#!/usr/bin/env python3
"""Opens a vault without Countersign: `decode_vault.py FILE`, the master password as the first line of
standard input; or a backup, with the backups password. Prints the body, a JSON object that holds every seed.

Needs `cryptography` and `argon2-cffi`. host/src/vault/format.rs describes the same bytes.

Never here: writing.
"""

import hashlib
import hmac
import struct
import sys
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def expand(key: bytes, *info: bytes) -> bytes:
    """HKDF-Expand of RFC 5869, section 2.3, to 32 bytes."""
    return HKDFExpand(SHA256(), 32, b"".join(info)).derive(key)


def open_slot(slot: bytes, password: bytes, vault_id: bytes) -> bytes:
    """The data key (DEK), if it is this slot's password."""
    slot_id = slot[4:20]
    kdf, m_cost, t_cost, p_cost = struct.unpack_from("<BIII", slot, 20)
    salt, nonce, commitment, wrapped = slot[33:65], slot[65:77], slot[77:109], slot[109:157]
    if kdf != 1:
        raise ValueError("not a slot of Argon2id")
    if not (19_456 <= m_cost <= 1 << 20 and 1 <= t_cost <= 16 and 1 <= p_cost <= 16
            and 38_912 <= m_cost * t_cost <= 1 << 22):
        raise ValueError("the key derivation's cost is out of bounds")
    prk = hash_secret_raw(password, salt, t_cost, m_cost, p_cost, 32, Type.ID, 0x13)
    if not hmac.compare_digest(expand(prk, b"otpv1/commit", vault_id, slot_id), commitment):
        raise ValueError("wrong password")
    kek = expand(prk, b"otpv1/wrap", vault_id, slot_id)
    return AESGCM(kek).decrypt(nonce, wrapped, slot[:109] + vault_id)


def decode(file: bytes, password: bytes) -> bytes:
    """The body's JSON."""
    content, checksum = file[:-32], file[-32:]
    if hashlib.sha256(content).digest() != checksum:
        raise ValueError("the file is damaged: its checksum does not hold")
    magic, major, _minor, header_len = struct.unpack_from("<8sHHI", content)
    # The slot that a password opens: the master password's in a vault, the backups password's in a backup.
    password_slot = {b"OTPVLT01": 1, b"OTPBKP01": 5}.get(magic)
    if password_slot is None or major != 1:
        raise ValueError("not a vault or backup of version 1")
    vault_id, generation, _device_id, _saved_at, body_salt, n_slots = struct.unpack_from(
        "<16s8s16sq32sB", content, 16)
    header, mac = content[:header_len - 32], content[header_len - 32:header_len]

    at, error = 97, ValueError("no slot for a password")
    for _ in range(n_slots):
        kind, _flags, length = struct.unpack_from("<BBH", content, at)
        slot, at = content[at:at + 4 + length], at + 4 + length
        if kind == password_slot:
            try:
                dek = open_slot(slot, password, vault_id)
                break
            except ValueError as wrong:
                error = wrong
    else:
        raise error

    mac_key = expand(dek, b"otpv1/header", vault_id)
    if not hmac.compare_digest(hmac.digest(mac_key, header, "sha256"), mac):
        raise ValueError("the vault's header was changed")
    (body_len,) = struct.unpack_from("<I", content, header_len)
    body = content[header_len + 4:]
    if len(body) != body_len:
        raise ValueError("the body is not as long as it says")
    body_key = expand(dek, b"otpv1/body", vault_id, generation, body_salt)
    padded = AESGCM(body_key).decrypt(bytes(12), body, content[:header_len])
    (length,) = struct.unpack_from("<I", padded)
    return padded[4:4 + length]


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: decode_vault.py FILE < PASSWORD", file=sys.stderr)
        return 2
    line = sys.stdin.buffer.readline().removesuffix(b"\n").decode()
    password = unicodedata.normalize("NFKC", line).encode()
    with open(sys.argv[1], "rb") as file:
        vault = file.read()
    try:
        json = decode(vault, password)
    except (ValueError, InvalidTag, struct.error) as error:
        print(str(error) or "a tag does not hold", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(json + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
