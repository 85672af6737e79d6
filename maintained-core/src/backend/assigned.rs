//! The value that a changeset gives a column, bound once more.
//!
//! A changeset is the caller's own piece of a statement: nobody but the database knows what it assigns. But a foreign
//! key is mostly assigned a plain value, which stands in the statement as a parameter of its own.

use std::io::Write;

use diesel::mysql::{Mysql, MysqlConnection, MysqlQueryBuilder, MysqlType};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{
    BigInt, Binary, Date, Datetime, HasSqlType, Integer, Numeric, SmallInt, Text, Time, Timestamp,
    TinyInt, Unsigned,
};

use crate::stored::Fragment;

/// A value as it goes to the server.
#[derive(Debug)]
struct Value {
    metadata: MysqlType,
    bytes: Vec<u8>,
}

/// The value that a changeset gives a column, where that is a plain one of a type that keys have.
pub(super) fn assigned(
    changes: &dyn QueryFragment<Mysql>,
    sql: &str,
    column: &str,
) -> QueryResult<Option<Fragment<MysqlConnection>>> {
    let Some(place) = parameter(sql, column)? else {
        return Ok(None);
    };
    let mut parameters = RawBytesBindCollector::<Mysql>::new();
    changes.collect_binds(&mut parameters, &mut (), &Mysql)?;
    let RawBytesBindCollector {
        metadata, binds, ..
    } = parameters;
    let value = metadata
        .get(place)
        .copied()
        .zip(binds.into_iter().nth(place).flatten());
    Ok(value
        .map(|(metadata, bytes)| Value { metadata, bytes })
        .filter(Value::is_of_a_key)
        .map(|value| Box::new(value) as Fragment<MysqlConnection>))
}

/// Which parameter of a changeset a column is assigned.
fn parameter(sql: &str, column: &str) -> QueryResult<Option<usize>> {
    let mut builder = MysqlQueryBuilder::new();
    builder.push_identifier(column)?;
    let assignment = format!("{} = ?", builder.finish());
    let mut found = sql.match_indices(&assignment).filter(|&(at, _)| {
        let (before, after) = (&sql[..at], &sql[at + assignment.len()..]);
        (before.is_empty() || before.ends_with(", "))
            && (after.is_empty() || after.starts_with(", "))
    });
    let place = found.next().map(|(at, _)| sql[..at].matches('?').count());
    Ok(place.filter(|_| found.next().is_none()))
}

impl Value {
    fn is_of_a_key(&self) -> bool {
        matches!(
            self.metadata,
            MysqlType::Tiny
                | MysqlType::UnsignedTiny
                | MysqlType::Short
                | MysqlType::UnsignedShort
                | MysqlType::Long
                | MysqlType::UnsignedLong
                | MysqlType::LongLong
                | MysqlType::UnsignedLongLong
                | MysqlType::Numeric
                | MysqlType::Date
                | MysqlType::Time
                | MysqlType::DateTime
                | MysqlType::Timestamp
                | MysqlType::String
                | MysqlType::Blob
        )
    }
}

impl QueryFragment<Mysql> for Value {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Mysql>) -> QueryResult<()> {
        match self.metadata {
            MysqlType::Tiny => out.push_bind_param::<TinyInt, _>(self),
            MysqlType::UnsignedTiny => out.push_bind_param::<Unsigned<TinyInt>, _>(self),
            MysqlType::Short => out.push_bind_param::<SmallInt, _>(self),
            MysqlType::UnsignedShort => out.push_bind_param::<Unsigned<SmallInt>, _>(self),
            MysqlType::Long => out.push_bind_param::<Integer, _>(self),
            MysqlType::UnsignedLong => out.push_bind_param::<Unsigned<Integer>, _>(self),
            MysqlType::LongLong => out.push_bind_param::<BigInt, _>(self),
            MysqlType::UnsignedLongLong => out.push_bind_param::<Unsigned<BigInt>, _>(self),
            MysqlType::Numeric => out.push_bind_param::<Numeric, _>(self),
            MysqlType::Date => out.push_bind_param::<Date, _>(self),
            MysqlType::Time => out.push_bind_param::<Time, _>(self),
            MysqlType::DateTime => out.push_bind_param::<Datetime, _>(self),
            MysqlType::Timestamp => out.push_bind_param::<Timestamp, _>(self),
            MysqlType::String => out.push_bind_param::<Text, _>(self),
            _ => out.push_bind_param::<Binary, _>(self),
        }
    }
}

impl<ST> ToSql<ST, Mysql> for Value
where
    Mysql: HasSqlType<ST>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        out.write_all(&self.bytes)?;
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn the_parameter_of_a_column_is_found_where_it_is_assigned_a_plain_value() {
        let of = |sql| parameter(sql, "nest_id").unwrap();
        assert_eq!(of("`nest_id` = ?"), Some(0));
        assert_eq!(of("`name` = ?, `nest_id` = ?, `size` = ?"), Some(1));
        assert_eq!(of("`size` = (`eggs`.`size` + ?), `nest_id` = ?"), Some(1));
        assert_eq!(of("`nest_id` = (? + ?)"), None);
        assert_eq!(of("`nest_id` = ? + ?"), None);
        assert_eq!(of("`old_nest_id` = ?"), None);
        assert_eq!(of("`name` = ?"), None);
    }
}
