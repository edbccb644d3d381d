//! The same request twice has one effect and one answer.

use alongside_domain::accounts::worker::Role;
use serde_json::json;

use crate::oracle::id_in_sql;
use crate::support::{Ask, Backend, World, words};

on_both! {
    async fn a_repeated_request_gets_the_first_answer_and_leaves_one_record(world: World) {
        let officer = world.practitioner(&world.police).await;
        let ask = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "first-key");
        let first = officer.asks(ask.clone()).await.is(201);
        world.pass(chrono::Duration::minutes(1));
        let again = officer.asks(ask).await.is(201);
        assert_eq!(first.text, again.text);
        assert_eq!(first.etag(), again.etag());
        assert_eq!(world.rows("child"), 1);
        let replayed = "SELECT COUNT(*) AS n FROM audit_event WHERE outcome = 'replayed'";
        assert_eq!(world.behind().number(replayed), 1);
    }

    async fn a_request_sent_to_two_servers_at_once_is_done_once_with_the_same_answer(world: World) {
        let officer = world.practitioner(&world.police).await;
        let here = world.on_front_door(&world.social_care).await;
        let world = world.beside_another();
        let there = world.answers(&here).await;
        for n in 0..8 {
            let child = officer.creates_child(&words::child(n)).await.is(201).id();
            let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
            let body = json!({ "decision": "accept", "reason": "The need was discussed with the referrer." });
            let ask = Ask::post(&format!("/v1/referrals/{}/decision", sent.id()), &body)
                .if_match(&sent.etag())
                .with("Idempotency-Key", &format!("decision-{n}"));
            let asked = [&here, &there, &here, &there].map(|worker| {
                let (worker, ask) = (worker.clone(), ask.clone());
                actix_web::rt::spawn(async move { worker.asks(ask).await })
            });
            let mut texts = Vec::new();
            for answer in asked {
                texts.push(answer.await.expect("an answer").is(200).text);
            }
            assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        }
    }

    async fn a_repetition_shows_what_was_made_as_it_reads_now(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let ask = Ask::post(&format!("/v1/children/{child}/concerns"), &words::concern()).with("Idempotency-Key", "k");
        let raised = nurse.asks(ask.clone()).await.is(201);
        let mut corrected = words::concern();
        corrected["content"]["seen"] = json!("It was another child.");
        nurse.put(&raised.header("location"), &raised.etag(), &words::amendment(&corrected)).await.is(200);
        let again = nurse.asks(ask).await.is(201);
        assert_eq!((again.id(), again.etag()), (raised.id(), "\"2\"".to_owned()));
        assert_eq!(again.body["content"]["seen"], json!("It was another child."));
        assert_eq!(again.text, nurse.get(&raised.header("location")).await.is(200).text);
    }

    async fn nothing_is_repeated_about_a_record_that_was_sealed_since(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let leads = [world.worker(Role::SafeguardingLead, &world.health).await, world.worker(Role::SafeguardingLead, &world.health).await];
        let ask = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "k");
        let child = nurse.asks(ask.clone()).await.is(201).id();
        world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
        let hidden = nurse.asks(ask).await.is(404);
        let unknown = nurse.get("/v1/children/01900000-0000-7000-8000-000000000000").await.is(404);
        assert_eq!(hidden.text, unknown.text);
        let named = format!(
            "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'create_child' AND outcome = 'refused' AND child_id = {}",
            id_in_sql(&world, &child)
        );
        assert_eq!(world.behind().number(&named), 1);
        assert_eq!(world.rows("child"), 1);
    }

    async fn only_a_sealed_id_is_stored_for_a_repetition(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let ask = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "k");
        nurse.asks(ask).await.is(201);
        let longest = world.behind().number("SELECT CAST(MAX(LENGTH(content)) AS BIGINT) AS n FROM idempotency");
        assert!(longest < 100, "{longest} bytes: more than a sealed id");
    }

    async fn an_answer_stored_before_an_upgrade_is_not_repeated_and_nothing_is_done_twice(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let ask = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "k");
        nurse.asks(ask.clone()).await.is(201);
        let broken = match world.fresh.backend() {
            Backend::Sqlite => "UPDATE idempotency SET content = X'00'",
            Backend::Postgresql => "UPDATE idempotency SET content = '\\x00'",
        };
        world.behind().run(broken).expect("an answer in another form");
        nurse.asks(ask).await.is(409);
        assert_eq!(world.rows("child"), 1);
    }

    async fn a_key_used_for_something_else_is_refused(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{id}/concerns");
        let concern = words::concern();
        officer.asks(Ask::post(&path, &concern).with("Idempotency-Key", "k")).await.is(201);
        let mut other = words::concern();
        other["content"]["seen"] = json!("Something else.");
        let refused = officer.asks(Ask::post(&path, &other).with("Idempotency-Key", "k")).await.is(422);
        assert_eq!(refused.problem(), "/problems/key-reused");
        let elsewhere = Ask::post(&format!("/v1/children/{id}/contacts"), &words::contact());
        officer.asks(elsewhere.with("Idempotency-Key", "k")).await.is(422);
        assert_eq!(world.rows("entry"), 1);
    }

    async fn a_key_belongs_to_the_worker_who_sent_it(world: World) {
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{id}/concerns");
        let ask = Ask::post(&path, &words::concern()).with("Idempotency-Key", "k");
        let first = officer.asks(ask.clone()).await.is(201);
        let second = nurse.asks(ask).await.is(201);
        assert_ne!(first.id(), second.id());
    }

    async fn a_request_that_failed_may_be_repeated_under_its_key(world: World) {
        let officer = world.practitioner(&world.police).await;
        officer.creates_child(&words::child(0)).await.is(201);
        let known = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "k");
        officer.asks(known).await.is(409);
        let mut other = words::child(0);
        other["new_because"] = json!("Two brothers were given one number.");
        officer.asks(Ask::post("/v1/children", &other).with("Idempotency-Key", "k")).await.is(201);
    }

    async fn answers_are_forgotten_after_a_day(world: World) {
        let mut officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let ask = Ask::post(&format!("/v1/children/{id}/concerns"), &words::concern()).with("Idempotency-Key", "k");
        let first = officer.asks(ask.clone()).await.is(201);
        world.store.forget_old_answers().await.expect("forgotten");
        assert_eq!(officer.asks(ask.clone()).await.is(201).id(), first.id());
        world.pass(chrono::Duration::hours(25));
        world.store.forget_old_answers().await.expect("forgotten");
        assert_eq!(world.rows("idempotency"), 0);
        world.signs_in(&mut officer).await;
        assert_ne!(officer.asks(ask).await.is(201).id(), first.id());
    }

    async fn nothing_is_repeated_to_a_worker_who_may_no_longer_act(world: World) {
        let officer = world.practitioner(&world.police).await;
        let ask = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "k");
        officer.asks(ask.clone()).await.is(201);
        officer.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        officer.asks(ask).await.is(401);
    }
}
