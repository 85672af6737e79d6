//! What can only be checked of declared fields when all models are known.

use crate::backend::Database;
use crate::error::Error;
use crate::graph::Node;
use crate::model::Number;
use crate::registry::Catalog;
use crate::rule::{DeclaredMeta, Rule};
use crate::statement::Statement;

/// Checks the declared fields of all models.
pub(crate) fn check<C: Database>(catalog: &Catalog<C>) -> Result<(), Error> {
    for (model, node) in catalog.graph.models.iter().enumerate() {
        for (at, declared) in node.declared.iter().enumerate() {
            adds_numbers(catalog, node, declared)?;
            if let Some(expression) = catalog.models[model].expressions[at] {
                let sql = C::sql_of(&*expression())?;
                names_its_columns::<C>(node, declared, &sql)?;
            }
        }
    }
    Ok(())
}

/// A sum is of numbers: a database would add up texts, too.
fn adds_numbers<C: Database>(
    catalog: &Catalog<C>,
    node: &Node,
    declared: &DeclaredMeta,
) -> Result<(), Error> {
    let end = declared.chain().last();
    let source = end.and_then(|input| catalog.graph.index_of((input.model)()));
    let (Rule::Sum, Some(source), Some(column)) = (declared.rule, source, declared.value) else {
        return Ok(());
    };
    let source = &catalog.graph.models[source].meta;
    let column = &source.columns[column];
    if (column.kind)().number != Number::None {
        return Ok(());
    }
    Err(Error::Declaration(format!(
        "`{}::{}` is declared as the sum of `{}::{}`, which is no number",
        node.meta.name, declared.setter.name, source.name, column.field
    )))
}

/// An expression names the columns that it reads where it is declared, and hides none in a function.
fn names_its_columns<C: Database>(
    node: &Node,
    declared: &DeclaredMeta,
    sql: &str,
) -> Result<(), Error> {
    for (at, column) in node.meta.columns.iter().enumerate() {
        let mut name = Statement::new("");
        name.name(column.name);
        if !declared.setter.own.contains(at) && sql.contains(&C::sql_of(&name)?) {
            return Err(Error::Declaration(format!(
                "the expression of `{}::{}` reads the column `{}`, which its declaration does not name: write the column there, and not in a function",
                node.meta.name, declared.setter.name, column.field
            )));
        }
    }
    Ok(())
}
