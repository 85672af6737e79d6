use diesel::IntoSql;
use diesel::deserialize;
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::row::Row;
use diesel::sql_types::{Nullable, Text};

use super::Operated;

impl Operated for Pg {
    /// It looks in the schemas of `search_path`, as statements do.
    const FIND: &'static str = "SELECT 1 WHERE to_regclass('maintained_fields') IS NOT NULL";

    fn text(value: &str) -> Box<dyn QueryFragment<Pg> + Send + Sync + '_> {
        Box::new(value.into_sql::<Text>())
    }

    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>> {
        row.get_value::<Nullable<Text>, _, _>(at)
    }
}
