//! A database is examined: an undamaged one passes. Each damaged place is named, never its content.

use alongside_domain::accounts::worker::Role;
use alongside_storage::{Damage, Examined, Finding, KeyFileReaders, OpenError, examine, sealed_columns};
use serde_json::json;

use crate::access::emergencies::review;
use crate::support::database::Behind;
use crate::support::{Ask, Backend, Worker, World, words};

fn examined(world: &World) -> (Examined, Vec<Damage>) {
    let (key, mut damages) = (world.fresh.folder.path().join("key.json"), Vec::new());
    let examined = examine(&world.fresh.served(), &key, KeyFileReaders::OwnerAlone, &mut |finding| {
        if let Finding::Damaged(damage) = finding {
            damages.push(damage);
        }
    });
    let examined = examined.expect("an examination");
    assert_eq!(examined.damaged, damages.len() as u64);
    (examined, damages)
}

/// A connection that bypasses every trigger and foreign key.
fn tampering(world: &World) -> Behind {
    let mut behind = world.behind();
    match world.fresh.backend() {
        Backend::Postgresql => behind.run("SET session_replication_role = replica").expect("no triggers"),
        Backend::Sqlite => {
            behind.run("PRAGMA foreign_keys = OFF").expect("no links");
            for trigger in behind.words("SELECT name AS word FROM sqlite_master WHERE type = 'trigger'") {
                behind.run(&format!("DROP TRIGGER {trigger}")).expect("no trigger");
            }
        }
    }
    behind
}

/// An id as SQL writes it.
fn id(world: &World, id: &str) -> String {
    match world.fresh.backend() {
        Backend::Sqlite => format!("X'{}'", id.replace('-', "")),
        Backend::Postgresql => format!("'{id}'"),
    }
}

fn bytes(world: &World) -> &'static str {
    if world.fresh.backend() == Backend::Sqlite { "X'0102'" } else { "'\\x0102'" }
}

/// A record with content in every sealed column.
async fn everything(world: &World) -> (Worker, String, String) {
    let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
    let leads = [
        world.worker(Role::SafeguardingLead, &world.health).await,
        world.worker(Role::SafeguardingLead, &world.police).await,
    ];
    let supervisor = world.worker(Role::Supervisor, &world.police).await;
    let because = json!({ "because": "The meeting was called off." });
    let child = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "key");
    let child = nurse.asks(child).await.is(201).id();
    let of_child = |path: &str| format!("/v1/children/{child}/{path}");
    nurse.involves(&child, &officer, "team").await.is(201);
    let colleague = world.practitioner(&world.health).await;
    let ended = nurse.involves(&child, &colleague, "team").await.is(201).id();
    let end = Ask::post(&format!("/v1/involvements/{ended}/end"), &json!({ "reason": "The work is done." }));
    nurse.asks(end.if_match("\"1\"")).await.is(200);
    let helper = world.practitioner(&world.health).await;
    let renewed = nurse.involves(&child, &helper, "team").await.is(201).id();
    let renewal = json!({ "ends_at": world.now() + chrono::Duration::days(90), "reason": "The work goes on." });
    let renewal = Ask::post(&format!("/v1/involvements/{renewed}/renewal"), &renewal);
    leads[0].asks(renewal.if_match("\"1\"")).await.is(200);
    let concern = nurse.raises_concern(&child, &words::concern()).await.is(201);
    let amended = words::amendment(&words::concern());
    nurse.put(&format!("/v1/concerns/{}", concern.id()), &concern.etag(), &amended).await.is(200);
    let referral = nurse.refers(&child, &words::referral(&world.police, &[&concern.id()])).await.is(201);
    supervisor.decides(&referral.id(), &referral.etag(), "decline").await.is(200);
    let kept = words::kept_in("health_restricted", words::contact());
    let contact = nurse.records_contact(&child, &kept).await.is(201).id();
    let asked = json!({ "reason": "The meeting decides on Thursday whether home is safe." });
    let request = officer.post(&format!("/v1/recordings/{contact}/disclosure-requests"), &asked).await.is(201).id();
    let ends_at = world.now() + chrono::Duration::days(7);
    let grant = json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": ends_at });
    nurse.post(&format!("/v1/disclosure-requests/{request}/decision"), &grant).await.is(200);
    nurse.post(&format!("/v1/disclosure-requests/{request}/revoke"), &because).await.is(200);
    let police = words::kept_in("police_restricted", words::concern());
    let police = officer.raises_concern(&child, &police).await.is(201).id();
    let line = format!("/v1/recordings/{police}/sanitised-lines");
    let line = supervisor.post(&line, &words::sanitised_line()).await.is(201).id();
    supervisor.post(&format!("/v1/sanitised-lines/{line}/withdraw"), &because).await.is(204);
    officer.post(&of_child("notice-suppressions"), &words::suppression(world.now())).await.is(201);
    let relative = world.practitioner(&world.police).await;
    relative.post(&of_child("conflicts"), &words::conflict(&relative)).await.is(204);
    leads[0].post(&of_child(&format!("conflicts/{}/lift", relative.id)), &because).await.is(204);
    let emergency = world.practitioner(&world.social_care).await.begins_emergency(&child).await.is(201).id();
    assert_eq!(review(&leads[0], &emergency).await, 204);
    world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
    (nurse, child, concern.id())
}

on_both! {
    async fn a_database_with_something_of_every_kind_is_whole(world: World) {
        everything(&world).await;
        let (examined, damages) = examined(&world);
        assert_eq!(damages, []);
        assert!(examined.rows > 10 && examined.sealed > 20, "{examined:?}");
    }

    async fn every_column_of_bytes_is_examined_or_is_a_digest(world: World) {
        let of_bytes = match world.fresh.backend() {
            Backend::Sqlite => world.behind().words(
                "SELECT m.name || '.' || c.name AS word FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND c.type = 'BLOB' AND (c.name LIKE '%sealed' OR c.name = 'content')",
            ),
            Backend::Postgresql => world.behind().words(
                "SELECT CAST(table_name || '.' || column_name AS text) AS word FROM information_schema.columns WHERE \
                 table_schema = current_schema() AND data_type = 'bytea' AND column_name NOT LIKE '%digest' \
                 AND column_name NOT IN ('token', 'fingerprint')",
            ),
        };
        let examined = sealed_columns();
        for column in of_bytes {
            assert!(
                examined.contains(&column),
                "{column} has no line in crates/storage/src/examine/cells.rs: say there with which key it is sealed and \
                 at which place, so that `alongside check` opens it; a digest is called …digest"
            );
        }
    }

    async fn a_sealed_text_that_was_altered_is_named_by_table_row_and_column(world: World) {
        let (_, child, _) = everything(&world).await;
        let mut behind = tampering(&world);
        // The keys of children come last: without them nothing else of a child opens.
        let mut columns = sealed_columns();
        columns.retain(|column| column != "key_check.content" && column != "child.key_sealed");
        for column in &columns {
            let (table, column) = column.split_once('.').expect("a column");
            let rows = behind.number(&format!("SELECT COUNT(*) AS n FROM {table} WHERE {column} IS NOT NULL"));
            assert!(rows > 0, "{table}.{column} is empty, so the test proves nothing");
            let (_, before) = examined(&world);
            let bytes = bytes(&world);
            behind.run(&format!("UPDATE {table} SET {column} = {bytes} WHERE {column} IS NOT NULL")).expect("altered");
            let (_, after) = examined(&world);
            let new: Vec<_> = after.iter().filter(|damage| !before.contains(damage)).collect();
            assert_eq!(i64::try_from(new.len()), Ok(rows), "{table}.{column}: {new:?}");
            assert!(new.iter().all(|damage| damage.table == table && damage.column == column), "{new:?}");
        }
        behind.run(&format!("UPDATE child SET key_sealed = {}", bytes(&world))).expect("altered");
        let (_, damages) = examined(&world);
        let key = damages.iter().find(|damage| damage.column == "key_sealed").expect("the key is named");
        assert_eq!((key.table.as_str(), key.row.as_str()), ("child", child.as_str()));
    }

    async fn a_sealed_text_that_was_moved_to_another_row_is_named(world: World) {
        let (nurse, child, _) = everything(&world).await;
        let other = nurse.creates_child(&words::child(1)).await.is(201).id();
        tampering(&world).run(&format!(
            "UPDATE child_version SET content = (SELECT content FROM child_version WHERE child_id = {}) WHERE child_id = {}",
            id(&world, &other), id(&world, &child),
        )).expect("moved");
        let (_, damages) = examined(&world);
        assert_eq!(damages.len(), 1, "{damages:?}");
        assert_eq!(damages[0].to_string(), format!(
            "damaged: table child_version, row {child} (1), column content: the sealed text does not open"
        ));
    }

    async fn a_child_whose_key_was_destroyed_is_not_damaged(world: World) {
        everything(&world).await;
        tampering(&world).run("UPDATE child SET key_sealed = NULL").expect("destroyed");
        assert_eq!(examined(&world).1, []);
    }

    async fn a_missing_version_is_named(world: World) {
        let (_, child, concern) = everything(&world).await;
        let mut behind = tampering(&world);
        behind.run(&format!("DELETE FROM entry_version WHERE version = 1 AND entry_id = {}", id(&world, &concern))).expect("gone");
        behind.run(&format!("UPDATE child SET version = 3 WHERE id = {}", id(&world, &child))).expect("another version");
        behind.run("DELETE FROM account_version WHERE kind = 'agency'").expect("gone");
        let (_, damages) = examined(&world);
        let of = |table: &str| damages.iter().filter(|damage| damage.table == table).collect::<Vec<_>>();
        assert_eq!(of("agency").len(), 3);
        let [gap] = of("entry")[..] else { panic!("{damages:?}") };
        assert_eq!((&*gap.row, &*gap.column), (&*concern, "version"));
        assert!(gap.what.contains("a version before 2 is missing in entry_version"), "{gap}");
        let [ahead] = of("child")[..] else { panic!("{damages:?}") };
        assert_eq!(ahead.row, child);
        assert!(ahead.what.contains("says version 3, and the last in child_version is 1"), "{ahead}");
    }

    async fn a_link_that_leads_nowhere_is_named(world: World) {
        let (nurse, child, _) = everything(&world).await;
        let nowhere = id(&world, "01920000-0000-7000-8000-00000000abcd");
        let nurse = id(&world, &nurse.id);
        tampering(&world)
            .run(&format!("UPDATE involvement SET ended_by = {nowhere} WHERE worker_id = {nurse}"))
            .expect("altered");
        let (_, damages) = examined(&world);
        assert_eq!(damages.len(), 1, "{damages:?}");
        let Damage { table, column, what, row } = &damages[0];
        assert_eq!((&**table, &**column, &**what), ("involvement", "ended_by", "leads to no row of worker"));
        assert!(row.len() == 36 && *row != child, "{row}");
    }

    async fn an_examination_writes_nothing_and_refuses_another_key_file(world: World) {
        everything(&world).await;
        let before = world.rows("audit_event");
        examined(&world);
        assert_eq!(world.rows("audit_event"), before);
        let missing = world.fresh.folder.path().join("missing.json");
        let refused = examine(&world.fresh.served(), &missing, KeyFileReaders::OwnerAlone, &mut |_| {});
        assert!(matches!(refused, Err(OpenError::KeyFile { .. })), "{refused:?}");
        assert!(!missing.exists());
        tampering(&world).run(&format!("UPDATE key_check SET content = {}", bytes(&world))).expect("altered");
        let key = world.fresh.folder.path().join("key.json");
        let refused = examine(&world.fresh.served(), &key, KeyFileReaders::OwnerAlone, &mut |_| {});
        assert!(matches!(refused, Err(OpenError::WrongKeyFile { .. })), "{refused:?}");
    }
}

#[actix_web::test]
async fn a_file_that_was_cut_or_overwritten_is_named_as_damaged() {
    let world = World::new(Backend::Sqlite).await;
    everything(&world).await;
    let mut behind = world.behind();
    let copy = world.fresh.folder.path().join("copy.db");
    behind.run(&format!("VACUUM INTO '{}'", copy.display())).expect("a copy");
    let mut bytes = std::fs::read(&copy).expect("bytes");
    let pages = bytes.len() / 4_096;
    for page in (pages / 3)..(pages / 2) {
        bytes[page * 4_096..page * 4_096 + 512].fill(0xA5);
    }
    std::fs::write(&copy, bytes).expect("overwritten");
    let key = world.fresh.folder.path().join("key.json");
    let mut named = 0;
    let database = alongside_storage::Database::Sqlite(copy);
    let _ = examine(&database, &key, KeyFileReaders::OwnerAlone, &mut |finding| {
        named += usize::from(matches!(finding, Finding::Damaged(_)));
    });
    assert!(named > 0);
}

#[actix_web::test]
async fn on_postgresql_a_disabled_trigger_and_an_invalid_index_are_named() {
    let world = World::new(Backend::Postgresql).await;
    world.behind().run("ALTER TABLE audit_event DISABLE TRIGGER audit_event_keeps").expect("disabled");
    world
        .behind()
        .run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST('child_pkey' AS regclass)")
        .expect("not valid");
    let (_, damages) = examined(&world);
    let texts: Vec<_> = damages.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("the trigger audit_event_keeps is disabled")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("REINDEX INDEX child_pkey")), "{texts:?}");
}
