//! `SQLite`: values as lists of parameters, one writer at a time.

use diesel::deserialize;
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Nullable};
use diesel::sqlite::{Sqlite, SqliteQueryBuilder};

use crate::declare::lock::Lock;
use crate::declare::model::{Bounds, Content, Kind};
use crate::declare::positions::ColumnIndex;
use crate::spoken::Spelling;
use crate::sql::isolation::Isolation;
use crate::sql::statement::{Make, Rows, Statement, Tuple};
use crate::sql::{AddValue, Dialect, Operated, Set, TableName};

/// The most parameters of a statement, as `SQLite` is built by default since 3.32.
const MOST_PARAMETERS: usize = 32_766;
/// Larger statements are no faster, and take longer to prepare.
const MOST_ROWS: usize = 256;

/// Always fails: the result overflows.
const FAILURE: &str = "abs(-9223372036854775808)";

impl Dialect for Sqlite {
    /// A plain `BEGIN` would not do: a transaction that has read cannot write any more once another
    /// connection has written.
    fn begin(_: Isolation) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn most_rows(width: usize) -> usize {
        (MOST_PARAMETERS / width.max(1)).clamp(1, MOST_ROWS)
    }

    const SPELLING: Spelling = Spelling::Sqlite;
    const FOREIGN_KEYS_CONFLICT: bool = false;
    /// `BEGIN IMMEDIATE` lets in one writer at a time.
    const LOCKS: bool = false;
    /// `RETURNING` costs more the more rows a statement inserts.
    const INSERT_ROWS: usize = 32;
    const COMPUTED_ROWS: usize = MOST_ROWS;
    const ARRAYS: bool = false;
    const RETURNS_INSERTED: bool = true;
    const RETURNS_UPDATED: bool = true;
    /// `SQLite` stores any whole number of 64 bits, whatever type the column declares, and a larger
    /// one as a fraction.
    const FAILURE: Option<&'static str> = Some(FAILURE);

    /// The sign changes no value, but hides it from the planner. Once `ANALYZE` has been run, the
    /// planner would otherwise prepare the statement anew for each value.
    const EQUALS: &'static str = " = +";
    const SIGN: &'static str = "+";

    fn lock(_: Lock) -> &'static str {
        ""
    }

    fn among_many<'q>(
        statement: &mut Statement<'q, Sqlite>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Sqlite>,
    ) {
        let count = padded(rows.len(), columns.len());
        let positions = ColumnIndex::first(columns.len()).collect();
        if let [column] = columns {
            statement
                .name(column)
                .text(" IN (")
                .tuples(rows, positions, count, Tuple::Signed)
                .text(")");
        } else {
            statement
                .text("(")
                .names(columns.iter().copied())
                .text(") IN (VALUES ");
            statement
                .tuples(rows, positions, count, Tuple::Bracketed)
                .text(")");
        }
    }

    fn update_many<'q>(
        table: Make<Sqlite>,
        key: &[&'static str],
        set: &[&'static str],
        rows: &'q dyn Rows<Sqlite>,
    ) -> Statement<'q, Sqlite> {
        let width = key.len() + set.len();
        let mut statement = Statement::new("WITH maintained_computed(");
        for position in 0..width {
            statement
                .text(if position > 0 { ", " } else { "" })
                .numbered(position);
        }
        statement.text(") AS (VALUES ").tuples(
            rows,
            ColumnIndex::first(width).collect(),
            padded(rows.len(), width),
            Tuple::Bracketed,
        );
        statement.text(") UPDATE ").made(table).text(" SET ");
        for (at, column) in set.iter().enumerate() {
            statement
                .text(if at > 0 { ", " } else { "" })
                .name(column)
                .text(" = maintained_computed.")
                .numbered(key.len() + at);
        }
        statement.text(" FROM maintained_computed WHERE ");
        for (at, column) in key.iter().enumerate() {
            statement
                .text(if at > 0 { " AND " } else { "" })
                .name(column)
                .text(" = maintained_computed.")
                .numbered(at);
        }
        statement
    }

    fn distinct(kind: Kind) -> [&'static str; 3] {
        if kind.content == Content::Text {
            return ["", " COLLATE BINARY IS NOT ", ""];
        }
        ["", " IS NOT ", ""]
    }

    fn bind_integer<'b>(value: &'b i64, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_bind_param::<BigInt, i64>(value)
    }

    fn read_integer(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<i64>> {
        row.get_value::<Nullable<BigInt>, _, _>(at)
    }

    fn held(statement: &mut Statement<'_, Sqlite>, set: Set, value: AddValue<Sqlite>) {
        let range = match set.kind.bounds {
            Bounds::None => return value(statement),
            Bounds::Float => return held_as_float(statement, value),
            Bounds::SmallInt => " BETWEEN -32768 AND 32767",
            Bounds::Integer => " BETWEEN -2147483648 AND 2147483647",
            Bounds::BigInt => " IS NOT NULL",
        };
        statement.text("CASE WHEN ");
        if set.is_whole {
            statement.text("typeof(");
            value(statement);
            statement.text(") = 'integer' AND ");
            value(statement);
        } else {
            value(statement);
            statement.text(" = CAST(");
            value(statement);
            statement.text(" AS INTEGER) AND CAST(");
            value(statement);
            statement.text(" AS INTEGER)");
        }
        statement.text(range).text(" OR ");
        value(statement);
        statement.text(" IS NULL THEN ");
        value(statement);
        statement.text(" ELSE ").text(FAILURE).text(" END");
    }

    /// A key that is the number of its row needs no index.
    fn is_indexed(
        (schema, table): TableName,
        column: &'static str,
    ) -> Option<Statement<'static, Sqlite>> {
        let mut query = Statement::new("SELECT EXISTS (SELECT 1 FROM pragma_index_list(");
        let of_table = |query: &mut Statement<'static, Sqlite>| {
            let parts = [Some(table), schema].into_iter().flatten();
            query.parameters(parts.map(Self::text));
        };
        of_table(&mut query);
        query
            .text(
                ") AS indexes, pragma_index_info(indexes.name) AS columns \
                 WHERE indexes.partial = 0 AND columns.seqno = 0 AND columns.name = ",
            )
            .fragment(Self::text(column))
            .text(") OR EXISTS (SELECT 1 FROM pragma_table_info(");
        of_table(&mut query);
        query
            .text(") AS columns WHERE columns.pk = 1 AND columns.name = ")
            .fragment(Self::text(column))
            .text(")");
        Some(query)
    }

    fn sql_of(fragment: &dyn QueryFragment<Sqlite>) -> QueryResult<String> {
        let mut builder = SqliteQueryBuilder::new();
        fragment.to_sql(&mut builder, &Sqlite)?;
        Ok(builder.finish())
    }

    fn is_cacheable(query: &dyn QueryFragment<Sqlite>) -> QueryResult<bool> {
        query.is_safe_to_cache_prepared(&Sqlite)
    }
}

/// The number of rows to write so that few different statements need to be prepared: the next power
/// of two.
fn padded(rows: usize, width: usize) -> usize {
    rows.next_power_of_two()
        .min(Sqlite::most_rows(width))
        .max(rows)
}

/// Adds a fraction for a column of 32 bits, which `SQLite` stores in 64. One that is too large for
/// 32 bits would be read as infinite, and fails. One that is infinite already (`9e999`) is kept.
fn held_as_float(statement: &mut Statement<'_, Sqlite>, value: AddValue<Sqlite>) {
    statement.text("CASE WHEN abs(");
    value(statement);
    statement.text(") > 3.4028235677973366e38 AND abs(");
    value(statement);
    statement.text(") < 9e999 THEN ").text(FAILURE);
    statement.text(" ELSE ");
    value(statement);
    statement.text(" END");
}
