//! A connection beside those that are tested.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use diesel::Connection;

/// A connection that is opened when it is first needed, and kept: to open one takes a server longer
/// than what is asked on it.
pub struct Aside<C>(Mutex<Option<C>>);

impl<C: Connection> Aside<C> {
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Works on the connection. One on which something panics is not used again.
    pub fn with<T>(&self, url: &str, work: impl FnOnce(&mut C) -> T) -> T {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut conn = kept.take().unwrap_or_else(|| C::establish(url).unwrap());
        let done = work(&mut conn);
        *kept = Some(conn);
        done
    }
}

impl<C> fmt::Debug for Aside<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Aside").finish_non_exhaustive()
    }
}
