//! A struct for the rows of a table: what models and views have in common.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Path, Type};

use crate::attr::diesel::{self, Backends};
use crate::attr::maintained::{self, Mark};
use crate::ctxt::Ctxt;

/// A struct for the rows of a table.
pub(crate) struct RowStruct {
    pub(crate) name: Ident,
    pub(crate) diesel: diesel::StructAttributes,
    pub(crate) maintained: maintained::StructAttributes,
    pub(crate) fields: Vec<Field>,
}

/// A field of such a struct.
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) column: Ident,
    pub(crate) diesel: diesel::FieldAttributes,
    pub(crate) mark: Option<Mark>,
}

impl RowStruct {
    /// Reads a struct of owned fields; `kind` is what messages call it.
    pub(crate) fn read(ctxt: &Ctxt, input: DeriveInput, kind: &str) -> Option<Self> {
        let generics = &input.generics;
        let is_generic = !generics.params.is_empty();
        if is_generic {
            let message = format!(
                "a {kind} has no generics and no lifetimes, since it is registered once for the whole program: write a struct of owned fields for its table"
            );
            ctxt.error(&generics.params, message);
        }
        let row = Self::borrowing(ctxt, input, kind)?;
        (!is_generic).then_some(row)
    }

    /// Reads a struct whose fields may be borrowed.
    pub(crate) fn borrowing(ctxt: &Ctxt, input: DeriveInput, kind: &str) -> Option<Self> {
        let fields = named_fields(ctxt, input.data, &input.ident, kind)?;
        Some(Self {
            diesel: diesel::StructAttributes::read(ctxt, &input.attrs),
            maintained: maintained::StructAttributes::read(ctxt, &input.attrs),
            fields: fields
                .into_iter()
                .filter_map(|field| Field::read(ctxt, field))
                .collect(),
            name: input.ident,
        })
    }

    /// Takes the table's name from Diesel's attribute, or makes it as Diesel does.
    pub(crate) fn take_table(&mut self) -> Path {
        let name = &self.name;
        let made =
            || Ident::new(&format!("{}s", snake_case(&name.to_string())), name.span()).into();
        self.diesel.table_name.take().unwrap_or_else(made)
    }

    pub(crate) fn take_backends(&mut self) -> Backends {
        std::mem::take(&mut self.diesel.backends)
    }
}

impl Field {
    fn read(ctxt: &Ctxt, field: syn::Field) -> Option<Self> {
        let name = field.ident?;
        let mut diesel = diesel::FieldAttributes::read(ctxt, &field.attrs);
        let column = diesel.column_name.take().unwrap_or_else(|| name.clone());
        let mark = Mark::read(ctxt, &field.attrs);
        Some(Self {
            name,
            ty: field.ty,
            column,
            diesel,
            mark,
        })
    }

    /// The field's name, as a user speaks of it.
    pub(crate) fn text(&self) -> String {
        self.name.unraw().to_string()
    }
}

fn named_fields(
    ctxt: &Ctxt,
    data: Data,
    name: &Ident,
    kind: &str,
) -> Option<impl IntoIterator<Item = syn::Field>> {
    let (at, found): (Span, &str) = match data {
        Data::Struct(data) => match data.fields {
            Fields::Named(fields) => return Some(fields.named),
            Fields::Unnamed(fields) => (fields.span(), "a tuple struct"),
            Fields::Unit => (name.span(), "a unit struct"),
        },
        Data::Enum(data) => (data.enum_token.span, "an enum"),
        Data::Union(data) => (data.union_token.span, "a union"),
    };
    let message = format!(
        "`{name}` is {found}, and a {kind} is a struct with a named field for each column: write `struct {name} {{ .. }}`"
    );
    ctxt.report(syn::Error::new(at, message));
    None
}

/// Diesel's rule for the names of tables and foreign keys.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// A path as a user writes it.
pub(crate) fn text(tokens: &impl ToTokens) -> String {
    let spaced = tokens.to_token_stream().to_string();
    [
        (" :: ", "::"),
        (":: ", "::"),
        ("& ", "&"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
    ]
    .iter()
    .fold(spaced, |text, (from, to)| text.replace(from, to))
}
