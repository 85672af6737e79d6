//! A model: the struct under `#[derive(Maintained)]`.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::{DeriveInput, Path};

use super::row_struct::{Field, RowStruct, snake_case, text};
use crate::attr::BelongsTo;
use crate::attr::diesel::Backends;
use crate::ctxt::Ctxt;

/// A struct for the rows of one table.
pub(crate) struct Model {
    pub(crate) name: Ident,
    pub(crate) table: Path,
    pub(crate) backends: Backends,
    pub(crate) fields: Vec<Field>,
    /// The positions of the primary key's fields.
    pub(crate) key: Vec<usize>,
    pub(crate) relations: Vec<Relation>,
}

/// A foreign key.
pub(crate) struct Relation {
    pub(crate) parent: Path,
    /// The foreign key's name, where the user wrote it.
    pub(crate) column: Ident,
    /// The position of the foreign key's field.
    pub(crate) field: usize,
    /// Whether it is meant where a setter names no foreign key: the first to its parent is.
    pub(crate) obvious: bool,
}

impl Model {
    pub(crate) fn read(ctxt: &Ctxt, input: DeriveInput) -> Option<Self> {
        let mut row = RowStruct::read(ctxt, input, "model")?;
        row.fields.retain(|field| is_column(ctxt, field));
        if let Some(model) = &row.maintained.view_of {
            let message = format!(
                "`view_of = {}` makes the struct a view: derive `View` instead of `Maintained`, or take `view_of` off",
                text(model)
            );
            ctxt.error(model, message);
        }
        let mut model = Self {
            table: row.take_table(),
            backends: row.take_backends(),
            key: Vec::new(),
            relations: Vec::new(),
            fields: row.fields,
            name: row.name,
        };
        let key = row
            .diesel
            .primary_key
            .unwrap_or_else(|| vec![Ident::new("id", model.name.span())]);
        model.key = key
            .iter()
            .filter_map(|column| model.key_field(ctxt, column))
            .collect();
        for belongs_to in row
            .diesel
            .belongs_to
            .into_iter()
            .chain(row.maintained.belongs_to)
        {
            let relation = model.relation(ctxt, belongs_to);
            model.relations.extend(relation);
        }
        Some(model)
    }

    /// The position of the field with this column.
    fn column(&self, column: &Ident) -> Option<usize> {
        self.fields.iter().position(|field| field.column == *column)
    }

    fn key_field(&self, ctxt: &Ctxt, column: &Ident) -> Option<usize> {
        let field = self.column(column);
        if field.is_none() {
            let message = format!(
                "the primary key `{column}` is no column of `{}`: name its columns with `#[diesel(primary_key(..))]`",
                self.name
            );
            ctxt.error(column, message);
        }
        field
    }

    fn relation(&self, ctxt: &Ctxt, belongs_to: BelongsTo) -> Option<Relation> {
        let BelongsTo {
            parent,
            foreign_key,
        } = belongs_to;
        let last = &parent.segments.last()?.ident;
        let column = foreign_key.unwrap_or_else(|| {
            format_ident!("{}_id", snake_case(&last.to_string()), span = last.span())
        });
        let Some(field) = self.column(&column) else {
            let message = format!(
                "the foreign key `{column}` to `{}` is no column of `{}`: name its column with `belongs_to({}, foreign_key = ..)`",
                text(&parent),
                self.name,
                text(&parent),
            );
            ctxt.error(&column, message);
            return None;
        };
        let same_parent = |relation: &Relation| {
            relation.parent.to_token_stream().to_string() == parent.to_token_stream().to_string()
        };
        let obvious = !self.relations.iter().any(same_parent);
        Some(Relation {
            parent,
            column,
            field,
            obvious,
        })
    }
}

/// Whether a field is a column, read and written as it is; reports what makes it another thing.
fn is_column(ctxt: &Ctxt, field: &Field) -> bool {
    let mut is_column = true;
    let others = [
        (
            field.diesel.embed,
            "embed",
            "read the embedded struct in a struct of its own",
        ),
        (
            field.diesel.select_expression,
            "select_expression",
            "read the expression in a view",
        ),
        (
            field.diesel.serialize_as,
            "serialize_as",
            "implement Diesel's `ToSql` for the field's type",
        ),
    ];
    for (span, key, write) in others {
        if let Some(span) = span {
            let message = format!(
                "`{key}` on `{}`: a model's fields are its table's columns, read and written as they are: {write}",
                field.text()
            );
            ctxt.report(syn::Error::new(span, message));
            is_column = false;
        }
    }
    is_column
}
