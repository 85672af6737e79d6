//! Servers of the tests' own: in a temporary folder, on a free port, stopped when they are no
//! longer needed.

pub mod browser;
pub mod mysql;
mod packages;
pub mod postgres;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::step::{self, Failure};

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server: stopped, if it is running, when this value is dropped.
#[derive(Debug)]
pub struct Server {
    /// The variable that the tests read, and what it has to be.
    pub variable: (&'static str, String),
    serve: Command,
    port: u16,
    stop: Signal,
    process: Option<Child>,
    /// Removed after the server has stopped.
    folder: Folder,
}

/// The signal that stops a server.
#[derive(Debug, Clone, Copy)]
enum Signal {
    Interrupt,
    Terminate,
}

impl Server {
    /// Starts a server and waits until it takes connections.
    fn new(
        mut serve: Command,
        folder: Folder,
        variable: (&'static str, String),
        port: u16,
        stop: Signal,
    ) -> Result<Self, Failure> {
        let log = folder.log();
        let output = fs::File::create(&log).and_then(|log| Ok((log.try_clone()?, log)));
        let (out, err) = output.map_err(|source| Failure::write(&log, source))?;
        serve.stdin(Stdio::null()).stdout(out).stderr(err);
        let mut server = Self {
            variable,
            serve,
            port,
            stop,
            process: None,
            folder,
        };
        server.start()?;
        eprintln!("\n== {}={}", server.variable.0, server.variable.1);
        Ok(server)
    }

    /// Starts the server, unless it is running, and waits until it takes connections.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&mut self) -> Result<(), Failure> {
        if self.process.is_none() {
            let process = self.serve.spawn().map_err(|source| Failure::Start {
                step: format!("start a server for {}", self.variable.0),
                command: step::shown(&self.serve),
                source,
            })?;
            self.process = Some(process);
        }
        if self.takes_connections() {
            return Ok(());
        }
        Err(Failure::Server {
            command: step::shown(&self.serve),
            said: fs::read_to_string(self.folder.log()).unwrap_or_default(),
        })
    }

    /// Stops the server, if it is running: it ends its connections, and keeps what is committed.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let signal = match self.stop {
            Signal::Interrupt => "-INT",
            Signal::Terminate => "-TERM",
        };
        let number = process.id().to_string();
        Command::new("kill").args([signal, &number]).status().ok();
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if !matches!(process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        process.kill().ok();
        process.wait().ok();
    }

    /// Ends the server at once, as a fault of its machine does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }

    fn takes_connections(&mut self) -> bool {
        let Some(process) = &mut self.process else {
            return false;
        };
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && matches!(process.try_wait(), Ok(None)) {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A temporary folder: removed when this value is dropped.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    owner: Option<User>,
}

impl Folder {
    /// A new folder for the server of that name, owned by the user who is to run it.
    fn new(name: &str, owner: Option<User>) -> Result<Self, Failure> {
        /// A program may have several servers of one name.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{name}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        remove_old(&name);
        let path = root().join(format!("maintained-{name}-{}", std::process::id()));
        fs::create_dir(&path).map_err(|source| Failure::write(&path, source))?;
        let folder = Self { path, owner };
        if let Some(owner) = &folder.owner {
            owner
                .give(&folder.path)
                .map_err(|source| Failure::write(&folder.path, source))?;
        }
        Ok(folder)
    }

    /// Where the server in the folder writes what it has to say.
    fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    /// A command that runs in the folder as its owner, and that is told to end when this program is
    /// no more.
    fn command(&self, program: &Path) -> Command {
        let mut command = match &self.owner {
            Some(owner) => owner.command(program),
            None => Command::new(program),
        };
        command.current_dir(&self.path);
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Where the folders are: in memory, where there is plenty. The servers of tests make and drop many
/// small files, which costs a disk as much as all that is written to them.
fn root() -> &'static Path {
    const IN_MEMORY: &str = "/dev/shm";
    const PLENTY: u64 = 4_000_000;
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let said = step::output("df", &["--output=avail", IN_MEMORY]);
        let kilobytes = said.and_then(|said| said.lines().last()?.trim().parse::<u64>().ok());
        if std::env::var_os("TMPDIR").is_none() && kilobytes.is_some_and(|it| it > PLENTY) {
            PathBuf::from(IN_MEMORY)
        } else {
            std::env::temp_dir()
        }
    })
}

/// Removes the folders of programs that could not do it themselves.
fn remove_old(name: &str) {
    let Ok(entries) = fs::read_dir(root()) else {
        return;
    };
    let prefix = format!("maintained-{name}-");
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(&prefix));
        let is_over = process.is_some_and(|process| {
            Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists()
        });
        if is_over {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// A user of the system, who may run what root must not.
#[derive(Debug)]
struct User {
    user: u32,
    group: u32,
}

impl User {
    /// The first of these users that there is, where root has started this program; none where
    /// another user has.
    fn instead_of_root(names: &[&str]) -> Option<Self> {
        if !is_root() {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").ok()?;
        names.iter().find_map(|name| {
            let line = users
                .lines()
                .find(|line| line.split(':').next() == Some(name))?;
            let mut numbers = line.split(':').skip(2);
            Some(Self {
                user: numbers.next()?.parse().ok()?,
                group: numbers.next()?.parse().ok()?,
            })
        })
    }

    #[cfg(unix)]
    fn give(&self, path: &Path) -> io::Result<()> {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
    }

    #[cfg(not(unix))]
    fn give(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", self.user))
            .arg(format!("--regid={}", self.group))
            .args(["--clear-groups", "--pdeathsig=TERM", "--"])
            .arg(program);
        command
    }
}

/// Whether root has started this program.
fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|user| user.stdout.trim_ascii() == b"0")
}

/// A port that nobody listens on.
fn free_port() -> Result<u16, Failure> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    port.map(|address| address.port()).map_err(Failure::Port)
}

/// A program in the folders of `PATH`, in those where only root looks, or in some others.
fn program(name: &str, elsewhere: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = elsewhere.iter().cloned();
    folders
        .chain(std::env::split_paths(&path))
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// Whether a command runs and succeeds.
fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
