//! Stratum (Authenticator Pro): `{Authenticators, Categories, …}`, plain or sealed in a newer and an older
//! way; and the database of a rooted phone, which has the same columns in lower case.
//!
//! Never here: its HTML export (`html`).

use std::collections::{BTreeSet, HashMap};

use argon2::Algorithm;
use serde_json::Value;
use zeroize::Zeroizing;

use super::item::{Found, Key, Number, Raw};
use super::kdf::{Argon2Cost, Prf};
use super::sqlite::Database;
use super::{Context, ImportError, WRONG_OR_DAMAGED, cipher, item, json, kdf};

/// More categories than one account is in.
const MAX_CATEGORIES: usize = 32;
/// Longest name of one, in bytes.
const MAX_NAME: usize = 1024;

pub(super) const MAGIC: &[u8; 16] = b"AUTHENTICATORPRO";
pub(super) const MAGIC_LEGACY: &[u8; 16] = b"AuthenticatorPro";

pub(super) fn read_sealed(
    file: &[u8],
    context: &Context<'_>,
    found: &mut Found,
) -> Result<(), ImportError> {
    let json = open(file, context)?;
    read(&json::parse_bytes(&json, WRONG_OR_DAMAGED)?, found)
}

fn open(file: &[u8], context: &Context<'_>) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let corrupt = ImportError::Corrupt;
    let (magic, rest) = file.split_first_chunk::<16>().ok_or(corrupt)?;
    if magic == MAGIC_LEGACY {
        let (salt, rest) = rest.split_first_chunk::<20>().ok_or(corrupt)?;
        let (iv, sealed) = rest.split_first_chunk::<16>().ok_or(corrupt)?;
        if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
            return Err(corrupt);
        }
        let key = kdf::pbkdf2(Prf::Sha1, context.password()?.as_bytes(), salt, 64_000)?;
        return cipher::open_cbc(&key[..], iv, sealed).ok_or(WRONG_OR_DAMAGED);
    }
    let (salt, rest) = rest.split_first_chunk::<16>().ok_or(corrupt)?;
    let (nonce, sealed) = rest.split_first_chunk::<12>().ok_or(corrupt)?;
    if sealed.len() <= 16 {
        return Err(corrupt);
    }
    let cost = Argon2Cost { algorithm: Algorithm::Argon2id, ..Argon2Cost::id(64 * 1024, 3, 4) };
    let key = kdf::argon2(context.password()?.as_bytes(), salt, cost)?;
    cipher::open_gcm(&key[..], nonce, sealed, b"").ok_or(WRONG_OR_DAMAGED)
}

pub(super) fn read(file: &Value, found: &mut Found) -> Result<(), ImportError> {
    let list = file.get("Authenticators").and_then(Value::as_array).ok_or(ImportError::Corrupt)?;
    let categories: HashMap<String, String> =
        json::names(file, "Categories", "Id", "Name").collect();
    let mut tags = Tags::default();
    for binding in json::list(file, "AuthenticatorCategories") {
        if let Some(name) = categories.get(&json::text(binding, "CategoryId")) {
            tags.add(json::text(binding, "AuthenticatorSecret"), name);
        }
    }
    for entry in list {
        let secret = json::text(entry, "Secret");
        found.take(account(Account {
            tags: tags.of(&secret),
            kind: json::number(entry, "Type"),
            algorithm: json::number(entry, "Algorithm"),
            issuer: json::text(entry, "Issuer"),
            label: json::text(entry, "Username"),
            secret,
            pin: json::text(entry, "Pin"),
            digits: json::number(entry, "Digits"),
            period: json::number(entry, "Period"),
            counter: json::number(entry, "Counter"),
        }))?;
    }
    Ok(())
}

/// The tables `authenticator`, `category`, `authenticatorcategory`.
pub(super) fn read_database(database: &Database, found: &mut Found) -> Result<(), ImportError> {
    let list = database.table("authenticator")?.ok_or(ImportError::Corrupt)?;
    let mut categories = HashMap::new();
    if let Some(table) = database.table("category")? {
        categories.extend(table.rows().map(|row| (row.text("id"), row.text("name"))));
    }
    let mut tags = Tags::default();
    if let Some(bindings) = database.table("authenticatorcategory")? {
        for row in bindings.rows() {
            if let Some(name) = categories.get(&row.text("categoryid")) {
                tags.add(row.text("authenticatorsecret"), name);
            }
        }
    }
    for row in list.rows() {
        let secret = row.text("secret");
        found.take(account(Account {
            tags: tags.of(&secret),
            kind: row.number("type"),
            algorithm: row.number("algorithm"),
            issuer: row.text("issuer"),
            label: row.text("username"),
            secret,
            pin: row.text("pin"),
            digits: row.number("digits"),
            period: row.number("period"),
            counter: row.number("counter"),
        }))?;
    }
    Ok(())
}

/// Categories by the secret of what is in them: the format knows no other name for an account.
#[derive(Default)]
struct Tags(HashMap<String, BTreeSet<String>>);

impl Tags {
    fn add(&mut self, secret: String, name: &str) {
        let names = self.0.entry(secret).or_default();
        // All accounts may have one secret, and then each is in the categories of all.
        if names.len() < MAX_CATEGORIES {
            names.insert(item::cut(name, MAX_NAME).to_owned());
        }
    }

    fn of(&self, secret: &str) -> Vec<String> {
        self.0.get(secret).into_iter().flatten().cloned().collect()
    }
}

/// The fields that the file and the database share.
struct Account {
    kind: Number,
    algorithm: Number,
    issuer: String,
    label: String,
    secret: String,
    pin: String,
    digits: Number,
    period: Number,
    counter: Number,
    tags: Vec<String>,
}

fn account(account: Account) -> Raw {
    let kind = match account.kind {
        Number::Is(1) => "hotp",
        Number::Is(2) => "totp",
        Number::Is(3) => "motp",
        Number::Is(4) => "steam",
        Number::Is(5) => "yandex",
        _ => "unknown",
    };
    Raw {
        kind: kind.into(),
        key: if kind == "motp" {
            Key::bytes(Some(account.secret.trim().as_bytes().to_vec()))
        } else {
            Key::base32(&account.secret)
        },
        issuer: account.issuer,
        label: account.label,
        algorithm: match account.algorithm {
            Number::Absent | Number::Is(0) => "SHA1",
            Number::Is(1) => "SHA256",
            Number::Is(2) => "SHA512",
            _ => "unknown",
        }
        .into(),
        digits: account.digits,
        period: account.period,
        counter: account.counter,
        pin: Some(account.pin),
        tags: account.tags,
        ..Raw::default()
    }
}
