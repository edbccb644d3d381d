//! Roles that open closed records, or grant roles, are given by two administrators.

use alongside_domain::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Answer, Worker, World};

async fn administrators(world: &World) -> [Worker; 2] {
    [
        world.worker(Role::Administrator, &world.social_care).await,
        world.worker(Role::Administrator, &world.police).await,
    ]
}

async fn proposes(administrator: &Worker, worker: &Worker, role: &str) -> Answer {
    let body = json!({ "role": role, "reason": "Named as the designated lead." });
    administrator.post(&format!("/v1/workers/{}/role-grants", worker.id), &body).await
}

async fn decides(administrator: &Worker, grant: &str, answer: &str) -> Answer {
    let body = json!({ "answer": answer, "because": "The head of service confirmed it." });
    administrator.post(&format!("/v1/role-grants/{grant}/decision"), &body).await
}

fn account(world: &World, roles: &[&str]) -> Value {
    json!({ "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": roles })
}

fn in_state(mut account: Value, state: &str) -> Value {
    account["state"] = json!(state);
    account
}

async fn roles(worker: &Worker) -> Value {
    worker.get("/v1/me").await.is(200).body["details"]["roles"].clone()
}

on_both! {
    async fn a_role_that_opens_closed_records_takes_effect_when_a_second_administrator_approves(world: World) {
        let [first, second] = administrators(&world).await;
        let (nurse, auditor) = (world.practitioner(&world.health).await, world.worker(Role::Auditor, &world.police).await);
        let proposed = proposes(&first, &nurse, "safeguarding_lead").await.is(201);
        assert_eq!(roles(&nurse).await, json!(["practitioner"]), "nothing has changed yet");
        nurse.get("/v1/emergency-accesses").await.is(404);
        assert_eq!(second.get("/v1/role-grants").await.is(200).items()[0]["status"], "proposed");
        let decided = decides(&second, &proposed.id(), "approve").await.is(200);
        assert_eq!((&decided.body["status"], &decided.body["decided_by"]), (&json!("approved"), &json!(second.id)));
        assert_eq!(roles(&nurse).await, json!(["practitioner", "safeguarding_lead"]));
        nurse.get("/v1/emergency-accesses").await.is(200);
        let seen = auditor.get("/v1/role-grants").await.is(200);
        assert_eq!(seen.items()[0]["proposed_by"], json!(first.id));
        let versions = auditor.get(&format!("/v1/workers/{}/versions", nurse.id)).await.is(200);
        assert_eq!(versions.items()[1]["author_id"], json!(second.id));
        for action in ["propose_role_grant", "decide_role_grant"] {
            let told = format!("SELECT COUNT(*) AS n FROM audit_event WHERE action = '{action}' AND outcome = 'permitted'");
            assert_eq!(world.behind().number(&told), 1, "{action}");
        }
    }

    async fn what_nobody_decides_about_for_two_weeks_runs_out_and_is_proposed_anew(world: World) {
        let [mut first, mut second] = administrators(&world).await;
        let mut nurse = world.practitioner(&world.health).await;
        let proposed = proposes(&first, &nurse, "safeguarding_lead").await.is(201);
        let grant = proposed.id();
        assert_eq!(proposed.body["runs_out_at"], json!(world.now() + Duration::days(14)));
        world.pass(Duration::days(14) - Duration::minutes(1));
        world.signs_in(&mut first).await;
        world.signs_in(&mut second).await;
        assert_eq!(second.get("/v1/role-grants").await.is(200).items()[0]["status"], "proposed");
        proposes(&first, &nurse, "safeguarding_lead").await.is(409);
        world.pass(Duration::minutes(1));
        assert_eq!(second.get("/v1/role-grants").await.is(200).items()[0]["status"], "ran_out");
        for answer in ["approve", "decline"] {
            let refused = decides(&second, &grant, answer).await.is(409);
            assert!(refused.text.contains("propose it anew"), "{}", refused.text);
        }
        world.pass(Duration::seconds(1));
        let anew = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        let listed = second.get("/v1/role-grants").await.is(200);
        let stand: Vec<_> = listed.items().iter().map(|grant| (&grant["id"], &grant["status"])).collect();
        assert_eq!(stand, [(&json!(anew), &json!("proposed")), (&json!(grant), &json!("ran_out"))]);
        decides(&second, &grant, "approve").await.is(409);
        decides(&second, &anew, "approve").await.is(200);
        world.signs_in(&mut nurse).await;
        assert_eq!(roles(&nurse).await, json!(["practitioner", "safeguarding_lead"]));
    }

    async fn the_administrators_who_could_decide_are_told_what_was_proposed(world: World) {
        let [first, second] = administrators(&world).await;
        let (third, away) = (world.worker(Role::Administrator, &world.health).await, world.worker(Role::Administrator, &world.health).await);
        let auditor = world.worker(Role::Auditor, &world.police).await;
        let suspended = json!({
            "agency_id": world.health.id, "display_name": "Worker", "job_title": "Administrator",
            "roles": ["administrator"], "state": "suspended",
        });
        first.put(&format!("/v1/workers/{}", away.id), "\"1\"", &suspended).await.is(200);
        let grant = proposes(&first, &third, "auditor").await.is(201).id();
        let told = second.get("/v1/notices").await.is(200);
        let [notice] = told.items().as_slice() else { panic!("{}", told.text) };
        assert_eq!(notice["kind"], "role_proposed");
        assert_eq!((&notice["about_kind"], &notice["about_id"]), (&json!("role_grant"), &json!(grant)));
        for other in [&first, &third, &auditor] {
            assert!(other.get("/v1/notices").await.is(200).items().is_empty(), "{}", other.name);
        }
        assert_eq!(world.rows("notice"), 1);
    }

    async fn nobody_approves_what_they_proposed_or_a_role_for_themselves(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        assert_eq!(decides(&first, &grant, "approve").await.is(403).problem(), "/problems/not-yours");
        decides(&nurse, &grant, "approve").await.is(404);
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));
        let own = proposes(&first, &second, "auditor").await.is(201).id();
        decides(&second, &own, "approve").await.is(403);
        proposes(&first, &first, "auditor").await.is(409);
        nurse.get("/v1/role-grants").await.is(404);
    }

    async fn one_administrator_alone_adds_nobody_and_makes_nobody_a_lead_an_auditor_or_an_administrator(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        for role in ["safeguarding_lead", "auditor", "administrator"] {
            let new = json!({ "sign_in_name": "noor.hale", "password": PASSWORD, "details": account(&world, &[role]) });
            let refused = first.post("/v1/workers", &new).await.is(422);
            assert_eq!(refused.pointers(), ["/details/roles"]);
            assert!(refused.text.contains("role-grants"), "{}", refused.text);
            let put = first.put(&format!("/v1/workers/{}", nurse.id), "\"1\"", &account(&world, &[role])).await.is(422);
            assert_eq!(put.pointers(), ["/roles"]);
        }
        let new = json!({ "sign_in_name": "noor.hale", "password": PASSWORD, "details": account(&world, &[]) });
        let added = first.post("/v1/workers", &new).await.is(201);
        let body = json!({ "role": "auditor", "reason": "Audits from December." });
        let grant = first.post(&format!("/v1/workers/{}/role-grants", added.id()), &body).await.is(201).id();
        decides(&second, &grant, "approve").await.is(200);
        let practice = json!({ "role": "practitioner", "reason": "Works with children." });
        let refused = first.post(&format!("/v1/workers/{}/role-grants", nurse.id), &practice).await.is(422);
        assert_eq!(refused.pointers(), ["/role"]);
        proposes(&first, &nurse, "auditor").await.is(409);
    }

    async fn a_role_is_taken_away_at_once_and_by_one(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        decides(&second, &grant, "approve").await.is(200);
        let path = format!("/v1/workers/{}", nurse.id);
        first.put(&path, "\"2\"", &account(&world, &["safeguarding_lead", "practitioner"])).await.is(200);
        first.put(&path, "\"3\"", &account(&world, &["practitioner"])).await.is(200);
        nurse.get("/v1/emergency-accesses").await.is(404);
        first.put(&path, "\"4\"", &account(&world, &["safeguarding_lead"])).await.is(422);
    }

    async fn whoever_moves_or_comes_back_does_not_bring_such_a_role_along(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        decides(&second, &grant, "approve").await.is(200);
        let path = format!("/v1/workers/{}", nurse.id);
        let mut moved = account(&world, &["safeguarding_lead"]);
        moved["agency_id"] = json!(world.police.id);
        first.put(&path, "\"2\"", &moved).await.is(422);
        let lead = account(&world, &["safeguarding_lead"]);
        first.put(&path, "\"2\"", &in_state(lead.clone(), "suspended")).await.is(200);
        first.put(&path, "\"3\"", &in_state(lead.clone(), "active")).await.is(200);
        first.put(&path, "\"4\"", &in_state(lead.clone(), "left")).await.is(200);
        first.put(&path, "\"5\"", &lead).await.is(422);
    }

    async fn what_was_proposed_by_somebody_who_was_suspended_since_is_not_approved(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        let suspended = json!({
            "agency_id": world.social_care.id, "display_name": "Worker", "job_title": "Administrator",
            "roles": ["administrator"], "state": "suspended",
        });
        second.put(&format!("/v1/workers/{}", first.id), "\"1\"", &suspended).await.is(200);
        decides(&second, &grant, "approve").await.is(409);
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));
        decides(&second, &grant, "decline").await.is(200);
        proposes(&second, &nurse, "safeguarding_lead").await.is(201);
    }

    async fn what_was_proposed_for_another_agency_is_not_approved(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        let mut moved = account(&world, &["practitioner"]);
        moved["agency_id"] = json!(world.police.id);
        first.put(&format!("/v1/workers/{}", nurse.id), "\"1\"", &moved).await.is(200);
        decides(&second, &grant, "approve").await.is(409);
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));
    }

    async fn it_is_decided_once_and_stays_decided(world: World) {
        let [first, second] = administrators(&world).await;
        let third = world.worker(Role::Administrator, &world.health).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        proposes(&third, &nurse, "safeguarding_lead").await.is(409);
        decides(&second, &grant, "decline").await.is(200);
        decides(&third, &grant, "approve").await.is(409);
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));
        world.behind().run("UPDATE role_grant SET status = 'approved'").expect_err("it is decided");
        world.behind().run("DELETE FROM role_grant").expect_err("it stays");
    }

    async fn each_of_the_two_has_just_proved_the_second_factor(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        world.pass(Duration::minutes(6));
        assert_eq!(decides(&second, &grant, "approve").await.is(403).problem(), "/problems/second-factor-needed");
        proposes(&first, &nurse, "auditor").await.is(403);
        second.post("/v1/sessions/current/second-factor", &json!({ "code": world.code(&second) })).await.is(204);
        decides(&second, &grant, "approve").await.is(200);
    }
}
