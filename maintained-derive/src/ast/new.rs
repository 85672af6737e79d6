//! A new row: the struct under `#[derive(New)]`.

use proc_macro2::Ident;
use syn::{DeriveInput, GenericArgument, GenericParam, Generics, Path, PathArguments, Type};

use super::row_struct::{self, RowStruct};
use crate::attr::diesel::Backends;
use crate::attr::maintained::Mark;
use crate::ctxt::Ctxt;

/// A struct for a row that is to be inserted.
pub(crate) struct New {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) model: Path,
    pub(crate) table: Path,
    pub(crate) backends: Backends,
    pub(crate) fields: Vec<Field>,
}

/// A field whose value is inserted.
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) column: Ident,
    /// Whether the type is an `Option`, as far as its name tells.
    pub(crate) is_option: bool,
    /// Whether the column is left to its default when the field is `None`.
    pub(crate) none_is_default: bool,
    pub(crate) mark: Option<Mark>,
}

impl New {
    pub(crate) fn read(ctxt: &Ctxt, input: DeriveInput) -> Option<Self> {
        let generics = input.generics.clone();
        for parameter in &generics.params {
            if !matches!(parameter, GenericParam::Lifetime(_)) {
                let message = "a new row has no generics other than lifetimes, so that its statement is prepared once: write the types of its fields";
                ctxt.error(parameter, message);
                return None;
            }
        }
        let mut row = RowStruct::borrowing(ctxt, input, "new row")?;
        for belongs_to in &row.maintained.belongs_to {
            ctxt.error(
                &belongs_to.parent,
                "a new row has its model's foreign keys: write `belongs_to` on the model",
            );
        }
        let Some(model) = row.maintained.new_of.take() else {
            ctxt.error(
                &row.name,
                "a new row names its model: write `#[maintained(new_of = Model)]`",
            );
            return None;
        };
        let by_struct = row.diesel.none_is_default.unwrap_or(true);
        let fields = std::mem::take(&mut row.fields).into_iter();
        Some(Self {
            fields: fields
                .filter_map(|field| Field::read(ctxt, field, by_struct))
                .collect(),
            table: row.take_table(),
            backends: row.take_backends(),
            name: row.name,
            generics,
            model,
        })
    }
}

impl Field {
    fn read(ctxt: &Ctxt, field: row_struct::Field, by_struct: bool) -> Option<Self> {
        if field.diesel.skip_insertion {
            return None;
        }
        let others = [
            (field.diesel.embed, "embed", "write the columns themselves"),
            (
                field.diesel.serialize_as,
                "serialize_as",
                "implement Diesel's `ToSql` for the field's type",
            ),
        ];
        for (span, key, write) in others {
            if let Some(span) = span {
                let message = format!(
                    "`{key}` on `{}`: a new row's fields are columns, written as they are: {write}, or give the struct to `insert`",
                    field.text()
                );
                ctxt.report(syn::Error::new(span, message));
                return None;
            }
        }
        let none_is_default = field.diesel.none_is_default.unwrap_or(by_struct);
        let is_option = is_option(&field.ty);
        Some(Self {
            is_option,
            none_is_default: none_is_default && is_option,
            name: field.name,
            ty: field.ty,
            column: field.column,
            mark: field.mark,
        })
    }
}

/// Whether Diesel takes a type for an `Option`.
fn is_option(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_option(&group.elem),
        Type::Paren(paren) => is_option(&paren.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return false;
            };
            last.ident == "Option"
                && matches!(arguments.args.last(), Some(GenericArgument::Type(_)))
        }),
        _ => false,
    }
}
