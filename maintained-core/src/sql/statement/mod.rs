//! Statements put together at run time.
//!
//! Diesel's query types carry the shape of each query, and a library that emits them for every
//! model pays half a second a model in a release build. A [`Statement`] is one type for all: text,
//! names, pieces of Diesel's own, and values that the generated code binds with their types. The
//! connection still sees an ordinary Diesel query: it is instrumented, prepared and cached by its
//! text.

mod walk;

use std::fmt;
use std::ops::Range;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;

use crate::declare::positions::ColumnIndex;

pub(crate) use self::walk::Between;

/// The capacity of a new statement: most have fewer parts.
const PARTS: usize = 32;

/// A statement under construction.
pub struct Statement<'q, DB: Backend> {
    parts: Vec<Part<'q, DB>>,
}

enum Part<'q, DB: Backend> {
    Text(&'static str),
    Name(&'static str),
    Numbered(usize),
    Number(usize),
    Borrowed(&'q (dyn QueryFragment<DB> + Sync)),
    /// A piece whose text some numbers tell: the same numbers, the same text.
    Shaped {
        fragment: &'q (dyn QueryFragment<DB> + Sync),
        shape: Shape,
    },
    /// A piece of which somebody has the text.
    Spelled {
        fragment: &'q (dyn QueryFragment<DB> + Sync),
        sql: &'q str,
    },
    Owned(Box<dyn QueryFragment<DB> + Send + Sync + 'q>),
    /// A piece that a function makes: each time the same, so that the function stands for its text.
    Made {
        make: Make<DB>,
        fragment: Box<dyn QueryFragment<DB> + Send + Sync>,
    },
    /// A piece that is one parameter, and no text besides.
    Parameter(Box<dyn QueryFragment<DB> + Send + Sync + 'q>),
    Value {
        rows: &'q dyn Rows<DB>,
        row: usize,
        column: ColumnIndex,
    },
    Tuples {
        rows: &'q dyn Rows<DB>,
        columns: Vec<ColumnIndex>,
        count: usize,
        separator: Tuple,
    },
}

/// What tells the text of a piece of a statement: places of literals, which never move, and numbers.
pub(crate) type Shape = [usize; 3];

/// Makes a piece of a statement.
pub(crate) type Make<DB> = fn() -> Box<dyn QueryFragment<DB> + Send + Sync>;

/// How a list of rows of values is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tuple {
    /// `?, ?, ?`
    Bare,
    /// `+?, +?, +?`
    Signed,
    /// `(?, ?), (?, ?)`
    Bracketed,
}

/// Values to bind, by row and column.
pub trait Rows<DB: Backend>: Send + Sync {
    /// Binds one value.
    ///
    /// # Errors
    /// When the value cannot be serialised.
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>;

    /// Binds the values of one column of some rows as one array, where the database has arrays.
    fn array(
        &self,
        rows: Range<usize>,
        column: ColumnIndex,
    ) -> Option<Box<dyn QueryFragment<DB> + Send + Sync + '_>>;

    /// A row's first value, where it is known to be an integer.
    fn integer(&self, row: usize) -> Option<i64> {
        let _ = row;
        None
    }

    /// Whether each value is one parameter, and not an expression.
    fn is_plain(&self) -> bool {
        true
    }

    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Some rows of values, side by side.
pub(crate) struct Slice<'r, DB> {
    rows: &'r dyn Rows<DB>,
    range: Range<usize>,
}

impl<'r, DB: Backend> Slice<'r, DB> {
    pub(crate) fn new(rows: &'r dyn Rows<DB>, range: Range<usize>) -> Self {
        Self { rows, range }
    }
}

impl<DB: Backend> Rows<DB> for Slice<'_, DB> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.rows.bind(self.range.start + row, column, out)
    }

    fn array(
        &self,
        rows: Range<usize>,
        column: ColumnIndex,
    ) -> Option<Box<dyn QueryFragment<DB> + Send + Sync + '_>> {
        let start = self.range.start;
        self.rows
            .array(start + rows.start..start + rows.end, column)
    }

    fn integer(&self, row: usize) -> Option<i64> {
        self.rows.integer(self.range.start + row)
    }

    fn is_plain(&self) -> bool {
        self.rows.is_plain()
    }

    fn len(&self) -> usize {
        self.range.len()
    }
}

impl<'q, DB: Backend> Statement<'q, DB> {
    /// A statement that starts with some text.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        let mut parts = Vec::with_capacity(PARTS);
        parts.push(Part::Text(text));
        Self { parts }
    }

    /// Whether its first word says that it writes.
    pub(crate) fn is_write(&self) -> bool {
        let mut words = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => text.split_whitespace().next(),
            _ => None,
        });
        matches!(words.next(), Some("INSERT" | "UPDATE" | "DELETE"))
    }

    /// Adds text.
    pub fn text(&mut self, text: &'static str) -> &mut Self {
        self.parts.push(Part::Text(text));
        self
    }

    /// Adds a name, quoted as the database quotes names.
    pub fn name(&mut self, name: &'static str) -> &mut Self {
        self.parts.push(Part::Name(name));
        self
    }

    /// Adds the library's own name for the column of a list of values at a position.
    pub fn numbered(&mut self, position: usize) -> &mut Self {
        self.parts.push(Part::Numbered(position));
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: usize) -> &mut Self {
        self.parts.push(Part::Number(number));
        self
    }

    /// Adds names, separated by commas.
    pub fn names(&mut self, names: impl IntoIterator<Item = &'static str>) -> &mut Self {
        for (at, name) in names.into_iter().enumerate() {
            if at > 0 {
                self.text(", ");
            }
            self.name(name);
        }
        self
    }

    /// Adds a piece of a Diesel query.
    pub fn fragment(
        &mut self,
        fragment: Box<dyn QueryFragment<DB> + Send + Sync + 'q>,
    ) -> &mut Self {
        self.parts.push(Part::Owned(fragment));
        self
    }

    /// Adds pieces of a Diesel query, separated by commas.
    pub fn fragments(
        &mut self,
        fragments: impl IntoIterator<Item = Box<dyn QueryFragment<DB> + Send + Sync + 'q>>,
    ) -> &mut Self {
        for (at, fragment) in fragments.into_iter().enumerate() {
            if at > 0 {
                self.text(", ");
            }
            self.fragment(fragment);
        }
        self
    }

    /// Adds the piece of a Diesel query that a function makes, always the same: a table, or what a
    /// row type selects.
    pub fn made(&mut self, make: Make<DB>) -> &mut Self {
        self.parts.push(Part::Made {
            make,
            fragment: make(),
        });
        self
    }

    /// Adds parameters, separated by commas: lists of values, each bound as one.
    pub fn parameters(
        &mut self,
        parameters: impl IntoIterator<Item = Box<dyn QueryFragment<DB> + Send + Sync + 'q>>,
    ) -> &mut Self {
        for (at, parameter) in parameters.into_iter().enumerate() {
            if at > 0 {
                self.text(", ");
            }
            self.parts.push(Part::Parameter(parameter));
        }
        self
    }

    /// Adds a piece of a Diesel query that somebody else keeps.
    pub fn borrowed(&mut self, fragment: &'q (dyn QueryFragment<DB> + Sync)) -> &mut Self {
        self.parts.push(Part::Borrowed(fragment));
        self
    }

    /// The same of a piece of which somebody has the text.
    pub(crate) fn spelled(
        &mut self,
        fragment: &'q (dyn QueryFragment<DB> + Sync),
        sql: &'q str,
    ) -> &mut Self {
        self.parts.push(Part::Spelled { fragment, sql });
        self
    }

    /// The same of a piece whose text some numbers tell: where they are the same, so is the text.
    pub(crate) fn shaped(
        &mut self,
        fragment: &'q (dyn QueryFragment<DB> + Sync),
        shape: Shape,
    ) -> &mut Self {
        self.parts.push(Part::Shaped { fragment, shape });
        self
    }

    /// Adds another statement.
    pub fn append(&mut self, statement: Self) -> &mut Self {
        self.parts.extend(statement.parts);
        self
    }

    /// Adds one value.
    pub fn value(&mut self, rows: &'q dyn Rows<DB>, row: usize, column: ColumnIndex) -> &mut Self {
        self.parts.push(Part::Value { rows, row, column });
        self
    }

    /// Adds the condition that columns equal the first values of a row; `equals` stands between
    /// each two.
    pub fn equal(
        &mut self,
        columns: &[&'static str],
        equals: &'static str,
        rows: &'q dyn Rows<DB>,
        row: usize,
    ) -> &mut Self {
        for (at, column) in columns.iter().enumerate() {
            self.text(if at > 0 { " AND " } else { "" })
                .name(column)
                .text(equals)
                .value(rows, row, ColumnIndex::at(at));
        }
        self
    }

    /// Adds `count` rows of values; where there are fewer, the last is repeated.
    ///
    /// With counts that are powers of two the database sees few different statements.
    pub fn tuples(
        &mut self,
        rows: &'q dyn Rows<DB>,
        columns: Vec<ColumnIndex>,
        count: usize,
        separator: Tuple,
    ) -> &mut Self {
        debug_assert!(!rows.is_empty(), "a list of values is not empty");
        self.parts.push(Part::Tuples {
            rows,
            columns,
            count,
            separator,
        });
        self
    }
}

impl<DB: Backend> Query for Statement<'_, DB> {
    type SqlType = Untyped;
}

impl<DB: Backend> QueryId for Statement<'_, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> fmt::Debug for Statement<'_, DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Statement")
            .field("parts", &self.parts.len())
            .finish()
    }
}
