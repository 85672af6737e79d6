//! Five databases, and connections to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::result::{ConnectionError, ConnectionResult};
use maintained::prelude::*;
use maintained::{Databases, Error};

use super::{Conn, Inner, KILL, Place, number, prepare};
use crate::KEYS;
use crate::board::Board;
use crate::models::{Line, line};

pub type Many = Databases<String, Inner>;
pub type Outcome<T = ()> = Result<T, Error>;

/// Five databases with the same tables and first rows.
pub struct Fleet {
    pub places: BTreeMap<String, Place>,
    pub board: Arc<Board>,
}

impl Fleet {
    pub fn new() -> Self {
        Self::of(Place::new)
    }

    /// Databases that are made like this.
    pub fn of(place: impl Fn() -> Place) -> Self {
        Self {
            places: KEYS.map(|key| (key.to_owned(), place())).into(),
            board: Arc::default(),
        }
    }

    pub fn place(&self, key: &str) -> &Place {
        &self.places[key]
    }

    pub fn databases(&self) -> Many {
        self.databases_at(self.urls())
    }

    /// Where they are.
    pub fn urls(&self) -> BTreeMap<String, String> {
        let urls = self.places.iter();
        urls.map(|(key, place)| (key.clone(), place.url()))
            .collect()
    }

    /// The same by other addresses.
    pub fn databases_at(&self, urls: BTreeMap<String, String>) -> Many {
        let board = Arc::clone(&self.board);
        Databases::new(move |key: &String| {
            board.open(key)?;
            let mut conn = open(&urls[key])?;
            board.note_number(key, number(&mut conn));
            let (board, key) = (Arc::clone(&board), key.clone());
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                board.note(&key, &event);
            });
            Ok(conn)
        })
    }

    /// Takes away what was written to the first cart.
    pub fn clear(&self) {
        for place in self.places.values() {
            place.plain(
                "DELETE FROM lines_ WHERE cents > 999;
                UPDATE carts SET total = 30, line_count = 2 WHERE id = 1;
                UPDATE owners SET spent = 120 WHERE id = 1",
            );
        }
    }

    /// Ends the connection to a database that was opened last.
    pub fn kill(&self, key: &str) {
        let kill = KILL.expect("connections can be ended");
        kill(&self.place(key).url(), self.board.number_of(key));
    }

    /// The databases that hold a line that was worth so much. Nothing is stale in any of them.
    #[track_caller]
    pub fn with_line(&self, cents: i64) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (key, place) in &self.places {
            let line = format!("line a {cents}");
            if place.seen().right().contains(&line) {
                found.insert(key.clone());
            }
        }
        found
    }

    /// Whether such a line is in these databases, and in no other.
    #[track_caller]
    pub fn assert_line(&self, cents: i64, keys: &[&str]) {
        let keys: BTreeSet<String> = keys.iter().map(|&key| key.to_owned()).collect();
        assert_eq!(self.with_line(cents), keys);
    }
}

fn open(url: &str) -> ConnectionResult<Conn> {
    let mut conn = Conn::establish(url)?;
    prepare(&mut conn).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// The connection of a key.
pub fn get<'d>(databases: &'d mut Many, key: &str) -> Outcome<&'d mut Conn> {
    databases.get(&key.to_owned())
}

/// Inserts a line that is worth so much.
pub fn add(databases: &mut Many, key: &str, cents: i64) -> Outcome {
    Line::insert(get(databases, key)?, line(1, cents)).map(drop)
}

/// Sends a statement to a table that no model has.
pub fn send(databases: &mut Many, key: &str, sql: &str) -> Outcome {
    Ok(get(databases, key)?.batch_execute(sql)?)
}

/// What a scope has come to that was committed on some databases only.
#[derive(Debug, PartialEq, Eq)]
pub struct Partly {
    pub committed: Vec<String>,
    pub undone: Vec<String>,
    pub unknown: Vec<String>,
}

impl Partly {
    /// Reads it from an error, if it is one that says so.
    pub fn of(error: &Error) -> Option<Self> {
        let bare = |keys: &[String]| {
            keys.iter()
                .map(|key| key.trim_matches('"').into())
                .collect()
        };
        match error {
            Error::PartlyCommitted {
                committed,
                undone,
                unknown,
                ..
            } => Some(Self {
                committed: bare(committed),
                undone: bare(undone),
                unknown: bare(unknown),
            }),
            _ => None,
        }
    }

    /// Whether it says the truth: each database that was used is named once, and those that are
    /// named as committed are, and those that are named as undone are not.
    #[track_caller]
    pub fn assert_true(&self, used: &[&str], committed: &BTreeSet<String>) {
        let mut named = [&self.committed[..], &self.undone, &self.unknown].concat();
        named.sort_unstable();
        let mut used = used.to_vec();
        used.sort_unstable();
        assert_eq!(named, used, "{self:?}");
        let is_there = |key| committed.contains(key);
        let is_so = self.committed.iter().all(is_there) && !self.undone.iter().any(is_there);
        assert!(is_so, "{self:?}, but {committed:?} are there");
    }

    pub fn new(committed: &[&str], undone: &[&str], unknown: &[&str]) -> Self {
        let owned = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
        Self {
            committed: owned(committed),
            undone: owned(undone),
            unknown: owned(unknown),
        }
    }
}
