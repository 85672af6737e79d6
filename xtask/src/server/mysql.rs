//! A MariaDB or MySQL server.

use std::path::PathBuf;

use super::packages::{self, Need};
use super::{Folder, Server, Signal, User, free_port, program, succeeds};
use crate::step::{self, Failure};

const OR_ELSE: &str = "set MYSQL_DATABASE_URL to the address of a server that runs already";

const HEADERS: Need = Need {
    what: "the headers of MariaDB's or MySQL's client library",
    package: "libmariadb-dev",
    is_there: || {
        succeeds("pkg-config", &["--exists", "libmariadb"])
            || succeeds("pkg-config", &["--exists", "mysqlclient"])
            || succeeds("mysql_config", &["--version"])
    },
};

const SERVER: Need = Need {
    what: "a MariaDB or MySQL server (the program `mariadbd` or `mysqld`)",
    package: "mariadb-server",
    is_there: || Kind::installed().is_some(),
};

/// The server's programs: they are called differently, and make their files in different ways.
enum Kind {
    MariaDb { install: PathBuf, serve: PathBuf },
    MySql { serve: PathBuf },
}

impl Kind {
    fn installed() -> Option<Self> {
        let install = program("mariadb-install-db", &[]);
        if let (Some(install), Some(serve)) = (install, program("mariadbd", &[])) {
            return Some(Self::MariaDb { install, serve });
        }
        program("mysqld", &[]).map(|serve| Self::MySql { serve })
    }
}

/// Sees to the client's headers, and to a server unless there is one elsewhere.
///
/// # Errors
/// When something is missing and cannot be installed.
pub fn prepare(is_elsewhere: bool) -> Result<(), Failure> {
    let needs: &[&Need] = if is_elsewhere {
        &[&HEADERS]
    } else {
        &[&HEADERS, &SERVER]
    };
    packages::install(needs, OR_ELSE)
}

/// Starts a server, for tests that read its address from the variable.
///
/// # Errors
/// When there is none, or it does not start.
pub fn start(variable: &'static str) -> Result<Server, Failure> {
    let Some(kind) = Kind::installed() else {
        return Err(Failure::Missing {
            what: SERVER.what,
            package: SERVER.package,
            or_else: OR_ELSE.to_owned(),
        });
    };
    let folder = Folder::new("mysql", User::instead_of_root(&["mysql", "nobody"]))?;
    let data = format!("--datadir={}", folder.path.join("data").display());
    let (mut make, serve) = match &kind {
        Kind::MariaDb { install, serve } => {
            let mut make = folder.command(install);
            make.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
            make.args(["--skip-test-db", &data]);
            (make, serve)
        }
        Kind::MySql { serve } => {
            let mut make = folder.command(serve);
            make.args(["--no-defaults", "--initialize-insecure", &data]);
            (make, serve)
        }
    };
    make.stdout(std::process::Stdio::null());
    step::run("make a MariaDB or MySQL server", &mut make)?;
    let port = free_port()?;
    let mut command = folder.command(serve);
    command
        .args(["--no-defaults", &data, "--bind-address=127.0.0.1"])
        .arg(format!("--port={port}"))
        .arg(format!("--socket={}", folder.path.join("socket").display()))
        .arg(format!("--pid-file={}", folder.path.join("pid").display()))
        // MariaDB takes the temporary tables that it finds there when it starts for its own of an earlier life.
        .arg(format!("--tmpdir={}", folder.path.display()))
        .args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0",
        ])
        .args(["--innodb-flush-method=nosync", "--skip-log-bin"])
        // Each test has a database of its own. A file for each of its tables, and a search of a large
        // pool of pages for each that is dropped, took half the time.
        .args(["--innodb-file-per-table=0", "--innodb-buffer-pool-size=64M"]);
    let url = format!("mysql://root@127.0.0.1:{port}/mysql");
    Server::new(command, folder, (variable, url), port, Signal::Terminate)
}
