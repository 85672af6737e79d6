//! What can only be checked of declared fields when all models are known.

use diesel::query_builder::QueryFragment;

use crate::backend::Database;
use crate::error::Error;
use crate::graph::Node;
use crate::model::{Json, Number};
use crate::registry::Catalog;
use crate::rule::{DeclaredMeta, Rule};
use crate::sql_text::{Quotes, Reference, references};

/// Checks the declared fields of all models.
pub(crate) fn check<C: Database>(catalog: &Catalog<C>) -> Result<(), Error> {
    for (model, node) in catalog.graph.models.iter().enumerate() {
        let registration = catalog.models[model];
        let table = match registration.all_columns {
            Some(columns) => Table::of::<C>(&*columns())?,
            None => Table::default(),
        };
        for (at, declared) in node.declared.iter().enumerate() {
            fits_its_rule(catalog, node, declared)?;
            if let Some(expression) = registration.expressions[at] {
                let sql = C::sql_of(&*expression())?;
                let read = references(&sql, Quotes::of::<C>()?);
                let mistake = read.iter().find_map(|it| table.mistake(node, declared, it));
                if let Some(mistake) = mistake {
                    return Err(Error::Declaration(format!(
                        "the expression of `{}::{}` {mistake}",
                        node.meta.name, declared.setter.name
                    )));
                }
            }
        }
    }
    Ok(())
}

/// A sum is of numbers: a database would add up texts, too. A least or greatest value is of what has an order, and a copy
/// of JSON in the form that its column has.
fn fits_its_rule<C: Database>(
    catalog: &Catalog<C>,
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

/// A table, as the database names it.
#[derive(Default)]
struct Table {
    name: String,
    columns: Vec<String>,
}

impl Table {
    /// The table with these columns, of which each is named with it.
    fn of<C: Database>(all_columns: &dyn QueryFragment<C::Backend>) -> Result<Self, Error> {
        let sql = C::sql_of(all_columns)?;
        let mut table = Self::default();
        for reference in references(&sql, Quotes::of::<C>()?) {
            if let Reference::Column {
                table: Some(name),
                column,
            } = reference
            {
                table.name = name;
                table.columns.push(column);
            }
        }
        Ok(table)
    }

    /// What is wrong with something that an expression reads: it reads its own row, names the columns that it reads where it
    /// is declared, and hides none in a function or in a text.
    fn mistake(&self, node: &Node, declared: &DeclaredMeta, read: &Reference) -> Option<String> {
        let is = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let (name, column) = match read {
            Reference::Query => {
                return Some(format!("reads rows by a query, {OTHER_ROWS}"));
            }
            Reference::Column {
                table: Some(name), ..
            } if !is(name, &self.name) => {
                return Some(format!("reads the table `{name}`, {OTHER_ROWS}"));
            }
            Reference::Column { table, column } => (table, column),
        };
        let (model, table) = (node.meta.name, node.meta.table);
        let known = self.columns.iter().any(|known| is(known, column));
        let is_whole = column == "*" || name.is_none() && is(column, &self.name) && !known;
        let position = node.meta.columns.iter().position(|it| is(it.name, column));
        match position {
            _ if is_whole => Some(format!(
                "reads the whole row of `{table}`: name the columns that it reads, like `{table}::column`"
            )),
            Some(position) if declared.setter.own.contains(position) => None,
            Some(position) => Some(format!(
                "reads the column `{0}`, which its declaration does not name: write `{table}::{0}` there, and hide it neither in a function nor in a text",
                node.meta.columns[position].field
            )),
            None if known || name.is_some() => Some(format!(
                "reads the column `{column}`, for which `{model}` has no field, so that nobody sees it change: add the field"
            )),
            None => None,
        }
    }
}

/// What to write in place of an expression over other rows.
const OTHER_ROWS: &str = "and nobody sees those change: an expression reads its own row, and other rows are read by a rule like `sum(..)` or `copy(..)`, or by a setter";
