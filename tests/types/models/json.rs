//! Persons with notes: documents as inputs and as maintained fields.

/// The models on one database, given the SQL type of JSON in a form of the database's own, and the columns of the two.
macro_rules! json_models {
    ($backend:ident $binary:ident $text_column:literal $binary_column:literal) => {
        use diesel::prelude::*;
        use maintained::New;
        use maintained::prelude::*;
        use serde_json::{Value, json};

        pub(crate) const TEXT_COLUMN: &str = $text_column;
        pub(crate) const BINARY_COLUMN: &str = $binary_column;

        pub(crate) mod schema {
            diesel::table! {
                persons (id) {
                    id -> Integer,
                    profile -> Json,
                    summary -> Nullable<$binary>,
                    note_count -> BigInt,
                    size -> Nullable<Json>,
                }
            }
            diesel::table! {
                notes (id) {
                    id -> Integer,
                    person_id -> Integer,
                    body -> Json,
                    profile -> Nullable<Json>,
                    summary -> Nullable<$binary>,
                    merged -> Nullable<Json>,
                    name -> Nullable<Text>,
                }
            }

            diesel::allow_tables_to_appear_in_same_query!(persons, notes);
        }

        use schema::{notes, persons};

        #[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
        #[diesel(table_name = persons, check_for_backend($backend))]
        pub(crate) struct Person {
            pub(crate) id: i32,
            pub(crate) profile: Value,
            #[maintained]
            pub(crate) summary: Option<Value>,
            #[maintained]
            pub(crate) note_count: i64,
            #[maintained]
            pub(crate) size: Option<Value>,
        }

        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
        )]
        #[diesel(table_name = notes, belongs_to(Person), check_for_backend($backend))]
        pub(crate) struct Note {
            pub(crate) id: i32,
            pub(crate) person_id: i32,
            pub(crate) body: Value,
            #[maintained(copy(Person::profile))]
            pub(crate) profile: Option<Value>,
            #[maintained(copy(Person::summary))]
            pub(crate) summary: Option<Value>,
            #[maintained]
            pub(crate) merged: Option<Value>,
            #[maintained]
            pub(crate) name: Option<String>,
        }

        /// What a person's summary needs of a note.
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = notes, check_for_backend($backend))]
        #[maintained(view_of = Note)]
        pub(crate) struct Body {
            pub(crate) body: Value,
        }

        #[maintained::setters(check_for_backend($backend))]
        impl Person {
            /// The weight has no fraction, and no integer holds it: a database may store it in another form.
            #[setter]
            pub(crate) fn summary(notes: &[Body]) -> Option<Value> {
                let tags: Vec<&Value> = notes.iter().map(|note| &note.body["tag"]).collect();
                let weight: f64 = notes.iter().map(|_| 1e17).sum();
                (!notes.is_empty()).then(|| json!({ "count": notes.len(), "tags": tags, "weight": weight }))
            }

            /// Reads a field that is computed just before.
            #[setter]
            pub(crate) fn note_count(&self) -> i64 {
                let summary = self.summary.as_ref();
                summary.and_then(|summary| summary["count"].as_i64()).unwrap_or_default()
            }

            #[setter]
            pub(crate) fn size(&self) -> Option<Value> {
                self.profile.get("size").cloned()
            }
        }

        #[maintained::setters(check_for_backend($backend))]
        impl Note {
            #[setter]
            pub(crate) fn merged(&self, person: &Person) -> Value {
                json!([self.body, person.size])
            }

            /// Reads a copy.
            #[setter]
            pub(crate) fn name(&self) -> Option<String> {
                Some(self.profile.as_ref()?["name"].as_str()?.to_owned())
            }
        }

        #[derive(Debug, Clone, Insertable, New)]
        #[diesel(table_name = persons, check_for_backend($backend))]
        #[maintained(new_of = Person)]
        pub(crate) struct NewPerson {
            pub(crate) id: i32,
            pub(crate) profile: Value,
        }

        #[derive(Debug, Clone, Insertable, New)]
        #[diesel(table_name = notes, check_for_backend($backend))]
        #[maintained(new_of = Note)]
        pub(crate) struct NewNote {
            pub(crate) id: i32,
            pub(crate) person_id: i32,
            pub(crate) body: Value,
        }

        #[path = "json.rs"]
        mod text;
    };
}
