//! What can only be checked of declared fields when all models are known.

use crate::catalog::Catalog;
use crate::catalog::expression::Table;
use crate::declare::model::{Json, Number};
use crate::declare::rule::{DeclaredMeta, Rule};
use crate::error::Error;
use crate::graph::Node;
use crate::sql::Dialect;

/// Checks the declared fields of all models.
pub(super) fn check<DB: Dialect>(catalog: &Catalog<DB>) -> Result<(), Error> {
    for (model, node) in catalog.graph.models.iter_enumerated() {
        let registration = catalog.models[model];
        let table = match registration.all_columns {
            Some(columns) => Table::of::<DB>(&*columns())?,
            None => Table::default(),
        };
        for (at, declared) in node.declared.iter().enumerate() {
            fits_its_rule(catalog, node, declared)?;
            if let Some(expression) = registration.expressions[at] {
                table.names_what_is_read::<DB>(node, declared, &*expression())?;
            }
        }
    }
    Ok(())
}

/// A sum is of numbers: a database would add up texts, too. A least or greatest value is of what
/// has an order, and a copy of JSON in the form that its column has.
fn fits_its_rule<DB: Dialect>(
    catalog: &Catalog<DB>,
    node: &Node,
    declared: &DeclaredMeta,
) -> Result<(), Error> {
    let end = declared.chain().last();
    let source = end.and_then(|input| catalog.graph.index_of((input.model)()));
    let (Some(source), Some(column)) = (source, declared.value) else {
        return Ok(());
    };
    let source = &catalog.graph.models[source].meta;
    let column = &source.columns[column];
    let (from, to) = (
        (column.kind)(),
        (node.meta.columns[declared.field()].kind)(),
    );
    let (rule, reason) = match declared.rule {
        Rule::Sum if from.number == Number::None => ("sum", "which is no number"),
        Rule::Sum if to.number == Number::None => ("sum", "and its own column holds no numbers"),
        Rule::Min if from.json != Json::None => ("min", "which is JSON and has no order"),
        Rule::Max if from.json != Json::None => ("max", "which is JSON and has no order"),
        Rule::Copy if from.json != to.json => (
            "copy",
            "which is JSON of another type: make both columns `Json` or both `Jsonb`",
        ),
        _ => return Ok(()),
    };
    Err(Error::Declaration(format!(
        "`{}::{}` is declared as the {rule} of `{}::{}`, {reason}",
        node.meta.name, declared.setter.name, source.name, column.field
    )))
}
