//! Checksums that programs in other languages can make too.

use std::fmt::Display;
use std::fmt::Write;

use serde::Deserialize;

/// Fowler, Noll and Vo's 1a, of the texts of values with a zero after each.
#[derive(Clone, Copy)]
pub(crate) struct Sum(u64);

impl Sum {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn add(&mut self, value: impl Display) {
        write!(self, "{value}\0").expect("a sum takes every text");
    }

    pub(crate) fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}

impl Write for Sum {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}

/// What is in the tables: the sum of the columns that are written, and of those that are maintained.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Found {
    pub(crate) plain: String,
    pub(crate) kept: String,
}

/// What should be in them: as the first variant has it.
#[derive(Default)]
pub(crate) struct Expected {
    plain: Option<String>,
    kept: Option<String>,
}

impl Expected {
    /// Whether the tables are right; their maintained columns, where the variant keeps them.
    pub(crate) fn agrees(&mut self, found: &Found, keeps: bool) -> bool {
        let plain = self.plain.get_or_insert_with(|| found.plain.clone());
        if *plain != found.plain {
            return false;
        }
        !keeps || *self.kept.get_or_insert_with(|| found.kept.clone()) == found.kept
    }
}
