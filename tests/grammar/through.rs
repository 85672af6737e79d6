//! Rows that an input only goes through: a teacher's pupils, through lessons and rooms of which nothing is read.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { teachers (id) { id -> Integer, pupils -> Text, lessons -> BigInt } }
diesel::table! { rooms (id) { id -> Integer, name -> Text } }
diesel::table! { lessons (id) { id -> Integer, teacher_id -> Integer, room_id -> Nullable<Integer>, topic -> Text } }
diesel::table! { pupils (id) { id -> Integer, room_id -> Integer, name -> Text, teachers -> BigInt } }

const CREATE: &str = "
    CREATE TABLE teachers (id INTEGER PRIMARY KEY NOT NULL, pupils TEXT NOT NULL DEFAULT '', lessons BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE rooms (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE lessons (id INTEGER PRIMARY KEY NOT NULL, teacher_id INTEGER NOT NULL REFERENCES teachers (id),
        room_id INTEGER REFERENCES rooms (id) ON DELETE SET NULL, topic TEXT NOT NULL);
    CREATE TABLE pupils (id INTEGER PRIMARY KEY NOT NULL, room_id INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
        name TEXT NOT NULL, teachers BIGINT NOT NULL DEFAULT 0);
    INSERT INTO teachers (id) VALUES (1), (2);
    INSERT INTO rooms VALUES (1, 'east'), (2, 'west');
";

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = teachers)]
struct Teacher {
    id: i32,
    #[maintained]
    pupils: String,
    #[maintained]
    lessons: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = rooms)]
struct Room {
    id: i32,
    name: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = lessons, belongs_to(Teacher), belongs_to(Room))]
struct Lesson {
    id: i32,
    teacher_id: i32,
    room_id: Option<i32>,
    topic: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = pupils, belongs_to(Room))]
struct Pupil {
    id: i32,
    room_id: i32,
    name: String,
    #[maintained]
    teachers: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = pupils)]
#[maintained(view_of = Pupil)]
struct PupilName {
    name: String,
}

#[maintained::setters]
impl Teacher {
    #[setter]
    fn pupils(lessons: &[(&Through<Lesson>, Option<(&Through<Room>, &[PupilName])>)]) -> String {
        let rooms = lessons.iter().filter_map(|(_, room)| *room);
        let pupils = rooms.flat_map(|(_, pupils)| pupils);
        let names: Vec<&str> = pupils.map(|pupil| pupil.name.as_str()).collect();
        names.join(" ")
    }

    #[setter]
    fn lessons(lessons: &[Through<Lesson>]) -> i64 {
        i64::try_from(lessons.len()).unwrap_or(i64::MAX)
    }
}

#[maintained::setters]
impl Pupil {
    #[setter]
    fn teachers((_, lessons): (&Through<Room>, &[(&Through<Lesson>, &Through<Teacher>)])) -> i64 {
        i64::try_from(lessons.len()).unwrap_or(i64::MAX)
    }
}

fn school() -> super::Conn {
    let mut conn = super::Conn::establish(":memory:").unwrap();
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    conn.batch_execute(CREATE).unwrap();
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        for (room, name) in [(1, "Ann"), (1, "Ben"), (2, "Cat")] {
            Pupil::insert(conn, (pupils::room_id.eq(room), pupils::name.eq(name)))?;
        }
        for (teacher, room) in [(1, Some(1)), (1, None), (2, Some(2))] {
            let new = (
                lessons::teacher_id.eq(teacher),
                lessons::room_id.eq(room),
                lessons::topic.eq("maths"),
            );
            Lesson::insert(conn, new)?;
        }
        Ok(())
    })
    .unwrap();
    conn
}

/// Both teachers' fields, and the pupils'.
fn fields(conn: &mut super::Conn) -> (Vec<(String, i64)>, Vec<i64>) {
    let teachers = teachers::table
        .order(teachers::id)
        .select((teachers::pupils, teachers::lessons));
    let pupils = pupils::table.order(pupils::id).select(pupils::teachers);
    (teachers.load(conn).unwrap(), pupils.load(conn).unwrap())
}

fn teacher(pupils: &str, lessons: i64) -> (String, i64) {
    (pupils.to_owned(), lessons)
}

#[test]
fn what_lies_behind_a_row_is_read_through_it() {
    let conn = &mut school();
    let expected = vec![teacher("Ann Ben", 2), teacher("Cat", 1)];
    assert_eq!(fields(conn), (expected, vec![1, 1, 1]));
}

#[test]
fn a_row_that_is_gone_through_wakes_readers_when_it_comes_goes_or_moves() {
    let conn = &mut school();
    Lesson::update(conn, 2, lessons::room_id.eq(2)).unwrap();
    let expected = vec![teacher("Ann Ben Cat", 2), teacher("Cat", 1)];
    assert_eq!(fields(conn), (expected, vec![1, 1, 2]));

    Lesson::delete_many(conn, &[1]).unwrap();
    let expected = vec![teacher("Cat", 1), teacher("Cat", 1)];
    assert_eq!(fields(conn), (expected, vec![0, 0, 2]));

    Room::delete_many(conn, &[2]).unwrap();
    let expected = vec![teacher("", 1), teacher("", 1)];
    assert_eq!(fields(conn), (expected, vec![0, 0]));
}

#[test]
fn a_column_of_a_row_that_is_gone_through_wakes_nobody() {
    let conn = &mut school();
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Room::update(conn, 1, rooms::name.eq("north"))?;
        Lesson::update(conn, 1, lessons::topic.eq("music"))?;
        assert!(conn.pending()?.is_empty());
        Ok(())
    })
    .unwrap();
}
