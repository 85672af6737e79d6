//! The arguments of `#[maintained::buffer_autoupdates(..)]` and its two siblings.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, LitStr};

use super::unknown::{Known, unknown};
use super::{arguments, list, or_write, value};
use crate::ctxt::Ctxt;

const KEYS: [Known; 8] = [
    ("only", "only(\"name\")"),
    ("except", "except(\"name\")"),
    ("only_fields", "only_fields(\"Model::field\")"),
    ("except_fields", "except_fields(\"Model::field\")"),
    ("disable_if", "disable_if = condition"),
    ("with", "with = value"),
    ("retries", "retries = 3"),
    ("connection", "connection = parameter"),
];

/// What the attribute says of its scope.
#[derive(Default)]
pub(crate) struct ScopeArguments {
    pub(crate) only: Option<Vec<LitStr>>,
    pub(crate) except: Option<Vec<LitStr>>,
    pub(crate) only_fields: Option<Vec<LitStr>>,
    pub(crate) except_fields: Option<Vec<LitStr>>,
    pub(crate) disable_if: Option<Expr>,
    /// What the scope carries.
    pub(crate) with: Vec<Expr>,
    pub(crate) retries: Option<Expr>,
    /// The name of the parameter that takes the connection, where it is not `conn`.
    pub(crate) connection: Option<Ident>,
}

impl ScopeArguments {
    pub(crate) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let mut scope = Self::default();
        let parser = arguments(|key, input| scope.read_key(key, input));
        ctxt.take(parser.parse2(tokens));
        scope
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream) -> syn::Result<()> {
        match key.to_string().as_str() {
            "only" => once(&mut self.only, key, labels(key, input)?),
            "except" => once(&mut self.except, key, labels(key, input)?),
            "only_fields" => once(&mut self.only_fields, key, fields(key, input)?),
            "except_fields" => once(&mut self.except_fields, key, fields(key, input)?),
            "disable_if" => once(
                &mut self.disable_if,
                key,
                or_write(value(input), "`disable_if = condition`")?,
            ),
            "with" => {
                self.with.push(or_write(value(input), "`with = value`")?);
                Ok(())
            }
            "retries" => once(
                &mut self.retries,
                key,
                or_write(value(input), "`retries = 3`")?,
            ),
            "connection" => once(
                &mut self.connection,
                key,
                or_write(value(input), "`connection = parameter`")?,
            ),
            _ => Err(unknown(key, "a scope", &KEYS)),
        }
    }
}

fn labels(key: &Ident, input: ParseStream) -> syn::Result<Vec<LitStr>> {
    let labels = or_write(
        list::<LitStr>(input),
        &format!("`{key}(\"one\", \"another\")`"),
    )?;
    if labels.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}()` names no label: write `{key}(\"name\")`, or take it off"),
        ));
    }
    if let Some(empty) = labels.iter().find(|label| label.value().trim().is_empty()) {
        return Err(syn::Error::new(
            empty.span(),
            "the label is empty: write the name that setters have as `label = \"name\"`",
        ));
    }
    Ok(labels)
}

/// The fields that a scope names; whether there are such fields is known when it runs.
fn fields(key: &Ident, input: ParseStream) -> syn::Result<Vec<LitStr>> {
    let example = format!("`{key}(\"Order::total\", \"Order::label\")`");
    let fields = or_write(list::<LitStr>(input), &example)?;
    if fields.is_empty() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}()` names no field: write `{key}(\"Model::field\")`, or take it off"),
        ));
    }
    let is_bare = |field: &&LitStr| !field.value().contains("::");
    if let Some(bare) = fields.iter().find(is_bare) {
        let value = bare.value();
        return Err(syn::Error::new(
            bare.span(),
            format!("`{value}` names no model: write the field as `\"Model::field\"`"),
        ));
    }
    Ok(fields)
}

fn once<T>(place: &mut Option<T>, key: &Ident, value: T) -> syn::Result<()> {
    if place.replace(value).is_some() {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` is given twice: write it once"),
        ));
    }
    Ok(())
}
