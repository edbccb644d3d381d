//! Restricted recordings: from whom they are withheld, and how a worker learns that they exist.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use serde_json::json;

use crate::support::{World, words};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

on_both! {
    async fn a_health_recording_is_withheld_from_police_and_named(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let officer = world.practitioner(&world.police).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        nurse.involves(&child, &officer, "team").await.is(201);
        let kept = words::kept_in("health_restricted", words::contact());
        let contact = nurse.records_contact(&child, &kept).await.is(201).id();
        let recordings = json!([{ "id": contact }]);

        let read = nurse.reads_chronology(&child, "direct_work").await.is(200);
        assert_eq!(read.items().len(), 1);
        let read = officer.reads_chronology(&child, "safeguarding_enquiry").await.is(200);
        assert!(read.items().is_empty());
        let named = json!([{
            "kind": "contact", "segment": "health_restricted", "agency_id": world.health.id, "count": 1, "recordings": recordings,
        }]);
        assert_eq!(read.body["_withheld"], named);
        let list = officer.reads(&format!("/v1/children/{child}/contacts")).await.is(200);
        assert_eq!(list.body["_withheld"], named);
        let refused = officer.reads(&format!("/v1/contacts/{contact}")).await.is(403);
        assert_eq!(refused.problem(), "/problems/withheld");
        assert_eq!(refused.body["agency_id"], json!(world.health.id));
        assert!(!refused.text.contains("Thursdays"));
    }

    async fn each_segment_is_open_only_to_its_own_readers(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let nurse = world.practitioner(&world.health).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &officer, "team").await.is(201);
        social_worker.involves(&child, &nurse, "team").await.is(201);
        let other_nurse = world.practitioner(&world.health).await;
        social_worker.involves(&child, &other_nurse, "team").await.is(201);
        let cases = [
            (&officer, "shared", [200, 200, 200, 200]),
            (&officer, "police_restricted", [404, 200, 404, 404]),
            (&nurse, "health_restricted", [403, 403, 200, 200]),
            (&nurse, "own_agency", [403, 403, 200, 200]),
            (&social_worker, "own_agency", [200, 403, 403, 403]),
        ];
        for (author, segment, expected) in cases {
            let kept = words::kept_in(segment, words::concern());
            let path = author.raises_concern(&child, &kept).await.is(201).header("location");
            for (reader, status) in [&social_worker, &officer, &nurse, &other_nurse].into_iter().zip(expected) {
                let answer = reader.reads(&path).await;
                assert_eq!(answer.status, status, "{segment} by {} to {}: {}", author.name, reader.name, answer.text);
            }
        }
    }

    async fn words_marked_as_sensitive_are_shown_only_to_workers_with_the_child(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let mut contact = words::contact();
        contact["content"]["child_words"] = json!([
            { "words": "I would like to meet on Thursdays.", "medium": "spoken" },
            { "words": "I told nobody but you.", "medium": "spoken", "sensitive": true },
        ]);
        let path = nurse.records_contact(&child, &contact).await.is(201).header("location");
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let read = supervisor.reads(&path).await.is(200);
        assert_eq!(read.body["content"]["child_words"].as_array().map(Vec::len), Some(1));
        assert_eq!(read.body["_withheld"], json!(["sensitive_words"]));
        let list = supervisor.reads(&format!("/v1/children/{child}/contacts")).await.is(200);
        assert!(!list.text.contains("nobody but you"));
        assert_eq!(list.items()[0]["_withheld"], json!(["sensitive_words"]));
        let read = nurse.get(&path).await.is(200);
        assert_eq!(read.body["content"]["child_words"].as_array().map(Vec::len), Some(2));
        assert_eq!(read.body["_withheld"], json!([]));
    }

    async fn an_unrelated_worker_cannot_distinguish_a_hidden_record_from_an_unknown_one(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let school = world.agency("Larkmoor Academy", Sector::Education).await;
        let teacher = world.practitioner(&school).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let concern = nurse.raises_concern(&child, &words::concern()).await.is(201).id();
        let kept = words::kept_in("own_agency", words::contact());
        let contact = nurse.records_contact(&child, &kept).await.is(201).id();
        let pairs = [
            (format!("/v1/children/{child}"), format!("/v1/children/{NOWHERE}")),
            (format!("/v1/children/{child}/chronology"), format!("/v1/children/{NOWHERE}/chronology")),
            (format!("/v1/concerns/{concern}"), format!("/v1/concerns/{NOWHERE}")),
            (format!("/v1/contacts/{contact}"), format!("/v1/contacts/{NOWHERE}")),
            (format!("/v1/contacts/{concern}"), "/v1/contacts/not-an-id".to_owned()),
        ];
        for (there, nowhere) in pairs {
            let (there, nowhere) = (teacher.reads(&there).await.is(404), teacher.reads(&nowhere).await.is(404));
            assert_eq!(there.text, nowhere.text);
            let (without, neither) = (teacher.get(&format!("/v1/children/{child}")).await, teacher.get(&format!("/v1/children/{NOWHERE}")).await);
            assert_eq!((without.status, without.text), (neither.status, neither.text));
        }
    }

    async fn an_address_is_withheld_from_a_supervisor_and_named(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}");
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let seen = supervisor.reads(&path).await.is(200);
        assert_eq!(seen.body["_withheld"], json!(["address"]));
        assert!(!seen.text.contains("Quarry"));
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        assert_eq!(lead.reads(&path).await.is(200).body["address"]["line"], "4 Quarry Rise");
    }

    async fn a_recording_moved_to_own_agency_is_withheld_from_then_on(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let officer = world.practitioner(&world.police).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        nurse.involves(&child, &officer, "team").await.is(201);
        let raised = nurse.raises_concern(&child, &words::concern()).await.is(201);
        let path = raised.header("location");
        officer.reads(&path).await.is(200);
        let instant = world.now().to_rfc3339().replace('+', "%2B");
        world.pass(chrono::Duration::minutes(1));
        let kept = words::kept_in("health_restricted", words::concern());
        nurse.put(&path, &raised.etag(), &words::amendment(&kept)).await.is(200);
        officer.reads(&path).await.is(403);
        officer.reads(&format!("{path}?as_known_at={instant}")).await.is(403);
        officer.reads(&format!("{path}/versions")).await.is(403);
    }

    async fn a_recording_for_named_people_is_hidden_from_everyone_else(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let colleague = world.practitioner(&world.health).await;
        let officer = world.practitioner(&world.police).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        for worker in [&colleague, &officer] {
            nurse.involves(&child, worker, "team").await.is(201);
        }
        let mut kept = words::kept_in("named_people", words::contact());
        kept["named_people"] = json!([officer.id]);
        let contacts = format!("/v1/children/{child}/contacts");
        let recorded = nurse.records_contact(&child, &kept).await.is(201);
        let path = recorded.header("location");
        assert_eq!(officer.reads(&path).await.is(200).body["named_people"], json!([officer.id]));
        assert_eq!(officer.reads(&contacts).await.is(200).items().len(), 1);
        colleague.reads(&path).await.is(404);
        let list = colleague.reads(&contacts).await.is(200);
        assert!(list.items().is_empty() && list.body["_withheld"].is_null(), "{}", list.text);

        kept["named_people"] = json!([colleague.id]);
        nurse.put(&path, &recorded.etag(), &words::amendment(&kept)).await.is(200);
        officer.reads(&path).await.is(404);
        assert!(officer.reads(&contacts).await.is(200).items().is_empty());
        assert_eq!(colleague.reads_chronology(&child, "direct_work").await.is(200).items().len(), 1);

        kept["named_people"] = json!([NOWHERE]);
        let refused = nurse.records_contact(&child, &kept).await.is(422);
        assert_eq!(refused.pointers(), ["/named_people/0"]);
        let mut shared = words::contact();
        shared["named_people"] = json!([officer.id]);
        assert_eq!(nurse.records_contact(&child, &shared).await.is(422).pointers(), ["/named_people"]);
    }

    async fn hidden_recordings_take_no_place_on_a_page(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let colleague = world.practitioner(&world.health).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        nurse.involves(&child, &colleague, "team").await.is(201);
        for segment in ["shared", "named_people", "named_people", "shared", "named_people", "shared"] {
            nurse.raises_concern(&child, &words::kept_in(segment, words::concern())).await.is(201);
        }
        let (mut path, mut seen) = (format!("/v1/children/{child}/concerns?limit=2"), Vec::new());
        loop {
            let page = colleague.reads(&path).await.is(200);
            seen.push(page.items().len());
            match page.body["next"].as_str() {
                Some(next) => path = format!("/v1/children/{child}/concerns?limit=2&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, [2, 1]);
    }

    async fn only_the_authors_agency_sees_a_referrer_who_asked_not_to_be_named(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let officer = world.practitioner(&world.police).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        nurse.involves(&child, &officer, "team").await.is(201);
        let mut told = words::concern();
        told["content"]["said"] = json!("Mrs Vale, who lives opposite, rang twice. MRS  VALE saw a car; so did Mr Orme.");
        told["content"]["child_words"] = json!([{ "words": "Mrs Vale is kind.", "medium": "spoken" }]);
        told["third_parties"] = json!([
            { "words": "Mrs Vale", "kind": "public_referrer" },
            { "words": "Mr Orme", "kind": "professional" },
        ]);
        let path = nurse.raises_concern(&child, &told).await.is(201).header("location");
        let lists = [
            path.clone(),
            format!("/v1/children/{child}/concerns"),
            format!("/v1/children/{child}/chronology"),
            format!("/v1/children/{child}/overview"),
        ];
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        for list in &lists {
            let read = officer.reads(list).await.is(200);
            assert!(!read.text.to_lowercase().contains("vale"), "{list}: {}", read.text);
            assert!(read.text.contains("so did Mr Orme") && read.text.contains("unnamed_people"), "{list}: {}", read.text);
            assert!(lead.reads(list).await.is(200).text.contains("Mrs Vale"), "{list}");
        }
        let referral = words::referral(&world.social_care, &[path.rsplit('/').next().unwrap_or_default()]);
        officer.refers(&child, &referral).await.is(201);
        let receiver = world.practitioner(&world.social_care).await;
        assert!(!receiver.reads(&path).await.is(200).text.contains("Vale"));
        assert!(!receiver.reads(&format!("{path}/versions")).await.is(200).text.contains("Vale"));

        told["third_parties"] = json!([{ "words": "Mr Nobody", "kind": "parent" }]);
        assert_eq!(nurse.raises_concern(&child, &told).await.is(422).pointers(), ["/third_parties/0/words"]);
    }

    async fn a_change_cannot_remove_parts_that_its_author_cannot_see(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let mut contact = words::contact();
        contact["content"]["child_words"] = json!([{ "words": "I told nobody but you.", "medium": "spoken", "sensitive": true }]);
        let recorded = nurse.records_contact(&child, &contact).await.is(201);
        let supervisor = world.worker(Role::Supervisor, &world.health).await;
        let refused = supervisor.put(&recorded.header("location"), &recorded.etag(), &words::amendment(&words::contact())).await;
        assert!(refused.is(409).text.contains("you cannot see"));
        nurse.put(&recorded.header("location"), &recorded.etag(), &words::amendment(&words::contact())).await.is(200);
    }

    async fn a_worker_cannot_attach_a_concern_that_they_may_not_read(world: World) {
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let kept = words::kept_in("police_restricted", words::concern());
        let concern = officer.raises_concern(&child, &kept).await.is(201).id();
        let nurse = world.practitioner(&world.health).await;
        let hidden = nurse.refers(&child, &words::referral(&world.social_care, &[&concern])).await.is(422);
        let unknown = nurse.refers(&child, &words::referral(&world.social_care, &[NOWHERE])).await.is(422);
        assert_eq!(hidden.text, unknown.text);
        officer.refers(&child, &words::referral(&world.social_care, &[&concern])).await.is(201);
    }
}
