//! Unreadable input is answered with its place and the accepted form.

use serde_json::{Value, json};

use crate::support::{Ask, World, words};

/// An id that does not exist.
const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

on_both! {
    async fn a_query_that_cannot_be_read_names_the_parameter_and_what_it_accepts(world: World) {
        let officer = world.practitioner(&world.police).await;
        let analyst = world.worker(alongside_domain::accounts::worker::Role::BoardAnalyst, &world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let list = format!("/v1/children/{child}/concerns");
        for (reader, path, detail) in [
            (&officer, format!("{list}?limit=201"), "`limit`: must be a whole number from 1 to 200."),
            (&officer, format!("{list}?limit=many"), "`limit`: must be a whole number from 1 to 200."),
            (&officer, format!("{list}?as_known_at=2026-11-20"), "`as_known_at`: must be an instant, written like 2026-08-16T15:30:00Z."),
            (&officer, format!("{list}?limt=5"), "`limt`: is not a known parameter; use `limit`, `cursor`, `as_known_at`."),
            (&analyst, "/v1/statistics/concerns?from=Nov&to=2026-11".to_owned(), "`from`: must be a month, written YYYY-MM."),
            (&analyst, "/v1/statistics/concerns?from=2026-11".to_owned(), "`to`: is missing; it must be a month, written YYYY-MM."),
        ] {
            let refused = reader.get(&path).await.is(400);
            assert_eq!(refused.string("detail"), detail, "{path}");
        }
    }

    async fn every_operation_with_parameters_names_one_that_it_does_not_know(world: World) {
        let officer = world.practitioner(&world.police).await;
        let document: Value = serde_json::from_str(&alongside_http::openapi::document()).expect("JSON");
        let mut asked = 0;
        for (path, operations) in document["paths"].as_object().expect("an object") {
            let parameters = operations["get"]["parameters"].as_array();
            if !parameters.into_iter().flatten().any(|parameter| parameter["in"] == "query") {
                continue;
            }
            let of_nobody = path.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part });
            let refused = officer.get(&format!("{}?no_such=1", of_nobody.collect::<Vec<_>>().join("/"))).await.is(400);
            assert!(refused.string("detail").starts_with("`no_such`: is not a known parameter; use `"), "{path}: {}", refused.text);
            asked += 1;
        }
        assert!(asked > 10, "{asked}");
    }

    async fn a_body_of_the_wrong_form_says_where_and_which_form_is_expected(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}/concerns");
        let mut concern = words::concern();
        concern["content"]["child_words"] = json!("It is not mine.");
        let mut dated = words::concern();
        dated["captured_at"] = json!("yesterday");
        let mut coded = words::concern();
        coded["content"]["immediate_safety"] = json!(true);
        let mut without = words::concern();
        without.as_object_mut().expect("an object").remove("occurred");
        for (body, pointer, form) in [
            (concern, "/content/child_words", "must be a list in square brackets"),
            (dated, "/captured_at", "must be an instant, written like 2026-08-16T15:30:00Z"),
            (coded, "/content/immediate_safety", "must be one of no_immediate_concern, concern_actioned, emergency_action"),
            (without, "/occurred", "is missing; it must be one of: {\"at\""),
        ] {
            let refused = officer.post(&path, &body).await.is(422);
            assert_eq!(refused.pointers(), [pointer]);
            let detail = refused.body["errors"][0]["detail"].as_str().expect("a detail");
            assert!(detail.starts_with(form), "{detail}");
        }
        let broken = Ask::raw(&path, "application/json", "{\"occurred\": {\"on\": }}");
        let refused = officer.asks(broken).await.is(400);
        assert_eq!(refused.pointers(), ["/occurred/on"]);
        assert!(refused.text.contains("line 1 column 21"), "{}", refused.text);
    }
}
