use diesel::IntoSql;
use diesel::deserialize;
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::row::Row;
use diesel::sql_types::{Nullable, Text};

use super::{Operated, OwnTable};

impl Operated for Pg {
    /// It is looked for in the schemas of `search_path`, as in statements.
    const FIELDS: OwnTable = OwnTable {
        name: "maintained_fields",
        create: Self::CREATE_FIELDS,
        find: "SELECT 1 WHERE to_regclass('maintained_fields') IS NOT NULL",
    };
    const COMMITS: Option<OwnTable> = Some(OwnTable {
        name: "maintained_commits",
        create: "\
CREATE TABLE IF NOT EXISTS maintained_commits (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    members TEXT NOT NULL,
    committed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO maintained_commits (id, members)
    VALUES ('database', md5(random()::text || clock_timestamp()::text)) ON CONFLICT DO NOTHING",
        find: "SELECT 1 WHERE to_regclass('maintained_commits') IS NOT NULL",
    });

    fn text(value: &str) -> Box<dyn QueryFragment<Pg> + Send + Sync + '_> {
        Box::new(value.into_sql::<Text>())
    }

    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>> {
        row.get_value::<Nullable<Text>, _, _>(at)
    }
}
