//! Tables that operations go through batch by batch, whose keys are of types that only this database has.

use diesel::connection::SimpleConnection;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use maintained::operations;
use maintained::prelude::*;

use super::{Conn, Place};

diesel::table! { #[sql_name = "All_Stations"] stations (id) { id -> Text, name -> Text, shout -> Text } }

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = stations, check_for_backend(Mysql))]
struct Station {
    id: String,
    name: String,
    #[maintained]
    shout: String,
}

#[maintained::setters(check_for_backend(Mysql))]
impl Station {
    #[setter]
    fn shout(&self) -> String {
        self.name.to_uppercase()
    }
}

/// Stations whose fields are wrong.
fn open(key: &str, ids: &[&str]) -> (Place, Conn) {
    let place = Place::new();
    let mut conn = place.connect();
    conn.batch_execute(&format!(
        "CREATE TABLE All_Stations (id {key} NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL,
             shout VARCHAR(20) NOT NULL DEFAULT '') ENGINE = InnoDB"
    ))
    .unwrap();
    for id in ids {
        let insert = format!("INSERT INTO All_Stations (id, name) VALUES ('{id}', 'north')");
        conn.inner_mut().batch_execute(&insert).unwrap();
    }
    (place, conn)
}

/// `MySQL` has no such types: there the keys are text.
fn or_text(conn: &mut MysqlConnection, key: &'static str) -> &'static str {
    let version = diesel::select(diesel::dsl::sql::<Text>("VERSION()"));
    let version: String = version.get_result(conn).unwrap();
    let is_mariadb = version.contains("MariaDB");
    if is_mariadb { key } else { "VARCHAR(40)" }
}

#[test]
fn rows_whose_keys_have_other_bytes_than_their_text_are_all_seen() {
    let uuids = [
        "10000000-0000-4000-8000-000000000004",
        "20000000-0000-1000-8000-000000000003",
        "30000000-0000-1000-8000-000000000002",
        "40000000-0000-7000-8000-000000000001",
        "50000000-0000-4000-8000-000000000005",
    ];
    let addresses = ["::1", "::2", "2001:db8::1", "2001:db8::ff", "fe80::1"];
    for (key, ids) in [("UUID", uuids), ("INET6", addresses)] {
        let key = or_text(Place::new().connect().inner_mut(), key);
        let (_place, mut conn) = open(key, &ids);
        let check = operations::check().model::<Station>().batch(2);
        let report = check.run(&mut conn).unwrap();
        assert_eq!((report.seen, report.differing), (5, 5), "{report:?}");
        let repair = operations::repair().model::<Station>().batch(2);
        assert_eq!(repair.run(&mut conn).unwrap().written, 5);
        let row = Station::find(&mut conn, ids[4].to_owned()).unwrap();
        assert_eq!(row.unwrap().shout, "NORTH");
    }
}

#[test]
fn a_key_that_is_sorted_otherwise_than_compared_is_refused() {
    let (_place, mut conn) = open("ENUM('z', 'm', 'a')", &["z", "m", "a"]);
    let check = operations::check().model::<Station>().batch(1);
    let error = check.run(&mut conn).unwrap_err().to_string();
    assert!(
        error.contains("`Station`") && error.contains("`id`"),
        "{error}"
    );
    Station::touch(&mut conn, &["m".to_owned()]).unwrap();
    let row = Station::find(&mut conn, "m".to_owned()).unwrap();
    assert_eq!(row.unwrap().shout, "NORTH");
}
