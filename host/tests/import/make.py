#!/usr/bin/env python3
"""Makes the files of `files/`: one or more for each format that can be imported.

Written after the formats' descriptions and not after our readers, so that the two check each other. Needs
`cryptography`, `argon2-cffi`, `segno` and GnuPG; the files are committed, so only a change needs them.

Never here: files of other projects, or seeds that anyone uses.
"""
import base64, csv, hashlib, hmac, io, json, os, sqlite3, struct, subprocess, sys, tempfile, urllib.parse, zlib
import plistlib, zipfile, gzip
from argon2.low_level import hash_secret_raw, hash_secret, Type
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
os.makedirs(OUT, exist_ok=True)
PW = "pass wörd"
PWB = PW.encode()

A = dict(t="totp", i="Example Mail", l="alice@example.test", k=b"countersign fixture!", a="SHA1", d=6, p=30, c=0)
B = dict(t="totp", i="Shop", l="bob", k=b"another secret of 26 bytes", a="SHA256", d=8, p=60, c=0)
C = dict(t="hotp", i="Counter", l="carol", k=b"\x00\xff\x10\x20\x30\x40\x50\x60\x70\x80", a="SHA1", d=6, p=30, c=7)
D = dict(t="steam", i="Steam", l="dave", k=b"steam guard's secret", a="SHA1", d=5, p=30, c=0)
ALL = [A, B, C, D]

rnd_n = 0
def rnd(n):  # the same bytes each time, so that a file changes only if its recipe does
    global rnd_n
    rnd_n += 1
    return hashlib.shake_128(b"fixture %d" % rnd_n).digest(n)

b32 = lambda k: base64.b32encode(k).decode().rstrip("=")
b64 = lambda k: base64.b64encode(k).decode()
q = lambda s: urllib.parse.quote(s, safe="@")

def write(name, data):
    if isinstance(data, (dict, list)):
        data = json.dumps(data, ensure_ascii=False)
    if isinstance(data, str):
        data = data.encode()
    with open(os.path.join(OUT, name), "wb") as f:
        f.write(data)

def gcm(key, nonce, data, aad=None):
    return AESGCM(key).encrypt(nonce, data, aad)

def aes_cbc(key, iv, data, pad=True):
    if pad:
        n = 16 - len(data) % 16
        data += bytes([n]) * n
    e = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return e.update(data) + e.finalize()

def argon(pw, salt, t, kib, p, kind=Type.ID):
    return hash_secret_raw(pw, salt, t, kib, p, 32, kind)

def uri(e):
    u = f"otpauth://{e['t']}/{q(e['i'])}:{q(e['l'])}?secret={b32(e['k'])}&issuer={q(e['i'])}&algorithm={e['a']}&digits={e['d']}"
    return u + (f"&counter={e['c']}" if e["t"] == "hotp" else f"&period={e['p']}")

def html(s):
    return s.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")

uris = "\n".join(map(uri, ALL)) + "\n"

# lists
write("otpauth-uris.txt", "# a comment\n\n" + uris)
write("otpauth-uris-cr.txt", uris.replace("\n", "\r"))
write("otpauth-uris-utf16.txt", uris.encode("utf-16"))
write("otpauth-uris-latin.txt", "otpauth://totp/Café:a?secret=MFRGG&issuer=Café\n".encode("cp1252"))
write("otpauth-in-a-text.txt", "Keep this: " + uri(A) + " and <" + uri(B) + ">.")
write("ente.txt", "\n".join(uri(e) + "&codeDisplay=" + q(json.dumps({"pinned": False, "trashed": e is C, "tags": []})) for e in ALL))
write("ente-commas.txt", ",".join(map(uri, [A, B])))
write("stratum.html", "<!doctype html>\n<html><body>" + "".join(f"<td><code>{html(uri(e))}</code></td>" for e in ALL) + "</body></html>")

# Google
def varint(n):
    out = b""
    while True:
        out += bytes([n & 127 | (128 if n > 127 else 0)]); n >>= 7
        if not n: return out
def field(n, v):
    return varint(n << 3) + varint(v) if isinstance(v, int) else varint(n << 3 | 2) + varint(len(v)) + v
def migration(entries, index=0, size=1, bid=77):
    body = b""
    for e in entries:
        m = field(1, e["k"]) + field(2, f"{e['i']}:{e['l']}".encode()) + field(3, e["i"].encode())
        m += field(4, 1) + field(5, 1) + field(6, 1 if e["t"] == "hotp" else 2)
        if e["t"] == "hotp": m += field(7, e["c"] - 1)
        body += field(1, m)
    body += field(2, 1) + field(3, size) + field(4, index) + field(5, bid)
    return "otpauth-migration://offline?data=" + urllib.parse.quote(b64(body), safe="")
write("google-migration.txt", migration([A, C]))
write("google-migration-part.txt", migration([A], 1, 3))
try:
    import segno
    for name, text in [("google-migration-qr.png", migration([A, C])), ("otpauth-qr.png", uri(A))]:
        f = io.BytesIO(); segno.make(text).save(f, kind="png", scale=4); write(name, f.getvalue())
    f = io.BytesIO(); segno.make(uri(A)).save(f, kind="png", scale=3, dark="white", light="#202020", border=3); write("otpauth-qr-dark.png", f.getvalue())
    f = io.BytesIO(); segno.make(uri(A)).save(f, kind="png", scale=3, light=None); write("otpauth-qr-transparent.png", f.getvalue())
except ImportError:
    print("no segno: pictures stay as they are", file=sys.stderr)

# Aegis
def aegis_db():
    return {"version": 3, "groups": [{"uuid": "u1", "name": "Work"}], "entries": [
        {"type": e["t"], "name": e["l"], "issuer": e["i"], "note": None, "icon": None, "groups": [],
         "info": {"secret": b32(e["k"]), "algo": e["a"], "digits": e["d"], **({"counter": e["c"]} if e["t"] == "hotp" else {"period": e["p"]})}} for e in ALL]}
write("aegis.json", {"version": 1, "header": {"slots": None, "params": None}, "db": aegis_db()})
master, salt, n1, n2 = rnd(32), rnd(32), rnd(12), rnd(12)
def slot(pw):
    s, n = rnd(32), rnd(12)
    w = gcm(hashlib.scrypt(pw, salt=s, n=1024, r=8, p=1, dklen=32), n, master)
    return {"type": 1, "uuid": "x", "key": w[:-16].hex(), "key_params": {"nonce": n.hex(), "tag": w[-16:].hex()}, "n": 1024, "r": 8, "p": 1, "salt": s.hex()}
w = gcm(master, n2, json.dumps(aegis_db()).encode())
write("aegis-sealed.json", {"version": 1, "header": {"slots": [{"type": 2}, slot(b"another"), slot(PWB)], "params": {"nonce": n2.hex(), "tag": w[-16:].hex()}}, "db": b64(w[:-16])})
write("aegis-biometric.json", {"version": 1, "header": {"slots": [{"type": 2}], "params": {"nonce": n2.hex(), "tag": w[-16:].hex()}}, "db": b64(w[:-16])})

# 2FAS
services = [{"name": e["i"], "secret": b32(e["k"]), "otp": {"account": e["i"] + ":" + e["l"] if e is A else e["l"], "tokenType": e["t"].upper(), "algorithm": e["a"], "digits": e["d"], "period": e["p"], "counter": e["c"]}} for e in ALL]
write("2fas.2fas", {"services": services, "groups": [], "schemaVersion": 4})
REF = "tRViSsLKzd86Hprh4ceC2OP7xazn4rrt4xhfEUbOjxLX8Rc3mkISXE0lWbmnWfggogbBJhtYgpK6fMl1D6mtsy92R3HkdGfwuXbzLebqVFJsR7IZ2w58t938iymwG4824igYy1wi6n2WDpO1Q1P69zwJGs2F5a1qP4MyIiDSD7NCV2OvidXQCBnDlGfmz0f1BQySRkkt4ryiJeCjD2o4QsveJ9uDBUn8ELyOrESv5R5DMDkD4iAF8TXU7KyoJujd"
def twofas(text):
    s, n = rnd(256), rnd(12)
    return ":".join([b64(gcm(hashlib.pbkdf2_hmac("sha256", PWB, s, 10000), n, text.encode())), b64(s), b64(n)])
write("2fas-sealed.2fas", {"services": [], "servicesEncrypted": twofas(json.dumps(services)), "reference": twofas(REF), "schemaVersion": 4})

# andOTP
andotp = [{"secret": b32(e["k"]), "issuer": e["i"], "label": e["l"], "digits": e["d"], "type": e["t"].upper(), "algorithm": e["a"], "thumbnail": "Default", "last_used": 0, "used_frequency": 0, "tags": [], **({"counter": e["c"]} if e["t"] == "hotp" else {}), "period": e["p"]} for e in ALL]
write("andotp.json", andotp)
body = json.dumps(andotp).encode()
s, n = rnd(12), rnd(12)
write("andotp-sealed.bin", struct.pack(">I", 140000) + s + n + gcm(hashlib.pbkdf2_hmac("sha1", PWB, s, 140000, 32), n, body))
n = b"\xff" + rnd(11)
write("andotp-sealed-old.bin", n + gcm(hashlib.sha256(PWB).digest(), n, body))

# OpenPGP
def gpg(data, *more):
    with tempfile.TemporaryDirectory() as home:
        return subprocess.run(["gpg", "--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", PW, "--cipher-algo", "AES256", "--s2k-count", "65536", *more, "--symmetric"], input=data, capture_output=True, check=True).stdout
write("andotp-openpgp.gpg", gpg(body, "--s2k-digest-algo", "SHA256"))
write("winauth-openpgp.asc", gpg(uris.encode(), "--armor", "--compress-algo", "zlib"))

# Stratum
kinds = {"hotp": 1, "totp": 2, "steam": 4}
stratum = {"Authenticators": [{"Type": kinds[e["t"]], "Issuer": e["i"], "Username": e["l"], "Secret": b32(e["k"]), "Pin": None, "Algorithm": ["SHA1", "SHA256"].index(e["a"]), "Digits": e["d"], "Period": e["p"], "Counter": e["c"], "Ranking": 0} for e in ALL], "Categories": [], "AuthenticatorCategories": [], "CustomIcons": []}
write("stratum.json", stratum)
body = json.dumps(stratum).encode()
s, n = rnd(16), rnd(12)
write("stratum-sealed.authpro", b"AUTHENTICATORPRO" + s + n + gcm(argon(PWB, s, 3, 65536, 4), n, body))
s, n = rnd(20), rnd(16)
write("stratum-sealed-legacy.authpro", b"AuthenticatorPro" + s + n + aes_cbc(hashlib.pbkdf2_hmac("sha1", PWB, s, 64000, 32), n, body))

# Bitwarden
bitwarden = {"encrypted": False, "folders": [], "items": [
    {"type": 1, "name": e["i"], "login": {"username": e["l"], "totp": "steam://" + b32(e["k"]) if e is D else b32(e["k"]) if e is A else uri(e)}} for e in [A, B, D]]
    + [{"type": 2, "name": "a note"}, {"type": 1, "name": "gone", "deletedDate": "2024-01-01", "login": {"totp": b32(A["k"])}}]}
write("bitwarden.json", bitwarden)
def bw(kdf):
    s = b64(rnd(16)).encode()
    if kdf == 0:
        k, extra = hashlib.pbkdf2_hmac("sha256", PWB, s, 5000), {"kdfIterations": 5000}
    else:
        k, extra = argon(PWB, hashlib.sha256(s).digest(), 2, 16 * 1024, 1), {"kdfIterations": 2, "kdfMemory": 16, "kdfParallelism": 1}
    enc, mac = (hmac.new(k, i + b"\x01", "sha256").digest() for i in (b"enc", b"mac"))
    def seal(data):
        iv = rnd(16); ct = aes_cbc(enc, iv, data)
        return "2." + "|".join(map(b64, [iv, ct, hmac.new(mac, iv + ct, "sha256").digest()]))
    return {"encrypted": True, "passwordProtected": True, "salt": s.decode(), "kdfType": kdf, **extra, "encKeyValidation_DO_NOT_EDIT": seal(b"any"), "data": seal(json.dumps(bitwarden).encode())}
write("bitwarden-sealed-pbkdf2.json", bw(0))
write("bitwarden-sealed-argon2.json", bw(1))
write("bitwarden-of-an-account.json", {"encrypted": True, "folders": [], "items": []})

# Ente: libsodium's secretstream by hand
def rotl(x, n): return (x << n | x >> 32 - n) & 0xffffffff
def rounds(x):
    x = list(x)
    def qr(a, b, c, d):
        for p, r, s_, n_ in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = x[p] + x[r] & 0xffffffff; x[s_] = rotl(x[s_] ^ x[p], n_)
    for _ in range(10):
        for t in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)): qr(*t)
    return x
CONST = struct.unpack("<4I", b"expand 32-byte k")
def chacha_block(key, counter, nonce):
    x = CONST + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce)
    return struct.pack("<16I", *[(a + b) & 0xffffffff for a, b in zip(x, rounds(x))])
def hchacha(key, inp):
    x = rounds(CONST + struct.unpack("<8I", key) + struct.unpack("<4I", inp))
    return struct.pack("<8I", *(x[:4] + x[12:]))
def stream(key, counter, nonce, data):
    ks = b"".join(chacha_block(key, counter + i, nonce) for i in range(len(data) // 64 + 1))
    return bytes(a ^ b for a, b in zip(data, ks))
def poly1305(key, msg):
    r = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff
    acc = 0
    for i in range(0, len(msg), 16):
        acc = (acc + int.from_bytes(msg[i:i + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((acc + int.from_bytes(key[16:], "little")) & (1 << 128) - 1).to_bytes(16, "little")
def secretstream(key, header, msg):
    k, nonce = hchacha(key, header[:16]), struct.pack("<I", 1) + header[16:]
    block = stream(k, 1, nonce, b"\x03" + bytes(63))
    ct = stream(k, 2, nonce, msg)
    data = block + ct + bytes((16 - 64 + len(ct)) & 15) + struct.pack("<QQ", 0, 64 + len(ct))
    return block[:1] + ct + poly1305(chacha_block(k, 0, nonce)[:32], data)
s, h = rnd(16), rnd(24)
write("ente-sealed.txt", {"version": 1, "kdfParams": {"memLimit": 1 << 24, "opsLimit": 2, "salt": b64(s)}, "encryptedData": b64(secretstream(argon(PWB, s, 2, 1 << 14, 1), h, uris.encode())), "encryptionNonce": b64(h)})

# Proton
proton = {"version": 1, "entries": [{"id": "1", "note": None, "content": {"uri": "steam://" + b32(e["k"]) if e is D else uri(e), "entry_type": "Steam" if e is D else "Totp", "name": e["l"]}} for e in [A, B, D]]}
write("proton-authenticator.json", proton)
s, n = rnd(16), rnd(12)
write("proton-authenticator-sealed.json", {"version": 1, "salt": b64(s), "content": b64(n + gcm(argon(PWB, s, 2, 19456, 1), n, json.dumps(proton).encode(), b"proton.authenticator.export.v1"))})

# zips
def make_zip(members, password=None):
    f = io.BytesIO()
    if password is None:
        with zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in members: z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return f.getvalue()
    out, central = b"", b""
    for name, data in members:  # WinZip AES-256, AE-2, stored
        name = name.encode(); salt = rnd(16)
        keys = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 66)
        ks = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor()
        stream_ = b"".join(ks.update((i + 1).to_bytes(16, "little")) for i in range(len(data) // 16 + 1))
        ct = bytes(a ^ b for a, b in zip(data, stream_))
        blob = salt + keys[64:] + ct + hmac.new(keys[32:64], ct, "sha1").digest()[:10]
        extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, 0)
        head = struct.pack("<HHHHHIIIHH", 51, 1, 99, 0, 33, 0, len(blob), len(data), len(name), len(extra))
        central += b"PK\x01\x02" + struct.pack("<H", 51) + head + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name + extra
        out += b"PK\x03\x04" + head + name + extra + blob
    return out + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(central), len(out), 0)
raivo = json.dumps([{"issuer": e["i"], "account": e["l"], "secret": b32(e["k"]), "algorithm": e["a"], "digits": str(e["d"]), "kind": e["t"].upper(), "timer": str(e["p"]), "counter": str(e["c"]), "pinned": "false", "iconType": "", "iconValue": ""} for e in [A, B, C]]).encode()
write("raivo.json", raivo)
write("raivo-sealed.zip", make_zip([("raivo-otp-export.json", raivo)], PWB))
write("authenticator-plus-sealed.zip", make_zip([("Accounts.txt", uris.encode())], PWB))
write("winauth.zip", make_zip([("winauth-2024-01-01.txt", uris.encode())]))
write("no-accounts.zip", make_zip([("readme.md", b"hello")]))
write("1password.1pux", make_zip([("export.attributes", b"{}"), ("export.data", json.dumps({"accounts": [{"vaults": [{"items": [
    {"overview": {"title": e["i"], "tags": []}, "details": {"loginFields": [{"designation": "username", "value": e["l"]}], "sections": [{"fields": [{"value": {"totp": uri(e)}}]}]}} for e in [A, B]] + [{"overview": {"title": "none"}, "details": {"sections": []}}]}]}]}).encode())]))
pass_ = json.dumps({"vaults": {"v": {"items": [
    {"state": 1, "data": {"type": "login", "metadata": {"name": e["i"]}, "content": {"itemUsername": e["l"], "totpUri": uri(e) if e is B else b32(e["k"])}, "extraFields": []}} for e in [A, B]]
    + [{"state": 2, "data": {"type": "login", "metadata": {"name": "gone"}, "content": {"totpUri": "MFRGG"}}}]}}}).encode()
write("proton-pass.zip", make_zip([("Proton Pass/data.json", pass_)]))
write("proton-pass-openpgp.zip", make_zip([("Proton Pass/data.pgp", gpg(pass_))]))

# FreeOTP
signed = lambda k: [x - 256 if x > 127 else x for x in k]
tokens = [{"algo": e["a"], "counter": e["c"] - 1, "digits": e["d"], "issuerExt": e["i"], "issuerInt": e["i"], "label": e["l"], "period": e["p"], "secret": signed(e["k"]), "type": "HOTP" if e is C else "TOTP"} for e in ALL]
write("freeotp-plus.json", {"tokenOrder": [], "tokens": tokens})
prefs = lambda strings: "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<map>\n" + "".join(f'    <string name="{html(n)}">{html(v)}</string>\n' for n, v in strings) + "</map>\n"
write("freeotp-v1.xml", prefs([(t["issuerExt"] + ":" + t["label"], json.dumps(t)) for t in tokens] + [("tokenOrder", "[]")]))
def java(pairs):
    def s(text): b = text.encode(); return b"\x74" + struct.pack(">H", len(b)) + b
    head = b"\xac\xed\0\x05\x73\x72\0\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\0\x02F\0\x0aloadFactorI\0\x09threshold\x78\x70"
    return head + struct.pack(">fI", .75, 12) + b"\x77\x08" + struct.pack(">II", 16, len(pairs)) + b"".join(s(k) + s(v) for k, v in pairs) + b"\x78"
def fsealed(key, data, token):
    n = rnd(12)
    return {"mCipher": "AES/GCM/NoPadding", "mCipherText": signed(gcm(key, n, data, token.encode())), "mParameters": signed(b"\x30\x11\x04\x0c" + n + b"\x02\x01\x10"), "mToken": token}
s, master = rnd(32), rnd(32)
pairs = [("masterKey", json.dumps({"mAlgorithm": "PBKDF2withHmacSHA512", "mIterations": 1000, "mSalt": signed(s), "mEncryptedKey": fsealed(hashlib.pbkdf2_hmac("sha512", PWB, s, 1000, 32), master, "AES")}))]
for i, e in enumerate(ALL):
    pairs.append((f"id{i}", json.dumps({"key": json.dumps(fsealed(master, e["k"], "HmacSHA1"))})))
    pairs.append((f"id{i}-token", json.dumps({"algo": e["a"], "counter": e["c"], "digits": e["d"], "issuerExt": e["i"], "label": e["l"], "period": e["p"], "type": "HOTP" if e is C else "TOTP"})))
write("freeotp-v2-sealed.xml", java(pairs))

# one account each, or plain lists
write("lastpass.json", {"version": 3, "folders": [], "accounts": [{"issuerName": e["i"], "userName": e["l"], "secret": b32(e["k"]), "algorithm": e["a"], "digits": e["d"], "timeStep": e["p"]} for e in [A, B]]})
write("duo.json", [{"accountType": "OtpAccount", "name": e["l"], "otpGenerator": {"otpSecret": b32(e["k"]), **({"counter": e["c"]} if e is C else {})}} for e in [A, C]] + [{"accountType": "Push", "name": "push"}])
write("steam.json", {"shared_secret": b64(D["k"]), "account_name": "dave", "steamguard_scheme": "2"})
s, iv = rnd(8), rnd(16)
write("sda-manifest.json", {"encrypted": True, "entries": [{"encryption_iv": b64(iv), "encryption_salt": b64(s), "filename": "sda-1.maFile", "steamid": 1}]})
write("sda-1.maFile", b64(aes_cbc(hashlib.pbkdf2_hmac("sha1", PWB, s, 50000, 32), iv, json.dumps({"shared_secret": b64(D["k"]), "account_name": "dave"}).encode())))
MASK = bytes.fromhex("398e27fc50276a656065b0e525f4c06c04c61075286b8e7aeda59da9813b5dd6c80d2fb38068773fa59ba47c17ca6c6479015c1d5b8b8f6b9a")
mask = lambda text: bytes(a ^ b for a, b in zip(text.encode(), MASK)).hex()
write("battlenet.xml", prefs([("com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET", mask(A["k"].hex())), ("com.blizzard.messenger.AUTHENTICATOR_SERIAL", mask("EU-1234"))]))
write("authy.xml", prefs([("com.authy.storage.tokens.authenticator.key", json.dumps([{"accountType": "authenticator", "decryptedSecret": b32(A["k"]), "digits": 6, "originalIssuer": A["i"], "originalName": f"{A['i']}:{A['l']}", "name": "x"}]))]))
ct = b64(aes_cbc(hashlib.pbkdf2_hmac("sha1", PWB, b"salty", 1000, 32), bytes(16), b32(A["k"]).encode()))
write("authy-sealed.json", {"authenticator_tokens": [{"account_type": "authenticator", "digits": 6, "encrypted_seed": ct, "salt": "salty", "name": f"{A['i']}: {A['l']}", "original_name": None}], "deleted": [{"name": "gone"}]})
totp_a = [{"issuer": A["i"], "name": A["l"], "key": A["k"].hex().upper(), "base": 16, "digits": "6", "period": "30"}, {"issuer": "Unknown", "name": "bare", "key": "MFRGG", "base": 32, "digits": "6", "period": "30"}]
write("totp-authenticator.xml", prefs([("STATIC_TOTP_CODES_LIST", json.dumps(totp_a))]))
for name, pw in [("totp-authenticator-sealed.bin", PW), ("totp-authenticator-default.bin", "TotpAuthenticator")]:
    write(name, b64(aes_cbc(hashlib.sha256(pw.encode()).digest(), bytes(16), json.dumps({json.dumps(totp_a): "x"}).encode())))
write("keeper.json", {"records": [{"title": e["i"], "login": e["l"], "custom_fields": {"$oneTimeCode": uri(e)}} for e in [A, B]] + [{"title": "none"}]})
write("enpass.json", {"folders": [], "items": [{"title": e["i"], "template_type": "login.default", "favorite": 0, "trashed": 0, "fields": [{"type": "username", "value": e["l"], "deleted": 0}, {"type": "totp", "value": uri(e), "deleted": 0}]} for e in [A, B]]})
write("cxf.json", {"version": {"major": 1, "minor": 0}, "accounts": [{"items": [{"title": e["i"], "credentials": [{"type": "totp", "secret": b32(e["k"]), "period": e["p"], "digits": e["d"], "username": e["l"], "algorithm": e["a"].lower(), "issuer": e["i"]}]} for e in [A, B]]}]})
write("2fauth.json", {"app": "2fauth_v5", "schema": 1, "data": [{"otp_type": "steamtotp" if e is D else e["t"], "account": e["l"], "service": e["i"], "secret": b32(e["k"]), "digits": e["d"], "algorithm": e["a"].lower(), "period": e["p"], "counter": e["c"]} for e in ALL]})

# tables
def table(name, header, rows):
    f = io.StringIO(); w = csv.writer(f); w.writerow(header); w.writerows(rows); write(name, f.getvalue())
for name, header, row in [
    ("1password.csv", "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes", lambda e: [e["i"], "", e["l"], "pw", uri(e), "false", "false", "", "two\nlines"]),
    ("apple.csv", "Title,URL,Username,Password,Notes,OTPAuth", lambda e: [e["i"], "", e["l"], "pw", "", uri(e)]),
    ("lastpass.csv", "url,username,password,totp,extra,name,grouping,fav", lambda e: ["", e["l"], "pw", uri(e), "", e["i"], "", "0"]),
    ("proton-pass.csv", "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault", lambda e: ["login", e["i"], "", "", e["l"], "pw", "", uri(e), "1", "1", "Personal"]),
    ("keepassxc.csv", "Group,Title,Username,Password,URL,Notes,TOTP,Icon,Last Modified,Created", lambda e: ["Root", e["i"], e["l"], "pw", "", "", uri(e), "0", "", ""]),
    ("dashlane.csv", "username,username2,username3,title,password,note,url,category,otpUrl", lambda e: [e["l"], "", "", e["i"], "pw", "", "", "", uri(e)]),
    ("bitwarden.csv", "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp", lambda e: ["", "", "login", e["i"], "", "", "0", "", e["l"], "pw", uri(e)]),
]:
    table(name, header.split(","), [row(A), row(B)])

# databases
def database(name, script):
    path = os.path.join(OUT, name)
    if os.path.exists(path): os.remove(path)
    db = sqlite3.connect(path); script(db); db.commit(); db.execute("vacuum"); db.close()
def google(db):
    db.execute("create table accounts (_id integer primary key, email text not null, secret text not null, counter integer default 0, type integer, provider integer default 0, issuer text default null, original_name text default null)")
    for e in [A, C]: db.execute("insert into accounts(email,secret,counter,type,issuer) values(?,?,?,?,?)", (f"{e['i']}:{e['l']}", b32(e["k"]), e["c"] - 1 if e is C else 0, 1 if e is C else 0, e["i"]))
database("google.sqlite", google)
# With its newest account in the log alone: copied while it is open. SQLite draws the log's salts, so it is made once.
def google_open(name):
    if os.path.exists(os.path.join(OUT, name)): return
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, name); db = sqlite3.connect(path)
        db.execute("pragma page_size=1024"); db.execute("pragma journal_mode=wal"); google(db)
        db.execute("delete from accounts where counter > 0"); db.commit(); db.execute("pragma wal_checkpoint(truncate)")
        db.execute("create table filler (x text)"); db.execute("insert into filler values(?)", ("y" * 3000,)); db.commit()
        db.execute("insert into accounts(email,secret,counter,type,issuer) values(?,?,?,1,?)", (f"{C['i']}:{C['l']}", b32(C["k"]), C["c"] - 1, C["i"])); db.commit()
        for end in ["", "-wal"]: write(name + end, open(path + end, "rb").read())
        db.close()
google_open("google-open.sqlite")
def microsoft(db):
    db.execute("create table accounts (_id integer primary key, name text, username text, oath_secret_key text, account_type integer)")
    db.execute("insert into accounts values(1,?,?,?,0)", (A["i"], A["l"], b32(A["k"])))
    db.execute("insert into accounts values(2,'Work','w','',2)")
database("microsoft.sqlite", microsoft)
def stratum_db(db):
    db.execute('create table "authenticator" ("type" integer, "issuer" varchar(32), "username" varchar(40), "secret" varchar primary key not null, "pin" varchar, "algorithm" integer, "digits" integer, "period" integer, "counter" integer)')
    for e in stratum["Authenticators"]: db.execute("insert into authenticator values(?,?,?,?,?,?,?,?,?)", (e["Type"], e["Issuer"], e["Username"], e["Secret"], None, e["Algorithm"], e["Digits"], e["Period"], e["Counter"]))
    db.execute('create table "category" ("id" varchar(8) primary key not null, "name" varchar(32))')
    # Rows that do not fit a page, and enough of them for a tree.
    db.execute("create table filler (x text)")
    db.executemany("insert into filler values(?)", [("y" * 9000,)] * 3)
database("stratum.db", stratum_db)
with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, "db"); db = sqlite3.connect(path)
    db.execute("pragma page_size=1024")
    db.execute("create table accounts (_id integer primary key, email text, secret text, counter integer, type integer, issuer text, original_name text, category text)")
    for e in [A, C]: db.execute("insert into accounts(email,secret,counter,type,issuer,category) values(?,?,?,?,?,'All Accounts')", (e["l"], b32(e["k"]), e["c"] - 1 if e is C else 0, 1 if e is C else 0, e["i"]))
    # A record that needs several pages.
    db.execute("insert into accounts(email,secret,type,issuer,category) values(?,?,0,'Long','All Accounts')", ("z" * 900, "MFRGG"))
    db.commit(); db.close()
    # SQLCipher reserves 48 bytes of each page: let SQLite lay the pages out for that by hand is not possible
    # here, so a table of one row is written out directly.
def record(values):
    types, body = b"", b""
    for v in values:
        if v is None: types += b"\0"
        elif isinstance(v, int): types += b"\x01"; body += struct.pack(">b", v)
        else: v = v.encode(); types += sqvar(13 + 2 * len(v)); body += v
    head = sqvar(len(types) + 1) + types
    return head + body
def sqvar(n):
    out = bytes([n & 127]); n >>= 7
    while n: out = bytes([n & 127 | 128]) + out; n >>= 7
    return out
def page(rows, usable, offset):
    cells = [sqvar(len(r)) + sqvar(i + 1) + r for i, r in enumerate(rows)]
    body, at, ptrs = bytearray(usable), usable, []
    for c in cells:
        at -= len(c); body[at:at + len(c)] = c; ptrs.append(at)
    body[offset:offset + 8] = struct.pack(">BHHHB", 13, 0, len(cells), at, 0)
    for i, p in enumerate(ptrs): body[offset + 8 + 2 * i:offset + 10 + 2 * i] = struct.pack(">H", p)
    return body
usable = 1024 - 48
sql = "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, email TEXT, secret TEXT, counter INTEGER, type INTEGER, issuer TEXT, category TEXT)"
p1 = page([record(["table", "accounts", "accounts", 2, sql])], usable, 100)
p1[:100] = b"SQLite format 3\0" + struct.pack(">HBBBBBBIIIIIIIIIIII", 1024, 1, 1, 48, 64, 32, 32, 1, 2, 0, 0, 1, 4, 0, 0, 1, 0, 0, 0) + bytes(20) + struct.pack(">II", 1, 3037000)
p2 = page([record([None, e["l"], b32(e["k"]), e["c"] - 1 if e is C else 0, 1 if e is C else 0, e["i"], "All Accounts"]) for e in [A, C]], usable, 0)
salt = rnd(16); key = hashlib.pbkdf2_hmac("sha1", PWB, salt, 64000, 32); mkey = hashlib.pbkdf2_hmac("sha1", key, bytes(x ^ 0x3a for x in salt), 2, 32)
out = b""
for number, p in ((1, bytes(p1)), (2, bytes(p2))):
    iv = rnd(16); ct = aes_cbc(key, iv, p[16:] if number == 1 else p, pad=False)
    mac = hmac.new(mkey, ct + iv + struct.pack("<I", number), "sha1").digest()
    out += (salt if number == 1 else b"") + ct + iv + mac + bytes(12)
write("authenticator-plus-sealed.db", out)

# OTP Auth (iOS)
U = plistlib.UID
def archive(fields):  # NSDictionary at the root
    objs = ["$null", None]
    def add(o): objs.append(o); return U(len(objs) - 1)
    def put(v):
        if isinstance(v, dict):
            if "NS" in v: return add({"NS.data": v["NS"]})
            ks = [add(k) for k in v]; vs = [put(x) for x in v.values()]; return add({"NS.keys": ks, "NS.objects": vs})
        if isinstance(v, list): return add({"NS.objects": [put(x) for x in v]})
        return add(v)
    ks = [add(k) for k in fields]; vs = [put(v) for v in fields.values()]
    objs[1] = {"NS.keys": ks, "NS.objects": vs}
    return plistlib.dumps({"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": U(1)}, "$objects": objs}, fmt=plistlib.FMT_BINARY, sort_keys=False)
acc = lambda e: {"secret": {"NS": e["k"]}, "label": e["l"], "issuer": e["i"], "type": 1 if e is C else 2, "algorithm": {"SHA1": 0, "SHA256": 2}[e["a"]], "digits": 0 if e["d"] == 6 else e["d"], "period": 0 if e["p"] == 30 else e["p"], "counter": e["c"]}
inner = archive({"Folders": [{"name": "Accounts", "accounts": [acc(e) for e in [A, B, C]]}], "DeletedAccountIDs": []})
outer = lambda fields, name: aes_cbc(hashlib.sha256(name).digest(), bytes(16), archive(fields))
write("otpauth-ios-1.0.otpauthdb", outer({"Version": 1.0, "Salt": "sält", "IV": "ivöiv", "WrappedData": {"NS": aes_cbc(hashlib.sha256("sält-".encode() + PWB).digest(), hashlib.sha1("ivöiv".encode()).digest()[:16], inner)}}, b"Authenticator"))
def rncryptor(data):
    es, hs, iv = rnd(8), rnd(8), rnd(16)
    body = b"\x03\x01" + es + hs + iv + aes_cbc(hashlib.pbkdf2_hmac("sha1", PWB, es, 10000, 32), iv, data)
    return body + hmac.new(hashlib.pbkdf2_hmac("sha1", PWB, hs, 10000, 32), body, "sha256").digest()
write("otpauth-ios-1.1.otpauthdb", outer({"Version": 1.1, "WrappedData": {"NS": rncryptor(inner)}}, b"Authenticator"))
write("otpauth-ios-account.otpauth", outer({"Version": 1.2, "Data": {"NS": rncryptor(archive(acc(A)))}}, b"OTPAuth"))

# authenticator.cc
def openssl(data, pw):
    s = rnd(8); d = b""; last = b""
    while len(d) < 48: last = hashlib.md5(last + pw + s).digest(); d += last
    return b64(b"Salted__" + s + aes_cbc(d[:32], d[32:48], data))
cc = lambda e: {"hash": e["l"], "index": 0, "type": e["t"], "secret": b32(e["k"]), "issuer": e["i"] + "::host.test", "account": e["l"], "counter": e["c"], "period": e["p"], "digits": e["d"], "algorithm": e["a"], "encrypted": False, "dataType": "OTPStorage"}
write("authenticator-cc.json", {**{e["l"]: cc(e) for e in ALL}, "UserSettings": {"x": 1}})
write("authenticator-cc-sealed-1.json", {e["l"]: {**cc(e), "encrypted": True, "secret": openssl(b32(e["k"]).encode(), PWB)} for e in ALL})
inner_key = rnd(60); p = inner_key.hex()
phc = lambda text: hash_secret(text.encode(), rnd(16), 1, 64, 1, 32, Type.ID).decode()
write("authenticator-cc-sealed-2.json", {"key": {"enc": openssl(inner_key, PWB), "hash": phc(p)}, **{e["l"]: {**cc(e), "encrypted": True, "secret": openssl(b32(e["k"]).encode(), p.encode())} for e in ALL}})
salt = rnd(16).hex(); p = b64(argon(PWB, salt.encode(), 2, 19456, 1)).rstrip("=")
write("authenticator-cc-sealed-3.json", {"k1": {"dataType": "Key", "id": "k1", "salt": salt, "hash": phc(p), "version": 3}, **{e["l"]: {"dataType": "EncOTPStorage", "keyId": "k1", "index": 0, "data": openssl(json.dumps(cc(e)).encode(), p.encode())} for e in ALL}})

# KeePass
def kdbx_xml(protect, header_hash=None):
    def entry(e, extra):  # `extra` is made last: the key stream runs in the document's order
        return f"<Entry><UUID>AA==</UUID><String><Key>Title</Key><Value>{e['i']}</Value></String><String><Key>UserName</Key><Value>{e['l']}</Value></String><String><Key>Password</Key><Value Protected=\"True\">{protect('pw &amp; more')}</Value></String>{extra()}<History><Entry><UUID>AA==</UUID><String><Key>otp</Key><Value Protected=\"True\">{protect('old')}</Value></String></Entry></History></Entry>"
    s = lambda k, v: f'<String><Key>{k}</Key><Value Protected="True">{protect(v)}</Value></String>'
    parts = [entry(A, lambda: s("otp", uri(A))), entry(B, lambda: s("TimeOtp-Secret-Base32", b32(B["k"])) + "<String><Key>TimeOtp-Algorithm</Key><Value>HMAC-SHA-256</Value></String><String><Key>TimeOtp-Length</Key><Value>8</Value></String><String><Key>TimeOtp-Period</Key><Value>60</Value></String>")]
    parts += [entry(C, lambda: s("otp", f"key={b32(C['k'])}&type=hotp&counter=7")), entry(D, lambda: s("TOTP Seed", b32(D["k"])) + "<String><Key>TOTP Settings</Key><Value>30;S</Value></String>")]
    trash = entry(A, lambda: s("otp", uri(A)))
    hh = f"<HeaderHash>{b64(header_hash)}</HeaderHash>" if header_hash else ""
    return f'<?xml version="1.0" encoding="utf-8"?>\n<KeePassFile><Meta>{hh}<RecycleBinUUID>VFI=</RecycleBinUUID></Meta><Root><Group><UUID>Uk8=</UUID><Name>Root</Name>{"".join(parts)}<Group><UUID>VFI=</UUID><Name>Bin</Name>{trash}</Group></Group></Root></KeePassFile>'.encode()
def protector(keystream):
    pos = [0]
    def protect(text):
        data = text.replace("&amp;", "&").encode(); ks = keystream[pos[0]:pos[0] + len(data)]; pos[0] += len(data)
        return b64(bytes(a ^ b for a, b in zip(data, ks)))
    return protect
def chacha_stream(key, nonce): return b"".join(chacha_block(key, i, nonce) for i in range(200))
AES_ID, CC_ID = bytes.fromhex("31c1f2e6bf714350be5805216afc5aff"), bytes.fromhex("d6038a2b8b6f4cb5a524339a31dbb59a")
def aes_kdf(composite, seed, n):
    ks = Cipher(algorithms.AES(seed), modes.ECB()).encryptor(); k = composite
    for _ in range(n): k = ks.update(k)
    return hashlib.sha256(k).digest()
def vdict(items):
    out = b"\0\x01"
    for t, k, v in items: out += bytes([t]) + struct.pack("<I", len(k)) + k + struct.pack("<I", len(v)) + v
    return out + b"\0"
def kdbx4(kdf, cipher, key_file=None, compress=True):
    composite = hashlib.sha256(hashlib.sha256(PWB).digest() + (hashlib.sha256(key_file).digest() if key_file else b"")).digest()
    seed, mseed, skey = rnd(32), rnd(32), rnd(64)
    if kdf == "aes":
        params = vdict([(0x42, b"$UUID", bytes.fromhex("c9d9f39a628a4460bf740d08c18a4fea")), (5, b"R", struct.pack("<Q", 1000)), (0x42, b"S", seed)]); tk = aes_kdf(composite, seed, 1000)
    else:
        params = vdict([(0x42, b"$UUID", bytes.fromhex("ef636ddf8c29444b91f7a9a403e30a0c")), (5, b"I", struct.pack("<Q", 2)), (5, b"M", struct.pack("<Q", 1 << 20)), (4, b"P", struct.pack("<I", 2)), (0x42, b"S", seed), (4, b"V", struct.pack("<I", 0x13))]); tk = argon(composite, seed, 2, 1024, 2, Type.D)
    iv = rnd(16 if cipher == "aes" else 12)
    f = lambda i, d: bytes([i]) + struct.pack("<I", len(d)) + d
    head = b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x00\x00\x04\x00" + f(2, AES_ID if cipher == "aes" else CC_ID) + f(3, struct.pack("<I", int(compress))) + f(4, mseed) + f(7, iv) + f(11, params) + f(0, b"\r\n\r\n")
    h = hashlib.sha512(skey).digest()
    body = f(1, struct.pack("<I", 3)) + f(2, skey) + f(0, b"") + kdbx_xml(protector(chacha_stream(h[:32], h[32:44])))
    if compress: body = gzip.compress(body, mtime=0)
    key = hashlib.sha256(mseed + tk).digest()
    ct = aes_cbc(key, iv, body) if cipher == "aes" else stream(key, 0, iv, body)
    base = hashlib.sha512(mseed + tk + b"\x01").digest()
    bk = lambda i: hashlib.sha512(struct.pack("<Q", i) + base).digest()
    out = head + hashlib.sha256(head).digest() + hmac.new(bk(2**64 - 1), head, "sha256").digest()
    for i, block in enumerate([ct, b""]):
        out += hmac.new(bk(i), struct.pack("<QI", i, len(block)) + block, "sha256").digest() + struct.pack("<I", len(block)) + block
    return out
write("kdbx4-aes-sealed.kdbx", kdbx4("aes", "aes"))
write("kdbx4-argon2-chacha-sealed.kdbx", kdbx4("argon2", "chacha", compress=False))
write("kdbx4-keyfile-sealed.kdbx", kdbx4("aes", "chacha", key_file=b"any file can be a key"))
write("kdbx4.keyfile", b"any file can be a key")
composite = hashlib.sha256(hashlib.sha256(PWB).digest()).digest()
seed, mseed, iv, skey, start = rnd(32), rnd(32), rnd(16), rnd(32), rnd(32)
f = lambda i, d: bytes([i]) + struct.pack("<H", len(d)) + d
head = b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\x01\x00\x03\x00" + f(2, AES_ID) + f(3, struct.pack("<I", 1)) + f(4, mseed) + f(5, seed) + f(6, struct.pack("<Q", 500)) + f(7, iv) + f(8, skey) + f(9, start) + f(10, struct.pack("<I", 2)) + f(0, b"\r\n\r\n")
def salsa(key, nonce, blocks):
    out = b""; sg = struct.unpack("<4I", b"expand 32-byte k"); k = struct.unpack("<8I", key); n = struct.unpack("<2I", nonce)
    for b in range(blocks):
        x = [sg[0], *k[:4], sg[1], *n, b, 0, sg[2], *k[4:], sg[3]]; y = list(x)
        for _ in range(10):
            for a, b_, c, d in ((0,4,8,12),(5,9,13,1),(10,14,2,6),(15,3,7,11),(0,1,2,3),(5,6,7,4),(10,11,8,9),(15,12,13,14)):
                y[b_] ^= rotl(y[a] + y[d] & 0xffffffff, 7); y[c] ^= rotl(y[b_] + y[a] & 0xffffffff, 9)
                y[d] ^= rotl(y[c] + y[b_] & 0xffffffff, 13); y[a] ^= rotl(y[d] + y[c] & 0xffffffff, 18)
        out += struct.pack("<16I", *[(a + b_) & 0xffffffff for a, b_ in zip(x, y)])
    return out
body = gzip.compress(kdbx_xml(protector(salsa(hashlib.sha256(skey).digest(), bytes.fromhex("e830094b97205d2a"), 100)), hashlib.sha256(head).digest()), mtime=0)
blocks = struct.pack("<I", 0) + hashlib.sha256(body).digest() + struct.pack("<I", len(body)) + body + struct.pack("<I", 1) + bytes(36)
write("kdbx3-sealed.kdbx", head + aes_cbc(hashlib.sha256(mseed + aes_kdf(composite, seed, 500)).digest(), iv, start + blocks))
print(len(os.listdir(OUT)), "files")
