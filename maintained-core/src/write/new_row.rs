//! The values of rows to insert, as pieces of statements.

use diesel::insertable::InsertValues;
use diesel::query_builder::{AstPass, QueryFragment, ValuesClause};
use diesel::result::QueryResult;

use crate::sql::Dialect;

/// The values of a row to insert: those of Diesel's `Insertable` for one row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not insert one row into the table",
    note = "give `insert` a struct that derives `Insertable`, or a tuple of `column.eq(value)`; give `insert_many` an iterator of them"
)]
pub trait NewRow<DB: Dialect, T>: NewValues<DB> {}

impl<DB, Tab, V> NewRow<DB, Tab> for ValuesClause<V, Tab>
where
    DB: Dialect,
    Tab: diesel::Table,
    V: InsertValues<DB, Tab>,
{
}

/// The values of a row to insert, into whatever table.
pub trait NewValues<DB: Dialect> {
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

impl<DB, Tab, V> NewValues<DB> for ValuesClause<V, Tab>
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

/// The values of a row to insert, without their types.
pub(super) type New<'v, DB> = &'v (dyn NewValues<DB> + Sync);

/// The rows of one `INSERT`, which have values for the same columns: the names of those, and the
/// values.
pub(super) struct NewRows<'v, DB>(pub(super) &'v [New<'v, DB>]);

/// The names of a new row's columns.
pub(super) struct Columns<'v, DB>(pub(super) New<'v, DB>);

impl<DB: Dialect> QueryFragment<DB> for NewRows<'_, DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let first = self.0[0];
        if first.is_empty(out.backend())? {
            out.push_sql(DB::NO_VALUES);
            return Ok(());
        }
        out.push_sql("(");
        first.columns(out.reborrow())?;
        for (at, row) in self.0.iter().enumerate() {
            out.push_sql(if at > 0 { "), (" } else { ") VALUES (" });
            row.values(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<DB: Dialect> QueryFragment<DB> for Columns<'_, DB> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.columns(out)
    }
}
