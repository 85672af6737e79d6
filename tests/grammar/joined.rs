//! Declared numbers beside functions that are due with them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { tiers (id) { id -> Integer, cart_count -> BigInt, line_count -> BigInt, keys -> Text } }
diesel::table! { carts (id) { id -> Integer, tier_id -> Integer, names -> Text } }
diesel::table! { lines (id) { id -> Integer, cart_id -> Integer, name -> Text } }

/// A tier is named by the number of lines of a cart.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tiers)]
struct Tier {
    id: i32,
    #[maintained(count(Cart))]
    cart_count: i64,
    #[maintained(count(Line, through = Cart))]
    line_count: i64,
    #[maintained]
    keys: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = carts, belongs_to(Tier))]
struct Cart {
    id: i32,
    #[maintained(count(Line))]
    tier_id: i32,
    #[maintained]
    names: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = lines, belongs_to(Cart))]
struct Line {
    id: i32,
    cart_id: i32,
    name: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = carts)]
#[maintained(view_of = Cart)]
struct CartKey {
    id: i32,
}

#[maintained::setters]
impl Tier {
    #[setter]
    fn keys(carts: &[CartKey]) -> String {
        let keys: Vec<String> = carts.iter().map(|cart| cart.id.to_string()).collect();
        keys.join(" ")
    }
}

#[maintained::setters]
impl Cart {
    #[setter]
    fn names(lines: &[Line]) -> String {
        let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
        names.join(" ")
    }
}

#[test]
fn a_count_that_is_a_foreign_key_wakes_both_parents_beside_a_function() {
    let conn = &mut super::Conn::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE tiers (id INTEGER PRIMARY KEY NOT NULL, cart_count BIGINT NOT NULL DEFAULT 0,
             line_count BIGINT NOT NULL DEFAULT 0, keys TEXT NOT NULL DEFAULT '');
         CREATE TABLE carts (id INTEGER PRIMARY KEY NOT NULL, tier_id INTEGER NOT NULL DEFAULT 0, names TEXT NOT NULL DEFAULT '');
         CREATE TABLE lines (id INTEGER PRIMARY KEY NOT NULL, cart_id INTEGER NOT NULL, name TEXT NOT NULL)",
    )
    .unwrap();
    Tier::insert_many(conn, (0..4).map(|tier| tiers::id.eq(tier))).unwrap();
    Cart::insert_many(conn, (1..3).map(|cart| carts::id.eq(cart))).unwrap();
    let counts = |conn: &mut super::Conn| {
        let counts = tiers::table.select(tiers::cart_count).order(tiers::id);
        counts.load::<i64>(conn).unwrap()
    };
    let line = |cart: i32| (lines::cart_id.eq(cart), lines::name.eq("a"));
    assert_eq!(counts(conn), [2, 0, 0, 0]);
    Line::insert(conn, line(1)).unwrap();
    assert_eq!(counts(conn), [1, 1, 0, 0]);
    conn.buffer_autoupdates(|conn| Line::insert_many(conn, [line(1), line(2)]))
        .unwrap();
    assert_eq!(counts(conn), [0, 1, 1, 0]);
    Line::update(conn, 1, lines::cart_id.eq(2)).unwrap();
    assert_eq!(counts(conn), [0, 1, 1, 0]);
    let cart = Cart::find(conn, 2).unwrap().unwrap();
    assert_eq!((cart.tier_id, cart.names.as_str()), (2, "a a"));
    let tiers = tiers::table.select(Tier::as_select()).order(tiers::id);
    let tiers = tiers.load::<Tier>(conn).unwrap();
    let kept: Vec<_> = tiers.iter().map(|it| (it.line_count, &*it.keys)).collect();
    assert_eq!(kept, [(0, ""), (1, "1"), (2, "2"), (0, "")]);
}
