//! A password alone opens no record.

use alongside_domain::accounts::worker::Role;
use alongside_storage::authenticator_code;
use chrono::Duration;
use serde_json::json;

use crate::support::world::PASSWORD;
use crate::support::{Ask, World, words};

on_both! {
    async fn a_session_without_a_second_factor_only_manages_its_own_account(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut weak = officer.clone();
        weak.token = world.sign_in(&officer.name, PASSWORD).await.is(201).string("access_token");
        for path in ["/v1/me", "/v1/me/sessions", "/v1/notices", "/v1/agencies"] {
            weak.get(path).await.is(200);
        }
        let refused = weak.reads(&format!("/v1/children/{child}")).await.is(403);
        assert_eq!(refused.problem(), "/problems/second-factor-needed");
        let unknown = weak.reads("/v1/children/01900000-0000-7000-8000-000000000000").await.is(403);
        assert_eq!(refused.text, unknown.text);
        weak.post("/v1/me/second-factor", &json!({})).await.is(403);
        weak.creates_child(&words::child(1)).await.is(403);
        let code = json!({ "code": world.code(&officer) });
        weak.post("/v1/sessions/current/second-factor", &code).await.is(204);
        weak.reads(&format!("/v1/children/{child}")).await.is(200);
    }

    async fn a_code_works_once(world: World) {
        let officer = world.practitioner(&world.police).await;
        let code = world.code(&officer);
        let credentials = json!({ "sign_in_name": officer.name, "password": PASSWORD, "code": code });
        world.asks(Ask::post("/v1/sessions", &credentials)).await.is(201);
        let refused = world.asks(Ask::post("/v1/sessions", &credentials)).await.is(401);
        let wrong = json!({ "sign_in_name": officer.name, "password": "not the password at all", "code": code });
        assert_eq!(refused.text, world.asks(Ask::post("/v1/sessions", &wrong)).await.is(401).text);
        let again = officer.post("/v1/sessions/current/second-factor", &json!({ "code": code })).await.is(422);
        assert_eq!(again.pointers(), ["/code"]);
    }

    async fn a_new_worker_sets_up_a_second_factor_and_keeps_recovery_codes(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let new = json!({
            "sign_in_name": "noor.hale", "password": PASSWORD,
            "details": { "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"] },
        });
        administrator.post("/v1/workers", &new).await.is(201);
        let mut nurse = world.practitioner(&world.health).await;
        nurse.token = world.sign_in("noor.hale", PASSWORD).await.is(201).string("access_token");
        let own = "another few words nobody knows";
        let change = json!({ "present_password": PASSWORD, "new_password": own });
        nurse.post("/v1/me/password", &change).await.is(204);
        nurse.creates_child(&words::child(0)).await.is(403);
        let enrolment = nurse.post("/v1/me/second-factor", &json!({})).await.is(201);
        let secret = enrolment.string("secret");
        assert!(enrolment.string("link").contains(&secret));
        nurse.post("/v1/me/second-factor/confirmation", &json!({ "code": "000000" })).await.is(422);
        let code = authenticator_code(&secret, world.now()).expect("a code");
        let confirmed = nurse.post("/v1/me/second-factor/confirmation", &json!({ "code": code })).await.is(201);
        nurse.creates_child(&words::child(0)).await.is(404);
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let code = supervisor.confirms_all().await.remove(0);
        nurse.takes_up(&code).await.is(200);
        nurse.creates_child(&words::child(0)).await.is(201);
        let recovery = confirmed.body["recovery_codes"].as_array().expect("codes");
        assert_eq!(recovery.len(), 10);
        let with = |code: &str| Ask::post("/v1/sessions", &json!({ "sign_in_name": "noor.hale", "password": own, "code": code }));
        let first = recovery[0].as_str().expect("a code");
        world.asks(with(&first.to_lowercase())).await.is(201);
        world.asks(with(first)).await.is(401);
        world.asks(with(recovery[1].as_str().expect("a code"))).await.is(201);
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM recovery_code WHERE used_at IS NOT NULL"), 2);
    }

    async fn an_administrator_takes_away_a_lost_second_factor(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let nurse = world.practitioner(&world.health).await;
        let path = format!("/v1/workers/{}/second-factor", nurse.id);
        administrator.asks(Ask::delete(&path)).await.is(204);
        nurse.get("/v1/me").await.is(401);
        let credentials = json!({ "sign_in_name": nurse.name, "password": PASSWORD, "code": world.code(&nurse) });
        world.asks(Ask::post("/v1/sessions", &credentials)).await.is(401);
        world.sign_in(&nurse.name, PASSWORD).await.is(201);
    }

    async fn grave_actions_need_a_second_factor_from_the_last_five_minutes(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let agency = json!({ "name": "Larkmoor Academy", "sector": "education" });
        world.pass(Duration::minutes(5));
        let refused = administrator.post("/v1/agencies", &agency).await.is(403);
        assert_eq!(refused.problem(), "/problems/second-factor-needed");
        let code = json!({ "code": world.code(&administrator) });
        administrator.post("/v1/sessions/current/second-factor", &code).await.is(204);
        administrator.post("/v1/agencies", &agency).await.is(201);
    }

    async fn a_clock_set_back_makes_no_proof_fresh(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        world.pass(Duration::seconds(-20));
        let agency = json!({ "name": "Larkmoor Academy", "sector": "education" });
        administrator.post("/v1/agencies", &agency).await.is(403);
    }

    async fn a_worker_sees_and_ends_only_their_own_sessions(world: World) {
        let mut officer = world.practitioner(&world.police).await;
        let first = officer.clone();
        let alone = first.get("/v1/me/sessions").await.is(200);
        let oldest = alone.items()[0]["id"].as_str().expect("an id");
        world.signs_in(&mut officer).await;
        assert_eq!(officer.get("/v1/me/sessions").await.is(200).items().len(), 2);
        let nurse = world.practitioner(&world.health).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        nurse.asks(Ask::delete(&format!("/v1/me/sessions/{oldest}"))).await.is(404);
        first.get("/v1/me").await.is(200);
        officer.asks(Ask::delete(&format!("/v1/me/sessions/{oldest}"))).await.is(204);
        first.get("/v1/me").await.is(401);
        let listed = administrator.get(&format!("/v1/workers/{}/sessions", officer.id)).await.is(200);
        let last = listed.items()[0]["id"].as_str().expect("an id");
        administrator.asks(Ask::delete(&format!("/v1/sessions/{last}"))).await.is(204);
        officer.get("/v1/me").await.is(401);
    }
}
