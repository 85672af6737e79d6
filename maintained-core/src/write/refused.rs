//! Writes that the database refuses because of what others are doing.

use std::time::Duration;

use super::kept::AnyWrite;
use super::once::once;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::report::metrics;
use crate::session::Anew;

/// The longest pause before a write is run again for the first time; it doubles each time.
const PAUSE: Duration = Duration::from_millis(8);
/// How often a write gives its locks back and begins anew, since others have changed what it has to
/// lock.
const BEGINNINGS: usize = 16;
/// No pause is longer.
const LONGEST: Duration = Duration::from_millis(250);

impl<C: Wrapped> MaintainedConnection<C> {
    /// How often a write that the database has refused is run again, at most:
    /// [`RETRIES`](Self::RETRIES) unless set otherwise.
    ///
    /// Two writers that wait for one another are a deadlock: the database refuses one of them. A
    /// single write outside of any transaction holds nothing of the caller's that could not run
    /// twice. So the library runs it again by itself, after a short random pause. Inside a
    /// transaction or a scope the error goes to the caller, since only the whole can run again:
    /// see [`Scope::retries`](crate::Scope::retries). A lock that was waited for in vain is no
    /// such refusal, and its error comes back at once.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{MaintainedConnection};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// conn.set_retries(5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_retries(&mut self, times: usize) {
        self.state.retries = times;
    }

    /// How often a refused write is run again, unless [`set_retries`](Self::set_retries) says
    /// otherwise.
    pub const RETRIES: usize = 3;
}

/// Runs a write that stands alone, and where it is refused, runs it again.
pub(super) async fn until_not_refused<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    write: &mut dyn AnyWrite<C>,
) -> Result<(), Error> {
    let (mut times, mut begun) = (0, 0);
    loop {
        let is_free = begun < BEGINNINGS;
        conn.state.anew = if is_free { Anew::May } else { Anew::Never };
        conn.state.reports.retries = times;
        let result = once(conn, write).await;
        match &result {
            Err(_) if conn.state.anew == Anew::Must => begun += 1,
            Err(error) if times < conn.state.retries && error.is_refusal() => {
                tracing::debug!(times, %error, "the database refused a write, which is run again");
                // If the pause is not waited for, nothing of this write meets the next one.
                conn.state.anew = Anew::Never;
                conn.state.reports.retries = 0;
                C::pause(pause(times)).await;
                times += 1;
                metrics::retried("write");
            }
            _ => {
                conn.state.anew = Anew::Never;
                return result;
            }
        }
    }
}

/// A pause of a random length, so that two writers that refused one another do not meet again.
fn pause(times: usize) -> Duration {
    let longest = PAUSE.saturating_mul(1 << times.min(16)).min(LONGEST);
    longest.mul_f64(fastrand::f64())
}
