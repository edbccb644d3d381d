//! What the repository says of itself is so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use alongside_policy::Policy;

use crate::support::{Backend, World, words};

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

#[actix_web::test]
async fn nothing_readable_about_a_child_stands_in_the_database_file() {
    let world = World::new(Backend::Sqlite).await;
    let officer = world.practitioner(&world.police).await;
    let number = words::nhs_number(0);
    let id = officer.creates_child(&words::child(0)).await.is(201).id();
    let concern = officer.raises_concern(&id, &words::concern()).await.is(201).id();
    officer.records_contact(&id, &words::contact()).await.is(201);
    let referral = words::referral(&world.social_care, &[&concern]);
    let ask = crate::support::Ask::post(&format!("/v1/children/{id}/referrals"), &referral);
    officer.asks(ask.with("Idempotency-Key", "key")).await.is(201);
    officer.reads_chronology(&id, "direct_work").await.is(200);
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(world.fresh.folder.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().contains("records.db") {
            bytes.extend(std::fs::read(path).expect("bytes"));
        }
    }
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
    assert!(holds("Larkmoor Police"), "the file was looked through");
    for word in [
        "Robin",
        "Aldercott",
        "Quarry",
        "second telephone",
        "Thursdays",
        "quiet room",
        "school is worried",
        "2011-04-09",
        &number,
    ] {
        assert!(!holds(word), "{word} is readable");
    }
}
