use diesel::IntoSql;
use diesel::deserialize;
use diesel::mysql::Mysql;
use diesel::query_builder::QueryFragment;
use diesel::row::Row;
use diesel::sql_types::{Nullable, Text};

use super::{Operated, OwnTable};
use crate::declare::model::{Bounds, Kind};
use crate::sql::TableName;
use crate::sql::mysql::of_table;
use crate::sql::statement::Statement;

impl Operated for Mysql {
    const CREATE_FIELDS: &'static str = "\
CREATE TABLE IF NOT EXISTS maintained_fields (
    model VARCHAR(255) NOT NULL,
    field VARCHAR(255) NOT NULL,
    hash VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    `cursor` TEXT NULL,
    started_at TIMESTAMP NULL,
    finished_at TIMESTAMP NULL,
    PRIMARY KEY (model, field)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    const CREATE_COMMITS: bool = true;
    const FIELDS: OwnTable = OwnTable {
        name: "maintained_fields",
        create: Self::CREATE_FIELDS,
        find: "SELECT 1 FROM information_schema.tables \
               WHERE table_schema = DATABASE() AND table_name = 'maintained_fields'",
    };
    const COMMITS: Option<OwnTable> = Some(OwnTable {
        name: "maintained_commits",
        create: "\
CREATE TABLE IF NOT EXISTS maintained_commits (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    members TEXT NOT NULL,
    committed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT IGNORE INTO maintained_commits (id, members) VALUES ('database', UUID())",
        find: "SELECT 1 FROM information_schema.tables \
               WHERE table_schema = DATABASE() AND table_name = 'maintained_commits'",
    });
    const OR_SET: &'static str = " ON DUPLICATE KEY UPDATE ";

    fn unsorted(table: TableName) -> Option<Statement<'static, Mysql>> {
        let mut query = Statement::new(
            "SELECT column_name FROM information_schema.columns \
             WHERE data_type IN ('enum', 'set')",
        );
        of_table(&mut query, table);
        Some(query)
    }

    fn text(value: &str) -> Box<dyn QueryFragment<Mysql> + Send + Sync + '_> {
        Box::new(value.into_sql::<Text>())
    }

    fn literal(statement: &mut Statement<'_, Mysql>, column: &'static str) {
        // What is no text of the connection's is written as bytes, with their character set: it
        // says in which order they are. A `UUID` or an address has other bytes than its text, which
        // finds it all the same.
        statement.text("IF(CAST(CAST(").name(column);
        statement
            .text(" AS CHAR) AS BINARY) <=> CAST(")
            .name(column);
        statement.text(" AS BINARY) OR CAST(").name(column);
        statement.text(" AS CHAR) <=> ").name(column);
        statement.text(", QUOTE(CAST(").name(column);
        statement
            .text(" AS CHAR)), CONCAT('_', CHARSET(")
            .name(column);
        statement
            .text("), ' X''', HEX(")
            .name(column)
            .text("), ''''))");
    }

    /// A text has six digits of a `FLOAT`, and of bytes what is text in them.
    fn as_text(statement: &mut Statement<'_, Mysql>, column: &'static str, kind: Kind) {
        if kind.bounds == Bounds::Float {
            statement.text("CAST(CAST(").name(column);
            statement.text(" AS DOUBLE) AS CHAR)");
            return;
        }
        statement.text("IF(CHARSET(").name(column);
        statement
            .text(") = 'binary' AND NOT CAST(CAST(")
            .name(column);
        statement
            .text(" AS CHAR) AS BINARY) <=> CAST(")
            .name(column);
        statement.text(" AS BINARY), HEX(").name(column);
        statement.text("), CAST(").name(column).text(" AS CHAR))");
    }

    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>> {
        row.get_value::<Nullable<Text>, _, _>(at)
    }
}
