//! A view: the struct under `#[derive(View)]`.

use proc_macro2::Ident;
use syn::{DeriveInput, Path};

use super::row_struct::{Field, RowStruct};
use crate::attr::diesel::Backends;
use crate::ctxt::Ctxt;

/// A struct for some columns of a model's table.
pub(crate) struct View {
    pub(crate) name: Ident,
    pub(crate) model: Path,
    pub(crate) table: Path,
    pub(crate) backends: Backends,
    pub(crate) fields: Vec<Field>,
}

impl View {
    pub(crate) fn read(ctxt: &Ctxt, input: DeriveInput) -> Option<Self> {
        let mut row = RowStruct::read(ctxt, input, "view")?;
        if row.diesel.table_name.is_none() {
            ctxt.error(
                &row.name,
                "a view names its model's table: write `#[diesel(table_name = ..)]`",
            );
        }
        for belongs_to in &row.maintained.belongs_to {
            ctxt.error(
                &belongs_to.parent,
                "a view has its model's foreign keys: write `belongs_to` on the model",
            );
        }
        let Some(model) = row.maintained.view_of.take() else {
            ctxt.error(
                &row.name,
                "a view names its model: write `#[maintained(view_of = Model)]`",
            );
            return None;
        };
        Some(Self {
            table: row.diesel.table_name.take()?,
            backends: row.take_backends(),
            fields: row.fields,
            name: row.name,
            model,
        })
    }
}
