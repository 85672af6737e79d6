//! Random writes in random scopes leave every declared field as a function over the same rows would have it.

use diesel::prelude::*;
use proptest::prelude::*;

use super::check::stale;
use super::program::{run, step};
use super::{Place, runner};

#[test]
fn random_writes_leave_declared_fields_as_functions_would() {
    let place = Place::new();
    let mut conn = place.connect();
    let programs = prop::collection::vec(step(), 1..25);
    let conn = std::cell::RefCell::new(&mut conn);
    runner(48)
        .run(&programs, |program| {
            let conn = &mut **conn.borrow_mut();
            for table in ["parcels", "crates", "depots"] {
                diesel::sql_query(format!("DELETE FROM {table}"))
                    .execute(conn.inner_mut())
                    .unwrap();
            }
            for step in &program {
                run(conn, step).unwrap();
                prop_assert_eq!(stale(conn), Vec::<String>::new(), "after {:?}", step);
            }
            Ok(())
        })
        .unwrap();
}
