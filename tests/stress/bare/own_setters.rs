//! Rows that copy from a parent which has a setter of its own, and does not read them.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Stage;

diesel::table! {
    labels (id) {
        id -> Integer,
        revision -> Integer,
        doubled -> Integer,
    }
}

diesel::table! {
    bottles (id) {
        id -> Integer,
        label_id -> Integer,
        copied -> Integer,
    }
}

diesel::table! {
    casks (id) {
        id -> Integer,
        label_id -> Integer,
        copied -> Integer,
    }
}

diesel::table! {
    cellars (id) {
        id -> Integer,
        revisions -> BigInt,
    }
}

diesel::table! {
    racks (id) {
        id -> Integer,
        cellar_id -> Integer,
        label_id -> Integer,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = labels)]
pub struct Label {
    pub id: i32,
    pub revision: i32,
    #[maintained]
    pub doubled: i32,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = bottles, belongs_to(Label))]
pub struct Bottle {
    pub id: i32,
    pub label_id: i32,
    #[maintained]
    pub copied: i32,
}

#[derive(Debug, Insertable, New)]
#[diesel(table_name = bottles)]
#[maintained(new_of = Bottle)]
pub struct NewBottle {
    pub label_id: i32,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = casks, belongs_to(Label))]
pub struct Cask {
    pub id: i32,
    pub label_id: i32,
    #[maintained(copy(Label::revision))]
    pub copied: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = cellars)]
pub struct Cellar {
    pub id: i32,
    #[maintained]
    pub revisions: i64,
}

/// It has no field: a cellar reads labels by way of it.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = racks, belongs_to(Cellar), belongs_to(Label))]
pub struct Rack {
    pub id: i32,
    pub cellar_id: i32,
    pub label_id: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = labels)]
#[maintained(view_of = Label)]
pub struct LabelRevision {
    revision: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = racks)]
#[maintained(view_of = Rack)]
#[allow(dead_code, reason = "it is only passed by")]
pub struct RackId {
    id: i32,
}

#[maintained::setters]
impl Label {
    #[setter]
    fn doubled(&self) -> i32 {
        2 * self.revision
    }
}

#[maintained::setters]
impl Bottle {
    #[setter]
    fn copied(label: &LabelRevision) -> i32 {
        label.revision
    }
}

#[maintained::setters]
impl Cellar {
    #[setter]
    fn revisions(racks: &[(&RackId, &LabelRevision)]) -> i64 {
        let revisions = racks.iter().map(|(_, label)| i64::from(label.revision));
        revisions.sum()
    }
}

/// The last label and cellar have no rows under them.
pub const STAGE: Stage = Stage {
    create: &[
        "CREATE TABLE labels (
            id {serial}, revision INTEGER NOT NULL DEFAULT 0, doubled INTEGER NOT NULL DEFAULT 0
        ){from}",
        "CREATE TABLE bottles (
            id {serial}, label_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
            FOREIGN KEY (label_id) REFERENCES labels (id)
        ){from}",
        "CREATE TABLE casks (
            id {serial}, label_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
            FOREIGN KEY (label_id) REFERENCES labels (id)
        ){from}",
        "CREATE TABLE cellars (id {serial}, revisions BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE racks (
            id {serial}, cellar_id INTEGER NOT NULL, label_id INTEGER NOT NULL,
            FOREIGN KEY (cellar_id) REFERENCES cellars (id),
            FOREIGN KEY (label_id) REFERENCES labels (id)
        ){from}",
        "CREATE INDEX bottles_by_label ON bottles (label_id)",
        "CREATE INDEX casks_by_label ON casks (label_id)",
        "CREATE INDEX racks_by_cellar ON racks (cellar_id)",
        "CREATE INDEX racks_by_label ON racks (label_id)",
    ],
    stock: &[
        "INSERT INTO labels (id, revision, doubled) VALUES (1, 5, 10), (2, 6, 12), (3, 7, 14)",
        "INSERT INTO bottles (id, label_id, copied) VALUES (1, 1, 5), (2, 2, 6)",
        "INSERT INTO casks (id, label_id, copied) VALUES (1, 1, 5), (2, 2, 6)",
        "INSERT INTO cellars (id, revisions) VALUES (1, 5), (2, 6), (3, 0)",
        "INSERT INTO racks (id, cellar_id, label_id) VALUES (1, 1, 1), (2, 2, 2)",
    ],
    tables: &["bottles", "casks", "racks", "labels", "cellars"],
    stale: &[
        ("labels.doubled", "labels t WHERE t.doubled <> 2 * t.revision"),
        (
            "bottles.copied",
            "bottles t WHERE t.copied <> (SELECT p.revision FROM labels p WHERE p.id = t.label_id)",
        ),
        (
            "casks.copied",
            "casks t WHERE t.copied <> (SELECT p.revision FROM labels p WHERE p.id = t.label_id)",
        ),
        (
            "cellars.revisions",
            "cellars t WHERE t.revisions <> COALESCE((SELECT SUM(p.revision) FROM racks c JOIN labels p ON p.id = c.label_id
                WHERE c.cellar_id = t.id), 0)",
        ),
    ],
};
