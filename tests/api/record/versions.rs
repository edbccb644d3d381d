//! Earlier versions stay as closed as they were, and become as closed as the present one.

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Worker, World, words};

struct Scene {
    officer: Worker,
    nurse: Worker,
    child: String,
}

async fn scene(world: &World) -> Scene {
    let nurse = world.practitioner(&world.health).await;
    let officer = world.practitioner(&world.police).await;
    let child = nurse.creates_child(&words::child(0)).await.is(201).id();
    nurse.involves(&child, &officer, "team").await.is(201);
    Scene { officer, nurse, child }
}

/// This instant, as it is written in a query. Time passes afterwards.
fn instant(world: &World) -> String {
    let instant = world.now().to_rfc3339().replace('+', "%2B");
    world.pass(Duration::minutes(1));
    instant
}

fn saying(said: &str, segment: &str) -> Value {
    let mut concern = words::kept_in(segment, words::concern());
    concern["content"]["said"] = json!(said);
    concern
}

on_both! {
    async fn a_version_from_the_police_segment_stays_with_police_after_sharing(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let raised = officer.raises_concern(&child, &saying("A source saw the car.", "police_restricted")).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        let amendment = json!({ "because": "The source is out.", "corrected": saying("A car was seen.", "shared") });
        officer.put(&path, &raised.etag(), &amendment).await.is(200);
        assert!(nurse.reads(&path).await.is(200).text.contains("A car was seen."));
        nurse.reads(&format!("{path}?as_known_at={before}")).await.is(404);
        officer.reads(&format!("{path}?as_known_at={before}")).await.is(200);
        for list in ["concerns", "chronology"] {
            let listed = nurse.reads(&format!("/v1/children/{child}/{list}?as_known_at={before}")).await.is(200);
            assert!(!listed.text.contains("source"), "{}", listed.text);
        }
    }

    async fn a_shared_version_is_hidden_once_the_recording_is_for_named_people(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let raised = nurse.raises_concern(&child, &saying("Told on the ward.", "shared")).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        nurse.put(&path, &raised.etag(), &words::amendment(&saying("Told on the ward.", "named_people"))).await.is(200);
        for list in ["concerns", "chronology"] {
            let path = format!("/v1/children/{child}/{list}?as_known_at={before}");
            let listed = officer.reads(&path).await.is(200);
            assert!(listed.items().is_empty() && listed.body["_withheld"].is_null(), "{}", listed.text);
            assert_eq!(nurse.reads(&path).await.is(200).items().len(), 1);
        }
    }

    async fn a_person_who_asked_not_to_be_named_is_in_no_version(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let raised = nurse.raises_concern(&child, &saying("Mrs Vale rang.", "shared")).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        let mut marked = saying("Mrs Vale rang.", "shared");
        marked["third_parties"] = json!([{ "words": "Mrs Vale", "kind": "public_referrer" }]);
        let second = nurse.put(&path, &raised.etag(), &words::amendment(&marked)).await.is(200);
        world.pass(Duration::minutes(1));
        let without = json!({ "because": "Took out Mrs Vale.", "corrected": saying("A neighbour rang.", "shared") });
        nurse.put(&path, &second.etag(), &without).await.is(200);
        let listed = format!("/v1/children/{child}/concerns?as_known_at={before}");
        for path in [path.clone(), format!("{path}?as_known_at={before}"), format!("{path}/versions"), listed] {
            let read = officer.reads(&path).await.is(200);
            assert!(!read.text.contains("Vale"), "{path}: {}", read.text);
            assert!(nurse.reads(&path).await.is(200).text.contains("Vale"), "{path}");
        }
    }

    async fn a_person_named_before_they_asked_not_to_be_named_is_in_no_version(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let listing = |anonymous: bool| {
            let mut concern = saying("Mrs Vale rang.", "shared");
            concern["third_parties"] = json!([{ "words": "Mrs Vale", "kind": "professional", "anonymous": anonymous }]);
            concern
        };
        let raised = nurse.raises_concern(&child, &listing(false)).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        nurse.put(&path, &raised.etag(), &words::amendment(&listing(true))).await.is(200);
        for place in [path.clone(), format!("/v1/children/{child}/concerns"), format!("/v1/children/{child}/chronology")] {
            let read = officer.reads(&format!("{place}?as_known_at={before}")).await.is(200);
            assert!(!read.text.contains("Vale"), "{place}: {}", read.text);
        }
    }

    async fn words_that_became_sensitive_are_in_no_earlier_version(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let saying = |words: &[(&str, bool)]| {
            let mut contact = words::contact();
            let said = |(words, sensitive): &(&str, bool)| json!({ "words": words, "medium": "spoken", "sensitive": sensitive });
            contact["content"]["child_words"] = words.iter().map(said).collect();
            contact
        };
        let (open, secret) = ("I like Thursdays.", "I told nobody but you.");
        let first = nurse.records_contact(&child, &saying(&[(open, false), (secret, false)])).await.is(201);
        let (path, before) = (first.header("location"), instant(&world));
        let second = nurse.put(&path, &first.etag(), &words::amendment(&saying(&[(open, false), ("I told nobody.", true)]))).await.is(200);
        let with_mark = instant(&world);
        let places = |instant: &str| {
            let list = format!("/v1/children/{child}");
            [path.clone(), format!("{list}/contacts"), format!("{list}/chronology")].map(|path| format!("{path}?as_known_at={instant}"))
        };
        let third = saying(&[(open, false)]);
        for present in ["they are marked", "they are taken out"] {
            for place in places(&before).into_iter().chain(places(&with_mark)) {
                let read = supervisor.reads(&place).await.is(200);
                assert!(!read.text.contains("I told nobody"), "{present}: {place}: {}", read.text);
                assert!(read.text.contains(open) && read.text.contains("sensitive_words"), "{present}: {place}: {}", read.text);
                assert!(officer.reads(&place).await.is(200).text.contains("I told nobody"), "the team can read them");
            }
            if present == "they are marked" {
                nurse.put(&path, &second.etag(), &words::amendment(&third)).await.is(200);
            }
        }
    }

    async fn a_summary_of_an_earlier_version_shows_no_more_than_the_present_one(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let summed = |summary: Option<&str>| {
            let mut concern = saying("Mrs Vale rang.", "health_restricted");
            concern["summary"] = json!(summary);
            concern
        };
        let first = summed(Some("Mrs Vale was worried."));
        let raised = nurse.raises_concern(&child, &first).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        let summary = |listed: &crate::support::Answer| listed.body["_withheld"][0]["recordings"][0]["summary"].clone();
        let mut marked = first.clone();
        marked["third_parties"] = json!([{ "words": "Mrs Vale", "kind": "public_referrer" }]);
        let second = nurse.put(&path, &raised.etag(), &words::amendment(&marked)).await.is(200);
        for list in ["concerns", "chronology"] {
            let listed = officer.reads(&format!("/v1/children/{child}/{list}?as_known_at={before}")).await.is(200);
            assert_eq!(summary(&listed), json!("[a person who asked not to be named] was worried."), "{list}");
        }
        nurse.put(&path, &second.etag(), &words::amendment(&summed(None))).await.is(200);
        for list in ["concerns", "chronology"] {
            let listed = officer.reads(&format!("/v1/children/{child}/{list}?as_known_at={before}")).await.is(200);
            assert_eq!(listed.body["_withheld"][0]["count"], json!(1), "{list}");
            assert_eq!(summary(&listed), Value::Null, "{list}");
        }
    }

    async fn a_concern_attached_to_a_referral_protects_its_earlier_versions(world: World) {
        let Scene { nurse, child, .. } = scene(&world).await;
        let receiver = world.practitioner(&world.social_care).await;
        let mut concern = saying("Told on the ward.", "shared");
        concern["content"]["child_words"] = json!([{ "words": "I told nobody but you.", "medium": "spoken" }]);
        let raised = nurse.raises_concern(&child, &concern).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        nurse.refers(&child, &words::referral(&world.social_care, &[&raised.id()])).await.is(201);
        concern["content"]["child_words"][0]["sensitive"] = json!(true);
        let marked = nurse.put(&path, &raised.etag(), &words::amendment(&concern)).await.is(200);
        let then = format!("{path}?as_known_at={before}");
        assert!(!receiver.reads(&then).await.is(200).text.contains("nobody but you"));
        concern["segment"] = json!("health_restricted");
        nurse.put(&path, &marked.etag(), &words::amendment(&concern)).await.is(200);
        assert_eq!(receiver.reads(&then).await.status, receiver.reads(&path).await.status);
        assert!(!receiver.reads(&then).await.text.contains("Told on the ward"));
    }

    async fn a_reader_who_is_no_longer_named_loses_every_version(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let colleague = world.practitioner(&world.health).await;
        let kept = |people: &[&Worker]| {
            let mut concern = saying("For two.", "named_people");
            concern["named_people"] = people.iter().map(|worker| json!(worker.id)).collect();
            concern
        };
        let raised = nurse.raises_concern(&child, &kept(&[&officer, &colleague])).await.is(201);
        let (path, before) = (raised.header("location"), instant(&world));
        nurse.put(&path, &raised.etag(), &words::amendment(&kept(&[&colleague]))).await.is(200);
        for place in [path.clone(), format!("{path}?as_known_at={before}"), format!("{path}/versions")] {
            officer.reads(&place).await.is(404);
            colleague.reads(&place).await.is(200);
        }
        for list in ["concerns", "chronology"] {
            let listed = officer.reads(&format!("/v1/children/{child}/{list}?as_known_at={before}")).await.is(200);
            assert!(listed.items().is_empty(), "{}", listed.text);
        }
    }

    async fn a_recording_for_a_worker_who_left_can_be_withdrawn(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let mut kept = saying("For the officer.", "named_people");
        kept["named_people"] = json!([officer.id]);
        let raised = nurse.raises_concern(&child, &kept).await.is(201);
        let suspend = format!("UPDATE worker SET state = 'suspended' WHERE sign_in_name = '{}'", officer.name);
        world.behind().run(&suspend).expect("a suspension");
        let because = json!({ "because": "Recorded on the wrong child's record." });
        let withdrawing = crate::support::Ask::post(&format!("{}/withdraw", raised.header("location")), &because);
        nurse.asks(withdrawing.if_match(&raised.etag())).await.is(200);
    }

    async fn a_withheld_recording_of_another_agency_cannot_be_attached_and_a_referral_is_always_shared(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let kept = nurse.raises_concern(&child, &saying("For health.", "health_restricted")).await.is(201).id();
        officer.begins_emergency(&child).await.is(201);
        officer.reads(&format!("/v1/concerns/{kept}")).await.is(200);
        let refused = officer.refers(&child, &words::referral(&world.social_care, &[&kept])).await.is(422);
        assert_eq!(refused.pointers(), ["/content/concern_ids/0"]);
        nurse.refers(&child, &words::referral(&world.social_care, &[&kept])).await.is(201);
        let hidden = words::kept_in("police_restricted", words::referral(&world.social_care, &[]));
        assert_eq!(officer.refers(&child, &hidden).await.is(422).pointers(), ["/segment"]);
    }

    async fn a_disclosure_ends_with_the_work_and_with_a_narrower_segment(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let raised = nurse.raises_concern(&child, &saying("For health.", "health_restricted")).await.is(201);
        let asks = |worker: Worker, id: String| async move {
            let asked = json!({ "reason": "For the plan." });
            worker.post(&format!("/v1/recordings/{id}/disclosure-requests"), &asked).await.is(201).id()
        };
        let request = asks(officer.clone(), raised.id()).await;
        let grant = json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": world.now() + Duration::days(7) });
        nurse.post(&format!("/v1/disclosure-requests/{request}/decision"), &grant).await.is(200);
        let path = raised.header("location");
        officer.reads(&path).await.is(200);
        nurse.put(&path, &raised.etag(), &words::amendment(&saying("For one.", "named_people"))).await.is(200);
        officer.reads(&path).await.is(404);
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        assert!(lead.get("/v1/disclosure-requests").await.is(200).items().is_empty());
    }

    async fn a_disclosure_covers_only_the_segment_it_was_granted_for(world: World) {
        let Scene { officer, nurse, child } = scene(&world).await;
        let raised = nurse.raises_concern(&child, &saying("For health.", "health_restricted")).await.is(201);
        let path = raised.header("location");
        let asked = json!({ "reason": "For the plan." });
        let request = officer.post(&format!("/v1/recordings/{}/disclosure-requests", raised.id()), &asked).await.is(201).id();
        let grant = json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": world.now() + Duration::days(7) });
        nurse.post(&format!("/v1/disclosure-requests/{request}/decision"), &grant).await.is(200);
        let listed = format!("/v1/children/{child}/concerns");
        officer.reads(&path).await.is(200);
        assert_eq!(officer.reads(&listed).await.is(200).items().len(), 1);

        let moved = nurse.put(&path, &raised.etag(), &words::amendment(&saying("For us alone.", "own_agency"))).await.is(200);
        officer.reads(&path).await.is(403);
        assert!(officer.reads(&listed).await.is(200).items().is_empty());

        nurse.put(&path, &moved.etag(), &words::amendment(&saying("For health.", "health_restricted"))).await.is(200);
        officer.reads(&path).await.is(200);
        assert_eq!(officer.reads(&listed).await.is(200).items().len(), 1);
    }
}
