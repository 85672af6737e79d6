//! New rows as one array a column, on `PostgreSQL`.
//!
//! The values of rows to insert are the caller's own pieces of a statement: of their types nothing
//! is known but what they bind. Mostly each value is a parameter of its own. There are thousands of
//! them in a statement, which the server takes longer to read than to insert. Bound as arrays they
//! are a few parameters, and the text is the same for any number of rows.

use diesel::pg::{Pg, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{CollectedQuery, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;

use crate::sql::{Dialect, Fragment};

/// What stands for the default of a column.
const DEFAULT: &str = "DEFAULT";

/// What inserts the same rows as `(..) VALUES (..), (..)`, where all have parameters and defaults
/// at the same places.
///
/// The parameters are numbered as the first of the statement.
pub(crate) fn columnar(
    values: &dyn QueryFragment<Pg>,
    rows: usize,
    types: &mut diesel::PgConnection,
) -> QueryResult<Option<Fragment<Pg>>> {
    let Some(columnar) = Columnar::of(values, rows)? else {
        return Ok(None);
    };
    let mut parameters = RawBytesBindCollector::<Pg>::new();
    values.collect_binds(&mut parameters, types, &Pg)?;
    Ok(columnar.with(parameters))
}

/// Rows to insert that can be bound as arrays.
#[derive(Debug)]
pub struct Columnar {
    sql: String,
    columns: usize,
    rows: usize,
}

impl Columnar {
    /// Takes this number of rows apart, if they can be bound as arrays.
    pub(crate) fn of(values: &dyn QueryFragment<Pg>, rows: usize) -> QueryResult<Option<Self>> {
        let sql = Pg::sql_of(values)?;
        Ok(given(&sql, rows).map(|columns| Self {
            sql: selected(&columns),
            columns: columns.len(),
            rows,
        }))
    }

    /// The statement's piece, given the values' parameters.
    pub(crate) fn with(self, parameters: RawBytesBindCollector<Pg>) -> Option<Fragment<Pg>> {
        let arrays = arrays(parameters, self.columns, self.rows)?;
        Some(Box::new(CollectedQuery::new(self.sql, true, arrays)))
    }
}

/// The names of the columns that are given values, if all values are parameters.
fn given(sql: &str, rows: usize) -> Option<Vec<&str>> {
    let sql = sql.strip_prefix('(')?.strip_suffix(')')?;
    let (names, values) = sql.split_once(") VALUES (")?;
    let first: Vec<&str> = values.split("), (").next()?.split(", ").collect();
    let names: Vec<&str> = names.split(", ").collect();
    // A name that holds a comma is split here, and fails the comparison of the lengths.
    if names.len() != first.len() || values != plain(&first, rows) {
        return None;
    }
    let columns = names.into_iter().zip(first);
    Some(
        columns
            .filter_map(|(name, value)| (value != DEFAULT).then_some(name))
            .collect(),
    )
}

/// The SQL of rows that have a default where the first row has one, and a parameter elsewhere.
fn plain(first: &[&str], rows: usize) -> String {
    let mut sql = PgQueryBuilder::new();
    for row in 0..rows {
        sql.push_sql(if row > 0 { "), (" } else { "" });
        for (at, &value) in first.iter().enumerate() {
            sql.push_sql(if at > 0 { ", " } else { "" });
            if value == DEFAULT {
                sql.push_sql(DEFAULT);
            } else {
                sql.push_bind_param();
            }
        }
    }
    sql.finish()
}

/// One array for each place in a row, given the parameters of all rows. None, where rows differ in
/// their types, or a type has no arrays.
fn arrays(
    parameters: RawBytesBindCollector<Pg>,
    width: usize,
    rows: usize,
) -> Option<RawBytesBindCollector<Pg>> {
    let RawBytesBindCollector {
        metadata, binds, ..
    } = parameters;
    if width == 0 || binds.len() != width * rows {
        return None;
    }
    let types = &metadata[..width];
    if metadata.chunks(width).any(|row| row != types) {
        return None;
    }
    let mut arrays = RawBytesBindCollector::new();
    for (place, of) in types.iter().enumerate() {
        // The type of an array has no array type of its own: its number is 0.
        let number = of.array_oid().ok().filter(|&number| number != 0)?;
        let values = binds.iter().skip(place).step_by(width);
        arrays.binds.push(Some(array(of.oid().ok()?, values)?));
        arrays.metadata.push(PgTypeMetadata::new(number, 0));
    }
    Some(arrays)
}

/// An array in the server's binary format: the number of dimensions, whether there are nulls, the
/// type of the elements, how many they are, the number of the first; then each with its length.
fn array<'v>(
    of: u32,
    values: impl ExactSizeIterator<Item = &'v Option<Vec<u8>>>,
) -> Option<Vec<u8>> {
    /// The length of a null.
    const NULL: i32 = -1;

    let mut array = Vec::new();
    // The flag for nulls may be 0: the server finds them by itself.
    for part in [1, 0, of, u32::try_from(values.len()).ok()?, 1] {
        array.extend(part.to_be_bytes());
    }
    for value in values {
        match value {
            Some(bytes) => {
                array.extend(i32::try_from(bytes.len()).ok()?.to_be_bytes());
                array.extend(bytes);
            }
            None => array.extend(NULL.to_be_bytes()),
        }
    }
    Some(array)
}

/// The rows with one array for each of the columns.
///
/// `unnest` stands in the `SELECT`: in a `FROM` it would split composite values into columns.
fn selected(columns: &[&str]) -> String {
    let mut sql = PgQueryBuilder::new();
    sql.push_sql("(");
    sql.push_sql(&columns.join(", "));
    sql.push_sql(") SELECT ");
    for at in 0..columns.len() {
        sql.push_sql(if at > 0 { ", unnest(" } else { "unnest(" });
        sql.push_bind_param();
        sql.push_sql(")");
    }
    sql.finish()
}

#[cfg(test)]
mod tests {
    use super::{given, selected};

    #[test]
    fn rows_of_nothing_but_parameters_are_told_from_others() {
        let names = Some(vec!["\"a\"", "\"b\""]);
        assert_eq!(given("(\"a\", \"b\") VALUES ($1, $2), ($3, $4)", 2), names);
        let others = [
            "(\"a\", \"b\") VALUES ($1, $2), ($3, DEFAULT)",
            "(\"a\", \"b\") VALUES ($1, $2), (lower($3), $4)",
            "(\"a\", \"b\") VALUES ($1, $1), ($3, $4)",
            "(\"a\", \"b\") VALUES ($1, $2), ($3, $4::text)",
            "(\"a\", \"b\") VALUES ($1, 'x'), ($2, 'x')",
            "(\"a, \"\"b\"\"\") VALUES ($1), ($2)",
            "(\"a) VALUES (\", \"b\") VALUES ($1, $2), ($3, $4)",
            "DEFAULT VALUES",
        ];
        for other in others {
            assert_eq!(given(other, 2), None, "{other}");
        }
    }

    #[test]
    fn columns_that_have_their_default_in_each_row_are_left_out() {
        let sql = "(\"a\", \"b\", \"c\") VALUES ($1, DEFAULT, $2), ($3, DEFAULT, $4)";
        let columns = given(sql, 2).unwrap();
        assert_eq!(
            selected(&columns),
            "(\"a\", \"c\") SELECT unnest($1), unnest($2)"
        );
    }
}
