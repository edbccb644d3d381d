//! Referrals to another agency, and their answers.

use chrono::Duration;
use serde_json::json;

use crate::support::{Ask, World, words};

on_both! {
    async fn both_agencies_follow_a_referral_and_a_third_does_not(world: World) {
        let officer = world.practitioner(&world.police).await;
        let colleague = world.practitioner(&world.police).await;
        let social_worker = world.practitioner(&world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        let path = sent.header("location");
        for worker in [&officer, &colleague, &social_worker] {
            assert_eq!(worker.get(&path).await.is(200).body["answer"]["status"], "sent");
            assert_eq!(worker.get("/v1/referrals").await.is(200).items().len(), 1);
        }
        nurse.get(&path).await.is(404);
        assert!(nurse.get("/v1/referrals").await.is(200).items().is_empty());
        nurse.accepts(&sent.id(), &sent.etag()).await.is(404);
        officer.accepts(&sent.id(), &sent.etag()).await.is(403);
    }

    async fn the_worker_who_accepts_is_allocated(world: World) {
        let officer = world.practitioner(&world.police).await;
        let social_worker = world.on_front_door(&world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
        social_worker.reads(&format!("/v1/children/{child}/chronology")).await.is(403);
        social_worker.asks(Ask::post(
            &format!("/v1/referrals/{}/decision", sent.id()),
            &json!({ "decision": "accept", "reason": "The need is clear." }),
        )).await.is(428);
        let accepted = social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        assert_eq!(accepted.body["answer"]["decided_by"], json!(social_worker.id));
        let team = social_worker.get(&format!("/v1/children/{child}/involvements")).await.is(200);
        let allocated = team.items().iter().any(|involvement| {
            involvement["worker_id"] == json!(social_worker.id) && involvement["kind"] == "allocated"
        });
        assert!(allocated, "{}", team.text);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(412);
        let again = social_worker.decides(&sent.id(), &accepted.etag(), "decline").await.is(409);
        assert_eq!(again.problem(), "/problems/conflict");
    }

    async fn a_declined_referral_opens_nothing(world: World) {
        let officer = world.practitioner(&world.police).await;
        let social_worker = world.on_front_door(&world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let concern = officer.raises_concern(&child, &words::concern()).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[&concern])).await.is(201);
        social_worker.reads(&format!("/v1/concerns/{concern}")).await.is(200);
        let declined = social_worker.decides(&sent.id(), &sent.etag(), "decline").await.is(200);
        assert_eq!(declined.body["answer"]["status"], "declined");
        social_worker.reads(&format!("/v1/children/{child}")).await.is(404);
        social_worker.reads(&format!("/v1/concerns/{concern}")).await.is(404);
        social_worker.concludes(&sent.id(), &declined.etag()).await.is(409);
        let heard = officer.get(&format!("/v1/referrals/{}", sent.id())).await.is(200);
        assert!(heard.body["answer"]["decision_reason"].is_string());
    }

    async fn a_concern_moved_to_another_segment_is_no_longer_shown_with_the_referral(world: World) {
        let officer = world.practitioner(&world.police).await;
        let social_worker = world.practitioner(&world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let kept_in = |segment: &str| words::kept_in(segment, words::concern());
        for (sent_as, still_read) in [
            ("shared", vec!["shared"]),
            ("own_agency", vec!["shared", "own_agency"]),
            ("police_restricted", vec!["shared", "police_restricted"]),
        ] {
            let raised = officer.raises_concern(&child, &kept_in(sent_as)).await.is(201);
            let (path, mut version) = (raised.header("location"), raised.etag());
            let referred = words::referral(&world.social_care, &[&raised.id()]);
            officer.refers(&child, &referred).await.is(201);
            social_worker.reads(&path).await.is(200);
            let sent_at = world.now().to_rfc3339().replace('+', "%2B");
            for segment in ["own_agency", "health_restricted", "police_restricted", "named_people", "shared", sent_as] {
                world.pass(Duration::seconds(1));
                version = officer.put(&path, &version, &words::amendment(&kept_in(segment))).await.is(200).etag();
                let expected = if still_read.contains(&segment) { 200 } else { 404 };
                for path in [path.clone(), format!("{path}/versions"), format!("{path}?as_known_at={sent_at}")] {
                    let status = social_worker.reads(&path).await.status;
                    assert_eq!(status, expected, "sent as {sent_as}, kept in {segment}: {path}");
                }
            }
        }
    }

    async fn a_referral_does_not_show_versions_from_a_narrower_segment(world: World) {
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let social_worker = world.practitioner(&world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        officer.involves(&child, &social_worker, "team").await.is(201);
        let kept_in = |segment: &str| words::kept_in(segment, words::concern());
        let raised = officer.raises_concern(&child, &kept_in("police_restricted")).await.is(201);
        let (path, before) = (raised.header("location"), world.now().to_rfc3339().replace('+', "%2B"));
        world.pass(Duration::minutes(1));
        officer.put(&path, &raised.etag(), &words::amendment(&kept_in("shared"))).await.is(200);
        for to in [&world.social_care, &world.health] {
            officer.refers(&child, &words::referral(to, &[&raised.id()])).await.is(201);
        }
        for reader in [&social_worker, &nurse] {
            reader.reads(&path).await.is(200);
            reader.reads(&format!("{path}?as_known_at={before}")).await.is(404);
        }
        for list in ["concerns", "chronology"] {
            let list = format!("/v1/children/{child}/{list}");
            assert!(social_worker.reads(&list).await.is(200).text.contains(&raised.id()));
            let earlier = social_worker.reads(&format!("{list}?as_known_at={before}")).await.is(200);
            assert!(!earlier.text.contains(&raised.id()), "{}", earlier.text);
        }
    }

    async fn a_referral_names_no_concern_that_is_hidden_from_its_reader(world: World) {
        let officer = world.practitioner(&world.police).await;
        let social_worker = world.on_front_door(&world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let raises = |segment: &'static str| {
            let (officer, child) = (officer.clone(), child.clone());
            async move { officer.raises_concern(&child, &words::kept_in(segment, words::concern())).await.is(201).id() }
        };
        let (hidden, withheld, shared) = (raises("police_restricted").await, raises("own_agency").await, raises("shared").await);
        let referred = words::referral(&world.social_care, &[&hidden, &withheld, &shared]);
        let sent = officer.refers(&child, &referred).await.is(201);
        officer.involves(&child, &nurse, "team").await.is(201);
        let path = sent.header("location");
        for reader in [&officer, &social_worker] {
            assert_eq!(reader.reads(&path).await.is(200).body["content"]["concern_ids"], json!([hidden, withheld, shared]));
        }
        for list in [path.clone(), format!("/v1/children/{child}/chronology")] {
            let read = nurse.reads(&list).await.is(200);
            assert!(!read.text.contains(&hidden), "{}", read.text);
            assert!(read.text.contains(&withheld) && read.text.contains(&shared), "{}", read.text);
        }
        for listed in social_worker.reads("/v1/referrals").await.is(200).items() {
            assert_eq!(listed["content"]["concern_ids"], json!([hidden, withheld, shared]));
        }
        social_worker.decides(&sent.id(), &sent.etag(), "decline").await.is(200);
        let declined = social_worker.reads("/v1/referrals").await.is(200);
        assert_eq!(declined.items()[0]["content"]["concern_ids"], json!([]), "{}", declined.text);
    }

    async fn a_referral_attaches_only_concerns_about_the_same_child(world: World) {
        let officer = world.practitioner(&world.police).await;
        let first = officer.creates_child(&words::child(0)).await.is(201).id();
        let second = officer.creates_child(&words::child(1)).await.is(201).id();
        let concern = officer.raises_concern(&first, &words::concern()).await.is(201).id();
        let refused = officer.refers(&second, &words::referral(&world.social_care, &[&concern])).await.is(422);
        assert!(refused.pointers()[0].starts_with("/content/concern_ids"), "{}", refused.text);
        assert_eq!(world.rows("referral"), 0);
    }

    async fn a_referral_is_decided_before_it_is_concluded(world: World) {
        let officer = world.practitioner(&world.police).await;
        let social_worker = world.on_front_door(&world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.concludes(&sent.id(), &sent.etag()).await.is(409);
        assert_eq!(world.rows("referral_answer"), 0);
    }
}
