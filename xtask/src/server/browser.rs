//! A browser without a window, by the program that drives it.

use std::path::PathBuf;

use super::packages::{self, Need};
use super::{Folder, Server, Signal, free_port, program};
use crate::step::Failure;

const OR_ELSE: &str = "set WEBDRIVER_URL to the address of a driver that runs already";

/// The variable that tells the tests where a driver is.
const VARIABLE: &str = "WEBDRIVER_URL";

const BROWSER: Need = Need {
    what: "a browser (the program `chromium` or `google-chrome`)",
    package: "chromium",
    is_there: || {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        names.iter().any(|name| program(name, &[]).is_some())
    },
};

const DRIVER: Need = Need {
    what: "the driver of the browser (the program `chromedriver`)",
    package: "chromium-driver",
    is_there: || driver().is_some(),
};

/// Sees to a browser and its driver, unless there is one elsewhere.
///
/// # Errors
/// When something is missing and cannot be installed.
pub fn prepare() -> Result<(), Failure> {
    if std::env::var_os(VARIABLE).is_some() {
        return Ok(());
    }
    packages::install(&[&BROWSER, &DRIVER], OR_ELSE)
}

/// Starts a driver, for tests that read its address from the variable.
///
/// # Errors
/// When there is none, or it does not start.
pub fn start() -> Result<Server, Failure> {
    let Some(driver) = driver() else {
        return Err(Failure::Missing {
            what: DRIVER.what,
            package: DRIVER.package,
            or_else: OR_ELSE.to_owned(),
        });
    };
    let folder = Folder::new("browser", None)?;
    let port = free_port()?;
    let mut serve = folder.command(&driver);
    serve.arg(format!("--port={port}"));
    let url = format!("http://127.0.0.1:{port}");
    Server::new(serve, folder, (VARIABLE, url), port, Signal::Terminate)
}

fn driver() -> Option<PathBuf> {
    program("chromedriver", &[])
}
