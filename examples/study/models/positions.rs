use std::fmt;
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::Deserialize;

/// The atoms of a molecule that are replaced, by their numbers; none, where nobody knows which they are.
///
/// Not every database has arrays: it is a text of numbers with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsExpression, FromSqlRow, Deserialize)]
#[diesel(sql_type = Text)]
#[serde(try_from = "String")]
pub(crate) struct Positions(String);

impl Positions {
    /// The numbers, in the order in which they were given.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.0.split(',').flat_map(str::parse).collect()
    }
}

impl From<&[u32]> for Positions {
    fn from(numbers: &[u32]) -> Self {
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        Self(numbers.join(","))
    }
}

impl FromStr for Positions {
    type Err = String;

    /// Reads numbers with commas or blanks between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text
            .split([',', ' '])
            .filter(|number| !number.is_empty())
            .map(|number| {
                number
                    .parse()
                    .map_err(|_| format!("`{number}` is no position of an atom"))
            });
        let numbers: Vec<u32> = numbers.collect::<Result<_, _>>()?;
        Ok(numbers.as_slice().into())
    }
}

impl TryFrom<String> for Positions {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Positions
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Positions
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(String::from_sql(bytes)?.parse()?)
    }
}
