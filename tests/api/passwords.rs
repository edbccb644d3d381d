//! Passwords: which are accepted, and how a worker chooses another.

use alongside_domain::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Answer, Worker, World};

const ANOTHER: &str = "another few words nobody knows";

fn change(present: &str, new: &str) -> Value {
    json!({ "present_password": present, "new_password": new })
}

async fn changes(worker: &Worker, present: &str, new: &str) -> Answer {
    worker.post("/v1/me/password", &change(present, new)).await
}

on_both! {
    async fn whoever_changes_their_password_signs_in_with_the_new_one_and_is_out_everywhere_else(world: World) {
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

    async fn a_password_is_changed_only_by_whoever_knows_it_and_has_just_proved_the_second_factor(world: World) {
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

    async fn whoever_has_no_second_factor_yet_may_replace_the_first_password(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let new = json!({
            "sign_in_name": "noor.hale", "password": PASSWORD,
            "details": { "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"] },
        });
        administrator.post("/v1/workers", &new).await.is(201);
        let mut nurse = world.practitioner(&world.health).await;
        nurse.token = world.sign_in("noor.hale", PASSWORD).await.is(201).string("access_token");
        changes(&nurse, PASSWORD, ANOTHER).await.is(204);
        world.sign_in("noor.hale", ANOTHER).await.is(201);
    }

    async fn a_password_that_others_would_guess_is_refused_with_the_remedy(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let nurse = world.practitioner(&world.health).await;
        let guesses = [
            ("fourteen chars", "15 to 128 characters"),
            ("123456789123456789", "commonest"),
            ("larkmoor-community-health-1", "besides"),
            ("alongside-demo-2026", "besides"),
        ];
        for (guess, remedy) in guesses {
            let new = json!({
                "sign_in_name": "noor.hale", "password": guess,
                "details": { "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"] },
            });
            let refused = administrator.post("/v1/workers", &new).await.is(422);
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
