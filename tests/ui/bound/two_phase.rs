#![allow(unused)]

use diesel::prelude::*;
use maintained::{Databases, MaintainedConnection};

fn countries() -> Databases<String, SqliteConnection> {
    Databases::new(|country: &String| MaintainedConnection::establish(country)).two_phase()
}

fn start(mut countries: Databases<String, SqliteConnection>) {
    countries.recover(["fr".to_owned()]).unwrap();
}

fn main() {}
