//! What must be installed, and installing it where that is possible without asking.

use std::process::Command;

use super::{is_root, program};
use crate::step::{self, Failure};

/// Something that must be installed.
pub(super) struct Need {
    /// What it is, for people.
    pub(super) what: &'static str,
    /// The Debian package that holds it.
    pub(super) package: &'static str,
    /// Whether it is there.
    pub(super) is_there: fn() -> bool,
}

/// Installs what is missing with `apt-get`, on Debian as root; fails elsewhere, saying what to
/// install.
pub(super) fn install(needs: &[&Need], or_else: &str) -> Result<(), Failure> {
    let missing = || needs.iter().filter(|need| !(need.is_there)());
    let packages: Vec<&str> = missing().map(|need| need.package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    if is_root() && program("apt-get", &[]).is_some() {
        apt_get(&["update", "--quiet"])?;
        let mut arguments = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
        arguments.extend(&packages);
        apt_get(&arguments)?;
    }
    match missing().next() {
        None => Ok(()),
        Some(need) => Err(Failure::Missing {
            what: need.what,
            package: need.package,
            or_else: or_else.to_owned(),
        }),
    }
}

fn apt_get(arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    step::run("install what is missing", &mut command).map(drop)
}
