//! Starting, finding and correcting a child's record.

use chrono::Duration;
use serde_json::json;

use crate::support::{Ask, World, words};

on_both! {
    async fn a_second_record_with_a_known_number_needs_a_reason(world: World) {
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let begun = officer.creates_child(&words::child(1)).await.is(201);
        assert_eq!(begun.header("location"), format!("/v1/children/{}", begun.id()));
        let known = nurse.creates_child(&words::child(1)).await.is(409);
        assert_eq!(known.problem(), "/problems/known-child");
        assert_eq!(known.body["candidates"], json!([begun.id()]));
        assert_eq!(world.rows("child"), 1);
        let mut other = words::child(1);
        other["new_because"] = json!("The number was mistyped on the other record; the school confirmed it.");
        let other = nurse.creates_child(&other).await.is(201);
        assert_ne!(other.id(), begun.id());
    }

    async fn a_number_is_recognised_however_its_digits_are_grouped(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(2)).await.is(201).id();
        let number = words::nhs_number(2);
        let grouped = format!("{} {}-{}", &number[..3], &number[3..6], &number[6..]);
        let search = json!({ "identifier": { "kind": "nhs_number", "value": grouped } });
        let found = officer.searches(&search).await.is(200);
        assert_eq!(found.items()[0]["id"], json!(child));
        assert_eq!(found.items()[0]["identity"]["given_name"], "Robin");
    }

    async fn a_search_shows_an_uninvolved_worker_whom_to_ask_and_no_name(world: World) {
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let child = officer.creates_child(&words::child(3)).await.is(201).id();
        let search = json!({ "name": { "family_name": "ALDERCOTT", "born_on": "2011-04-09" } });
        let found = nurse.searches(&search).await.is(200);
        assert_eq!(found.body, json!({
            "items": [{ "id": child, "agencies": [world.police.id], "_withheld": ["identity"] }], "cut": false,
        }));
        let nobody = json!({ "name": { "family_name": "Aldercott", "given_name": "Sam", "born_on": "2011-04-09" } });
        assert!(nurse.searches(&nobody).await.is(200).items().is_empty());
        let hurried = nurse.post("/v1/children/search", &search).await.is(400);
        assert_eq!(hurried.problem(), "/problems/purpose-needed");
    }

    async fn a_correction_keeps_the_earlier_version_readable(world: World) {
        let officer = world.practitioner(&world.police).await;
        let begun = officer.creates_child(&words::child(4)).await.is(201);
        let path = format!("/v1/children/{}", begun.id());
        let before = world.now().to_rfc3339().replace('+', "%2B");
        world.pass(Duration::minutes(5));
        let corrected = words::amendment(&words::details("Robyn", Some(&words::nhs_number(4))));
        let amended = officer.put(&path, &begun.etag(), &corrected).await.is(200);
        assert_eq!(amended.body["version"], 2);
        let now = officer.get(&path).await.is(200);
        assert_eq!(now.body["identity"]["given_name"], "Robyn");
        assert_eq!(now.etag(), amended.etag());
        let then = officer.get(&format!("{path}?as_known_at={before}")).await.is(200);
        assert_eq!(then.body["identity"]["given_name"], "Robin");
        let versions = officer.get(&format!("{path}/versions")).await.is(200);
        let numbers: Vec<_> = versions.items().iter().map(|note| note["version"].clone()).collect();
        assert_eq!(numbers, [json!(1), json!(2)]);
        assert_eq!(versions.items()[1]["reason"], corrected["because"]);
        officer.get(&format!("{path}?as_known_at=2020-01-01T00:00:00Z")).await.is(404);
    }

    async fn a_stale_correction_says_what_changed_and_changes_nothing(world: World) {
        let officer = world.practitioner(&world.police).await;
        let begun = officer.creates_child(&words::child(5)).await.is(201);
        let path = format!("/v1/children/{}", begun.id());
        let number = words::nhs_number(5);
        let first = words::amendment(&words::details("Robyn", Some(&number)));
        officer.put(&path, &begun.etag(), &first).await.is(200);
        let second = words::amendment(&words::details("Robert", Some(&number)));
        let stale = officer.put(&path, &begun.etag(), &second).await.is(412);
        assert_eq!(stale.problem(), "/problems/stale");
        assert_eq!(stale.body["current_version"], 2);
        assert_eq!(stale.body["changed_by"], json!(officer.id));
        assert_eq!(stale.body["changed_fields"], json!(["identity"]));
        assert_eq!(stale.etag(), "\"2\"");
        assert!(!stale.text.contains("Robyn"), "only the names of fields, never values");
        let missing = officer.asks(Ask::put(&path, &second)).await.is(428);
        assert_eq!(missing.problem(), "/problems/if-match-missing");
        assert_eq!(officer.get(&path).await.is(200).body["identity"]["given_name"], "Robyn");
    }

    async fn a_correction_cannot_take_another_childs_number(world: World) {
        let officer = world.practitioner(&world.police).await;
        let first = officer.creates_child(&words::child(6)).await.is(201);
        let second = officer.creates_child(&words::child(7)).await.is(201);
        let taken = words::amendment(&words::details("Robin", Some(&words::nhs_number(6))));
        let refused = officer.put(&format!("/v1/children/{}", second.id()), &second.etag(), &taken).await.is(409);
        assert_eq!(refused.body["candidates"], json!([first.id()]));
    }

    async fn an_unborn_child_has_an_expected_date_and_no_sex(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let mut unborn = words::child(8);
        unborn["details"]["identifiers"] = json!([]);
        let identity = unborn["details"]["identity"].as_object_mut().expect("an object");
        identity.remove("born_on");
        identity.insert("expected_on".into(), json!("2027-03-01"));
        let refused = social_worker.creates_child(&unborn).await.is(422);
        assert_eq!(refused.pointers(), ["/details/identity/sex"]);
        unborn["details"]["identity"]["sex"] = json!("U");
        social_worker.creates_child(&unborn).await.is(201);
    }

    async fn a_record_closes_to_a_worker_when_their_involvement_ends(world: World) {
        let mut officer = world.practitioner(&world.police).await;
        let path = format!("/v1/children/{}", officer.creates_child(&words::child(9)).await.is(201).id());
        officer.get(&path).await.is(200);
        world.pass(Duration::days(90));
        world.signs_in(&mut officer).await;
        officer.reads(&path).await.is(404);
    }
}
