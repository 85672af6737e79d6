//! Derives where the names that code takes for granted mean something else.

#![allow(
    unused_qualifications,
    reason = "Diesel's derives name everything in full"
)]
#![allow(
    missing_docs,
    reason = "Diesel's `table!` makes modules and structs without documentation"
)]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

/// Columns with the names of the generated code's variables, were it to use plain ones.
mod schema {
    diesel::table! {
        batches (key) {
            key -> Integer,
            at -> Integer,
            value -> Nullable<Text>,
            column -> Text,
            out -> BigInt,
            setter -> BigInt,
            extras -> BigInt,
        }
    }

    diesel::table! {
        rows (hop, part) {
            hop -> Integer,
            part -> Integer,
            other -> Double,
            problem -> Text,
        }
    }
}

#[allow(
    dead_code,
    non_camel_case_types,
    unused_imports,
    unused_macros,
    reason = "what is declared and imported here is only to be in the way"
)]
mod shadowed {
    use diesel::{Associations, Identifiable, Queryable, Selectable};

    use super::schema::batches::dsl::*;
    use super::schema::rows::dsl::*;
    use super::schema::{batches, rows};

    struct Option;
    struct Result;
    struct String;
    struct Vec;
    struct Box;
    struct Some;
    struct None;
    struct Ok;
    struct Err;
    struct usize;
    struct str;
    trait Clone {}
    trait Iterator {}
    trait Into {}
    mod maintained {}
    mod core {}
    mod inventory {}
    mod __private {}
    macro_rules! assert {
        () => {};
    }

    #[derive(Queryable, Selectable, Identifiable, ::maintained::Maintained)]
    #[diesel(table_name = batches, primary_key(key))]
    pub(crate) struct Batch {
        pub key: i32,
        pub at: i32,
        #[maintained(unique)]
        pub value: ::core::option::Option<::std::string::String>,
        #[maintained]
        pub column: ::std::string::String,
        #[maintained]
        pub out: i64,
        #[maintained]
        pub setter: i64,
        pub extras: i64,
    }

    #[derive(Queryable, Selectable, Identifiable, Associations, ::maintained::Maintained)]
    #[diesel(table_name = rows, primary_key(hop, part), belongs_to(Batch, foreign_key = hop))]
    pub(crate) struct Row {
        pub hop: i32,
        pub part: i32,
        pub other: f64,
        #[maintained]
        pub problem: ::std::string::String,
    }

    #[derive(::maintained::New)]
    #[diesel(table_name = rows)]
    #[maintained(new_of = Row)]
    pub(crate) struct NewRow<'row> {
        pub hop: i32,
        pub part: &'row i32,
        pub other: ::core::option::Option<f64>,
    }

    #[derive(Queryable, Selectable, ::maintained::View)]
    #[diesel(table_name = rows)]
    #[maintained(view_of = Row)]
    pub(crate) struct Session {
        pub other: f64,
    }

    #[derive(Queryable, Selectable, ::maintained::View)]
    #[diesel(table_name = batches)]
    #[maintained(view_of = Batch)]
    pub(crate) struct Hop {
        pub at: i32,
    }

    #[::maintained::setters]
    impl Batch {
        #[setter]
        fn value(
            &self,
            #[child] child: ::core::option::Option<&Session>,
        ) -> ::core::option::Option<::std::string::String> {
            child.map(|child| ::std::format!("{}: {}", self.key, child.other))
        }

        #[setter(fields(out, setter))]
        fn sums(
            lines: &[(&Session, &Hop)],
        ) -> ::core::result::Result<(i64, i64), ::std::fmt::Error> {
            let number = i64::try_from(lines.len()).map_err(|_| ::std::fmt::Error)?;
            let sum = lines.iter().map(|(_, batch)| i64::from(batch.at)).sum();
            ::core::result::Result::Ok((sum, number))
        }

        #[setter]
        fn column(&self) -> ::std::string::String {
            ::std::format!("{}", self.at)
        }
    }

    #[::maintained::setters]
    impl Row {
        #[setter]
        fn problem((batch, lines): (&Hop, &[Session])) -> ::std::string::String {
            ::std::format!("{} of {}", lines.len(), batch.at)
        }
    }

    #[::maintained::buffer_autoupdates]
    pub(crate) fn in_scope(
        conn: &mut super::Conn,
    ) -> ::core::result::Result<i32, ::maintained::Error> {
        ::core::result::Result::Ok(i32::from(conn.pending()?.is_empty()))
    }
}

type Conn = MaintainedConnection<SqliteConnection>;

#[test]
fn generated_code_takes_no_name_for_granted() {
    use maintained::Maintained;

    let mut conn = Conn::establish(":memory:").unwrap();
    conn.inner_mut()
        .batch_execute(
            "CREATE TABLE batches (key INTEGER PRIMARY KEY NOT NULL, at INTEGER NOT NULL, value TEXT UNIQUE,
                \"column\" TEXT NOT NULL DEFAULT '', out BIGINT NOT NULL DEFAULT 0, setter BIGINT NOT NULL DEFAULT 0,
                extras BIGINT NOT NULL DEFAULT 0);
             CREATE TABLE rows (hop INTEGER NOT NULL, part INTEGER NOT NULL, other DOUBLE NOT NULL, problem TEXT NOT NULL DEFAULT '',
                PRIMARY KEY (hop, part));",
        )
        .unwrap();
    let (batches, rows) = (schema::batches::table, schema::rows::table);
    shadowed::Batch::insert(
        &mut conn,
        (schema::batches::key.eq(1), schema::batches::at.eq(7)),
    )
    .unwrap();
    let row = (
        schema::rows::hop.eq(1),
        schema::rows::part.eq(1),
        schema::rows::other.eq(0.5),
    );
    shadowed::Row::insert(&mut conn, row).unwrap();
    shadowed::Batch::insert(
        &mut conn,
        (schema::batches::key.eq(2), schema::batches::at.eq(8)),
    )
    .unwrap();
    let added = shadowed::NewRow {
        hop: 2,
        part: &2,
        other: Some(1.5),
    };
    shadowed::Row::add(&mut conn, &added).unwrap();
    let batch = batches
        .select(shadowed::Batch::as_select())
        .first(&mut conn)
        .unwrap();
    assert_eq!(
        (
            batch.value.as_deref(),
            batch.column.as_str(),
            batch.out,
            batch.setter
        ),
        (Some("1: 0.5"), "7", 7, 1)
    );
    let row = rows
        .select(shadowed::Row::as_select())
        .first(&mut conn)
        .unwrap();
    assert_eq!(row.problem, "1 of 7");
    assert_eq!(shadowed::in_scope(&mut conn).unwrap(), 1);
}

/// Items that come out of a macro of the user's, whose names have a hygiene of their own.
mod generated {
    use diesel::prelude::*;

    use super::Conn;

    diesel::table! { firsts (id) { id -> Integer, second_id -> Nullable<Integer>, #[sql_name = "type"] kind -> Text, weight -> Double } }
    diesel::table! { seconds (id) { id -> Integer, sum -> Double, r#loop -> BigInt } }

    macro_rules! models {
        ($first:ident, $second:ty, $weight:ty, $conn:ident) => {
            #[derive(Queryable, Selectable, Identifiable, maintained::Maintained)]
            #[diesel(table_name = firsts)]
            #[maintained(belongs_to(Second, foreign_key = second_id))]
            pub(crate) struct $first {
                id: i32,
                second_id: Option<i32>,
                #[maintained]
                #[diesel(column_name = kind)]
                r#type: String,
                weight: $weight,
            }

            #[derive(Insertable, maintained::New)]
            #[diesel(table_name = firsts)]
            #[maintained(new_of = $first)]
            pub(crate) struct NewFirst<'a> {
                id: i32,
                second_id: Option<&'a i32>,
                weight: $weight,
            }

            #[derive(Queryable, Selectable, Identifiable, maintained::Maintained)]
            #[diesel(table_name = seconds)]
            pub(crate) struct Second {
                pub(crate) id: i32,
                #[maintained]
                pub(crate) sum: $weight,
                #[maintained]
                pub(crate) r#loop: i64,
            }

            #[maintained::setters]
            impl $second {
                #[setter(fields(sum, r#loop))]
                fn sums(firsts: &[$first]) -> ($weight, i64) {
                    (
                        firsts.iter().map(|first| first.weight).sum(),
                        i64::from(firsts.iter().map(|first| first.id).sum::<i32>()),
                    )
                }
            }

            #[maintained::setters]
            impl $first {
                #[setter]
                fn r#type(&self) -> String {
                    format!("{} with {}", self.id, self.weight)
                }
            }

            #[maintained::buffer_autoupdates(connection = $conn)]
            pub(crate) fn insert($conn: &mut Conn) -> Result<i32, maintained::Error> {
                use maintained::Maintained;
                Second::insert($conn, seconds::id.eq(1))?;
                let new = NewFirst {
                    id: 1,
                    second_id: Some(&1),
                    weight: 0.5,
                };
                $first::add($conn, &new)?;
                Ok(new.id)
            }
        };
    }

    models!(First, Second, f64, conn);
}

#[test]
fn items_that_a_macro_makes_are_models() {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.inner_mut()
        .batch_execute(
            "CREATE TABLE firsts (id INTEGER PRIMARY KEY NOT NULL, second_id INTEGER, type TEXT NOT NULL DEFAULT '', weight DOUBLE NOT NULL);
             CREATE TABLE seconds (id INTEGER PRIMARY KEY NOT NULL, sum DOUBLE NOT NULL DEFAULT 0, loop BIGINT NOT NULL DEFAULT 0);",
        )
        .unwrap();
    assert_eq!(generated::insert(&mut conn).unwrap(), 1);
    let second = generated::seconds::table
        .select(generated::Second::as_select())
        .first(&mut conn)
        .unwrap();
    assert_eq!((second.id, second.sum, second.r#loop), (1, 0.5, 1));
    let kind: String = generated::firsts::table
        .select(generated::firsts::kind)
        .first(&mut conn)
        .unwrap();
    assert_eq!(kind, "1 with 0.5");
}
