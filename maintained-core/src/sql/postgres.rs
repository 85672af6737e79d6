//! `PostgreSQL`: lists as one array parameter, rows that return from every write, row locks.

use diesel::deserialize;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array as SqlArray, BigInt, HasSqlType, Nullable};

use crate::declare::lock::Lock;
use crate::declare::model::{Content, Json, Kind};
use crate::declare::positions::ColumnIndex;
use crate::spoken::Spelling;
use crate::sql::assigned::assigned_on_postgres;
use crate::sql::isolation::Isolation;
use crate::sql::statement::{Make, Rows, Statement, Tuple};
use crate::sql::{Array, Dialect, Fragment, Onward, TableName, range};

/// The most parameters of a statement, in the protocol's sixteen bits.
const MOST_PARAMETERS: usize = 65_535;
/// Larger statements are no faster.
const MOST_ROWS: usize = 4_096;

impl Dialect for Pg {
    fn begin(isolation: Isolation) -> &'static str {
        match isolation {
            Isolation::Serializable => "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            Isolation::ReadCommitted | Isolation::RepeatableRead => {
                "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED"
            }
        }
    }

    fn most_rows(width: usize) -> usize {
        (MOST_PARAMETERS / width.max(1)).clamp(1, MOST_ROWS)
    }

    const SPELLING: Spelling = Spelling::Postgres;
    const FOREIGN_KEYS_CONFLICT: bool = false;
    const CHECK_DEFERRED: Option<&'static str> = Some("SET CONSTRAINTS ALL IMMEDIATE");
    const LOCKS: bool = true;
    const INSERT_ROWS: usize = 1_000;
    const ARRAYS: bool = true;
    const RETURNS_INSERTED: bool = true;
    const RETURNS_UPDATED: bool = true;
    const WRITES_IN_QUERIES: bool = true;
    /// There is no `min` and `max` of `uuid` and `boolean`.
    const SORTS_EXTREMES: bool = true;
    /// Of children that have just been loaded the planner knows nothing, and reads the whole table
    /// for each statement. So there are to be few.
    const COMPUTED_ROWS: usize = 65_536;
    const GROUPS_CHILDREN: bool = true;
    const AS_INTEGER: [&'static str; 2] = ["CAST(", " AS BIGINT)"];

    /// The type `json` has no equality: it is compared as the text that it stores.
    fn distinct(kind: Kind) -> [&'static str; 3] {
        match kind.json {
            Json::None if kind.content == Content::Text => [
                "",
                "::text COLLATE \"C\" IS DISTINCT FROM ",
                "::text COLLATE \"C\"",
            ],
            Json::Text => ["", "::text IS DISTINCT FROM ", "::text"],
            Json::None | Json::Binary => ["", " IS DISTINCT FROM ", ""],
        }
    }

    fn lock(lock: Lock) -> &'static str {
        match lock {
            Lock::None => "",
            Lock::Share => " FOR SHARE",
            Lock::NoKeyUpdate => " FOR NO KEY UPDATE",
            Lock::Update => " FOR UPDATE",
        }
    }

    fn lock_free(lock: Lock) -> &'static str {
        match lock {
            Lock::None => "",
            Lock::Share => " FOR SHARE SKIP LOCKED",
            Lock::NoKeyUpdate => " FOR NO KEY UPDATE SKIP LOCKED",
            Lock::Update => " FOR UPDATE SKIP LOCKED",
        }
    }

    const HAS_WAITED: &'static str = "CAST(CAST(clock_timestamp() > statement_timestamp() \
         + INTERVAL '500 microseconds' AS INTEGER) AS BIGINT)";

    fn among_many<'q>(
        statement: &mut Statement<'q, Pg>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Pg>,
    ) {
        let arrays: Option<Vec<_>> = ColumnIndex::first(columns.len())
            .map(|column| rows.array(0..rows.len(), column))
            .collect();
        match (columns, arrays) {
            ([column], Some(arrays)) => {
                statement
                    .name(column)
                    .text(" = ANY(")
                    .parameters(arrays)
                    .text(")");
            }
            (_, Some(arrays)) => {
                statement
                    .text("(")
                    .names(columns.iter().copied())
                    .text(") IN (SELECT * FROM unnest(");
                statement.parameters(arrays).text("))");
            }
            (_, None) => {
                statement
                    .text("(")
                    .names(columns.iter().copied())
                    .text(") IN (");
                statement
                    .tuples(
                        rows,
                        ColumnIndex::first(columns.len()).collect(),
                        rows.len(),
                        Tuple::Bracketed,
                    )
                    .text(")");
            }
        }
    }

    /// Rows are locked in the order in which they are found. Here that is the order of the list, or
    /// of the keys in a range: both are the same for all writers.
    fn with_many_keys<'q>(
        statement: &mut Statement<'q, Pg>,
        table: Make<Pg>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Pg>,
        lock: Lock,
    ) {
        statement.made(table);
        let arrays: Option<Vec<_>> = if range::are_range(rows) {
            None
        } else {
            ColumnIndex::first(columns.len())
                .map(|column| rows.array(0..rows.len(), column))
                .collect()
        };
        let Some(arrays) = arrays else {
            statement.text(" WHERE ");
            Self::within(statement, columns, rows);
            let columns = columns.iter().copied();
            statement
                .text(" ORDER BY ")
                .names(columns)
                .text(Self::lock(lock));
            return;
        };
        statement
            .text(" JOIN unnest(")
            .parameters(arrays)
            .text(") WITH ORDINALITY AS maintained_wanted(");
        for position in 0..columns.len() {
            statement.numbered(position).text(", ");
        }
        statement.text("maintained_place) ON ");
        for (at, column) in columns.iter().enumerate() {
            statement
                .text(if at > 0 { " AND " } else { "" })
                .name(column)
                .text(" = maintained_wanted.")
                .numbered(at);
        }
        statement
            .text(" ORDER BY maintained_wanted.maintained_place")
            .text(Self::lock(lock));
    }

    /// An array is not joined, so that keys are looked up one by one, whatever the planner knows of
    /// the tables.
    const IN_QUERY: [&'static str; 2] = [" = ANY(ARRAY(", "))"];

    fn hop<'q>(statement: &mut Statement<'q, Pg>, onward: &Onward<Pg>, from: Statement<'q, Pg>) {
        statement
            .text("SELECT ")
            .name(onward.select)
            .text(" AS ")
            .numbered(0)
            .text(" FROM ")
            .made(onward.table)
            .text(" WHERE ")
            .name(onward.by)
            .text(Self::IN_QUERY[0])
            .append(from)
            .text(Self::IN_QUERY[1]);
    }

    /// `OFFSET 0` keeps the planner from merging the inner query with the outer one: it is run for
    /// each key.
    fn along<'q>(statement: &mut Statement<'q, Pg>, onward: &Onward<Pg>, from: Statement<'q, Pg>) {
        statement
            .text("WITH RECURSIVE maintained_along(")
            .numbered(0)
            .text(") AS (SELECT ")
            .numbered(0)
            .text(" FROM (")
            .append(from)
            .text(") maintained_from UNION SELECT maintained_hop.")
            .numbered(0)
            .text(" FROM maintained_along CROSS JOIN LATERAL (SELECT ")
            .name(onward.select)
            .text(" AS ")
            .numbered(0)
            .text(" FROM ")
            .made(onward.table)
            .text(" WHERE ")
            .name(onward.by)
            .text(" = maintained_along.")
            .numbered(0)
            .text(" OFFSET 0) maintained_hop) SELECT ")
            .numbered(0)
            .text(" FROM maintained_along");
    }

    fn bind_integer<'b>(value: &'b i64, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<BigInt, i64>(value)
    }

    fn read_integer(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<i64>> {
        row.get_value::<Nullable<BigInt>, _, _>(at)
    }

    fn integers(values: &[i64]) -> Option<Array<'_, Self>> {
        array::<BigInt, i64>(values.len(), &|at| values.get(at))
    }

    fn update_many<'q>(
        table: Make<Pg>,
        key: &[&'static str],
        set: &[&'static str],
        rows: &'q dyn Rows<Pg>,
    ) -> Statement<'q, Pg> {
        let width = key.len() + set.len();
        let mut statement = Statement::new("UPDATE ");
        statement.made(table).text(" SET ");
        for (at, column) in set.iter().enumerate() {
            statement
                .text(if at > 0 { ", " } else { "" })
                .name(column)
                .text(" = maintained_computed.")
                .numbered(key.len() + at);
        }
        let arrays: Option<Vec<_>> = ColumnIndex::first(width)
            .map(|column| rows.array(0..rows.len(), column))
            .collect();
        if let Some(arrays) = arrays {
            statement
                .text(" FROM unnest(")
                .parameters(arrays)
                .text(") AS maintained_computed(");
        } else {
            statement.text(" FROM (VALUES ").tuples(
                rows,
                ColumnIndex::first(width).collect(),
                rows.len(),
                Tuple::Bracketed,
            );
            statement.text(") AS maintained_computed(");
        }
        for position in 0..width {
            statement
                .text(if position > 0 { ", " } else { "" })
                .numbered(position);
        }
        statement.text(") WHERE ");
        for (at, column) in key.iter().enumerate() {
            statement
                .text(if at > 0 { " AND " } else { "" })
                .name(column)
                .text(" = maintained_computed.")
                .numbered(at);
        }
        statement
    }

    fn is_plain(statement: &mut Statement<'_, Pg>, table: Make<Pg>, _: TableName) -> bool {
        statement
            .text("(SELECT CAST(CAST(")
            .text("NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = maintained_table ")
            .text("AND NOT tgisinternal) AND ")
            .text("NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = maintained_table ")
            .text("AND ev_type <> '1') AND ")
            // Triggers of its partitions.
            .text("NOT EXISTS (WITH RECURSIVE maintained_parts (part) AS (SELECT maintained_table ")
            .text(
                "UNION SELECT inhrelid FROM pg_inherits JOIN maintained_parts ON inhparent = part)",
            )
            .text(" SELECT FROM maintained_parts JOIN pg_trigger ON tgrelid = part ")
            .text("WHERE NOT tgisinternal) AND ")
            // What is behind a view or a foreign table is not known: only tables are plain.
            .text("EXISTS (SELECT FROM pg_class WHERE oid = maintained_table ")
            .text("AND relkind IN ('r', 'p')) ")
            .text("AS INTEGER) AS BIGINT) FROM (SELECT CAST(to_regclass($maintained$")
            .made(table)
            .text("$maintained$) AS OID) AS maintained_table) maintained_tables)");
        true
    }

    fn assigned(
        changes: &dyn QueryFragment<Pg>,
        sql: &str,
        column: &str,
    ) -> QueryResult<Option<Fragment<Self>>> {
        assigned_on_postgres(changes, sql, column)
    }

    fn sql_of(fragment: &dyn QueryFragment<Pg>) -> QueryResult<String> {
        let mut builder = PgQueryBuilder::new();
        fragment.to_sql(&mut builder, &Pg)?;
        Ok(builder.finish())
    }

    fn is_cacheable(query: &dyn QueryFragment<Pg>) -> QueryResult<bool> {
        query.is_safe_to_cache_prepared(&Pg)
    }
}

/// Values that are bound as one array.
struct Values<'v, T, ST> {
    values: Vec<&'v T>,
    sql_type: std::marker::PhantomData<fn(ST)>,
}

impl<'v, T, ST> QueryFragment<Pg> for Values<'v, T, ST>
where
    ST: 'static,
    Pg: HasSqlType<ST>,
    T: ToSql<ST, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<SqlArray<ST>, Vec<&'v T>>(&self.values)
    }
}

/// Binds the values of so many rows as one array; a row may have none.
///
/// It is compiled once for each type of values, and not for each column.
#[must_use]
pub fn array<'v, ST, T>(
    rows: usize,
    value: &dyn Fn(usize) -> Option<&'v T>,
) -> Option<Array<'v, Pg>>
where
    ST: 'static,
    Pg: HasSqlType<ST>,
    T: ToSql<ST, Pg> + Sync,
{
    let values: Vec<&T> = (0..rows).filter_map(value).collect();
    let sql_type = std::marker::PhantomData::<fn(ST)>;
    Some(Box::new(Values { values, sql_type }))
}
