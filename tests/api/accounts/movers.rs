//! What ends when a worker moves to another agency, and when an involvement ends.

use actix_web::rt;
use alongside_domain::access::involvement::InvolvementKind;
use alongside_domain::accounts::agency::Agency;
use alongside_domain::accounts::worker::{Role, WorkerState};
use alongside_storage::Error;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Answer, Worker, World, words};

/// Moves a nurse, whose account has this version, to police.
async fn moves(administrator: &Worker, world: &World, nurse: &Worker, version: &str) -> Answer {
    let moved = json!({
        "agency_id": world.police.id, "display_name": "Noor Hale", "job_title": "Analyst", "roles": ["practitioner"],
    });
    administrator.put(&format!("/v1/workers/{}", nurse.id), version, &moved).await
}

fn from_today(kind: &str, worker: &Worker, ends_at: &Value) -> Value {
    json!({ "worker_id": worker.id, "kind": kind, "ends_at": ends_at, "reason": "Needed for the plan." })
}

on_both! {
    async fn a_worker_who_is_moved_during_requests_acts_for_one_agency_at_a_time(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let mut asked = Vec::new();
        let ask = |number: usize| {
            let (nurse, path) = (nurse.clone(), format!("/v1/children/{child}"));
            let child = child.clone();
            rt::spawn(async move {
                if number.is_multiple_of(2) { nurse.reads(&path).await } else { nurse.raises_concern(&child, &words::concern()).await }
            })
        };
        asked.extend((0..20).map(ask));
        let move_to_police = moves(&administrator, &world, &nurse, "\"1\"");
        asked.extend((20..40).map(ask));
        move_to_police.await.is(200);
        let after = nurse.reads(&format!("/v1/children/{child}")).await;
        asked.extend((40..60).map(ask));
        after.is(404);
        for (number, answer) in asked.into_iter().enumerate() {
            let status = answer.await.expect("an answer").status;
            // At the other agency she has no role until a second person confirms it.
            let expected: &[u16] = match (number % 2, number < 40) {
                (0, true) => &[200, 404],
                (_, true) => &[201, 404],
                (_, false) => &[404],
            };
            assert!(expected.contains(&status), "{number}: {status}");
        }
        let of = |what: &str, agency: &str| world.behind().number(&format!(
            "SELECT COUNT(*) AS n FROM {what} JOIN agency g ON g.id = x.agency_id WHERE g.name = '{agency}'"
        ));
        for agency in [&world.health.details.name, &world.police.details.name] {
            let decided = of("(SELECT agency_id FROM audit_event WHERE action = 'raise_concern' AND outcome = 'permitted') x", agency);
            assert_eq!(decided, of("entry x", agency), "recorded for the agency of the decision: {agency}");
        }
        let seen = of("(SELECT agency_id FROM audit_event WHERE action = 'view_child' AND outcome = 'permitted') x", "Larkmoor Police");
        assert_eq!(seen, 0);
    }

    async fn a_worker_who_moves_keeps_no_access_from_the_earlier_agency(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let (worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let child = worker.creates_child(&words::child(0)).await.is(201).id();
        let other = worker.creates_child(&words::child(1)).await.is(201).id();
        worker.involves(&child, &nurse, "team").await.is(201);
        nurse.begins_emergency(&other).await.is(201);
        let sees = async |child: &str| nurse.reads(&format!("/v1/children/{child}")).await.status;
        assert_eq!((sees(&child).await, sees(&other).await), (200, 200));
        moves(&administrator, &world, &nurse, "\"1\"").await.is(200);
        assert_eq!((sees(&child).await, sees(&other).await), (404, 404));
        let back = json!({
            "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"],
        });
        administrator.put(&format!("/v1/workers/{}", nurse.id), "\"2\"", &back).await.is(200);
        assert_eq!(sees(&child).await, 404);
        let list = worker.reads(&format!("/v1/children/{child}/involvements")).await.is(200);
        let ended = list.items().iter().find(|item| item["worker_id"] == json!(nurse.id));
        assert!(ended.is_none_or(|item| item["ends_at"] == json!(world.now())), "{}", list.text);
    }

    async fn the_last_lead_hands_over_a_closed_record_before_leaving_and_administrators_learn_nothing(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let mut lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let successor = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let worker = world.practitioner(&world.social_care).await;
        let child = worker.creates_child(&words::child(0)).await.is(201).id();
        let restriction = format!("/v1/children/{child}/restriction");
        lead.post(&restriction, &words::restriction(&[&lead])).await.is(201);
        let account = |agency: &Agency, state: &str| json!({
            "agency_id": agency.id, "display_name": "Noor Hale", "job_title": "Lead", "roles": ["practitioner"], "state": state,
        });
        let path = format!("/v1/workers/{}", lead.id);
        for change in [account(&world.police, "active"), account(&world.social_care, "left")] {
            let refused = administrator.put(&path, "\"1\"", &change).await.is(409);
            let detail = refused.string("detail");
            assert!(detail.contains("handed over first. Ask a safeguarding lead"), "{detail}");
            for betraying in ["record", "closed", "restrict", "sealed", "child"] {
                assert!(!detail.contains(betraying), "{detail}");
            }
        }
        let left = world.store.operator_correct_worker(lead.name.clone(), |details| details.state = WorkerState::Left).await;
        assert!(matches!(left, Err(Error::Conflict(why)) if why.contains("handed over") && !why.contains("record")));
        let open_to = async |reader: &Worker| reader.get(&restriction).await.is(200).body["open_to"].clone();
        assert_eq!(open_to(&lead).await, json!([lead.id]), "the lead sees that no one else is on the list");
        successor.get(&restriction).await.is(404);
        lead.post(&restriction, &words::restriction(&[&lead, &successor])).await.is(201);
        administrator.put(&path, "\"1\"", &account(&world.social_care, "left")).await.is(200);
        assert_eq!(open_to(&successor).await, json!([successor.id]));
        administrator.put(&path, "\"2\"", &account(&world.social_care, "active")).await.is(200);
        world.signs_in(&mut lead).await;
        lead.reads(&format!("/v1/children/{child}")).await.is(404);
        let path = format!("/v1/workers/{}", successor.id);
        administrator.put(&path, "\"1\"", &account(&world.police, "active")).await.is(409);
    }

    async fn an_involvement_is_neither_backdated_nor_without_an_end_nor_longer_than_its_kind_allows(world: World) {
        let (worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let child = worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}/involvements");
        let now = world.now();
        for kind in InvolvementKind::ALL {
            let at = |time: Duration| json!(now + time);
            let longest = Duration::days(kind.longest_days());
            for ends_at in [Value::Null, at(Duration::zero()), at(Duration::seconds(-1)), at(longest + Duration::seconds(1))] {
                let refused = worker.post(&path, &from_today(kind.as_str(), &nurse, &ends_at)).await.is(422);
                assert_eq!(refused.pointers(), ["/ends_at"], "{kind}, {ends_at}");
            }
            let mut without = from_today(kind.as_str(), &nurse, &Value::Null);
            without.as_object_mut().expect("an object").remove("ends_at");
            worker.post(&path, &without).await.is(422);
            let mut backdated = from_today(kind.as_str(), &nurse, &at(Duration::hours(1)));
            backdated["started_at"] = at(Duration::days(-1));
            worker.post(&path, &backdated).await.is(422);
        }
        nurse.reads(&format!("/v1/children/{child}")).await.is(404);
        worker.post(&path, &from_today("meeting", &nurse, &json!(now + Duration::hours(1)))).await.is(201);
        let started = worker.reads(&path).await.is(200);
        let started = started.items().iter().find(|item| item["worker_id"] == json!(nurse.id)).cloned().expect("it");
        assert_eq!(started["started_at"], json!(now));
        nurse.reads(&format!("/v1/children/{child}")).await.is(200);
        world.pass(Duration::minutes(61));
        let mut nurse = nurse;
        world.signs_in(&mut nurse).await;
        nurse.reads(&format!("/v1/children/{child}")).await.is(404);
    }
}
