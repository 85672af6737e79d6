//! Parameters of `MySQL` and `MariaDB`.

use diesel::mysql::{Mysql, MysqlQueryBuilder, MysqlType};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{
    BigInt, Binary, Date, Datetime, Integer, Numeric, SmallInt, Text, Time, Timestamp, TinyInt,
    Unsigned,
};

use super::{Value, parameter};
use crate::sql::Fragment;

/// The value that a changeset gives a column, where that is a plain one of a type that keys have.
pub(crate) fn assigned(
    changes: &dyn QueryFragment<Mysql>,
    sql: &str,
    column: &str,
) -> QueryResult<Option<Fragment<Mysql>>> {
    let mut quoted = MysqlQueryBuilder::new();
    quoted.push_identifier(column)?;
    let Some(place) = parameter(sql, &quoted.finish()) else {
        return Ok(None);
    };
    let mut parameters = RawBytesBindCollector::<Mysql>::new();
    changes.collect_binds(&mut parameters, &mut (), &Mysql)?;
    Ok(Value::of(parameters, place)
        .filter(Value::<Mysql>::is_of_a_key)
        .map(|value| Box::new(value) as Fragment<Mysql>))
}

impl Value<Mysql> {
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

impl QueryFragment<Mysql> for Value<Mysql> {
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
