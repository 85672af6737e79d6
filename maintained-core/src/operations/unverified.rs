//! What a check says where nothing can be written: on a standby, on a connection that only reads, or
//! where a row of another batch holds a unique value that one of these needs.
//!
//! A second look computes and writes as after any write, and takes that back. Without it, all that
//! is known is that a row has seemed to differ each time that it was looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use super::look::Look;
use super::passes::Pass;
use super::report::{Difference, Settled};
use super::settle::Stored;
use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::error::Error;

/// How often a row is looked at again.
const LOOKS: usize = 3;
/// How long others have to end what they were changing.
const WAIT: Duration = Duration::from_millis(20);

/// Looks at rows again and again, and names the fields that seem to differ each time.
pub(super) async fn unverified<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    pass: &Pass,
    mut differing: BTreeMap<Id, ColumnSet>,
) -> Result<Settled, Error> {
    for _ in 0..LOOKS {
        if differing.is_empty() {
            break;
        }
        C::pause(WAIT).await;
        let ids = &*sorted(conn, pass, &differing);
        let look = Look { pass, ids, kin: 0 };
        let again = conn.at_work(&look).await?.differing;
        differing.retain(|id, columns| {
            let still = again.get(id).copied().unwrap_or(ColumnSet::NONE);
            *columns = *columns & still;
            !columns.is_empty()
        });
    }
    name(conn, pass, &differing).await
}

/// Names the fields, with the values that are stored.
async fn name<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    pass: &Pass,
    differing: &BTreeMap<Id, ColumnSet>,
) -> Result<Settled, Error> {
    let graph = &Catalog::<C::Db>::get()?.graph;
    let meta = graph.models[pass.model].meta;
    let columns = &*pass.columns(graph);
    let ids = &*sorted(conn, pass, differing);
    let texts = conn.at_work(&Stored { pass, columns, ids }).await?;
    let mut settled = Settled::default();
    for id in ids {
        let Some(text) = texts.get(id) else {
            continue;
        };
        settled.unverified += 1;
        let row = text.row::<C::Db>(meta)?;
        for (&column, stored) in columns.iter().zip(&text.values) {
            if differing[id].contains(column) {
                settled.differences.push(Difference {
                    model: meta.name,
                    field: meta.columns[column].field,
                    key: conn.state.arenas.get(pass.model).describe(*id),
                    row: row.clone(),
                    stored: stored.clone(),
                    computed: None,
                    is_verified: false,
                });
            }
        }
    }
    Ok(settled)
}

/// The rows, in the order of their keys.
fn sorted<C: Wrapped>(
    conn: &MaintainedConnection<C>,
    pass: &Pass,
    differing: &BTreeMap<Id, ColumnSet>,
) -> Vec<Id> {
    let mut ids: Vec<Id> = differing.keys().copied().collect();
    conn.state.arenas.get(pass.model).sort(&mut ids);
    ids
}
