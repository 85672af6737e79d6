//! How a database's SQL is spelled, as far as it matters for the words of a statement.

use std::borrow::Cow;

/// How a database's SQL is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `SQLite`.
    Sqlite,
    /// `PostgreSQL`.
    Postgres,
    /// `MySQL` and `MariaDB`.
    Mysql,
}

impl Spelling {
    /// Whether `\` takes the next character of a text along.
    pub(super) fn escapes(self) -> bool {
        self == Self::Mysql
    }

    /// The quote that ends a name which begins with this one; none, where it begins no name.
    pub(super) fn quote_of_name(self, quote: char) -> Option<char> {
        match (self, quote) {
            (Self::Sqlite | Self::Postgres, '"') => Some('"'),
            (Self::Sqlite | Self::Mysql, '`') => Some('`'),
            (Self::Sqlite, '[') => Some(']'),
            _ => None,
        }
    }

    /// Whether a text can begin with this quote.
    pub(super) fn quotes_text(self, quote: char) -> bool {
        quote == '\'' || quote == '"' && self == Self::Mysql
    }

    /// A name that was quoted, in a form that can be compared; without quotes, all are written
    /// small.
    ///
    /// `MySQL` and `MariaDB` may tell names of tables apart by their case; two such count as one
    /// here.
    pub(super) fn quoted(self, name: &str, quote: char) -> String {
        self.comparable(&self.unquoted(name, quote))
    }

    /// A name that was quoted, as the database knows it.
    pub(super) fn unquoted(self, name: &str, quote: char) -> Cow<'_, str> {
        unescaped(name, self.quote_of_name(quote).unwrap_or(quote))
    }

    /// A name that the database knows, in a form that can be compared.
    pub(crate) fn comparable(self, name: &str) -> String {
        match self {
            Self::Postgres => name.to_owned(),
            Self::Sqlite | Self::Mysql => name.to_lowercase(),
        }
    }
}

/// A name's own characters: a quote in it is written twice.
fn unescaped(name: &str, quote: char) -> Cow<'_, str> {
    let twice = String::from_iter([quote, quote]);
    if name.contains(&twice) {
        Cow::Owned(name.replace(&twice, &quote.to_string()))
    } else {
        Cow::Borrowed(name)
    }
}
