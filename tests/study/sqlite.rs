//! On `SQLite`: a file for each test.

#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub(crate) use crate::study::sqlite::program;

/// A database with the study's tables, gone when it is dropped.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn url(&self) -> String {
        let file = self.folder.path().join("study.db");
        file.to_str().unwrap().to_owned()
    }

    pub(crate) fn connect(&self) -> program::Conn {
        program::open(&self.url()).unwrap()
    }
}
