//! The guide's chapter "In production": its recipes, each run as it stands there, and the command in processes of its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "in_production/bad_input.rs"]
mod bad_input;
#[path = "in_production/pipe.rs"]
mod pipe;
#[path = "in_production/recipes.rs"]
mod recipes;
#[path = "in_production/shop.rs"]
mod shop;
