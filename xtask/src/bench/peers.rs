//! The workload on django-computedfields: the scripts in `benches/peers`, in an environment of
//! their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::arguments::Arguments;
use crate::database::Database;
use crate::step::{self, Failure};

/// How many items a peer saves, unless the shops are smaller.
const ITEMS: usize = 10_000;
/// How many where each save computes the fields: it takes seconds a thousand.
const SAVES: usize = 1_000;

/// Runs the workload, and says where the results are.
pub(super) fn run(
    databases: &[Database],
    addresses: &[(&str, String)],
    arguments: &mut Arguments,
) -> Result<PathBuf, Failure> {
    let scripts = step::workspace().join("benches").join("peers");
    let folder = step::workspace().join("target").join("peers");
    let python = install(&scripts.join("requirements.txt"), &folder)?;
    let results = folder.join("results.json");
    if results.exists() {
        fs::remove_file(&results).map_err(|source| Failure::write(&results, source))?;
    }
    let largest = arguments.items().last().copied().unwrap_or(ITEMS);
    let (items, saves) = (largest.min(ITEMS), largest.min(SAVES));
    arguments.add_items(&[items, saves]);
    for database in databases {
        let name = database.name();
        let measure = |items: usize, variants: &[&str]| {
            let mut command = Command::new(&python);
            command
                .arg(scripts.join("run.py"))
                .args(["--database", name, "--items", &items.to_string()])
                .args(variants.iter().flat_map(|variant| ["--variant", variant]))
                .arg("--output")
                .arg(&results)
                .envs(addresses.iter().cloned())
                .env("PYTHONDONTWRITEBYTECODE", "1");
            step::run(&format!("django-computedfields on {name}"), &mut command)
        };
        measure(items, &["recovering", "bulk"])?;
        measure(saves, &["per_save"])?;
    }
    Ok(results)
}

/// What the benchmark of operations is told of the scripts.
pub(super) fn operations() -> Result<[String; 4], Failure> {
    let scripts = step::workspace().join("benches").join("peers");
    let folder = step::workspace().join("target").join("peers");
    let python = install(&scripts.join("requirements.txt"), &folder)?;
    let script = scripts.join("operations.py");
    let [python, script] = [python, script].map(|path| path.display().to_string());
    Ok(["--python".to_owned(), python, "--script".to_owned(), script])
}

/// Installs what the scripts need, unless it is there, and says which Python runs them.
fn install(requirements: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let environment = folder.join("python");
    let programs = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = environment.join(programs).join("python");
    let wanted = fs::read(requirements).unwrap_or_default();
    let installed = folder.join("installed.txt");
    if python.exists() && fs::read(&installed).is_ok_and(|there| there == wanted) {
        return Ok(python);
    }
    fs::create_dir_all(folder).map_err(|source| Failure::write(folder, source))?;
    let system = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut make = Command::new(system);
    make.args(["-m", "venv", "--clear"]).arg(&environment);
    step::run("make a Python environment", &mut make)?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(requirements);
    step::run("install django-computedfields", &mut install)?;
    fs::write(&installed, wanted).map_err(|source| Failure::write(&installed, source))?;
    Ok(python)
}
