//! Which declared fields are numbers that need not be computed anew, or not by a statement of their
//! own.

use crate::declare::model::Number;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::{DeclaredMeta, Rule};
use crate::graph::Node;

/// Whether the field of a model can be kept by the differences that changes to the rows of another
/// one make: by whole numbers, which add up exactly. A foreign key has readers on both sides when
/// it changes, and a unique number may be another row's until that one is computed: they are
/// computed anew.
pub(super) fn adds_up(declared: &DeclaredMeta, of: &Node, from: &Node) -> bool {
    let column = declared.field();
    let mut relations = of.meta.relations.iter();
    let is_key = relations.any(|relation| relation.column == column);
    if is_key || of.meta.columns[column].unique || !is_integer(of, column) {
        return false;
    }
    let is_nullable = (of.meta.columns[column].kind)().is_nullable;
    match (declared.rule, declared.value) {
        (Rule::Count, _) => !is_nullable,
        (Rule::Sum, Some(value)) => !is_nullable && is_integer(from, value),
        (Rule::Min | Rule::Max, Some(value)) => is_integer(from, value),
        _ => false,
    }
}

/// Whether a field can be read and written along with what functions return: a number that adds up
/// and is never null, of rows that are found by the key that they were asked for.
pub(super) fn joins(declared: &DeclaredMeta, of: &Node, from: &Node) -> bool {
    matches!(declared.rule, Rule::Count | Rule::Sum)
        && adds_up(declared, of, from)
        && of.keys_have_one_spelling
}

fn is_integer(node: &Node, column: ColumnIndex) -> bool {
    (node.meta.columns[column].kind)().number == Number::Integer
}
