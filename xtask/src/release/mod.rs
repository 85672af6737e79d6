//! `cargo xtask release --dry-run`: makes the packages as they would be published, and uses them as
//! somebody new would.
//!
//! What is in the repository and not in a package, or is there under a path and not under a
//! version, is found only so. The new program is the README's first example, with the dependencies
//! that the README names.

mod readme;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::step::{self, Failure, cargo};

/// The packages, each after those that it depends on.
const PACKAGES: [&str; 3] = ["maintained-core", "maintained-derive", "maintained"];

/// What a release is asked to do.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Make the packages and build a new program with them, but publish nothing
    #[arg(long)]
    dry_run: bool,
    /// Take files that are not committed, too
    #[arg(long, requires = "dry_run")]
    allow_dirty: bool,
}

/// Tries a release, or says how one is made.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let workspace = Workspace::read()?;
    if !options.dry_run {
        say_how(&workspace.version);
        return Ok(());
    }
    package(options)?;
    let folder = workspace.target.join("new-user");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|source| Failure::write(&folder, source))?;
    }
    for name in PACKAGES {
        unpack(&workspace, name, &folder)?;
    }
    use_them(&workspace, &folder)?;
    eprintln!(
        "\n== the packages of {} are right, and nothing was published",
        workspace.version
    );
    Ok(())
}

/// Publishing cannot be undone, so that nobody should do it by a command that does more.
fn say_how(version: &str) {
    eprintln!("publishing is done by hand, since it cannot be undone; in this order:\n");
    eprintln!("  cargo xtask ci");
    eprintln!("  cargo xtask release --dry-run");
    for name in PACKAGES {
        eprintln!("  cargo publish --package {name}");
    }
    eprintln!("  git tag v{version} && git push origin v{version}");
}

/// What cargo knows of the workspace.
struct Workspace {
    version: String,
    /// Where cargo builds.
    target: PathBuf,
}

impl Workspace {
    fn read() -> Result<Self, Failure> {
        let step = "read the workspace";
        let mut command = cargo(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata = step::json(step, &mut command)?;
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let mut named = packages.filter(|package| package["name"] == "maintained");
        let version = named.next().and_then(|package| package["version"].as_str());
        match (version, metadata["target_directory"].as_str()) {
            (Some(version), Some(target)) => Ok(Self {
                version: version.to_owned(),
                target: target.into(),
            }),
            _ => Err(Failure::NoJson {
                step: step.to_owned(),
                said: metadata.to_string(),
            }),
        }
    }
}

/// Makes the packages. All in one command: each is packed against the others as they are here, of
/// which the registry knows nothing yet.
fn package(options: &Options) -> Result<(), Failure> {
    // The new program is what builds them.
    let mut command = cargo(["package", "--no-verify"]);
    for name in PACKAGES {
        command.args(["--package", name]);
    }
    if options.allow_dirty {
        command.arg("--allow-dirty");
    }
    step::run("make the packages", &mut command).map(drop)
}

/// Unpacks a package into a folder of its name.
fn unpack(workspace: &Workspace, name: &str, folder: &Path) -> Result<(), Failure> {
    let package = format!("{name}-{}.crate", workspace.version);
    let into = folder.join(name);
    std::fs::create_dir_all(&into).map_err(|source| Failure::write(&into, source))?;
    let mut command = Command::new("tar");
    command
        .args(["--extract", "--gzip", "--strip-components=1", "--file"])
        .arg(workspace.target.join("package").join(package))
        .arg("--directory")
        .arg(&into);
    step::run(&format!("unpack {name}"), &mut command).map(drop)
}

/// Makes a new program that knows the packages and nothing of the repository, and runs it.
fn use_them(workspace: &Workspace, folder: &Path) -> Result<(), Failure> {
    let path = step::workspace().join("README.md");
    let readme = std::fs::read_to_string(&path).map_err(|source| Failure::read(&path, source))?;
    let program = folder.join("program");
    let block = |language| {
        readme::first_block(&readme, language).ok_or_else(|| Failure::Documentation {
            wrong: format!("README.md has no block of code that begins with ```{language}"),
        })
    };
    write(&program.join("src/main.rs"), block("rust")?)?;
    write(&program.join("Cargo.toml"), &manifest(block("toml")?))?;
    let mut command = cargo(["run", "--manifest-path"]);
    command
        .arg(program.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(workspace.target.join("new-user-target"));
    step::run("run the README's example", &mut command).map(drop)
}

/// The manifest of a new program, which takes the packages from the folders beside it.
fn manifest(dependencies: &str) -> String {
    let patches = PACKAGES.map(|name| format!("{name} = {{ path = \"../{name}\" }}\n"));
    format!(
        "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         {dependencies}\n[workspace]\n\n[patch.crates-io]\n{}",
        patches.concat()
    )
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    written
        .and_then(|()| std::fs::write(path, text))
        .map_err(|source| Failure::write(path, source))
}
