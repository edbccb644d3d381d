//! Every access and every change writes one event, and nothing is disclosed without one.

use alongside_domain::accounts::worker::Role;
use serde_json::json;

use crate::support::{Ask, World, words};

on_both! {
    async fn every_operation_leaves_exactly_one_event_and_so_does_every_refusal(world: World) {
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let concern = officer.raises_concern(&id, &words::concern()).await.is(201).id();
        let child = format!("/v1/children/{id}");
        let purpose = |path: String| Ask::get(&path).purpose("record_keeping");
        let asks = [
            (&officer, Ask::get(&child), 200),
            (&officer, purpose(format!("{child}/overview")), 200),
            (&officer, purpose(format!("{child}/chronology")), 200),
            (&officer, purpose(format!("{child}/concerns")), 200),
            (&officer, purpose(format!("{child}/access-history")), 200),
            (&officer, purpose(format!("{child}/involvements")), 200),
            (&officer, Ask::get(&format!("/v1/concerns/{concern}")), 200),
            (&officer, Ask::get(&format!("/v1/concerns/{concern}/versions")), 200),
            (&officer, Ask::get(&format!("{child}?as_known_at=2020-01-01T00:00:00Z")), 404),
            (&officer, Ask::post(&format!("{child}/contacts"), &words::contact()), 201),
            (&officer, Ask::post("/v1/children", &words::child(0)), 409),
            (&officer, Ask::put(&child, &words::amendment(&words::details("Robyn", None))).if_match("\"7\""), 412),
            (&nurse, purpose(child.clone()), 404),
            (&nurse, purpose("/v1/children/01900000-0000-7000-8000-000000000000".to_owned()), 404),
            (&nurse, Ask::post(&format!("{child}/contacts"), &words::contact()), 404),
            (&nurse, Ask::post("/v1/children/search", &json!({ "name": { "family_name": "Aldercott", "born_on": "2011-04-09" } })).purpose("referral"), 200),
            (&nurse, Ask::post("/v1/children/search", &json!({ "name": { "family_name": "Aldercott", "born_on": "2011-04-09" } })), 400),
            (&nurse, Ask::get("/v1/referrals"), 200),
            (&auditor, purpose(child.clone()), 404),
            (&auditor, purpose(format!("{child}/access-history")), 200),
        ];
        for (worker, ask, status) in asks {
            let before = world.rows("audit_event");
            let (method, path) = (ask.method.clone(), ask.path.clone());
            let answer = worker.asks(ask).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            assert_eq!(world.rows("audit_event"), before + 1, "{method} {path}");
            let request = answer.header("x-request-id").replace('-', "");
            let column = "SELECT COUNT(*) AS n FROM audit_event WHERE";
            let n = match world.fresh.database {
                alongside_storage::Database::Sqlite(_) => format!("{column} lower(hex(request_id)) = '{request}'"),
                alongside_storage::Database::Postgres(_) => format!("{column} replace(CAST(request_id AS text), '-', '') = '{request}'"),
            };
            assert_eq!(world.behind().number(&n), 1, "{method} {path} by its request id");
        }
    }

    async fn callers_cannot_choose_the_audited_request_id(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let sent = "01920000-0000-7000-8000-00000000abcd";
        let audited = |request: &str| {
            let condition = match world.fresh.database {
                alongside_storage::Database::Sqlite(_) => "lower(hex(request_id))",
                alongside_storage::Database::Postgres(_) => "replace(CAST(request_id AS text), '-', '')",
            };
            let request = request.replace('-', "");
            world.behind().number(&format!("SELECT COUNT(*) AS n FROM audit_event WHERE {condition} = '{request}'"))
        };
        for _ in 0..2 {
            let answer = nurse.asks(Ask::get("/v1/me").with("X-Request-ID", sent)).await.is(200);
            assert_eq!(answer.header("x-client-request-id"), sent);
            assert_eq!(audited(&answer.header("x-request-id")), 1);
        }
        assert_eq!(audited(sent), 0);
    }

    async fn a_callers_id_that_is_too_long_or_not_plain_is_dropped(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let long = "a".repeat(65);
        for dropped in ["", "9990000018", &long, "a value with spaces in it", "quote\"and-more-of-the-same"] {
            let answer = nurse.asks(Ask::get("/v1/me").with("X-Request-ID", dropped)).await.is(200);
            assert!(!answer.headers.contains_key("x-client-request-id"), "{dropped}");
        }
        let longest = "a".repeat(64);
        let answer = nurse.asks(Ask::get("/v1/me").with("X-Request-ID", &longest)).await.is(200);
        assert_eq!(answer.header("x-client-request-id"), longest);
    }

    async fn signing_in_and_failing_to_leave_events(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let before = world.rows("audit_event");
        world.sign_in(&nurse.name, "not the password at all").await.is(401);
        world.sign_in("nobody.of.that.name", "not the password at all").await.is(401);
        world.refresh(&nurse.refresh_token).await.is(201);
        nurse.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        nurse.get("/v1/me").await.is(401);
        assert_eq!(world.rows("audit_event"), before + 5);
    }

    async fn what_was_recorded_cannot_be_changed_or_removed(world: World) {
        let officer = world.practitioner(&world.police).await;
        let sent = officer.creates_child(&words::child(0)).await.is(201).id();
        let concern = officer.raises_concern(&sent, &words::concern()).await.is(201).id();
        let receiver = world.on_front_door(&world.social_care).await;
        let referral = officer.refers(&sent, &words::referral(&world.social_care, &[&concern])).await.is(201);
        receiver.accepts(&referral.id(), &referral.etag()).await.is(200);
        let tables = [
            ("account_version", "version"),
            ("audit_event", "action"),
            ("child_version", "version"),
            ("entry_version", "version"),
            ("referral_answer", "status"),
        ];
        for (table, column) in tables {
            let before = world.rows(table);
            assert!(before > 0, "{table}");
            let mut behind = world.behind();
            assert!(behind.run(&format!("UPDATE {table} SET {column} = {column}")).is_err(), "{table}");
            assert!(behind.run(&format!("DELETE FROM {table}")).is_err(), "{table}");
            assert_eq!(world.rows(table), before);
        }
    }

    async fn a_full_disk_is_answered_like_any_database_failure(world: World) {
        // The error that a full PostgreSQL server raises. A test of the whole process fills up SQLite.
        let alongside_storage::Database::Postgres(_) = world.fresh.database else { return };
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{id}");
        world.behind().run(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$; \
             CREATE TRIGGER no_room BEFORE INSERT ON audit_event EXECUTE FUNCTION no_room()",
        ).expect("a trigger");
        let refused = officer.get(&path).await.is(503);
        assert!(!refused.text.contains("Robin") && !refused.text.contains("space"), "{}", refused.text);
        officer.raises_concern(&id, &words::concern()).await.is(503);
        world.behind().run("DROP TRIGGER no_room ON audit_event").expect("room again");
        assert_eq!(world.rows("entry"), 0);
        officer.get(&path).await.is(200);
    }

    async fn nothing_is_disclosed_or_changed_while_the_audit_cannot_be_written(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{id}");
        world.behind().run("ALTER TABLE audit_event RENAME TO audit_event_away").expect("renamed");
        for ask in [
            Ask::get(&path),
            Ask::get(&format!("{path}/chronology")),
            Ask::post(&format!("{path}/concerns"), &words::concern()),
            Ask::get("/v1/children/01900000-0000-7000-8000-000000000000"),
        ] {
            let answer = officer.asks(ask).await.is(503);
            assert!(!answer.text.contains("Robin"), "{}", answer.text);
            assert_eq!(answer.header("retry-after"), "2");
        }
        world.behind().run("ALTER TABLE audit_event_away RENAME TO audit_event").expect("renamed back");
        assert_eq!(world.rows("entry"), 0);
        officer.get(&path).await.is(200);
        officer.raises_concern(&id, &words::concern()).await.is(201);
    }
}
