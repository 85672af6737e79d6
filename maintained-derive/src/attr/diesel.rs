//! What is read of Diesel's attributes. Diesel's own derives check them; what is not needed here is
//! skipped.

use proc_macro2::{Span, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitBool, LitStr, Meta, Path, Token};

use super::unknown::unknown;
use super::{BelongsTo, arguments, group, list, read, value};
use crate::ctxt::Ctxt;

const NONE_IS_DEFAULT: &str = "treat_none_as_default_value";

/// `#[diesel(..)]` on a struct.
#[derive(Default)]
pub(crate) struct StructAttributes {
    pub(crate) table_name: Option<Path>,
    pub(crate) primary_key: Option<Vec<Ident>>,
    pub(crate) belongs_to: Vec<BelongsTo>,
    pub(crate) backends: Backends,
    /// Whether the columns of fields that are `None` are left to their defaults in an insert, where
    /// it is said.
    pub(crate) none_is_default: Option<bool>,
}

/// `#[diesel(check_for_backend(..))]`: the databases that the struct is for.
#[derive(Default)]
pub(crate) enum Backends {
    #[default]
    All,
    Only(Vec<Ident>),
}

impl Backends {
    fn read(input: ParseStream) -> syn::Result<Self> {
        let paths: Vec<Path> = list(input)?;
        let names = paths.iter().filter_map(|path| path.segments.last());
        Ok(Self::Only(
            names.map(|segment| segment.ident.clone()).collect(),
        ))
    }
}

/// Reads `check_for_backend(..)` as the only argument of one of our macros.
pub(crate) fn only_backends(input: ParseStream) -> syn::Result<Backends> {
    let mut backends = Backends::All;
    let mut read = arguments(|key, input| {
        if key != "check_for_backend" {
            let known = [("check_for_backend", "check_for_backend(..)")];
            return Err(unknown(key, "a block of setters", &known));
        }
        backends = Backends::read(input)?;
        Ok(())
    });
    read(input)?;
    drop(read);
    Ok(backends)
}

/// `#[diesel(..)]` on a field.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) column_name: Option<Ident>,
    pub(crate) skip_update: bool,
    pub(crate) skip_insertion: bool,
    /// Whether the column is left to its default in an insert when the field is `None`, where it is
    /// said.
    pub(crate) none_is_default: Option<bool>,
    pub(crate) embed: Option<Span>,
    pub(crate) select_expression: Option<Span>,
    pub(crate) serialize_as: Option<Span>,
}

impl StructAttributes {
    pub(crate) fn read(ctxt: &Ctxt, attributes: &[Attribute]) -> Self {
        let mut read_attributes = Self::default();
        for attribute in diesel(attributes) {
            read(ctxt, attribute, |key, input| {
                read_attributes.read_key(key, input)
            });
        }
        read_attributes
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream) -> syn::Result<()> {
        if key == "table_name" {
            self.table_name = Some(value(input)?);
        } else if key == "primary_key" {
            self.primary_key = Some(list(input)?);
        } else if key == "belongs_to" {
            self.belongs_to.push(group(input)?);
        } else if key == "check_for_backend" && !is_disabled(input) {
            self.backends = Backends::read(input)?;
        } else if key == NONE_IS_DEFAULT {
            self.none_is_default = Some(value::<LitBool>(input)?.value);
        } else {
            skip(input)?;
        }
        Ok(())
    }
}

impl FieldAttributes {
    pub(crate) fn read(ctxt: &Ctxt, attributes: &[Attribute]) -> Self {
        let mut read_attributes = Self::default();
        for attribute in diesel(attributes) {
            read(ctxt, attribute, |key, input| {
                read_attributes.read_key(key, input)
            });
        }
        read_attributes
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream) -> syn::Result<()> {
        match key.to_string().as_str() {
            "column_name" => {
                let ColumnName(name) = value(input)?;
                self.column_name = Some(name);
                return Ok(());
            }
            NONE_IS_DEFAULT => {
                self.none_is_default = Some(value::<LitBool>(input)?.value);
                return Ok(());
            }
            "skip_update" => self.skip_update = true,
            "skip_insertion" => self.skip_insertion = true,
            "embed" => self.embed = Some(key.span()),
            "select_expression" => self.select_expression = Some(key.span()),
            "serialize_as" => self.serialize_as = Some(key.span()),
            _ => {}
        }
        skip(input)
    }
}

/// A column's name: an identifier or a string.
struct ColumnName(Ident);

impl Parse for ColumnName {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if !input.peek(LitStr) {
            return Ident::parse_any(input).map(Self);
        }
        let name: LitStr = input.parse()?;
        name.parse_with(Ident::parse_any).map(Self)
    }
}

fn diesel(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| {
        attribute.path().is_ident("diesel") && matches!(attribute.meta, Meta::List(_))
    })
}

/// Whether `(disable = ..)` follows.
fn is_disabled(input: ParseStream) -> bool {
    let ahead = input.fork();
    ahead.parse::<proc_macro2::Group>().is_ok_and(|group| {
        let first = group.stream().into_iter().next();
        matches!(first, Some(TokenTree::Ident(word)) if word == "disable")
    })
}

/// Skips the value of a key.
fn skip(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
