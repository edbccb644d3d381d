//! Two people grant every role that opens records, shows who viewed them, or grants roles.

use std::collections::BTreeSet;

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Answer, Ask, Worker, World, words};

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

/// A worker whom an administrator adds with these roles, signed out.
async fn added(world: &World, administrator: &Worker, roles: &[&str]) -> Worker {
    let new = json!({ "sign_in_name": "noor.hale", "password": PASSWORD, "details": account(world, roles) });
    let id = administrator.post("/v1/workers", &new).await.is(201).id();
    Worker { id, name: "noor.hale".to_owned(), ..administrator.clone() }
}

const OWN: &str = "what only she herself could say";

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

    async fn a_role_grant_expires_after_two_weeks_and_can_be_proposed_again(world: World) {
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
            assert!(refused.text.contains("Propose the role again"), "{}", refused.text);
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

    async fn administrators_who_may_decide_are_notified_of_a_proposed_role(world: World) {
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

    async fn no_worker_approves_their_own_proposal_or_their_own_role(world: World) {
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

    async fn a_new_account_opens_nothing_until_a_second_person_confirms_and_its_owner_has_the_code(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let noor = added(&world, &administrator, &["practitioner"]).await;
        let (nurse, replaced) = world.gets_into(&noor, PASSWORD, OWN).await;
        assert!(replaced);
        let me = nurse.get("/v1/me").await.is(200);
        assert_eq!((&me.body["details"]["roles"], &me.body["proposed_roles"]), (&json!([]), &json!(["practitioner"])));
        nurse.creates_child(&words::child(0)).await.is(404);
        let told = supervisor.get("/v1/notices").await.is(200);
        assert_eq!(told.items()[0]["kind"], "role_proposed");
        let waiting = supervisor.get("/v1/role-grants").await.is(200);
        let grant = waiting.items()[0]["id"].as_str().expect("an id").to_owned();
        decides(&administrator, &grant, "approve").await.is(403);
        let confirmed = decides(&supervisor, &grant, "approve").await.is(200);
        assert_eq!(confirmed.body["taken_up_until"], json!(world.now() + Duration::days(14)));
        nurse.creates_child(&words::child(0)).await.is(404);
        assert_eq!(nurse.takes_up("JBSWY3DPEHPK3PXP").await.is(422).pointers(), ["/code"]);
        let lost = confirmed.string("code");
        let code = decides(&supervisor, &grant, "approve").await.is(200).string("code");
        nurse.takes_up(&lost).await.is(422);
        assert_eq!(nurse.takes_up(&code).await.is(200).body["details"]["roles"], json!(["practitioner"]));
        nurse.creates_child(&words::child(0)).await.is(201);
        nurse.takes_up(&code).await.is(422);
        decides(&supervisor, &grant, "approve").await.is(409);
    }

    async fn the_administrator_who_added_an_account_gets_no_role_with_its_first_password(world: World) {
        let [first, second] = administrators(&world).await;
        let noor = added(&world, &first, &["practitioner"]).await;
        let (thief, replaced) = world.gets_into(&noor, PASSWORD, OWN).await;
        assert!(replaced, "the administrator was the first to sign in");
        let codes = second.confirms_all().await;
        assert_eq!(codes.len(), 1);
        thief.creates_child(&words::child(0)).await.is(404);
        let grants = first.get("/v1/role-grants").await.is(200);
        assert!(!grants.text.contains(&codes[0]) && grants.items()[0].get("code").is_none());
        let seen = "SELECT COUNT(*) AS n FROM role_grant WHERE decided_because LIKE '%code%'";
        assert_eq!(world.behind().number(seen), 0);
    }

    async fn a_person_who_confirmed_a_role_cannot_get_into_the_account_afterwards(world: World) {
        let [first, second] = administrators(&world).await;
        let noor = added(&world, &first, &["practitioner"]).await;
        let code = second.confirms_all().await.remove(0);
        let lost = format!("/v1/workers/{}/second-factor", noor.id);
        second.asks(Ask::delete(&lost)).await.is(204);
        let (nurse, _) = world.gets_into(&noor, PASSWORD, OWN).await;
        nurse.takes_up(&code).await.is(422);
        let again = first.get("/v1/role-grants").await.is(200);
        let waiting = again.items().iter().find(|grant| grant["status"] == "proposed").expect("it is proposed again");
        assert_eq!(waiting["proposed_by"], json!(second.id));
        for knows in [&first, &second] {
            decides(knows, waiting["id"].as_str().expect("an id"), "approve").await.is(403);
        }
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        nurse.takes_up(&lead.confirms_all().await.remove(0)).await.is(200);
    }

    async fn an_administrator_who_could_get_into_an_account_cannot_confirm_its_roles(world: World) {
        let [first, second] = administrators(&world).await;
        let noor = added(&world, &first, &[]).await;
        let grant = proposes(&second, &noor, "practitioner").await.is(201).id();
        assert_eq!(decides(&first, &grant, "approve").await.is(403).problem(), "/problems/not-yours");
    }

    async fn staff_confirm_roles_in_their_own_agency_up_to_their_own_role(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let analyst = world.worker(Role::BoardAnalyst, &world.health).await;
        let noor = added(&world, &administrator, &["practitioner"]).await;
        let (supervisor, lead) =
            (world.worker(Role::Supervisor, &world.health).await, world.worker(Role::SafeguardingLead, &world.health).await);
        let elsewhere = world.worker(Role::SafeguardingLead, &world.police).await;
        let waiting = administrator.get("/v1/role-grants").await.is(200);
        let practitioner = waiting.items()[0]["id"].as_str().expect("an id").to_owned();
        assert!(elsewhere.get("/v1/role-grants").await.is(200).items().is_empty(), "each sees their own agency");
        decides(&elsewhere, &practitioner, "approve").await.is(403);
        decides(&nurse, &practitioner, "approve").await.is(404);
        let above = proposes(&administrator, &nurse, "supervisor").await.is(201).id();
        decides(&supervisor, &above, "approve").await.is(403);
        decides(&lead, &above, "approve").await.is(200);
        let lead_of_all = proposes(&administrator, &nurse, "safeguarding_lead").await.is(201).id();
        for one in [&supervisor, &lead, &elsewhere] {
            decides(one, &lead_of_all, "approve").await.is(403);
        }
        decides(&supervisor, &practitioner, "approve").await.is(200);
        administrator.put(&format!("/v1/workers/{}", analyst.id), "\"1\"", &account(&world, &[])).await.is(200);
        assert_eq!(noor.name, "noor.hale");
    }

    async fn a_role_that_conflicts_with_a_confirmed_role_is_not_confirmed(world: World) {
        let [first, second] = administrators(&world).await;
        let noor = added(&world, &first, &["practitioner"]).await;
        let (nurse, _) = world.gets_into(&noor, PASSWORD, OWN).await;
        let codes = second.confirms_all().await;
        let other = proposes(&first, &nurse, "administrator").await.is(201);
        decides(&second, &other.id(), "approve").await.is(409);
        assert_eq!(nurse.takes_up(&codes[0]).await.is(200).body["details"]["roles"], json!(["practitioner"]));
    }

    async fn a_supervisor_is_notified_again_once_the_earlier_proposals_are_decided(world: World) {
        let [first, _] = administrators(&world).await;
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let noor = added(&world, &first, &["practitioner"]).await;
        let told = || async {
            let notices = supervisor.get("/v1/notices").await.is(200);
            notices.items().iter().filter(|notice| notice["kind"] == "role_proposed").count()
        };
        assert_eq!(told().await, 1);
        supervisor.confirms_all().await;
        first.asks(Ask::delete(&format!("/v1/workers/{}/second-factor", noor.id))).await.is(204);
        assert_eq!(told().await, 2);
    }

    async fn fifty_new_colleagues_are_confirmed_in_one_request(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        for number in 0..50 {
            let name = format!("new.colleague-{number}");
            let new = json!({ "sign_in_name": name, "password": PASSWORD, "details": account(&world, &["practitioner"]) });
            administrator.post("/v1/workers", &new).await.is(201);
        }
        assert_eq!(lead.get("/v1/notices").await.is(200).items().len(), 1, "one notice covers all");
        let waiting = lead.get("/v1/role-grants?limit=100").await.is(200);
        let confirmed = json!({ "answer": "approve", "because": "Works here since Monday." });
        let mut decisions: Vec<_> =
            waiting.items().iter().map(|grant| json!({ "grant_id": grant["id"], "decision": confirmed })).collect();
        assert_eq!(decisions.len(), 50);
        decisions.push(json!({ "grant_id": lead.id, "decision": confirmed }));
        let body = json!({ "decisions": decisions });
        let ask = Ask::post("/v1/role-grants/decisions", &body).with("Idempotency-Key", "the-autumn-intake");
        let decided = lead.asks(ask.clone()).await.is(200);
        let outcomes = decided.body["outcomes"].as_array().expect("outcomes");
        let codes: BTreeSet<_> = outcomes.iter().filter_map(|outcome| outcome["grant"]["code"].as_str()).collect();
        assert_eq!((outcomes.len(), codes.len()), (51, 50), "each account has its own code");
        assert_eq!(outcomes[50]["problem"]["type"], "/problems/not-found");
        assert_eq!(lead.asks(ask).await.is(200).text, decided.text, "a repetition returns the codes again");
        let made = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'decide_role_grant' AND outcome = 'permitted'";
        assert_eq!(world.behind().number(made), 50);
        for (decisions, pointer) in [
            (json!([]), "/decisions"),
            (json!([decisions[0], decisions[0]]), "/decisions"),
            (json!(vec![decisions[0].clone(); 101]), "/decisions"),
            (json!([{ "grant_id": lead.id, "decision": { "answer": "approve", "because": " " } }]), "/decisions/0/decision/because"),
        ] {
            let refused = lead.post("/v1/role-grants/decisions", &json!({ "decisions": decisions })).await.is(422);
            assert!(refused.pointers().contains(&pointer), "{}", refused.text);
        }
    }

    async fn moving_returning_and_every_new_way_into_an_account_need_a_new_grant(world: World) {
        let [first, second] = administrators(&world).await;
        let mut nurse = world.practitioner(&world.health).await;
        let path = format!("/v1/workers/{}", nurse.id);
        let mut moved = account(&world, &["practitioner"]);
        moved["agency_id"] = json!(world.police.id);
        let answer = first.put(&path, "\"1\"", &moved).await.is(200);
        assert_eq!((&answer.body["details"]["roles"], &answer.body["proposed_roles"]), (&json!([]), &json!(["practitioner"])));
        assert!(second.confirms_all().await.is_empty(), "only the owner can get in, so it takes effect at once");
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));

        first.put(&path, "\"3\"", &in_state(moved.clone(), "left")).await.is(200);
        first.put(&path, "\"4\"", &moved).await.is(200);
        world.pass(Duration::minutes(1));
        world.signs_in(&mut nurse).await;
        assert_eq!(roles(&nurse).await, json!([]));
        assert!(second.confirms_all().await.is_empty());
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));

        let other = world.practitioner(&world.health).await;
        let link = format!("/v1/workers/{}/external-identities/larkmoor", other.id);
        first.asks(Ask::put(&link, &json!({ "subject": "nurse-7" }))).await.is(204);
        assert_eq!(second.confirms_all().await.len(), 1, "the owner needs the code too");
        first.asks(Ask::delete(&link)).await.is(204);
        assert_eq!(second.confirms_all().await.len(), 1);
        first.asks(Ask::delete(&format!("{path}/second-factor"))).await.is(204);
        let (back, replaced) = world.gets_into(&nurse, PASSWORD, OWN).await;
        assert!(replaced);
        assert_eq!(roles(&back).await, json!([]));
        back.takes_up(&second.confirms_all().await.remove(0)).await.is(200);
        assert_eq!(roles(&back).await, json!(["practitioner"]));
        for own in ["second-factor", "external-identities/larkmoor"] {
            let mine = format!("/v1/workers/{}/{own}", first.id);
            let ask = if own == "second-factor" { Ask::delete(&mine) } else { Ask::put(&mine, &json!({ "subject": "me" })) };
            assert!(first.asks(ask).await.is(409).text.contains("Ask another administrator"));
        }
    }

    async fn the_sector_of_an_agency_with_staff_cannot_be_changed(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        world.practitioner(&world.health).await;
        let path = format!("/v1/agencies/{}", world.health.id);
        let police = json!({ "name": "Larkmoor Community Health", "sector": "police" });
        let refused = administrator.put(&path, "\"1\"", &police).await.is(409);
        assert!(refused.text.contains("Add an agency of the right sector"), "{}", refused.text);
    }

    async fn one_administrator_grants_the_role_that_opens_nothing_and_proposes_the_others(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let analyst = added(&world, &administrator, &["board_analyst"]).await;
        let refused = proposes(&administrator, &analyst, "board_analyst").await.is(422);
        assert_eq!(refused.pointers(), ["/role"]);
        let nurse = world.practitioner(&world.health).await;
        let path = format!("/v1/workers/{}", nurse.id);
        let put = administrator.put(&path, "\"1\"", &account(&world, &["practitioner", "supervisor"])).await.is(200);
        assert_eq!(put.body["details"]["roles"], json!(["practitioner"]));
        assert_eq!(put.body["proposed_roles"], json!(["supervisor"]));
        proposes(&administrator, &nurse, "supervisor").await.is(409);
    }

    async fn one_administrator_removes_a_role_at_once(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        decides(&second, &grant, "approve").await.is(200);
        let path = format!("/v1/workers/{}", nurse.id);
        first.put(&path, "\"2\"", &account(&world, &["safeguarding_lead", "practitioner"])).await.is(200);
        first.put(&path, "\"3\"", &account(&world, &["practitioner"])).await.is(200);
        nurse.get("/v1/emergency-accesses").await.is(404);
        let again = first.put(&path, "\"4\"", &account(&world, &["safeguarding_lead"])).await.is(200);
        assert_eq!(again.body["details"]["roles"], json!([]), "a second person confirms it again");
    }

    async fn a_suspended_worker_keeps_the_role_and_a_returning_one_does_not(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        decides(&second, &grant, "approve").await.is(200);
        let path = format!("/v1/workers/{}", nurse.id);
        let lead = account(&world, &["safeguarding_lead"]);
        let held = |answer: Answer| answer.is(200).body["details"]["roles"].clone();
        assert_eq!(held(first.put(&path, "\"2\"", &in_state(lead.clone(), "suspended")).await), json!(["safeguarding_lead"]));
        assert_eq!(held(first.put(&path, "\"3\"", &in_state(lead.clone(), "active")).await), json!(["safeguarding_lead"]));
        first.put(&path, "\"4\"", &in_state(lead.clone(), "left")).await.is(200);
        assert_eq!(held(first.put(&path, "\"5\"", &lead).await), json!([]));
    }

    async fn a_proposal_by_an_administrator_who_was_suspended_since_is_not_approved(world: World) {
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

    async fn a_proposal_for_an_earlier_agency_is_not_approved(world: World) {
        let [first, second] = administrators(&world).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        let mut moved = account(&world, &["practitioner"]);
        moved["agency_id"] = json!(world.police.id);
        first.put(&format!("/v1/workers/{}", nurse.id), "\"1\"", &moved).await.is(200);
        decides(&second, &grant, "approve").await.is(409);
        assert_eq!(roles(&nurse).await, json!([]), "her earlier role is proposed for the new agency");
    }

    async fn a_role_grant_is_decided_once(world: World) {
        let [first, second] = administrators(&world).await;
        let third = world.worker(Role::Administrator, &world.health).await;
        let nurse = world.practitioner(&world.health).await;
        let grant = proposes(&first, &nurse, "safeguarding_lead").await.is(201).id();
        proposes(&third, &nurse, "safeguarding_lead").await.is(409);
        decides(&second, &grant, "decline").await.is(200);
        decides(&third, &grant, "approve").await.is(409);
        assert_eq!(roles(&nurse).await, json!(["practitioner"]));
        world.behind().run("UPDATE role_grant SET status = 'approved'").expect_err("a decided grant cannot be changed");
        world.behind().run("DELETE FROM role_grant").expect_err("it stays");
    }

    async fn both_administrators_need_a_fresh_second_factor(world: World) {
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
