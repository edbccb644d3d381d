//! Police can view a record without warning anyone, for a day at most, and their overseers always see it.

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Ask, Worker, World, words};

async fn suppresses(world: &World, officer: &Worker, child: &str) -> crate::support::Answer {
    officer.post(&format!("/v1/children/{child}/notice-suppressions"), &words::suppression(world.now())).await
}

async fn told(worker: &Worker, kind: &str) -> Vec<Value> {
    let notices = worker.get("/v1/notices").await.is(200);
    notices.items().iter().filter(|notice| notice["kind"] == kind).cloned().collect()
}

/// What the access history shows a reader about a worker's actions.
async fn history(reader: &Worker, child: &str, of: &Worker) -> Vec<Value> {
    let ask = Ask::get(&format!("/v1/children/{child}/access-history?limit=200")).purpose("audit");
    let shown = reader.asks(ask).await.is(200);
    shown.items().iter().filter(|event| event["worker_id"] == json!(of.id)).cloned().collect()
}

fn names<'a>(events: &'a [Value]) -> Vec<&'a str> {
    let mut names: Vec<&'a str> = events.iter().filter_map(|event| event["action"].as_str()).collect();
    names.sort_unstable();
    names
}

/// A child in the charge of social care, with an officer in the team who has a lead.
async fn scene(world: &World) -> (Worker, Worker, String) {
    world.worker(Role::SafeguardingLead, &world.police).await;
    scene_without_a_lead(world).await
}

async fn scene_without_a_lead(world: &World) -> (Worker, Worker, String) {
    let (social_worker, officer) =
        (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
    let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
    social_worker.involves(&child, &officer, "team").await.is(201);
    (social_worker, officer, child)
}

on_both! {
    async fn a_suppression_hides_access_from_notices_and_history_until_it_ends(world: World) {
        let (mut social_worker, mut officer, child) = scene(&world).await;
        let path = format!("/v1/children/{child}");
        let begun = suppresses(&world, &officer, &child).await.is(201);
        assert_eq!(begun.body["worker_id"], json!(officer.id));
        officer.reads(&path).await.is(200);
        officer.reads(&format!("{path}/chronology")).await.is(200);
        officer.reads(&format!("{path}/restriction")).await.is(403);
        assert!(told(&social_worker, "record_read").await.is_empty());
        assert!(history(&social_worker, &child, &officer).await.is_empty());
        let own = history(&officer, &child, &officer).await;
        assert_eq!(names(&own), ["suppress_notices", "view_child", "view_chronology", "view_restriction"]);
        world.pass(Duration::hours(6));
        for worker in [&mut social_worker, &mut officer] {
            world.signs_in(worker).await;
        }
        officer.reads(&path).await.is(200);
        assert_eq!(told(&social_worker, "record_read").await.len(), 1, "the first access afterwards is notified");
        assert_eq!(names(&history(&social_worker, &child, &officer).await), ["view_child"]);
    }

    async fn auditors_and_police_overseers_see_suppressed_access_and_its_mark(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        let colleague = world.practitioner(&world.police).await;
        social_worker.involves(&child, &colleague, "team").await.is(201);
        let elsewhere = world.agency("Brackwater Police", alongside_domain::accounts::agency::Sector::Police).await;
        let stranger = world.practitioner(&elsewhere).await;
        social_worker.involves(&child, &stranger, "team").await.is(201);
        suppresses(&world, &officer, &child).await.is(201);
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
        let seen_by = [
            world.worker(Role::Auditor, &world.health).await,
            world.worker(Role::Supervisor, &world.police).await,
            world.worker(Role::SafeguardingLead, &world.police).await,
        ];
        for reader in &seen_by {
            let events = history(reader, &child, &officer).await;
            assert_eq!(names(&events), ["suppress_notices", "view_child"], "{}", reader.name);
            let look = events.iter().find(|event| event["action"] == "view_child").expect("the access");
            assert_eq!(look["notices_suppressed"], json!(true));
        }
        let unseen_by = [
            colleague,
            world.worker(Role::Supervisor, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &elsewhere).await,
        ];
        for reader in &unseen_by {
            assert!(history(reader, &child, &officer).await.is_empty(), "{}", reader.name);
        }
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM suppressed_look"), 1, "only the officer's access was suppressed");
    }

    async fn a_refused_attempt_under_a_suppression_is_hidden_too(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        suppresses(&world, &officer, &child).await.is(404);
        assert!(history(&social_worker, &child, &officer).await.is_empty());
        assert_eq!(names(&history(&auditor, &child, &officer).await), ["suppress_notices"]);
    }

    async fn leads_who_may_know_of_the_record_are_notified_of_a_suppression(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        let lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let close = world.worker(Role::SafeguardingLead, &world.police).await;
        let elsewhere = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        close.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&close)).await.is(204);
        let suppression = suppresses(&world, &officer, &child).await.is(201).id();
        let notices = told(&lead, "notices_suppressed").await;
        assert_eq!((notices.len(), &notices[0]["about_id"]), (1, &json!(suppression)));
        assert!(!notices[0].to_string().contains(&child));
        let path = format!("/v1/notice-suppressions/{suppression}");
        assert_eq!(lead.get(&path).await.is(200).body["child_id"], json!(child));
        close.get(&path).await.is(404);
        for other in [&close, &social_worker, &elsewhere, &officer, &auditor] {
            assert!(told(other, "notices_suppressed").await.is_empty(), "{}", other.name);
        }
    }

    async fn the_officers_overseers_read_the_reason_and_others_find_nothing(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        let begun = suppresses(&world, &officer, &child).await.is(201);
        let path = format!("/v1/notice-suppressions/{}", begun.id());
        let auditor = world.worker(Role::Auditor, &world.health).await;
        for reader in [&world.worker(Role::SafeguardingLead, &world.police).await, &auditor] {
            let read = reader.get(&path).await.is(200);
            for field in ["id", "child_id", "worker_id", "reason", "explanation", "started_at", "ends_at"] {
                assert_eq!(read.body[field], begun.body[field], "{field} by {}", reader.name);
            }
            assert_eq!(read.body["agency_id"], json!(world.police.id));
        }
        let unknown = officer.get("/v1/notice-suppressions/01900000-0000-7000-8000-000000000000").await.is(404);
        let others = [
            world.worker(Role::Supervisor, &world.police).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::Administrator, &world.police).await,
            social_worker.clone(),
            officer.clone(),
        ];
        for other in &others {
            assert_eq!(other.get(&path).await.is(404).text, unknown.text, "{}", other.name);
        }
        let looked = history(&auditor, &child, &auditor).await;
        let suppression = json!(begun.id());
        let look = looked.iter().find(|event| event["action"] == "view_notice_suppression").expect("the access itself");
        assert_eq!(look["subject_id"], suppression);
        let begun = history(&auditor, &child, &officer).await;
        assert_eq!(begun[0]["subject_id"], suppression, "an auditor finds it by this id");
        for reader in [&social_worker, &others[1]] {
            for whose in others.iter().chain([&auditor]).filter(|worker| worker.id != reader.id) {
                assert!(!names(&history(reader, &child, whose).await).contains(&"view_notice_suppression"));
            }
        }
        assert_eq!(told(&social_worker, "record_read").await.len(), 0, "the record was not read");
    }

    async fn overseers_read_the_reason_but_not_the_child_where_the_record_is_closed(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        let suppression = suppresses(&world, &officer, &child).await.is(201).id();
        let path = format!("/v1/notice-suppressions/{suppression}");
        let lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let leads = [
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
        ];
        let listed = [&social_worker, &leads[0], &leads[1], &officer];
        leads[0].post(&format!("/v1/children/{child}/restriction"), &words::restriction(&listed)).await.is(201);
        for reader in [&lead, &auditor] {
            let read = reader.get(&path).await.is(200);
            assert!(read.body["explanation"].is_string() && !read.text.contains(&child), "{}", read.text);
        }
        world.pass(Duration::seconds(1));
        world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
        for reader in [&lead, &auditor, &leads[0]] {
            reader.get(&path).await.is(404);
        }
    }

    async fn a_suppression_is_refused_where_neither_overseers_nor_auditors_can_be_notified(world: World) {
        let (_, officer, child) = scene_without_a_lead(&world).await;
        suppresses(&world, &officer, &child).await.is(409);
        let auditor = world.worker(Role::Auditor, &world.health).await;
        suppresses(&world, &officer, &child).await.is(201);
        assert_eq!(told(&auditor, "notices_suppressed").await.len(), 1);
    }

    async fn only_police_who_work_with_the_child_suppress_notices_with_a_fresh_second_factor(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        let (nurse, stranger) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let sergeant = world.worker(Role::Supervisor, &world.police).await;
        social_worker.involves(&child, &nurse, "team").await.is(201);
        let invited = world.practitioner(&world.police).await;
        social_worker.involves(&child, &invited, "meeting").await.is(422);
        suppresses(&world, &nurse, &child).await.is(403);
        suppresses(&world, &social_worker, &child).await.is(403);
        suppresses(&world, &sergeant, &child).await.is(403);
        suppresses(&world, &stranger, &child).await.is(404);
        stranger.begins_emergency(&child).await.is(201);
        suppresses(&world, &stranger, &child).await.is(403);
        let duty = format!("/v1/children/{child}/duty");
        stranger.post(&duty, &json!({ "reason": "Covering for a colleague who is ill." })).await.is(201);
        suppresses(&world, &stranger, &child).await.is(201);
        world.pass(Duration::minutes(5));
        let stale = suppresses(&world, &officer, &child).await.is(403);
        assert_eq!(stale.problem(), "/problems/second-factor-needed");
    }

    async fn a_suppression_has_a_reason_ends_within_a_day_and_is_not_extended(world: World) {
        let (_, officer, child) = scene(&world).await;
        let path = format!("/v1/children/{child}/notice-suppressions");
        let with = |field: &str, value: Value| {
            let mut body = words::suppression(world.now());
            body[field] = value;
            body
        };
        let cases = [
            ("reason", json!("curiosity"), "/reason"),
            ("explanation", json!("An arrest."), "/explanation"),
            ("ends_at", json!(world.now()), "/ends_at"),
            ("ends_at", json!(world.now() + Duration::hours(24) + Duration::seconds(1)), "/ends_at"),
            ("started_at", json!(world.now() - Duration::hours(1)), "/started_at"),
        ];
        for (field, value, pointer) in cases {
            assert_eq!(officer.post(&path, &with(field, value)).await.is(422).pointers(), [pointer]);
        }
        let mut endless = words::suppression(world.now());
        endless.as_object_mut().expect("an object").remove("ends_at");
        assert_eq!(officer.post(&path, &endless).await.is(422).pointers(), ["/ends_at"]);
        officer.post(&path, &with("ends_at", json!(world.now() + Duration::hours(24)))).await.is(201);
        officer.post(&path, &words::suppression(world.now())).await.is(409);
    }

    async fn a_suppression_never_covers_emergency_access(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        suppresses(&world, &officer, &child).await.is(201);
        officer.begins_emergency(&child).await.is(201);
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
        assert_eq!(told(&social_worker, "emergency_access").await.len(), 1);
        assert_eq!(told(&social_worker, "record_read").await.len(), 1);
        assert_eq!(names(&history(&social_worker, &child, &officer).await), ["begin_emergency_access", "view_child"]);
    }

    async fn a_suppression_ends_with_the_involvement_and_covers_no_other_child_or_colleague(world: World) {
        let (social_worker, officer, child) = scene(&world).await;
        let colleague = world.practitioner(&world.police).await;
        social_worker.involves(&child, &colleague, "team").await.is(201);
        let other = social_worker.creates_child(&words::child(1)).await.is(201).id();
        social_worker.involves(&other, &officer, "team").await.is(201);
        suppresses(&world, &officer, &child).await.is(201);
        colleague.reads(&format!("/v1/children/{child}")).await.is(200);
        officer.reads(&format!("/v1/children/{other}")).await.is(200);
        assert_eq!(told(&social_worker, "record_read").await.len(), 2);
        let mine = officer.reads(&format!("/v1/children/{child}/involvements")).await.is(200);
        let mine = mine.items().iter().find(|involvement| involvement["worker_id"] == json!(officer.id)).expect("it").clone();
        let end = format!("/v1/involvements/{}/end", mine["id"].as_str().expect("an id"));
        officer.asks(Ask::post(&end, &json!({ "reason": "The work is done." })).if_match("\"1\"")).await.is(200);
        officer.reads(&format!("/v1/children/{child}")).await.is(404);
        let shown = history(&social_worker, &child, &officer).await;
        assert_eq!(names(&shown), ["end_involvement", "view_child"]);
    }

    async fn a_suppression_and_its_marks_cannot_be_changed_or_removed(world: World) {
        let (_, officer, child) = scene(&world).await;
        suppresses(&world, &officer, &child).await.is(201);
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
        for change in [
            "UPDATE notice_suppression SET reason = 'none'",
            "DELETE FROM notice_suppression",
            "UPDATE suppressed_look SET event_id = child_id",
            "DELETE FROM suppressed_look",
        ] {
            let refused = world.behind().run(change).expect_err(change).to_string();
            assert!(refused.contains("append-only"), "{change}: {refused}");
        }
        let looks = "SELECT COUNT(*) AS n FROM audit_event e JOIN suppressed_look s ON s.event_id = e.id WHERE e.action = 'view_child'";
        assert_eq!(world.behind().number(looks), 1);
    }
}
