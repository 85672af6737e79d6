//! Forums with threads with posts: a field for each rule, each with a label of its own.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        forums (id) {
            id -> Integer,
            title -> Text,
            post_count -> BigInt,
            last_id -> Nullable<Integer>,
        }
    }

    diesel::table! {
        threads (id) {
            id -> Integer,
            forum_id -> Integer,
            title -> Text,
            post_count -> BigInt,
            has_shown -> Bool,
            points -> BigInt,
            last_id -> Nullable<Integer>,
            last_shown_id -> Nullable<Integer>,
            first_word -> Nullable<Text>,
            best -> Nullable<Double>,
            summary -> Text,
        }
    }

    diesel::table! {
        posts (id) {
            id -> Integer,
            thread_id -> Integer,
            shown -> Bool,
            points -> BigInt,
            word -> Text,
            rating -> Double,
            thread_title -> Text,
            forum_title -> Text,
            double_points -> BigInt,
        }
    }
}

use schema::{forums, posts, threads};

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = forums)]
pub(crate) struct Forum {
    id: i32,
    title: String,
    #[maintained(count(Post, through = Thread), label = "far_count")]
    post_count: i64,
    #[maintained(max(Post::id, through = Thread), label = "far_max")]
    last_id: Option<i32>,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = threads, belongs_to(Forum))]
pub(crate) struct Thread {
    id: i32,
    forum_id: i32,
    title: String,
    #[maintained(count(Post), label = "count")]
    post_count: i64,
    #[maintained(exists(Post, filter = Post::shown), label = "exists")]
    has_shown: bool,
    #[maintained(sum(Post::points), label = "sum")]
    points: i64,
    #[maintained(max(Post::id), label = "max")]
    last_id: Option<i32>,
    #[maintained(max(Post::id, filter = Post::shown), label = "max_shown")]
    last_shown_id: Option<i32>,
    #[maintained(min(Post::word), label = "min_text")]
    first_word: Option<String>,
    #[maintained(max(Post::rating), label = "max_float")]
    best: Option<f64>,
    #[maintained]
    summary: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = posts, belongs_to(Thread))]
pub(crate) struct Post {
    id: i32,
    thread_id: i32,
    shown: bool,
    points: i64,
    word: String,
    rating: f64,
    #[maintained(copy(Thread::title), label = "copy")]
    thread_title: String,
    #[maintained(copy(Forum::title, through = Thread), label = "far_copy")]
    forum_title: String,
    #[maintained(expr = posts::points + posts::points, label = "expr")]
    double_points: i64,
}

#[derive(Insertable, New)]
#[diesel(table_name = forums)]
#[maintained(new_of = Forum)]
pub(crate) struct NewForum {
    pub(crate) id: i32,
    pub(crate) title: String,
}

#[derive(Insertable, New)]
#[diesel(table_name = threads)]
#[maintained(new_of = Thread)]
pub(crate) struct NewThread {
    pub(crate) id: i32,
    pub(crate) forum_id: i32,
    pub(crate) title: String,
}

#[derive(Insertable, New)]
#[diesel(table_name = posts)]
#[maintained(new_of = Post)]
pub(crate) struct NewPost {
    pub(crate) id: i32,
    pub(crate) thread_id: i32,
    pub(crate) shown: bool,
    pub(crate) points: i64,
    pub(crate) word: String,
    pub(crate) rating: f64,
}

/// What a thread's function reads of a post.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = posts)]
#[maintained(view_of = Post)]
pub(crate) struct Points {
    points: i64,
}

#[maintained::setters]
impl Thread {
    #[setter(label = "function")]
    fn summary(posts: &[Points]) -> String {
        let points: i64 = posts.iter().map(|post| post.points).sum();
        format!("{points} in {}", posts.len())
    }
}

/// The tables, given the type of a key and what makes a column's text short enough for an index.
pub(crate) const TABLES: &str = "
    CREATE TABLE forums (id INTEGER PRIMARY KEY, title VARCHAR(50) NOT NULL, post_count BIGINT NOT NULL DEFAULT 0, last_id INTEGER);
    CREATE TABLE threads (id INTEGER PRIMARY KEY, forum_id INTEGER NOT NULL, title VARCHAR(50) NOT NULL, post_count BIGINT NOT NULL DEFAULT 0,
        has_shown BOOLEAN NOT NULL DEFAULT FALSE, points BIGINT NOT NULL DEFAULT 0, last_id INTEGER, last_shown_id INTEGER, first_word VARCHAR(50),
        best DOUBLE PRECISION, summary VARCHAR(50) NOT NULL DEFAULT '', FOREIGN KEY (forum_id) REFERENCES forums (id));
    CREATE TABLE posts (id INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL, shown BOOLEAN NOT NULL, points BIGINT NOT NULL,
        word VARCHAR(50) NOT NULL, rating DOUBLE PRECISION NOT NULL, thread_title VARCHAR(50) NOT NULL DEFAULT '',
        forum_title VARCHAR(50) NOT NULL DEFAULT '', double_points BIGINT NOT NULL DEFAULT 0, FOREIGN KEY (thread_id) REFERENCES threads (id));";

/// The indexes of the foreign keys.
pub(crate) const INDEXES: &str = "
    CREATE INDEX threads_forum ON threads (forum_id); CREATE INDEX posts_thread ON posts (thread_id);";
