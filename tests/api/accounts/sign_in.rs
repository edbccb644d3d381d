//! Signing in, staying signed in, and every reason for not being signed in.

use alongside_domain::accounts::worker::Role;
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Ask, Worker, World};

/// A PKCS #8 document of an Ed25519 key up to its seed (RFC 8410).
const PKCS8: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

fn signed(seed: [u8; 32], kind: &str, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(kind.to_owned());
    header.kid = Some("1".to_owned());
    let key = EncodingKey::from_ed_der(&[PKCS8.as_slice(), seed.as_slice()].concat());
    jsonwebtoken::encode(&header, claims, &key).expect("a token")
}

/// A token with this header, signed with the service's key.
fn with_header(seed: [u8; 32], header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes())))
}

/// The claims of a worker's token.
fn claims(worker: &Worker) -> Value {
    let middle = worker.token.split('.').nth(1).expect("a middle part");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).expect("base64")).expect("JSON")
}

async fn me(world: &World, token: &str) -> u16 {
    world.asks(Ask::get("/v1/me").bearer(token)).await.status
}

on_both! {
    async fn a_wrong_password_and_an_unknown_name_get_the_same_answer(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let wrong = world.sign_in(&nurse.name, "not the password at all").await.is(401);
        let unknown = world.sign_in("nobody.of.that.name", PASSWORD).await.is(401);
        assert_eq!(wrong.text, unknown.text);
        assert_eq!(wrong.header("www-authenticate"), "Bearer");
        let me = nurse.get("/v1/me").await.is(200);
        assert_eq!(me.body["sign_in_name"], json!(nurse.name));
        assert!(!me.text.contains("password"));
    }

    async fn a_refresh_token_works_once_and_its_reuse_ends_the_session(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let renewed = world.refresh(&nurse.refresh_token).await.is(201);
        let (token, refresh) = (renewed.string("access_token"), renewed.string("refresh_token"));
        assert_ne!(refresh, nurse.refresh_token);
        assert_eq!(me(&world, &token).await, 200);
        world.refresh(&nurse.refresh_token).await.is(401);
        assert_eq!(me(&world, &token).await, 401, "it may be the thief's or the owner's");
        assert_eq!(me(&world, &nurse.token).await, 401);
        world.refresh(&refresh).await.is(401);
    }

    async fn a_session_left_unused_or_grown_old_is_not_prolonged(world: World) {
        let mut nurse = world.practitioner(&world.health).await;
        world.pass(Duration::minutes(61));
        world.refresh(&nurse.refresh_token).await.is(401);
        world.signs_in(&mut nurse).await;
        let mut refresh = nurse.refresh_token.clone();
        for _ in 0..13 {
            world.pass(Duration::minutes(55));
            refresh = world.refresh(&refresh).await.is(201).string("refresh_token");
        }
        world.pass(Duration::minutes(10));
        world.refresh(&refresh).await.is(401);
    }

    async fn signing_out_ends_the_token_at_once(world: World) {
        let nurse = world.practitioner(&world.health).await;
        nurse.get("/v1/me").await.is(200);
        nurse.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        nurse.get("/v1/me").await.is(401);
        world.refresh(&nurse.refresh_token).await.is(401);
        nurse.asks(Ask::delete("/v1/sessions/current")).await.is(401);
    }

    async fn a_suspended_worker_is_signed_out_at_once(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        nurse.get("/v1/me").await.is(200);
        let suspended = json!({
            "agency_id": world.health.id, "display_name": "Worker", "job_title": "Nurse",
            "roles": ["practitioner"], "state": "suspended",
        });
        administrator.put(&format!("/v1/workers/{}", nurse.id), "\"1\"", &suspended).await.is(200);
        nurse.get("/v1/me").await.is(401);
        world.refresh(&nurse.refresh_token).await.is(401);
        let refused = world.sign_in(&nurse.name, PASSWORD).await.is(401);
        assert_eq!(refused.problem(), "/problems/credentials");
    }

    async fn an_agency_that_leaves_the_agreement_loses_access_at_once(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let left = json!({ "name": world.health.details.name, "sector": "health", "in_sharing_agreement": false });
        administrator.put(&format!("/v1/agencies/{}", world.health.id), "\"1\"", &left).await.is(200);
        nurse.get("/v1/me").await.is(401);
    }

    async fn an_access_token_runs_out(world: World) {
        let nurse = world.practitioner(&world.health).await;
        world.pass(Duration::seconds(629));
        nurse.get("/v1/me").await.is(200);
        world.pass(Duration::seconds(1));
        nurse.get("/v1/me").await.is(401);
    }

    async fn only_a_token_of_this_service_for_this_service_is_accepted(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let (seed, good) = (world.store.signing_seed(), claims(&nurse));
        let with = |field: &str, value: Value| {
            let mut claims = good.clone();
            claims[field] = value;
            claims
        };
        let without = |field: &str| {
            let mut claims = good.clone();
            claims.as_object_mut().expect("an object").remove(field);
            claims
        };
        assert_eq!(me(&world, &signed(seed, "at+jwt", &good)).await, 200, "the test can forge a valid token");
        let now = world.now().timestamp();
        let mut parts = nurse.token.split('.');
        let (_, middle) = (parts.next(), parts.next().expect("a middle part"));
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt","kid":"1"}"#);
        let mut symmetric = Header::new(Algorithm::HS256);
        symmetric.typ = Some("at+jwt".to_owned());
        symmetric.kid = Some("1".to_owned());
        let symmetric = jsonwebtoken::encode(&symmetric, &good, &EncodingKey::from_secret(&seed)).expect("a token");
        let forged = [
            ("another key", signed([7; 32], "at+jwt", &good)),
            ("another kind", signed(seed, "JWT", &good)),
            ("no algorithm", format!("{none}.{middle}.")),
            ("symmetric", symmetric),
            ("no signature", format!("{}.", nurse.token.rsplit_once('.').expect("a token").0)),
            ("another audience", signed(seed, "at+jwt", &with("aud", json!("another-api")))),
            ("another issuer", signed(seed, "at+jwt", &with("iss", json!("another")))),
            ("run out", signed(seed, "at+jwt", &with("exp", json!(now - 31)))),
            ("not yet", signed(seed, "at+jwt", &with("nbf", json!(now + 31)))),
            ("exp in words", signed(seed, "at+jwt", &with("exp", json!((now + 600).to_string())))),
            ("no exp", signed(seed, "at+jwt", &without("exp"))),
            ("no audience", signed(seed, "at+jwt", &without("aud"))),
            ("another session", signed(seed, "at+jwt", &with("sid", json!(nurse.id)))),
            ("words", "not.a.token".to_owned()),
            ("nothing", String::new()),
        ];
        for (what, token) in forged {
            assert_eq!(me(&world, &token).await, 401, "{what}");
        }
        world.asks(Ask::get("/v1/me")).await.is(401);
        world.asks(Ask::get("/v1/me").with("Authorization", "Basic bnVyc2U6d29yZHM=")).await.is(401);
    }

    async fn a_token_whose_header_says_more_than_ours_is_refused(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let (seed, claims) = (world.store.signing_seed(), claims(&nurse));
        let header = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "1" });
        assert_eq!(me(&world, &with_header(seed, &header, &claims)).await, 200, "the test can forge a valid token");
        for (field, value) in [
            ("crit", json!(["exp"])),
            ("crit", json!(["https://alongside.example/bound-to"])),
            ("crit", json!([])),
            ("crit", Value::Null),
            ("jwk", json!({})),
            ("b64", json!(false)),
        ] {
            let mut header = header.clone();
            header[field] = value;
            assert_eq!(me(&world, &with_header(seed, &header, &claims)).await, 401, "{header}");
        }
    }

    async fn a_token_of_one_worker_does_not_open_another_workers_session(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let officer = world.practitioner(&world.police).await;
        let mut mixed = claims(&nurse);
        mixed["sub"] = json!(officer.id);
        assert_eq!(me(&world, &signed(world.store.signing_seed(), "at+jwt", &mixed)).await, 401);
    }
}
