//! A PostgreSQL server.

use std::path::{Path, PathBuf};

use super::packages::{self, Need};
use super::{Folder, Server, Signal, User, free_port, program, succeeds};
use crate::step::{self, Failure};

const OR_ELSE: &str = "set POSTGRES_DATABASE_URL to the address of a server that runs already";

const HEADERS: Need = Need {
    what: "the headers of PostgreSQL's client library",
    package: "libpq-dev",
    is_there: || {
        succeeds("pkg-config", &["--exists", "libpq"])
            || step::output("pg_config", &["--includedir"])
                .is_some_and(|folder| Path::new(&folder).join("libpq-fe.h").exists())
    },
};

const SERVER: Need = Need {
    what: "a PostgreSQL server (the programs `initdb` and `postgres`)",
    package: "postgresql",
    is_there: || installed("initdb").is_some() && installed("postgres").is_some(),
};

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
    start_with(variable, &[])
}

/// Starts a server with some settings of its own, such as `max_prepared_transactions=50`.
///
/// # Errors
/// When there is none, or it does not start.
pub fn start_with(variable: &'static str, settings: &[&str]) -> Result<Server, Failure> {
    let (Some(initdb), Some(postgres)) = (installed("initdb"), installed("postgres")) else {
        return Err(Failure::Missing {
            what: SERVER.what,
            package: SERVER.package,
            or_else: OR_ELSE.to_owned(),
        });
    };
    let folder = Folder::new("postgres", User::instead_of_root(&["postgres", "nobody"]))?;
    let data = folder.path.join("data");
    let mut make = folder.command(&initdb);
    make.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
        .args(["--no-locale", "--no-sync", "--pgdata"])
        .arg(&data)
        .stdout(std::process::Stdio::null());
    step::run("make a PostgreSQL server", &mut make)?;
    serve(&postgres, folder, variable, settings)
}

/// Starts a standby: it holds what the server holds, and follows it.
///
/// # Errors
/// When there is none, or it does not start.
pub fn start_standby(primary: &Server, variable: &'static str) -> Result<Server, Failure> {
    let (Some(copy), Some(postgres)) = (installed("pg_basebackup"), installed("postgres")) else {
        return Err(Failure::Missing {
            what: SERVER.what,
            package: SERVER.package,
            or_else: OR_ELSE.to_owned(),
        });
    };
    let folder = Folder::new("standby", User::instead_of_root(&["postgres", "nobody"]))?;
    let mut make = folder.command(&copy);
    make.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
        .args(["--dbname", &primary.variable.1, "--pgdata"])
        .arg(folder.path.join("data"))
        .stdout(std::process::Stdio::null());
    step::run("make a standby of a PostgreSQL server", &mut make)?;
    serve(&postgres, folder, variable, &[])
}

/// Starts the server whose data is in the folder.
fn serve(
    postgres: &Path,
    folder: Folder,
    variable: &'static str,
    settings: &[&str],
) -> Result<Server, Failure> {
    let port = free_port()?;
    let mut serve = folder.command(postgres);
    serve.arg("-D").arg(folder.path.join("data"));
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=200",
        &format!("port={port}"),
    ] {
        serve.args(["-c", setting]);
    }
    for setting in settings {
        serve.args(["-c", setting]);
    }
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    Server::new(serve, folder, (variable, url), port, Signal::Interrupt)
}

/// A program of the newest installed version: Debian does not have them in `PATH`.
fn installed(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let path = version.ok()?.path();
            Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin")))
        })
        .collect();
    folders.sort_unstable_by(|left, right| right.cmp(left));
    let folders: Vec<PathBuf> = folders.into_iter().map(|(_, folder)| folder).collect();
    program(name, &folders)
}
