//! A tag's threads are linked to it by rows of their own: no thread belongs to such a row.

use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { tags (id) { id -> Integer, posts -> BigInt } }
diesel::table! { threads (id) { id -> Integer, posts -> BigInt } }
diesel::table! { thread_tags (id) { id -> Integer, thread_id -> Integer, tag_id -> Integer } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = tags)]
struct Tag {
    id: i32,
    #[maintained(sum(Thread::posts, through = ThreadTag))]
    posts: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = threads)]
struct Thread {
    id: i32,
    posts: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = thread_tags, belongs_to(Thread), belongs_to(Tag))]
struct ThreadTag {
    id: i32,
    thread_id: i32,
    tag_id: i32,
}

fn main() {}
