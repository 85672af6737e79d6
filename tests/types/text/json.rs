//! JSON, as inputs and as fields, in columns that may store it in another form.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;
use serde_json::{Value, json};

use super::super::{Conn, Place, open};
use super::schema::{notes, persons};
use super::{BINARY_COLUMN, Body, NewNote, NewPerson, Note, Person, TEXT_COLUMN};

fn opened() -> (Place, Conn) {
    let (place, mut conn) = open();
    for table in [
        format!(
            "persons (id INTEGER PRIMARY KEY, profile {TEXT_COLUMN} NOT NULL, summary {BINARY_COLUMN},
                note_count BIGINT NOT NULL DEFAULT 0, size {TEXT_COLUMN})"
        ),
        format!(
            "notes (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, body {TEXT_COLUMN} NOT NULL, profile {TEXT_COLUMN},
                summary {BINARY_COLUMN}, merged {TEXT_COLUMN}, name VARCHAR(20),
                FOREIGN KEY (person_id) REFERENCES persons (id))"
        ),
    ] {
        conn.batch_execute(&format!("CREATE TABLE {table}")).unwrap();
    }
    for id in 0..3 {
        let profile = json!({ "name": format!("person {id}"), "size": { "cm": 170 + id, "kg": null } });
        Person::insert(&mut conn, NewPerson { id, profile }).unwrap();
    }
    (place, conn)
}

fn note(id: i32, person_id: i32) -> NewNote {
    let body = json!({ "tag": format!("tag \"{id}\""), "weights": [id, 0.5, -1e-3] });
    NewNote {
        id,
        person_id,
        body,
    }
}

/// Whether two documents say the same: a number may have lost its form.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let in_other = |(name, value)| other.get(name).is_some_and(|other| same(value, other));
            one.len() == other.len() && one.iter().all(in_other)
        }
        (one, other) => one == other,
    }
}

#[track_caller]
fn assert_same(stored: Option<&Value>, right: Option<&Value>) {
    let is_same = match (stored, right) {
        (Some(stored), Some(right)) => same(stored, right),
        (stored, right) => stored.is_none() && right.is_none(),
    };
    assert!(is_same, "{stored:?} for {right:?}");
}

/// Everything is as its rules would make it of the stored rows.
#[track_caller]
fn assert_right(conn: &mut Conn) {
    let all = notes::table.select(Note::as_select()).order(notes::id);
    let all: Vec<Note> = all.load(conn).unwrap();
    let rows: Vec<Person> = persons::table.select(Person::as_select()).load(conn).unwrap();
    for row in rows {
        let own: Vec<&Note> = all.iter().filter(|it| it.person_id == row.id).collect();
        let bodies = own.iter().map(|note| note.body.clone());
        let summary = Person::summary(&bodies.map(|body| Body { body }).collect::<Vec<_>>());
        assert_same(row.summary.as_ref(), summary.as_ref());
        assert_eq!(row.note_count, i64::try_from(own.len()).unwrap());
        assert_same(row.size.as_ref(), row.profile.get("size"));
        for note in own {
            assert_eq!(note.profile.as_ref(), Some(&row.profile));
            assert_eq!(note.summary, row.summary);
            assert_same(note.merged.as_ref(), Some(&note.merged(&row)));
            assert_eq!(note.name.as_deref(), row.profile["name"].as_str());
        }
    }
}

#[test]
fn rows_with_json_are_written_one_by_one() {
    let (_place, mut conn) = opened();
    let mut first = Note::insert(&mut conn, note(100, 0)).unwrap();
    Note::add(&mut conn, &note(101, 1)).unwrap();
    assert_right(&mut conn);
    first.person_id = 2;
    first.body = json!({ "tag": [1, { "x": null }], "more": "\u{1f600}\\" });
    first.save(&mut conn).unwrap();
    assert_right(&mut conn);
    Note::update(&mut conn, 101, notes::body.eq(json!({ "tag": null }))).unwrap();
    assert_right(&mut conn);
    Note::update(&mut conn, 101, notes::person_id.eq(2)).unwrap();
    let profile = json!({ "name": "other", "size": "small" });
    Person::update(&mut conn, 2, persons::profile.eq(profile)).unwrap();
    assert_right(&mut conn);
    let null = json!({ "name": "null", "size": null });
    Person::update(&mut conn, 0, persons::profile.eq(null)).unwrap();
    let person = Person::find(&mut conn, 0).unwrap().unwrap();
    assert_eq!(person.size, Some(Value::Null), "a null of JSON is a value");
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        let mut first = Note::insert(conn, note(102, 2))?;
        Note::add(conn, &note(103, 0))?;
        Note::update(conn, 100, notes::body.eq(json!("no object")))?;
        Person::update(conn, 1, persons::profile.eq(json!({})))?;
        first.person_id = 1;
        first.save(conn)?;
        assert_eq!(Person::fresh(conn, 2)?.unwrap().note_count, 2);
        first.delete(conn)
    })
    .unwrap();
    assert_right(&mut conn);
    let last = Note::find(&mut conn, 103).unwrap().unwrap();
    last.delete(&mut conn).unwrap();
    assert_right(&mut conn);
    assert_eq!(Note::find(&mut conn, 103).unwrap(), None);
}

#[test]
fn rows_with_json_are_written_in_bulk() {
    let (_place, mut conn) = opened();
    let news: Vec<NewNote> = (100..500).map(|at| note(at, at % 3)).collect();
    Note::add_many(&mut conn, &news[..200]).unwrap();
    let mut rows = Note::insert_many(&mut conn, news[200..].to_vec()).unwrap();
    assert_right(&mut conn);
    for (row, number) in rows.iter_mut().zip(0..) {
        row.person_id = number % 2;
        row.body = json!({ "tag": number });
    }
    Note::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
    conn.batch_execute(
        r#"UPDATE notes SET body = '{"other" : [ ], "tag": {"b":1 ,"a":2}}' WHERE id < 200;
           UPDATE persons SET profile = ' {"size":7,"name":"of SQL"}' WHERE id = 1"#,
    )
    .unwrap();
    let keys: Vec<i32> = (100..500).collect();
    Note::touch(&mut conn, &keys).unwrap();
    Person::touch(&mut conn, &[0, 1, 2]).unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Note::delete_many(conn, &keys[200..])?;
        Note::add_many(conn, &news[200..300])?;
        Person::fresh(conn, 1).map(drop)
    })
    .unwrap();
    assert_right(&mut conn);
    Note::delete_many(&mut conn, &keys[..200]).unwrap();
    assert_right(&mut conn);
    assert_eq!(notes::table.count().get_result(&mut conn), Ok(100));
}

/// Rows of which nothing but the form of their documents changes.
#[test]
fn json_in_another_form_is_no_change_and_wakes_nobody() {
    let (_place, mut conn) = opened();
    let news: Vec<NewNote> = (100..109).map(|at| note(at, at % 3)).collect();
    Note::add_many(&mut conn, &news).unwrap();
    conn.batch_execute(
        r#"UPDATE persons SET profile = '{ "size" : {"kg":null, "cm":170},  "name":"person 0"}' WHERE id = 0"#,
    )
    .unwrap();
    for _ in 0..2 {
        Person::touch(&mut conn, &[0]).unwrap();
        let report = conn.last_flush().unwrap();
        assert!(report.computed() > 3, "all was computed: {report:?}");
        assert_eq!(report.changed(), 0, "{report:?}");
        Note::touch(&mut conn, &[102]).unwrap();
        let report = conn.last_flush().unwrap();
        assert_eq!(report.changed(), 0, "{report:?}");
        assert_eq!(report.model("Note").computed, 4, "its own fields only");
        assert_eq!(report.model("Person").computed, 1, "not what reads the summary");
    }
    assert_right(&mut conn);
}
