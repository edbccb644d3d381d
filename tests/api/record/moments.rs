//! The time of an event is stored as exactly as it was known.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{World, words};

fn when(occurred: Value) -> Value {
    let mut concern = words::concern();
    concern["occurred"] = occurred;
    concern
}

on_both! {
    async fn a_day_a_month_and_a_year_are_returned_as_they_were_sent(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        for occurred in [
            json!({ "on": "2026-08-16" }),
            json!({ "month": "2026-08" }),
            json!({ "year": 2025 }),
            json!({ "at": "2026-08-16T23:30:00Z", "precision": "hour" }),
        ] {
            let raised = officer.raises_concern(&child, &when(occurred.clone())).await.is(201);
            assert_eq!(raised.body["occurred"], occurred);
            let path = raised.header("location");
            assert_eq!(officer.get(&path).await.is(200).body["occurred"], occurred);
            for list in ["concerns", "chronology"] {
                let listed = officer.get(&format!("/v1/children/{child}/{list}")).await.is(200);
                assert!(listed.items().iter().any(|item| item["occurred"] == occurred), "{}", listed.text);
            }
            let withdrawal = json!({ "because": "Recorded twice." });
            let withdrawn = officer
                .asks(crate::support::Ask::post(&format!("{path}/withdraw"), &withdrawal).if_match(&raised.etag()))
                .await
                .is(200);
            assert_eq!(withdrawn.body["occurred"], occurred);
        }
    }

    async fn a_day_sorts_at_its_start_and_a_correction_keeps_the_earlier_day_readable(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let moments = [
            json!({ "year": 2026 }),
            json!({ "month": "2026-08" }),
            json!({ "at": "2026-08-15T23:59:59Z", "precision": "exact" }),
            json!({ "on": "2026-08-16" }),
            json!({ "at": "2026-08-16T00:00:01Z", "precision": "exact" }),
        ];
        let mut day = None;
        for occurred in moments.iter().rev() {
            let raised = officer.raises_concern(&child, &when(occurred.clone())).await.is(201);
            day = if occurred.get("on").is_some() { Some(raised) } else { day };
        }
        let listed = officer.get(&format!("/v1/children/{child}/concerns")).await.is(200);
        let order: Vec<_> = listed.items().iter().rev().map(|item| item["occurred"].clone()).collect();
        assert_eq!(order, moments);
        let day = day.expect("a concern with a day");
        let (path, before) = (day.header("location"), world.now().to_rfc3339().replace('+', "%2B"));
        world.pass(Duration::minutes(1));
        let corrected = words::amendment(&when(json!({ "on": "2026-08-17" })));
        let amended = officer.put(&path, &day.etag(), &corrected).await.is(200);
        assert_eq!(amended.body["occurred"], json!({ "on": "2026-08-17" }));
        let earlier = officer.get(&format!("{path}?as_known_at={before}")).await.is(200);
        assert_eq!(earlier.body["occurred"], json!({ "on": "2026-08-16" }));
    }

    async fn a_day_that_is_sent_as_an_instant_is_refused_with_the_form_it_has_now(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        for precision in ["day", "month"] {
            let old = when(json!({ "at": "2026-08-16T00:00:00Z", "precision": precision }));
            let refused = officer.raises_concern(&child, &old).await.is(422);
            assert_eq!(refused.pointers(), ["/occurred/precision"]);
            let detail = refused.body["errors"][0]["detail"].as_str().expect("a detail");
            assert!(detail.contains("{\"on\": \"2026-08-16\"}") && detail.contains("{\"month\": \"2026-08\"}"), "{detail}");
        }
        let mixed = when(json!({ "on": "2026-08-16", "at": "2026-08-16T00:00:00Z" }));
        assert_eq!(officer.raises_concern(&child, &mixed).await.is(422).pointers(), ["/occurred"]);
        assert_eq!(world.rows("entry"), 0);
    }

    async fn a_day_that_has_begun_is_accepted_and_tomorrow_is_not(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let (today, tomorrow) = (world.now().date_naive(), (world.now() + Duration::days(1)).date_naive());
        officer.raises_concern(&child, &when(json!({ "on": today }))).await.is(201);
        let refused = officer.raises_concern(&child, &when(json!({ "on": tomorrow }))).await.is(422);
        assert_eq!(refused.pointers(), ["/occurred/on"]);
        for (form, pointer) in [(json!({ "month": "2026-12" }), "/occurred/month"), (json!({ "year": 2027 }), "/occurred/year")] {
            let refused = officer.raises_concern(&child, &when(form)).await.is(422);
            assert_eq!(refused.pointers(), [pointer]);
        }
    }

    async fn what_was_last_noticed_on_a_day_stays_that_day(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut observation = words::observation();
        observation["occurred"] = json!({ "year": 2025 });
        observation["content"]["last_noticed"] = json!({ "on": "2026-11-20" });
        let noted = officer.observes(&child, &observation).await.is(201);
        assert_eq!(noted.body["content"]["last_noticed"], json!({ "on": "2026-11-20" }));
        assert_eq!(noted.body["recency"], "current");
    }
}
