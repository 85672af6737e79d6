//! Decimals that are decimals on `SQLite`, which has none.
//!
//! Diesel binds a `BigDecimal` to a column of its type `Numeric` there as a floating point number and reads one back: a
//! tenth comes back as the binary fraction next to it. The tests of decimals for all databases show that this is as
//! any column that rounds. A program that cannot have it keeps decimals as text, by a type of its own. Their sums,
//! least and greatest values are then the work of setters: the database would add up floating point numbers, and compare
//! texts.

use std::ops::Deref;

use bigdecimal::BigDecimal;
use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use maintained::New;
use maintained::prelude::*;

use super::{Conn, open};

/// A decimal as text, always spelled alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
struct Decimal(BigDecimal);

impl Deref for Decimal {
    type Target = BigDecimal;

    fn deref(&self) -> &BigDecimal {
        &self.0
    }
}

impl ToSql<Text, Sqlite> for Decimal {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.normalized().to_plain_string());
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Sqlite> for Decimal {
    fn from_sql(bytes: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(bytes)?;
        Ok(Self(text.parse()?))
    }
}

mod schema {
    diesel::table! {
        tills (number) {
            number -> Text,
            total -> Text,
            most -> Nullable<Text>,
        }
    }
    diesel::table! {
        coins (number) {
            number -> Text,
            till -> Text,
            worth -> Text,
            till_most -> Nullable<Text>,
            share -> Text,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(tills, coins);
}

use schema::{coins, tills};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tills, primary_key(number), check_for_backend(Sqlite))]
struct Till {
    number: Decimal,
    #[maintained]
    total: Decimal,
    #[maintained]
    most: Option<Decimal>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = coins, primary_key(number), check_for_backend(Sqlite))]
#[diesel(belongs_to(Till, foreign_key = till))]
struct Coin {
    number: Decimal,
    till: Decimal,
    worth: Decimal,
    #[maintained(copy(Till::most))]
    till_most: Option<Decimal>,
    #[maintained]
    share: Decimal,
}

/// What a till needs of a coin.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = coins, check_for_backend(Sqlite))]
#[maintained(view_of = Coin)]
struct Worth {
    worth: Decimal,
}

#[maintained::setters(check_for_backend(Sqlite))]
impl Till {
    #[setter]
    fn total(coins: &[Worth]) -> Decimal {
        Decimal(coins.iter().map(|coin| &*coin.worth).sum())
    }

    #[setter]
    fn most(coins: &[Worth]) -> Option<Decimal> {
        coins.iter().map(|coin| coin.worth.clone()).max()
    }
}

#[maintained::setters(check_for_backend(Sqlite))]
impl Coin {
    #[setter]
    fn share(&self, till: &Till) -> Decimal {
        Decimal(&*till.total - &*self.worth)
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = tills, check_for_backend(Sqlite))]
#[maintained(new_of = Till)]
struct NewTill {
    number: Decimal,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = coins, check_for_backend(Sqlite))]
#[maintained(new_of = Coin)]
struct NewCoin {
    number: Decimal,
    till: Decimal,
    worth: Decimal,
}

/// A decimal of so many hundredths.
fn decimal(hundredths: i64) -> Decimal {
    Decimal(BigDecimal::new(hundredths.into(), 2))
}

fn coin(number: i64, till: i64) -> NewCoin {
    NewCoin {
        number: decimal(number * 10),
        till: decimal(till),
        worth: decimal(number * 37 % 1_100 - 500),
    }
}

fn opened() -> (super::Place, Conn) {
    let (place, mut conn) = open();
    conn.batch_execute(
        "CREATE TABLE tills (number TEXT PRIMARY KEY, total TEXT NOT NULL DEFAULT '0', most TEXT);
         CREATE TABLE coins (number TEXT PRIMARY KEY, till TEXT NOT NULL REFERENCES tills, worth TEXT NOT NULL,
             till_most TEXT, share TEXT NOT NULL DEFAULT '0');",
    )
    .unwrap();
    let tills = [100, 110, 123].map(|number| NewTill {
        number: decimal(number),
    });
    Till::add_many(&mut conn, &tills).unwrap();
    (place, conn)
}

/// Everything is as its rules would make it of the stored rows, to the last digit.
#[track_caller]
fn assert_right(conn: &mut Conn) {
    let all: Vec<Coin> = coins::table.select(Coin::as_select()).load(conn).unwrap();
    let rows: Vec<Till> = tills::table.select(Till::as_select()).load(conn).unwrap();
    for row in rows {
        let own: Vec<&Coin> = all.iter().filter(|coin| coin.till == row.number).collect();
        let total = own.iter().map(|coin| &*coin.worth).sum();
        assert_eq!(row.total, Decimal(total));
        assert_eq!(row.most.as_ref(), own.iter().map(|coin| &coin.worth).max());
        for coin in own {
            assert_eq!(coin.till_most, row.most);
            assert_eq!(coin.share, coin.share(&row));
        }
    }
}

#[test]
fn rows_with_decimals_as_text_are_written_one_by_one() {
    let (_place, mut conn) = opened();
    let mut first = Coin::insert(&mut conn, coin(1, 100)).unwrap();
    Coin::add(&mut conn, &coin(2, 110)).unwrap();
    assert_right(&mut conn);
    first.till = decimal(110);
    first.worth = decimal(1_000);
    first.save(&mut conn).unwrap();
    Coin::update(&mut conn, decimal(20), coins::worth.eq(decimal(900))).unwrap();
    assert_right(&mut conn);
    let till = Till::find(&mut conn, decimal(110)).unwrap().unwrap();
    assert_eq!(till.most, Some(decimal(1_000)), "not the greatest text");
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Coin::add(conn, &coin(3, 123))?;
        Coin::update(conn, decimal(20), coins::till.eq(decimal(123)))?;
        let till = Till::fresh(conn, decimal(123))?.unwrap();
        assert_eq!(till.total, decimal(900 + 3 * 37 - 500));
        Coin::find(conn, decimal(30))?.unwrap().delete(conn)
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn rows_with_decimals_as_text_are_written_in_bulk() {
    let (_place, mut conn) = opened();
    let tills = [100, 110, 123].into_iter().cycle();
    let news: Vec<NewCoin> = (0..600)
        .zip(tills)
        .map(|(at, till)| coin(at, till))
        .collect();
    Coin::add_many(&mut conn, &news[..300]).unwrap();
    let mut rows = Coin::insert_many(&mut conn, news[300..].to_vec()).unwrap();
    assert_right(&mut conn);
    for row in &mut rows {
        row.till = decimal(110);
    }
    Coin::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
    // The same number, spelled otherwise, and another one.
    conn.batch_execute(
        "UPDATE coins SET worth = CASE WHEN worth = '-5' THEN '-5.00' ELSE '7.125' END",
    )
    .unwrap();
    let keys: Vec<Decimal> = news.into_iter().map(|new| new.number).collect();
    Coin::touch(&mut conn, &keys).unwrap();
    assert_right(&mut conn);
    Coin::touch(&mut conn, &keys).unwrap();
    assert_eq!(conn.last_flush().unwrap().changed(), 0);
    Coin::delete_many(&mut conn, &keys[200..400]).unwrap();
    assert_right(&mut conn);
}
