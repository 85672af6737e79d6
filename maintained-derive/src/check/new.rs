//! The rules of new rows.

use syn::ext::IdentExt;

use crate::ast::new::New;
use crate::ctxt::Ctxt;

/// How many fields a new row may have: `MAX_COLUMNS` of the core.
const MAX_COLUMNS: usize = 128;

/// Checks a new row.
pub(crate) fn check(ctxt: &Ctxt, new: &New) {
    for field in &new.fields {
        if let Some(mark) = &field.mark {
            let message = format!(
                "`{}` is marked in a new row, and a maintained field is computed, not inserted: leave the field out",
                field.name.unraw()
            );
            ctxt.report(syn::Error::new(mark.span, message));
        }
    }
    if let Some(field) = new.fields.get(MAX_COLUMNS) {
        let message = format!(
            "`{}` has {} columns, and a new row may have {MAX_COLUMNS}: give the struct to `insert`",
            new.name,
            new.fields.len()
        );
        ctxt.error(&field.name, message);
    }
}
