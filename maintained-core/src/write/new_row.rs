//! The values of rows to insert, as pieces of statements.

use std::marker::PhantomData;

use diesel::insertable::InsertValues;
use diesel::query_builder::{AstPass, QueryFragment, ValuesClause};
use diesel::result::QueryResult;

use crate::sql::Dialect;

/// The values of a row to insert: those of Diesel's `Insertable` for one row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not insert one row into the table",
    note = "give `insert` a struct that derives `Insertable`, or a tuple of `column.eq(value)`; give `insert_many` an iterator of them"
)]
pub trait NewRow<DB: Dialect, T> {
    /// Adds the names of the columns that have a value.
    ///
    /// # Errors
    /// When the SQL cannot be built.
    fn columns(&self, out: AstPass<'_, '_, DB>) -> QueryResult<()>;

    /// Adds the values.
    ///
    /// # Errors
    /// When a value cannot be serialised.
    fn values<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// Whether no column has a value.
    ///
    /// # Errors
    /// When the SQL cannot be built.
    fn is_empty(&self, backend: &DB) -> QueryResult<bool>;
}

impl<DB, Tab, V> NewRow<DB, Tab> for ValuesClause<V, Tab>
where
    DB: Dialect,
    Tab: diesel::Table,
    V: InsertValues<DB, Tab>,
{
    fn columns(&self, out: AstPass<'_, '_, DB>) -> QueryResult<()> {
        self.values.column_names(out)
    }

    fn values<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.values.walk_ast(out)
    }

    fn is_empty(&self, backend: &DB) -> QueryResult<bool> {
        self.values.is_noop(backend)
    }
}

/// The rows of one `INSERT`, which have values for the same columns: the names of those, and the
/// values.
pub(super) struct NewRows<'v, V, DB, T> {
    pub(super) rows: &'v [V],
    pub(super) of: PhantomData<fn(DB, T)>,
}

/// The names of a new row's columns.
pub(super) struct Columns<'v, V, DB, T> {
    pub(super) row: &'v V,
    pub(super) of: PhantomData<fn(DB, T)>,
}

impl<V: NewRow<DB, T>, DB: Dialect, T> QueryFragment<DB> for NewRows<'_, V, DB, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let first = &self.rows[0];
        if first.is_empty(out.backend())? {
            out.push_sql(DB::NO_VALUES);
            return Ok(());
        }
        out.push_sql("(");
        first.columns(out.reborrow())?;
        for (at, row) in self.rows.iter().enumerate() {
            out.push_sql(if at > 0 { "), (" } else { ") VALUES (" });
            row.values(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<V: NewRow<DB, T>, DB: Dialect, T> QueryFragment<DB> for Columns<'_, V, DB, T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.row.columns(out)
    }
}
