//! Comparing a number with those of other children is a search: it is limited, audited and cut like one.

use alongside_domain::accounts::worker::Role;
use alongside_http::Limits;
use alongside_policy::Policy;
use serde_json::{Value, json};

use crate::support::world::PLENTY;
use crate::support::{Ask, World, words};

fn local_id(n: usize) -> Value {
    json!({ "kind": "local_id", "value": format!("C{n}"), "system": "larkmoor-social-care" })
}

/// A child with an NHS number and numbers of a local system.
fn child(n: usize, local_ids: std::ops::Range<usize>) -> Value {
    let mut child = words::child(n);
    child["details"]["identifiers"].as_array_mut().expect("a list").extend(local_ids.map(local_id));
    child
}

fn correction(given: &str, identifiers: &[Value]) -> Value {
    let mut details = words::details(given, None);
    details["identifiers"] = json!(identifiers);
    words::amendment(&details)
}

/// How many events there are of searches with this outcome.
fn searches(world: &World, outcome: &str) -> i64 {
    let events = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'search_children'";
    world.behind().number(&format!("{events} AND outcome = '{outcome}'"))
}

/// The shipped rules and one more.
fn rules_with(rule: &str) -> Policy {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("rules");
    let files = ["1-limits", "2-children", "3-entries", "4-referrals", "5-partnership"];
    let rules = files.map(|name| read(&format!("{name}.cedar"))).join("\n");
    Policy::load(&read("alongside.cedarschema"), &format!("{rules}\n{rule}")).expect("rules")
}

on_both! {
    async fn each_number_of_a_new_record_counts_as_a_search(world: World) {
        let world = world.limited_to(Limits { searches: 4, ..PLENTY }).await;
        let nurse = world.practitioner(&world.health).await;
        let begin = Ask::post("/v1/children", &child(0, 0..2)).with("Idempotency-Key", "one-record");
        nurse.asks(begin.clone()).await.is(201);
        nurse.asks(begin).await.is(201);
        let refused = nurse.creates_child(&child(1, 2..3)).await.is(429);
        assert_eq!(refused.problem(), "/problems/too-many");
        assert_eq!(world.rows("child"), 1);
        let search = json!({ "identifier": local_id(0) });
        nurse.searches(&search).await.is(200);
        nurse.searches(&search).await.is(429);
    }

    async fn only_numbers_new_to_the_record_count_as_searches(world: World) {
        let world = world.limited_to(Limits { searches: 2, ..PLENTY }).await;
        let nurse = world.practitioner(&world.health).await;
        let begun = nurse.creates_child(&words::child(0)).await.is(201);
        let (path, nhs) = (format!("/v1/children/{}", begun.id()), begun.body["identifiers"][0].clone());
        let mut etag = begun.etag();
        for given in ["Robyn", "Robert", "Robin"] {
            etag = nurse.put(&path, &etag, &correction(given, std::slice::from_ref(&nhs))).await.is(200).etag();
        }
        etag = nurse.put(&path, &etag, &correction("Robin", &[nhs.clone(), local_id(1)])).await.is(200).etag();
        nurse.put(&path, &etag, &correction("Robin", &[nhs.clone(), local_id(2)])).await.is(429);
        etag = nurse.put(&path, &etag, &correction("Robyn", &[nhs, local_id(1)])).await.is(200).etag();
        assert_eq!(etag, "\"6\"");
    }

    async fn more_than_ten_numbers_are_refused_in_one_sentence(world: World) {
        let nurse = world.practitioner(&world.health).await;
        nurse.creates_child(&child(0, 0..9)).await.is(201);
        let refused = nurse.creates_child(&child(1, 10..20)).await.is(422);
        assert_eq!(refused.pointers(), ["/details/identifiers"]);
        assert!(refused.text.contains("more than 10 numbers"), "{}", refused.text);
    }

    async fn a_correction_that_finds_another_record_is_audited_as_a_search(world: World) {
        let officer = world.practitioner(&world.police).await;
        let first = officer.creates_child(&words::child(0)).await.is(201);
        let second = officer.creates_child(&words::child(1)).await.is(201);
        let path = format!("/v1/children/{}", second.id());
        officer.put(&path, &second.etag(), &correction("Robyn", &[local_id(1)])).await.is(200);
        assert_eq!(searches(&world, "permitted"), 0, "no child was found");
        let taken = words::amendment(&words::details("Robin", Some(&words::nhs_number(0))));
        let known = officer.put(&path, "\"2\"", &taken).await.is(409);
        assert_eq!(known.body["candidates"], json!([first.id()]));
        assert_eq!(searches(&world, "permitted"), 1);
        let history = officer.reads(&format!("{path}/access-history")).await.is(200);
        assert!(!history.text.contains("search_children"), "{}", history.text);
    }

    async fn a_correction_names_only_children_that_a_search_would_find(world: World) {
        let founder = world.practitioner(&world.social_care).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let closed = founder.creates_child(&words::child(0)).await.is(201).id();
        lead.post(&format!("/v1/children/{closed}/restriction"), &words::restriction(&[&lead])).await.is(201);
        let begun = officer.creates_child(&words::child(1)).await.is(201);
        let search = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        assert!(officer.searches(&search).await.is(200).items().is_empty());
        let taken = words::amendment(&words::details("Robin", Some(&words::nhs_number(0))));
        let path = format!("/v1/children/{}", begun.id());
        let written = officer.put(&path, &begun.etag(), &taken).await.is(200);
        assert!(!written.text.contains(&closed), "{}", written.text);
        assert_eq!(searches(&world, "refused"), 1, "auditors see that a closed record matched");
    }

    async fn a_correction_names_no_child_to_a_worker_who_may_not_search(world: World) {
        let officer = world.practitioner(&world.police).await;
        officer.creates_child(&words::child(0)).await.is(201);
        let begun = officer.creates_child(&words::child(1)).await.is(201);
        let path = format!("/v1/children/{}", begun.id());
        let taken = words::amendment(&words::details("Robin", Some(&words::nhs_number(0))));
        officer.put(&path, &begun.etag(), &taken).await.is(409);
        let no_search = r#"@id("no-search") @title("Nobody searches.") @because("A partnership's own rule.")
            forbid (principal, action == Action::"search_children", resource);"#;
        world.store.put_policy(rules_with(no_search)).await.expect("rules");
        let search = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        officer.searches(&search).await.is(404);
        officer.put(&path, &begun.etag(), &taken).await.is(200);
    }
}
