//! Attributes: each is read once, into types of our own.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Lit, LitInt, Path, Token, parenthesized};

use crate::ctxt::Ctxt;

pub(crate) mod declared;
pub(crate) mod diesel;
pub(crate) mod maintained;
pub(crate) mod scope;
pub(crate) mod setter;
mod unknown;

/// A `belongs_to(Parent, foreign_key = column)`, Diesel's or ours.
pub(crate) struct BelongsTo {
    pub(crate) parent: Path,
    /// The foreign key's column, where it is not named after the parent.
    pub(crate) foreign_key: Option<Ident>,
}

impl Parse for BelongsTo {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let parent = input.parse()?;
        let mut foreign_key = None;
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key = Ident::parse_any(input)?;
            if key != "foreign_key" {
                let known = [("foreign_key", "foreign_key = column")];
                return Err(unknown::unknown(&key, "`belongs_to(Parent)`", &known));
            }
            input.parse::<Token![=]>()?;
            foreign_key = Some(input.parse()?);
        }
        Ok(Self {
            parent,
            foreign_key,
        })
    }
}

/// Reads the comma-separated arguments `key`, `key = ..` and `key(..)`, up to the first that cannot
/// be read.
///
/// `read` is handed each key and what follows it.
pub(crate) fn arguments(
    mut read: impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) -> impl FnMut(ParseStream) -> syn::Result<()> {
    move |input| {
        while !input.is_empty() {
            if input.peek(Lit) {
                return Err(input.error(
                    "a key is expected here, and no text: take the quotes off, or write \
                     `key = \"text\"`",
                ));
            }
            if input.peek(Token![!]) {
                return Err(input.error(
                    "a key is expected here, and no condition: what no rule says, a setter computes",
                ));
            }
            let key = Ident::parse_any(input)?;
            let bare = input.is_empty() || input.peek(Token![,]);
            read(&key, input).map_err(|error| {
                // What is missing behind a key is reported at the key, and not at the end of the attribute.
                if bare {
                    syn::Error::new(key.span(), error)
                } else {
                    error
                }
            })?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

/// Reads an attribute's arguments with [`arguments`].
fn read(
    ctxt: &Ctxt,
    attribute: &Attribute,
    read: impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) {
    ctxt.take(attribute.parse_args_with(arguments(read)));
}

/// Reads `= value`.
fn value<T: Parse>(input: ParseStream) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Reads `(..)` as one thing.
fn group<T: Parse>(input: ParseStream) -> syn::Result<T> {
    let content;
    parenthesized!(content in input);
    content.parse()
}

/// Reads `(.., ..)` as a list.
fn list<T: Parse>(input: ParseStream) -> syn::Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(content
        .parse_terminated(T::parse, Token![,])?
        .into_iter()
        .collect())
}

/// Reads `= 2` behind the key `version`, which may be given once.
fn version(version: &mut Option<u32>, key: &Ident, input: ParseStream) -> syn::Result<()> {
    let write = "`version = 2`";
    let number: LitInt = or_write(value(input), write)?;
    let number = or_write(number.base10_parse(), write)?;
    match version.replace(number) {
        None => Ok(()),
        Some(_) => Err(syn::Error::new(
            key.span(),
            "the version is given twice: write one",
        )),
    }
}

/// Adds what should have been written to an error in the arguments of a key.
fn or_write<T>(result: syn::Result<T>, write: &str) -> syn::Result<T> {
    result.map_err(|error| syn::Error::new(error.span(), format!("{error}: write {write}")))
}
