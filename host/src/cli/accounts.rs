//! The verbs about accounts: `add`, `list`, `code`, `edit`, `remove`, `restore`.
//!
//! Never here: which changes are allowed (`handler`).

use serde_json::json;
use shared::protocol::{
    Account, AddAccount, ById, Code, EditAccount, Kind, ListAccounts, ListCodes, MAX_ITEMS, Manual,
    Request, Response,
};

use crate::cli::args::{Add, ByHand, Edit, List, Query, Remove};
use crate::cli::open::Open;
use crate::cli::{CliError, How, World, ask, show};
use crate::vault::entry::display_name;

pub(crate) fn add(world: &mut World<'_>, how: How, add: Add) -> Result<(), CliError> {
    if add.uri.as_deref().is_some_and(|uri| uri.starts_with("otpauth-migration:")) {
        let words = "this is an export of Google Authenticator, with more than one account: save it to a file, \
                     and `countersign import FILE` takes it";
        return Err(CliError::Usage(words.to_owned()));
    }
    let master = Open::before(world, how)?;
    let (uri, manual) = match add.uri.as_deref() {
        Some("-") => (Some(ask::secret(world, "the otpauth:// URI")?), None),
        Some(uri) => (Some(shared::Secret::new(uri.to_owned())), None),
        None => (None, Some(by_hand(world, &add.by_hand)?)),
    };
    let (mut open, _) = Open::unlock_after(world, how, master)?;
    let request = Request::Add(AddAccount { uri, manual, page: None, again: add.again });
    let account = open.account(request)?;
    if account.weak && !how.json {
        let words = "its secret has fewer than 80 bits, which is the service's choice";
        writeln!(open.world.errors, "countersign: {words}")?;
    }
    open.tell("added", &account)
}

fn by_hand(world: &mut World<'_>, by_hand: &ByHand) -> Result<Manual, CliError> {
    let ByHand { issuer, label, kind, numbers } = by_hand;
    Ok(Manual {
        kind: kind.map_or(Kind::Totp, Kind::from),
        issuer: issuer.clone().unwrap_or_default(),
        label: label.clone().unwrap_or_default(),
        secret: ask::secret(world, "Secret (Base32)")?,
        algorithm: numbers.algorithm.map(Into::into),
        digits: numbers.digits,
        period: numbers.period,
        counter: numbers.counter,
    })
}

pub(crate) fn list(world: &mut World<'_>, how: How, list: &List) -> Result<(), CliError> {
    let mut open = Open::unlock(world, how)?;
    let accounts = open.accounts(list.trash)?;
    let words = folded(&list.words);
    let found: Vec<&Account> = accounts.iter().filter(|account| has(account, &words)).collect();
    if how.json {
        return Ok(show::json(open.world.output, &json!({ "accounts": found }))?);
    }
    let row = |account: &&Account| {
        let kind = match account.kind {
            Kind::Totp => "",
            Kind::Hotp => "hotp",
            Kind::Motp => "motp",
            Kind::Steam => "steam",
            Kind::Yandex => "yandex",
        };
        let mark = if account.favourite { "*" } else { "" };
        let sites = account.sites.join(" ");
        [&account.issuer, &account.label, &format!("{kind}{mark}"), &sites]
            .map(|cell| show::clean(cell))
            .to_vec()
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    show::table(open.world.output, &rows)?;
    if rows.is_empty() {
        let words = match (list.words.is_empty(), list.trash) {
            (false, _) => "no account has these words",
            (true, true) => "the trash is empty",
            (true, false) => "no accounts yet: countersign add",
        };
        writeln!(open.world.errors, "countersign: {words}")?;
    }
    Ok(())
}

pub(crate) fn code(world: &mut World<'_>, how: How, query: &Query) -> Result<(), CliError> {
    let mut open = Open::unlock(world, how)?;
    let account = open.find(&query.words, false)?;
    let id = account.id.clone();
    let request = match account.kind {
        // The counter is saved before the code is here.
        Kind::Hotp => Request::NextCode(ById { id }),
        _ => Request::Codes(ListCodes { ids: vec![id] }),
    };
    let Response::Codes(codes) = open.ask(request)? else { return Err(surprise()) };
    let Some(code) = codes.items.into_iter().next() else {
        return Err(CliError::failed(
            "no code can be made for this account, its PIN is missing: `countersign edit QUERY --pin` asks for it",
        ));
    };
    if how.json {
        let Code { code, next, left_ms, period_ms, .. } = &code;
        let value = json!({
            "id": account.id, "issuer": account.issuer, "label": account.label,
            "code": code, "next": next, "left_ms": left_ms, "period_ms": period_ms,
        });
        return Ok(show::json(open.world.output, &value)?);
    }
    writeln!(open.world.output, "{}", code.code)?;
    // For a person only: the next one, if there is hardly time to type this one.
    if let (true, Some(left), Some(next)) = (open.world.output_is_terminal, code.left_ms, code.next)
        && left < 5000
    {
        let left = left.div_ceil(1000);
        writeln!(open.world.errors, "for {left} s more, then {next}")?;
    }
    Ok(())
}

pub(crate) fn edit(world: &mut World<'_>, how: How, edit: Edit) -> Result<(), CliError> {
    let Edit { query, issuer, label, sites, tags, note, favourite, secret, pin, numbers } = edit;
    let says = [&issuer, &label, &sites, &tags, &note].iter().any(|field| field.is_some());
    let counts = numbers.algorithm.is_some()
        || numbers.digits.is_some()
        || numbers.period.is_some()
        || numbers.counter.is_some();
    if !(says || counts || favourite.is_some() || secret || pin) {
        let words = "nothing to change was named: `countersign edit --help` lists what can be";
        return Err(CliError::Usage(words.to_owned()));
    }
    let list = |text: String| -> Vec<String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let master = Open::before(world, how)?;
    let secret = secret.then(|| ask::secret(world, "Secret (Base32)")).transpose()?;
    let pin = pin.then(|| ask::secret(world, "PIN of the account")).transpose()?;
    let (mut open, _) = Open::unlock_after(world, how, master)?;
    let id = open.find(&query.words, false)?.id;
    let change = EditAccount {
        id,
        issuer,
        label,
        sites: sites.map(list),
        tags: tags.map(list),
        note,
        favourite,
        icon: None,
        sends: None,
        spares: None,
        secret,
        pin,
        algorithm: numbers.algorithm.map(Into::into),
        digits: numbers.digits,
        period: numbers.period,
        counter: numbers.counter,
    };
    let account = open.account(Request::Edit(Box::new(change)))?;
    open.tell("changed", &account)
}

pub(crate) fn remove(world: &mut World<'_>, how: How, remove: &Remove) -> Result<(), CliError> {
    let mut open = Open::unlock(world, how)?;
    let account = open.find(&remove.query.words, remove.forever)?;
    let by_id = ById { id: account.id.clone() };
    if remove.forever {
        open.ask(Request::Purge(by_id))?;
        return open.tell("deleted for good", &account);
    }
    open.ask(Request::Delete(by_id))?;
    open.tell("moved to the trash", &account)
}

pub(crate) fn restore(world: &mut World<'_>, how: How, query: &Query) -> Result<(), CliError> {
    let mut open = Open::unlock(world, how)?;
    let id = open.find(&query.words, true)?.id;
    let account = open.account(Request::Restore(ById { id }))?;
    open.tell("taken out of the trash", &account)
}

impl Open<'_, '_> {
    /// Everything in the list, or in the trash.
    pub(crate) fn accounts(&mut self, trash: bool) -> Result<Vec<Account>, CliError> {
        let (mut accounts, mut cursor) = (Vec::new(), None);
        loop {
            let page = ListAccounts { cursor, limit: MAX_ITEMS, trash, ..ListAccounts::default() };
            let Response::Accounts(page) = self.ask(Request::Accounts(page))? else {
                return Err(surprise());
            };
            accounts.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(accounts);
            }
        }
    }

    /// The one account that is meant.
    fn find(&mut self, words: &[String], trash: bool) -> Result<Account, CliError> {
        let accounts = self.accounts(trash)?;
        let mut found = matches(accounts, words);
        match found.len() {
            1 => Ok(found.swap_remove(0)),
            0 if trash => Err(CliError::failed("no account in the trash has these words")),
            0 => Err(CliError::failed("no account has these words: see `countersign list`")),
            count => {
                let name = |of: &Account| display_name(&of.issuer, &of.label);
                let shown: Vec<String> = found.iter().map(name).collect();
                // Of equal names none says more than the other: their ids do.
                let names: Vec<String> = found
                    .iter()
                    .take(10)
                    .map(|of| match shown.iter().filter(|other| **other == name(of)).count() {
                        1 => name(of),
                        _ => format!("{} {}", name(of), of.id),
                    })
                    .collect();
                let more = if 10 < count { ", …" } else { "" };
                Err(CliError::Failed(format!(
                    "{count} accounts have these words: say more of {}{more}",
                    names.join(", ")
                )))
            }
        }
    }

    fn account(&mut self, request: Request) -> Result<Account, CliError> {
        match self.ask(request)? {
            Response::Account(account) => Ok(account),
            _ => Err(surprise()),
        }
    }

    fn tell(&mut self, done: &str, account: &Account) -> Result<(), CliError> {
        if self.how.json {
            return Ok(show::json(self.world.output, &json!({ "account": account }))?);
        }
        writeln!(
            self.world.output,
            "{done}: {}",
            show::clean(&display_name(&account.issuer, &account.label))
        )?;
        Ok(())
    }
}

/// An answer of another kind than its request's.
pub(crate) fn surprise() -> CliError {
    CliError::failed("this should not have happened: please report it")
}

/// By id; else by a whole name; else by words that all occur. The first of these that finds any decides.
fn matches(accounts: Vec<Account>, words: &[String]) -> Vec<Account> {
    let whole = words.join(" ").to_lowercase();
    let by_id = |account: &Account| account.id == whole;
    let by_name = |account: &Account| {
        let (issuer, label) = (account.issuer.to_lowercase(), account.label.to_lowercase());
        let names = [format!("{issuer}:{label}"), format!("{issuer} {label}"), issuer, label];
        names.contains(&whole)
    };
    let words = folded(words);
    let by_words = |account: &Account| has(account, &words);
    let rules: [&dyn Fn(&Account) -> bool; 3] = [&by_id, &by_name, &by_words];
    let Some(rule) = rules.into_iter().find(|rule| accounts.iter().any(rule)) else {
        return Vec::new();
    };
    accounts.into_iter().filter(|account| rule(account)).collect()
}

fn folded(words: &[String]) -> Vec<String> {
    words.iter().flat_map(|word| word.split_whitespace()).map(str::to_lowercase).collect()
}

/// Whether all words occur in issuer, label, sites or tags.
fn has(account: &Account, words: &[String]) -> bool {
    let Account { issuer, label, sites, tags, .. } = account;
    let text = format!("{issuer}\n{label}\n{}\n{}", sites.join("\n"), tags.join("\n"));
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, issuer: &str, label: &str) -> Account {
        let value = json!({
            "id": id, "kind": "totp", "issuer": issuer, "label": label, "algorithm": "SHA1",
            "digits": 6, "period": 30, "created": 0, "modified": 0,
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_query_is_an_id_then_a_name_then_words() {
        let accounts = || {
            vec![
                account("0a", "GitHub", "alice"),
                account("0b", "GitHub", "bob"),
                account("0c", "Git", "alice"),
                account("0d", "Zürich", "ALICE@example.com"),
            ]
        };
        let ids = |query: &str| -> Vec<String> {
            let words: Vec<String> = query.split(' ').map(str::to_owned).collect();
            matches(accounts(), &words).into_iter().map(|account| account.id).collect()
        };
        assert_eq!(ids("0b"), ["0b"]);
        assert_eq!(ids("git"), ["0c"]);
        assert_eq!(ids("github:bob"), ["0b"]);
        assert_eq!(ids("github alice"), ["0a"]);
        assert_eq!(ids("hub b"), ["0a", "0b"]);
        assert_eq!(ids("hub bob"), ["0b"]);
        assert_eq!(ids("ZÜRICH"), ["0d"]);
        assert_eq!(ids("example"), ["0d"]);
        assert_eq!(ids("gitlab"), [] as [&str; 0]);
    }
}
