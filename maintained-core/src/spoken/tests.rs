use super::{Action, Name, Spelling, levels, name, writes};

const ALL: [Spelling; 3] = [Spelling::Sqlite, Spelling::Postgres, Spelling::Mysql];

/// What a text writes, in short: `+t` for an insert, `-t` for a delete, `t(a b)` for an update.
fn written(text: &str, spelling: Spelling) -> String {
    let mut short = Vec::new();
    for write in writes(text, spelling) {
        let schema = write
            .table
            .qualifier
            .map(|schema| schema + ".")
            .unwrap_or_default();
        let table = schema + &write.table.name;
        short.push(match write.action {
            Action::Insert => format!("+{table}"),
            Action::Delete => format!("-{table}"),
            Action::Update(columns) => format!("{table}({})", columns.join(" ")),
        });
    }
    short.join(" ")
}

fn assert_written(spellings: &[Spelling], cases: &[(&str, &str)]) {
    for &spelling in spellings {
        for (text, expected) in cases {
            assert_eq!(written(text, spelling), *expected, "{spelling:?}: {text}");
        }
    }
}

#[test]
fn writes_of_all_databases_are_seen() {
    assert_written(
        &ALL,
        &[
            ("INSERT INTO t (a) VALUES (1)", "+t"),
            ("  insert into T select 1", "+t"),
            ("-- a\n/* b ' ; */ INSERT INTO t VALUES (1)", "+t"),
            ("DELETE FROM t WHERE a = 'x; DELETE FROM u'", "-t"),
            ("DELETE FROM s.t", "-s.t"),
            (
                "UPDATE t SET a = 1, b = (SELECT c FROM u), d = 2 WHERE e = 3",
                "t(a b d)",
            ),
            (
                "UPDATE t SET a = CASE WHEN b = 1 THEN 2 ELSE 3 END, c = 4",
                "t(a c)",
            ),
            ("UPDATE t SET a = b IS DISTINCT FROM c, d = 1", "t(a d)"),
            ("WITH x AS (SELECT 1) UPDATE t SET a = 1", "t(a)"),
            (
                "WITH x (a, b) AS (SELECT 1, 2), y AS (SELECT 3) DELETE FROM t",
                "-t",
            ),
            ("INSERT INTO t (a) VALUES ('it''s; DELETE FROM u')", "+t"),
            ("SELECT 1; DELETE FROM t", "-t"),
        ],
    );
}

#[test]
fn what_writes_nothing_is_not_taken_for_a_write() {
    assert_written(
        &ALL,
        &[
            ("", ""),
            (";;", ""),
            ("SELECT * FROM t FOR UPDATE", ""),
            (
                "SELECT replace(a, 'x', 'y'), (replace(a, 'x', 'y')) FROM t",
                "",
            ),
            ("SELECT (insert(a, 1, 2, 'y')) FROM t", ""),
            ("SELECT 'INSERT INTO t', a FROM t -- DELETE FROM t", ""),
            (
                "CREATE TABLE u (a INTEGER REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE)",
                "",
            ),
            (
                "CREATE TABLE u (a TEXT, b TEXT GENERATED ALWAYS AS (replace(a, 'x', 'y')))",
                "",
            ),
            (
                "CREATE TRIGGER x AFTER INSERT ON t BEGIN UPDATE u SET a = 1; DELETE FROM u; END",
                "",
            ),
            ("EXPLAIN INSERT INTO t VALUES (1)", ""),
            ("INSERT", ""),
            ("UPDATE", ""),
            ("UPDATE t", ""),
            ("UPDATE t SET", ""),
            ("DELETE", ""),
            ("DELETE FROM", ""),
            ("TRUNCATE", ""),
            ("COPY", ""),
            ("MERGE INTO", ""),
            ("WITH", ""),
            ("DELETE FROM (", ""),
        ],
    );
}

#[test]
fn writes_of_sqlite_are_seen() {
    assert_written(
        &[Spelling::Sqlite],
        &[
            ("INSERT OR REPLACE INTO `T` (`a`) VALUES (?)", "+t -t"),
            ("REPLACE INTO [t] VALUES (1)", "+t -t"),
            ("INSERT OR IGNORE INTO \"t\" VALUES (1)", "+t"),
            ("INSERT INTO 't' VALUES (1)", "+t"),
            (
                "INSERT INTO main.t AS x VALUES (1) ON CONFLICT (a) DO NOTHING",
                "+main.t",
            ),
            (
                "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = \
                 1 WHERE d",
                "+t t(b c)",
            ),
            (
                "UPDATE OR IGNORE `t` AS x SET `a` = 1, (b, \"C\") = (1, 2) RETURNING a",
                "t(a b c)",
            ),
            ("UPDATE OR REPLACE t SET a = 1", "t(a) -t"),
            (
                "UPDATE t INDEXED BY i SET a = 1 FROM u WHERE u.b = t.b",
                "t(a)",
            ),
            ("DELETE FROM t AS x WHERE x.a = 1", "-t"),
        ],
    );
}

#[test]
fn writes_of_postgres_are_seen() {
    assert_written(
        &[Spelling::Postgres],
        &[
            ("INSERT INTO \"s\".\"T\" AS x (a) VALUES ($1)", "+s.T"),
            (
                "INSERT INTO t VALUES (E'it\\'s; --', $$;'$$, $a$ $$ $a$) RETURNING a",
                "+t",
            ),
            (
                "INSERT INTO t (a) SELECT 1 ON CONFLICT ON CONSTRAINT k DO UPDATE SET a = \
                 EXCLUDED.a, (b, c) = ROW(1, 2)",
                "+t t(a b c)",
            ),
            (
                "WITH RECURSIVE x (a) AS (SELECT 1) SEARCH DEPTH FIRST BY a SET o DELETE FROM t",
                "-t",
            ),
            (
                "WITH x AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM x",
                "-t +u",
            ),
            (
                "WITH x AS NOT MATERIALIZED (UPDATE t AS y SET a[1] = 1, b.c = 2 FROM u) SELECT 1",
                "t(a b)",
            ),
            ("UPDATE ONLY t * SET a = 1", "t(a)"),
            (
                "UPDATE \"t\" SET \"a\" = $1 WHERE (\"t\".\"id\" = $2)",
                "t(a)",
            ),
            ("DELETE FROM ONLY t AS x USING u, v WHERE x.a = u.a", "-t"),
            (
                "TRUNCATE TABLE ONLY t, s.u RESTART IDENTITY CASCADE",
                "-t -s.u",
            ),
            ("COPY t (a, b) FROM STDIN", "+t"),
            ("COPY t TO STDOUT", ""),
            ("COPY (DELETE FROM t RETURNING *) TO STDOUT", "-t"),
            (
                "MERGE INTO t AS x USING u ON x.a = u.a WHEN MATCHED AND u.b THEN DELETE WHEN \
                 MATCHED THEN UPDATE SET a = u.a, b = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)",
                "-t t(a b) +t",
            ),
            ("EXPLAIN (ANALYZE, VERBOSE) UPDATE t SET a = 1", "t(a)"),
            (
                "EXPLAIN (VERBOSE true, COSTS false, ANALYZE true) UPDATE t SET a = 1",
                "t(a)",
            ),
            (
                "EXPLAIN ANALYZE WITH x AS (SELECT replace(a, 'b', 'c')) UPDATE t SET a = 1",
                "t(a)",
            ),
            ("EXPLAIN SELECT analyze FROM t", ""),
            ("UPDATE t SET a = u.order, b = 1", "t(a b)"),
            ("SELECT a # b, c -> 'd', '#' FROM t", ""),
            ("/* a /* b */ DELETE FROM t */ DELETE FROM u", "-u"),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END; \
                 DELETE FROM u",
                "-u",
            ),
            ("DO $$ BEGIN DELETE FROM t; END $$", ""),
        ],
    );
}

#[test]
fn writes_of_mysql_are_seen() {
    assert_written(
        &[Spelling::Mysql],
        &[
            (
                "INSERT IGNORE INTO `d`.`t` VALUES (\"it\\\"s; DELETE FROM u\", ?)",
                "+d.t",
            ),
            ("INSERT t SET a = 1", "+t"),
            ("REPLACE LOW_PRIORITY t VALUES (1)", "+t -t"),
            (
                "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a), t.b = 1",
                "+t t(a b)",
            ),
            (
                "UPDATE LOW_PRIORITY IGNORE t SET `t`.`a` = 1 ORDER BY b LIMIT 1",
                "t(a)",
            ),
            (
                "UPDATE t AS x JOIN u ON x.a = u.a LEFT JOIN (SELECT 1) AS y ON TRUE SET x.b = \
                 1, u.c = 2, d = 3",
                "t(b d) u(c d)",
            ),
            ("UPDATE t, s.u y SET y.a = 1", "s.u(a)"),
            (
                "DELETE x, u.* FROM t AS x JOIN u ON x.a = u.a WHERE x.b",
                "-t -u",
            ),
            ("DELETE FROM x, u USING t AS x, u", "-t -u"),
            ("DELETE QUICK FROM t WHERE a--1", "-t"),
            ("# DELETE FROM t\nDELETE FROM u -- DELETE FROM v", "-u"),
            ("INSERT /*!50000 INTO t */ VALUES (1)", "+t"),
            ("TRUNCATE t", "-t"),
            ("LOAD DATA INFILE 'x' REPLACE INTO TABLE t", "+t -t"),
            ("ANALYZE FORMAT=JSON UPDATE t SET a = 1", "t(a)"),
            ("ANALYZE TABLE t", ""),
            ("BEGIN NOT ATOMIC DELETE FROM t", "-t"),
            ("IF a THEN UPDATE t SET a = 1", "t(a)"),
            (
                "SELECT CASE WHEN a THEN TRUNCATE(b, 2) ELSE REPLACE(c, 'x', 'y') END FROM t",
                "",
            ),
        ],
    );
}

#[test]
fn a_change_of_the_schema_commits_on_mysql_and_on_no_other_database() {
    for spelling in ALL {
        for (text, commits) in [
            ("SELECT 1; CREATE TABLE t (a INTEGER)", true),
            ("TRUNCATE t", true),
            ("LOCK TABLES t WRITE", true),
            ("ANALYZE NO_WRITE_TO_BINLOG TABLE t", true),
            ("SET SESSION autocommit = 1", true),
            ("FLUSH TABLES", true),
            ("ANALYZE SELECT 1", false),
            ("SET NAMES utf8mb4", false),
            ("CREATE TEMPORARY TABLE t (a INTEGER)", false),
            ("CREATE OR REPLACE TEMPORARY TABLE t (a INTEGER)", false),
            ("DELETE FROM t", false),
        ] {
            let found = levels(text, spelling).commits.is_some();
            assert_eq!(found, commits && spelling == Spelling::Mysql, "{text}");
        }
    }
}

/// What a text does to levels, in short: what it begins, and after `!` what goes beyond it.
fn leveled(text: &str, spelling: Spelling) -> String {
    let levels = levels(text, spelling);
    let beyond = levels.beyond.map(|beyond| format!("!{beyond}"));
    levels.begins.unwrap_or_default() + &beyond.unwrap_or_default()
}

#[test]
fn commands_about_levels_that_go_beyond_their_text_are_told() {
    for spelling in ALL {
        for (text, expected) in [
            ("SELECT 1", ""),
            ("SAVEPOINT a", "!SAVEPOINT a"),
            ("SAVEPOINT \"a\"; ROLLBACK TO a; RELEASE a", ""),
            ("ROLLBACK TO a", "!ROLLBACK TO a"),
            (
                "ROLLBACK WORK TO SAVEPOINT a",
                "!ROLLBACK WORK TO SAVEPOINT a",
            ),
            ("RELEASE SAVEPOINT a", "!RELEASE SAVEPOINT a"),
            ("/* x */ begin", "begin!begin"),
            (
                "START TRANSACTION READ ONLY",
                "START TRANSACTION READ ONLY!START TRANSACTION READ ONLY",
            ),
            ("SELECT 1; COMMIT", "!COMMIT"),
            ("ROLLBACK", "!ROLLBACK"),
            ("END", "!END"),
            ("BEGIN; DELETE FROM t; COMMIT;", "BEGIN"),
            ("BEGIN; SAVEPOINT a; ROLLBACK", "BEGIN"),
            ("BEGIN; COMMIT; ROLLBACK", "BEGIN!ROLLBACK"),
            ("BEGIN; BEGIN; COMMIT", "BEGIN!BEGIN"),
            ("BEGIN; ROLLBACK AND CHAIN", "BEGIN!BEGIN"),
            ("SAVEPOINT a; SAVEPOINT b; ROLLBACK TO a; RELEASE a", ""),
            (
                "SAVEPOINT a; SAVEPOINT b; RELEASE a; RELEASE b",
                "!RELEASE b",
            ),
            ("SAVEPOINT a; SAVEPOINT b; RELEASE b", "!SAVEPOINT a"),
            ("SELECT 'x; COMMIT'", ""),
        ] {
            assert_eq!(leveled(text, spelling), expected, "{spelling:?}: {text}");
        }
    }
}

#[test]
fn bodies_of_triggers_and_procedures_hold_no_commands_about_levels() {
    for (spelling, text) in [
        (
            Spelling::Sqlite,
            "CREATE TRIGGER a AFTER INSERT ON t WHEN CASE WHEN 1 THEN 1 END BEGIN UPDATE t SET a \
             = CASE 1 WHEN 1 THEN 2 END; DELETE FROM u; END; CREATE TEMP TRIGGER b BEFORE DELETE \
              ON t BEGIN SELECT 1; END;",
        ),
        (
            Spelling::Mysql,
            "CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN IF 1 THEN BEGIN COMMIT; END; END IF; \
             CASE 1 WHEN 1 THEN COMMIT; END CASE; WHILE 0 DO COMMIT; END WHILE; COMMIT; END; \
              SELECT 1",
        ),
        (
            Spelling::Mysql,
            "CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.begin = NEW.end",
        ),
        (
            Spelling::Mysql,
            "BEGIN NOT ATOMIC DELETE FROM t; COMMIT; END",
        ),
        (
            Spelling::Postgres,
            "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC DELETE FROM t; END; CREATE FUNCTION \
             f() RETURNS int AS $$ BEGIN COMMIT; END $$ LANGUAGE plpgsql",
        ),
        (Spelling::Postgres, "COMMIT PREPARED 'x'"),
        (
            Spelling::Postgres,
            "CREATE TABLE a (event TEXT, begin INT); CREATE TABLE event (begin INT)",
        ),
    ] {
        assert_eq!(leveled(text, spelling), "", "{text}");
        let then = format!("{text}; COMMIT");
        assert_eq!(leveled(&then, spelling), "!COMMIT", "{then}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "([A-Z]{1,3}|INSERT |INTO |UPDATE |SET |DELETE |FROM \
     |MERGE |THEN |CASE |END |OR |WITH |AS |t|[-/*#$'\"`\\[\\](),.;=é\\\\ \n]){0,24}") {
        for spelling in ALL {
            drop((writes(&text, spelling), levels(&text, spelling)));
        }
    }
}

#[test]
fn a_table_is_named_as_the_database_knows_it_and_compared_without_its_case() {
    let told = |text: &str, spelling| {
        let name = name(text, spelling).unwrap();
        let comparable = name.comparable(spelling);
        let parts = |name: Name| (name.qualifier, name.name);
        (parts(name), parts(comparable))
    };
    let of = |schema: &str, table: &str| (Some(schema.to_owned()), table.to_owned());
    assert_eq!(
        told("`Shop`.`Old``Orders`", Spelling::Mysql),
        (of("Shop", "Old`Orders"), of("shop", "old`orders"))
    );
    assert_eq!(
        told("\"Shop\".\"Orders\"", Spelling::Postgres),
        (of("Shop", "Orders"), of("Shop", "Orders"))
    );
    let (known, comparable) = told("`Orders`", Spelling::Sqlite);
    assert_eq!(known, (None, "Orders".to_owned()));
    assert_eq!(comparable, (None, "orders".to_owned()));
}
