//! One story from end to end.

use alongside_domain::accounts::worker::Role;
use serde_json::json;

use crate::support::{Ask, World, words};

on_both! {
    async fn three_agencies_work_together_on_one_record(world: World) {
        let officer = world.practitioner(&world.police).await;
        let social_worker = world.on_front_door(&world.social_care).await;
        let nurse = world.practitioner(&world.health).await;

        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let concern = officer.raises_concern(&child, &words::concern()).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[&concern])).await.is(201);
        let referral = sent.id();

        let inbox = social_worker.get("/v1/referrals").await.is(200);
        assert_eq!(inbox.items()[0]["id"], json!(referral));
        assert_eq!(inbox.items()[0]["answer"]["status"], "sent");
        social_worker.reads(&format!("/v1/concerns/{concern}")).await.is(200);
        social_worker.reads(&format!("/v1/children/{child}/overview")).await.is(403);
        let accepted = social_worker.accepts(&referral, &sent.etag()).await.is(200);
        assert_eq!(accepted.body["answer"]["status"], "accepted");

        // The social worker is allocated and needs no purpose.
        social_worker.get(&format!("/v1/children/{child}/overview")).await.is(200);
        social_worker.observes(&child, &words::observation()).await.is(201);
        social_worker.involves(&child, &nurse, "team").await.is(201);
        let contact = nurse.records_contact(&child, &words::contact()).await.is(201);
        assert_eq!(contact.body["content"]["promises"][0]["kept"], "pending");

        let mut read = Vec::new();
        for worker in [&officer, &social_worker, &nurse] {
            let chronology = worker.reads_chronology(&child, "direct_work").await.is(200);
            assert_eq!(chronology.items().len(), 4);
            assert!(chronology.body.get("_withheld").is_none(), "{}", chronology.text);
            read.push(chronology.body["items"].clone());
        }
        assert_eq!(read[0], read[1]);
        assert_eq!(read[1], read[2]);

        let concluded = social_worker.concludes(&referral, &accepted.etag()).await.is(200);
        assert_eq!(concluded.body["answer"]["status"], "concluded");
        let seen = officer.get(&format!("/v1/referrals/{referral}")).await.is(200);
        assert_eq!(seen.body["answer"]["outcome"], "A plan is agreed with the child and the family.");

        let analyst = world.worker(Role::BoardAnalyst, &world.social_care).await;
        let counts = analyst.get("/v1/statistics/concerns?from=2026-11&to=2026-11").await.is(200);
        assert!(counts.items().iter().all(|row| row["concerns"] == json!({ "value": null, "symbol": "c" })));

        let auditor = world.worker(Role::Auditor, &world.social_care).await;
        let ask = Ask::get(&format!("/v1/children/{child}/access-history?limit=200")).purpose("audit");
        let accesses = auditor.asks(ask).await.is(200);
        for worker in [&officer, &social_worker, &nurse] {
            let looked = accesses.items().iter().any(|event| {
                event["worker_id"] == json!(worker.id) && event["action"] == "view_chronology"
            });
            assert!(looked, "the access of {} is listed", worker.name);
        }
        let refused = accesses.items().iter().any(|event| event["outcome"] == "refused");
        assert!(refused, "the refusal is listed too");
        for word in ["Robin", "Aldercott", "telephone"] {
            assert!(!accesses.text.contains(word), "{word}");
        }
    }
}
