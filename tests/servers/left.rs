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

    /// A thread ends that had these, and leaves those that are as they were made. Gives back what is to
    /// be dropped: the others, and all when nobody is there to use them.
    pub fn end(&self, had: Vec<String>, is_as_made: impl FnMut(&String) -> bool) -> Vec<String> {
        let (left, mut dropped): (Vec<_>, Vec<_>) = had.into_iter().partition(is_as_made);
        self.with(|state| {
            state.users -= 1;
            state.names.extend(left);
            if state.users == 0 {
                dropped.append(&mut state.names);
            }
        });
        dropped
    }
}
