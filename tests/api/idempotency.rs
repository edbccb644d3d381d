//! The same request twice has one effect and one answer.

use serde_json::json;

use crate::support::{Ask, World, words};

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

    async fn nothing_is_replayed_to_a_worker_who_may_no_longer_act(world: World) {
        let officer = world.practitioner(&world.police).await;
        let ask = Ask::post("/v1/children", &words::child(0)).with("Idempotency-Key", "k");
        officer.asks(ask.clone()).await.is(201);
        officer.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        officer.asks(ask).await.is(401);
    }
}
