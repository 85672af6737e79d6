//! Rows of all kinds of types that one statement inserts: bound column by column where their values are plain, and as they
//! are written otherwise.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bigdecimal::BigDecimal;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::InstrumentationEvent;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::sql;
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql, WriteTuple};
use diesel::sql_types::{Integer, Record, Text};
use maintained::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Conn, with};

mod schema {
    /// The types that the table has beside those of the server.
    #[allow(
        unnameable_types,
        unreachable_pub,
        reason = "a table's types are public"
    )]
    pub(super) mod sql_types {
        use diesel::query_builder::QueryId;
        use diesel::sql_types::SqlType;

        #[derive(Debug, QueryId, SqlType)]
        #[diesel(postgres_type(name = "care"))]
        pub struct Care;

        #[derive(Debug, QueryId, SqlType)]
        #[diesel(postgres_type(name = "spot"))]
        pub struct Spot;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::{Care, Spot};

        parcels (id) {
            id -> Integer,
            name -> Text,
            weight -> Nullable<Numeric>,
            tag -> Uuid,
            form -> Jsonb,
            sent -> Nullable<Timestamptz>,
            care -> Care,
            spot -> Nullable<Spot>,
            urgency -> Integer,
            codes -> Nullable<Array<Nullable<Integer>>>,
            label -> Nullable<Text>,
        }
    }
}

use schema::{parcels, sql_types};

#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
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

/// Where a parcel lies: a composite type.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Spot)]
struct Spot {
    aisle: String,
    shelf: i32,
}

impl ToSql<sql_types::Spot, Pg> for Spot {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        WriteTuple::<(Text, Integer)>::write_tuple(
            &(self.aisle.as_str(), self.shelf),
            &mut out.reborrow(),
        )
    }
}

impl FromSql<sql_types::Spot, Pg> for Spot {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let (aisle, shelf) = FromSql::<Record<(Text, Integer)>, Pg>::from_sql(value)?;
        Ok(Self { aisle, shelf })
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = parcels, check_for_backend(Pg))]
struct Parcel {
    id: i32,
    name: String,
    weight: Option<BigDecimal>,
    tag: Uuid,
    form: Value,
    sent: Option<DateTime<Utc>>,
    care: Care,
    spot: Option<Spot>,
    urgency: i32,
    codes: Option<Vec<Option<i32>>>,
    #[maintained]
    label: Option<String>,
}

#[maintained::setters(check_for_backend(Pg))]
impl Parcel {
    #[setter]
    fn label(&self) -> Option<String> {
        (self.id % 10 > 0).then(|| format!("{} {}", self.id, self.name))
    }
}

#[derive(Debug, Clone, PartialEq, Insertable)]
#[diesel(table_name = parcels, check_for_backend(Pg), treat_none_as_default_value = false)]
struct NewParcel {
    name: String,
    weight: Option<BigDecimal>,
    tag: Uuid,
    form: Value,
    sent: Option<DateTime<Utc>>,
    care: Care,
    spot: Option<Spot>,
}

const TABLES: &str = "
    CREATE TYPE pg_temp.care AS ENUM ('none', 'fragile');
    CREATE TYPE pg_temp.spot AS (aisle TEXT, shelf INTEGER);
    CREATE TEMPORARY TABLE parcels (id SERIAL PRIMARY KEY, name VARCHAR(40) NOT NULL, weight NUMERIC(10, 2), tag UUID NOT NULL,
        form JSONB NOT NULL, sent TIMESTAMPTZ, care pg_temp.care NOT NULL, spot pg_temp.spot,
        urgency INTEGER NOT NULL DEFAULT 7, codes INTEGER[], label TEXT);";

/// More than one statement takes.
const MANY: i32 = 2_500;

fn parcel(number: i32) -> NewParcel {
    NewParcel {
        name: format!("parcel, \"{number}\""),
        weight: (number % 3 > 0).then(|| BigDecimal::new(number.into(), 2)),
        tag: Uuid::from_u128(number.unsigned_abs().into()),
        form: json!({ "number": number, "lists": [[], null] }),
        sent: (number % 2 > 0).then(|| DateTime::UNIX_EPOCH + TimeDelta::days(number.into())),
        care: [Care::None, Care::Fragile][usize::from(number % 5 == 0)],
        spot: (number % 4 > 0).then(|| Spot {
            aisle: format!("aisle ({number})"),
            shelf: number % 7,
        }),
    }
}

/// What an insert returns, and the texts of the statements that it sends, each one once.
fn inserted(
    conn: &mut Conn,
    insert: impl FnOnce(&mut Conn) -> Result<Vec<Parcel>, maintained::Error>,
) -> (Vec<Parcel>, Vec<String>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&log);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            if text.starts_with("INSERT") {
                let text = text.split(" RETURNING").next().unwrap_or_default();
                writer.lock().unwrap().push(text.to_owned());
            }
        }
    });
    let rows = insert(conn).unwrap();
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let mut texts = std::mem::take(&mut *log.lock().unwrap());
    texts.dedup();
    (rows, texts)
}

/// The rows are those, in their order, with keys in that order, and with what the database and the setter have added.
#[track_caller]
fn assert_returned(rows: &[Parcel], numbers: impl Iterator<Item = i32>) {
    let news: Vec<NewParcel> = numbers.map(parcel).collect();
    assert_eq!(rows.len(), news.len());
    for (row, (new, id)) in rows.iter().zip(news.into_iter().zip(1..)) {
        assert_eq!(row.id, id);
        assert_eq!(row.label, row.label());
        let Parcel {
            name,
            weight,
            tag,
            form,
            sent,
            care,
            spot,
            ..
        } = row.clone();
        let row = NewParcel {
            name,
            weight,
            tag,
            form,
            sent,
            care,
            spot,
        };
        assert_eq!(row, new);
    }
}

#[test]
fn plain_values_of_all_types_are_sent_as_one_array_a_column() {
    let mut conn = with(TABLES);
    let (rows, texts) = inserted(&mut conn, |conn| {
        Parcel::insert_many(conn, (0..MANY).map(parcel))
    });
    assert_returned(&rows, 0..MANY);
    assert!(rows.iter().all(|row| row.urgency == 7));
    let stored: Vec<Parcel> = parcels::table
        .select(Parcel::as_select())
        .order(parcels::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(stored, rows);
    let text = "INSERT INTO \"parcels\" (\"name\", \"weight\", \"tag\", \"form\", \"sent\", \"care\", \"spot\") \
        SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7)";
    assert_eq!(texts, [text]);
}

#[test]
fn a_column_that_each_row_leaves_to_its_default_is_left_out() {
    let mut conn = with(TABLES);
    let new = |number| {
        (
            None::<i32>.map(|it| parcels::urgency.eq(it)),
            parcel(number),
        )
    };
    let (rows, texts) = inserted(&mut conn, |conn| {
        Parcel::insert_many(conn, (0..MANY).map(new))
    });
    assert_returned(&rows, 0..MANY);
    assert!(rows.iter().all(|row| row.urgency == 7));
    assert!(
        texts.iter().all(|text| !text.contains("urgency")),
        "{texts:?}"
    );
    assert!(
        texts.iter().all(|text| text.contains("unnest")),
        "{texts:?}"
    );
}

#[test]
fn rows_that_differ_in_what_they_leave_to_defaults_are_sent_as_they_are_written() {
    let mut conn = with(TABLES);
    let given = |number| (number % 2 > 0).then_some(number);
    let new = |number| {
        (
            given(number).map(|it| parcels::urgency.eq(it)),
            parcel(number),
        )
    };
    let (rows, texts) = inserted(&mut conn, |conn| {
        Parcel::insert_many(conn, (0..MANY).map(new))
    });
    assert_returned(&rows, 0..MANY);
    for (row, number) in rows.iter().zip(0..) {
        assert_eq!(row.urgency, given(number).unwrap_or(7));
    }
    assert!(
        texts.iter().all(|text| text.contains("VALUES")),
        "{texts:?}"
    );
}

#[test]
fn values_that_are_expressions_are_sent_as_they_are_written() {
    let mut conn = with(TABLES);
    let new = |number| {
        let urgency = sql::<Integer>("2 + ").bind::<Integer, _>(number);
        (parcels::urgency.eq(urgency), parcel(number))
    };
    let (rows, texts) = inserted(&mut conn, |conn| {
        Parcel::insert_many(conn, (0..MANY).map(new))
    });
    assert_returned(&rows, 0..MANY);
    for (row, number) in rows.iter().zip(2..) {
        assert_eq!(row.urgency, number);
    }
    assert!(
        texts.iter().all(|text| text.contains("VALUES")),
        "{texts:?}"
    );
    let new = |number: u128| {
        (
            parcels::name.eq(sql::<Text>("lower('X')")),
            parcels::tag.eq(Uuid::from_u128(number)),
            parcels::form.eq(Value::Null),
            parcels::care.eq(Care::None),
        )
    };
    let (rows, texts) = inserted(&mut conn, |conn| Parcel::insert_many(conn, [7, 8].map(new)));
    assert!(rows.iter().all(|row| row.name == "x"), "{rows:?}");
    assert_eq!(rows[1].tag, Uuid::from_u128(8));
    assert!(
        texts[0].contains("VALUES (lower('X'), $1, $2, $3)"),
        "{texts:?}"
    );
}

#[test]
fn columns_that_are_arrays_are_sent_as_they_are_written() {
    let mut conn = with(TABLES);
    let codes = |number: i32| (number % 3 > 0).then(|| vec![Some(number), None]);
    let new = |number| (parcels::codes.eq(codes(number)), parcel(number));
    let (rows, texts) = inserted(&mut conn, |conn| {
        Parcel::insert_many(conn, (0..MANY).map(new))
    });
    assert_returned(&rows, 0..MANY);
    for (row, number) in rows.iter().zip(0..) {
        assert_eq!(row.codes, codes(number));
    }
    assert!(
        texts.iter().all(|text| text.contains("VALUES")),
        "{texts:?}"
    );
}

#[test]
fn one_row_is_sent_as_it_is_written() {
    let mut conn = with(TABLES);
    let (rows, texts) = inserted(&mut conn, |conn| Parcel::insert_many(conn, [parcel(3)]));
    assert_returned(&rows, 3..4);
    assert!(texts[0].contains("VALUES"), "{texts:?}");
}
