//! Writes the rows of the sheets. Rows that are at fault are refused, and the load goes on.
//!
//! Nothing here says what has to be computed: the scope of each sheet knows that from the writes.

mod animals;
mod compounds;
mod fcircs;
mod infusates;
mod peak_groups;
mod runs;
mod samples;
mod tracers;

use diesel::Connection;

use super::Conn;
use super::error::LoadError;
use super::keys::Keys;
use super::loaded::Loaded;
use super::options::Options;
use super::progress::Progress;
use super::sheets::{Sheet, Study};
use super::{models, schema, sheets};

use self::animals::Animals;
use self::compounds::Compounds;
use self::fcircs::Fcircs;
use self::infusates::Infusates;
use self::peak_groups::PeakGroups;
use self::runs::{Runs, Sequences};
use self::samples::{Samples, Tissues};
use self::tracers::Tracers;

/// What writes the rows of a sheet.
trait Loader {
    /// A row of the sheet.
    type Row;

    /// The labels of the fields by which later sheets find these rows.
    const NEEDED: &'static [&'static str] = &[];

    /// Writes rows that stand or fall together: one, or those of a group.
    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[Self::Row]) -> Result<(), LoadError>;
}

/// Loads a study: what it is made of once, and the animals with all that was measured of them as often as it says.
pub(super) fn load(
    conn: &mut Conn,
    study: &Study,
    options: &Options,
    progress: &Progress,
) -> Result<Loaded, LoadError> {
    let mut load = Load {
        keys: Keys::read(conn)?,
        loaded: Loaded::default(),
        options,
        progress,
    };
    load.sheet::<Compounds>(conn, &study.compounds)?;
    load.sheet::<Tissues>(conn, &study.tissues)?;
    load.sheet::<Tracers>(conn, &study.tracers)?;
    load.sheet::<Infusates>(conn, &study.infusates)?;
    for copy in 0..options.scale.get() {
        load.keys.begin(copy);
        load.sheet::<Animals>(conn, &study.animals)?;
        load.sheet::<Samples>(conn, &study.samples)?;
        load.sheet::<Sequences>(conn, &study.sequences)?;
        load.sheet::<Runs>(conn, &study.runs)?;
        load.sheet::<PeakGroups>(conn, &study.peak_groups)?;
        load.sheet::<Fcircs>(conn, &study.fcircs)?;
    }
    Ok(load.loaded)
}

struct Load<'l> {
    keys: Keys,
    loaded: Loaded,
    options: &'l Options,
    progress: &'l Progress,
}

impl Load<'_> {
    /// Loads a sheet in a scope of its own, each record in a savepoint: one that fails is rolled back, with all that it
    /// would have made the scope compute.
    fn sheet<L: Loader>(
        &mut self,
        conn: &mut Conn,
        sheet: &Sheet<L::Row>,
    ) -> Result<(), LoadError> {
        self.options.scope(L::NEEDED).run(conn, |conn| {
            for record in &sheet.records {
                let loaded = match &record.rows {
                    Ok(rows) => conn
                        .transaction(|conn| L::load(conn, &mut self.keys, rows))
                        .map(|()| rows.len()),
                    Err(malformed) => Err(LoadError::Refused(malformed.clone())),
                };
                match loaded {
                    Ok(rows) => self.loaded.add(sheet.name, rows),
                    Err(LoadError::Refused(reason)) => self.loaded.refuse(record.place, reason),
                    Err(fatal) => return Err(fatal),
                }
                self.progress.step(sheet.name);
            }
            Ok(())
        })
    }
}
