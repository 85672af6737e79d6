#![allow(unused)]

use diesel::prelude::*;
use maintained::MaintainedConnection;

type Conn = MaintainedConnection<SqliteConnection>;

#[maintained::buffer_autoupdates(colour = "red")]
fn unknown(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::buffer_autoupdates(only())]
fn no_label(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::buffer_autoupdates(except(""), except("a"))]
fn empty_label(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::disable_autoupdates(retries = 1, retries = 2)]
fn twice(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::disable_autoupdates(disable_if)]
fn no_condition(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::immediate_autoupdates(connection = conn)]
fn other_name(db: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::immediate_autoupdates]
async fn no_connection() {}

#[maintained::immediate_autoupdates]
const fn constant(conn: &mut Conn) -> usize {
    1
}

#[maintained::immediate_autoupdates]
async fn waits(conn: &mut Conn) -> QueryResult<impl Iterator<Item = ()>> {
    Ok(std::iter::empty())
}

#[maintained::immediate_autoupdates]
struct Loader;

#[maintained::buffer_autoupdates(only_fields("label"))]
fn no_model(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

#[maintained::buffer_autoupdates(except_fields())]
fn no_field(conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}

fn main() {}
