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
                Part::Spelled { sql, .. } => {
                    shape.extend([1 << 3 | 7, sql.len()]);
                    shape.extend(sql.as_bytes().chunks(size_of::<usize>()).map(word));
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

/// The bytes of a text, or fewer at its end, as a number.
fn word(bytes: &[u8]) -> usize {
    let mut word = [0; size_of::<usize>()];
    word[..bytes.len()].copy_from_slice(bytes);
    usize::from_ne_bytes(word)
}

/// The text of a statement around its values.
#[derive(Debug)]
pub(crate) struct Between {
    pieces: Box<[Piece]>,
    last: Box<str>,
}

/// A piece of text, and the place of the part behind it, which has values.
#[derive(Debug)]
struct Piece {
    text: Box<str>,
    part: usize,
}

impl<DB: Dialect> Statement<'_, DB> {
    /// The text around the parts that have values.
    pub(crate) fn between(&self) -> QueryResult<Between> {
        let (mut pieces, mut from) = (Vec::new(), 0);
        for (part, it) in self.parts.iter().enumerate() {
            if it.has_values()? {
                let text = DB::sql_of(&Parts(&self.parts[from..part]))?.into();
                pieces.push(Piece { text, part });
                from = part + 1;
            }
        }
        Ok(Between {
            pieces: pieces.into(),
            last: DB::sql_of(&Parts(&self.parts[from..]))?.into(),
        })
    }
}

impl<DB: Backend> Statement<'_, DB> {
    /// Walks the parts that have values, with known text [`between`](Self::between) them: the same
    /// statement, which is put together in fewer pieces.
    pub(crate) fn walk_between<'b>(
        &'b self,
        between: &'b Between,
        mut out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        for Piece { text, part } in &between.pieces {
            out.push_sql(text);
            self.parts[*part].walk_ast(out.reborrow())?;
        }
        out.push_sql(&between.last);
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

impl<DB: Dialect> Part<'_, DB> {
    /// Whether there may be values in it.
    fn has_values(&self) -> QueryResult<bool> {
        Ok(match self {
            Self::Text(_) | Self::Name(_) | Self::Numbered(_) | Self::Number(_) => false,
            // What a function makes may be an expression of the user's. A value has a parameter.
            Self::Made { fragment, .. } => DB::sql_of(&**fragment)?.contains(PARAMETER),
            Self::Borrowed(_)
            | Self::Shaped { .. }
            | Self::Spelled { .. }
            | Self::Owned(_)
            | Self::Parameter(_)
            | Self::Value { .. }
            | Self::Tuples { .. } => true,
        })
    }
}

/// What a parameter begins with, in any database.
const PARAMETER: [char; 4] = ['?', '$', ':', '@'];

impl<DB: Backend> Part<'_, DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            Self::Text(text) => out.push_sql(text),
            Self::Name(name) => out.push_identifier(name)?,
            Self::Number(number) => out.push_sql(&number.to_string()),
            Self::Numbered(position) => {
                out.push_sql("maintained_");
                out.push_sql(&position.to_string());
            }
            Self::Borrowed(fragment)
            | Self::Shaped { fragment, .. }
            | Self::Spelled { fragment, .. } => {
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
