//! Loading a shop, in every way.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Scope;

use super::hand::{self, EachSave};
use super::{Inner, Rows, SQL, library};
use crate::Failure;
use crate::clock::Clock;
use crate::data::Data;

/// A way to load a shop.
pub(super) struct Variant {
    pub(super) name: &'static str,
    /// Whether the fields are right afterwards.
    pub(super) keeps: bool,
    pub(super) run: fn(Inner, &Data, Rows, Clock) -> Result<Loaded, Failure>,
}

/// A shop that was loaded.
pub(super) struct Loaded {
    pub(super) conn: Inner,
    pub(super) seconds: f64,
    /// How long it took of this to compute the fields, and what the results call that.
    pub(super) flush: Option<(&'static str, f64)>,
}

pub(super) const VARIANTS: &[Variant] = &[
    Variant {
        name: "plain",
        keeps: false,
        run: plain,
    },
    Variant {
        name: "hand",
        keeps: true,
        run: by_hand,
    },
    Variant {
        name: "naive",
        keeps: true,
        run: |conn, data, rows, clock| at_each_save(conn, data, rows, clock, &EachSave::naive()),
    },
    Variant {
        name: "tuned",
        keeps: true,
        run: |conn, data, rows, clock| at_each_save(conn, data, rows, clock, &EachSave::tuned()),
    },
    Variant {
        name: "triggers",
        keeps: true,
        run: triggers,
    },
    Variant {
        name: "disabled",
        keeps: false,
        run: |conn, data, rows, clock| {
            library::setters::load(conn, data, rows, clock, Scope::disabled())
        },
    },
    Variant {
        name: "buffered",
        keeps: true,
        run: |conn, data, rows, clock| {
            let loaded = library::setters::load(conn, data, rows, clock, Scope::buffered())?;
            Ok(loaded.flushing("setters"))
        },
    },
    Variant {
        name: "immediate",
        keeps: true,
        run: |conn, data, rows, clock| {
            library::setters::load(conn, data, rows, clock, Scope::immediate())
        },
    },
    Variant {
        name: "buffered_declared",
        keeps: true,
        run: |conn, data, rows, clock| {
            let loaded = library::declared::load(conn, data, rows, clock, Scope::buffered())?;
            Ok(loaded.flushing("declared"))
        },
    },
    Variant {
        name: "immediate_declared",
        keeps: true,
        run: |conn, data, rows, clock| {
            library::declared::load(conn, data, rows, clock, Scope::immediate())
        },
    },
];

impl Loaded {
    /// The same, its flush under another name.
    fn flushing(self, name: &'static str) -> Self {
        Self {
            flush: self.flush.map(|(_, seconds)| (name, seconds)),
            ..self
        }
    }
}

fn plain(mut conn: Inner, data: &Data, rows: Rows, clock: Clock) -> Result<Loaded, Failure> {
    let begin = clock.now();
    conn.transaction(|conn| hand::insert(conn, data, rows, |_, _| Ok(())))?;
    Ok(Loaded {
        seconds: begin.elapsed(),
        conn,
        flush: None,
    })
}

fn by_hand(mut conn: Inner, data: &Data, rows: Rows, clock: Clock) -> Result<Loaded, Failure> {
    let begin = clock.now();
    let flush = hand::load(&mut conn, data, rows, clock)?;
    Ok(Loaded {
        seconds: begin.elapsed(),
        conn,
        flush: Some(("hand", flush)),
    })
}

fn at_each_save(
    mut conn: Inner,
    data: &Data,
    rows: Rows,
    clock: Clock,
    each: &EachSave,
) -> Result<Loaded, Failure> {
    let begin = clock.now();
    conn.transaction(|conn| {
        hand::insert(conn, data, rows, |conn, saved| {
            each.inserted(conn, data, &saved)
        })
    })?;
    Ok(Loaded {
        seconds: begin.elapsed(),
        conn,
        flush: None,
    })
}

fn triggers(mut conn: Inner, data: &Data, rows: Rows, clock: Clock) -> Result<Loaded, Failure> {
    for trigger in SQL.triggers {
        conn.batch_execute(trigger)?;
    }
    plain(conn, data, rows, clock)
}
