//! Every write, in every mode.

use diesel::prelude::*;
use diesel_async::{RunQueryDsl, SaveChangesDsl};
use maintained::prelude::*;
use maintained::{Error, ErrorKind, Untracked};

use super::super::{Conn, Place};
use super::{Outcome, open};
use crate::models::{Cart, Folder, Line, Owner, cart, line};
use crate::schema::{carts, folders, lines, owners};

/// One of each.
async fn all_writes(conn: &mut Conn) -> Result<(), Error> {
    let eve = Owner::insert(conn, owners::name.eq("Eve")).await?;
    let mut inserted = Cart::insert_many(conn, ["x", "y"].map(|note| cart(eve.id, note))).await?;
    assert_eq!(inserted.len(), 2);
    assert_eq!(inserted[0].note, "x");
    Cart::add(conn, &cart(1, "added")).await?;
    let keys: Vec<i32> = inserted.iter().map(|it| it.id).collect();
    Line::insert(conn, line(keys[0], 5)).await?;
    Line::add_many(conn, &[line(keys[0], 6), line(keys[1], 7)]).await?;
    let updated = Owner::update(conn, 1, owners::name.eq("Adele")).await?;
    assert_eq!(updated.name, "Adele");
    inserted[0].owner_id = 2;
    inserted[0].save(conn).await?;
    inserted[0].note = "moved".to_owned();
    inserted[1].note = "stays".to_owned();
    Cart::save_many(conn, &mut inserted).await?;
    Cart::find(conn, 2).await?.unwrap().delete(conn).await?;
    Line::delete_many(conn, &[1, 5]).await?;
    Owner::touch(conn, &[1, 2]).await?;
    assert_eq!(Owner::touch_present(conn, &[1, 999]).await?, 1);
    assert_eq!(Line::touch_where(conn, lines::cents.gt(60)).await?, 3);
    let usr = Folder::update(conn, 2, folders::name.eq("var")).await?;
    Folder::insert(
        conn,
        (folders::parent_id.eq(usr.id), folders::name.eq("log")),
    )
    .await?;
    Cart::track_async(conn, carts::owner_id.eq(2), async |conn: &mut Conn| {
        let tracked = carts::table.filter(carts::note.eq("c"));
        let set = (carts::owner_id.eq(1), carts::note.eq("tracked"));
        diesel::update(tracked).set(set).execute(conn).await?;
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(Cart::find(conn, 2).await?, None);
    let missing = Line::update(conn, 999, lines::cents.eq(1)).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let missing = Line::delete_many(conn, &[2, 999]).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    Ok(())
}

fn assert_written(place: &Place) {
    let rows = place.seen().right();
    for row in [
        "cart Eve stays",
        "cart Adele added",
        "cart Bob moved",
        "cart Adele tracked",
        "line moved 5",
        "line moved 6",
        "line stays 7",
        "line tracked 70",
        "folder log in var",
    ] {
        assert!(rows.iter().any(|it| it == row), "{row}: {rows:#?}");
    }
    assert_eq!(rows.len(), 3 + 6 + 7 + 4, "{rows:#?}");
}

#[tokio::test]
async fn every_write_brings_all_that_follows_up_to_date_at_once() -> Outcome {
    let (place, mut conn) = open().await;
    all_writes(&mut conn).await?;
    assert_written(&place);
    Ok(())
}

#[tokio::test]
async fn every_write_may_be_buffered() -> Outcome {
    let (place, mut conn) = open().await;
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        all_writes(conn).await?;
        assert!(!conn.pending()?.is_empty());
        Ok::<_, Error>(())
    })
    .await?;
    assert_written(&place);
    assert!(conn.pending()?.is_empty());
    assert!(conn.last_flush().is_some());
    Ok(())
}

#[tokio::test]
async fn every_write_may_be_made_by_a_task() -> Outcome {
    let place = Place::new();
    let mut conn = place.connect().await;
    let task = tokio::spawn(async move {
        all_writes(&mut conn).await?;
        let scope = conn.immediate_autoupdates(async |conn: &mut Conn| {
            Owner::update(conn, 2, owners::name.eq("Rob")).await?;
            Ok::<_, Error>(())
        });
        scope.await?;
        Owner::update(&mut conn, 2, owners::name.eq("Bob")).await?;
        Ok::<_, Error>(())
    });
    task.await??;
    assert_written(&place);
    Ok(())
}

#[tokio::test]
async fn a_write_returns_the_row_with_its_new_values() -> Outcome {
    let (_place, mut conn) = open().await;
    let cart = Cart::insert(&mut conn, cart(1, "new")).await?;
    assert_eq!(cart.label, "Ada: new");
    assert_eq!(cart.owner_name.as_deref(), Some("Ada"));
    let folder =
        Folder::insert(&mut conn, (folders::parent_id.eq(3), folders::name.eq("x"))).await?;
    assert_eq!((folder.path.as_str(), folder.size), ("root/usr/bin/x/", 1));
    let mut line = Line::insert(&mut conn, line(cart.id, 5)).await?;
    line.cents = 8;
    line.save(&mut conn).await?;
    let cart = Cart::find(&mut conn, cart.id).await?.unwrap();
    assert_eq!((cart.total, cart.line_count), (8, 1));
    Ok(())
}

#[tokio::test]
async fn a_fresh_read_sees_what_waits() -> Outcome {
    let (place, mut conn) = open().await;
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        assert_eq!(Owner::find(conn, 1).await?.unwrap().spent, 120);
        assert_eq!(Owner::fresh(conn, 1).await?.unwrap().spent, 125);
        Line::insert(conn, line(1, 5)).await?;
        let report = conn.flush_autoupdates().await?;
        assert_eq!(report.model("Owner").changed, 1);
        assert_eq!(Owner::find(conn, 1).await?.unwrap().spent, 130);
        Ok::<_, Error>(())
    })
    .await?;
    place.seen().right();
    Ok(())
}

#[tokio::test]
async fn a_write_whose_setter_fails_leaves_nothing() -> Outcome {
    let (place, mut conn) = open().await;
    let before = place.seen().right();
    let failed = Cart::insert(&mut conn, cart(1, "refused")).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Setter);
    assert_eq!(place.seen().right(), before);
    let refused = Line::insert(&mut conn, line(1, 1_000_000)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::CheckViolation);
    let refused = Line::insert(&mut conn, line(999, 1)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(place.seen().right(), before);
    Line::insert(&mut conn, line(1, 1)).await?;
    place.seen().right();
    Ok(())
}

/// What a line costs from now on.
#[derive(Debug, Identifiable, AsChangeset)]
#[diesel(table_name = lines)]
struct Price {
    id: i32,
    cents: i64,
}

#[tokio::test]
async fn saved_changes_from_which_a_field_follows_are_refused() -> Outcome {
    let (place, mut conn) = open().await;
    let price = Price { id: 1, cents: 7 };
    let refused: Result<Line, _> = (&price).save_changes(&mut conn).await;
    let refused = Error::from(refused.unwrap_err());
    assert!(matches!(refused, Error::Untracked { .. }), "{refused}");
    place.seen().right();
    conn.set_untracked(Untracked::Allow);
    let line: Line = (&price).save_changes(&mut conn).await?;
    assert_eq!(line.cents, 7);
    Line::touch(&mut conn, &[1]).await?;
    place.seen().right();
    Ok(())
}

#[tokio::test]
async fn a_plain_write_from_which_a_field_follows_is_refused() -> Outcome {
    let (place, mut conn) = open().await;
    let update = diesel::update(lines::table).set(lines::cents.eq(1));
    let refused = update.execute(&mut conn).await.unwrap_err();
    assert!(matches!(Error::from(refused), Error::Untracked { .. }));
    let delete = diesel::sql_query("DELETE FROM lines_ WHERE id = 1");
    let refused = delete.execute(&mut conn).await.unwrap_err();
    assert!(matches!(Error::from(refused), Error::Untracked { .. }));
    let raw = diesel::sql_query("COMMIT");
    let scope = conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        let refused = raw.execute(conn).await.unwrap_err();
        assert!(matches!(Error::from(refused), Error::RawTransaction { .. }));
        Ok::<_, Error>(())
    });
    scope.await?;
    let rows: Vec<Line> = lines::table
        .filter(lines::cart_id.eq(1))
        .select(Line::as_select())
        .load(&mut conn)
        .await?;
    assert_eq!(rows.len(), 3);
    place.seen().right();
    Ok(())
}
