//! Emergency access: it never delays help for a child, and it is always seen.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::oracle::id_in_sql;
use crate::support::{Ask, Worker, World, words};

pub(crate) async fn review(worker: &Worker, emergency: &str) -> u16 {
    let body = json!({ "outcome": "justified", "note": "The log of that night shows the call." });
    worker.post(&format!("/v1/emergency-accesses/{emergency}/review"), &body).await.status
}

pub(crate) async fn notices(worker: &Worker, kind: &str) -> Vec<Value> {
    let list = worker.get("/v1/notices").await.is(200);
    list.items().iter().filter(|notice| notice["kind"] == kind).cloned().collect()
}

on_both! {
    async fn emergency_access_opens_the_record_for_an_hour(world: World) {
        let (social_worker, mut officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.raises_concern(&child, &words::concern()).await.is(201);
        social_worker.raises_concern(&child, &words::kept_in("own_agency", words::concern())).await.is(201);
        officer.reads(&format!("/v1/children/{child}")).await.is(404);
        let begun = officer.begins_emergency(&child).await.is(201);
        assert_eq!(begun.body["worker_id"], json!(officer.id));
        let read = officer.reads_chronology(&child, "safeguarding_enquiry").await.is(200);
        assert_eq!(read.items().len(), 2);
        officer.records_contact(&child, &words::contact()).await.is(403);
        officer.begins_emergency(&child).await.is(409);
        world.pass(Duration::minutes(60));
        world.signs_in(&mut officer).await;
        officer.reads(&format!("/v1/children/{child}")).await.is(404);
        officer.begins_emergency(&child).await.is(201);
    }

    async fn emergency_access_opens_health_recordings_but_not_police_recordings(world: World) {
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let social_worker = world.practitioner(&world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        officer.involves(&child, &nurse, "team").await.is(201);
        let kept = words::kept_in("police_restricted", words::concern());
        let of_police = officer.raises_concern(&child, &kept).await.is(201).header("location");
        let kept = words::kept_in("health_restricted", words::concern());
        let of_health = nurse.raises_concern(&child, &kept).await.is(201).header("location");
        social_worker.begins_emergency(&child).await.is(201);
        social_worker.reads(&of_health).await.is(200);
        social_worker.reads(&of_police).await.is(404);
        let read = social_worker.reads_chronology(&child, "safeguarding_enquiry").await.is(200);
        assert_eq!(read.items().len(), 1);
        assert!(read.body.get("_withheld").is_none(), "police enquiries are not revealed: {}", read.text);
    }

    async fn workers_in_charge_of_the_record_are_notified_without_the_childs_name(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let police_lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let health_lead = world.worker(Role::SafeguardingLead, &world.health).await;
        let officer = world.practitioner(&world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let emergency = officer.begins_emergency(&child).await.is(201).id();
        for told in [&social_worker, &lead, &police_lead] {
            let notices = notices(told, "emergency_access").await;
            assert_eq!(notices.len(), 1, "{}", told.name);
            assert_eq!(notices[0]["about_id"], json!(emergency));
            assert!(!notices[0].to_string().contains(&child));
            let acknowledge = format!("/v1/notices/{}/acknowledgement", notices[0]["id"].as_str().expect("an id"));
            officer.post(&acknowledge, &json!({})).await.is(404);
            told.post(&acknowledge, &json!({})).await.is(204);
        }
        assert!(notices(&health_lead, "emergency_access").await.is_empty());
        assert!(notices(&officer, "emergency_access").await.is_empty());
    }

    async fn other_leads_and_then_auditors_are_notified_where_no_lead_can_review(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let elsewhere = world.agency("Larkmoor Academy", Sector::Education).await;
        let gone = world.worker(Role::SafeguardingLead, &world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let mut told_so_far = 0;
        let leave = |worker: &Worker| {
            let sql = format!("UPDATE worker SET state = 'left' WHERE id = {}", id_in_sql(&world, &worker.id));
            world.behind().run(&sql).expect("a worker leaves");
        };
        leave(&social_worker);
        leave(&gone);
        officer.begins_emergency(&child).await.is(201);
        told_so_far += 1;
        assert_eq!(notices(&auditor, "emergency_access").await.len(), told_so_far, "there is no other reviewer");
        let tied = world.worker(Role::SafeguardingLead, &world.health).await;
        tied.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&tied)).await.is(204);
        let nurse = world.practitioner(&world.health).await;
        nurse.begins_emergency(&child).await.is(201);
        told_so_far += 1;
        assert_eq!(notices(&auditor, "emergency_access").await.len(), told_so_far, "a lead in conflict cannot review");
        let lead = world.worker(Role::SafeguardingLead, &elsewhere).await;
        let other_officer = world.practitioner(&world.police).await;
        let begun = other_officer.begins_emergency(&child).await.is(201).id();
        let told = notices(&lead, "emergency_access").await;
        assert_eq!((told.len(), &told[0]["about_id"]), (1, &json!(begun)), "the lead of another agency");
        assert_eq!(notices(&auditor, "emergency_access").await.len(), told_so_far, "auditors only where there is no lead");
        lead.get(&format!("/v1/emergency-accesses/{begun}")).await.is(200);
        assert_eq!(review(&lead, &begun).await, 204);
        for worker in [&lead, &auditor] {
            leave(worker);
        }
        let midwife = world.practitioner(&world.health).await;
        midwife.begins_emergency(&child).await.is(201);
    }

    async fn the_notice_is_sent_in_the_transaction_that_begins_emergency_access(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let begun = officer.begins_emergency(&child).await.is(201);
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM notice WHERE kind = 'emergency_access'"), 1);
        let told = notices(&social_worker, "emergency_access").await;
        assert_eq!(told[0]["at"], begun.body["started_at"], "in the transaction that opened the record");
        let lost = "DROP TABLE notice";
        world.behind().run(lost).expect("a broken database");
        officer.begins_emergency(&social_worker.creates_child(&words::child(1)).await.is(201).id()).await.is(503);
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM emergency_access"), 1, "not opened without a notice");
    }

    async fn leads_of_the_agency_are_notified_of_frequent_emergency_access(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let mut officer = world.practitioner(&world.police).await;
        let mut lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let elsewhere = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let mut children = Vec::new();
        for n in 0..4 {
            children.push(social_worker.creates_child(&words::child(n)).await.is(201).id());
        }
        for (number, child) in children.iter().enumerate() {
            assert!(notices(&lead, "frequent_emergencies").await.is_empty(), "after {number}");
            officer.begins_emergency(child).await.is(201);
            world.pass(Duration::minutes(1));
        }
        let told = notices(&lead, "frequent_emergencies").await;
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["about_kind"], &told[0]["about_id"]), (&json!("worker"), &json!(officer.id)));
        assert!(children.iter().all(|child| !told[0].to_string().contains(child)), "no child is named");
        for other in [&elsewhere, &social_worker, &auditor, &officer] {
            assert!(notices(other, "frequent_emergencies").await.is_empty(), "{}", other.name);
        }
        for worker in [&mut lead, &mut officer] {
            world.signs_in(worker).await;
        }
        for child in &children {
            lead.begins_emergency(child).await.is(201);
            world.pass(Duration::seconds(1));
        }
        let told = notices(&auditor, "frequent_emergencies").await;
        assert_eq!(told.len(), 1, "auditors are notified of a lead");
        assert_eq!(told[0]["about_id"], json!(lead.id));
        assert_eq!(notices(&lead, "frequent_emergencies").await.len(), 1, "a lead is not notified of themselves");
    }

    async fn an_overdue_review_blocks_emergency_access_unless_a_supervisor_signs(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let mut officer = world.practitioner(&world.police).await;
        let mut sergeant = world.worker(Role::Supervisor, &world.police).await;
        let mut lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let first = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let second = social_worker.creates_child(&words::child(1)).await.is(201).id();
        let emergency = officer.begins_emergency(&first).await.is(201).id();
        world.pass(Duration::days(5));
        for worker in [&mut officer, &mut sergeant, &mut lead] {
            world.signs_in(worker).await;
        }
        officer.begins_emergency(&second).await.is(404);
        let cosign = format!("/v1/children/{second}/emergency-cosignatures");
        officer.post(&cosign, &json!({ "worker_id": officer.id })).await.is(404);
        sergeant.post(&cosign, &json!({ "worker_id": officer.id })).await.is(204);
        officer.begins_emergency(&first).await.is(404);
        let cosigned = officer.begins_emergency(&second).await.is(201).id();
        let read = lead.get(&format!("/v1/emergency-accesses/{cosigned}")).await.is(200);
        assert_eq!(read.body["cosigned_by"], json!(sergeant.id));
        assert_eq!(read.body["cosigned_at"], json!(world.now()));
        let read = lead.get(&format!("/v1/emergency-accesses/{emergency}")).await.is(200);
        assert!(read.body.get("cosigned_by").is_none());
        assert_eq!(review(&lead, &emergency).await, 204);
        world.pass(Duration::minutes(90));
        world.signs_in(&mut officer).await;
        officer.begins_emergency(&first).await.is(201);
    }

    async fn emergency_access_needs_a_reason_a_second_factor_and_a_role(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let analyst = world.worker(Role::BoardAnalyst, &world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}/emergency-access");
        let refused = officer.post(&path, &json!({ "reason": "missing_child", "explanation": "She is missing." })).await.is(422);
        assert_eq!(refused.pointers(), ["/explanation"]);
        officer.post(&path, &json!({ "reason": "curiosity", "explanation": "I would like to know what is in it." })).await.is(422);
        analyst.begins_emergency(&child).await.is(404);
        world.pass(Duration::minutes(5));
        let stale = officer.begins_emergency(&child).await.is(403);
        assert_eq!(stale.problem(), "/problems/second-factor-needed");
        let unknown = officer.begins_emergency("01900000-0000-7000-8000-000000000000").await.is(403);
        assert_eq!(stale.text, unknown.text, "the missing proof is answered before any record is read");
        let code = json!({ "code": world.code(&officer) });
        officer.post("/v1/sessions/current/second-factor", &code).await.is(204);
        officer.begins_emergency(&child).await.is(201);
    }

    async fn emergency_access_opens_no_sealed_record_and_nothing_to_a_worker_in_conflict(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let leads = [
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
        ];
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        nurse.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&nurse)).await.is(204);
        nurse.begins_emergency(&child).await.is(404);
        officer.begins_emergency(&child).await.is(201);
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
        world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
        officer.reads(&format!("/v1/children/{child}")).await.is(404);
        officer.begins_emergency(&child).await.is(404);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(404);
        leads[0].asks(Ask::get(&format!("/v1/children/{child}")).purpose("audit")).await.is(200);
    }

    async fn every_read_during_emergency_access_is_marked(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        officer.begins_emergency(&child).await.is(201);
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
        let history = social_worker.reads(&format!("/v1/children/{child}/access-history")).await.is(200);
        let read = history.items().iter().find(|event| event["action"] == "view_child").expect("a read");
        assert!(read["policies"].as_str().is_some_and(|policies| policies.contains("emergency-opens-the-record")), "{read}");
    }
}
