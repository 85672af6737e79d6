//! The words of a SQL text: names, texts, and marks between them.

use crate::spoken::Spelling;

/// A word of a SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word<'s> {
    /// A keyword, a number, or a name without quotes.
    Bare(&'s str),
    /// A name in quotes, as it stands between them.
    Quoted { name: &'s str, quote: char },
    /// A text, as it stands between its quotes.
    Text(&'s str),
    /// Any other character.
    Mark(char),
}

impl Word<'_> {
    /// Whether this is a keyword.
    pub(super) fn is(self, keyword: &str) -> bool {
        matches!(self, Self::Bare(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether this is one of some keywords.
    pub(super) fn is_one_of(self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    /// The word as it stands in the text.
    pub(super) fn shown(self) -> String {
        match self {
            Self::Bare(word) => word.to_owned(),
            Self::Quoted { name, .. } => name.to_owned(),
            Self::Text(text) => format!("'{text}'"),
            Self::Mark(mark) => mark.to_string(),
        }
    }

    /// The name that this is, in a form that can be compared.
    pub(super) fn as_name(self, spelling: Spelling) -> Option<String> {
        match self {
            Self::Bare(word) => {
                let begins = word.chars().next().is_some_and(|first| !first.is_numeric());
                begins.then(|| word.to_lowercase())
            }
            Self::Quoted { name, quote } => Some(spelling.quoted(name, quote)),
            // SQLite takes a text for a name where a name must stand, and to MySQL `"a"` is a name
            // under `ANSI_QUOTES`.
            Self::Text(text) if spelling != Spelling::Postgres => Some(spelling.quoted(text, '"')),
            Self::Text(_) | Self::Mark(_) => None,
        }
    }
}

/// The words of a text, one after another.
#[derive(Debug, Clone)]
pub(super) struct Words<'s> {
    rest: &'s str,
    spelling: Spelling,
}

impl<'s> Words<'s> {
    pub(super) fn of(text: &'s str, spelling: Spelling) -> Self {
        Self {
            rest: text,
            spelling,
        }
    }

    /// Takes so many bytes of the rest.
    fn take(&mut self, bytes: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Passes over blanks and comments.
    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(bytes) = self.comment() else {
                return;
            };
            self.take(bytes);
        }
    }

    /// How many bytes of the rest are a comment, or the sign of one whose words count.
    fn comment(&self) -> Option<usize> {
        let rest = self.rest;
        let is_mysql = self.spelling == Spelling::Mysql;
        if let Some(after) = rest.strip_prefix("--") {
            // In MySQL a blank follows: `a--1` is a number less another one.
            let is_comment =
                !is_mysql || after.is_empty() || after.starts_with(char::is_whitespace);
            return is_comment.then(|| to_end_of_line(rest));
        }
        if is_mysql {
            if rest.starts_with('#') {
                return Some(to_end_of_line(rest));
            }
            // MySQL runs what stands in `/*! .. */` and `/*M! .. */`.
            let opened = ["/*!", "/*M!"].iter().find(|sign| rest.starts_with(**sign));
            if let Some(sign) = opened {
                let version = rest[sign.len()..].bytes().take_while(u8::is_ascii_digit);
                return Some(sign.len() + version.count());
            }
            if rest.starts_with("*/") {
                return Some(2);
            }
        }
        rest.starts_with("/*")
            .then(|| block(rest, self.spelling == Spelling::Postgres))
    }

    /// What stands between two quotes, the first of which is the next character.
    fn between(&mut self, first: char, end: char, escapes: bool) -> &'s str {
        let body = &self.rest[first.len_utf8()..];
        let mut at = 0;
        let mut characters = body.char_indices().peekable();
        let mut closing = 0;
        while let Some((place, character)) = characters.next() {
            at = place + character.len_utf8();
            if escapes && character == '\\' {
                characters.next();
            } else if character == end {
                if characters.peek().is_none_or(|&(_, next)| next != end) {
                    closing = end.len_utf8();
                    break;
                }
                // A quote that is written twice is a part of the text.
                characters.next();
            }
        }
        // A text that is not closed takes all of the rest.
        if closing == 0 {
            at = body.len();
        }
        self.rest = &body[at..];
        &body[..at - closing]
    }

    /// The sign around a text of `PostgreSQL` that begins here: `$$` or `$name$`.
    fn dollar_sign(&self) -> Option<&'s str> {
        if self.spelling != Spelling::Postgres {
            return None;
        }
        let after = self.rest.strip_prefix('$')?;
        let name = after.find(|character: char| !is_of_word(character))?;
        let starts_with_digit = after.starts_with(|first: char| first.is_ascii_digit());
        let is_closed = after[name..].starts_with('$') && !starts_with_digit;
        is_closed.then(|| &self.rest[..name + 2])
    }

    fn dollar_quoted(&mut self, sign: &str) -> Word<'s> {
        let body = &self.rest[sign.len()..];
        let (text, rest) = body.split_once(sign).unwrap_or((body, ""));
        self.rest = rest;
        Word::Text(text)
    }
}

impl<'s> Iterator for Words<'s> {
    type Item = Word<'s>;

    fn next(&mut self) -> Option<Word<'s>> {
        self.skip_blanks();
        let first = self.rest.chars().next()?;
        if let Some(end) = self.spelling.quote_of_name(first) {
            let name = self.between(first, end, false);
            return Some(Word::Quoted { name, quote: first });
        }
        if self.spelling.quotes_text(first) {
            let escapes = self.spelling.escapes();
            return Some(Word::Text(self.between(first, first, escapes)));
        }
        if let Some(sign) = self.dollar_sign() {
            return Some(self.dollar_quoted(sign));
        }
        if !is_of_word(first) {
            self.take(first.len_utf8());
            return Some(Word::Mark(first));
        }
        let end = self
            .rest
            .find(|character| !is_of_word(character) && character != '$');
        let word = self.take(end.unwrap_or(self.rest.len()));
        let is_escaped = self.spelling == Spelling::Postgres && word.eq_ignore_ascii_case("e");
        if is_escaped && self.rest.starts_with('\'') {
            return Some(Word::Text(self.between('\'', '\'', true)));
        }
        Some(Word::Bare(word))
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn to_end_of_line(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |end| end + 1)
}

/// How long the comment is that a text begins with; `nests` where comments stand in one another.
fn block(text: &str, nests: bool) -> usize {
    let mut depth = 0;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") && (nests || depth == 0) {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            match rest.chars().next() {
                Some(character) => at += character.len_utf8(),
                None => return text.len(),
            }
        }
    }
}
