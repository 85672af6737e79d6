//! The votes on one database.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use maintained::MaintainedConnection;
use maintained::prelude::*;

use super::{Inner, NAME, TRIGGER, connect, make};
use crate::{Failure, Options};

diesel::table! { topics (id) { id -> Integer, votes -> BigInt, score -> BigInt } }
diesel::table! { votes (id) { id -> Integer, topic_id -> Integer, value -> Integer } }
diesel::joinable!(votes -> topics (topic_id));
diesel::allow_tables_to_appear_in_same_query!(topics, votes);

#[derive(Debug, Queryable, Selectable, Maintained)]
#[diesel(table_name = topics)]
struct Topic {
    id: i32,
    #[maintained(count(Vote))]
    votes: i64,
    #[maintained(sum(Vote::value))]
    score: i64,
}

#[derive(Debug, Queryable, Selectable, Maintained)]
#[diesel(table_name = votes, belongs_to(Topic))]
struct Vote {
    id: i32,
    topic_id: i32,
    value: i32,
}

#[derive(Debug, Insertable, New)]
#[diesel(table_name = votes)]
#[maintained(new_of = Vote)]
struct NewVote {
    id: i32,
    topic_id: i32,
    value: i32,
}

/// A connection as one of the variants uses it.
enum Voter {
    /// Inserts alone: nothing is kept, or triggers keep it.
    Plain(Inner),
    /// The topic first, as one would do it to wait for nobody twice.
    Tuned(Inner),
    Maintained(Box<MaintainedConnection<Inner>>),
}

/// How one variant keeps the fields.
struct Variant {
    name: &'static str,
    has_triggers: bool,
    voter: fn(Inner) -> Voter,
}

const VARIANTS: [Variant; 3] = [
    Variant {
        name: "triggers",
        has_triggers: true,
        voter: Voter::Plain,
    },
    Variant {
        name: "tuned",
        has_triggers: false,
        voter: Voter::Tuned,
    },
    Variant {
        name: "immediate",
        has_triggers: false,
        voter: |conn| Voter::Maintained(Box::new(MaintainedConnection::new(conn))),
    },
];

/// What a run has taken.
struct Measured {
    seconds: f64,
    /// Of each vote, in order of length.
    waits: Vec<Duration>,
    refused: usize,
}

impl Voter {
    /// Gives a vote, and once more each time that it is refused; says how often that was.
    fn vote(&mut self, vote: &NewVote) -> Result<usize, Failure> {
        let mut refused = 0;
        loop {
            let given = match self {
                Self::Plain(conn) => insert(conn, vote).map(drop),
                Self::Tuned(conn) => conn.transaction(|conn| {
                    diesel::update(topics::table.find(vote.topic_id))
                        .set((
                            topics::votes.eq(topics::votes + 1),
                            topics::score.eq(topics::score + i64::from(vote.value)),
                        ))
                        .execute(conn)?;
                    insert(conn, vote).map(drop)
                }),
                Self::Maintained(conn) => {
                    Vote::add(&mut **conn, vote)?;
                    Ok(())
                }
            };
            match given {
                Err(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => {
                    refused += 1;
                }
                Err(DieselError::DatabaseError(_, information))
                    if information.message().contains("deadlock") =>
                {
                    refused += 1;
                }
                given => {
                    given?;
                    return Ok(refused);
                }
            }
        }
    }
}

fn insert(conn: &mut Inner, vote: &NewVote) -> QueryResult<usize> {
    diesel::insert_into(votes::table).values(vote).execute(conn)
}

/// Measures all variants, in turn.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if !make()? {
        return Ok(());
    }
    println!("| {NAME} | topics | votes a second | median, ms | 99th percentile, ms | refused |");
    println!("|---|---|---|---|---|---|");
    for &topics in &options.topics {
        let mut all: Vec<Vec<Measured>> = VARIANTS.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.rounds {
            for (variant, runs) in VARIANTS.iter().zip(&mut all) {
                runs.push(measure(options, variant, topics)?);
            }
        }
        for (variant, mut runs) in VARIANTS.iter().zip(all) {
            runs.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
            let median = &runs[runs.len() / 2];
            let at = |share: usize| median.waits[median.waits.len() * share / 100];
            println!(
                "| {} | {topics} | {:.0} | {:.2} | {:.2} | {} |",
                variant.name,
                median.waits.len() as f64 / median.seconds,
                at(50).as_secs_f64() * 1_000.0,
                at(99).as_secs_f64() * 1_000.0,
                median.refused,
            );
        }
    }
    Ok(())
}

fn measure(options: &Options, variant: &Variant, topics: i32) -> Result<Measured, Failure> {
    fill(topics, variant)?;
    let barrier = Barrier::new(usize::try_from(options.writers)?);
    let (barrier, count) = (&barrier, options.votes);
    let runs: Vec<Result<_, Failure>> = std::thread::scope(|scope| {
        let writers = 0..options.writers;
        let writers = writers.map(|writer| {
            scope.spawn(move || {
                let mut voter = (variant.voter)(connect()?);
                let mut random = fastrand::Rng::with_seed(u64::try_from(writer)?);
                let mut waits = Vec::new();
                let mut refused = 0;
                // The first vote of each connection prepares what the others send.
                let ids = writer * (count + 1)..(writer + 1) * (count + 1);
                let mut begin = Instant::now();
                for (at, id) in ids.enumerate() {
                    let vote = NewVote {
                        id,
                        topic_id: random.i32(0..topics),
                        value: random.i32(-1..=1),
                    };
                    let start = Instant::now();
                    let again = voter.vote(&vote)?;
                    if at == 0 {
                        barrier.wait();
                        begin = Instant::now();
                    } else {
                        waits.push(start.elapsed());
                        refused += again;
                    }
                }
                Ok((begin.elapsed().as_secs_f64(), waits, refused))
            })
        });
        let writers: Vec<_> = writers.collect();
        writers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let mut all = Measured {
        seconds: 0.0,
        waits: Vec::new(),
        refused: 0,
    };
    for run in runs {
        let (seconds, waits, refused) = run?;
        all.seconds = all.seconds.max(seconds);
        all.waits.extend(waits);
        all.refused += refused;
    }
    all.waits.sort_unstable();
    check(variant)?;
    Ok(all)
}

/// Makes the tables anew.
fn fill(count: i32, variant: &Variant) -> Result<(), Failure> {
    make()?;
    let mut conn = connect()?;
    conn.batch_execute(
        "CREATE TABLE topics (id INTEGER PRIMARY KEY, votes BIGINT NOT NULL DEFAULT 0,
                              score BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE votes (id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL,
                             value INTEGER NOT NULL,
                             FOREIGN KEY (topic_id) REFERENCES topics (id));
         CREATE INDEX votes_of_topics ON votes (topic_id)",
    )?;
    if variant.has_triggers {
        conn.batch_execute(TRIGGER)?;
    }
    let rows: Vec<_> = (0..count).map(|id| topics::id.eq(id)).collect();
    diesel::insert_into(topics::table)
        .values(rows)
        .execute(&mut conn)?;
    Ok(())
}

/// Looks for topics that are wrong, without the library.
fn check(variant: &Variant) -> Result<(), Failure> {
    #[derive(Debug, QueryableByName)]
    struct Wrong {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        topics: i64,
    }
    let query = "SELECT count(*) AS topics FROM topics
                 WHERE votes <> (SELECT count(*) FROM votes WHERE topic_id = topics.id)
                    OR score <> (SELECT COALESCE(sum(value), 0) FROM votes
                                 WHERE topic_id = topics.id)";
    let wrong: Wrong = diesel::sql_query(query).get_result(&mut connect()?)?;
    if wrong.topics == 0 {
        return Ok(());
    }
    Err(format!(
        "{NAME}, {}: {} topics are wrong",
        variant.name, wrong.topics
    )
    .into())
}
