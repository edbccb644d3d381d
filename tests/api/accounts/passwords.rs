//! Passwords: which are accepted, and how a worker changes theirs.

use actix_web::rt;
use alongside_domain::accounts::worker::{NewWorker, Role, WorkerDetails, WorkerState};
use alongside_storage::PasswordChosenBy;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::world::{AUTHENTICATOR, PASSWORD};
use crate::support::{Answer, Ask, Worker, World, words};

const ANOTHER: &str = "another few words nobody knows";

fn change(present: &str, new: &str) -> Value {
    json!({ "present_password": present, "new_password": new })
}

/// A worker whom an administrator adds.
fn noor(world: &World, password: &str) -> Value {
    json!({
        "sign_in_name": "noor.hale", "password": password,
        "details": { "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"] },
    })
}

/// The worker signs in with the password that the administrator chose, over the same connection as `other`.
async fn noor_signs_in(world: &World, other: &Worker) -> Worker {
    let session = world.sign_in("noor.hale", PASSWORD).await.is(201);
    let (token, refresh_token) = (session.string("access_token"), session.string("refresh_token"));
    Worker { name: "noor.hale".to_owned(), token, refresh_token, ..other.clone() }
}

async fn changes(worker: &Worker, present: &str, new: &str) -> Answer {
    worker.post("/v1/me/password", &change(present, new)).await
}

on_both! {
    async fn a_changed_password_ends_every_other_session(world: World) {
        let mut nurse = world.practitioner(&world.health).await;
        let elsewhere = nurse.clone();
        world.pass(Duration::minutes(1));
        world.signs_in(&mut nurse).await;
        changes(&nurse, PASSWORD, ANOTHER).await.is(204);
        nurse.get("/v1/me").await.is(200);
        elsewhere.get("/v1/me").await.is(401);
        world.refresh(&elsewhere.refresh_token).await.is(401);
        world.sign_in(&nurse.name, PASSWORD).await.is(401);
        world.sign_in(&nurse.name, ANOTHER).await.is(201);
        let changed = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'change_password' AND outcome = 'permitted'";
        assert_eq!(world.behind().number(changed), 1);
    }

    async fn a_password_change_needs_the_present_password_and_a_fresh_second_factor(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let wrong = changes(&nurse, "not the password at all", ANOTHER).await.is(422);
        assert_eq!(wrong.pointers(), ["/present_password"]);
        let mut weak = nurse.clone();
        weak.token = world.sign_in(&nurse.name, PASSWORD).await.is(201).string("access_token");
        assert_eq!(changes(&weak, PASSWORD, ANOTHER).await.is(403).problem(), "/problems/second-factor-needed");
        world.pass(Duration::minutes(6));
        changes(&nurse, PASSWORD, ANOTHER).await.is(403);
        nurse.post("/v1/sessions/current/second-factor", &json!({ "code": world.code(&nurse) })).await.is(204);
        changes(&nurse, PASSWORD, ANOTHER).await.is(204);
    }

    async fn a_password_that_an_administrator_chose_opens_nothing_until_the_owner_replaces_it(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        administrator.post("/v1/workers", &noor(&world, PASSWORD)).await.is(201);
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let (nurse, whoever_chose_it) = (noor_signs_in(&world, &officer).await, noor_signs_in(&world, &officer).await);
        assert_eq!(nurse.get("/v1/me").await.is(200).body["sign_in_name"], "noor.hale");
        let paths = ["/v1/agencies", "/v1/workers", "/v1/notices", "/v1/notices/stream", "/v1/me/sessions", "/v1/referrals"];
        for path in paths {
            assert_eq!(nurse.get(path).await.is(403).problem(), "/problems/own-password-needed", "{path}");
        }
        let refused = nurse.reads(&format!("/v1/children/{child}")).await.is(403);
        let unknown = nurse.reads("/v1/children/01900000-0000-7000-8000-000000000000").await.is(403);
        assert_eq!(refused.text, unknown.text);
        assert!(refused.text.contains("POST /v1/me/password"), "{}", refused.text);
        let traces = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'view_child' AND outcome = 'refused'";
        assert_eq!(world.behind().number(traces), 2);
        let renewed = world.refresh(&nurse.refresh_token).await.is(201).string("access_token");
        assert_eq!(world.asks(Ask::get("/v1/agencies").bearer(&renewed)).await.is(403).problem(), "/problems/own-password-needed");

        changes(&nurse, PASSWORD, ANOTHER).await.is(204);
        nurse.get("/v1/agencies").await.is(200);
        whoever_chose_it.get("/v1/me").await.is(401);
        world.sign_in("noor.hale", PASSWORD).await.is(401);
        world.sign_in("noor.hale", ANOTHER).await.is(201);
    }

    async fn a_sign_in_that_waits_while_the_password_is_replaced_fails(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        administrator.post("/v1/workers", &noor(&world, PASSWORD)).await.is(201);
        let nurse = noor_signs_in(&world, &administrator).await;
        let world = world.beside_another();
        let mut whoever_chose_it = world.answers(&nurse).await;
        let mut held = world.holds_accounts();
        let replaced = rt::spawn(async move { changes(&nurse, PASSWORD, ANOTHER).await });
        held.are_waited_for_by(1).await;
        let elsewhere = whoever_chose_it.clone();
        let known = json!({ "sign_in_name": "noor.hale", "password": PASSWORD });
        let signed_in = rt::spawn(async move { elsewhere.post("/v1/sessions", &known).await });
        held.are_waited_for_by(2).await;
        held.end();
        replaced.await.expect("an answer").is(204);
        let answer = signed_in.await.expect("an answer");
        if answer.status == 201 {
            whoever_chose_it.token = answer.string("access_token");
            whoever_chose_it.get("/v1/me").await.is(401);
        } else {
            answer.is(401);
        }
    }

    async fn an_administrator_who_chose_a_password_cannot_set_up_its_second_factor(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        administrator.post("/v1/workers", &noor(&world, PASSWORD)).await.is(201);
        let whoever_chose_it = noor_signs_in(&world, &administrator).await;
        let (enrol, code) = ("/v1/me/second-factor", json!({ "code": "000000" }));
        for (path, body) in [(enrol.to_owned(), json!({})), (format!("{enrol}/confirmation"), code.clone())] {
            let refused = whoever_chose_it.post(&path, &body).await.is(403);
            assert_eq!(refused.problem(), "/problems/own-password-needed", "{path}");
        }
        let unproved = whoever_chose_it.post("/v1/sessions/current/second-factor", &code).await.is(422);
        assert_eq!(unproved.pointers(), ["/code"], "there is no second factor to prove");
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM second_factor"), 1, "only the administrator's");
        whoever_chose_it.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        whoever_chose_it.get("/v1/me").await.is(401);
        let nurse = noor_signs_in(&world, &administrator).await;
        changes(&nurse, PASSWORD, ANOTHER).await.is(204);
        nurse.post(enrol, &json!({})).await.is(201);
    }

    async fn the_first_administrator_replaces_the_password_of_the_command_line_even_with_a_second_factor(world: World) {
        let new = NewWorker {
            sign_in_name: "noor.hale".to_owned(),
            password: PASSWORD.to_owned(),
            details: WorkerDetails {
                agency_id: world.health.id,
                display_name: "Noor Hale".to_owned(),
                job_title: "Systems administrator".to_owned(),
                roles: vec![Role::Administrator],
                state: WorkerState::Active,
                supervisor_id: None,
            },
        };
        let id = world.store.bootstrap_worker(new, PasswordChosenBy::SomebodyElse).await.expect("a worker").id;
        world.store.bootstrap_second_factor(id, AUTHENTICATOR).await.expect("a second factor");
        let mut first = world.practitioner(&world.health).await;
        "noor.hale".clone_into(&mut first.name);
        world.pass(Duration::minutes(1));
        world.signs_in(&mut first).await;
        let refused = first.post("/v1/workers", &noor(&world, ANOTHER)).await.is(403);
        assert_eq!(refused.problem(), "/problems/own-password-needed");
        assert_eq!(changes(&first, PASSWORD, PASSWORD).await.is(422).pointers(), ["/new_password"]);
        changes(&first, PASSWORD, ANOTHER).await.is(204);
        first.get("/v1/role-grants").await.is(200);
    }

    async fn a_password_that_others_would_guess_is_refused_with_the_remedy(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let nurse = world.practitioner(&world.health).await;
        let guesses = [
            ("fourteen chars", "15 to 128 characters"),
            ("123456789123456789", "commonest"),
            ("larkmoor-community-health-1", "in addition to"),
            ("alongside-demo-2026", "in addition to"),
        ];
        for (guess, remedy) in guesses {
            let refused = administrator.post("/v1/workers", &noor(&world, guess)).await.is(422);
            assert_eq!(refused.pointers(), ["/password"], "{guess}");
            assert!(refused.text.contains(remedy) && !refused.text.contains(guess), "{}", refused.text);
            let refused = changes(&nurse, PASSWORD, guess).await.is(422);
            assert_eq!(refused.pointers(), ["/new_password"], "{guess}");
            assert!(refused.text.contains(remedy), "{}", refused.text);
        }
    }

    async fn a_long_password_counts_to_its_last_character_and_no_character_is_altered(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let long = format!("{} Ünd ein 🗝", "k9 ".repeat(38));
        changes(&nurse, PASSWORD, &long).await.is(204);
        world.sign_in(&nurse.name, &long).await.is(201);
        for altered in [long.trim_end_matches('🗝').to_owned(), long.to_lowercase(), format!("{long} ")] {
            world.sign_in(&nurse.name, &altered).await.is(401);
        }
    }
}
