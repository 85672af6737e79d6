//! The value that a changeset gives a column, bound once more.
//!
//! A changeset is the caller's own piece of a statement: nobody but the database knows what it
//! assigns. But a foreign key is mostly assigned a plain value, which stands in the statement as a
//! parameter of its own.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;

#[cfg(feature = "mysql")]
pub(super) use self::mysql::assigned as assigned_on_mysql;
#[cfg(feature = "postgres")]
pub(super) use self::postgres::assigned as assigned_on_postgres;

use std::fmt;
use std::io::Write;

use diesel::backend::Backend;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, TypeMetadata};

use crate::sql::text::{self, Quotes};

/// A value as it goes to the server.
struct Value<DB: TypeMetadata> {
    metadata: DB::TypeMetadata,
    bytes: Vec<u8>,
}

impl<DB: TypeMetadata> Value<DB> {
    /// The parameter at a place, unless it is null.
    fn of(parameters: RawBytesBindCollector<DB>, place: usize) -> Option<Self>
    where
        DB: for<'c> Backend<BindCollector<'c> = RawBytesBindCollector<DB>>,
    {
        let RawBytesBindCollector {
            metadata, binds, ..
        } = parameters;
        let metadata = metadata.into_iter().nth(place)?;
        let bytes = binds.into_iter().nth(place)??;
        Some(Self { metadata, bytes })
    }
}

impl<DB: TypeMetadata<TypeMetadata: fmt::Debug>> fmt::Debug for Value<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Value")
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

impl<ST, DB> ToSql<ST, DB> for Value<DB>
where
    DB: for<'c> Backend<BindCollector<'c> = RawBytesBindCollector<DB>>
        + HasSqlType<ST>
        + TypeMetadata<TypeMetadata: fmt::Debug>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        out.write_all(&self.bytes)?;
        Ok(IsNull::No)
    }
}

/// The position of the parameter that a changeset assigns to a column, whose name is given in
/// quotes. None, where the column is assigned an expression, nothing, or something twice.
fn parameter(sql: &str, column: &str) -> Option<usize> {
    let quotes = Quotes::around(column);
    let assignment = format!("{column} = ");
    let (mut before, mut found) = (0, None);
    for part in text::parts(sql, quotes) {
        if let Some(value) = part.strip_prefix(&assignment) {
            if found.is_some() {
                return None;
            }
            found = Some(place(before, value)?);
        }
        before += text::parameters(part, quotes);
    }
    found
}

/// The place of a parameter among those of a statement, given how many without a number stand
/// before it.
fn place(before: usize, parameter: &str) -> Option<usize> {
    match parameter.strip_prefix('$') {
        Some(number) => number.parse::<usize>().ok()?.checked_sub(1),
        None => (parameter == "?").then_some(before),
    }
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn the_parameter_of_a_column_is_found_where_it_is_assigned_a_plain_value() {
        let of = |sql| parameter(sql, "`nest_id`");
        assert_eq!(of("`nest_id` = ?"), Some(0));
        assert_eq!(of("`name` = ?, `nest_id` = ?, `size` = ?"), Some(1));
        assert_eq!(of("`size` = (`eggs`.`size` + ?), `nest_id` = ?"), Some(1));
        assert_eq!(of("`nest_id` = (? + ?)"), None);
        assert_eq!(of("`nest_id` = ? + ?"), None);
        assert_eq!(of("`old_nest_id` = ?"), None);
        assert_eq!(of("`name` = ?"), None);
        assert_eq!(of("`is_home` = coalesce(?, `nest_id` = ?)"), None);
        assert_eq!(of("`name` = concat('?, ', ?), `nest_id` = ?"), Some(1));
        assert_eq!(of("`a, ``nest_id` = ?, `nest_id` = ?"), Some(1));
    }

    #[test]
    fn the_parameter_is_found_by_its_number_where_it_has_one() {
        let of = |sql| parameter(sql, "\"nest_id\"");
        assert_eq!(of("\"nest_id\" = $1"), Some(0));
        assert_eq!(of("\"name\" = $1, \"nest_id\" = $12"), Some(11));
        assert_eq!(of("\"nest_id\" = $1 + $2"), None);
        assert_eq!(of("\"nest_id\" = $1::int"), None);
    }
}
