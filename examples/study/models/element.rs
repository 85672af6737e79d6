use std::fmt;
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::Deserialize;

/// A chemical element of which isotopes are traced: its letter, in the database.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Text)]
pub(crate) enum Element {
    C,
    H,
    N,
    O,
    P,
    S,
}

impl Element {
    const ALL: [Self; 6] = [Self::C, Self::H, Self::N, Self::O, Self::P, Self::S];

    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::H => "H",
            Self::N => "N",
            Self::O => "O",
            Self::P => "P",
            Self::S => "S",
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.letter())
    }
}

impl FromStr for Element {
    type Err = String;

    fn from_str(letter: &str) -> Result<Self, String> {
        let element = Self::ALL.into_iter().find(|it| it.letter() == letter);
        element.ok_or_else(|| format!("`{letter}` is no element that is traced"))
    }
}

impl<DB: Backend> ToSql<Text, DB> for Element
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.letter().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Element
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(String::from_sql(bytes)?.parse()?)
    }
}
