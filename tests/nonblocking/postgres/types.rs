//! Types that PostgreSQL does not bring along, and arrays: their numbers are asked for first.

use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use maintained::Error;
use maintained::prelude::*;

use super::Conn;
use super::text::{Outcome, open};
use crate::polled::polled;

mod schema {
    pub mod sql_types {
        use diesel::query_builder::QueryId;
        use diesel::sql_types::SqlType;

        #[derive(Debug, QueryId, SqlType)]
        #[diesel(postgres_type(name = "care"))]
        pub struct Care;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Care;

        parcels (id) {
            id -> Integer,
            crate_id -> Integer,
            care -> Care,
            past -> Array<Care>,
            codes -> Array<Integer>,
            label -> Nullable<Text>,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Care;

        crates (id) {
            id -> Integer,
            name -> Text,
            care -> Care,
            cares -> Array<Care>,
        }
    }
}

use schema::{crates, parcels, sql_types};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Care)]
enum Care {
    None,
    Fragile,
}

impl ToSql<sql_types::Care, Pg> for Care {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(match self {
            Self::None => b"none",
            Self::Fragile => b"fragile",
        })?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Care, Pg> for Care {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"none" => Ok(Self::None),
            b"fragile" => Ok(Self::Fragile),
            _ => Err("no kind of care".into()),
        }
    }
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = parcels, belongs_to(Crate), check_for_backend(Pg))]
struct Parcel {
    id: i32,
    crate_id: i32,
    care: Care,
    past: Vec<Care>,
    codes: Vec<i32>,
    #[maintained]
    label: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = crates, check_for_backend(Pg))]
struct Crate {
    id: i32,
    name: String,
    #[maintained]
    care: Care,
    #[maintained]
    cares: Vec<Care>,
}

#[maintained::setters(check_for_backend(Pg))]
impl Parcel {
    #[setter]
    #[allow(
        clippy::unnecessary_wraps,
        reason = "the column may be null, though it never is"
    )]
    fn label(&self) -> Option<String> {
        Some(format!("{:?} {:?} {:?}", self.care, self.past, self.codes))
    }
}

#[maintained::setters(check_for_backend(Pg))]
impl Crate {
    #[setter]
    fn care(parcels: &[Parcel]) -> Care {
        parcels.iter().map(|it| it.care).max().unwrap_or(Care::None)
    }

    #[setter]
    fn cares(parcels: &[Parcel]) -> Vec<Care> {
        parcels.iter().map(|it| it.care).collect()
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = parcels, check_for_backend(Pg))]
#[maintained(new_of = Parcel)]
struct NewParcel {
    crate_id: i32,
    care: Care,
    past: Vec<Care>,
    codes: Vec<i32>,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = parcels, check_for_backend(Pg))]
#[maintained(new_of = Parcel)]
struct PlainParcel {
    crate_id: i32,
    care: Care,
}

const TABLES: &str = "
    CREATE TYPE care AS ENUM ('none', 'fragile');
    CREATE TABLE crates (id SERIAL PRIMARY KEY, name TEXT NOT NULL DEFAULT '',
        care care NOT NULL DEFAULT 'none',
        cares care[] NOT NULL DEFAULT '{}');
    CREATE TABLE parcels (id SERIAL PRIMARY KEY,
        crate_id INTEGER NOT NULL REFERENCES crates, care care NOT NULL,
        past care[] NOT NULL DEFAULT '{}', codes INTEGER[] NOT NULL DEFAULT '{}', label TEXT);
    INSERT INTO crates DEFAULT VALUES;
    INSERT INTO crates DEFAULT VALUES;";

fn parcel(crate_id: i32, care: Care) -> NewParcel {
    NewParcel {
        crate_id,
        care,
        past: vec![care, Care::None],
        codes: vec![1, 2, 3],
    }
}

async fn crates_of(conn: &mut Conn) -> Vec<(Care, Vec<Care>)> {
    let query = crates::table.order(crates::id);
    let query = query.select((crates::care, crates::cares));
    query.load(conn).await.unwrap()
}

#[tokio::test]
async fn enums_and_arrays_of_them_go_through_every_write() -> Outcome {
    use Care::{Fragile, None};

    let (_place, mut conn) = open().await;
    conn.batch_execute(TABLES).await?;
    let task = tokio::spawn(async move {
        let first = Parcel::insert(&mut conn, parcel(1, None)).await?;
        assert_eq!(first.label.as_deref(), Some("None [None, None] [1, 2, 3]"));
        let new: Vec<PlainParcel> = (0..300)
            .map(|at| PlainParcel {
                crate_id: 2,
                care: [None, Fragile][usize::from(at == 299)],
            })
            .collect();
        assert_eq!(
            Parcel::insert_many(&mut conn, new.clone()).await?.len(),
            300
        );
        Parcel::add_many(&mut conn, &new).await?;
        let found = crates_of(&mut conn).await;
        assert_eq!(found[0], (None, vec![None]));
        assert_eq!((found[1].0, found[1].1.len()), (Fragile, 600));
        let set = (parcels::care.eq(Fragile), parcels::past.eq(vec![Fragile]));
        let updated = Parcel::update(&mut conn, first.id, set).await?;
        assert_eq!(
            updated.label.as_deref(),
            Some("Fragile [Fragile] [1, 2, 3]")
        );
        let mut saved = updated.clone();
        saved.care = None;
        saved.codes = vec![];
        saved.save(&mut conn).await?;
        assert_eq!(saved.label.as_deref(), Some("None [Fragile] []"));
        let filter = parcels::care.eq(Fragile);
        Parcel::track_async(&mut conn, filter, async |conn: &mut Conn| {
            diesel::update(parcels::table.filter(parcels::care.eq(Fragile)))
                .set((
                    parcels::crate_id.eq(1),
                    parcels::past.eq(vec![None, Fragile]),
                ))
                .execute(conn)
                .await?;
            let plain = parcels::table.filter(parcels::past.contains(vec![Fragile]));
            assert_eq!(plain.count().get_result::<i64>(conn).await?, 3);
            Ok::<_, Error>(())
        })
        .await?;
        let found = crates_of(&mut conn).await;
        assert_eq!(found[0], (Fragile, vec![None, Fragile, Fragile]));
        assert_eq!(found[1].0, None);
        let touched = Parcel::touch_where(&mut conn, parcels::care.eq(Fragile)).await?;
        assert_eq!(touched, 2);
        Ok::<_, Error>(())
    });
    task.await??;
    Ok(())
}

#[tokio::test]
async fn the_number_of_a_type_is_asked_for_again_where_it_was_not_waited_for() -> Outcome {
    let place = super::Place::new();
    place.plain(TABLES);
    for times in 0.. {
        let mut conn = place.connect().await;
        let inserted = polled(Parcel::insert(&mut conn, parcel(1, Care::Fragile)), times).await;
        let next = Parcel::insert(&mut conn, parcel(2, Care::Fragile)).await;
        if let Ok(next) = next {
            let label = "Fragile [Fragile, None] [1, 2, 3]";
            assert_eq!(next.label.as_deref(), Some(label));
        }
        if let Some(inserted) = inserted {
            inserted?;
            break;
        }
    }
    Ok(())
}
