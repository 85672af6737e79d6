//! The clock that variants are timed by.

use std::time::Instant;

use clap::ValueEnum;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Clock {
    /// The time that passes.
    Wall,
    /// The time that this thread was running, as Linux tells it: steadier on a busy machine, and of use for a database
    /// that runs in the thread.
    Cpu,
}

/// A moment by a clock.
#[derive(Clone, Copy)]
pub(crate) enum Moment {
    Wall(Instant),
    Cpu(u64),
}

impl Clock {
    pub(crate) fn now(self) -> Moment {
        match self {
            Self::Wall => Moment::Wall(Instant::now()),
            Self::Cpu => Moment::Cpu(running()),
        }
    }
}

impl Moment {
    /// The seconds since then.
    pub(crate) fn elapsed(self) -> f64 {
        match self {
            Self::Wall(then) => then.elapsed().as_secs_f64(),
            Self::Cpu(then) => (running() - then) as f64 / 1e9,
        }
    }
}

/// For how many nanoseconds this thread has been running.
fn running() -> u64 {
    // The system brings the number up to date when the thread gives way.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat");
    let told = told.expect("Linux tells how long a thread was running");
    let first = told.split_whitespace().next();
    first
        .and_then(|it| it.parse().ok())
        .expect("the first number is the time on the processor")
}
