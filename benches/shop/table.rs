//! The tables that are printed.

use crate::results::Results;

/// The order in which workloads and variants are printed; others come after them.
const WORKLOADS: &[&str] = &[
    "load_rows",
    "load_many",
    "flush",
    "rename_customers",
    "change_items",
    "move_items",
    "delete_orders",
];
const VARIANTS: &[&str] = &[
    "plain",
    "hand",
    "naive",
    "tuned",
    "triggers",
    "disabled",
    "setters",
    "declared",
    "buffered",
    "immediate",
    "buffered_declared",
    "immediate_declared",
    "django_bulk",
    "django_recovering",
    "django_per_save",
];

/// Prints a table for each size and database.
pub(crate) fn print(results: &Results) {
    for (items, database) in results.shops() {
        println!(
            "\n{database}, {items} items, on a line: seconds, microseconds an item, times plain, hand, naive, tuned"
        );
        let mut workloads = results.workloads(items, database);
        workloads.sort_by_key(|(workload, _)| place(WORKLOADS, workload));
        for (workload, mut variants) in workloads {
            println!("  {workload}");
            variants.sort_by_key(|(variant, _)| place(VARIANTS, variant));
            for (variant, seconds) in variants {
                let each = seconds / items as f64 * 1e6;
                let times = ["plain", "hand", "naive", "tuned"].map(|other| {
                    let other = results.median(items, database, workload, other);
                    other.map_or("     -".to_owned(), |other| {
                        format!("{:6.2}", seconds / other)
                    })
                });
                println!(
                    "    {variant:20} {seconds:9.3} {each:9.2} {}",
                    times.join(" ")
                );
            }
        }
    }
}

fn place(order: &[&str], name: &str) -> usize {
    order
        .iter()
        .position(|it| *it == name)
        .unwrap_or(order.len())
}
