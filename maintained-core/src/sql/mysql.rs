//! `MySQL` and `MariaDB`: lists as parameters, many rows by a join, keys recovered where no row
//! returns.

use diesel::deserialize;
use diesel::mysql::{Mysql, MysqlQueryBuilder};
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Nullable};

use crate::declare::lock::Lock;
use crate::declare::model::{Content, Kind};
use crate::declare::positions::ColumnIndex;
use crate::spoken::Spelling;
use crate::sql::assigned::assigned_on_mysql;
use crate::sql::isolation::Isolation;
use crate::sql::statement::{Make, Rows, Statement, Tuple};
use crate::sql::{Blocks, Dialect, Fragment, Operated, Parents, Set, TableName};

/// The most parameters of a statement, in the protocol's sixteen bits.
const MOST_PARAMETERS: usize = 65_535;
/// Larger statements are no faster.
const MOST_ROWS: usize = 4_096;
/// A `SELECT` for each row of an `UPDATE` costs the parser more.
const MOST_UPDATED: usize = 512;
/// Up to so many rows are locked by a join with a list. A longer list would be as long as a small
/// table.
const MOST_JOINED: usize = 16;

/// Adds rows of values as a table `maintained_computed` with these columns of a table, joined to
/// that table by the first `key` of them.
fn list<'q>(
    statement: &mut Statement<'q, Mysql>,
    table: Make<Mysql>,
    (key, columns): (usize, &[&'static str]),
    rows: &'q dyn Rows<Mysql>,
) {
    statement.text("(SELECT ");
    for (at, name) in columns.iter().enumerate() {
        statement.text(if at > 0 { ", " } else { "" }).name(name);
        statement.text(" AS ").numbered(at);
    }
    statement.text(" FROM ").made(table).text(" WHERE FALSE");
    for row in 0..rows.len() {
        statement.text(" UNION ALL SELECT ");
        for (at, column) in ColumnIndex::first(columns.len()).enumerate() {
            statement
                .text(if at > 0 { ", " } else { "" })
                .value(rows, row, column);
        }
    }
    statement
        .text(") maintained_computed STRAIGHT_JOIN ")
        .made(table)
        .text(" ON ");
    for (at, column) in columns[..key].iter().enumerate() {
        statement
            .text(if at > 0 { " AND " } else { "" })
            .name(column)
            .text(" = maintained_computed.")
            .numbered(at);
    }
}

/// Adds to a query of the information schema what it says of one table.
pub(in crate::sql) fn of_table(query: &mut Statement<'static, Mysql>, (schema, table): TableName) {
    query
        .text(" AND table_name = ")
        .parameters([Mysql::text(table)])
        .text(" AND table_schema = ");
    match schema {
        Some(schema) => query.parameters([Mysql::text(schema)]),
        None => query.text("DATABASE()"),
    };
}

impl Dialect for Mysql {
    fn begin(isolation: Isolation) -> &'static str {
        match isolation {
            Isolation::Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN",
            Isolation::ReadCommitted | Isolation::RepeatableRead => {
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN"
            }
        }
    }

    /// An `UPDATE` binds its keys twice.
    fn most_rows(width: usize) -> usize {
        let most = if width > 1 { MOST_UPDATED } else { MOST_ROWS };
        (MOST_PARAMETERS / (2 * width.max(1))).clamp(1, most)
    }

    const SPELLING: Spelling = Spelling::Mysql;
    const FOREIGN_KEYS_CONFLICT: bool = true;
    const BLOCKS: Option<Blocks> = Some(Blocks {
        // Blocks can be prepared from 10.6 on.
        is_taken: "SELECT VERSION() LIKE '%MariaDB%' \
                   AND VERSION() NOT RLIKE '^([1-9]|10\\\\.[0-5])\\\\.'",
        around: ["BEGIN NOT ATOMIC ", "END"],
        lock: ["SELECT 1 INTO @maintained_locked FROM ", " FOR UPDATE; "],
        transaction: [
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; ",
            "COMMIT; ",
        ],
        undo: "ROLLBACK",
        note: ["SET @maintained_inserted = ", "; "],
        noted: "SELECT CAST(@maintained_inserted AS SIGNED)",
    });
    const LOCKS: bool = true;
    const TYPES_NULLS: bool = true;
    const READS_LOCK: bool = true;
    const JOIN: &'static str = " STRAIGHT_JOIN ";
    const INSERT_ROWS: usize = 500;
    const NO_VALUES: &'static str = "() VALUES ()";
    const ARRAYS: bool = false;
    const RETURNS_INSERTED: bool = false;
    const RETURNS_UPDATED: bool = false;

    fn distinct(kind: Kind) -> [&'static str; 3] {
        if kind.content == Content::Text {
            return [
                "NOT (CAST(CONVERT(",
                " USING utf8mb4) AS BINARY) <=> CAST(CONVERT(",
                " USING utf8mb4) AS BINARY))",
            ];
        }
        ["NOT (", " <=> ", ")"]
    }

    /// There is no weaker lock for writers than `FOR UPDATE`, and `MariaDB` knows no `FOR SHARE`.
    fn lock(lock: Lock) -> &'static str {
        match lock {
            Lock::None => "",
            Lock::Share => " LOCK IN SHARE MODE",
            Lock::NoKeyUpdate | Lock::Update => " FOR UPDATE",
        }
    }

    /// `LOCK IN SHARE MODE` cannot skip rows on `MySQL`, so rows are locked more strongly.
    fn lock_free(lock: Lock) -> &'static str {
        match lock {
            Lock::None => "",
            Lock::Share | Lock::NoKeyUpdate | Lock::Update => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// `NOW` is the time at which the statement began, `SYSDATE` the present one.
    const HAS_WAITED: &'static str =
        "CAST(SYSDATE(6) > NOW(6) + INTERVAL 500 MICROSECOND AS SIGNED)";

    fn among_many<'q>(
        statement: &mut Statement<'q, Mysql>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Mysql>,
    ) {
        let count = rows
            .len()
            .next_power_of_two()
            .min(Self::most_rows(columns.len()))
            .max(rows.len());
        let positions = ColumnIndex::first(columns.len()).collect();
        if let [column] = columns {
            statement
                .name(column)
                .text(" IN (")
                .tuples(rows, positions, count, Tuple::Bare)
                .text(")");
        } else {
            statement
                .text("(")
                .names(columns.iter().copied())
                .text(") IN (");
            statement
                .tuples(rows, positions, count, Tuple::Bracketed)
                .text(")");
        }
    }

    /// Rows are locked in the order of their keys. A short list is joined to the table, so that
    /// each row is looked up by its key. Otherwise the database would search a small table as a
    /// whole, and lock whatever it meets on the way.
    fn with_many_keys<'q>(
        statement: &mut Statement<'q, Mysql>,
        table: Make<Mysql>,
        columns: &[&'static str],
        rows: &'q dyn Rows<Mysql>,
        lock: Lock,
    ) {
        if rows.is_empty() || rows.len() > MOST_JOINED {
            statement.made(table).text(" WHERE ");
            Self::among(statement, columns, rows);
            statement
                .text(" ORDER BY ")
                .names(columns.iter().copied())
                .text(Self::lock(lock));
            return;
        }
        list(statement, table, (columns.len(), columns), rows);
        statement.text(Self::lock(lock));
    }

    /// One row is looked up by its key. Several keys are a sorted list that is joined to the table,
    /// so that each row is looked up by its key. With a condition on a subquery the database would
    /// choose: it searches a small table as a whole, and locks all its rows.
    fn lock_named<'q>(statement: &mut Statement<'q, Mysql>, parents: Parents<'q, Mysql>) {
        let Parents {
            table,
            selection,
            key,
            query,
            is_one,
            clause,
            ..
        } = parents;
        statement.text("SELECT ");
        match selection {
            Some(selection) => statement.made(selection),
            None => statement.made(table).text(".").name(key),
        };
        statement.text(" FROM ");
        if is_one {
            statement.made(table).text(" WHERE ").name(key);
            statement.text(" = (").append(query).text(")");
        } else {
            statement
                .text("(SELECT ")
                .numbered(0)
                .text(" FROM (")
                .append(query)
                .text(
                    ") maintained_found ORDER BY 1 LIMIT 18446744073709551615) \
                     maintained_named STRAIGHT_JOIN ",
                )
                .made(table)
                .text(" ON ")
                .made(table)
                .text(".")
                .name(key)
                .text(" = maintained_named.")
                .numbered(0);
        }
        statement.text(clause);
    }

    /// `UPDATE (SELECT id, name FROM .. WHERE FALSE UNION ALL SELECT ?, ? ..) .. STRAIGHT_JOIN ..`:
    /// the one form of a list of rows that both databases know. Its first part gives the list the
    /// types of the columns: a text that is bound would count as CHAR, and lose its trailing
    /// spaces. The list comes first, or a small table would be searched as a whole, and all its
    /// rows locked.
    fn update_many<'q>(
        table: Make<Mysql>,
        key: &[&'static str],
        set: &[&'static str],
        rows: &'q dyn Rows<Mysql>,
    ) -> Statement<'q, Mysql> {
        let mut statement = Statement::new("UPDATE ");
        let columns: Vec<&'static str> = key.iter().chain(set).copied().collect();
        list(&mut statement, table, (key.len(), &columns), rows);
        statement.text(" SET ");
        for (at, column) in set.iter().enumerate() {
            statement
                .text(if at > 0 { ", " } else { "" })
                .name(column)
                .text(" = maintained_computed.")
                .numbered(key.len() + at);
        }
        statement
    }

    /// The query reads the table that is written. The limit, the largest there is, has it run as a
    /// whole before.
    ///
    /// An `UPDATE` of several tables locks what it reads, one of a single table does not. That is
    /// taken for one row, which is looked up by its key.
    fn update_from<'q>(
        table: Make<Mysql>,
        (key, keys): (&[&'static str], &'q dyn Rows<Mysql>),
        set: Set,
        source: Statement<'q, Mysql>,
    ) -> Statement<'q, Mysql> {
        if keys.len() == 1 {
            let mut statement = Statement::new("UPDATE ");
            statement.made(table).text(" SET ").name(set.column);
            statement
                .text(" = (SELECT ")
                .numbered(key.len())
                .text(" FROM (")
                .append(source)
                .text(" LIMIT 18446744073709551615) maintained_computed) WHERE ");
            Self::among(&mut statement, key, keys);
            return statement;
        }
        let [before, between, after] = Self::distinct(set.kind);
        let mut statement = Statement::new("UPDATE (");
        statement
            .append(source)
            .text(" LIMIT 18446744073709551615) maintained_computed STRAIGHT_JOIN ")
            .made(table)
            .text(" ON ");
        for (at, column) in key.iter().enumerate() {
            statement
                .text(if at > 0 { " AND " } else { "" })
                .name(column)
                .text(" = maintained_computed.")
                .numbered(at);
        }
        statement
            .text(" SET ")
            .name(set.column)
            .text(" = maintained_computed.")
            .numbered(key.len())
            .text(" WHERE ")
            .text(before)
            .name(set.column)
            .text(between)
            .text("maintained_computed.")
            .numbered(key.len())
            .text(after);
        statement
    }

    fn bind_integer<'b>(value: &'b i64, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        out.push_bind_param::<BigInt, i64>(value)
    }

    fn read_integer(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<i64>> {
        row.get_value::<Nullable<BigInt>, _, _>(at)
    }

    fn assigned(
        changes: &dyn QueryFragment<Mysql>,
        sql: &str,
        column: &str,
    ) -> QueryResult<Option<Fragment<Self>>> {
        assigned_on_mysql(changes, sql, column)
    }

    const IS_LAX: Option<&'static str> = Some("SELECT @@SESSION.sql_mode NOT LIKE '%STRICT\\_%'");
    const SET_STRICT: [&'static str; 2] = [
        "SET SESSION sql_mode = @maintained_mode",
        "SET @maintained_mode = @@SESSION.sql_mode, \
         SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')",
    ];

    /// A user who may not make triggers sees none.
    fn is_plain(
        statement: &mut Statement<'_, Mysql>,
        _: Make<Mysql>,
        (schema, table): TableName,
    ) -> bool {
        statement
            .text(
                "NOT EXISTS (SELECT 1 FROM information_schema.triggers WHERE event_object_table = ",
            )
            .parameters([Self::text(table)])
            .text(" AND event_object_schema = ");
        match schema {
            Some(schema) => statement.parameters([Self::text(schema)]),
            None => statement.text("DATABASE()"),
        };
        statement.text(")");
        true
    }

    fn is_indexed(table: TableName, column: &'static str) -> Option<Statement<'static, Mysql>> {
        let mut query = Statement::new(
            "SELECT EXISTS (SELECT 1 FROM information_schema.statistics \
             WHERE seq_in_index = 1",
        );
        of_table(&mut query, table);
        query
            .text(" AND column_name = ")
            .fragment(Self::text(column))
            .text(")");
        Some(query)
    }

    fn sql_of(fragment: &dyn QueryFragment<Mysql>) -> QueryResult<String> {
        let mut builder = MysqlQueryBuilder::new();
        fragment.to_sql(&mut builder, &Mysql)?;
        Ok(builder.finish())
    }

    fn is_cacheable(query: &dyn QueryFragment<Mysql>) -> QueryResult<bool> {
        query.is_safe_to_cache_prepared(&Mysql)
    }
}
