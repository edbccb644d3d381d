//! Bad input is refused with the name of the field. Nothing is stored and nothing sent is repeated.

use serde_json::{Value, json};

use crate::support::{Answer, Ask, World, words};

/// Part of every bad value, and of no answer.
const CANARY: &str = "zq51977";

fn put(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("a place");
    match parent {
        Value::Object(map) => drop(map.insert(field.to_owned(), value)),
        _ => parent[field.parse::<usize>().expect("an index")] = value,
    }
    body
}

#[track_caller]
fn quiet(answer: &Answer) {
    assert!(answer.status < 500, "{}", answer.text);
    assert!(!answer.text.contains(CANARY), "the answer repeats what was sent: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

on_both! {
    async fn a_day_at_the_end_of_the_calendar_is_answered(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let end = "+262142-12-31T23:59:59Z";
        for occurred in [json!({ "on": "+262142-12-31" }), json!({ "on": "-262143-01-01" }), json!({ "at": end, "precision": "exact" })] {
            let concern = put(words::concern(), "/occurred", occurred);
            quiet(&officer.raises_concern(&id, &concern).await.is(422));
        }
        let supervisor = world.worker(alongside_domain::accounts::worker::Role::Supervisor, &world.police).await;
        let duty = json!({ "worker_id": officer.id, "starts_at": end, "ends_at": end });
        quiet(&supervisor.post("/v1/front-door-duties", &duty).await.is(422));
    }

    async fn each_bad_field_is_named_and_nothing_is_stored(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let (children, concerns) = ("/v1/children".to_owned(), format!("/v1/children/{id}/concerns"));
        let (contacts, observations) = (format!("/v1/children/{id}/contacts"), format!("/v1/children/{id}/observations"));
        let involvements = format!("/v1/children/{id}/involvements");
        let long = format!("{CANARY}{}", "x".repeat(10_001));
        let involvement = words::involvement(&officer, "team");
        let step = json!([{ "step": "To meet again.", "who": "The school nurse", "due_on": "2026-12-01", "explained_to_child": "yes" }]);
        let with_next_step = put(words::contact(), "/content/next_steps", step);
        let cases: Vec<(&String, Value, &str, Value)> = vec![
            (&children, words::child(1), "/details/identity/zq51977", json!(1)),
            (&children, words::child(1), "/details/identity/given_name", json!(51977)),
            (&children, words::child(1), "/details/identity/given_name", json!(format!("{CANARY}\u{0}"))),
            (&children, words::child(1), "/details/identity/given_name", json!("  ")),
            (&children, words::child(1), "/details/identity/family_name", json!(format!("{CANARY}\u{202e}"))),
            (&children, words::child(1), "/details/identity/born_on", json!("2030-01-01")),
            (&children, words::child(1), "/details/identity/born_on", json!("zq51977")),
            (&children, words::child(1), "/details/identity/born_on", json!("2011-02-30")),
            (&children, words::child(1), "/details/identity/sex", json!("zq51977")),
            (&children, words::child(1), "/details/identifiers/0/value", json!("9990000001")),
            (&children, words::child(1), "/details/address/postcode", json!("zq51977zq51977")),
            (&concerns, words::concern(), "/occurred/at", json!("2026-11-22T09:00:01Z")),
            (&concerns, words::concern(), "/occurred/at", json!("zq51977")),
            (&concerns, words::concern(), "/occurred/precision", json!("zq51977")),
            (&concerns, words::concern(), "/captured_at", json!("2026-11-20T00:00:00Z")),
            (&concerns, words::concern(), "/captured_at", json!("+262142-12-31T23:59:59.999999999Z")),
            (&concerns, words::concern(), "/occurred/at", json!("+262142-12-31T23:59:59Z")),
            (&concerns, words::concern(), "/segment", json!("zq51977")),
            (&concerns, words::concern(), "/content/seen", json!(long)),
            (&concerns, words::concern(), "/content/exploitation_types", json!(["online", "online"])),
            (&concerns, words::concern(), "/content/told/to", json!(["zq51977"])),
            (&contacts, words::contact(), "/content/purpose", json!([])),
            (&contacts, words::contact(), "/content/duration_minutes", json!(1441)),
            (&contacts, words::contact(), "/content/child_words/0/words", json!(format!("{CANARY}\u{7}"))),
            (&contacts, words::contact(), "/content/promises/0/kept", json!("zq51977")),
            (&contacts, words::contact(), "/content/promises/0/due_on", json!("+262142-12-31")),
            (&contacts, with_next_step, "/content/next_steps/0/due_on", json!("-262143-01-01")),
            (&observations, words::observation(), "/content/indicator", json!("zq51977")),
            (&observations, words::observation(), "/content/catalogue_version", json!("zq51977")),
            (&observations, words::observation(), "/content/narrative", json!("")),
            (&involvements, involvement.clone(), "/ends_at", json!("2026-11-22T09:00:00Z")),
            (&involvements, involvement, "/ends_at", json!("2028-01-01T00:00:00Z")),
        ];
        let rows = || ["child", "entry", "involvement"].map(|table| world.rows(table));
        let before = rows();
        for (path, body, pointer, value) in cases {
            let refused = officer.post(path, &put(body, pointer, value)).await;
            assert_eq!(refused.status, 422, "{pointer}: {}", refused.text);
            if pointer.contains(CANARY) {
                assert_eq!(refused.pointers(), [pointer]);
            } else {
                quiet(&refused);
                assert!(refused.pointers().contains(&pointer), "{pointer}: {}", refused.text);
            }
        }
        assert_eq!(rows(), before);
    }

    async fn an_invisible_character_in_a_name_or_number_is_refused_with_its_position(world: World) {
        let officer = world.practitioner(&world.police).await;
        let before = world.rows("child");
        for (pointer, value, place) in [
            ("/details/identity/given_name", "zq51977\u{200b}", "character 8 is U+200B"),
            ("/details/identity/family_name", "zq\u{e0041}51977", "character 3 is U+E0041"),
            ("/details/identity/family_name", "zq51977\u{2066}x", "character 8 is U+2066"),
            ("/details/identity/other_names/0", "\u{feff}zq51977", "character 1 is U+FEFF"),
            ("/details/identifiers/0/value", "999 000\u{2060} 0018", "character 8 is U+2060"),
            ("/details/address/town", "zq\u{ad}51977", "character 3 is U+00AD"),
        ] {
            let mut body = words::child(0);
            body["details"]["identity"]["other_names"] = json!(["Robbie"]);
            let refused = officer.post("/v1/children", &put(body, pointer, json!(value))).await.is(422);
            quiet(&refused);
            assert_eq!(refused.pointers(), [pointer], "{}", refused.text);
            assert!(refused.text.contains(place), "{}", refused.text);
        }
        let search = json!({ "name": { "family_name": "Alder\u{200d}cott", "born_on": "2011-04-09" } });
        let refused = officer.searches(&search).await.is(422);
        assert!(refused.text.contains("character 6 is U+200D"), "{}", refused.text);
        assert_eq!(world.rows("child"), before);
    }

    async fn a_joiner_that_belongs_to_the_spelling_of_a_name_is_kept_and_does_not_hide_the_child(world: World) {
        let officer = world.practitioner(&world.police).await;
        let mut body = words::child(0);
        body["details"]["identity"]["given_name"] = json!("علی\u{200c}رضا");
        body["details"]["identity"]["family_name"] = json!("ශ්\u{200d}රී");
        let child = officer.creates_child(&body).await.is(201);
        assert_eq!(child.body["identity"]["given_name"], json!("علی\u{200c}رضا"));
        let search = json!({ "name": { "family_name": "ශ්රී", "given_name": "علیرضا", "born_on": "2011-04-09" } });
        assert_eq!(officer.searches(&search).await.is(200).items().len(), 1);
    }

    async fn an_unknown_field_is_named_by_its_first_hundred_characters(world: World) {
        let officer = world.practitioner(&world.police).await;
        let mut body = words::child(0);
        body["details"]["identity"]["n".repeat(100_000)] = json!(1);
        let refused = officer.post("/v1/children", &body).await.is(422);
        assert_eq!(refused.pointers(), [format!("/details/identity/{}…", "n".repeat(99))]);
    }

    async fn a_body_that_is_not_json_too_large_or_too_deep_has_its_own_answer(world: World) {
        let officer = world.practitioner(&world.police).await;
        let json = "application/json";
        let deep = format!("{{\"details\":{}", "[".repeat(100_000));
        let large = format!("\"{CANARY}{}\"", "x".repeat(1 << 20));
        let good = words::child(0).to_string();
        let cases = [
            (Ask::raw("/v1/children", json, "{\"details\": zq51977"), 400),
            (Ask::raw("/v1/children", json, ""), 400),
            (Ask::raw("/v1/children", json, deep), 422),
            (Ask::raw("/v1/children", json, vec![b'"', 0xff, b'"']), 400),
            (Ask::raw("/v1/children", json, format!("{good} zq51977")), 400),
            (Ask::raw("/v1/children", json, large), 413),
            (Ask::raw("/v1/children", "text/plain", good.clone()), 415),
            (Ask::raw("/v1/children", "application/xml", good.clone()), 415),
            (Ask::raw("/v1/children", json, "[]"), 422),
            (Ask::raw("/v1/children", json, "null"), 422),
        ];
        for (ask, status) in cases {
            let refused = officer.asks(ask).await.is(status);
            quiet(&refused);
        }
        assert_eq!(world.rows("child"), 0);
        officer.asks(Ask::raw("/v1/children", "application/json; charset=utf-8", good)).await.is(201);
    }

    async fn bad_headers_parameters_and_cursors_are_refused(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let other = officer.creates_child(&words::child(1)).await.is(201).id();
        for _ in 0..3 {
            officer.raises_concern(&id, &words::concern()).await.is(201);
        }
        let list = format!("/v1/children/{id}/concerns");
        let cursor = officer.get(&format!("{list}?limit=1")).await.is(200).string("next");
        let mut spoilt = cursor.clone().into_bytes();
        spoilt[20] = if spoilt[20] == b'A' { b'B' } else { b'A' };
        let spoilt = String::from_utf8(spoilt).expect("text");
        let queries = [
            (format!("{list}?zq51977=1"), "/problems/query"),
            (format!("{list}?limit=0"), "/problems/query"),
            (format!("{list}?limit=201"), "/problems/query"),
            (format!("{list}?limit=zq51977"), "/problems/query"),
            (format!("{list}?limit=1&limit=2"), "/problems/query"),
            (format!("{list}?as_known_at=zq51977"), "/problems/query"),
            (format!("{list}?cursor=zq51977"), "/problems/cursor"),
            (format!("{list}?cursor={spoilt}"), "/problems/cursor"),
            (format!("/v1/children/{other}/concerns?cursor={cursor}"), "/problems/cursor"),
            ("/v1/workers?as_known_at=2026-01-01T00:00:00Z".to_owned(), "/problems/query"),
        ];
        for (path, problem) in queries {
            let refused = officer.get(&path).await.is(400);
            assert_eq!(refused.problem(), problem, "{path}");
            quiet(&refused);
        }
        let path = format!("/v1/children/{id}");
        let body = words::amendment(&words::details("Robyn", None));
        for etag in ["1", "*", "W/\"1\"", "\"zq51977\"", "\"1\", \"2\"", "\"-1\"", "\"99999999999\""] {
            let refused = officer.put(&path, etag, &body).await.is(400);
            assert_eq!(refused.problem(), "/problems/header", "{etag}");
            assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.starts_with("If-Match")));
            quiet(&refused);
        }
        for (name, value) in [("X-Purpose", "zq51977"), ("X-Purpose", "")] {
            let refused = officer.asks(Ask::get(&path).with(name, value)).await.is(400);
            quiet(&refused);
        }
        for key in ["", "with space", &"k".repeat(129)] {
            let ask = Ask::post("/v1/children", &words::child(2)).with("Idempotency-Key", key);
            quiet(&officer.asks(ask).await.is(400));
        }
        assert_eq!(world.rows("child"), 2);
    }

    async fn a_wrong_method_and_an_unknown_path_get_different_answers(world: World) {
        let officer = world.practitioner(&world.police).await;
        let wrong = officer.asks(Ask::delete("/v1/children")).await.is(405);
        assert_eq!(wrong.header("allow"), "POST");
        quiet(&officer.get("/v1/zq51977").await.is(404));
        quiet(&officer.get("/v1/children/zq51977").await.is(404));
    }

    async fn a_worker_who_mixes_roles_or_has_a_short_password_is_refused(world: World) {
        let administrator = world.worker(alongside_domain::accounts::worker::Role::Administrator, &world.health).await;
        let body = json!({
            "sign_in_name": "Amira Dunn", "password": "short",
            "details": {
                "agency_id": world.health.id, "display_name": "Amira Dunn", "job_title": "Nurse",
                "roles": ["practitioner", "auditor"],
            },
        });
        let before = world.rows("worker");
        let refused = administrator.post("/v1/workers", &body).await.is(422);
        for pointer in ["/sign_in_name", "/password", "/details/roles"] {
            assert!(refused.pointers().contains(&pointer), "{}", refused.text);
        }
        assert_eq!(world.rows("worker"), before);
    }
}
