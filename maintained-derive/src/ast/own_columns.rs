//! Which columns of a row a function's body uses, by a look at its tokens.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;

/// Columns of a row, by the names of its struct's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Those of the row that are named.
    Named(BTreeSet<String>),
    /// Every column that the row has.
    All,
}

impl Columns {
    /// The columns that a body uses of a row that is bound to a name.
    ///
    /// `name.column` names a column, also inside a macro's arguments, unless a call follows. Any
    /// other occurrence of the name, also one that a format string captures or that a shadowing
    /// binding means, stands for all columns.
    pub(crate) fn used(name: &Ident, body: TokenStream) -> Self {
        let mut columns = BTreeSet::new();
        if scan(&name.unraw().to_string(), body, &mut columns) {
            Self::Named(columns)
        } else {
            Self::All
        }
    }
}

/// Adds the columns that the tokens name; false where they use the row as a whole.
fn scan(name: &str, tokens: TokenStream, columns: &mut BTreeSet<String>) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    (0..tokens.len()).all(|at| match &tokens[at] {
        TokenTree::Group(group) => scan(name, group.stream(), columns),
        TokenTree::Literal(literal) => !captures(name, &literal.to_string()),
        TokenTree::Ident(ident) if ident.unraw() == name && !is_member(&tokens[..at]) => {
            let column = column(&tokens[at + 1..]);
            let is_column = column.is_some();
            columns.extend(column);
            is_column
        }
        TokenTree::Ident(_) | TokenTree::Punct(_) => true,
    })
}

/// Whether what follows these tokens is a member of another value: behind a dot that is not the end
/// of a range's.
fn is_member(before: &[TokenTree]) -> bool {
    let dot =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.');
    match before {
        [.., first, second] => dot(second) && !dot(first),
        [only] => dot(only),
        [] => false,
    }
}

/// The column in `.column`, if that is what comes next, and no call.
fn column(after: &[TokenTree]) -> Option<String> {
    let [TokenTree::Punct(dot), TokenTree::Ident(field), rest @ ..] = after else {
        return None;
    };
    let is_call = match rest {
        [TokenTree::Group(group), ..] => group.delimiter() == Delimiter::Parenthesis,
        [TokenTree::Punct(first), TokenTree::Punct(second), ..] => {
            first.as_char() == ':' && second.as_char() == ':'
        }
        _ => false,
    };
    (dot.as_char() == '.' && !is_call).then(|| field.unraw().to_string())
}

/// Whether a literal, read as a format string, captures the name: `{name}`, `{name:?}`, `{:name$}`.
fn captures(name: &str, literal: &str) -> bool {
    let ends_word =
        |rest: &str| !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    let captured = |(at, _): (usize, &str)| {
        let (before, after) = (&literal[..at], &literal[at + name.len()..]);
        before.trim_end().ends_with('{') && ends_word(after) || after.starts_with('$')
    };
    literal.contains('{') && literal.match_indices(name).any(captured)
}
