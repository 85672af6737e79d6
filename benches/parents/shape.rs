//! How posts lie under threads.

use clap::ValueEnum;

/// How posts lie under threads.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// Each thread has as many, and every second one is shown.
    Even,
    /// The same, and none is shown.
    Hidden,
    /// One thread in twenty has posts.
    Empty,
    /// The first thread has nine tenths of all.
    Skewed,
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Hidden => "hidden",
            Self::Empty => "empty",
            Self::Skewed => "skewed",
        }
    }

    /// The thread of a post, counted from 0.
    pub(crate) fn thread(self, post: usize, threads: usize) -> usize {
        match self {
            Self::Even | Self::Hidden => post % threads,
            Self::Empty => post % threads / 20 * 20,
            Self::Skewed if post.is_multiple_of(10) => post / 10 % threads,
            Self::Skewed => 0,
        }
    }

    /// Whether a post is shown.
    pub(crate) fn shows(self, post: usize) -> bool {
        self != Self::Hidden && post.is_multiple_of(2)
    }
}
