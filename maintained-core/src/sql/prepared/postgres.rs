use diesel::pg::Pg;

use super::{BranchName, Ending, Prepares, TwoPhase};
use crate::sql::isolation::Isolation;

impl Prepares for Pg {
    const TWO_PHASE: &'static dyn TwoPhase = &Postgres;
}

/// `PREPARE TRANSACTION`: any transaction can be prepared, and belongs to no connection from then
/// on.
#[derive(Debug)]
struct Postgres;

impl TwoPhase for Postgres {
    fn begin(&self, _: Isolation, _: &BranchName) -> Option<String> {
        None
    }

    fn before_rollback(&self, _: &BranchName) -> Vec<String> {
        Vec::new()
    }

    fn prepare(&self, name: &BranchName) -> String {
        format!("PREPARE TRANSACTION '{name}'")
    }

    fn end(&self, name: &BranchName, ending: Ending) -> String {
        match ending {
            Ending::Commit => format!("COMMIT PREPARED '{name}'"),
            Ending::Undo => format!("ROLLBACK PREPARED '{name}'"),
        }
    }

    fn listed(&self) -> (&'static str, usize) {
        let query = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()";
        (query, 0)
    }

    fn introduction(&self) -> &'static str {
        "SELECT members, concat_ws('.', current_database(), current_schema()), \
         CASE current_setting('max_prepared_transactions') WHEN '0' THEN \
         'its setting `max_prepared_transactions` is 0: set it to the number of scopes that run at \
          once, or more, and start the server again' END \
         FROM maintained_commits WHERE id = 'database'"
    }

    /// What the other databases have prepared is on their disks. So this row has to be on the disk
    /// before they commit: with `synchronous_commit` off it might be lost after that.
    fn decide(&self, scope: &str, members: &str) -> String {
        format!(
            "INSERT INTO maintained_commits (id, members) SELECT '{scope}', '{members}' \
             WHERE current_setting('synchronous_commit') <> 'off' \
             OR set_config('synchronous_commit', 'on', true) = 'on'"
        )
    }

    fn probe(&self, scope: &str) -> String {
        format!(
            "SET LOCAL lock_timeout = '1s'; \
             INSERT INTO maintained_commits (id, members) VALUES ('{scope}', '')"
        )
    }
}
