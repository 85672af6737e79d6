use diesel::IntoSql;
use diesel::deserialize;
use diesel::query_builder::QueryFragment;
use diesel::row::Row;
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use super::{Operated, OwnTable};
use crate::declare::model::Kind;
use crate::sql::statement::Statement;

impl Operated for Sqlite {
    /// It is looked for in databases that are attached, too, as in statements.
    const FIELDS: OwnTable = OwnTable {
        name: "maintained_fields",
        create: Self::CREATE_FIELDS,
        find: "SELECT 1 FROM pragma_table_info('maintained_fields') LIMIT 1",
    };

    fn text(value: &str) -> Box<dyn QueryFragment<Sqlite> + Send + Sync + '_> {
        Box::new(value.into_sql::<Text>())
    }

    fn literal(statement: &mut Statement<'_, Sqlite>, column: &'static str) {
        // `quote` ends a text at its first NUL.
        statement.text("CASE WHEN typeof(").name(column);
        statement
            .text(") = 'text' AND instr(")
            .name(column)
            .text(", char(0)) THEN 'CAST(X''' || hex(")
            .name(column);
        statement
            .text(") || ''' AS TEXT)' ELSE quote(")
            .name(column)
            .text(") END");
    }

    fn as_text(statement: &mut Statement<'_, Sqlite>, column: &'static str, _: Kind) {
        statement.text("CASE typeof(").name(column);
        statement.text(") WHEN 'blob' THEN hex(").name(column);
        statement
            .text(") WHEN 'real' THEN printf('%!.17g', ")
            .name(column);
        statement
            .text(") ELSE CAST(")
            .name(column)
            .text(" AS TEXT) END");
    }

    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>> {
        row.get_value::<Nullable<Text>, _, _>(at)
    }
}
