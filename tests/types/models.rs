//! Visits at moments, each in a state: keys, foreign keys and fields that are timestamps or an enum of the program's own.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use maintained::New;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! { states (state) { state -> Text, visit_count -> BigInt, latest -> Nullable<Timestamp> } }
    diesel::table! {
        moments (at) {
            at -> Timestamp,
            name -> Text,
            latest -> Nullable<Timestamp>,
            worst -> Nullable<Text>,
        }
    }
    diesel::table! {
        visits (at) {
            at -> Timestamp,
            moment_at -> Timestamp,
            state -> Text,
            seen -> Nullable<Timestamp>,
            moment_latest -> Nullable<Timestamp>,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(states, moments, visits);
}

use schema::{moments, states, visits};

/// How a visitor was, stored as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub(crate) enum State {
    Good,
    Poor,
    Gone,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Poor => "poor",
            Self::Gone => "gone",
        }
    }
}

impl<DB: Backend> ToSql<Text, DB> for State
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.name().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for State
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let name = String::from_sql(bytes)?;
        let all = [Self::Good, Self::Poor, Self::Gone];
        let found = all.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| format!("no state is called {name}").into())
    }
}

/// So many seconds from some time.
pub(crate) fn at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_600_000_000 + seconds, 0)
        .unwrap()
        .naive_utc()
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = states, primary_key(state))]
pub(crate) struct StateRow {
    pub(crate) state: State,
    #[maintained(count(Visit))]
    pub(crate) visit_count: i64,
    #[maintained]
    pub(crate) latest: Option<NaiveDateTime>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = moments, primary_key(at))]
pub(crate) struct Moment {
    pub(crate) at: NaiveDateTime,
    pub(crate) name: String,
    #[maintained]
    pub(crate) latest: Option<NaiveDateTime>,
    #[maintained]
    pub(crate) worst: Option<State>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = visits, primary_key(at))]
#[diesel(belongs_to(Moment, foreign_key = moment_at), belongs_to(StateRow, foreign_key = state))]
pub(crate) struct Visit {
    pub(crate) at: NaiveDateTime,
    pub(crate) moment_at: NaiveDateTime,
    pub(crate) state: State,
    #[maintained]
    pub(crate) seen: Option<NaiveDateTime>,
    #[maintained(copy(Moment::latest))]
    pub(crate) moment_latest: Option<NaiveDateTime>,
}

impl Visit {
    pub(crate) const A_MOMENT: TimeDelta = TimeDelta::milliseconds(400);
}

/// What a moment needs of a visit.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = visits)]
#[maintained(view_of = Visit)]
pub(crate) struct Sight {
    at: NaiveDateTime,
    state: State,
    seen: Option<NaiveDateTime>,
}

#[maintained::setters]
impl StateRow {
    #[setter]
    fn latest(visits: &[Sight]) -> Option<NaiveDateTime> {
        visits.iter().map(|visit| visit.at).max()
    }
}

#[maintained::setters]
impl Moment {
    #[setter]
    fn latest(visits: &[Sight]) -> Option<NaiveDateTime> {
        visits.iter().filter_map(|visit| visit.seen).max()
    }

    #[setter]
    fn worst(visits: &[Sight]) -> Option<State> {
        visits.iter().map(|visit| visit.state).max()
    }
}

#[maintained::setters]
impl Visit {
    #[setter]
    fn seen(&self) -> Option<NaiveDateTime> {
        self.at.checked_add_signed(Self::A_MOMENT)
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = states)]
#[maintained(new_of = StateRow)]
pub(crate) struct NewState {
    pub(crate) state: State,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = moments)]
#[maintained(new_of = Moment)]
pub(crate) struct NewMoment {
    pub(crate) at: NaiveDateTime,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = visits)]
#[maintained(new_of = Visit)]
pub(crate) struct NewVisit {
    pub(crate) at: NaiveDateTime,
    pub(crate) moment_at: NaiveDateTime,
    pub(crate) state: State,
}
