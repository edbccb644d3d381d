//! What is kept in confidence, from whom, and how they learn that it is there.

use alongside_domain::agency::Sector;
use alongside_domain::worker::Role;
use serde_json::json;

use crate::support::{World, words};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

on_both! {
    async fn what_health_keeps_is_withheld_from_police_and_named(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let officer = world.practitioner(&world.police).await;
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        nurse.involves(&child, &officer, "team").await.is(201);
        let kept = words::kept_in("health_restricted", words::contact());
        let contact = nurse.records_contact(&child, &kept).await.is(201).id();

        let read = nurse.reads_chronology(&child, "direct_work").await.is(200);
        assert_eq!(read.items().len(), 1);
        let read = officer.reads_chronology(&child, "safeguarding_enquiry").await.is(200);
        assert!(read.items().is_empty());
        let named = json!([{
            "kind": "contact", "segment": "health_restricted", "agency_id": world.health.id, "count": 1,
        }]);
        assert_eq!(read.body["_withheld"], named);
        let list = officer.reads(&format!("/v1/children/{child}/contacts")).await.is(200);
        assert_eq!(list.body["_withheld"], named);
        let refused = officer.reads(&format!("/v1/contacts/{contact}")).await.is(403);
        assert_eq!(refused.problem(), "/problems/withheld");
        assert_eq!(refused.body["agency_id"], json!(world.health.id));
        assert!(!refused.text.contains("Thursdays"));
    }

    async fn each_confidence_is_open_to_its_own_and_to_nobody_else(world: World) {
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

    async fn words_marked_as_sensitive_stay_with_those_who_work_with_the_child(world: World) {
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

    async fn an_unrelated_worker_cannot_tell_a_record_from_nothing(world: World) {
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

    async fn what_one_agency_moves_into_its_confidence_is_withheld_from_then_on(world: World) {
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
}
