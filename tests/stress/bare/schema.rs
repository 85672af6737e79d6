//! The tables, a group for each kind of relation, and what is right in them.

use super::Stage;
use crate::schema::{CREATE_SHELVES, CREATE_TRAYS};

diesel::table! {
    nests (id) {
        id -> Integer,
        crowded -> Bool,
    }
}

diesel::table! {
    eggs (id) {
        id -> Integer,
        nest_id -> Integer,
    }
}

diesel::table! {
    flags (id) {
        id -> Integer,
        revision -> Integer,
    }
}

diesel::table! {
    pennants (id) {
        id -> Integer,
        flag_id -> Integer,
        copied -> Integer,
    }
}

diesel::table! {
    ribbons (id) {
        id -> Integer,
        pennant_id -> Integer,
        copied -> Integer,
    }
}

diesel::table! {
    clubs (id) {
        id -> Integer,
        revision -> Integer,
        size -> BigInt,
    }
}

diesel::table! {
    members (id) {
        id -> Integer,
        club_id -> Integer,
        copied -> Integer,
    }
}

diesel::table! {
    regions (id) {
        id -> Integer,
        people -> BigInt,
    }
}

diesel::table! {
    cities (id) {
        id -> Integer,
        region_id -> Integer,
    }
}

diesel::table! {
    houses (id) {
        id -> Integer,
        city_id -> Integer,
        people -> Integer,
    }
}

diesel::table! {
    songs (id) {
        id -> Integer,
        revision -> Integer,
    }
}

diesel::table! {
    verses (id) {
        id -> Integer,
        song_id -> Integer,
        words -> Integer,
    }
}

diesel::table! {
    playlists (id) {
        id -> Integer,
        revisions -> BigInt,
        words -> BigInt,
    }
}

diesel::table! {
    entries (id) {
        id -> Integer,
        playlist_id -> Integer,
        song_id -> Integer,
    }
}

diesel::table! {
    desks (id) {
        id -> Integer,
        newest_id -> Nullable<Integer>,
        newest_revision -> Nullable<Integer>,
    }
}

diesel::table! {
    notes (id) {
        id -> Integer,
        desk_id -> Integer,
        revision -> Integer,
    }
}

diesel::table! {
    topics (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        revision -> Integer,
        path -> Text,
    }
}

diesel::table! {
    teams (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        size -> BigInt,
    }
}

/// `{serial}` is a key that the database gives, from 1000 on and never twice; `{from}` ends a table that has one.
///
/// The desks' `newest_id` names a table that is made after theirs, and no row that is there needs it to be checked.
pub const CREATE: &[&str] = &[
    "CREATE TABLE nests (id {serial}, crowded BOOLEAN NOT NULL DEFAULT FALSE){from}",
    "CREATE TABLE eggs (
        id {serial}, nest_id INTEGER NOT NULL,
        FOREIGN KEY (nest_id) REFERENCES nests (id) ON DELETE CASCADE
    ){from}",
    CREATE_SHELVES,
    CREATE_TRAYS,
    "CREATE TABLE flags (id {serial}, revision INTEGER NOT NULL DEFAULT 0){from}",
    "CREATE TABLE pennants (
        id {serial}, flag_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
        FOREIGN KEY (flag_id) REFERENCES flags (id)
    ){from}",
    "CREATE TABLE ribbons (
        id {serial}, pennant_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
        FOREIGN KEY (pennant_id) REFERENCES pennants (id)
    ){from}",
    "CREATE TABLE clubs (
        id {serial}, revision INTEGER NOT NULL DEFAULT 0, size BIGINT NOT NULL DEFAULT 0
    ){from}",
    "CREATE TABLE members (
        id {serial}, club_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
        FOREIGN KEY (club_id) REFERENCES clubs (id) ON DELETE CASCADE
    ){from}",
    "CREATE TABLE regions (id {serial}, people BIGINT NOT NULL DEFAULT 0){from}",
    "CREATE TABLE cities (
        id {serial}, region_id INTEGER NOT NULL,
        FOREIGN KEY (region_id) REFERENCES regions (id)
    ){from}",
    "CREATE TABLE houses (
        id {serial}, city_id INTEGER NOT NULL, people INTEGER NOT NULL DEFAULT 1,
        FOREIGN KEY (city_id) REFERENCES cities (id) ON DELETE CASCADE
    ){from}",
    "CREATE TABLE songs (id {serial}, revision INTEGER NOT NULL DEFAULT 0){from}",
    "CREATE TABLE verses (
        id {serial}, song_id INTEGER NOT NULL, words INTEGER NOT NULL DEFAULT 1,
        FOREIGN KEY (song_id) REFERENCES songs (id)
    ){from}",
    "CREATE TABLE playlists (
        id {serial}, revisions BIGINT NOT NULL DEFAULT 0, words BIGINT NOT NULL DEFAULT 0
    ){from}",
    "CREATE TABLE entries (
        id {serial}, playlist_id INTEGER NOT NULL, song_id INTEGER NOT NULL,
        FOREIGN KEY (playlist_id) REFERENCES playlists (id),
        FOREIGN KEY (song_id) REFERENCES songs (id)
    ){from}",
    "CREATE TABLE desks (id {serial}, newest_id INTEGER NULL, newest_revision INTEGER NULL){from}",
    "CREATE TABLE notes (
        id {serial}, desk_id INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 0,
        FOREIGN KEY (desk_id) REFERENCES desks (id)
    ){from}",
    "CREATE TABLE topics (
        id {serial}, parent_id INTEGER NULL, revision INTEGER NOT NULL DEFAULT 0, path {text} NOT NULL DEFAULT '',
        FOREIGN KEY (parent_id) REFERENCES topics (id) ON DELETE CASCADE
    ){from}",
    "CREATE TABLE teams (
        id {serial}, parent_id INTEGER NULL, size BIGINT NOT NULL DEFAULT 0,
        FOREIGN KEY (parent_id) REFERENCES teams (id) ON DELETE CASCADE
    ){from}",
    "CREATE INDEX eggs_by_nest ON eggs (nest_id)",
    "CREATE INDEX trays_by_shelf ON trays (shelf_id)",
    "CREATE INDEX pennants_by_flag ON pennants (flag_id)",
    "CREATE INDEX ribbons_by_pennant ON ribbons (pennant_id)",
    "CREATE INDEX members_by_club ON members (club_id)",
    "CREATE INDEX cities_by_region ON cities (region_id)",
    "CREATE INDEX houses_by_city ON houses (city_id)",
    "CREATE INDEX verses_by_song ON verses (song_id)",
    "CREATE INDEX entries_by_playlist ON entries (playlist_id)",
    "CREATE INDEX entries_by_song ON entries (song_id)",
    "CREATE INDEX desks_by_newest ON desks (newest_id)",
    "CREATE INDEX notes_by_desk ON notes (desk_id)",
    "CREATE INDEX topics_by_parent ON topics (parent_id)",
    "CREATE INDEX teams_by_parent ON teams (parent_id)",
];

/// The rows that are there in the beginning, and their fields, those of a group after one another.
pub const STOCK: &[&str] = &[
    "INSERT INTO nests (id, crowded) VALUES (1, FALSE), (2, FALSE), (3, FALSE)",
    "INSERT INTO eggs (id, nest_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO shelves (id, badge) VALUES (1, '1#1'), (2, '2#1'), (3, '3#0')",
    "INSERT INTO trays (id, shelf_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO flags (id, revision) VALUES (1, 0), (2, 0), (3, 7)",
    "INSERT INTO pennants (id, flag_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO ribbons (id, pennant_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO clubs (id, size) VALUES (1, 1), (2, 1)",
    "INSERT INTO members (id, club_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO regions (id, people) VALUES (1, 1), (2, 1)",
    "INSERT INTO cities (id, region_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO houses (id, city_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO songs (id) VALUES (1), (2)",
    "INSERT INTO verses (id, song_id) VALUES (1, 1), (2, 2)",
    "INSERT INTO playlists (id, words) VALUES (1, 1), (2, 1)",
    "INSERT INTO entries (id, playlist_id, song_id) VALUES (1, 1, 1), (2, 2, 2)",
    "INSERT INTO desks (id) VALUES (1), (2)",
    "INSERT INTO notes (id, desk_id) VALUES (1, 1), (2, 1), (3, 2)",
    "UPDATE desks SET newest_id = id + 1, newest_revision = 0",
    "INSERT INTO topics (id, parent_id, revision, path)
        VALUES (1, NULL, 1, '1/'), (2, 1, 2, '1/2/'), (3, 2, 3, '1/2/3/'), (4, 1, 4, '1/4/'), (5, NULL, 5, '5/')",
    "INSERT INTO teams (id, parent_id, size) VALUES (1, NULL, 4), (2, 1, 2), (3, 2, 1), (4, 1, 1), (5, NULL, 1)",
];

/// Every table, those that name others first.
pub const TABLES: &[&str] = &[
    "eggs",
    "nests",
    "trays",
    "shelves",
    "ribbons",
    "pennants",
    "flags",
    "members",
    "clubs",
    "houses",
    "cities",
    "regions",
    "entries",
    "verses",
    "songs",
    "playlists",
    "notes",
    "desks",
    "topics",
    "teams",
];

/// For each maintained field the rows in which it is stale, from the plain columns alone.
pub const STALE: &[(&str, &str)] = &[
    (
        "nests.crowded",
        "nests t WHERE t.crowded <> ((SELECT COUNT(*) FROM eggs c WHERE c.nest_id = t.id) >= 2)",
    ),
    (
        "shelves.badge",
        "shelves t WHERE t.badge IS NULL OR t.badge <> CONCAT(t.id, '#', (SELECT COUNT(*) FROM trays c WHERE c.shelf_id = t.id))",
    ),
    (
        "pennants.copied",
        "pennants t WHERE t.copied <> (SELECT p.revision FROM flags p WHERE p.id = t.flag_id)",
    ),
    (
        "ribbons.copied",
        "ribbons t WHERE t.copied <> (SELECT f.revision FROM flags f JOIN pennants p ON p.flag_id = f.id WHERE p.id = t.pennant_id)",
    ),
    (
        "clubs.size",
        "clubs t WHERE t.size <> (SELECT COUNT(*) FROM members c WHERE c.club_id = t.id)",
    ),
    (
        "members.copied",
        "members t WHERE t.copied <> (SELECT p.revision FROM clubs p WHERE p.id = t.club_id)",
    ),
    (
        "regions.people",
        "regions t WHERE t.people <> COALESCE((SELECT SUM(h.people) FROM houses h JOIN cities c ON c.id = h.city_id
            WHERE c.region_id = t.id), 0)",
    ),
    (
        "playlists.revisions",
        "playlists t WHERE t.revisions <> COALESCE((SELECT SUM(s.revision) FROM entries e JOIN songs s ON s.id = e.song_id
            WHERE e.playlist_id = t.id), 0)",
    ),
    (
        "playlists.words",
        "playlists t WHERE t.words <> COALESCE((SELECT SUM(v.words) FROM entries e JOIN verses v ON v.song_id = e.song_id
            WHERE e.playlist_id = t.id), 0)",
    ),
    (
        "desks.newest_id",
        "desks t WHERE COALESCE(t.newest_id, 0) <> COALESCE((SELECT MAX(n.id) FROM notes n WHERE n.desk_id = t.id), 0)",
    ),
    (
        "desks.newest_revision",
        "desks t WHERE COALESCE(t.newest_revision, -1) <> COALESCE((SELECT n.revision FROM notes n WHERE n.desk_id = t.id
            ORDER BY n.id DESC LIMIT 1), -1)",
    ),
    (
        "topics.path",
        "topics t LEFT JOIN topics p ON p.id = t.parent_id WHERE t.path <> CONCAT(COALESCE(p.path, ''), t.revision, '/')",
    ),
    (
        "teams.size",
        "teams t WHERE t.size <> 1 + COALESCE((SELECT SUM(c.size) FROM teams c WHERE c.parent_id = t.id), 0)",
    ),
];

/// All of them.
pub const STAGE: Stage = Stage {
    create: CREATE,
    stock: STOCK,
    tables: TABLES,
    stale: STALE,
};
