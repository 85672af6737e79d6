//! SQL text taken apart into tokens, far enough to tell names from texts and comments.
//!
//! A name is found as a whole and never as a part of another one: `author_user_id` does not name
//! `user_id`.

mod references;

pub(crate) use self::references::{Reference, references};

use std::borrow::Cow;

use diesel::result::QueryResult;

use crate::sql::Dialect;
use crate::sql::statement::Statement;

/// What a database puts around names: a double quote, or a backtick if double quotes stand around
/// texts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// `"name"`
    Double,
    /// `` `name` ``
    Backtick,
}

impl Quotes {
    /// The quotes that are around a name that a database has quoted.
    pub(crate) fn around(name: &str) -> Self {
        if name.starts_with('`') {
            Self::Backtick
        } else {
            Self::Double
        }
    }

    /// The quotes of a database.
    pub(crate) fn of<DB: Dialect>() -> QueryResult<Self> {
        Ok(Self::around(&quoted_name::<DB>("name")?))
    }
}

/// A name as a database quotes it.
pub(crate) fn quoted_name<DB: Dialect>(name: &'static str) -> QueryResult<String> {
    let mut quoted = Statement::new("");
    quoted.name(name);
    DB::sql_of(&quoted)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'s> {
    /// A name or a word of the language.
    Word(&'s str),
    /// A name in quotes.
    Quoted(Cow<'s, str>),
    /// A text in quotes, which may stand for others in it.
    Text(&'s str),
    /// A number or a parameter.
    Value,
    /// Any other sign.
    Sign(char),
}

impl Token<'_> {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) => Some(name),
            Self::Quoted(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(own) if own.eq_ignore_ascii_case(word))
    }
}

/// The tokens of a text, each with the place where it starts. Comments are left out.
pub(super) fn tokens(sql: &str, quotes: Quotes) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (length, token) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if let Some(length) = comment(rest, quotes) {
            (length, None)
        } else {
            let (length, token) = token(rest, first, quotes, tokens.last());
            (length, Some((at, token)))
        };
        tokens.extend(token);
        at += length;
    }
    tokens
}

/// The length of the comment with which a text begins, if it does.
///
/// Of the databases with backticks `MySQL` takes `--` for a comment before a blank only, and runs
/// what stands in `/*! .. */`: there `SQLite` is taken to read more than it does.
fn comment(text: &str, quotes: Quotes) -> Option<usize> {
    let is_backtick = quotes == Quotes::Backtick;
    if let Some(line) = text.strip_prefix("--") {
        let is_comment = !is_backtick || !line.starts_with(|first: char| !first.is_whitespace());
        return is_comment.then(|| text.find('\n').unwrap_or(text.len()));
    }
    let mut rest = text.strip_prefix("/*")?;
    if is_backtick && rest.starts_with('!') {
        let run = rest[1..].trim_start_matches(|digit: char| digit.is_ascii_digit());
        return Some(text.len() - run.len());
    }
    let mut depth = 1;
    while depth > 0 {
        let end = rest.find("*/").unwrap_or(rest.len());
        // Only PostgreSQL has comments within comments.
        let begin = rest[..end].find("/*").filter(|_| !is_backtick);
        if let Some(begin) = begin {
            depth += 1;
            rest = &rest[begin + 2..];
        } else {
            depth -= 1;
            rest = rest.get(end + 2..).unwrap_or_default();
        }
    }
    Some(text.len() - rest.len())
}

/// The first token of a text, and its length.
fn token<'s>(
    rest: &'s str,
    first: char,
    quotes: Quotes,
    before: Option<&(usize, Token<'_>)>,
) -> (usize, Token<'s>) {
    let is_text = first == '\'' || first == '"' && quotes == Quotes::Backtick;
    if is_text || matches!(first, '"' | '`') {
        // `E'..'` of PostgreSQL; all texts of MySQL, and no others.
        let escapes = before.is_some_and(|(_, token)| token.is_word("e"));
        let length = quoted(
            rest,
            first,
            is_text && (escapes || quotes == Quotes::Backtick),
        );
        if is_text {
            let inside = rest[1..length].strip_suffix(first).unwrap_or_default();
            return (length, Token::Text(inside));
        }
        let inside = rest[1..length].strip_suffix(first).unwrap_or_default();
        let twice = [first, first].iter().collect::<String>();
        let name = if inside.contains(&twice) {
            Cow::Owned(inside.replace(&twice, &first.to_string()))
        } else {
            Cow::Borrowed(inside)
        };
        return (length, Token::Quoted(name));
    }
    let word = rest.len() - rest.trim_start_matches(is_in_a_word).len();
    if first.is_ascii_digit() || first == '$' && word > 1 {
        (word, Token::Value)
    } else if first != '$' && word > 0 {
        (word, Token::Word(&rest[..word]))
    } else if first == '?' {
        (1, Token::Value)
    } else {
        (first.len_utf8(), Token::Sign(first))
    }
}

fn is_in_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// The length of what stands in quotes, including them. A quote that is doubled or escaped does not
/// end it.
fn quoted(rest: &str, quote: char, escapes: bool) -> usize {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && escapes {
            letters.next();
        } else if letter == quote && letters.next_if(|&(_, next)| next == quote).is_none() {
            return at + letter.len_utf8();
        }
    }
    rest.len()
}

/// The parts of a list: what stands between commas that are in no brackets and in no quotes.
pub(crate) fn parts(sql: &str, quotes: Quotes) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut depth) = (0, 0_usize);
    for (at, token) in tokens(sql, quotes) {
        match token {
            Token::Sign('(' | '[') => depth += 1,
            Token::Sign(')' | ']') => depth = depth.saturating_sub(1),
            Token::Sign(',') if depth == 0 => {
                parts.push(sql[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    let last = sql[from..].trim();
    if from > 0 || !last.is_empty() {
        parts.push(last);
    }
    parts
}

/// How many parameters a text has, in a dialect that writes each as `?`.
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) fn parameters(sql: &str, quotes: Quotes) -> usize {
    let tokens = tokens(sql, quotes);
    let values = tokens
        .iter()
        .filter(|(at, token)| *token == Token::Value && sql[*at..].starts_with('?'));
    values.count()
}

#[cfg(test)]
mod tests {
    use super::{Quotes, parts};

    #[test]
    fn a_list_is_taken_apart_at_its_own_commas() {
        let double = |sql| parts(sql, Quotes::Double);
        assert_eq!(double(""), Vec::<&str>::new());
        assert_eq!(double("$1"), ["$1"]);
        assert_eq!(
            double("\"a\", \"b, c\", \"d\"\", e\""),
            ["\"a\"", "\"b, c\"", "\"d\"\", e\""]
        );
        assert_eq!(
            double("f($1, $2), ARRAY[$3, 4], 'a, ''b, '"),
            ["f($1, $2)", "ARRAY[$3, 4]", "'a, ''b, '"]
        );
        assert_eq!(
            double("E'a\\', b', c -- d, e\n, f"),
            ["E'a\\', b'", "c -- d, e", "f"]
        );
        assert_eq!(double("a /* b, c */, d"), ["a /* b, c */", "d"]);
        let backtick = |sql| parts(sql, Quotes::Backtick);
        assert_eq!(
            backtick("`a, b`, \"c, d\", 'e\\', f'"),
            ["`a, b`", "\"c, d\"", "'e\\', f'"]
        );
    }

    #[test]
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    fn only_parameters_are_counted() {
        assert_eq!(
            super::parameters("? + '?' + `a?` + \"?\" + ?", Quotes::Backtick),
            2
        );
    }
}
