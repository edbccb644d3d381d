//! Raising, correcting and withdrawing concerns. Observations and contacts work the same way.

use chrono::Duration;
use serde_json::json;

use crate::support::{Ask, World, words};

on_both! {
    async fn any_worker_may_raise_a_concern_at_once(world: World) {
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let raised = nurse.raises_concern(&child, &words::concern()).await.is(201);
        let path = raised.header("location");
        assert_eq!(path, format!("/v1/concerns/{}", raised.id()));
        assert_eq!(raised.body["author_id"], json!(nurse.id));
        nurse.reads(&path).await.is(200);
        nurse.reads(&format!("/v1/children/{child}")).await.is(404);
        officer.get(&path).await.is(200);
    }

    async fn an_opinion_alone_is_not_a_concern(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut concern = words::concern();
        let content = concern["content"].as_object_mut().expect("an object");
        content.remove("seen");
        content.insert("opinion".into(), json!("Something is not right."));
        let refused = officer.raises_concern(&child, &concern).await.is(422);
        assert_eq!(refused.pointers(), ["/content/seen"]);
        assert_eq!(world.rows("entry"), 0);
    }

    async fn a_corrected_concern_keeps_its_history(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let raised = officer.raises_concern(&child, &words::concern()).await.is(201);
        let path = format!("/v1/concerns/{}", raised.id());
        let before = world.now().to_rfc3339().replace('+', "%2B");
        world.pass(Duration::minutes(1));
        let mut corrected = words::concern();
        corrected["content"]["seen"] = json!("Came to school with a new bag.");
        let amended = officer.put(&path, &raised.etag(), &words::amendment(&corrected)).await.is(200);
        assert_eq!(amended.body["version"], 2);
        assert_eq!(amended.body["amended_because"], "The note was read again with the log.");
        let then = officer.get(&format!("{path}?as_known_at={before}")).await.is(200);
        assert_eq!(then.body["content"], raised.body["content"]);
        let list = officer.get(&format!("/v1/children/{child}/concerns?as_known_at={before}")).await.is(200);
        assert_eq!(list.items()[0]["version"], 1);
        let versions = officer.get(&format!("{path}/versions")).await.is(200);
        assert_eq!(versions.items().len(), 2);
        let stale = officer.put(&path, &raised.etag(), &words::amendment(&corrected)).await.is(412);
        assert_eq!(stale.body["changed_fields"], json!(["seen"]));
    }

    async fn a_withdrawn_concern_stays_readable_with_the_reason(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let raised = officer.raises_concern(&child, &words::concern()).await.is(201);
        let path = format!("/v1/concerns/{}", raised.id());
        let because = json!({ "because": "Recorded on the wrong child's record." });
        let withdraw = Ask::post(&format!("{path}/withdraw"), &because);
        officer.asks(withdraw.clone()).await.is(428);
        let withdrawn = officer.asks(withdraw.clone().if_match(&raised.etag())).await.is(200);
        assert_eq!(withdrawn.body["status"], "withdrawn");
        let read = officer.get(&path).await.is(200);
        assert_eq!(read.body["amended_because"], because["because"]);
        officer.asks(withdraw.if_match(&read.etag())).await.is(409);
        officer.put(&path, &read.etag(), &words::amendment(&words::concern())).await.is(409);
    }

    async fn an_observation_says_how_recent_it_is_and_which_edition_it_was_chosen_from(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let noted = officer.observes(&child, &words::observation()).await.is(201);
        assert_eq!(noted.body["recency"], "current");
        let edition = officer.get("/v1/indicators").await.is(200).body["version"].clone();
        assert_eq!(noted.body["content"]["catalogue_version"], edition);
        let mut old = words::observation();
        old["occurred"] = json!({ "month": "2026-02" });
        let old = officer.observes(&child, &old).await.is(201);
        assert_eq!(old.body["recency"], "past_year");
        let list = officer.get(&format!("/v1/children/{child}/observations")).await.is(200);
        assert_eq!(list.items().len(), 2);
        assert_eq!(list.items()[0]["id"], json!(noted.id()), "newest first");
    }

    async fn a_concern_about_what_the_author_saw_needs_no_informant(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut seen = words::concern();
        seen["content"].as_object_mut().expect("an object").remove("told");
        let raised = officer.raises_concern(&child, &seen).await.is(201);
        assert!(raised.body["content"].get("told").is_none(), "{}", raised.text);
        seen["content"]["said"] = json!("A friend says that a man waits by the gate.");
        let refused = officer.raises_concern(&child, &seen).await.is(422);
        assert_eq!(refused.pointers(), ["/content/told"]);
    }

    async fn a_concern_may_rest_on_professional_judgement_alone_with_its_reasons(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut judged = words::concern();
        for field in ["told", "seen"] {
            judged["content"].as_object_mut().expect("an object").remove(field);
        }
        judged["content"]["opinion"] = json!("Something is not right at home.");
        let refused = officer.raises_concern(&child, &judged).await.is(422);
        assert_eq!(refused.pointers(), ["/content/seen"]);
        assert!(refused.text.contains("professional_judgement"), "{}", refused.text);
        judged["content"]["professional_judgement"] = json!({ "judgement": "An adult puts the child under pressure." });
        let refused = officer.raises_concern(&child, &judged).await.is(422);
        assert_eq!(refused.pointers(), ["/content/professional_judgement/reasons"]);
        judged["content"]["professional_judgement"]["reasons"] = json!("One adult answered for the child at each visit.");
        let raised = officer.raises_concern(&child, &judged).await.is(201);
        let read = officer.get(&raised.header("location")).await.is(200);
        assert_eq!(read.body["content"]["professional_judgement"], judged["content"]["professional_judgement"]);
        judged["content"]["seen"] = json!("Waited by the gate after school had closed.");
        let refused = officer.raises_concern(&child, &judged).await.is(422);
        assert_eq!(refused.pointers(), ["/content/professional_judgement"]);
    }

    async fn a_long_account_of_the_child_is_kept_whole_and_continued_in_another_quotation(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let said = "I want it written down as I said it. ".repeat(300);
        let quotation = |length: usize| json!({ "words": said.chars().take(length).collect::<String>(), "medium": "spoken" });
        let mut contact = words::contact();
        contact["content"]["child_words"] = json!([quotation(10_000), quotation(10_000)]);
        let kept = officer.records_contact(&child, &contact).await.is(201);
        for (kept, sent) in [0, 1].map(|n| (&kept.body["content"]["child_words"][n], &contact["content"]["child_words"][n])) {
            assert!(kept["words"] == sent["words"], "the words are not stored whole");
        }
        contact["content"]["child_words"] = json!([quotation(10_001)]);
        let refused = officer.records_contact(&child, &contact).await.is(422);
        assert_eq!(refused.pointers(), ["/content/child_words/0/words"]);
        let detail = refused.body["errors"][0]["detail"].as_str().expect("a detail");
        assert!(detail.contains("another quotation") && !detail.contains("shorten it"), "{detail}");
    }

    async fn a_contact_without_the_childs_words_says_why(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut contact = words::contact();
        contact["content"]["child_words"] = json!([]);
        let refused = officer.records_contact(&child, &contact).await.is(422);
        assert_eq!(refused.pointers(), ["/content/not_heard_because"]);
        contact["content"]["not_heard_because"] = json!("Wanted to walk in silence.");
        officer.records_contact(&child, &contact).await.is(201);
    }

    async fn a_long_list_comes_in_pages_without_gaps_or_repeats(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        for _ in 0..5 {
            officer.raises_concern(&child, &words::concern()).await.is(201);
        }
        let list = format!("/v1/children/{child}/concerns?limit=2");
        let (mut seen, mut path) = (Vec::new(), list.clone());
        loop {
            let page = officer.get(&path).await.is(200);
            seen.extend(page.items().iter().map(|item| item["id"].to_string()));
            let Some(next) = page.body["next"].as_str() else { break };
            path = format!("{list}&cursor={next}");
        }
        assert_eq!(seen.len(), 5);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5);
    }
}
