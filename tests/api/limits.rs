//! Whoever asks too often waits, and nobody is locked out by somebody else.

use alongside_http::Limits;
use serde_json::json;

use crate::support::world::{PASSWORD, PLENTY};
use crate::support::{Ask, World};

on_both! {
    async fn guessing_one_name_is_slowed_and_other_names_are_not(world: World) {
        let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let world = world.limited_to(Limits { sign_ins: 3, ..PLENTY }).await;
        for _ in 0..3 {
            world.sign_in(&nurse.name, "not the password at all").await.is(401);
        }
        let refused = world.sign_in(&nurse.name, PASSWORD).await.is(429);
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        world.sign_in(&officer.name, PASSWORD).await.is(201);
    }

    async fn guessing_from_one_address_is_slowed_whatever_the_name(world: World) {
        let world = world.limited_to(Limits { sign_ins_by_address: 4, ..PLENTY }).await;
        for n in 0..4 {
            world.sign_in(&format!("nobody.{n}"), "not the password at all").await.is(401);
        }
        world.sign_in("nobody.4", "not the password at all").await.is(429);
    }

    async fn searching_has_a_limit_of_its_own(world: World) {
        let world = world.limited_to(Limits { searches: 2, ..PLENTY }).await;
        let nurse = world.practitioner(&world.health).await;
        let search = json!({ "name": { "family_name": "Aldercott", "born_on": "2011-04-09" } });
        nurse.searches(&search).await.is(200);
        nurse.searches(&search).await.is(200);
        let before = world.rows("audit_event");
        nurse.searches(&search).await.is(429);
        assert_eq!(world.rows("audit_event"), before, "nothing was decided");
        nurse.get("/v1/me").await.is(200);
    }

    async fn a_worker_sees_what_is_left_of_their_allowance_and_others_keep_theirs(world: World) {
        let world = world.limited_to(Limits { requests: 2, ..PLENTY }).await;
        let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let first = nurse.get("/v1/me").await.is(200);
        assert_eq!(first.header("ratelimit-policy"), "\"worker\";q=2;w=60");
        assert_eq!(first.header("ratelimit"), "\"worker\";r=1");
        nurse.get("/v1/me").await.is(200);
        nurse.asks(Ask::get("/v1/me")).await.is(429);
        officer.get("/v1/me").await.is(200);
    }
}
