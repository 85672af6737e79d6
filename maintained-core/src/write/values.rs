//! The statement that inserts rows whose structs bind their values themselves.

use std::marker::PhantomData;

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;

use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::declare::positions::ColumnIndex;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::new::NewOn;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::{Make, Statement};
use crate::sql::{Array, Dialect, Fragment};

/// An `INSERT` of rows that have values for the same columns.
pub(super) struct Insert<'n, C: Wrapped, N> {
    table: Fragment<C::Db>,
    rows: &'n [N],
    left_out: ColumnSet,
    /// The values column by column, where the database takes many rows so.
    arrays: Option<Vec<Array<'n, C::Db>>>,
}

impl<'n, C: Wrapped, N: NewOn<C::Db>> Insert<'n, C, N> {
    pub(super) fn new(rows: &'n [N], left_out: ColumnSet) -> Self {
        let columns = ColumnIndex::first(N::COLUMNS.len());
        let columns = columns.filter(|&field| !left_out.contains(field));
        let arrays = (C::Db::ARRAYS && rows.len() > 1)
            .then(|| columns.map(|field| N::array(rows, field)).collect());
        Self {
            table: <N::Model as Stored<C::Db>>::table(),
            rows,
            left_out,
            arrays: arrays.flatten(),
        }
    }

    /// Inserts the rows, and reads nothing.
    pub(super) async fn execute(
        &self,
        session: &mut Session<'_, C>,
        model: ModelIndex,
    ) -> Result<(), Error> {
        let writes = Writes::Rows(model);
        // What is left out differs from row to row: the struct alone does not tell the text.
        let done = if !self.left_out.is_empty() {
            session.send(writes, Shaped::<_, Varying>::new(self)).await
        } else if self.rows.len() == 1 {
            session.send(writes, Shaped::<_, One>::new(self)).await
        } else if self.arrays.is_some() {
            session.send(writes, Shaped::<_, Arrays>::new(self)).await
        } else {
            session.send(writes, Shaped::<_, Varying>::new(self)).await
        };
        done.map(drop).map_err(Error::Database)
    }

    /// The insert, as a statement to which more may be added.
    pub(super) fn statement(&self) -> Statement<'_, C::Db> {
        let mut statement = Statement::new("");
        if self.rows.len() > 1 || !self.left_out.is_empty() {
            statement.borrowed(self);
            return statement;
        }
        let table: Make<C::Db> = <N::Model as Stored<C::Db>>::table;
        let columns = N::COLUMNS.as_ptr() as usize;
        statement.shaped(self, [table as usize, columns, N::COLUMNS.len()]);
        statement
    }

    fn columns(&self) -> impl Iterator<Item = ColumnIndex> + '_ {
        let columns = ColumnIndex::first(N::COLUMNS.len());
        columns.filter(|&field| !self.left_out.contains(field))
    }
}

impl<C: Wrapped, N: NewOn<C::Db>> QueryFragment<C::Db> for Insert<'_, C, N> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, C::Db>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" ");
        if self.columns().next().is_none() {
            out.push_sql(C::Db::NO_VALUES);
            return Ok(());
        }
        for (at, field) in self.columns().enumerate() {
            out.push_sql(if at > 0 { ", " } else { "(" });
            out.push_identifier(N::COLUMNS[field.number()])?;
        }
        let Some(arrays) = &self.arrays else {
            for (at, row) in self.rows.iter().enumerate() {
                out.push_sql(if at > 0 { "), (" } else { ") VALUES (" });
                for (at, field) in self.columns().enumerate() {
                    out.push_sql(if at > 0 { ", " } else { "" });
                    row.bind(field, out.reborrow())?;
                }
            }
            out.push_sql(")");
            return Ok(());
        };
        out.push_sql(") SELECT unnest(");
        for (at, array) in arrays.iter().enumerate() {
            out.push_sql(if at > 0 { "), unnest(" } else { "" });
            array.walk_ast(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

/// An insert whose shape tells whether the struct alone makes its text: then the statement is found
/// in Diesel's cache without the text being put together.
struct Shaped<'s, I, S> {
    insert: &'s I,
    shape: PhantomData<S>,
}

/// What an insert looks like.
trait Shape: 'static {
    const IS_KNOWN: bool;
}

/// One row, with a value for each field.
struct One;
/// Any number of such rows, as arrays.
struct Arrays;
/// Anything else.
struct Varying;

impl Shape for One {
    const IS_KNOWN: bool = true;
}

impl Shape for Arrays {
    const IS_KNOWN: bool = true;
}

impl Shape for Varying {
    const IS_KNOWN: bool = false;
}

impl<'s, I, S> Shaped<'s, I, S> {
    fn new(insert: &'s I) -> Self {
        let shape = PhantomData;
        Self { insert, shape }
    }
}

impl<C: Wrapped, N: NewOn<C::Db>, S: Shape> QueryFragment<C::Db>
    for Shaped<'_, Insert<'_, C, N>, S>
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, C::Db>) -> QueryResult<()> {
        self.insert.walk_ast(out)
    }
}

impl<C: Wrapped, N: NewOn<C::Db>, S: Shape> QueryId for Shaped<'_, Insert<'_, C, N>, S> {
    type QueryId = Shaped<'static, N::Id, S>;
    const HAS_STATIC_QUERY_ID: bool = S::IS_KNOWN;
}

impl<I, S> Query for Shaped<'_, I, S> {
    type SqlType = Untyped;
}
