//! A gate before each statement of a connection.

use std::fmt::Display;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use diesel::connection::InstrumentationEvent;

use crate::refusal::is_refusal;

/// A gate that all statements of a connection pass, `BEGIN` and `COMMIT` among them.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

/// How far a writer has come.
#[derive(Debug, Default)]
struct State {
    /// The statement before which it is held.
    stop: Option<usize>,
    progress: Progress,
}

/// What a writer has sent.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// How many statements have come to the gate.
    pub statements: usize,
    /// How many statements the database has refused.
    pub refusals: usize,
    /// The texts of the statements, where somebody asks for them.
    pub texts: Vec<String>,
}

impl Gate {
    /// Begins to count anew, and holds the writer before its statement of that number.
    pub fn set(&self, stop: Option<usize>) {
        let progress = Progress::default();
        *self.state() = State { stop, progress };
    }

    /// Lets the writer go on to its end.
    pub fn open(&self) {
        self.state().stop = None;
        self.0.1.notify_all();
    }

    /// How many statements have come to the gate.
    pub fn statements(&self) -> usize {
        self.state().progress.statements
    }

    pub fn progress(&self) -> Progress {
        self.state().progress.clone()
    }

    /// What happens on the connection. `stopped` is called when the writer is held.
    pub fn pass(&self, event: &InstrumentationEvent<'_>, keeps_texts: bool, stopped: impl Fn()) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut state = self.state();
                state.progress.statements += 1;
                if keeps_texts {
                    state.progress.texts.push(one_line(query));
                }
                if state.stop == Some(state.progress.statements) {
                    stopped();
                    while state.stop.is_some() {
                        state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
                    }
                }
            }
            InstrumentationEvent::FinishQuery {
                error: Some(error), ..
            } if is_refusal(error) => self.state().progress.refusals += 1,
            _ => {}
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn one_line(query: &impl Display) -> String {
    let text = query.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
