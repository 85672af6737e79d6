//! The tests, on whatever database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::{Conn, with};
use crate::models::schema::{posts, users};
use crate::models::{Editor, NewPost, Post, User};

fn post(conn: &mut Conn, user: i32, words: i32) -> Post {
    let new = (
        posts::user_id.eq(user),
        posts::words.eq(words),
        posts::secret.eq("s"),
        posts::editor_id.eq(1),
    );
    Post::insert(conn, new).unwrap()
}

/// What the model leaves out of a post.
fn rest(conn: &mut Conn, id: i32) -> (String, String, Option<i32>) {
    posts::table
        .find(id)
        .select((posts::secret, posts::mood, posts::editor_id))
        .first(conn)
        .unwrap()
}

fn user(conn: &mut Conn, id: i32) -> (i32, i64, Option<i32>) {
    let user = User::find(conn, id).unwrap().unwrap();
    (user.posts, user.words, user.latest)
}

#[test]
fn an_insert_may_give_columns_that_the_model_leaves_out() {
    with(|conn| {
        let one = post(conn, 1, 5);
        assert_eq!(
            rest(conn, one.id),
            ("s".to_owned(), "calm".to_owned(), Some(1))
        );
        let new = [("t", "glad"), ("u", "sad")].map(|(secret, mood)| {
            (
                posts::user_id.eq(1),
                posts::words.eq(7),
                posts::secret.eq(secret),
                posts::mood.eq(mood),
            )
        });
        let many = Post::insert_many(conn, new).unwrap();
        assert_eq!(
            rest(conn, many[1].id),
            ("u".to_owned(), "sad".to_owned(), None)
        );
        assert_eq!(user(conn, 1), (3, 19, Some(many[1].id)));
    });
}

#[test]
fn an_insert_without_a_value_that_the_database_asks_for_is_its_error() {
    with(|conn| {
        let new = (posts::user_id.eq(1), posts::words.eq(5));
        let error = Post::insert(conn, new).unwrap_err();
        assert!(error.to_string().contains("secret"), "{error}");
        assert_eq!(user(conn, 1), (0, 0, None));
    });
}

#[test]
fn a_new_row_may_hold_columns_that_the_model_leaves_out() {
    with(|conn| {
        let new = [("t", None), ("u", Some("sad"))].map(|(secret, mood)| NewPost {
            user_id: 2,
            words: 4,
            secret,
            mood,
        });
        Post::add_many(conn, &new).unwrap();
        let (count, words, latest) = user(conn, 2);
        assert_eq!((count, words), (2, 8));
        assert_eq!(
            rest(conn, latest.unwrap()),
            ("u".to_owned(), "sad".to_owned(), None)
        );
    });
}

#[test]
fn an_update_may_write_columns_that_the_model_leaves_out() {
    with(|conn| {
        let one = post(conn, 1, 5);
        let same = Post::update(conn, one.id, posts::mood.eq("glad")).unwrap();
        assert_eq!(same, one);
        let moved = (
            posts::mood.eq("sad"),
            posts::words.eq(6),
            posts::user_id.eq(2),
        );
        Post::update(conn, one.id, moved).unwrap();
        assert_eq!(rest(conn, one.id).1, "sad");
        assert_eq!(user(conn, 1), (0, 0, None));
        assert_eq!(user(conn, 2), (1, 6, Some(one.id)));
    });
}

#[test]
fn a_save_leaves_alone_what_the_model_leaves_out() {
    with(|conn| {
        let mut one = post(conn, 1, 5);
        diesel::sql_query("UPDATE posts SET mood = 'glad'")
            .execute(conn)
            .unwrap();
        one.words = 9;
        one.save(conn).unwrap();
        assert_eq!(
            rest(conn, one.id),
            ("s".to_owned(), "glad".to_owned(), Some(1))
        );
        assert_eq!(user(conn, 1), (1, 9, Some(one.id)));
    });
}

#[test]
fn a_bracket_may_filter_by_a_column_that_the_model_leaves_out() {
    with(|conn| {
        let (one, other) = (post(conn, 1, 5), post(conn, 1, 6));
        Post::update(conn, one.id, posts::mood.eq("glad")).unwrap();
        Post::track(
            conn,
            posts::mood.eq("glad"),
            |conn| -> Result<(), maintained::Error> {
                conn.batch_execute(
                    "UPDATE posts SET words = 50, mood = 'calm' WHERE mood = 'glad'",
                )?;
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(user(conn, 1), (2, 56, Some(other.id)));
    });
}

#[test]
fn a_delete_goes_by_the_key_alone() {
    with(|conn| {
        let (one, other) = (post(conn, 1, 5), post(conn, 1, 6));
        other.delete(conn).unwrap();
        assert_eq!(user(conn, 1), (1, 5, Some(one.id)));
    });
}

/// The library knows a foreign key by its field: without one it does not see whom the database deletes along.
#[test]
fn a_cascade_along_a_foreign_key_that_the_model_leaves_out_is_told_by_touch() {
    with(|conn| {
        let one = post(conn, 1, 5);
        Editor::delete_many(conn, &[1]).unwrap();
        assert_eq!(Post::find(conn, one.id).unwrap(), None);
        User::touch(conn, &[1]).unwrap();
        assert_eq!(user(conn, 1), (0, 0, None));
    });
}

#[test]
fn a_foreign_key_is_found_in_an_insert_by_its_whole_name() {
    with(|conn| {
        let new = (
            posts::author_user_id.eq(1),
            posts::words.eq(5),
            posts::secret.eq("s"),
        );
        let one = Post::insert(conn, new).unwrap();
        assert_eq!((one.user_id, one.author_user_id), (None, Some(1)));
        let both = (posts::user_id.eq(1), new.0, new.1, new.2);
        let other = Post::insert(conn, both).unwrap();
        assert_eq!(user(conn, 1), (1, 5, Some(other.id)));
        let named: i64 = users::table.count().get_result(conn).unwrap();
        assert_eq!(named, 2);
    });
}
