//! What the repository says about itself is true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use alongside_policy::Policy;
use alongside_storage::{Database, Store};

use crate::support::{Ask, Backend, World, words};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn kept(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

#[test]
fn the_kept_openapi_document_is_the_generated_one() {
    assert!(
        kept("openapi/openapi.json").trim_end() == alongside_http::openapi::document().trim_end(),
        "openapi/openapi.json is out of date: run `cargo run -- openapi > openapi/openapi.json`"
    );
}

#[test]
fn the_kept_table_of_rules_is_the_generated_one() {
    let policy = Policy::shipped().expect("policies");
    assert!(
        kept("docs/authorization.md").trim_end() == alongside_policy::authorization_document(&policy).trim_end(),
        "docs/authorization.md is out of date: run `cargo run -- authorization > docs/authorization.md`"
    );
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<String> {
        std::fs::read_dir(root().join("migrations").join(database))
            .expect("migrations")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgresql"));
}

#[actix_web::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = World::new(Backend::Sqlite).await;
    let postgresql = World::new(Backend::Postgresql).await;
    let of_sqlite = sqlite.behind().words(
        "SELECT m.name || '.' || c.name AS word FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE '%schema_migrations' AND m.name NOT LIKE 'sqlite_%'",
    );
    let of_postgresql = postgresql.behind().words(
        "SELECT CAST(table_name || '.' || column_name AS text) AS word FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name NOT LIKE '%schema_migrations'",
    );
    let (of_sqlite, of_postgresql): (BTreeSet<_>, BTreeSet<_>) =
        (of_sqlite.into_iter().collect(), of_postgresql.into_iter().collect());
    assert!(of_sqlite.contains("child.key_sealed"));
    assert_eq!(of_sqlite, of_postgresql);
}

#[test]
fn crates_depend_in_one_direction() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("metadata");
    let order = ["domain", "policy", "storage", "http", "server"];
    let mut seen = BTreeMap::new();
    for package in &metadata.packages {
        let Some(name) = package.name.strip_prefix("alongside-") else { continue };
        let Some(level) = order.iter().position(|known| *known == name) else { continue };
        for dependency in &package.dependencies {
            let Some(other) = dependency.name.strip_prefix("alongside-") else { continue };
            let below = order.iter().position(|known| *known == other);
            assert!(below.is_some_and(|below| below < level), "{name} depends on {other}");
        }
        seen.insert(level, name.to_owned());
    }
    assert_eq!(seen.len(), order.len(), "{seen:?}");
}

/// Everything that the database holds, as a thief would see it: the bytes of SQLite's files, or the rows of
/// PostgreSQL's tables with their bytes decoded.
fn taken(world: &World) -> Vec<u8> {
    let mut bytes = Vec::new();
    match world.fresh.database {
        Database::Sqlite(_) => {
            for entry in std::fs::read_dir(world.fresh.folder.path()).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.to_string_lossy().contains("records.db") {
                    bytes.extend(std::fs::read(path).expect("bytes"));
                }
            }
        }
        Database::Postgres(_) => {
            let tables = world.behind().words(
                "SELECT CAST(table_name AS text) AS word FROM information_schema.tables \
                 WHERE table_schema = current_schema()",
            );
            for table in tables {
                let columns = world.behind().words(&format!(
                    "SELECT CAST(CASE data_type WHEN 'bytea' THEN 'encode(' || column_name || ', ''escape'')' \
                     ELSE 'CAST(' || column_name || ' AS text)' END AS text) AS word \
                     FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}'"
                ));
                let row = format!("SELECT concat_ws(' ', {}) AS word FROM {table}", columns.join(", "));
                world.behind().words(&row).iter().for_each(|row| bytes.extend(row.as_bytes()));
            }
        }
    }
    bytes
}

on_both! {
    async fn nothing_readable_about_a_child_is_in_the_database(world: World) {
        let officer = world.practitioner(&world.police).await;
        let number = words::nhs_number(0);
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let concern = officer.raises_concern(&id, &words::concern()).await.is(201).id();
        officer.records_contact(&id, &words::contact()).await.is(201);
        let mut widened = words::kept_in("shared", words::observation());
        widened["content"]["indicator"] = serde_json::json!("HLT01");
        widened["segment_because"] = serde_json::json!("Asked that the whole plan knows.");
        officer.observes(&id, &widened).await.is(201);
        let referral = words::referral(&world.social_care, &[&concern]);
        let ask = Ask::post(&format!("/v1/children/{id}/referrals"), &referral);
        officer.asks(ask.with("Idempotency-Key", "key")).await.is(201);
        officer.reads_chronology(&id, "direct_work").await.is(200);
        let bytes = taken(&world);
        let holds = |word: &str| bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
        assert!(holds("Larkmoor Police"), "all of the database was searched");
        for word in [
            "Robin",
            "Aldercott",
            "Quarry",
            "second telephone",
            "Thursdays",
            "quiet room",
            "school is worried",
            "whole plan",
            "2011-04-09",
            &number,
        ] {
            assert!(!holds(word), "{word} is readable");
        }
    }

    async fn migrations_go_down_and_up_again(world: World) {
        let tables = |world: &World| match world.fresh.database {
            Database::Sqlite(_) => world.behind().number(
                "SELECT COUNT(*) AS n FROM sqlite_master WHERE name NOT LIKE '%schema_migrations%' AND name NOT LIKE 'sqlite_%'",
            ),
            Database::Postgres(_) => world.behind().number(
                "SELECT (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() \
                 AND table_name NOT LIKE '%schema_migrations') + (SELECT COUNT(*) FROM pg_proc \
                 WHERE pronamespace = CAST(current_schema() AS regnamespace)) AS n",
            ),
        };
        let before = tables(&world);
        world.behind().revert_all(&root().join("migrations"));
        assert_eq!(tables(&world), 0, "nothing is left behind");
        let run = Store::migrate(&world.fresh.database, None).expect("migrated");
        assert!(!run.is_empty());
        assert_eq!(tables(&world), before);
    }
}
