//! `#[maintained(..)]` on structs and their fields.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, Meta, Path};

use super::declared::{Declared, Rule, Rules};
use super::unknown::{Known, unknown};
use super::{BelongsTo, group, or_write, read, value};
use crate::ctxt::Ctxt;

/// The keys of a struct.
const KEYS: [Known; 3] = [
    ("belongs_to", "belongs_to(Parent, foreign_key = column)"),
    ("view_of", "view_of = Model"),
    ("new_of", "new_of = Model"),
];

/// `#[maintained(..)]` on a struct.
#[derive(Default)]
pub(crate) struct StructAttributes {
    pub(crate) belongs_to: Vec<BelongsTo>,
    pub(crate) view_of: Option<Path>,
    pub(crate) new_of: Option<Path>,
}

/// The mark on a maintained field.
pub(crate) struct Mark {
    pub(crate) span: Span,
    /// Whether the field's values are unique in the database.
    pub(crate) unique: bool,
    /// How its value follows, where no setter keeps it.
    pub(crate) declared: Option<Declared>,
}

impl StructAttributes {
    pub(crate) fn read(ctxt: &Ctxt, attributes: &[Attribute]) -> Self {
        let mut read_attributes = Self::default();
        for attribute in maintained(attributes) {
            if let Meta::List(_) = attribute.meta {
                read(ctxt, attribute, |key, input| {
                    read_attributes.read_key(key, input)
                });
            } else {
                ctxt.error(
                    &attribute.meta,
                    "`#[maintained]` marks a field: move it to the field that a setter keeps",
                );
            }
        }
        read_attributes
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream) -> syn::Result<()> {
        if key == "belongs_to" {
            let write = "`belongs_to(Parent, foreign_key = column)`";
            self.belongs_to.push(or_write(group(input), write)?);
        } else if key == "view_of" {
            self.view_of = Some(or_write(value(input), "`view_of = Model`")?);
        } else if key == "new_of" {
            self.new_of = Some(or_write(value(input), "`new_of = Model`")?);
        } else {
            return Err(unknown(key, "a struct", &KEYS));
        }
        Ok(())
    }
}

impl Mark {
    /// The field's expression, where it has one.
    pub(crate) fn expression(&self) -> Option<&Expr> {
        match &self.declared.as_ref()?.rule {
            Rule::Expression(expression) => Some(expression),
            Rule::Rows { .. } | Rule::Values { .. } => None,
        }
    }

    pub(crate) fn read(ctxt: &Ctxt, attributes: &[Attribute]) -> Option<Self> {
        let mut mark: Option<Self> = None;
        for attribute in maintained(attributes) {
            if mark.is_some() {
                ctxt.error(
                    &attribute.meta,
                    "the field is marked `#[maintained]` twice: take one mark off",
                );
            }
            let (mut unique, mut rules) = (false, Rules::default());
            match attribute.meta {
                Meta::Path(_) => {}
                Meta::List(_) => read(ctxt, attribute, |key, input| {
                    unique |= key == "unique";
                    if key == "unique" || rules.read_key(key, input)? {
                        Ok(())
                    } else {
                        Err(rules.unknown(key))
                    }
                }),
                Meta::NameValue(_) => {
                    ctxt.error(&attribute.meta, "`#[maintained]` takes no value: write `#[maintained]` or `#[maintained(unique)]`");
                }
            }
            mark = Some(Self {
                span: attribute.meta.span(),
                unique,
                declared: ctxt.take(rules.finish()).flatten(),
            });
        }
        mark
    }
}

fn maintained(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("maintained"))
}
