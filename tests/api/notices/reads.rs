//! The workers in charge of a child are notified when another agency views the record.

use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::{Worker, World, words};

async fn told(worker: &Worker, kind: &str) -> Vec<Value> {
    let notices = worker.get("/v1/notices").await.is(200);
    notices.items().iter().filter(|notice| notice["kind"] == kind).cloned().collect()
}

on_both! {
    async fn access_from_another_agency_is_notified_once_a_day(world: World) {
        let (social_worker, mut nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let colleague = world.practitioner(&world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &nurse, "team").await.is(201);
        social_worker.involves(&child, &colleague, "team").await.is(201);
        let path = format!("/v1/children/{child}");
        colleague.reads(&path).await.is(200);
        social_worker.get(&path).await.is(200);
        assert!(told(&social_worker, "record_read").await.is_empty(), "access within the agency sends no notice");
        nurse.reads(&path).await.is(200);
        nurse.reads_chronology(&child, "direct_work").await.is(200);
        let notices = told(&social_worker, "record_read").await;
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0]["about_id"], json!(child));
        assert_eq!(notices[0]["at"], json!(world.now()), "notified in the transaction of the access");
        world.pass(chrono::Duration::days(1));
        world.signs_in(&mut nurse).await;
        nurse.reads(&path).await.is(200);
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM notice WHERE kind = 'record_read'"), 2);
    }

    async fn access_that_could_not_be_audited_is_notified_once_it_can_be(world: World) {
        let (social_worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &nurse, "team").await.is(201);
        let path = format!("/v1/children/{child}");
        world.cannot_commit();
        nurse.reads(&path).await.is(503);
        world.commits_again();
        assert!(told(&social_worker, "record_read").await.is_empty());
        nurse.reads(&path).await.is(200);
        nurse.reads(&path).await.is(200);
        assert_eq!(told(&social_worker, "record_read").await.len(), 1);
    }

    async fn simultaneous_access_is_notified_once_by_all_servers_together(world: World) {
        let (social_worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let officer = world.practitioner(&world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let mut looks = Vec::new();
        for reader in [&nurse, &officer] {
            social_worker.involves(&child, reader, "team").await.is(201);
        }
        let world = world.beside_another();
        for reader in [&nurse, &officer] {
            for reader in [reader.clone(), world.answers(reader).await, reader.clone(), world.answers(reader).await] {
                let path = format!("/v1/children/{child}");
                looks.push(actix_web::rt::spawn(async move { reader.reads(&path).await.status }));
            }
        }
        for look in looks {
            assert_eq!(look.await.expect("an answer"), 200);
        }
        assert_eq!(told(&social_worker, "record_read").await.len(), 2, "one notice for each reader");
    }

    async fn a_notice_has_no_link_once_its_record_is_closed_to_the_reader(world: World) {
        let leads = [world.worker(Role::SafeguardingLead, &world.social_care).await, world.worker(Role::SafeguardingLead, &world.social_care).await];
        let social_worker = world.practitioner(&world.social_care).await;
        let (nurse, colleague) = (world.practitioner(&world.health).await, world.practitioner(&world.social_care).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &nurse, "team").await.is(201);
        let mut concern = words::kept_in("own_agency", words::concern());
        concern["summary"] = json!("A worry about home.");
        let kept = social_worker.raises_concern(&child, &concern).await.is(201).id();
        nurse.reads(&format!("/v1/children/{child}")).await.is(200);
        colleague.post(&format!("/v1/children/{child}/duty"), &json!({ "reason": "Covering." })).await.is(201);
        nurse.post(&format!("/v1/recordings/{kept}/disclosure-requests"), &json!({ "reason": "For the plan." })).await.is(201);
        nurse.begins_emergency(&child).await.is(201);

        let before = social_worker.get("/v1/notices").await.is(200);
        let links = |listed: &crate::support::Answer| -> Vec<bool> { listed.items().iter().map(|notice| notice.get("about_id").is_some()).collect() };
        assert_eq!(before.items().len(), 4, "{}", before.text);
        assert!(links(&before).into_iter().all(|there| there), "{}", before.text);
        world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
        let after = social_worker.get("/v1/notices").await.is(200);
        assert!(links(&after).into_iter().all(|there| !there), "{}", after.text);
        let mut same = before.body.clone();
        for notice in same["items"].as_array_mut().expect("notices") {
            notice.as_object_mut().expect("a notice").remove("about_id");
            notice.as_object_mut().expect("a notice").remove("child_id");
        }
        assert_eq!(after.body, same, "nothing else changes");
        let told = leads[0].get("/v1/notices").await.is(200);
        assert!(links(&told).into_iter().all(|there| there), "the record is open to the lead: {}", told.text);
        for notice in after.items() {
            let path = format!("/v1/notices/{}/acknowledgement", notice["id"].as_str().expect("an id"));
            assert_eq!(social_worker.post(&path, &json!({})).await.is(204).text, "");
        }
    }

    async fn a_notice_has_no_link_for_a_worker_in_conflict(world: World) {
        let (social_worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &nurse, "team").await.is(201);
        nurse.reads(&format!("/v1/children/{child}")).await.is(200);
        assert_eq!(told(&social_worker, "record_read").await[0]["about_id"], json!(child));
        social_worker.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&social_worker)).await.is(204);
        assert_eq!(told(&social_worker, "record_read").await[0].get("about_id"), None);
    }

    async fn refused_access_is_not_notified(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        officer.reads(&format!("/v1/children/{child}")).await.is(404);
        assert!(told(&social_worker, "record_read").await.is_empty());
    }

    async fn a_claim_of_duty_is_notified_and_ends_with_the_shift(world: World) {
        let (social_worker, mut colleague) = (world.practitioner(&world.social_care).await, world.practitioner(&world.social_care).await);
        let nurse = world.practitioner(&world.health).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let duty = format!("/v1/children/{child}/duty");
        let reason = json!({ "reason": "Covering for a colleague who is ill." });
        nurse.post(&duty, &reason).await.is(404);
        colleague.reads(&format!("/v1/children/{child}")).await.is(404);
        let involvement = colleague.post(&duty, &reason).await.is(201);
        let notices = told(&social_worker, "duty_claimed").await;
        assert_eq!(notices[0]["about_id"], json!(involvement.id()));
        colleague.reads(&format!("/v1/children/{child}")).await.is(200);
        colleague.records_contact(&child, &words::contact()).await.is(201);
        world.pass(chrono::Duration::hours(12));
        world.signs_in(&mut colleague).await;
        colleague.reads(&format!("/v1/children/{child}")).await.is(404);
    }

    async fn the_access_answer_explains_what_a_worker_may_do(world: World) {
        let (social_worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/me/access/{child}");
        let access = social_worker.get(&path).await.is(200);
        assert!(access.body["standing"].to_string().contains("You are allocated to the child."));
        let actions = |answer: &crate::support::Answer| -> Vec<String> {
            let may = answer.body["may"].as_array().expect("actions").iter();
            may.map(|action| action["action"].as_str().expect("a name").to_owned()).collect()
        };
        assert!(actions(&access).contains(&"view_chronology".to_owned()));
        assert!(access.text.contains("Need to know comes from a current relationship to the child."));
        let access = nurse.get(&path).await.is(200);
        assert_eq!(access.body["standing"], json!([]));
        assert!(!actions(&access).contains(&"view_child".to_owned()));
        assert!(!access.text.contains("Aldercott"));
        nurse.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&nurse)).await.is(204);
        let hidden = nurse.get(&path).await.is(404);
        let unknown = nurse.get("/v1/me/access/01900000-0000-7000-8000-000000000000").await.is(404);
        assert_eq!(hidden.text, unknown.text);
    }
}
