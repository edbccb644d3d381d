//! Signing in with the access tokens of another issuer.

use std::collections::BTreeMap;

use alongside_domain::accounts::worker::Role;
use alongside_http::{ClaimMap, Limits};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::issuer::{Key, KeyServer, Manner, claims, unsigned};
use crate::support::world::PLENTY;
use crate::support::{Answer, Ask, Worker, World, words};

const NURSE: &str = "nurse-7";

async fn me(world: &World, token: &str) -> Answer {
    world.asks(Ask::get("/v1/me").bearer(token)).await
}

fn path(worker: &Worker) -> String {
    format!("/v1/workers/{}/external-identities/larkmoor", worker.id)
}

async fn links(administrator: &Worker, worker: &Worker, subject: &str) -> Answer {
    administrator.asks(Ask::put(&path(worker), &json!({ "subject": subject }))).await
}

/// A nurse whom the issuer knows, and an administrator.
async fn linked(world: &World) -> (Worker, Worker) {
    let administrator = world.worker(Role::Administrator, &world.social_care).await;
    let nurse = world.practitioner(&world.health).await;
    links(&administrator, &nurse, NURSE).await.is(204);
    (nurse, administrator)
}

fn with(mut claims: Value, field: &str, value: Value) -> Value {
    claims[field] = value;
    claims
}

fn without(mut claims: Value, field: &str) -> Value {
    claims.as_object_mut().expect("an object").remove(field);
    claims
}

on_both! {
    async fn a_worker_is_known_by_the_token_of_an_issuer_once_an_administrator_has_linked_them(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        assert_eq!(server.asked(), 0, "no keys are fetched at the start");
        let token = key.signs(&claims(&world, NURSE));
        let unknown = me(&world, &token).await.is(401);
        assert_eq!(unknown.text, me(&world, "not.a.token").await.is(401).text);
        let (nurse, _) = linked(&world).await;
        for _ in 0..3 {
            let known = me(&world, &token).await.is(200);
            assert_eq!(known.body["id"], json!(nurse.id));
        }
        let later = with(claims(&world, NURSE), "iat", json!(world.now().timestamp() + 1));
        me(&world, &key.signs(&later)).await.is(200);
        assert_eq!(server.asked(), 1);
        let started = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'start_external_session'";
        assert_eq!(world.behind().number(started), 1, "one sign-in, however many tokens it has");
    }

    async fn a_worker_who_signs_in_at_an_issuer_needs_no_password(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let (nurse, _) = linked(&world).await;
        let token = key.signs(&claims(&world, NURSE));
        world.asks(Ask::get("/v1/agencies").bearer(&token)).await.is(200);
        assert_eq!(nurse.get("/v1/agencies").await.is(403).problem(), "/problems/own-password-needed");
    }

    async fn an_administrator_sees_with_which_subjects_an_account_is_linked(world: World) {
        let (nurse, administrator) = linked(&world).await;
        let list = format!("/v1/workers/{}/external-identities", nurse.id);
        let links = administrator.get(&list).await.is(200);
        let [link] = links.items().as_slice() else { panic!("{}", links.text) };
        assert_eq!((&link["issuer"], &link["subject"]), (&json!("larkmoor"), &json!(NURSE)));
        assert_eq!(link["linked_by"], json!(administrator.id));
        world.practitioner(&world.health).await.get(&list).await.is(404);
        administrator.asks(Ask::delete(&path(&nurse))).await.is(204);
        assert!(administrator.get(&list).await.is(200).items().is_empty());
        administrator.get("/v1/workers/01900000-0000-7000-8000-000000000000/external-identities").await.is(404);
    }

    async fn tokens_of_an_unlinked_subject_are_checked_only_now_and_then(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.limited_and_trusting(Limits { sign_ins: 3, ..PLENTY }, vec![server.issuer()]).await;
        let token = |world: &World, number: i64| key.signs(&with(claims(world, NURSE), "jti", json!(number.to_string())));
        for number in 0..3 {
            me(&world, &token(&world, number)).await.is(401);
        }
        let wait: u64 = me(&world, &token(&world, 3)).await.is(429).header("retry-after").parse().expect("seconds");
        assert!(wait <= 60, "{wait}");
        linked(&world).await;
        world.pass(Duration::minutes(1));
        me(&world, &token(&world, 4)).await.is(200);
    }

    async fn a_token_that_breaks_a_rule_is_refused_like_any_other(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        linked(&world).await;
        let good = claims(&world, NURSE);
        me(&world, &key.signs(&good)).await.is(200);
        let now = world.now().timestamp();
        let header = |alg: &str, kind: &str| json!({ "alg": alg, "typ": kind, "kid": "a" });
        let none = unsigned(&header("none", "at+jwt"), &good);
        let hs256 = unsigned(&header("HS256", "at+jwt"), &good);
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.public()), hs256.as_bytes());
        for (what, token) in [
            ("no signature", format!("{none}.")),
            ("the public key as a secret", format!("{hs256}.{}", URL_SAFE_NO_PAD.encode(mac))),
            ("another audience", key.signs(&with(good.clone(), "aud", json!("another-api")))),
            ("another issuer", key.signs(&with(good.clone(), "iss", json!("https://login.elsewhere.example")))),
            ("the issuer with a slash", key.signs(&with(good.clone(), "iss", json!("https://login.larkmoor.example/")))),
            ("exp in words", key.signs(&with(good.clone(), "exp", json!((now + 600).to_string())))),
            ("an ID token", key.signs_under(&header("ES256", "JWT"), &good)),
            ("another key under its name", Key::new("a").signs(&good)),
            ("run out", key.signs(&with(with(good.clone(), "iat", json!(now - 640)), "exp", json!(now - 31)))),
            ("no subject", key.signs(&without(good.clone(), "sub"))),
        ] {
            let refused = me(&world, &token).await.is(401);
            assert_eq!(refused.problem(), "/problems/signed-out", "{what}");
        }
        world.pass(Duration::seconds(630));
        me(&world, &key.signs(&good)).await.is(401);
    }

    async fn an_issuer_that_is_down_is_asked_again_later_and_its_keys_serve_for_a_day(world: World) {
        let key = Key::new("a");
        let server = KeyServer::new(Manner::Fails);
        let world = world.trusting(vec![server.issuer()]).await;
        linked(&world).await;
        let now_good = |world: &World| key.signs(&claims(world, NURSE));
        me(&world, &now_good(&world)).await.is(401);
        server.serves(&[&key]);
        me(&world, &now_good(&world)).await.is(401);
        assert_eq!(server.asked(), 1, "not asked again within half a minute");
        world.pass(Duration::seconds(30));
        me(&world, &now_good(&world)).await.is(200);
        server.turns(Manner::Fails);
        world.pass(Duration::minutes(11));
        me(&world, &now_good(&world)).await.is(200);
        assert_eq!(server.asked(), 3, "it was asked and did not answer");
        world.pass(Duration::hours(23));
        me(&world, &now_good(&world)).await.is(200);
        world.pass(Duration::hours(1));
        me(&world, &now_good(&world)).await.is(401);
    }

    async fn keys_are_accepted_only_from_the_named_address_within_time_and_size_limits(world: World) {
        let key = Key::new("a");
        let many: Vec<_> = (0..21).map(|n| with(key.jwk(), "kid", json!(n.to_string()))).chain([key.jwk()]).collect();
        for manner in [
            Manner::SendsElsewhere(vec![key.jwk()]),
            Manner::SaysTooMuch,
            Manner::Keys(many),
            Manner::Keys(vec![with(key.jwk(), "use", json!("enc"))]),
            Manner::Keys(vec![with(key.jwk(), "alg", json!("ES384"))]),
            Manner::Keys(vec![with(key.jwk(), "crv", json!("P-384"))]),
        ] {
            let server = KeyServer::new(manner);
            let world = World::new(world.fresh.backend()).await.trusting(vec![server.issuer()]).await;
            linked(&world).await;
            me(&world, &key.signs(&claims(&world, NURSE))).await.is(401);
            assert_eq!(server.asked(), 1);
        }
    }

    async fn an_issuer_that_hangs_is_waited_for_a_few_seconds_and_by_one_request(world: World) {
        let key = Key::new("a");
        let server = KeyServer::new(Manner::Hangs);
        let world = world.trusting(vec![server.issuer()]).await;
        linked(&world).await;
        let token = key.signs(&claims(&world, NURSE));
        let begun = std::time::Instant::now();
        let (one, two, three) = tokio::join!(me(&world, &token), me(&world, &token), me(&world, &token));
        assert_eq!((one.status, two.status, three.status), (401, 401, 401));
        assert!(begun.elapsed() < std::time::Duration::from_secs(8), "{:?}", begun.elapsed());
        assert_eq!(server.asked(), 1);
    }

    async fn keys_rotate_while_tokens_of_both_keys_are_in_use(world: World) {
        let (old, new) = (Key::new("old"), Key::new("new"));
        let server = KeyServer::serving(&[&old]);
        let world = world.trusting(vec![server.issuer()]).await;
        linked(&world).await;
        me(&world, &old.signs(&claims(&world, NURSE))).await.is(200);
        server.serves(&[&old, &new]);
        world.pass(Duration::seconds(31));
        me(&world, &new.signs(&claims(&world, NURSE))).await.is(200);
        me(&world, &old.signs(&claims(&world, NURSE))).await.is(200);
        server.serves(&[&new]);
        world.pass(Duration::minutes(10));
        me(&world, &old.signs(&claims(&world, NURSE))).await.is(401);
        me(&world, &new.signs(&claims(&world, NURSE))).await.is(200);
    }

    async fn a_thousand_unknown_keys_cause_one_request(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        linked(&world).await;
        let token = key.signs(&claims(&world, NURSE));
        me(&world, &token).await.is(200);
        world.pass(Duration::seconds(31));
        let good = claims(&world, NURSE);
        for n in 0..1_000 {
            let header = json!({ "alg": "ES256", "typ": "at+jwt", "kid": n.to_string() });
            me(&world, &key.signs_under(&header, &good)).await.is(401);
        }
        assert_eq!(server.asked(), 2);
        me(&world, &key.signs(&good)).await.is(200);
    }

    async fn a_suspended_worker_is_signed_out_at_once_for_every_issuer(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let (nurse, administrator) = linked(&world).await;
        let token = key.signs(&claims(&world, NURSE));
        me(&world, &token).await.is(200);
        let suspended = json!({
            "agency_id": world.health.id, "display_name": "Worker", "job_title": "Nurse",
            "roles": ["practitioner"], "state": "suspended",
        });
        administrator.put(&format!("/v1/workers/{}", nurse.id), "\"2\"", &suspended).await.is(200);
        me(&world, &token).await.is(401);
        let anew = with(claims(&world, NURSE), "sid", json!("another sign-in"));
        me(&world, &key.signs(&anew)).await.is(401);
    }

    async fn a_session_that_was_ended_stays_ended_until_the_worker_signs_in_again(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let (nurse, administrator) = linked(&world).await;
        let good = claims(&world, NURSE);
        let as_nurse = Worker { token: key.signs(&good), ..nurse.clone() };
        let listed = administrator.get(&format!("/v1/workers/{}/sessions", nurse.id)).await.is(200).items().len();
        as_nurse.get("/v1/me").await.is(200);
        let sessions = administrator.get(&format!("/v1/workers/{}/sessions", nurse.id)).await.is(200);
        assert_eq!(sessions.items().len(), listed + 1);
        assert_eq!(as_nurse.get("/v1/me/sessions").await.is(200).items().len(), listed + 1);
        let own = sessions.items().iter().find(|it| it["id"].as_str().is_some_and(|id| id.as_bytes()[14] == b'8'));
        let id = own.expect("the session of the token")["id"].as_str().expect("an id").to_owned();
        administrator.asks(Ask::delete(&format!("/v1/sessions/{id}"))).await.is(204);
        as_nurse.get("/v1/me").await.is(401);
        let renewed = with(good.clone(), "iat", json!(world.now().timestamp() - 5));
        me(&world, &key.signs(&renewed)).await.is(401);
        let anew = with(good, "auth_time", json!(world.now().timestamp()));
        let anew = Worker { token: key.signs(&anew), ..nurse.clone() };
        anew.get("/v1/me").await.is(200);
        anew.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        anew.get("/v1/me").await.is(401);
        nurse.get("/v1/me").await.is(200);
    }

    async fn a_session_lasts_no_longer_than_a_shift_after_the_sign_in_at_the_issuer(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        linked(&world).await;
        let signed_in = world.now().timestamp();
        let of_that_sign_in = |world: &World| with(claims(world, NURSE), "auth_time", json!(signed_in));
        me(&world, &key.signs(&of_that_sign_in(&world))).await.is(200);
        world.pass(Duration::hours(12) - Duration::seconds(1));
        me(&world, &key.signs(&of_that_sign_in(&world))).await.is(200);
        world.pass(Duration::seconds(1));
        me(&world, &key.signs(&of_that_sign_in(&world))).await.is(401);
        let other = with(of_that_sign_in(&world), "sid", json!("found elsewhere"));
        me(&world, &key.signs(&other)).await.is(401);
    }

    async fn a_second_factor_counts_only_if_the_issuer_proved_it(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let (nurse, administrator) = linked(&world).await;
        let good = claims(&world, NURSE);
        let begins_record = |claims: &Value, n: usize| {
            let nurse = Worker { token: key.signs(claims), ..nurse.clone() };
            async move { nurse.creates_child(&words::child(n)).await }
        };
        let as_nurse = Worker { token: key.signs(&good), ..nurse.clone() };
        let code = world.worker(Role::Administrator, &world.police).await.confirms_all().await.remove(0);
        as_nurse.takes_up(&code).await.is(200);
        begins_record(&good, 0).await.is(201);
        begins_record(&with(without(good.clone(), "amr"), "acr", json!("mfa")), 1).await.is(201);
        let without_proof = with(good.clone(), "amr", json!(["pwd"]));
        let refused = begins_record(&without_proof, 2).await.is(403);
        assert_eq!(refused.problem(), "/problems/second-factor-needed");
        let alone = links(&administrator, &administrator, "administrator-1").await.is(409);
        assert!(alone.text.contains("Ask another administrator"), "{}", alone.text);
        world
            .behind()
            .run(&format!(
                "INSERT INTO external_identity (issuer, subject, worker_id, linked_at, linked_by) \
                 SELECT 'larkmoor', 'administrator-1', id, recorded_at, id FROM worker WHERE sign_in_name = '{}'",
                administrator.name
            ))
            .expect("a link");
        let fresh = claims(&world, "administrator-1");
        let old = with(fresh.clone(), "auth_time", json!(world.now().timestamp() - 301));
        let as_old = Worker { token: key.signs(&old), ..administrator.clone() };
        links(&as_old, &nurse, "nurse-8").await.is(403);
        let as_fresh = Worker { token: key.signs(&fresh), ..administrator.clone() };
        links(&as_fresh, &nurse, "nurse-8").await.is(204);
    }

    async fn a_token_that_names_another_agency_or_other_roles_than_the_account_is_refused(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let agencies = [("health", world.health.id), ("police", world.police.id)];
        let roles = [("nurses", Role::Practitioner), ("leads", Role::SafeguardingLead)];
        let mut issuer = server.issuer();
        let values: BTreeMap<_, _> = agencies.map(|(word, id)| (word.to_owned(), id)).into();
        issuer.agency_claim = Some(ClaimMap { claim: "org".to_owned(), values });
        let values: BTreeMap<_, _> = roles.map(|(word, role)| (word.to_owned(), role)).into();
        issuer.roles_claim = Some(ClaimMap { claim: "groups".to_owned(), values });
        let world = world.trusting(vec![issuer]).await;
        linked(&world).await;
        for (agency, groups, status) in [
            (json!("health"), json!(["nurses", "car-park"]), 200),
            (json!(["health"]), json!("nurses"), 200),
            (json!("police"), json!(["nurses"]), 401),
            (json!(["health", "police"]), json!(["nurses"]), 401),
            (json!("health"), json!(["nurses", "leads"]), 401),
            (json!("health"), json!([]), 401),
            (Value::Null, json!(["nurses"]), 401),
        ] {
            let token = key.signs(&with(with(claims(&world, NURSE), "org", agency), "groups", groups));
            assert_eq!(me(&world, &token).await.status, status, "{token}");
        }
    }

    async fn a_subject_is_one_worker_and_unlinking_ends_its_sessions(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let (nurse, administrator) = linked(&world).await;
        let officer = world.practitioner(&world.police).await;
        links(&administrator, &nurse, NURSE).await.is(204);
        links(&administrator, &officer, NURSE).await.is(409);
        links(&administrator, &nurse, "").await.is(422);
        administrator.asks(Ask::put(&path(&nurse).replace("larkmoor", "elsewhere"), &json!({ "subject": "x" }))).await.is(404);
        let token = key.signs(&claims(&world, NURSE));
        me(&world, &token).await.is(200);
        administrator.asks(Ask::delete(&path(&nurse))).await.is(204);
        me(&world, &token).await.is(401);
        nurse.get("/v1/me").await.is(200);
        administrator.asks(Ask::delete(&path(&nurse))).await.is(404);
        links(&administrator, &officer, NURSE).await.is(204);
        me(&world, &token).await.is(401);
        let anew = with(claims(&world, NURSE), "sid", json!("another sign-in"));
        assert_eq!(me(&world, &key.signs(&anew)).await.is(200).body["id"], json!(officer.id));
        links(&administrator, &officer, "officer-1").await.is(204);
        me(&world, &key.signs(&anew)).await.is(401);
    }
}
