//! What a statement says, and how Diesel walks it.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use super::{Part, Rows, Statement, Tuple};
use crate::declare::positions::ColumnIndex;
use crate::sql::Dialect;

impl<DB: Backend> Statement<'_, DB> {
    /// Adds numbers that stand for the statement's text: statements with the same numbers have the
    /// same text. Returns `false` where that cannot be told. Texts, names and functions are static,
    /// so their addresses stand for them.
    pub(crate) fn shape(&self, shape: &mut Vec<usize>) -> bool {
        // Each part begins with a number whose lowest three bits tell its kind.
        for part in &self.parts {
            match part {
                Part::Text(text) => shape.extend([text.len() << 3, text.as_ptr() as usize]),
                Part::Name(name) => shape.extend([name.len() << 3 | 1, name.as_ptr() as usize]),
                Part::Numbered(position) => shape.push(position << 3 | 2),
                Part::Number(number) => shape.push(number << 3 | 3),
                Part::Made { make, .. } => shape.extend([4, *make as usize]),
                Part::Shaped { shape: numbers, .. } => {
                    shape.push(7);
                    shape.extend(numbers);
                }
                Part::Parameter(_) => shape.push(5),
                Part::Value { rows, .. } if rows.is_plain() => shape.push(5),
                Part::Tuples {
                    rows,
                    columns,
                    count,
                    separator,
                } if rows.is_plain() => {
                    shape.extend([6, *count, columns.len(), *separator as usize]);
                }
                Part::Borrowed(_) | Part::Owned(_) | Part::Value { .. } | Part::Tuples { .. } => {
                    return false;
                }
            }
        }
        true
    }
}

impl<DB: Dialect> Statement<'_, DB> {
    /// The text between the parts that have values, one piece more than there are such parts.
    pub(crate) fn between(&self) -> QueryResult<Vec<Box<str>>> {
        let mut pieces = Vec::new();
        for parts in self.parts.split(Part::has_values) {
            pieces.push(DB::sql_of(&Parts(parts))?.into());
        }
        Ok(pieces)
    }
}

impl<DB: Backend> Statement<'_, DB> {
    /// Walks the parts that have values, with known text [`between`](Self::between) them: the same
    /// statement, which is put together in fewer pieces.
    pub(crate) fn walk_between<'b>(
        &'b self,
        between: &'b [Box<str>],
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let mut texts = between.iter();
        for part in self.parts.iter().filter(|part| part.has_values()) {
            texts.next().into_iter().for_each(|text| out.push_sql(text));
            part.walk_ast(out.reborrow())?;
        }
        texts.for_each(|text| out.push_sql(text));
        Ok(())
    }
}

impl<DB: Backend> QueryFragment<DB> for Statement<'_, DB> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Parts(&self.parts).walk_all(out)
    }
}

/// Some parts of a statement, side by side.
struct Parts<'p, 'q, DB: Backend>(&'p [Part<'q, DB>]);

impl<'p, DB: Backend> Parts<'p, '_, DB> {
    fn walk_all<'b>(&self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        'p: 'b,
    {
        let mut parts = self.0.iter();
        parts.try_for_each(|part| part.walk_ast(out.reborrow()))
    }
}

impl<DB: Backend> QueryFragment<DB> for Parts<'_, '_, DB> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_all(out)
    }
}

impl<DB: Backend> Part<'_, DB> {
    /// Whether there may be values in it: what a function makes may be an expression of the user's.
    fn has_values(&self) -> bool {
        match self {
            Self::Text(_) | Self::Name(_) | Self::Numbered(_) | Self::Number(_) => false,
            Self::Borrowed(_)
            | Self::Shaped { .. }
            | Self::Owned(_)
            | Self::Made { .. }
            | Self::Parameter(_)
            | Self::Value { .. }
            | Self::Tuples { .. } => true,
        }
    }

    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            Self::Text(text) => out.push_sql(text),
            Self::Name(name) => out.push_identifier(name)?,
            Self::Number(number) => out.push_sql(&number.to_string()),
            Self::Numbered(position) => {
                out.push_sql("maintained_");
                out.push_sql(&position.to_string());
            }
            Self::Borrowed(fragment) | Self::Shaped { fragment, .. } => {
                fragment.walk_ast(out)?;
            }
            Self::Owned(fragment) | Self::Parameter(fragment) | Self::Made { fragment, .. } => {
                fragment.walk_ast(out)?;
            }
            Self::Value { rows, row, column } => rows.bind(*row, *column, out)?,
            Self::Tuples {
                rows,
                columns,
                count,
                separator,
            } => walk_tuples(*rows, columns, *count, *separator, out)?,
        }
        Ok(())
    }
}

fn walk_tuples<'b, DB: Backend>(
    rows: &'b dyn Rows<DB>,
    columns: &[ColumnIndex],
    count: usize,
    separator: Tuple,
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let last = rows.len() - 1;
    for row in 0..count {
        out.push_sql(match separator {
            Tuple::Bare if row == 0 => "",
            Tuple::Bare => ", ",
            Tuple::Signed if row == 0 => "+",
            Tuple::Signed => ", +",
            Tuple::Bracketed if row == 0 => "(",
            Tuple::Bracketed => ", (",
        });
        for (at, &column) in columns.iter().enumerate() {
            if at > 0 {
                out.push_sql(", ");
            }
            rows.bind(row.min(last), column, out.reborrow())?;
        }
        if separator == Tuple::Bracketed {
            out.push_sql(")");
        }
    }
    Ok(())
}
