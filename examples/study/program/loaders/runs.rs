use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{MsrunSample, MsrunSequence};
use super::schema::{msrun_samples, msrun_sequences};
use super::sheets::{RunRow, SequenceRow};
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Sequences;

impl Loader for Sequences {
    type Row = SequenceRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[SequenceRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = (
                msrun_sequences::researcher.eq(&row.researcher),
                msrun_sequences::date.eq(row.date),
                msrun_sequences::instrument.eq(&row.instrument),
            );
            let sequence = MsrunSequence::insert(conn, new)?;
            keys.sequences.add(&row.sequence, sequence.id);
        }
        Ok(())
    }
}

pub(super) struct Runs;

impl Loader for Runs {
    type Row = RunRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[RunRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = (
                msrun_samples::msrun_sequence_id.eq(keys.sequences.find(&row.sequence)?),
                msrun_samples::sample_id.eq(keys.samples.find(&keys.own(&row.sample))?),
                msrun_samples::polarity.eq(&row.polarity),
            );
            let run = MsrunSample::insert(conn, new)?;
            keys.runs.add(&row.run, run.id);
        }
        Ok(())
    }
}
