//! `#[setter(..)]` on a function, `#[child]` and `#[via(..)]` on its parameters.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Meta, Path, Token};

use super::unknown::{Known, unknown};
use super::{arguments, list, or_write, value, version};
use crate::ctxt::Ctxt;

const KEYS: [Known; 5] = [
    ("field", "field = \"name\""),
    ("fields", "fields(one, another)"),
    ("label", "label = \"name\""),
    ("labels", "labels(\"one\", \"another\")"),
    ("version", "version = 2"),
];

/// `#[setter(..)]`.
#[derive(Default)]
pub(crate) struct SetterAttribute {
    pub(crate) fields: Fields,
    pub(crate) labels: Vec<LitStr>,
    /// What the text of the function does not tell of its definition.
    pub(crate) version: Option<u32>,
}

/// Which fields a setter keeps.
#[derive(Default)]
pub(crate) enum Fields {
    /// The one of its own name.
    #[default]
    Own,
    /// `field = ".."`
    Named(Ident),
    /// `fields(.., ..)`
    Several(Vec<Ident>),
}

/// The attributes of a parameter.
#[derive(Default)]
pub(crate) struct ParameterAttributes {
    pub(crate) child: Option<Meta>,
    pub(crate) via: Option<Via>,
}

/// `#[via(..)]`: the foreign keys that the hops of a parameter follow.
pub(crate) struct Via {
    pub(crate) meta: Meta,
    pub(crate) hops: Vec<ViaHop>,
}

/// The foreign key of one hop.
#[derive(Clone)]
pub(crate) enum ViaHop {
    /// `_`
    Obvious,
    /// `orders::billing_address_id`
    Column(Path),
}

impl Parse for ViaHop {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.parse::<Option<Token![_]>>()?.is_some() {
            return Ok(Self::Obvious);
        }
        input.parse().map(Self::Column)
    }
}

impl SetterAttribute {
    /// Takes `#[setter]` off a function; `None` where there is none.
    pub(crate) fn take(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) -> Option<Self> {
        let mut setter = None;
        attributes.retain(|attribute| {
            if !attribute.path().is_ident("setter") {
                return true;
            }
            if setter.is_some() {
                ctxt.error(
                    &attribute.meta,
                    "the function is marked `#[setter]` twice: write one mark with all its keys",
                );
            }
            setter = Some(Self::read(ctxt, attribute));
            false
        });
        setter
    }

    fn read(ctxt: &Ctxt, attribute: &Attribute) -> Self {
        let mut setter = Self::default();
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(_) => {
                ctxt.take(
                    attribute.parse_args_with(arguments(|key, input| setter.read_key(key, input))),
                );
            }
            Meta::NameValue(_) => {
                ctxt.error(
                    &attribute.meta,
                    "`#[setter]` takes its keys in parentheses: write `#[setter(field = \"..\")]`",
                );
            }
        }
        setter
    }

    fn read_key(&mut self, key: &Ident, input: ParseStream) -> syn::Result<()> {
        match key.to_string().as_str() {
            "field" | "fields" if !matches!(self.fields, Fields::Own) => Err(syn::Error::new(
                key.span(),
                "the setter's fields are named twice: write one `field = \"..\"`, or one `fields(.., ..)`",
            )),
            "field" => {
                let name: LitStr = or_write(value(input), "`field = \"name\"`")?;
                let ident = name.parse_with(Ident::parse).map_err(|_| {
                    let message = format!("`{}` is no field's name: write the name of a field that is marked `#[maintained]`", name.value());
                    syn::Error::new(name.span(), message)
                })?;
                self.fields = Fields::Named(ident);
                Ok(())
            }
            "fields" => {
                let fields = or_write(list(input), "`fields(one, another)`")?;
                if let [] | [_] = fields.as_slice() {
                    let message = "`fields(..)` is for several fields, of which the setter returns a tuple: write `field = \"..\"` for one";
                    return Err(syn::Error::new(key.span(), message));
                }
                self.fields = Fields::Several(fields);
                Ok(())
            }
            "label" => self.add_labels(vec![or_write(value(input), "`label = \"name\"`")?]),
            "labels" => self.add_labels(or_write(list(input), "`labels(\"one\", \"another\")`")?),
            "version" => version(&mut self.version, key, input),
            _ => Err(unknown(key, "a setter", &KEYS)),
        }
    }

    fn add_labels(&mut self, labels: Vec<LitStr>) -> syn::Result<()> {
        if let Some(empty) = labels.iter().find(|label| label.value().trim().is_empty()) {
            return Err(syn::Error::new(
                empty.span(),
                "the label is empty: write a name, or take the key off",
            ));
        }
        self.labels.extend(labels);
        Ok(())
    }
}

impl ParameterAttributes {
    /// Takes `#[child]` and `#[via(..)]` off a parameter.
    pub(crate) fn take(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) -> Self {
        let mut parameter = Self::default();
        attributes.retain(|attribute| {
            if attribute.path().is_ident("child") {
                ctxt.take(attribute.meta.require_path_only());
                parameter.child = Some(attribute.meta.clone());
                return false;
            }
            if !attribute.path().is_ident("via") {
                return true;
            }
            if parameter.via.is_some() {
                ctxt.error(&attribute.meta, "the parameter has two `#[via(..)]`: write the foreign keys of all its hops into one");
            }
            parameter.via = ctxt.take(Via::read(attribute));
            false
        });
        parameter
    }
}

impl Via {
    fn read(attribute: &Attribute) -> syn::Result<Self> {
        let hops = attribute
            .parse_args_with(|input: ParseStream| input.parse_terminated(ViaHop::parse, Token![,]));
        let hops = or_write(
            hops,
            "`#[via(table::column)]`, with `_` for a hop along the obvious foreign key",
        )?;
        Ok(Self {
            meta: attribute.meta.clone(),
            hops: hops.into_iter().collect(),
        })
    }
}
