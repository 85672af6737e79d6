use diesel::IntoSql;
use diesel::deserialize;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::QueryFragment;
use diesel::row::Row;
use diesel::sql_types::{Nullable, Text};

use super::Operated;

impl Operated for PgConnection {
    const CREATE: &'static str = "\
CREATE TABLE IF NOT EXISTS maintained_fields (
    model VARCHAR(255) NOT NULL,
    field VARCHAR(255) NOT NULL,
    hash VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    cursor TEXT NULL,
    started_at TIMESTAMP NULL,
    finished_at TIMESTAMP NULL,
    PRIMARY KEY (model, field)
)";
    /// It looks in the schemas of `search_path`, as statements do.
    const FIND: &'static str = "SELECT 1 WHERE to_regclass('maintained_fields') IS NOT NULL";

    fn text(value: &str) -> Box<dyn QueryFragment<Pg> + '_> {
        Box::new(value.into_sql::<Text>())
    }

    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>> {
        row.get_value::<Nullable<Text>, _, _>(at)
    }
}
