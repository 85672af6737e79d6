//! Time and memory by the number of rows: each figure from a process of its own.
//!
//! What is measured is added to `target/scale-bench.json`, so that databases can be measured one by
//! one; the plots in `docs/performance` are drawn from that file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::plot::{Figure, Panel};
use crate::database::Database;
use crate::step::{self, Failure};

/// Something that is made larger, and what is measured of it.
struct Sweep {
    name: &'static str,
    /// What the benchmark is told to do.
    work: &'static str,
    sizes: &'static [usize],
    variants: &'static [&'static str],
    /// The argument that has the size.
    option: &'static str,
    /// More arguments of the work.
    also: &'static [&'static str],
    axis: &'static str,
    title: &'static str,
    has_memory: bool,
}

const LOADS: &[&str] = &["plain", "hand", "disabled", "buffered", "buffered_declared"];
/// How many items are loaded where the children of a parent become more.
const ITEMS: usize = 100_000;
/// How often each is measured, the median counts; what is larger than the middle size of a load,
/// once.
const ROUNDS: usize = 3;
/// How many times as long a save may take with a thousand times the siblings.
const SIBLINGS: f64 = 1.2;
/// How many times as long ten times the items may take.
const TENFOLD: f64 = 11.0;
/// How much more memory a load of 1,000,000 items may take with its flush than without.
const FLUSH_MIB: f64 = 95.0;

const SWEEPS: &[Sweep] = &[
    Sweep {
        name: "items",
        work: "load",
        sizes: &[10_000, 100_000, 1_000_000],
        variants: LOADS,
        option: "--items",
        also: &[],
        axis: "items in all, ten under each order",
        title: "Loading a shop",
        has_memory: true,
    },
    Sweep {
        name: "pending",
        work: "load",
        sizes: &[10_000, 100_000, 1_000_000],
        variants: &["disabled", "hand", "buffered", "buffered_declared"],
        option: "--items",
        also: &["--children", "1", "--on-disk"],
        axis: "orders of one item each, all pending at the end",
        title: "Loading orders",
        has_memory: true,
    },
    Sweep {
        name: "children",
        work: "load",
        sizes: &[1, 100, 10_000],
        variants: LOADS,
        option: "--children",
        also: &[],
        axis: "items under each order, of 100,000",
        title: "Loading a shop of 100,000 items",
        has_memory: true,
    },
    Sweep {
        name: "saves",
        work: "save",
        sizes: &[1, 10, 100, 1_000, 10_000],
        variants: &["plain", "tuned", "immediate", "immediate_declared"],
        option: "--siblings",
        also: &[],
        axis: "items that the order has already",
        title: "Saving an item, the sums kept at once",
        has_memory: false,
    },
];

impl Sweep {
    /// Runs one variant once, and has it tell what it took.
    fn command(&self, database: Database, variant: &str, size: usize) -> Command {
        let mut command = super::bench("shop");
        command.args(["--quiet", "--", "--database", database.name()]);
        command.args(["--variant", variant]);
        if self.option == "--items" {
            command.args(["--items", &size.to_string(), self.work]);
        } else {
            let items = ITEMS.to_string();
            command.args(["--items", &items, self.work]);
            command.args([self.option, &size.to_string()]);
        }
        command.args(self.also);
        command
    }
}

/// What is to be measured.
pub(super) struct Scale<'s> {
    pub(super) databases: &'s [Database],
    /// The variables that say where the databases are.
    pub(super) addresses: &'s [(&'static str, String)],
    /// The names of the sweeps; all, where there are none.
    pub(super) sweeps: &'s [String],
    pub(super) largest: usize,
}

impl Scale<'_> {
    /// Measures, and draws.
    pub(super) fn run(&self) -> Result<(), Failure> {
        let file = step::workspace().join("target").join("scale-bench.json");
        let before = fs::read(&file).ok();
        let before = before.and_then(|text| serde_json::from_slice(&text).ok());
        let mut results: Value = before.unwrap_or_else(|| json!({}));
        for sweep in SWEEPS.iter().filter(|sweep| self.wants(sweep.name)) {
            for &database in self.databases {
                for &size in sweep.sizes.iter().filter(|size| **size <= self.largest) {
                    let measured = self.measure(sweep, database, size)?;
                    results[sweep.name][database.name()][size.to_string()] = measured;
                    write(&file, &format!("{results:#}\n"))?;
                }
            }
        }
        promises(&results);
        draw(&results)
    }

    fn wants(&self, sweep: &str) -> bool {
        self.sweeps.is_empty() || self.sweeps.iter().any(|name| name == sweep)
    }

    /// Runs each variant, and has them make the same rows.
    fn measure(&self, sweep: &Sweep, database: Database, size: usize) -> Result<Value, Failure> {
        let rounds = if sweep.option == "--items" && size > ITEMS {
            1
        } else {
            ROUNDS
        };
        let mut runs: BTreeMap<&str, Vec<(f64, u64)>> = BTreeMap::new();
        let mut kept: Option<Value> = None;
        for _ in 0..rounds {
            for &variant in sweep.variants {
                let name = format!("{} {size}, {}, {variant}", sweep.name, database.name());
                let mut command = sweep.command(database, variant, size);
                command.envs(self.addresses.iter().cloned());
                let said = step::json(&name, &mut command)?;
                if !["plain", "disabled"].contains(&variant) {
                    let expected = kept.get_or_insert_with(|| said["kept"].clone());
                    if *expected != said["kept"] {
                        return Err(Failure::Differs { what: name });
                    }
                }
                let (seconds, peak) = (said["seconds"].as_f64(), said["peak_kib"].as_u64());
                let run = (seconds.unwrap_or_default(), peak.unwrap_or_default());
                eprintln!("{name}: {:.6} s, {} KiB", run.0, run.1);
                runs.entry(variant).or_default().push(run);
            }
        }
        let medians = runs.into_iter().map(|(variant, mut runs)| {
            runs.sort_by(|left, right| left.0.total_cmp(&right.0));
            let seconds = runs[runs.len() / 2].0;
            runs.sort_by_key(|run| run.1);
            let peak_kib = runs[runs.len() / 2].1;
            (
                variant.to_owned(),
                json!({ "seconds": seconds, "peak_kib": peak_kib }),
            )
        });
        Ok(Value::Object(medians.collect()))
    }
}

/// Prints what was promised beside what was measured.
fn promises(results: &Value) {
    eprintln!("What was promised, at most");
    for database in Database::all() {
        let of = |sweep: &str, size: &str, variant: &str, what: &str| {
            results[sweep][database.name()][size][variant][what].as_f64()
        };
        let line = |name: &str, measured: Option<f64>, at_most: f64| {
            if let Some(measured) = measured {
                let verdict = if measured <= at_most { "" } else { "  missed" };
                let database = database.name();
                eprintln!("  {database:9} {name:52} {measured:6.2}  {at_most:6.2}{verdict}");
            }
        };
        let times = |sweep, variant, [more, fewer]: [&str; 2]| {
            let more = of(sweep, more, variant, "seconds")?;
            Some(more / of(sweep, fewer, variant, "seconds")?)
        };
        let siblings = times("saves", "immediate_declared", ["10000", "10"]);
        line(
            "a save declared, 10,000 siblings / 10 siblings",
            siblings,
            SIBLINGS,
        );
        for sizes in [["100000", "10000"], ["1000000", "100000"]] {
            let name = format!("a load buffered, {} items / {}", sizes[0], sizes[1]);
            line(&name, times("items", "buffered", sizes), TENFOLD);
        }
        let peak = |variant| Some(of("pending", "1000000", variant, "peak_kib")? / 1024.0);
        let flush = peak("buffered").zip(peak("disabled"));
        let flush = flush.map(|(buffered, disabled)| buffered - disabled);
        line("MiB of a flush of 1,000,000 pending rows", flush, FLUSH_MIB);
    }
}

/// Draws all that was measured.
fn draw(results: &Value) -> Result<(), Failure> {
    let folder = step::workspace().join("docs").join("performance");
    fs::create_dir_all(&folder).map_err(|source| Failure::write(&folder, source))?;
    for sweep in SWEEPS {
        let time = figure(sweep, results, "µs an item", |it, size| {
            let items = match sweep.name {
                "items" | "pending" => size,
                "children" => ITEMS,
                _ => 1,
            };
            #[expect(clippy::cast_precision_loss, reason = "a size is far below 2^52")]
            Some(it["seconds"].as_f64()? / items as f64 * 1e6)
        });
        write(
            &folder.join(format!("{}-time.svg", sweep.name)),
            &time.svg(),
        )?;
        if sweep.has_memory {
            let memory = figure(sweep, results, "peak memory, MiB", |it, _| {
                Some(it["peak_kib"].as_f64()? / 1024.0)
            });
            write(
                &folder.join(format!("{}-memory.svg", sweep.name)),
                &memory.svg(),
            )?;
        }
    }
    Ok(())
}

fn figure(
    sweep: &Sweep,
    results: &Value,
    unit: &'static str,
    value: impl Fn(&Value, usize) -> Option<f64>,
) -> Figure {
    let panels = Database::all().iter().filter_map(|database| {
        let sizes = results[sweep.name][database.name()].as_object()?;
        let lines = sweep.variants.iter().map(|&variant| {
            let mut points: Vec<(f64, f64)> = sizes
                .iter()
                .filter_map(|(size, variants)| {
                    let size: usize = size.parse().ok()?;
                    #[expect(clippy::cast_precision_loss, reason = "a size is far below 2^52")]
                    Some((size as f64, value(&variants[variant], size)?))
                })
                .collect();
            points.sort_by(|left, right| left.0.total_cmp(&right.0));
            (variant, points)
        });
        Some(Panel {
            title: database.title(),
            lines: lines.collect(),
        })
    });
    Figure {
        title: format!("{}: {unit}", sweep.title),
        across: sweep.axis,
        up: unit,
        panels: panels.collect(),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|source| Failure::write(path, source))
}
