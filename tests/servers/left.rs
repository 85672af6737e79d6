//! Databases that a test has left as they were made, for the tests after it: to make one takes a
//! server longer than most tests take.

use std::sync::{Mutex, PoisonError};

/// What the tests that have ended have left to those that run.
pub struct Left(Mutex<State>);

struct State {
    /// The threads that have a database.
    users: usize,
    names: Vec<String>,
}

impl Left {
    pub const fn new() -> Self {
        Self(Mutex::new(State {
            users: 0,
            names: Vec::new(),
        }))
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A thread begins that will have some.
    pub fn begin(&self) {
        self.with(|state| state.users += 1);
    }

    /// One of those that are left.
    pub fn take(&self) -> Option<String> {
        self.with(|state| state.names.pop())
    }

    /// A thread ends and leaves these; gives back all when nobody is there to use them.
    pub fn end(&self, names: Vec<String>) -> Vec<String> {
        self.with(|state| {
            state.users -= 1;
            state.names.extend(names);
            if state.users == 0 {
                std::mem::take(&mut state.names)
            } else {
                Vec::new()
            }
        })
    }
}
