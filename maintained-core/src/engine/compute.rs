//! One batch of a flush: reads what its setters read, and has them run.

use crate::batch::input::{Load, Loaded};
use crate::batch::{BatchOf, Due, Notes, Run};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::error::Error;
use crate::graph::Unit;
use crate::rows::RowSet;
use crate::rows::select::Found;
use crate::session::Session;
use crate::sql::Dialect;
use crate::wire::Wire;

/// What came of a batch.
pub(crate) struct Computed<DB: Dialect> {
    pub(crate) ids: Vec<Id>,
    pub(crate) rows: Box<dyn RowSet<DB>>,
    pub(crate) due: Due,
    /// The columns that the setters have changed in each row, which are not written yet.
    pub(crate) changed: Vec<ColumnSet>,
}

/// Runs the setters of a unit for some rows of a model.
pub(crate) async fn batch<C: Wire>(
    session: &mut Session<'_, C>,
    run: &Run<C::Db>,
    unit: &'static Unit,
    found: Found<C::Db>,
    mut due: Due,
) -> Result<Computed<C::Db>, Error> {
    let Found { ids, mut rows } = found;
    let loaded = load(session, run, (unit, &*rows, &due.any)).await?;
    let mut changed = vec![ColumnSet::NONE; ids.len()];
    let notes = Notes {
        graph: &session.catalog.graph,
        unit,
        ids: &ids,
        due: &mut due,
        changed: &mut changed,
        keys: session.arenas.get(unit.model),
        work: session.work,
        aside: session.aside.as_deref_mut(),
    };
    (run.run)(&mut *rows, notes, &loaded)?;
    Ok(Computed {
        ids,
        rows,
        due,
        changed,
    })
}

/// Reads the inputs of a batch, wave by wave of hops. All that is read for setters is read here.
async fn load<C: Wire>(
    session: &mut Session<'_, C>,
    run: &Run<C::Db>,
    batch: BatchOf<'_, C::Db>,
) -> Result<Loaded, Error> {
    let mut loaded = Loaded::default();
    for at in 0.. {
        let mut hops = (run.wave)(at, batch, &loaded);
        if hops.is_empty() {
            break;
        }
        read(session, &mut hops).await?;
        for (number, Load(hop)) in hops {
            loaded.add(number, hop.finish());
        }
    }
    Ok(loaded)
}

/// Has hops read all that they want. What none of them has to wait for is read together.
async fn read<C: Wire>(
    session: &mut Session<'_, C>,
    hops: &mut [(usize, Load<C::Db>)],
) -> Result<(), Error> {
    let mut are_done = vec![false; hops.len()];
    while are_done.contains(&false) {
        let mut wanted = Vec::with_capacity(hops.len());
        for ((_, Load(hop)), is_done) in hops.iter_mut().zip(&mut are_done) {
            if *is_done {
                continue;
            }
            match hop.next(&session.catalog.graph)? {
                Some(mut reading) => {
                    if !session.gives(&mut reading)? {
                        wanted.push(reading);
                    }
                }
                None => *is_done = true,
            }
        }
        session.select_all(&mut wanted).await?;
    }
    Ok(())
}
