//! The rules of views.

use crate::ast::view::View;
use crate::ctxt::Ctxt;

/// Checks a view.
pub(crate) fn check(ctxt: &Ctxt, view: &View) {
    for field in &view.fields {
        if let Some(span) = field.diesel.embed {
            let message = format!(
                "`embed` on `{}`: a view's fields are columns of its model: write the columns themselves",
                field.text()
            );
            ctxt.report(syn::Error::new(span, message));
        }
        if let Some(mark) = &field.mark {
            let message = format!(
                "`{}` is marked in a view, which only reads: mark the field of the model",
                field.text()
            );
            ctxt.report(syn::Error::new(mark.span, message));
        }
    }
}
