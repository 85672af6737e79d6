//! The rules of setters blocks.

use std::collections::HashMap;

use syn::ext::IdentExt;

use crate::ast::setters::Setters;
use crate::ctxt::Ctxt;

/// How many setters a model may have: `MAX_SETTERS` of the core.
const MAX_SETTERS: usize = 64;

/// Checks a block.
pub(crate) fn check(ctxt: &Ctxt, setters: &Setters) {
    one_setter_a_field(ctxt, setters);
    if let Some(setter) = setters.setters.get(MAX_SETTERS) {
        let count = setters.setters.len();
        ctxt.error(
            &setter.name,
            format!("the model has {count} setters, and may have {MAX_SETTERS}: let one keep several fields, with `#[setter(fields(.., ..))]`"),
        );
    }
}

fn one_setter_a_field(ctxt: &Ctxt, setters: &Setters) {
    let mut keepers = HashMap::new();
    for setter in &setters.setters {
        for field in setter.keeps.fields() {
            if let Some(other) = keepers.insert(field.unraw(), &setter.name) {
                ctxt.error(
                    field,
                    format!("the field `{field}` is kept twice, by `{other}` and by `{}`: take `#[setter]` off one of them, or name another field", setter.name),
                );
            }
        }
    }
}
