//! Parameters of `PostgreSQL`.

use diesel::pg::sql_types::{Timestamptz, Uuid};
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{
    BigInt, Binary, Date, HasSqlType, Integer, Numeric, SmallInt, Text, Time, Timestamp,
};

use super::{Value, parameter};
use crate::sql::Fragment;

/// The value that a changeset gives a column, where that is a plain one of a type that keys have.
pub(crate) fn assigned(
    changes: &dyn QueryFragment<Pg>,
    sql: &str,
    column: &str,
) -> QueryResult<Option<Fragment<Pg>>> {
    let mut quoted = PgQueryBuilder::new();
    quoted.push_identifier(column)?;
    let Some(place) = parameter(sql, &quoted.finish()) else {
        return Ok(None);
    };
    let mut parameters = RawBytesBindCollector::<Pg>::new();
    changes.collect_binds(&mut parameters, &mut NoLookup, &Pg)?;
    let Some(Value { metadata, bytes }) = Value::of(parameters, place) else {
        return Ok(None);
    };
    Ok(of_a_key(&metadata).map(|bind| {
        Box::new(OfAKey {
            value: Value { metadata, bytes },
            bind,
        }) as Fragment<Pg>
    }))
}

/// Gives types that are not built into the server the number 0. Their true numbers differ from
/// database to database, and none of them is a type of [`of_a_key`].
struct NoLookup;

impl PgMetadataLookup for NoLookup {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}

/// What binds a value as one of its type.
type Bind = for<'a, 'b> fn(AstPass<'a, 'b, Pg>, &'b Value<Pg>) -> QueryResult<()>;

struct OfAKey {
    value: Value<Pg>,
    bind: Bind,
}

impl QueryFragment<Pg> for OfAKey {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        (self.bind)(out, &self.value)
    }
}

/// How a value of a type that keys have is bound.
fn of_a_key(metadata: &PgTypeMetadata) -> Option<Bind> {
    let binds = [
        by::<SmallInt>(),
        by::<Integer>(),
        by::<BigInt>(),
        by::<Text>(),
        by::<Uuid>(),
        by::<Binary>(),
        by::<Date>(),
        by::<Time>(),
        by::<Timestamp>(),
        by::<Timestamptz>(),
        by::<Numeric>(),
    ];
    let number = metadata.oid().ok()?;
    let mut binds = binds.into_iter();
    binds.find_map(|(known, bind)| (known == Some(number)).then_some(bind))
}

/// The number of a type, and what binds a value of it.
fn by<ST: 'static>() -> (Option<u32>, Bind)
where
    Pg: HasSqlType<ST>,
{
    fn bind<'b, ST: 'static>(mut out: AstPass<'_, 'b, Pg>, value: &'b Value<Pg>) -> QueryResult<()>
    where
        Pg: HasSqlType<ST>,
    {
        out.push_bind_param::<ST, _>(value)
    }
    (Pg::metadata(&mut NoLookup).oid().ok(), bind::<ST>)
}
