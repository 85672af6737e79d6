//! The measurement, one text for all databases.

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{Inner, NAME, connect};
use crate::Failure;
use crate::models::schema::posts;
use crate::models::{Forum, INDEXES, NewForum, NewPost, NewThread, Post, TABLES, Thread};
use crate::options::Options;
use crate::shape::Shape;
use crate::table::Table;

type Conn = MaintainedConnection<Inner>;

/// How many posts are deleted, each by a write of its own.
const DELETED: usize = 100;
/// The fields of each model, by their labels.
const FORUMS: &[&str] = &["far_count", "far_max"];
const THREADS: &[&str] = &[
    "count",
    "exists",
    "sum",
    "max",
    "max_shown",
    "min_text",
    "max_float",
    "function",
];
const POSTS: &[&str] = &["copy", "far_copy", "expr"];

/// Measures all shapes.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if !options.wants(NAME) {
        return Ok(());
    }
    for &shape in &options.shape {
        let mut table = Table::new(NAME, shape.name(), &options.threads);
        for &threads in &options.threads {
            let Some(mut conn) = connect()? else {
                return Ok(());
            };
            create(&mut conn, options)?;
            let mut measured = Measured {
                size: Size {
                    shape,
                    threads,
                    posts: threads * options.posts,
                },
                options,
                times: Vec::new(),
            };
            let done = conn.transaction(|conn| {
                measured.all(conn)?;
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            });
            match done {
                Ok(()) | Err(diesel::result::Error::RollbackTransaction) => {}
                Err(error) => return Err(error.into()),
            }
            table.add(measured.times);
        }
        table.print();
    }
    Ok(())
}

fn create(conn: &mut Conn, options: &Options) -> Result<(), Failure> {
    let indexes = if options.no_index { "" } else { INDEXES };
    for statement in [TABLES, indexes].concat().split_inclusive(';') {
        conn.batch_execute(statement)?;
    }
    Ok(())
}

/// How much is loaded.
struct Size {
    shape: Shape,
    threads: usize,
    posts: usize,
}

/// What has been measured.
struct Measured<'o> {
    size: Size,
    options: &'o Options,
    /// The seconds of each step.
    times: Vec<(&'static str, f64)>,
}

impl Measured<'_> {
    fn all(&mut self, conn: &mut Conn) -> Result<(), Error> {
        conn.disable_autoupdates(|conn| load(conn, &self.size))?;
        let forums = keys(self.size.threads.div_ceil(100));
        let (threads, posts) = (keys(self.size.threads), keys(self.size.posts));
        for &label in FORUMS {
            self.flush(conn, label, |conn| Forum::touch(conn, &forums))?;
        }
        for &label in THREADS {
            self.flush(conn, label, |conn| Thread::touch(conn, &threads))?;
        }
        for &label in POSTS {
            self.flush(conn, label, |conn| Post::touch(conn, &posts))?;
        }
        self.flush(conn, "hide", |conn| {
            Post::track(conn, posts::id.gt(0), |conn| {
                diesel::update(posts::table)
                    .set(posts::shown.eq(false))
                    .execute(conn)?;
                Ok(())
            })
        })?;
        self.delete_one_by_one(conn)
    }

    /// Measures the flush of the fields with a label. That of `hide` is the field that follows from
    /// what is shown.
    fn flush(
        &mut self,
        conn: &mut Conn,
        name: &'static str,
        write: impl FnOnce(&mut Conn) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !self.options.wants_field(name) {
            return Ok(());
        }
        let label = if name == "hide" { "max_shown" } else { name };
        Scope::buffered().only([label]).run(conn, |conn| {
            write(conn)?;
            let begin = Instant::now();
            conn.flush_autoupdates()?;
            self.times.push((name, begin.elapsed().as_secs_f64()));
            Ok(())
        })
    }

    /// Deletes posts, so that the greatest key of each thread is computed anew at each write.
    fn delete_one_by_one(&mut self, conn: &mut Conn) -> Result<(), Error> {
        if !self.options.wants_field("delete") {
            return Ok(());
        }
        let last = keys(self.size.posts).into_iter().rev().take(DELETED);
        let begin = Instant::now();
        Scope::immediate().only(["max"]).run(conn, |conn| {
            last.into_iter()
                .try_for_each(|key| Post::delete_many(conn, &[key]))
        })?;
        self.times.push(("delete", begin.elapsed().as_secs_f64()));
        Ok(())
    }
}

fn keys(count: usize) -> Vec<i32> {
    (1..).take(count).collect()
}

fn load(conn: &mut Conn, size: &Size) -> Result<(), Error> {
    let number = |at: usize| i32::try_from(at).expect("the numbers are small");
    let forums = (0..size.threads.div_ceil(100)).map(|at| NewForum {
        id: number(at + 1),
        title: format!("forum {at}"),
    });
    Forum::add_many(conn, &forums.collect::<Vec<_>>())?;
    let threads = (0..size.threads).map(|at| NewThread {
        id: number(at + 1),
        forum_id: number(at / 100 + 1),
        title: format!("thread {at}"),
    });
    Thread::add_many(conn, &threads.collect::<Vec<_>>())?;
    let posts = (0..size.posts).map(|at| NewPost {
        id: number(at + 1),
        thread_id: number(size.shape.thread(at, size.threads) + 1),
        shown: size.shape.shows(at),
        points: i64::from(number(at % 7)),
        word: format!("word {}", at * 7_919 % 1_000),
        rating: f64::from(number(at % 100)) / 10.0,
    });
    Post::add_many(conn, &posts.collect::<Vec<_>>())
}
