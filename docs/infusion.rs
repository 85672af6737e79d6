// What the examples of the chapter "From Django" share: tracers in infusates, and a connection to an empty database.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { compounds (id) { id -> Integer, name -> Text } }
diesel::table! { tracers (id) { id -> Integer, compound_id -> Integer, name -> Nullable<Text>, labels -> BigInt } }
diesel::table! { tracer_labels (id) { id -> Integer, tracer_id -> Integer, text -> Text } }
diesel::table! { infusates (id) { id -> Integer, name -> Text } }
diesel::table! { infusate_tracers (infusate_id, tracer_id) { infusate_id -> Integer, tracer_id -> Integer, grams -> Integer } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = compounds)]
struct Compound {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = tracers, belongs_to(Compound))]
struct Tracer {
    id: i32,
    compound_id: i32,
    #[maintained(unique)]
    name: Option<String>,
    #[maintained]
    labels: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = tracer_labels, belongs_to(Tracer))]
struct TracerLabel {
    id: i32,
    tracer_id: i32,
    text: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = infusates)]
struct Infusate {
    id: i32,
    #[maintained]
    name: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(
    table_name = infusate_tracers,
    primary_key(infusate_id, tracer_id),
    belongs_to(Infusate),
    belongs_to(Tracer)
)]
struct InfusateTracer {
    infusate_id: i32,
    tracer_id: i32,
    grams: i32,
}

#[maintained::setters]
impl Tracer {
    #[setter(label = "names")]
    fn name(compound: &Compound, labels: &[TracerLabel]) -> String {
        let texts: Vec<&str> = labels.iter().map(|label| label.text.as_str()).collect();
        format!("{}-[{}]", compound.name, texts.join(","))
    }

    #[setter(label = "counts")]
    fn labels(labels: &[TracerLabel]) -> i64 {
        labels.len() as i64
    }
}

#[maintained::setters]
impl Infusate {
    #[setter(label = "names")]
    fn name(tracers: &[(&InfusateTracer, &Tracer)]) -> String {
        let names = tracers.iter().filter_map(|(_, tracer)| tracer.name.as_deref());
        names.collect::<Vec<_>>().join(";")
    }
}

type Conn = MaintainedConnection<SqliteConnection>;

fn connect() -> Conn {
    let mut conn = Conn::establish(":memory:").expect("memory is there");
    conn.batch_execute(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE compounds (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE TABLE tracers (id INTEGER PRIMARY KEY, compound_id INTEGER NOT NULL REFERENCES compounds (id),
             name TEXT UNIQUE, labels BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE tracer_labels (id INTEGER PRIMARY KEY, text TEXT NOT NULL,
             tracer_id INTEGER NOT NULL REFERENCES tracers (id) ON DELETE CASCADE);
         CREATE TABLE infusates (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '');
         CREATE TABLE infusate_tracers (infusate_id INTEGER NOT NULL REFERENCES infusates (id) ON DELETE CASCADE,
             tracer_id INTEGER NOT NULL REFERENCES tracers (id) ON DELETE CASCADE, grams INTEGER NOT NULL DEFAULT 1,
             PRIMARY KEY (infusate_id, tracer_id));",
    )
    .expect("the tables are new");
    conn
}

/// Glucose with one label, in one infusate.
fn fill(conn: &mut Conn) -> Result<(Compound, Tracer, Infusate), maintained::Error> {
    let glucose = Compound::insert(conn, compounds::name.eq("glucose"))?;
    let tracer = Tracer::insert(conn, tracers::compound_id.eq(glucose.id))?;
    TracerLabel::insert(conn, (tracer_labels::tracer_id.eq(tracer.id), tracer_labels::text.eq("13C6")))?;
    let infusate = Infusate::insert(conn, infusates::id.eq(1))?;
    let link = (infusate_tracers::infusate_id.eq(infusate.id), infusate_tracers::tracer_id.eq(tracer.id));
    InfusateTracer::insert(conn, link)?;
    Ok((glucose, tracer, infusate))
}
