//! The sheets name rows by names, the database by numbers: what leads from one to the other.

use std::borrow::Cow;
use std::collections::HashMap;

use diesel::prelude::*;

use super::Conn;
use super::error::LoadError;
use super::schema::{animals, compounds, infusates, samples, tissues, tracers};

/// The database's keys of the rows that others name.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Which copy of the study is being loaded.
    copy: u32,
    pub(crate) compounds: Named,
    pub(crate) tissues: Named,
    /// By the names that the library has made.
    pub(crate) tracers: Named,
    /// By the names that the library has made.
    pub(crate) infusates: Named,
    pub(crate) animals: Named,
    pub(crate) samples: Named,
    /// By the numbers that the sheets have for them.
    pub(crate) sequences: Named,
    /// By the numbers that the sheets have for them.
    pub(crate) runs: Named,
}

/// The keys of some rows, by name.
#[derive(Debug)]
pub(crate) struct Named {
    kind: &'static str,
    ids: HashMap<String, i32>,
}

impl Keys {
    /// The keys of the rows that are in the database already.
    pub(crate) fn read(conn: &mut Conn) -> QueryResult<Self> {
        let compounds = compounds::table.select((compounds::name.nullable(), compounds::id));
        let tissues = tissues::table.select((tissues::name.nullable(), tissues::id));
        let tracers = tracers::table.select((tracers::name, tracers::id));
        let infusates = infusates::table.select((infusates::name, infusates::id));
        let animals = animals::table.select((animals::name.nullable(), animals::id));
        let samples = samples::table.select((samples::name.nullable(), samples::id));
        Ok(Self {
            copy: 0,
            compounds: Named::new("compound", compounds.load(conn)?),
            tissues: Named::new("tissue", tissues.load(conn)?),
            tracers: Named::new("tracer", tracers.load(conn)?),
            infusates: Named::new("infusate", infusates.load(conn)?),
            animals: Named::new("animal", animals.load(conn)?),
            samples: Named::new("sample", samples.load(conn)?),
            sequences: Named::new("sequence", Vec::new()),
            runs: Named::new("run", Vec::new()),
        })
    }

    /// Goes on to a copy of the study, which has sequences and runs of its own.
    pub(crate) fn begin(&mut self, copy: u32) {
        self.copy = copy;
        self.sequences.ids.clear();
        self.runs.ids.clear();
    }

    /// A name of the sheets, as it is in this copy of the study: copy 0 has the names as they are.
    pub(crate) fn own<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match self.copy {
            0 => Cow::Borrowed(name),
            copy => Cow::Owned(format!("{name}+{copy}")),
        }
    }
}

impl Named {
    fn new(kind: &'static str, rows: Vec<(Option<String>, i32)>) -> Self {
        let ids = rows.into_iter().filter_map(|(name, id)| Some((name?, id)));
        Self {
            kind,
            ids: ids.collect(),
        }
    }

    /// The key of the row that a sheet names.
    pub(crate) fn find(&self, name: &str) -> Result<i32, LoadError> {
        let id = self.ids.get(name).copied();
        id.ok_or_else(|| LoadError::unknown(self.kind, name))
    }

    /// Notes a new row.
    pub(crate) fn add(&mut self, name: impl Into<String>, id: i32) {
        self.ids.insert(name.into(), id);
    }
}
