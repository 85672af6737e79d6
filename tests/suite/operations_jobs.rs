//! Several jobs at one operation, and ranges of keys.

use diesel::prelude::*;
use maintained::operations::{self, Operation, Progress};

use super::operations::{SHOP, damage};
use super::support::Outcome;
use super::support::models::{Order, ProductTag};
use super::support::oracle::{assert_right, rows};
use super::support::schema::orders;
use super::support::shop::{self, ADA, BEN, BIO, FRESH, MILK, TEA};
use crate::{Conn, Inner, Shared};

/// How many orders there are.
const ORDERS: i32 = 120;

/// A shop with more orders than a batch has, each with an item.
fn stocked(place: &Shared) -> Conn {
    let mut conn = place.connect();
    shop::stock(&mut conn).unwrap();
    let stocked: Outcome = conn.buffer_autoupdates(|conn| {
        for at in 3..ORDERS {
            let customer = if at % 2 == 0 { ADA } else { BEN };
            let order = shop::order(conn, customer, at)?;
            shop::item(conn, order.id, MILK, 1, i64::from(at))?;
        }
        Ok(())
    });
    stocked.unwrap();
    conn
}

fn shop_of(operation: Operation<Inner>) -> Operation<Inner> {
    operation.models(SHOP.iter().copied())
}

#[test]
fn several_jobs_do_together_what_one_does() {
    let place = Shared::new();
    let mut conn = stocked(&place);
    let right = rows(&mut conn).text();
    damage(
        &mut conn,
        "UPDATE orders SET label = 'wrong', total_cents = 1 WHERE id > 7",
    );
    let mut connections = [place.connect(), place.connect(), place.connect()];
    let check = || operations::check().model::<Order>().batch(7).keep(1_000);
    let one = check().run(&mut conn).unwrap();
    let several = check().run_jobs(&mut connections).unwrap();
    assert_eq!((several.seen, several.differing), (one.seen, one.differing));
    assert_eq!(several.batches, one.batches);
    let keys = |report: &operations::Report| {
        let differences = report.differences.iter();
        let mut keys: Vec<_> = differences.map(|it| (it.key.clone(), it.field)).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys(&several), keys(&one));
    let rebuilt = shop_of(operations::rebuild())
        .batch(7)
        .run_jobs(&mut connections)
        .unwrap();
    assert!(rebuilt.differing >= one.differing, "{rebuilt:#?}");
    assert_eq!(rows(&mut conn).text(), right);
    assert_right(&mut conn);
    let again = shop_of(operations::repair())
        .batch(7)
        .run_jobs(&mut connections)
        .unwrap();
    assert_eq!((again.differing, again.written), (0, 0), "{again:#?}");
}

#[test]
fn jobs_that_were_interrupted_go_on_behind_what_all_of_them_have_done() {
    let place = Shared::new();
    let mut conn = stocked(&place);
    operations::set_up(&mut conn).unwrap();
    let mut connections = [place.connect(), place.connect()];
    for stop_at in [1, 20, 60, 90] {
        damage(&mut conn, "UPDATE orders SET label = 'wrong'");
        let labels = || operations::rebuild().fields(["Order::label"]).batch(5);
        let interrupted = std::panic::AssertUnwindSafe(|| {
            let stop = move |progress: &Progress| assert!(progress.seen < stop_at, "interrupted");
            labels().progress(stop).run_jobs(&mut connections)
        });
        let first = std::panic::catch_unwind(interrupted);
        assert!(first.is_err());
        let all = usize::try_from(ORDERS).unwrap();
        let report = labels().run_jobs(&mut connections).unwrap();
        // A job may have waited for its turn while the other was eight batches ahead, and the batch
        // that was interrupted counts, too.
        assert!(
            report.seen + stop_at <= all + 10 * 5,
            "{stop_at}: {report:?}"
        );
        assert_right(&mut conn);
        let status = operations::status(&mut conn).unwrap().to_string();
        let label = status
            .lines()
            .find(|line| line.starts_with("Order::label "))
            .unwrap();
        assert!(label.ends_with(" current"), "{status}");
    }
}

#[test]
fn who_is_told_of_the_progress_may_write_what_another_job_has_locked() {
    let place = Shared::new();
    let mut conn = stocked(&place);
    operations::set_up(&mut conn).unwrap();
    damage(&mut conn, "UPDATE orders SET label = 'wrong'");
    let mut connections = [place.connect(), place.connect()];
    let mut writer = place.connect();
    let report = operations::rebuild()
        .fields(["Order::label"])
        .batch(5)
        .progress(move |progress| {
            let next = i32::try_from(progress.seen).unwrap() + 3;
            diesel::update(orders::table.find(next))
                .set(orders::placed.eq(orders::placed))
                .execute(writer.inner_mut())
                .unwrap();
        })
        .run_jobs(&mut connections)
        .unwrap();
    assert_eq!(report.seen, usize::try_from(ORDERS).unwrap());
    assert_right(&mut conn);
}

#[test]
fn an_operation_without_a_connection_says_so() {
    let error = operations::check::<Inner>().run_jobs(&mut []).unwrap_err();
    assert!(error.to_string().contains("needs a connection"), "{error}");
}

#[test]
fn a_range_of_keys_is_all_that_is_looked_at() {
    let mut conn = shop::open();
    damage(&mut conn, "UPDATE orders SET label = 'wrong'");
    let labels = || operations::check().fields(["Order::label"]);
    for (operation, expected) in [
        (labels().keys::<Order>(2..=3), &["2", "3"][..]),
        (labels().keys::<Order>(2..3), &["2"]),
        (labels().keys::<Order>(..3), &["1", "2"]),
        (labels().keys::<Order>(3..), &["3"]),
        (labels().keys::<Order>(..), &["1", "2", "3"]),
        (labels().keys_between("Order", Some("2"), None), &["2", "3"]),
        (labels().keys_between("Order", None, Some("2")), &["1", "2"]),
        (labels().keys_between("Order", Some("4"), Some("9")), &[]),
    ] {
        let report = operation.batch(1).run(&mut conn).unwrap();
        let keys: Vec<_> = report.differences.iter().map(|it| &*it.key).collect();
        assert_eq!(keys, expected);
        assert_eq!(report.seen, expected.len());
    }
    let unknown = labels()
        .keys_between("Ordr", Some("1"), None)
        .run(&mut conn);
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .contains("did you mean `Order`?")
    );
}

#[test]
fn a_range_of_keys_of_two_columns_goes_by_the_first_and_then_by_the_second() {
    let mut conn = shop::open();
    damage(&mut conn, "UPDATE product_tags SET label = 'wrong'");
    let labels = || operations::check().fields(["ProductTag::label"]);
    let key = |product, tag: &str| (product, tag.to_owned());
    let from = labels().keys::<ProductTag>(key(MILK, FRESH)..);
    assert_eq!(from.run(&mut conn).unwrap().differing, 2);
    let upto = labels().keys::<ProductTag>(..key(TEA, BIO));
    assert_eq!(upto.run(&mut conn).unwrap().differing, 2);
    let named = labels().keys_between("ProductTag", Some("1, 'f'"), Some("1, 'f'"));
    assert_eq!(named.run(&mut conn).unwrap().differing, 1);
}
