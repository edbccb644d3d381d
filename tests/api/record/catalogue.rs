//! The catalogue of indicators: editions that stay readable, and codes that keep their meaning.

use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::{Backend, World, words};

fn observing(indicator: &str, edition: Option<&str>) -> Value {
    let mut observation = words::observation();
    observation["content"]["indicator"] = json!(indicator);
    observation["content"]["catalogue_version"] = json!(edition);
    observation
}

fn find<'a>(edition: &'a Value, code: &str) -> Option<&'a Value> {
    edition["indicator"].as_array().expect("indicators").iter().find(|indicator| indicator["code"] == code)
}

on_both! {
    async fn an_earlier_edition_stays_readable_and_an_unknown_one_is_answered_with_the_list(world: World) {
        let officer = world.practitioner(&world.police).await;
        let present = officer.get("/v1/indicators").await.is(200);
        assert_eq!(present.body["version"], "2026-12");
        assert_eq!(officer.get("/v1/indicators?edition=2026-12").await.is(200).text, present.text);
        let earlier = officer.get("/v1/indicators?edition=2026-11").await.is(200);
        assert_eq!(earlier.body["version"], "2026-11");
        let strong = |edition: &Value, reviewed: bool| {
            let all = edition["indicator"].as_array().expect("indicators").iter();
            all.filter(|i| i["kind"] == "strong_indicator" && i["same_day_review"] == reviewed).count()
        };
        assert_eq!((strong(&earlier.body, false), strong(&present.body, false)), (11, 0));
        assert!(strong(&present.body, true) > strong(&earlier.body, true));
        let refused = officer.get("/v1/indicators?edition=2019-01").await.is(400);
        assert_eq!(refused.string("detail"), "`edition`: must be one of 2026-12, 2026-11.");
    }

    async fn the_present_edition_has_what_the_earlier_one_lacked(world: World) {
        let officer = world.practitioner(&world.police).await;
        let present = officer.get("/v1/indicators").await.is(200).body;
        let earlier = officer.get("/v1/indicators?edition=2026-11").await.is(200).body;
        for code in ["REL09", "REL10", "ONL05", "ONL06", "EMO04", "EMO05"] {
            assert!(find(&present, code).is_some() && find(&earlier, code).is_none(), "{code}");
        }
        let supplied = find(&present, "HLT05").expect("HLT05");
        assert!(supplied["label"].as_str().is_some_and(|label| label.starts_with("Somebody gives or sells")));
        assert!(supplied["description"].as_str().is_some_and(|text| text.starts_with("Begin with who supplies")));
    }

    async fn an_observation_keeps_the_edition_that_its_code_was_chosen_from(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let noted = officer.observes(&child, &observing("HLT05", Some("2026-11"))).await.is(201);
        assert_eq!(noted.body["content"]["catalogue_version"], "2026-11");
        let amendment = words::amendment(&observing("HLT05", Some("2026-11")));
        let amended = officer.put(&noted.header("location"), &noted.etag(), &amendment).await.is(200);
        assert_eq!(amended.body["content"]["catalogue_version"], "2026-11");
        let present = officer.observes(&child, &observing("ONL05", None)).await.is(201);
        assert_eq!(present.body["content"]["catalogue_version"], "2026-12");
        let refused = officer.observes(&child, &observing("ONL05", Some("2026-11"))).await.is(422);
        assert_eq!(refused.pointers(), ["/content/indicator"]);
        let refused = officer.observes(&child, &observing("HLT05", Some("2019-01"))).await.is(422);
        assert_eq!(refused.pointers(), ["/content/catalogue_version"]);
        assert!(refused.text.contains("2026-12, 2026-11"), "{}", refused.text);
        let earlier = words::kept_in("shared", observing("HLT01", Some("2026-11")));
        assert_eq!(officer.observes(&child, &earlier).await.is(422).pointers(), ["/segment_because"]);
    }

    async fn exploitation_by_other_children_has_one_code_also_in_what_was_recorded_before(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut concern = words::concern();
        concern["content"]["exploitation_types"] = json!(["cse", "peer_on_peer"]);
        let mut raised = Vec::new();
        for _ in 0..10 {
            let answer = officer.raises_concern(&child, &concern).await.is(201);
            assert_eq!(answer.body["content"]["exploitation_types"], json!(["cse", "child_on_child"]));
            raised.push(answer);
        }
        let codes = || world.behind().words("SELECT DISTINCT codes AS word FROM entry UNION SELECT codes FROM entry_version");
        assert_eq!(codes(), ["cse,child_on_child"]);

        let name = match world.fresh.backend() {
            Backend::Sqlite => "sqlite",
            Backend::Postgresql => "postgresql",
        };
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(name);
        let migration = |way: &str| {
            let path = root.join(format!("2026-11-25-000071_child_on_child/{way}.sql"));
            world.behind().run(&std::fs::read_to_string(path).expect("a migration")).expect("run");
        };
        migration("down");
        assert_eq!(codes(), ["cse,peer_on_peer"]);
        migration("up");
        assert_eq!(codes(), ["cse,child_on_child"]);
        let change = "UPDATE entry_version SET codes = ''";
        assert!(world.behind().run(change).is_err(), "versions are no longer append-only");

        let analyst = world.worker(Role::BoardAnalyst, &world.police).await;
        let counts = analyst.get("/v1/statistics/concerns?from=2026-11&to=2026-11").await.is(200);
        let of = |form: &str| -> Vec<&Value> {
            counts.items().iter().filter(|cell| cell["exploitation_type"] == form).collect()
        };
        assert!(of("peer_on_peer").is_empty());
        assert!(of("child_on_child").iter().any(|cell| cell["concerns"]["value"] == 10), "{}", counts.text);
    }
}
