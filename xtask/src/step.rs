//! A step of a task: a command with a name, whose time is taken.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the step `{step}` failed ({status}); to run it alone: {command}")]
    Step {
        step: String,
        status: ExitStatus,
        command: String,
    },
    #[error("the step `{step}` cannot be started: {source}; the command is: {command}")]
    Start {
        step: String,
        command: String,
        source: std::io::Error,
    },
    #[error("cannot write {path}: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error("{what} cannot be found: install it (on Debian the package `{package}`), or {or_else}")]
    Missing {
        what: &'static str,
        package: &'static str,
        or_else: String,
    },
    #[error("a server does not start ({command}); it says:\n{said}")]
    Server { command: String, said: String },
    #[error("there is no free port: {0}")]
    Port(std::io::Error),
}

impl Failure {
    /// A file or folder cannot be written.
    pub(crate) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write {
            path: path.display().to_string(),
            source,
        }
    }
}

/// Runs a command to its end and says how long that took.
pub(crate) fn run(step: &str, command: &mut Command) -> Result<Duration, Failure> {
    eprintln!("\n== {step}: {}", shown(command));
    let took = time(step, command)?;
    eprintln!("== {step}: done in {:.1} s", took.as_secs_f64());
    Ok(took)
}

/// Runs a command to its end, without a word, and takes its time.
pub(crate) fn time(step: &str, command: &mut Command) -> Result<Duration, Failure> {
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

/// The cargo that runs this task, in the workspace's folder.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command =
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(workspace()).args(arguments);
    command
}

/// What a command prints, without the blanks around it; nothing where it fails.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    // As cargo has it now: a build folder that several checkouts share may hold a program of another one.
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    xtask.parent().unwrap_or(&xtask).to_owned()
}

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
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
