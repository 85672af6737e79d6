//! The tests, one file for each rule that the library promises. They know no database: `crate` sets the connection.

pub mod support;

mod command;
mod diesel_on_top;
mod logging;
mod operations;
mod operations_rebuild;
mod property;
mod reports;
mod rule_01_one_mechanism;
mod rule_01_touch;
mod rule_02_stack;
mod rule_03_never_stale;
mod rule_03_untracked;
mod rule_04_all_or_nothing;
mod rule_04_faults;
mod rule_04_set_aside;
mod rule_05_raw_levels;
mod rule_05_savepoints;
mod rule_06_panics;
mod rule_07_once;
mod rule_08_early_stop;
mod rule_09_both_sides;
mod rule_09_exact_work;
mod rule_09_nulled_keys;
mod rule_10_only_maintained;
mod rule_11_trees;
mod rule_12_fields;
mod rule_12_labels;
mod rule_13_isolation;
mod rule_14_concurrency;
mod rule_15_bulk;
mod rule_16_repeatable;
mod rule_17_errors;
mod rule_17_kinds;
mod rule_17_missing;
