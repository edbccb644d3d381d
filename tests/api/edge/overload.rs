//! Under overload, requests about a child in danger do not wait.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use actix_web::rt::spawn;
use actix_web::rt::time::sleep;
use alongside_http::Limits;
use serde_json::json;

use crate::support::world::{PASSWORD, PLENTY};
use crate::support::{Ask, Worker, World, words};

/// A service with two places for ordinary requests.
const SMALL: Limits = Limits { at_once: 2, ..PLENTY };

/// Reads whose events cannot be stored take both places.
async fn fill(officer: &Worker, child: &str) {
    for _ in 0..2 {
        let (officer, path) = (officer.clone(), format!("/v1/children/{child}"));
        drop(spawn(async move { officer.get(&path).await }));
    }
    sleep(Duration::from_millis(200)).await;
}

on_both! {
    async fn urgent_requests_are_answered_while_ordinary_ones_wait_or_are_refused(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let officer = world.behind_limits(&officer, SMALL).await;
        let held = world.holds_writing();
        fill(&officer, &id).await;

        let asked = Instant::now();
        let refused = officer.get(&format!("/v1/children/{id}/overview")).await.is(503);
        assert!(asked.elapsed() >= Duration::from_secs(1), "the request first waits for a place");
        assert_eq!(refused.problem(), "/problems/busy");
        assert_eq!(refused.header("retry-after"), "2");
        let refused = officer.records_contact(&id, &words::contact()).await.is(503);
        assert_eq!(refused.problem(), "/problems/busy", "with a body too");
        officer.asks(Ask::get("/health/live")).await.is(204);

        let concern = words::concern();
        let asking = officer.raises_concern(&id, &concern);
        let renewing = officer.asks(Ask::post("/v1/sessions/refresh", &json!({ "refresh_token": officer.refresh_token })));
        let lets_go = async {
            sleep(Duration::from_millis(1_500)).await;
            held.end();
        };
        let (raised, renewed, ()) = tokio::join!(asking, renewing, lets_go);
        raised.is(201);
        renewed.is(201);
        officer.get(&format!("/v1/children/{id}/overview")).await.is(200);
    }

    async fn too_many_urgent_requests_wait_with_the_ordinary_ones(world: World) {
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let officer = world.behind_limits(&officer, SMALL).await;
        let nurse = Worker { send: officer.send.clone(), ..nurse };
        for _ in 0..60 {
            officer.raises_concern(&id, &words::concern()).await.is(201);
        }
        let held = world.holds_writing();
        fill(&officer, &id).await;
        let refused = officer.raises_concern(&id, &words::concern()).await.is(503);
        assert_eq!(refused.problem(), "/problems/busy");
        let lets_go = async {
            sleep(Duration::from_millis(1_500)).await;
            held.end();
        };
        let concern = words::concern();
        let (raised, ()) = tokio::join!(nurse.raises_concern(&id, &concern), lets_go);
        raised.is(201);
    }

    async fn a_sign_in_from_a_known_address_goes_first_and_from_another_waits(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let officer = world.behind_limits(&officer, SMALL).await;
        let (home, elsewhere) = (IpAddr::from([192, 0, 2, 7]), IpAddr::from([198, 51, 100, 7]));
        let signs_in = |address| {
            let body = json!({ "sign_in_name": officer.name, "password": PASSWORD });
            officer.asks(Ask::post("/v1/sessions", &body).from(address))
        };
        signs_in(home).await.is(201);
        let held = world.holds_writing();
        fill(&officer, &id).await;
        assert_eq!(signs_in(elsewhere).await.is(503).problem(), "/problems/busy");
        let lets_go = async {
            sleep(Duration::from_millis(1_500)).await;
            held.end();
        };
        let (signed_in, ()) = tokio::join!(signs_in(home), lets_go);
        signed_in.is(201);
    }
}
