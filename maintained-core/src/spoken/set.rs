//! What stands behind `SET`: the columns that a statement gives new values.

use crate::spoken::Spelling;
use crate::spoken::words::Word;

/// What ends a list of assignments.
const ENDS: &[&str] = &["WHERE", "FROM", "RETURNING", "ORDER", "LIMIT", "WHEN", "ON"];

/// A column that is set: the names that make it, from left to right.
pub(super) type Path = Vec<String>;

/// The columns that are set by the assignments at the beginning of some words.
pub(super) fn columns(words: &[Word<'_>], spelling: Spelling) -> Vec<Path> {
    let mut columns = Vec::new();
    let mut at = 0;
    while let Some(end) = assignment(words, at, spelling, &mut columns) {
        at = end;
    }
    columns
}

/// Reads the assignment at a place; the place of the next one, if there is one.
fn assignment(
    words: &[Word<'_>],
    at: usize,
    spelling: Spelling,
    columns: &mut Vec<Path>,
) -> Option<usize> {
    let mut at = at;
    if words.get(at) == Some(&Word::Mark('(')) {
        // `(a, b) = ..`
        while !matches!(words.get(at), None | Some(Word::Mark(')'))) {
            at += 1;
            at += path(&words[at..], spelling, columns);
        }
    } else {
        at += path(&words[at..], spelling, columns);
    }
    let mut depth = 0_usize;
    for (place, &word) in words.iter().enumerate().skip(at) {
        let before = place.checked_sub(1).map(|before| words[before]);
        // `a.order` names a column.
        let is_name = before == Some(Word::Mark('.'));
        match word {
            Word::Mark(',') if depth == 0 => return Some(place + 1),
            Word::Mark('(' | '[') => depth += 1,
            Word::Mark(')' | ']') => depth = depth.saturating_sub(1),
            _ if is_name => {}
            // The `WHEN` of a `CASE` ends no assignment.
            _ if word.is("CASE") => depth += 1,
            _ if word.is("END") => depth = depth.saturating_sub(1),
            // `a IS DISTINCT FROM b` is a value.
            _ if word.is("FROM") && before.is_some_and(|before| before.is("DISTINCT")) => {}
            _ if depth == 0 && word.is_one_of(ENDS) => return None,
            _ => {}
        }
    }
    None
}

/// Reads the column at the beginning of some words, and says how many words it takes.
fn path(words: &[Word<'_>], spelling: Spelling, columns: &mut Vec<Path>) -> usize {
    let mut parts = Vec::new();
    let mut read = 0;
    while let Some(part) = words.get(read).and_then(|word| word.as_name(spelling)) {
        parts.push(part);
        read += 1;
        if words.get(read) != Some(&Word::Mark('.')) {
            break;
        }
        read += 1;
    }
    if !parts.is_empty() {
        columns.push(parts);
    }
    read
}
