//! What the library knows of a field that the database computes: declared on the field, without a
//! function.

use crate::declare::positions::ColumnIndex;
use crate::declare::setter::{InputMeta, SetterMeta};

/// A field that the database computes.
#[derive(Debug, Clone, Copy)]
pub struct DeclaredMeta {
    /// What it reads, as the setter that it stands for. The inputs are a chain of hops.
    pub setter: SetterMeta,
    /// How its value follows from that.
    pub rule: Rule,
    /// The column at the end of the chain whose values it follows from; none for rules that count
    /// rows.
    pub value: Option<ColumnIndex>,
    /// The column at the end of the chain that says which rows count.
    pub filter: Option<ColumnIndex>,
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
    pub(crate) fn field(&self) -> ColumnIndex {
        // The setter that it stands for keeps this column alone.
        self.setter.fields.iter().next().unwrap_or_default()
    }
}
