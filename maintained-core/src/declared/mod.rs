//! Fields whose rule is declared and not written as a function: the database computes them.
//!
//! In the graph such a field is a setter like any other. Only what runs it differs: one statement a batch that finds the
//! values and writes those that differ, and in immediate mode, where the rule allows it, the difference that a write makes.

mod adjust;
mod check;
mod recompute;
mod run;
mod statement;

use crate::graph::Node;
use crate::model::Number;
use crate::setter::{InputMeta, SetterMeta};

pub(crate) use self::check::check;
pub(crate) use self::run::run;

/// A field that the database computes.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredMeta {
    /// What it reads, as the setter that it stands for. The inputs are a chain of hops.
    pub setter: SetterMeta,
    /// How its value follows.
    pub rule: Rule,
    /// The column at the end of the chain whose values it follows from; none for rules that count rows.
    pub value: Option<usize>,
    /// The column at the end of the chain that says which rows count.
    pub filter: Option<usize>,
}

/// How the value of a declared field follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The number of rows.
    Count,
    /// Whether there is any row.
    Exists,
    /// The sum of a column.
    Sum,
    /// The least value of a column.
    Min,
    /// The greatest value of a column.
    Max,
    /// The value that a parent's column has.
    Copy,
    /// An expression over the row's own columns.
    Expression,
}

impl DeclaredMeta {
    /// The hops from the field's row to the rows that it follows from.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &'static InputMeta> {
        std::iter::successors(self.setter.inputs.first(), |input| input.inner.first())
    }

    /// The position of the field's column.
    pub(crate) fn field(&self) -> usize {
        self.setter.fields.iter().next().unwrap_or_default()
    }

    /// Whether the field of a model can be kept by the differences that changes to the rows of another one make: by whole
    /// numbers, which add up exactly.
    pub(crate) fn adds_up(&self, of: &Node, from: &Node) -> bool {
        let is_integer = |node: &Node, column: usize| {
            (node.meta.columns[column].kind)().number == Number::Integer
        };
        let target = (of.meta.columns[self.field()].kind)();
        if target.number != Number::Integer {
            return false;
        }
        match (self.rule, self.value) {
            (Rule::Count, _) => !target.is_nullable,
            (Rule::Sum, Some(value)) => !target.is_nullable && is_integer(from, value),
            (Rule::Min | Rule::Max, Some(value)) => is_integer(from, value),
            _ => false,
        }
    }
}
