//! The accounts, which of them a search finds, and which of those are in sight.
//!
//! Only what is in sight has elements on the page and codes, so that 10,000 accounts cost what 20 do.
//!
//! Never here: codes, and elements.

use std::collections::HashMap;
use std::ops::Range;

use shared::protocol::{Account, Kind};

use crate::text::small;

/// Height of an account in CSS pixels; the same in `popup.css`.
pub const ROW: u32 = 64;
/// The same where rows stand close.
pub const COMPACT: u32 = 48;
/// Height of a heading in CSS pixels; the same in `popup.css`.
pub const HEADING: u32 = 34;
/// Pixels above and below what is in sight that have elements too, so that scrolling shows no gaps.
pub const MARGIN: u32 = 6 * ROW;

/// Tags that are offered as filters; any other is found by searching for it.
const TAGS: usize = 40;

/// See the module.
#[derive(Debug)]
pub struct List {
    accounts: Vec<Account>,
    /// Lower-case text of each account, for searching.
    searched: Vec<String>,
    index: HashMap<String, usize>,
    /// Every tag that an account has, once, in the order of the list.
    tags: Vec<String>,
    /// Only accounts with this tag are found.
    pub tag: Option<String>,
    lines: Vec<Line>,
    /// Where each line begins; one more than there are lines.
    tops: Vec<u32>,
    /// Accounts of the round that is being loaded, when an earlier one is on screen.
    incoming: Option<Vec<Account>>,
    /// Counts loads; a page of an earlier round is of no use.
    pub round: u32,
    /// Whether a whole list was loaded since the vault was unlocked.
    pub loaded: bool,
    /// Accounts in the whole list, as the host counts them.
    pub total: usize,
    /// How far the list is scrolled.
    pub top: u32,
    /// Height of the list on screen.
    pub height: u32,
    /// Height of an account.
    pub row: u32,
    /// How far beyond what is in sight accounts have elements, too; none until the first picture was shown.
    pub margin: u32,
    /// Accounts that come before their neighbours, in this order.
    pub first: Vec<String>,
}

impl Default for List {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            searched: Vec::new(),
            index: HashMap::new(),
            tags: Vec::new(),
            tag: None,
            lines: Vec::new(),
            tops: vec![0],
            incoming: None,
            round: 0,
            loaded: false,
            total: 0,
            top: 0,
            // What a popup has for it under its search, in whole rows; a tab says so before anybody scrolls.
            height: 8 * ROW,
            row: ROW,
            margin: 0,
            first: Vec::new(),
        }
    }
}

/// A line of the list.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Line {
    /// The account at this place.
    Account(usize),
    /// A heading.
    Heading(Heading),
}

/// What a heading is over, in the order of the list.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Heading {
    /// Accounts of the open page.
    Here,
    /// Favourites.
    Favourites,
    /// The others.
    Others,
}

/// A line that has elements.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Shown {
    /// An account, by id.
    Account(String),
    /// A heading.
    Heading(Heading),
}

impl List {
    /// Begins to load the list anew; what is on screen stays until the new one is whole.
    pub fn reload(&mut self) -> u32 {
        self.round += 1;
        self.incoming = self.loaded.then(Vec::new);
        if !self.loaded {
            self.accounts.clear();
        }
        self.round
    }

    /// Takes in a page of the present round.
    pub fn take_in(&mut self, page: Vec<Account>, total: usize, last: bool, query: &str) {
        self.total = total;
        match &mut self.incoming {
            Some(incoming) => {
                incoming.extend(page);
                if last {
                    self.accounts = self.incoming.take().unwrap_or_default();
                    self.searched.clear();
                }
            }
            None => self.accounts.extend(page),
        }
        self.loaded |= last;
        self.arrange(query);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        let first = std::mem::take(&mut self.first);
        *self = Self {
            round: self.round + 1,
            height: self.height,
            row: self.row,
            margin: self.margin,
            first,
            ..Self::default()
        };
    }

    /// Takes one account out.
    pub fn remove(&mut self, id: &str, query: &str) {
        self.accounts.retain(|account| account.id != id);
        self.total = self.total.saturating_sub(1);
        self.searched.clear();
        self.arrange(query);
    }

    /// Puts a changed account in the place of the one with its id. Its place in the list comes with
    /// the next load.
    pub fn replace(&mut self, account: Account, query: &str) {
        if let Some(at) = self.index.get(&account.id) {
            let here = self.accounts[*at].here;
            self.accounts[*at] = Account { here: account.here || here, ..account };
            self.searched.clear();
            self.arrange(query);
        }
    }

    /// Finds what `query` is about and lays it out.
    pub fn arrange(&mut self, query: &str) {
        if self.accounts.len() < self.searched.len() || self.searched.is_empty() {
            self.searched.clear();
            self.tags.clear();
        }
        for account in &self.accounts[self.searched.len()..] {
            self.searched.push(searched(account));
            for tag in &account.tags {
                if self.tags.len() < TAGS && !self.tags.contains(tag) {
                    self.tags.push(tag.clone());
                }
            }
        }
        // The last account that had it may have lost it.
        self.tag.take_if(|tag| self.loaded && !self.tags.contains(tag));
        self.index = self.accounts.iter().enumerate().map(|(i, a)| (a.id.clone(), i)).collect();
        let query = small(query);
        let words: Vec<&str> = query.split_whitespace().collect();
        // Buckets instead of a sort, which would be the largest piece of this module.
        let mut found: [Vec<usize>; 9] = Default::default();
        let first: Vec<usize> =
            self.first.iter().filter_map(|id| self.index.get(id).copied()).collect();
        let mut placed = vec![false; self.accounts.len()];
        first.iter().for_each(|i| placed[*i] = true);
        let others = (0..self.accounts.len()).filter(|i| !placed[*i]);
        for i in first.iter().copied().chain(others) {
            let tagged = self.tag.as_ref().is_none_or(|tag| self.accounts[i].tags.contains(tag));
            if let Some(unlike) = unlikeness(&self.searched[i], &words).filter(|_| tagged) {
                found[unlike * 3 + heading(&self.accounts[i]) as usize].push(i);
            }
        }
        let mut lines = Vec::with_capacity(self.accounts.len() + 3);
        let mut under = None;
        for i in found.into_iter().flatten() {
            let account = &self.accounts[i];
            let heading = heading(account);
            // A list of one kind needs no headings, and neither does what a search found.
            let worth = under.is_some() || heading != Heading::Others;
            if words.is_empty() && worth && under != Some(heading) {
                lines.push(Line::Heading(heading));
                under = Some(heading);
            }
            lines.push(Line::Account(i));
        }
        let mut top = 0;
        self.tops = vec![0];
        for line in &lines {
            top += if matches!(line, Line::Account(_)) { self.row } else { HEADING };
            self.tops.push(top);
        }
        self.lines = lines;
        self.top = self.top.min(self.full_height().saturating_sub(self.height));
    }

    /// Height of all lines.
    pub fn full_height(&self) -> u32 {
        self.tops.last().copied().unwrap_or_default()
    }

    /// The lines that have elements, and how far down they begin.
    pub fn window(&self) -> (u32, Vec<Shown>) {
        let lines = self.within(self.margin);
        let top = self.tops[lines.start];
        let shown = self.lines[lines].iter().map(|line| match line {
            Line::Account(i) => Shown::Account(self.accounts[*i].id.clone()),
            Line::Heading(heading) => Shown::Heading(*heading),
        });
        (top, shown.collect())
    }

    /// The accounts in sight (and a little more) that have a picture of their own.
    pub fn pictured(&self) -> impl Iterator<Item = &Account> {
        self.lines[self.within(2 * ROW)].iter().filter_map(|line| match line {
            Line::Account(i) => Some(&self.accounts[*i]).filter(|a| !a.picture.is_empty()),
            _ => None,
        })
    }

    /// Ids of the accounts in sight (and a little more) whose codes go by time.
    pub fn in_sight(&self) -> impl Iterator<Item = &str> {
        self.lines[self.within(2 * ROW)].iter().filter_map(|line| match line {
            Line::Account(i) if self.accounts[*i].kind != Kind::Hotp => {
                Some(self.accounts[*i].id.as_str())
            }
            _ => None,
        })
    }

    fn within(&self, margin: u32) -> Range<usize> {
        let first = self.top.saturating_sub(margin);
        let last = self.top.saturating_add(self.height).saturating_add(margin);
        let start = self.tops.partition_point(|top| *top <= first).saturating_sub(1);
        let end = self.tops.partition_point(|top| *top < last).min(self.lines.len());
        start.min(end)..end
    }

    /// The account with this id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.index.get(id).map(|i| &self.accounts[*i])
    }

    /// The first account that was found.
    pub fn first(&self) -> Option<&Account> {
        self.lines.iter().find_map(|line| match line {
            Line::Account(i) => Some(&self.accounts[*i]),
            Line::Heading(_) => None,
        })
    }

    /// Every tag that there is.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Whether nothing was found.
    pub fn nothing_found(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether there are no accounts at all.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Place of an account among the lines.
    pub fn line_of(&self, id: &str) -> Option<usize> {
        let at = self.index.get(id)?;
        self.lines.iter().position(|line| *line == Line::Account(*at))
    }

    /// The account `steps` accounts from `id`, or from before the first; `None` above the first.
    pub fn step(&self, id: Option<&str>, steps: i32) -> Option<String> {
        let found: Vec<usize> = self
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Account(i) => Some(*i),
                Line::Heading(_) => None,
            })
            .collect();
        let at =
            id.and_then(|id| self.index.get(id)).and_then(|i| found.iter().position(|f| f == i));
        let at = at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1) + i64::from(steps);
        if at < 0 && steps == -1 {
            return None;
        }
        let at = usize::try_from(at.max(0)).ok()?.min(found.len().checked_sub(1)?);
        Some(self.accounts[found[at]].id.clone())
    }

    /// Scrolls as little as it takes to bring an account into sight; `None` if it is.
    pub fn reveal(&mut self, id: &str) -> Option<u32> {
        let line = self.line_of(id)?;
        let (top, bottom) = (self.tops[line], self.tops[line + 1]);
        // A heading just above belongs to it.
        let above = line.checked_sub(1).map(|l| self.lines[l]);
        let top = if matches!(above, Some(Line::Heading(_))) { top - HEADING } else { top };
        if top < self.top {
            self.top = top;
        } else if self.top + self.height < bottom {
            self.top = bottom - self.height;
        } else {
            return None;
        }
        Some(self.top)
    }
}

fn searched(account: &Account) -> String {
    let parts = [&account.issuer, &account.label, &account.note].into_iter();
    let parts = parts.chain(&account.tags).chain(&account.sites).map(String::as_str);
    small(&parts.collect::<Vec<_>>().join("\n"))
}

fn heading(account: &Account) -> Heading {
    match (account.here || account.likely, account.favourite) {
        (true, _) => Heading::Here,
        (_, true) => Heading::Favourites,
        _ => Heading::Others,
    }
}

/// How far an account is from what is searched for: 0 begins with each word, 1 holds it, 2 has its letters in
/// this order in its name; `None` is something else.
fn unlikeness(text: &str, words: &[&str]) -> Option<usize> {
    let name = text.split('\n').next().unwrap_or_default();
    let one = |word: &&str| {
        if text.starts_with(word) {
            return Some(0);
        }
        if text.contains(word) {
            return Some(1);
        }
        let mut rest = name.chars();
        (2 < word.len() && word.chars().all(|c| rest.any(|other| other == c))).then_some(2)
    };
    let mut most = 0;
    for word in words {
        most = most.max(one(word)?);
    }
    Some(most)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Accounts `0`, `1`, … of issuers `Issuer 0`, …
    pub(in crate::popup) fn accounts(count: usize) -> Vec<Account> {
        let json = |i: usize| {
            format!(
                r#"{{"id":"{i}","kind":"totp","issuer":"Issuer {i}","label":"me@example.com",
                "algorithm":"SHA1","digits":6,"period":30,"created":0,"modified":0}}"#
            )
        };
        (0..count).map(|i| serde_json::from_str(&json(i)).unwrap()).collect()
    }

    #[test]
    fn the_style_sheet_has_these_heights() {
        let css = include_str!("../../static/popup.css");
        for rule in [
            format!("\n.heading {{ height: {HEADING}px;"),
            format!("\n.row {{\n  height: {ROW}px;"),
            format!("\n[data-density=\"compact\"] .row {{ height: {COMPACT}px;"),
        ] {
            assert!(css.contains(&rule), "popup.css lacks `{rule}`");
        }
    }

    fn list(count: usize) -> List {
        let mut list = List { margin: MARGIN, ..List::default() };
        list.reload();
        list.take_in(accounts(count), count, true, "");
        list
    }

    #[test]
    fn ten_thousand_accounts_have_as_many_elements_as_fit() {
        let mut list = list(10_000);
        assert_eq!(list.full_height(), 10_000 * ROW);
        assert!(list.window().1.len() < 20);
        list.top = 5_000 * ROW;
        let (top, shown) = list.window();
        assert!(top <= 5_000 * ROW && 4_990 * ROW < top);
        assert!(shown.contains(&Shown::Account("5000".into())));
        assert!(shown.len() < 30);
    }

    #[test]
    fn a_search_wants_every_word_and_no_order() {
        let mut list = list(20);
        list.arrange("EXAMPLE issuer  13");
        assert_eq!(list.window().1, [Shown::Account("13".into())]);
        list.arrange("nowhere");
        assert!(list.nothing_found() && !list.is_empty());
    }

    #[test]
    fn a_tag_leaves_those_that_have_it() {
        let mut list = List::default();
        let mut accounts = accounts(4);
        for at in [1, 3] {
            accounts[at].tags = vec!["work".into()];
        }
        list.take_in(accounts.clone(), 4, true, "");
        assert_eq!(list.tags(), ["work"]);
        list.tag = Some("work".into());
        list.arrange("");
        assert_eq!(list.window().1, [1, 3].map(|i: u8| Shown::Account(i.to_string())));
        list.arrange("issuer 3");
        assert_eq!(list.window().1, [Shown::Account("3".into())]);
        for account in &mut accounts {
            account.tags.clear();
        }
        list.reload();
        list.take_in(accounts, 4, true, "");
        assert_eq!((list.tag.as_deref(), list.window().1.len()), (None, 4));
    }

    #[test]
    fn letters_in_their_order_are_enough_and_come_last() {
        let mut list = List::default();
        let mut accounts = accounts(4);
        for (account, issuer) in
            accounts.iter_mut().zip(["Fog Thub", "GitHub", "My GitHub", "Mail"])
        {
            account.issuer = issuer.into();
        }
        list.take_in(accounts, 4, true, "");
        list.arrange("github");
        assert_eq!(list.window().1, [1, 2].map(|i: u8| Shown::Account(i.to_string())));
        list.arrange("gthub");
        assert_eq!(list.window().1, [0, 1, 2].map(|i: u8| Shown::Account(i.to_string())));
        list.arrange("xyz");
        assert!(list.nothing_found());
    }

    #[test]
    fn what_was_used_comes_first_under_its_heading() {
        let mut list = List { first: vec!["3".into(), "1".into()], ..List::default() };
        let mut accounts = accounts(4);
        accounts[0].favourite = true;
        list.take_in(accounts, 4, true, "");
        let shown = list.window().1.into_iter().filter_map(|line| match line {
            Shown::Account(id) => Some(id),
            Shown::Heading(_) => None,
        });
        assert_eq!(shown.collect::<Vec<_>>(), ["0", "3", "1", "2"]);
    }

    #[test]
    fn the_open_pages_accounts_come_under_a_heading_of_their_own() {
        let mut list = List::default();
        let mut accounts = accounts(4);
        accounts[0].here = true;
        accounts[1].favourite = true;
        list.take_in(accounts, 4, true, "");
        let headings: Vec<Shown> =
            list.window().1.into_iter().filter(|l| matches!(l, Shown::Heading(_))).collect();
        let all = [Heading::Here, Heading::Favourites, Heading::Others];
        assert_eq!(headings, all.map(Shown::Heading));
        list.arrange("me@");
        assert_eq!(list.window().1.len(), 4);
    }

    #[test]
    fn arrows_walk_over_headings_and_stop_at_the_ends() {
        let mut list = List::default();
        let mut accounts = accounts(3);
        accounts[0].favourite = true;
        list.take_in(accounts, 3, true, "");
        assert_eq!(list.step(None, 1).as_deref(), Some("0"));
        assert_eq!(list.step(Some("0"), 1).as_deref(), Some("1"));
        assert_eq!(list.step(Some("2"), 1).as_deref(), Some("2"));
        assert_eq!(list.step(Some("0"), -1), None);
        assert_eq!(list.step(Some("1"), i32::MAX).as_deref(), Some("2"));
        assert_eq!(List::default().step(None, 1), None);
    }

    #[test]
    fn an_account_out_of_sight_is_scrolled_to_and_no_farther() {
        let mut list = list(100);
        list.height = 600;
        assert_eq!(list.reveal("0"), None);
        assert_eq!(list.reveal("50"), Some(51 * ROW - 600));
        assert_eq!(list.reveal("50"), None);
        assert_eq!(list.reveal("0"), Some(0));
    }

    #[test]
    fn a_reload_replaces_the_list_only_when_it_is_whole() {
        let mut list = list(3);
        list.reload();
        list.take_in(accounts(1), 2, false, "");
        assert_eq!(list.window().1.len(), 3);
        list.take_in(vec![], 2, true, "");
        assert_eq!(list.window().1.len(), 1);
    }
}
