//! Which database it is, for the names of prepared transactions: whoever ends them has to know that
//! it asks the same one.

use std::fmt;

use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::hash::Hash;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::session::Session;
use crate::sql::{Operated, TwoPhase};

/// What a database has to say of itself.
struct Introduce<'k> {
    /// Its key, as `{:?}` writes it.
    key: &'k str,
    two_phase: &'static dyn TwoPhase,
}

/// The hash of what tells a database from all others: its key, the name in its table, which no
/// other has by chance, and its place on the server, for it may be a copy.
///
/// # Errors
/// [`Error::CannotPrepare`] where it cannot take part in a two-phase commit.
pub(super) async fn identity<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    key: &impl fmt::Debug,
    two_phase: &'static dyn TwoPhase,
) -> Result<String, Error> {
    let key = &format!("{key:?}");
    conn.at_work(&Introduce { key, two_phase }).await
}

impl<C: Wrapped> Task<C> for Introduce<'_> {
    type Output = String;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<String, Error> {
        let cannot = |why: &str| Error::CannotPrepare {
            database: self.key.to_owned(),
            why: why.to_owned(),
        };
        let is_there = match C::Db::COMMITS {
            Some(table) => session.finds(table).await?,
            None => false,
        };
        if !is_there {
            return Err(cannot(
                "it has no table `maintained_commits`: make it with \
                 `maintained::operations::set_up(conn)`, or with the migrations that \
                 `maintained::operations` hands out",
            ));
        }
        let action = "reading the table `maintained_commits`";
        let query = self.two_phase.introduction();
        let rows = session.texts(query, [0, 1, 2], action).await?;
        match &rows[..] {
            [[_, _, Some(why)], ..] => Err(cannot(why)),
            [[name, place, None], ..] => {
                let mut hash = Hash::new();
                for word in [Some(self.key), name.as_deref(), place.as_deref()] {
                    hash.word(word.unwrap_or_default());
                }
                Ok(hash.to_string())
            }
            [] => Err(cannot(
                "its table `maintained_commits` has lost the row `database`: drop the table, if \
                 nothing is prepared, and make it anew with `maintained::operations::set_up(conn)`",
            )),
        }
    }
}
