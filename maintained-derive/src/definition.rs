//! What only the source code tells of a field's definition, as a number.
//!
//! The number is the same on every machine and with every compiler, so that a database may keep it.
//! It is made of tokens, one by one. Comments and white space are no tokens. Tokens that say
//! nothing are left out: documentation, lints, a comma behind the last thing of a list, and the
//! braces of an arm or closure that holds one expression. Formatters add and remove these.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Block, Signature};

use crate::attr::declared::Rule;

/// The version of a definition that says none.
const FIRST_VERSION: u32 = 1;

/// Attributes that change no value.
const SILENT: [&str; 6] = ["doc", "allow", "expect", "warn", "deny", "forbid"];

/// Words behind which `(..)` is no list of arguments.
const NO_FUNCTION: [&str; 11] = [
    "return", "break", "in", "match", "if", "while", "else", "move", "let", "as", "mut",
];

/// The operators of two characters whose characters mean something else when they stand apart.
const OPERATORS: [&str; 19] = [
    "&&", "||", "==", "!=", "<=", ">=", "->", "=>", "::", "..", "<<", "+=", "-=", "*=", "/=", "%=",
    "^=", "&=", "|=",
];

/// The number of a setter: of its parameters, its output, its body, and the order of the fields
/// that it keeps, where these are several. How it is called does not matter.
pub(crate) fn of_setter(
    signature: &Signature,
    body: &Block,
    fields: &[Ident],
    version: Option<u32>,
) -> u64 {
    let (inputs, output) = (&signature.inputs, &signature.output);
    let mut hash = Hash::new(version);
    hash.tokens(quote!((#inputs) #output #body));
    for field in fields {
        hash.word(b'f', &field.unraw().to_string());
    }
    hash.0
}

/// The number of a declared field: of its expression, where it has one.
///
/// All else that a rule says, it says in names, which are compared as the database has them.
pub(crate) fn of_declared(rule: &Rule, version: Option<u32>) -> u64 {
    let mut hash = Hash::new(version);
    if let Rule::Expression(expression) = rule {
        hash.tokens(expression.to_token_stream());
    }
    hash.0
}

/// FNV-1a, of 64 bits.
struct Hash(u64);

impl Hash {
    fn new(version: Option<u32>) -> Self {
        let mut hash = Self(0xcbf2_9ce4_8422_2325);
        hash.word(b'v', &version.unwrap_or(FIRST_VERSION).to_string());
        hash
    }

    /// Adds a word of some kind. What ends it stands in no word.
    fn word(&mut self, kind: u8, word: &str) {
        let bytes = [kind].into_iter().chain(word.bytes()).chain([0xff]);
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn tokens(&mut self, stream: TokenStream) {
        let tokens = telling(stream);
        self.all(&tokens);
    }

    fn all(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            let before = &tokens[..at];
            match &tokens[at] {
                TokenTree::Group(group) => {
                    let is_arm = group.delimiter() == Delimiter::Brace && ends_with(before, "=>");
                    self.group(group, before);
                    // A comma between an arm in braces and the next one may be left out.
                    if is_arm {
                        at += usize::from(tokens.get(at + 1).is_some_and(is_comma));
                        if at + 1 < tokens.len() {
                            self.word(b'p', ",");
                        }
                    }
                }
                TokenTree::Ident(word) => self.word(b'i', &word.to_string()),
                TokenTree::Literal(literal) => self.word(b'l', &literal.to_string()),
                TokenTree::Punct(_) if is_operator(&tokens[at..]) => {
                    self.word(b'p', &tokens[at].to_string());
                    self.word(b'j', "");
                }
                TokenTree::Punct(punct) => self.word(b'p', &punct.to_string()),
            }
            at += 1;
        }
    }

    fn group(&mut self, group: &Group, before: &[TokenTree]) {
        let mut inside = telling(group.stream());
        if inside.last().is_some_and(is_comma) && !is_tuple_of_one(group, &inside, before) {
            inside.pop();
        }
        if is_one_expression(group, &inside, before) {
            return self.all(&inside);
        }
        let [open, close] = match group.delimiter() {
            Delimiter::Parenthesis => ["(", ")"],
            Delimiter::Brace => ["{", "}"],
            Delimiter::Bracket => ["[", "]"],
            Delimiter::None => ["", ""],
        };
        self.word(b'g', open);
        self.all(&inside);
        self.word(b'g', close);
    }
}

/// The tokens that say something, out of invisible groups.
fn telling(stream: TokenStream) -> Vec<TokenTree> {
    let mut tokens = Vec::new();
    for token in stream {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                tokens.extend(telling(group.stream()));
            }
            TokenTree::Group(group) if is_silent(&group) && ends_with(&tokens, "#") => {
                tokens.pop();
            }
            TokenTree::Group(group) if is_silent(&group) && ends_with(&tokens, "#!") => {
                tokens.truncate(tokens.len() - 2);
            }
            token => tokens.push(token),
        }
    }
    tokens
}

/// Whether a group is what an attribute says that changes no value.
fn is_silent(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == Delimiter::Bracket
        && matches!(first, Some(TokenTree::Ident(word)) if SILENT.iter().any(|it| word == it))
}

/// Whether braces hold one expression, of an arm or of a closure, which may stand without them.
fn is_one_expression(group: &Group, inside: &[TokenTree], before: &[TokenTree]) -> bool {
    group.delimiter() == Delimiter::Brace
        && !inside.is_empty()
        && !inside.iter().any(|token| is_punct(token, ';'))
        && (ends_with(before, "=>") || ends_with(before, "|"))
}

/// Whether the comma at the end of parentheses makes them a tuple.
fn is_tuple_of_one(group: &Group, inside: &[TokenTree], before: &[TokenTree]) -> bool {
    let is_called = match before.last() {
        Some(TokenTree::Ident(word)) => NO_FUNCTION.iter().all(|it| word != it),
        _ => false,
    };
    let commas = inside.iter().filter(|token| is_comma(token)).count();
    group.delimiter() == Delimiter::Parenthesis && commas == 1 && !is_called
}

/// Whether two characters make one operator.
fn is_operator(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(first), TokenTree::Punct(second), ..] = tokens else {
        return false;
    };
    let both = [first.as_char(), second.as_char()];
    first.spacing() == Spacing::Joint && OPERATORS.iter().any(|it| it.chars().eq(both))
}

fn ends_with(tokens: &[TokenTree], characters: &str) -> bool {
    let last = tokens.iter().rev();
    let mut pairs = last.zip(characters.chars().rev());
    tokens.len() >= characters.len() && pairs.all(|(token, it)| is_punct(token, it))
}

fn is_comma(token: &TokenTree) -> bool {
    is_punct(token, ',')
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}
