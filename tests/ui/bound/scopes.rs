#![allow(unused)]

use diesel::prelude::*;
use maintained::MaintainedConnection;

type Conn = MaintainedConnection<SqliteConnection>;

struct Report;

#[maintained::buffer_autoupdates]
fn no_result(conn: &mut Conn) -> Report {
    Report
}

#[maintained::buffer_autoupdates]
fn no_conversion(conn: &mut Conn) -> Result<(), Report> {
    Ok(())
}

#[maintained::buffer_autoupdates]
fn plain_connection(conn: &mut SqliteConnection) -> QueryResult<()> {
    Ok(())
}

#[maintained::buffer_autoupdates]
fn other_value(conn: &mut Conn) -> QueryResult<i32> {
    Ok("text")
}

fn main() {}
