//! A sum that its field's column does not hold as a number is an error when the graph is first
//! built: the models of a test binary make one graph, so that this one is alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use maintained::Error;
use maintained::prelude::*;

mod schema {
    diesel::table! { shops (id) { id -> Integer, is_paid -> Bool } }
    diesel::table! { sales (id) { id -> Integer, shop_id -> Integer, price -> BigInt } }
}

use schema::{sales, shops};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shops, check_for_backend(Sqlite))]
struct Shop {
    id: i32,
    #[maintained(sum(Sale::price))]
    is_paid: bool,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = sales, belongs_to(Shop), check_for_backend(Sqlite))]
struct Sale {
    id: i32,
    shop_id: i32,
    price: i64,
}

#[test]
fn a_sum_is_kept_as_a_number() {
    let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:").unwrap();
    match Shop::find(&mut conn, 1).unwrap_err() {
        Error::Declaration(said) => assert_eq!(
            said,
            "`Shop::is_paid` is declared as the sum of `Sale::price`, and its own column holds no numbers"
        ),
        other => panic!("{other}"),
    }
}
