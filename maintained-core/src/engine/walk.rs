//! Steps of a walk from changed rows to the rows that read them: keys by keys, one statement a step
//! and batch.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::error::Error;
use crate::graph::{ModelIndex, Relation, Step};
use crate::rows::select::Select;
use crate::session::Session;
use crate::sql::Dialect;
use crate::wire::Wire;

/// Locks rows before a step down from them.
///
/// A row that has changed is locked already. One whose children have changed may not be, and
/// neither is one further down a tree: while it is not, another transaction can read it as it is,
/// and hang a row on it that the step does not find.
pub(crate) async fn lock<C: Wire>(
    session: &mut Session<'_, C>,
    step: Step,
    model: ModelIndex,
    ids: &[Id],
) -> Result<(), Error> {
    match step {
        Step::Down(_) if C::Db::LOCKS => {
            session.lock(model, ids, Lock::NoKeyUpdate).await?;
            Ok(())
        }
        Step::Down(_) | Step::Up(_) => Ok(()),
    }
}

/// The rows that one step reaches from some rows, as (from, to).
///
/// On the way up, the rows are locked before their foreign key is read, so that none moves while
/// the walk goes on.
pub(crate) async fn step<C: Wire>(
    session: &mut Session<'_, C>,
    step: Step,
    ids: &[Id],
) -> Result<Vec<(Id, Id)>, Error> {
    let (Step::Up(relation) | Step::Down(relation)) = step;
    let Relation { child, index } = relation;
    let parent = session.catalog.graph.models[child].parents[index];
    if let Step::Up(_) = step
        && let Some(pairs) = session.named_before(relation, ids, Lock::NoKeyUpdate)
    {
        return Ok(pairs);
    }
    let registration = session.registration(child);
    let key: Vec<&'static str> = registration.key_names().collect();
    let foreign_key = registration.foreign_key_name(index);
    let (by, from, lock) = match step {
        Step::Up(_) => (key.clone(), child, Lock::NoKeyUpdate),
        Step::Down(_) => (vec![foreign_key], parent, Lock::None),
    };
    let values = (session.registration(from).key_rows)(session.arenas.get(from), ids);
    let width = key.len();
    let mut names = key;
    names.push(foreign_key);
    let select = Select {
        model: child,
        selection: None,
        names,
        by: &by,
        values: &*values,
        ordered: false,
        lock,
    };
    let read_foreign_key = registration.relations[index].read_foreign_key;
    let mut pairs = Vec::with_capacity(ids.len());
    session
        .select(&select, &mut |row, arenas| {
            let child_id = (registration.read_key)(row, 0, arenas.get_mut(child))?;
            if let Some(parent_id) = read_foreign_key(row, width, arenas.get_mut(parent))? {
                pairs.push(match step {
                    Step::Up(_) => (child_id, parent_id),
                    Step::Down(_) => (parent_id, child_id),
                });
            }
            Ok(())
        })
        .await?;
    as_asked(session, from, ids, &mut pairs).await?;
    Ok(pairs)
}

/// Gives the starts of a walk the ids that were asked for: the database may find keys equal that
/// Rust does not, and has then spelled some otherwise.
async fn as_asked<C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    asked: &[Id],
    pairs: &mut Vec<(Id, Id)>,
) -> Result<(), Error> {
    let known: HashSet<Id> = asked.iter().copied().collect();
    let strangers: BTreeSet<Id> = pairs
        .iter()
        .map(|&(from, _)| from)
        .filter(|from| !known.contains(from))
        .collect();
    if strangers.is_empty() {
        return Ok(());
    }
    // The ids asked for, by how their row spells the key; then those that each stranger stands for.
    let mut spelled: HashMap<Id, Vec<Id>> = HashMap::new();
    for &id in asked {
        if let Some(row) = session.spelled(model, id).await? {
            spelled.entry(row).or_default().push(id);
        }
    }
    let mut meant: HashMap<Id, Vec<Id>> = HashMap::new();
    for id in strangers {
        let row = session.spelled(model, id).await?.unwrap_or(id);
        meant.insert(id, spelled.get(&row).cloned().unwrap_or_default());
    }
    let respelled = pairs.iter().flat_map(|&(from, to)| {
        let starts = meant.get(&from).cloned().unwrap_or_else(|| vec![from]);
        starts.into_iter().map(move |start| (start, to))
    });
    *pairs = respelled.collect();
    Ok(())
}
