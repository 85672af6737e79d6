//! The tables that a statement names, and the names that it gives them.

use crate::spoken::words::Word;
use crate::spoken::{Name, Spelling};

/// A table with the name that the statement gives it.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) table: Name,
    alias: Option<String>,
}

impl Target {
    /// Whether a statement means this table by a name.
    pub(super) fn is_called(&self, name: &Name) -> bool {
        match &self.alias {
            Some(alias) => name.qualifier.is_none() && *alias == name.name,
            None => self.table.may_be(name),
        }
    }
}

/// The words that may stand between the name of a table and what is not its alias.
const NO_ALIAS: &[&str] = &[
    "SET",
    "WHERE",
    "USING",
    "FROM",
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "CROSS",
    "NATURAL",
    "FULL",
    "STRAIGHT_JOIN",
    "ON",
    "ORDER",
    "LIMIT",
    "RETURNING",
    "PARTITION",
    "INDEXED",
    "NOT",
    "USE",
    "FORCE",
    "IGNORE",
    "FOR",
];

/// The tables that a list or a join names, up to one of some keywords, and how many words they
/// take.
pub(super) fn tables(
    words: &[Word<'_>],
    ends: &[&str],
    spelling: Spelling,
) -> (Vec<Target>, usize) {
    let mut targets = Vec::new();
    let mut depth = 0_usize;
    let mut is_due = true;
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        if depth == 0 && word.is_one_of(ends) {
            break;
        }
        if is_due
            && !word.is_one_of(&["ONLY", "LATERAL", "SELECT"])
            && let Some((table, read)) = Name::at(&words[at..], spelling)
        {
            at += read;
            let alias = alias(&words[at..], spelling);
            at += alias.as_ref().map_or(0, |&(_, read)| read);
            let alias = alias.map(|(alias, _)| alias);
            targets.push(Target { table, alias });
            is_due = false;
            continue;
        }
        match word {
            Word::Mark('(') => depth += 1,
            Word::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_open = word == Word::Mark('(') && is_due || word.is("ONLY");
        is_due = is_open
            || word == Word::Mark(',') && depth == 0
            || word.is_one_of(&["JOIN", "STRAIGHT_JOIN"]);
        at += 1;
    }
    (targets, at)
}

/// The alias that some words begin with, and how many they are.
fn alias(words: &[Word<'_>], spelling: Spelling) -> Option<(String, usize)> {
    // `t *` of PostgreSQL is `t` with the tables that inherit from it, and `t.*` of MySQL is `t`.
    let skipped = match words {
        [Word::Mark('.'), Word::Mark('*'), ..] => 2,
        [Word::Mark('*'), ..] => 1,
        _ => 0,
    };
    let words = &words[skipped..];
    let (as_words, words) = match words.split_first() {
        Some((word, rest)) if word.is("AS") => (1, rest),
        _ => (0, words),
    };
    let word = words.first()?;
    if as_words == 0 && word.is_one_of(NO_ALIAS) {
        return None;
    }
    let alias = word.as_name(spelling)?;
    Some((alias, skipped + as_words + 1))
}
