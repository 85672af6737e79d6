//! Posts of users. A post's model leaves out a column that needs a value, one with a default, and a foreign key.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        users (id) { id -> Integer, posts -> Integer, words -> BigInt, latest -> Nullable<Integer> }
    }
    diesel::table! { editors (id) { id -> Integer, name -> Text } }
    diesel::table! {
        posts (id) {
            id -> Integer,
            user_id -> Nullable<Integer>,
            author_user_id -> Nullable<Integer>,
            words -> Integer,
            secret -> Text,
            mood -> Text,
            editor_id -> Nullable<Integer>,
        }
    }
}

use schema::{editors, posts, users};

#[derive(Debug, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = users)]
pub(crate) struct User {
    pub(crate) id: i32,
    #[maintained(count(Post))]
    pub(crate) posts: i32,
    #[maintained(sum(Post::words))]
    pub(crate) words: i64,
    #[maintained(max(Post::id), unique)]
    pub(crate) latest: Option<i32>,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = editors)]
pub(crate) struct Editor {
    pub(crate) id: i32,
    pub(crate) name: String,
}

#[derive(Debug, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = posts, belongs_to(User))]
pub(crate) struct Post {
    pub(crate) id: i32,
    pub(crate) user_id: Option<i32>,
    /// Its name ends with that of the foreign key, and it is none.
    pub(crate) author_user_id: Option<i32>,
    pub(crate) words: i32,
}

#[derive(Debug, Insertable, New)]
#[diesel(table_name = posts)]
#[maintained(new_of = Post)]
pub(crate) struct NewPost<'a> {
    pub(crate) user_id: i32,
    pub(crate) words: i32,
    pub(crate) secret: &'a str,
    pub(crate) mood: Option<&'a str>,
}

/// The tables, in the words of a database.
pub(crate) fn create(serial: &str, engine: &str) -> String {
    format!(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, posts INTEGER NOT NULL DEFAULT 0, words BIGINT NOT NULL DEFAULT 0,
            latest INTEGER UNIQUE){engine};
         CREATE TABLE editors (id INTEGER PRIMARY KEY, name VARCHAR(99) NOT NULL){engine};
         CREATE TABLE posts (id {serial}, user_id INTEGER, author_user_id INTEGER, words INTEGER NOT NULL,
            secret VARCHAR(99) NOT NULL, mood VARCHAR(99) NOT NULL DEFAULT 'calm', editor_id INTEGER,
            FOREIGN KEY (user_id) REFERENCES users (id), FOREIGN KEY (author_user_id) REFERENCES users (id),
            FOREIGN KEY (editor_id) REFERENCES editors (id) ON DELETE CASCADE){engine};
         INSERT INTO users (id) VALUES (1), (2);
         INSERT INTO editors VALUES (1, 'Eve');"
    )
}
