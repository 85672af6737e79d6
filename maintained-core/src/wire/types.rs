//! The numbers that `PostgreSQL` gives to types, for values that are sent on an async connection.
//!
//! A value of a type that `PostgreSQL` does not bring along is sent with the number that the type
//! has in this database. Diesel asks for it while it serialises the value: the number stands beside
//! it, and inside an array. A blocking connection answers. On an async one nothing can be asked
//! meanwhile, so that every such type is given a number that stands for it, and the true ones are
//! put in their places afterwards.

use std::collections::HashMap;

use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::result::{Error as DieselError, OptionalExtension, QueryResult};
use diesel::sql_types::{Nullable, Oid, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// The numbers that types have, and arrays of them, by their names.
#[derive(Debug, Default)]
pub struct Types(HashMap<Name, [u32; 2]>);

/// A type's name, and its schema if that is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    name: String,
    schema: Option<String>,
}

/// Gives types numbers that stand for theirs.
struct StandIns {
    /// Which of the two passes over the values this is.
    pass: Pass,
    names: Vec<Name>,
}

#[derive(Debug, Clone, Copy)]
enum Pass {
    First,
    Second,
}

impl Pass {
    /// What stands in this pass for the number of the type at a place, and of arrays of it.
    ///
    /// Between the two passes all four bytes of a number differ, while a value is the same in both.
    /// So where the first pass has one of these numbers and the second has its counterpart, a
    /// number is missing. At which byte it begins is clear, too: places are below `0x80`, so that
    /// in the first pass the first byte of a number is none of its others.
    fn of(self, place: usize) -> Option<[u32; 2]> {
        let place = u8::try_from(place).ok().filter(|place| *place < 0x80)?;
        let number = |kind| match self {
            Self::First => u32::from_be_bytes([0xF1, 0x11, kind, place]),
            Self::Second => u32::from_be_bytes([0xF2, 0x22, !kind, !place]),
        };
        Some([number(1), number(2)])
    }
}

impl PgMetadataLookup for StandIns {
    fn lookup_type(&mut self, name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let known = |it: &Name| it.name == name && it.schema.as_deref() == schema;
        let place = self.names.iter().position(known).unwrap_or_else(|| {
            self.names.push(Name {
                name: name.to_owned(),
                schema: schema.map(str::to_owned),
            });
            self.names.len() - 1
        });
        // There are more types than stand-ins. 0 leaves it to the server which type is meant.
        let [number, array] = self.pass.of(place).unwrap_or([0, 0]);
        PgTypeMetadata::new(number, array)
    }
}

/// The values of a piece of a query, in which numbers of types may be missing.
#[derive(Debug)]
pub struct Unfinished {
    parameters: RawBytesBindCollector<Pg>,
    names: Vec<Name>,
    /// Where in a parameter which number is missing.
    gaps: Vec<(usize, usize, Missing)>,
}

/// The number of the type at a place, or of arrays of it.
#[derive(Debug, Clone, Copy)]
struct Missing {
    place: usize,
    kind: usize,
}

impl Unfinished {
    pub(crate) fn of(piece: &dyn QueryFragment<Pg>) -> QueryResult<Self> {
        let (parameters, names) = collect(piece, Pass::First)?;
        let mut gaps = Vec::new();
        if !names.is_empty() {
            // What is a number of a type shows only beside a second pass.
            let (again, _) = collect(piece, Pass::Second)?;
            for (at, bytes) in parameters.binds.iter().zip(&again.binds).enumerate() {
                if let (Some(first), Some(second)) = bytes {
                    let found = missing(first, second, names.len());
                    gaps.extend(found.map(|(byte, it)| (at, byte, it)));
                }
            }
        }
        Ok(Self {
            parameters,
            names,
            gaps,
        })
    }

    /// Puts the numbers in their places, which are known by now.
    fn finished(self, types: &Types) -> RawBytesBindCollector<Pg> {
        let Self {
            mut parameters,
            names,
            gaps,
        } = self;
        let numbers: Vec<[u32; 2]> = names
            .iter()
            .map(|name| types.0.get(name).copied().unwrap_or_default())
            .collect();
        for (at, byte, Missing { place, kind }) in gaps {
            if let Some(bytes) = &mut parameters.binds[at] {
                bytes[byte..byte + 4].copy_from_slice(&numbers[place][kind].to_be_bytes());
            }
        }
        let known = |number: u32| {
            let stands = |place| {
                let stand_ins = Pass::First.of(place)?;
                let kind = stand_ins.iter().position(|it| *it == number)?;
                Some(numbers[place][kind])
            };
            (0..names.len()).find_map(stands).unwrap_or(number)
        };
        for metadata in &mut parameters.metadata {
            // An array's own number is the second one of its elements' type.
            if let (Ok(number), Ok(array)) = (metadata.oid(), metadata.array_oid()) {
                *metadata = PgTypeMetadata::new(known(number), known(array));
            }
        }
        parameters
    }
}

fn collect(
    piece: &dyn QueryFragment<Pg>,
    pass: Pass,
) -> QueryResult<(RawBytesBindCollector<Pg>, Vec<Name>)> {
    let mut parameters = RawBytesBindCollector::new();
    let names = Vec::new();
    let mut lookup = StandIns { pass, names };
    piece.collect_binds(&mut parameters, &mut lookup, &Pg)?;
    Ok((parameters, lookup.names))
}

/// Where in a value the numbers of types are missing, among so many.
fn missing<'b>(
    first: &'b [u8],
    second: &'b [u8],
    types: usize,
) -> impl Iterator<Item = (usize, Missing)> + 'b {
    let windows = first.windows(4).zip(second.windows(4));
    windows
        .enumerate()
        .filter_map(move |(byte, (first, second))| {
            let stands = |place: usize| {
                let (in_first, in_second) = (Pass::First.of(place)?, Pass::Second.of(place)?);
                let kind = (0..2).find(|&kind| {
                    first == in_first[kind].to_be_bytes() && second == in_second[kind].to_be_bytes()
                })?;
                Some(Missing { place, kind })
            };
            // Mostly it is an ordinary value, which is the same in both.
            let it = (first[0] != second[0]).then(|| (0..types).find_map(stands))?;
            it.map(|it| (byte, it))
        })
}

/// The number of a type, and that of arrays of it.
#[derive(diesel::QueryableByName)]
struct Numbers {
    #[diesel(sql_type = Oid)]
    oid: u32,
    #[diesel(sql_type = Oid)]
    typarray: u32,
}

/// `to_regtype` finds a type by the search path, as a statement does. Where there is none it is
/// null, and no error, which would abort the transaction.
const LOOKUP: &str = "SELECT oid, typarray FROM pg_catalog.pg_type \
    WHERE oid = to_regtype(concat(quote_ident($2) || '.', quote_ident($1)))";

impl Types {
    /// Asks the database for what is not known yet.
    async fn learn(&mut self, inner: &mut AsyncPgConnection, names: &[Name]) -> QueryResult<()> {
        for name in names {
            if self.0.contains_key(name) {
                continue;
            }
            let query = diesel::sql_query(LOOKUP)
                .bind::<Text, _>(&name.name)
                .bind::<Nullable<Text>, _>(&name.schema);
            let found: Option<Numbers> = query.get_result(inner).await.optional()?;
            let Some(Numbers { oid, typarray }) = found else {
                let text = format!("there is no type `{}` in the database", name.name);
                return Err(DieselError::SerializationError(text.into()));
            };
            self.0.insert(name.clone(), [oid, typarray]);
        }
        Ok(())
    }
}

impl Types {
    /// The values of a piece of a query, with the numbers that their types have.
    pub(crate) async fn parameters(
        &mut self,
        inner: &mut AsyncPgConnection,
        unfinished: Unfinished,
    ) -> QueryResult<RawBytesBindCollector<Pg>> {
        self.learn(inner, &unfinished.names).await?;
        Ok(unfinished.finished(self))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pass, missing};

    #[test]
    fn a_number_is_missing_where_both_passes_have_its_stand_in() {
        let (first, second) = (Pass::First.of(1).unwrap(), Pass::Second.of(1).unwrap());
        let mut values = [vec![0xF1, 0x11, 1], vec![0xF1, 0x11, 1]];
        for (value, numbers) in values.iter_mut().zip([first, second]) {
            value.extend(numbers[0].to_be_bytes());
            value.extend(numbers[1].to_be_bytes());
            value.extend(first[0].to_be_bytes());
        }
        let found: Vec<(usize, usize)> = missing(&values[0], &values[1], 2)
            .map(|(byte, it)| (byte, it.kind))
            .collect();
        assert_eq!(found, [(3, 0), (7, 1)]);
    }
}
