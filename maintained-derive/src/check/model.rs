//! The rules of models.

use super::expression;
use crate::ast::model::Model;
use crate::ast::row_struct::text;
use crate::ctxt::Ctxt;

/// How many columns a model may have: `MAX_COLUMNS` of the core.
const MAX_COLUMNS: usize = 128;

/// Checks a model, and repairs it where a mistake would cause others.
pub(crate) fn check(ctxt: &Ctxt, model: &mut Model) {
    fits_in_a_set(ctxt, model);
    key_is_not_maintained(ctxt, model);
    relations_differ(ctxt, model);
    expression::check(ctxt, model);
}

fn fits_in_a_set(ctxt: &Ctxt, model: &mut Model) {
    if let Some(field) = model.fields.get(MAX_COLUMNS) {
        let message = format!(
            "`{}` has {} columns, and a model may have {MAX_COLUMNS}: move some to a table of their own",
            model.name,
            model.fields.len()
        );
        ctxt.error(&field.name, message);
        model.fields.truncate(MAX_COLUMNS);
        model.key.retain(|&field| field < MAX_COLUMNS);
        model
            .relations
            .retain(|relation| relation.field < MAX_COLUMNS);
    }
}

fn key_is_not_maintained(ctxt: &Ctxt, model: &mut Model) {
    for &position in &model.key {
        let field = &mut model.fields[position];
        if let Some(mark) = field.mark.take() {
            let message = format!(
                "`{}` is part of the primary key, by which its row is known, so no setter can keep it: take the mark off",
                field.text()
            );
            ctxt.report(syn::Error::new(mark.span, message));
        }
    }
}

fn relations_differ(ctxt: &Ctxt, model: &mut Model) {
    let mut columns = Vec::new();
    model.relations.retain(|relation| {
        if columns.contains(&relation.field) {
            let message = format!("the foreign key `{}` to `{}` is declared twice: declare it once, with Diesel's `belongs_to` where that can be", relation.column, text(&relation.parent));
            ctxt.error(&relation.column, message);
            return false;
        }
        columns.push(relation.field);
        true
    });
}
