//! A step of a task: a command with a name, whose time is taken.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A step's command failed.
    #[error("the step `{step}` failed ({status}); to run it alone: {command}")]
    Step {
        /// The step.
        step: String,
        /// How its command ended.
        status: ExitStatus,
        /// The command.
        command: String,
    },
    /// A step's command cannot be started.
    #[error("the step `{step}` cannot be started: {source}; the command is: {command}")]
    Start {
        /// The step.
        step: String,
        /// Its command.
        command: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is no Rust.
    #[error("cannot read {path} as Rust: {said}")]
    Rust {
        /// The file.
        path: String,
        /// What is wrong with it.
        said: String,
    },
    /// The documentation is not as it should be.
    #[error("{wrong}")]
    Documentation {
        /// What is wrong with it, a line each.
        wrong: String,
    },
    /// Something must be installed.
    #[error("{what} cannot be found: install it (on Debian the package `{package}`), or {or_else}")]
    Missing {
        /// What it is.
        what: &'static str,
        /// The Debian package that holds it.
        package: &'static str,
        /// What to do instead.
        or_else: String,
    },
    /// A server does not start.
    #[error("a server does not start ({command}); it says:\n{said}")]
    Server {
        /// Its command.
        command: String,
        /// What it has written.
        said: String,
    },
    /// Two that must agree do not.
    #[error("{what}: the rows are not those of the other variants")]
    Differs {
        /// The one that was run last.
        what: String,
    },
    /// A command's output is not what it should be.
    #[error("the step `{step}` has said something else than JSON: {said}")]
    NoJson {
        /// The step.
        step: String,
        /// Its output.
        said: String,
    },
    /// No port is free for a server.
    #[error("there is no free port: {0}")]
    Port(std::io::Error),
}

impl Failure {
    /// A file or folder cannot be written.
    #[must_use]
    pub fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write {
            path: path.display().to_string(),
            source,
        }
    }

    /// A file or folder cannot be read.
    #[must_use]
    pub fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read {
            path: path.display().to_string(),
            source,
        }
    }
}

/// Runs a command to its end and says how long that took.
///
/// # Errors
/// When the command cannot be started, or fails.
pub fn run(step: &str, command: &mut Command) -> Result<Duration, Failure> {
    eprintln!("\n== {step}: {}", shown(command));
    let took = time(step, command)?;
    eprintln!("== {step}: done in {:.1} s", took.as_secs_f64());
    Ok(took)
}

/// Runs a command to its end, without a word, and takes its time.
///
/// # Errors
/// When the command cannot be started, or fails.
pub fn time(step: &str, command: &mut Command) -> Result<Duration, Failure> {
    let started = Instant::now();
    let status = command.status().map_err(|source| Failure::Start {
        step: step.to_owned(),
        command: shown(command),
        source,
    })?;
    if status.success() {
        Ok(started.elapsed())
    } else {
        Err(Failure::Step {
            step: step.to_owned(),
            status,
            command: shown(command),
        })
    }
}

/// Runs a command to its end and reads the JSON that it prints.
///
/// # Errors
/// When the command cannot be started, fails, or prints something else.
pub fn json(step: &str, command: &mut Command) -> Result<serde_json::Value, Failure> {
    let said = said(step, command)?;
    serde_json::from_str(&said).map_err(|_| Failure::NoJson {
        step: step.to_owned(),
        said,
    })
}

/// Runs a command to its end and gives back what it prints.
///
/// # Errors
/// When the command cannot be started, or fails.
pub fn said(step: &str, command: &mut Command) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|source| Failure::Start {
        step: step.to_owned(),
        command: shown(command),
        source,
    })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        // It is the only place where the reason is.
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        Err(Failure::Step {
            step: step.to_owned(),
            status: output.status,
            command: shown(command),
        })
    }
}

/// The cargo that runs this task, in the workspace's folder.
#[must_use]
pub fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command =
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(workspace()).args(arguments);
    command
}

/// What a command prints, without the blanks around it; nothing where it fails.
#[must_use]
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The workspace's folder.
#[must_use]
pub fn workspace() -> PathBuf {
    // As cargo has it now: a build folder that several checkouts share may hold a program of another one.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().unwrap_or(&xtask).to_owned()
}

/// The command as one would type it.
#[must_use]
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_stem()
        .unwrap_or(command.get_program());
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!(
            "{}={:?} ",
            name.to_string_lossy(),
            value?.to_string_lossy()
        ))
    });
    let arguments = command
        .get_args()
        .map(|argument| format!(" {}", argument.to_string_lossy()));
    variables
        .chain([program.to_string_lossy().into_owned()])
        .chain(arguments)
        .collect()
}
