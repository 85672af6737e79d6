//! What differs between databases: one trait, a file for each.

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod assigned;
mod blocks;
#[cfg(feature = "postgres")]
mod columnar;
pub(crate) mod isolation;
mod kept;
#[cfg(feature = "mysql")]
mod mysql;
mod operated;
mod parts;
#[cfg(feature = "postgres")]
mod postgres;
mod prepared;
pub(crate) mod range;
mod results;
#[cfg(feature = "sqlite")]
mod sqlite;
mod standard;
pub(crate) mod statement;
pub(crate) mod text;

pub use self::blocks::Blocks;
#[cfg(feature = "postgres")]
pub use self::columnar::Columnar;
#[cfg(feature = "postgres")]
pub(crate) use self::columnar::columnar;
pub use self::kept::Kept;
#[cfg(feature = "async")]
pub(crate) use self::kept::Whole;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(crate) use self::kept::kept;
pub use self::operated::{Operated, OwnTable};
pub use self::parts::{AddValue, Array, Fragment, Onward, Parents, Set};
#[cfg(feature = "postgres")]
pub use self::postgres::array;
pub(crate) use self::prepared::Branch;
pub use self::prepared::{BranchName, Ending, Prepares, TwoPhase};
pub use self::results::{AnyField, AnyRow, KeptField, KeptRow, KeptRows, Results, Values};

use diesel::deserialize;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use crate::declare::lock::Lock;
use crate::declare::model::Kind;
use crate::declare::positions::ColumnIndex;
use crate::spoken::Spelling;
use crate::sql::isolation::Isolation;
use crate::sql::statement::{Make, Rows, Statement};

/// The name of a table, after that of its schema where it has one.
pub(crate) type TableName = (Option<&'static str>, &'static str);

/// A database, as the library speaks to it: what its statements look like.
///
/// Implemented for Diesel's backends whose feature (`sqlite`, `postgres`, `mysql`) is on.
pub trait Dialect: Operated + 'static {
    /// The statement that begins an outermost transaction.
    fn begin(isolation: Isolation) -> &'static str;

    /// How its SQL is spelled.
    const SPELLING: Spelling;

    /// How many rows one statement may carry, given how many values each row has.
    fn most_rows(width: usize) -> usize;

    /// How many rows one `INSERT` carries when it returns them.
    const INSERT_ROWS: usize;

    /// How many rows one `INSERT` carries when it returns none, given how many values each has.
    #[must_use]
    fn most_added(width: usize) -> usize {
        Self::most_rows(width)
    }

    /// What an `INSERT` has after the table if it gives no column a value.
    const NO_VALUES: &'static str = "DEFAULT VALUES";

    /// Whether a list of values can be bound as one array.
    const ARRAYS: bool;

    /// Whether an `INSERT` can return its rows.
    const RETURNS_INSERTED: bool;

    /// Whether an `UPDATE` can return its rows.
    const RETURNS_UPDATED: bool;

    /// Whether a query can contain statements that write, and tell what they returned.
    const WRITES_IN_QUERIES: bool = false;

    /// How several statements are sent as one; none, where no server takes them so.
    const BLOCKS: Option<Blocks> = None;

    /// Whether rows are locked one by one.
    const LOCKS: bool;

    /// Whether a foreign key's check locks the parent in a way that conflicts with `NoKeyUpdate`,
    /// the lock under which the parent's fields are computed.
    const FOREIGN_KEYS_CONFLICT: bool;

    /// What stands between a column and a value, to say that they are equal.
    const EQUALS: &'static str = " = ";

    /// What stands before each of the two values of a `BETWEEN`.
    const SIGN: &'static str = "";

    /// Whether a statement that writes also locks the rows that it reads, and with a range the row
    /// behind it.
    const READS_LOCK: bool = false;

    /// The clause that locks the rows of a `SELECT`.
    fn lock(lock: Lock) -> &'static str;

    /// The clause that locks those rows of a `SELECT` that nobody else has locked.
    #[must_use]
    fn lock_free(lock: Lock) -> &'static str {
        Self::lock(lock)
    }

    /// Whether a NULL in the first part of a union takes the type of what later parts have there.
    const TYPES_NULLS: bool = false;

    /// An expression that tells whether its statement has waited for a lock: 1, or 0 if it has run
    /// too short a time for that.
    const HAS_WAITED: &'static str = "0";

    /// Adds the condition that columns of a row equal the first values of one of the rows of
    /// values.
    fn among<'q>(
        statement: &mut Statement<'q, Self>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Self>,
    ) {
        if rows.len() == 1 {
            statement.equal(columns, Self::EQUALS, rows, 0);
        } else {
            Self::among_many(statement, columns, rows);
        }
    }

    /// The same, but integers without a gap become a `BETWEEN`, however many rows there are. For
    /// queries that lock nothing, or only the rows that they find.
    fn within<'q>(
        statement: &mut Statement<'q, Self>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Self>,
    ) {
        match columns {
            [column] if range::are_range(rows) => {
                statement
                    .name(column)
                    .text(" BETWEEN ")
                    .text(Self::SIGN)
                    .value(rows, 0, ColumnIndex::at(0));
                statement.text(" AND ").text(Self::SIGN).value(
                    rows,
                    rows.len() - 1,
                    ColumnIndex::at(0),
                );
            }
            _ => Self::among(statement, columns, rows),
        }
    }

    /// [`among`](Self::among) for several rows of values.
    fn among_many<'q>(
        statement: &mut Statement<'q, Self>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Self>,
    );

    /// Ends a `SELECT` that locks rows of a table, from behind its `FROM`: the table, the condition
    /// of [`among`](Self::among), and the lock. Rows are locked in the order of the values.
    fn with_keys<'q>(
        statement: &mut Statement<'q, Self>,
        table: Make<Self>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Self>,
        lock: Lock,
    ) {
        if rows.len() == 1 {
            statement
                .made(table)
                .text(" WHERE ")
                .equal(columns, Self::EQUALS, rows, 0);
            statement.text(Self::lock(lock));
        } else {
            Self::with_many_keys(statement, table, columns, rows, lock);
        }
    }

    /// [`with_keys`](Self::with_keys) for several rows of values.
    fn with_many_keys<'q>(
        statement: &mut Statement<'q, Self>,
        table: Make<Self>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Self>,
        lock: Lock,
    ) {
        statement.made(table).text(" WHERE ");
        Self::among(statement, columns, rows);
        statement.text(Self::lock(lock));
    }

    /// What stands before and after a query, to say that a column is among the keys that it finds.
    const IN_QUERY: [&'static str; 2] = [" IN (", ")"];

    /// Ends a statement with a `SELECT` that locks those rows whose key a query finds, and no
    /// others, in the order of their keys.
    fn lock_named<'q>(statement: &mut Statement<'q, Self>, parents: Parents<'q, Self>) {
        standard::lock_named::<Self>(statement, parents);
    }

    /// The join that keeps the order in which the tables are named, where there is such a one.
    const JOIN: &'static str = " JOIN ";

    /// Adds a query for the keys that lie one hop on from those that `from` finds. Both return them
    /// in a column that is named by [`Statement::numbered`] 0.
    fn hop<'q>(
        statement: &mut Statement<'q, Self>,
        onward: &Onward<Self>,
        from: Statement<'q, Self>,
    ) {
        standard::hop::<Self>(statement, onward, from);
    }

    /// The same along a tree: the keys that `from` finds, and those any number of hops on.
    fn along<'q>(
        statement: &mut Statement<'q, Self>,
        onward: &Onward<Self>,
        from: Statement<'q, Self>,
    ) {
        standard::along::<Self>(statement, onward, from);
    }

    /// The statement that sets columns to values.
    ///
    /// The first columns of each row of values are the key, the others the new values.
    fn update<'q>(
        table: Make<Self>,
        key: &[&'static str],
        set: &[&'static str],
        rows: &'q dyn Rows<Self>,
    ) -> Statement<'q, Self> {
        standard::update::<Self>(table, key, set, rows)
    }

    /// [`update`](Self::update) for several rows, by one statement.
    fn update_many<'q>(
        table: Make<Self>,
        key: &[&'static str],
        set: &[&'static str],
        rows: &'q dyn Rows<Self>,
    ) -> Statement<'q, Self>;

    /// How to say that two values of a kind differ, or that one of them is null: what stands
    /// before, between and after them.
    fn distinct(kind: Kind) -> [&'static str; 3];

    /// An expression that always fails, where the database itself would store a number that is out
    /// of its column's range.
    const FAILURE: Option<&'static str> = None;

    /// Adds a value that the database has computed. Where the database would store a value that the
    /// column cannot hold, the expression fails instead.
    fn held(statement: &mut Statement<'_, Self>, set: Set, value: AddValue<Self>) {
        let _: Set = set;
        value(statement);
    }

    /// The statement that checks deferred constraints now, and not at the commit, where there are
    /// deferred constraints.
    const CHECK_DEFERRED: Option<&'static str> = None;

    /// A query whose only value says whether the session is lax: the database cuts a value that its
    /// column cannot hold. None, where no session is.
    const IS_LAX: Option<&'static str> = None;

    /// The statements that make a session lax again, and strict.
    const SET_STRICT: [&'static str; 2] = ["", ""];

    /// Whether the least and the greatest value are found by sorting, since not all types have
    /// `min` and `max`.
    const SORTS_EXTREMES: bool = false;

    /// For how many rows one statement computes a declared field.
    const COMPUTED_ROWS: usize = 4_096;

    /// Whether the children of many rows are always grouped in one pass, and never read by a
    /// subquery for each row.
    const GROUPS_CHILDREN: bool = false;

    /// A query whose only value says whether some index of a table begins with a column. None,
    /// where that does not matter.
    #[must_use]
    fn is_indexed(table: TableName, column: &'static str) -> Option<Statement<'static, Self>> {
        let _: (TableName, &str) = (table, column);
        None
    }

    /// Adds an expression: 1 if a table has no triggers and no rules of the user's own, else 0.
    /// Where that does not matter, adds nothing, and returns `false`.
    fn is_plain(statement: &mut Statement<'_, Self>, table: Make<Self>, name: TableName) -> bool {
        let _: (&mut Statement<'_, Self>, Make<Self>, TableName) = (statement, table, name);
        false
    }

    /// The statement that sets a column to the values that a query finds, for the rows in which the
    /// two differ by [`distinct`](Self::distinct).
    ///
    /// The first columns of the query's result are the key, the last is the value. The query is about
    /// the rows with some keys.
    fn update_from<'q>(
        table: Make<Self>,
        (key, keys): (&[&'static str], &'q dyn Rows<Self>),
        set: Set,
        source: Statement<'q, Self>,
    ) -> Statement<'q, Self> {
        let _: &dyn Rows<Self> = keys;
        standard::update_from::<Self>(table, key, set, source)
    }

    /// Binds an integer.
    ///
    /// # Errors
    /// When it cannot be serialised.
    fn bind_integer<'b>(value: &'b i64, out: AstPass<'_, 'b, Self>) -> QueryResult<()>;

    /// What stands before and after a sum of integers, to make it a 64-bit integer, or an error if
    /// it is too large for one.
    const AS_INTEGER: [&'static str; 2] = ["", ""];

    /// Reads an integer, which may be null.
    ///
    /// # Errors
    /// When the value is no integer.
    fn read_integer(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<i64>>;

    /// Binds integers as one array, where the database has arrays.
    #[must_use]
    fn integers(values: &[i64]) -> Option<Array<'_, Self>> {
        let _: &[i64] = values;
        None
    }

    /// The plain value that a changeset assigns to a column, to be bound once more; none, where the
    /// changeset's SQL, which is given, does not tell it.
    ///
    /// # Errors
    /// When a value cannot be serialised.
    fn assigned(
        changes: &dyn QueryFragment<Self>,
        sql: &str,
        column: &str,
    ) -> QueryResult<Option<Fragment<Self>>> {
        let _: (&dyn QueryFragment<Self>, &str, &str) = (changes, sql, column);
        Ok(None)
    }

    /// The SQL of a query fragment.
    ///
    /// # Errors
    /// When the SQL cannot be built.
    fn sql_of(fragment: &dyn QueryFragment<Self>) -> QueryResult<String>;

    /// Whether a query's text is always the same, as far as Diesel knows.
    ///
    /// # Errors
    /// When that cannot be told.
    fn is_cacheable(query: &dyn QueryFragment<Self>) -> QueryResult<bool>;
}
