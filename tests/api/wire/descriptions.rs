//! What the API's description promises to clients of every operation.

use serde_json::Value;

use crate::support::World;

fn document() -> Value {
    serde_json::from_str(&alongside_http::openapi::document()).expect("JSON")
}

/// Every operation: its id, and its description.
fn operations(document: &Value) -> Vec<(&str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.values().filter_map(Value::as_object).flat_map(|methods| methods.values());
    all.filter_map(|operation| Some((operation["operationId"].as_str()?, operation))).collect()
}

#[test]
fn every_operation_has_a_summary_and_a_description() {
    for (name, operation) in operations(&document()) {
        for part in ["summary", "description"] {
            assert!(operation[part].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {part}");
        }
        assert!(!operation["summary"].as_str().expect("a summary").ends_with('.'), "{name}");
    }
}

#[test]
fn every_response_is_an_object_that_can_grow() {
    for (name, operation) in operations(&document()) {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let schema = &response["content"]["application/json"]["schema"];
            assert_ne!(schema["type"], "array", "{name} {status}");
            let described = response["headers"]["X-Request-ID"].is_object() || response["$ref"].is_string();
            assert!(described, "{name} {status}");
        }
    }
}

#[test]
fn a_stale_version_is_declared_where_a_version_is_needed() {
    for (name, operation) in operations(&document()) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let versioned = parameters.into_iter().any(|parameter| parameter["name"] == "If-Match");
        for status in ["412", "428"] {
            assert_eq!(operation["responses"][status].is_object(), versioned, "{name} {status}");
        }
        let body = operation["requestBody"].is_object();
        assert_eq!(operation["responses"]["415"].is_object(), body, "{name}");
    }
}

on_both! {
    async fn the_address_of_every_problem_is_a_page_that_explains_it(world: World) {
        let document = document();
        let kinds = document["components"]["schemas"]["ProblemKind"]["enum"].as_array().expect("kinds");
        assert!(kinds.len() > 20);
        for kind in kinds {
            let page = world.asks(crate::support::Ask::get(kind.as_str().expect("an address"))).await.is(200);
            assert!(page.header("content-type").starts_with("text/html"), "{kind}");
            assert!(page.text.contains("<h1>"), "{kind}");
        }
        world.asks(crate::support::Ask::get("/problems/no-such-problem")).await.is(404);
    }
}
