//! Requests to read what is withheld: a summary to judge by, a request with a reason, an answer with reasons.

use alongside_domain::accounts::agency::Agency;
use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::world::beginning;
use crate::support::{Answer, Ask, Worker, World, words};

fn reason() -> Value {
    json!({ "reason": "The meeting decides on Thursday whether home is safe." })
}

fn grant(days: i64) -> Value {
    json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": beginning() + Duration::days(days) })
}

async fn request(worker: &Worker, recording: &str) -> Answer {
    worker.post(&format!("/v1/recordings/{recording}/disclosure-requests"), &reason()).await
}

async fn decide(worker: &Worker, request: &str, decision: &Value) -> Answer {
    worker.post(&format!("/v1/disclosure-requests/{request}/decision"), decision).await
}

async fn revoke(worker: &Worker, request: &str) -> Answer {
    let because = json!({ "because": "The meeting was called off." });
    worker.post(&format!("/v1/disclosure-requests/{request}/revoke"), &because).await
}

/// The officer's account, at this agency.
fn works(agency: &Agency, state: &str) -> Value {
    json!({
        "agency_id": agency.id, "display_name": "Noor Hale", "job_title": "Analyst", "roles": ["practitioner"],
        "state": state,
    })
}

struct Scene {
    nurse: Worker,
    lead: Worker,
    officer: Worker,
    child: String,
    contact: String,
}

async fn scene(world: &World) -> Scene {
    let nurse = world.practitioner(&world.health).await;
    let officer = world.practitioner(&world.police).await;
    let child = nurse.creates_child(&words::child(0)).await.is(201).id();
    nurse.involves(&child, &officer, "team").await.is(201);
    let mut kept = words::kept_in("health_restricted", words::contact());
    kept["summary"] = json!("Seen by Ms Hale about sleep; nothing that changes the plan.");
    kept["content"]["worker_observation"] = json!("Ms Hale rang first.");
    kept["third_parties"] = json!([{ "words": "Ms Hale", "kind": "public_referrer" }]);
    let contact = nurse.records_contact(&child, &kept).await.is(201).id();
    Scene { lead: world.worker(Role::SafeguardingLead, &world.health).await, nurse, officer, child, contact }
}

on_both! {
    async fn a_withheld_recording_has_a_summary_and_can_be_requested(world: World) {
        let Scene { nurse, mut officer, child, contact, .. } = scene(&world).await;
        let path = format!("/v1/contacts/{contact}");
        let listed = officer.reads_chronology(&child, "safeguarding_enquiry").await.is(200);
        let withheld = &listed.body["_withheld"][0]["recordings"];
        let summary = "Seen by [a person who asked not to be named] about sleep; nothing that changes the plan.";
        assert_eq!(*withheld, json!([{ "id": contact, "summary": summary }]));
        officer.reads(&path).await.is(403);

        let asked = request(&officer, &contact).await.is(201);
        request(&officer, &contact).await.is(409);
        assert!(nurse.get("/v1/notices").await.is(200).text.contains("disclosure_requested"));
        let waiting = nurse.get("/v1/disclosure-requests").await.is(200);
        assert_eq!(waiting.items()[0]["reason"], reason()["reason"]);
        let granted = decide(&nurse, &asked.id(), &grant(7)).await.is(200);
        assert_eq!(granted.body["answer"], "grant");
        decide(&nurse, &asked.id(), &grant(7)).await.is(409);
        assert!(officer.get("/v1/notices").await.is(200).text.contains("disclosure_granted"));
        let read = officer.reads(&path).await.is(200);
        assert!(read.text.contains("Thursdays") && !read.text.contains("Hale"), "{}", read.text);
        let list = officer.reads(&format!("/v1/children/{child}/contacts")).await.is(200);
        assert_eq!(list.items().len(), 1);

        world.pass(Duration::days(8));
        world.signs_in(&mut officer).await;
        officer.reads(&path).await.is(403);
    }

    async fn a_refused_request_is_notified_with_its_reasons_and_opens_nothing(world: World) {
        let Scene { lead, officer, contact, .. } = scene(&world).await;
        let asked = request(&officer, &contact).await.is(201).id();
        let refusal = json!({ "answer": "refuse", "because": "The child asked that it stays here." });
        decide(&lead, &asked, &refusal).await.is(200);
        let told = officer.get("/v1/disclosure-requests").await.is(200);
        assert_eq!(told.items()[0]["because"], refusal["because"]);
        officer.reads(&format!("/v1/contacts/{contact}")).await.is(403);
        request(&officer, &contact).await.is(201);
    }

    async fn a_disclosure_is_revoked_at_once_and_only_once(world: World) {
        let Scene { nurse, lead, mut officer, child, contact } = scene(&world).await;
        let path = format!("/v1/contacts/{contact}");
        let asked = request(&officer, &contact).await.is(201).id();
        let waiting = revoke(&lead, &asked).await.is(409);
        assert!(waiting.text.contains("was not granted"), "{}", waiting.text);
        decide(&nurse, &asked, &grant(7)).await.is(200);
        officer.reads(&path).await.is(200);
        let colleague = world.practitioner(&world.health).await;
        revoke(&officer, &asked).await.is(403);
        revoke(&colleague, &asked).await.is(404);
        let nothing = json!({ "because": " " });
        let unexplained = lead.post(&format!("/v1/disclosure-requests/{asked}/revoke"), &nothing).await.is(422);
        assert_eq!(unexplained.pointers(), ["/because"]);
        officer.reads(&path).await.is(200);

        let revoked = revoke(&lead, &asked).await.is(200);
        assert_eq!((&revoked.body["answer"], &revoked.body["revoked_by"]), (&json!("grant"), &json!(lead.id)));
        officer.reads(&path).await.is(403);
        assert!(officer.reads(&format!("/v1/children/{child}/contacts")).await.is(200).items().is_empty());
        assert!(officer.get("/v1/notices").await.is(200).text.contains("disclosure_revoked"));
        let seen = officer.get("/v1/disclosure-requests").await.is(200);
        for field in ["revoked_because", "revoked_at", "revoked_by", "ends_at"] {
            assert_eq!(seen.items()[0][field], revoked.body[field], "{field}");
            assert!(!seen.items()[0][field].is_null(), "{field}");
        }
        let again = revoke(&nurse, &asked).await.is(409);
        assert!(again.problem() == "/problems/conflict" && again.text.contains("already been revoked"), "{}", again.text);
        decide(&nurse, &asked, &grant(7)).await.is(409);

        let anew = request(&officer, &contact).await.is(201).id();
        let refusal = json!({ "answer": "refuse", "because": "The child asked that it stays here." });
        decide(&nurse, &anew, &refusal).await.is(200);
        revoke(&nurse, &anew).await.is(409);
        let third = request(&officer, &contact).await.is(201).id();
        decide(&nurse, &third, &grant(1)).await.is(200);
        officer.reads(&path).await.is(200);
        world.pass(Duration::days(2));
        let mut lead = lead;
        for worker in [&mut lead, &mut officer] {
            world.signs_in(worker).await;
        }
        let ended = revoke(&lead, &third).await.is(409);
        assert!(ended.text.contains("already ended"), "{}", ended.text);
    }

    async fn a_worker_who_lost_access_is_not_notified_of_the_answer(world: World) {
        let Scene { lead, officer, child, contact, .. } = scene(&world).await;
        let asked = request(&officer, &contact).await.is(201).id();
        decide(&lead, &asked, &grant(7)).await.is(200);
        officer.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&officer)).await.is(204);
        revoke(&lead, &asked).await.is(200);
        let told = officer.get("/v1/notices").await.is(200);
        assert!(told.text.contains("disclosure_granted") && !told.text.contains("disclosure_revoked"), "{}", told.text);
    }

    async fn only_the_holder_answers_a_request_and_never_their_own(world: World) {
        let Scene { nurse, officer, child, contact, .. } = scene(&world).await;
        let colleague = world.practitioner(&world.health).await;
        let stranger = world.practitioner(&world.social_care).await;
        let asked = request(&officer, &contact).await.is(201).id();
        decide(&officer, &asked, &grant(7)).await.is(403);
        decide(&stranger, &asked, &grant(7)).await.is(404);
        decide(&colleague, &asked, &grant(7)).await.is(404);
        request(&stranger, &contact).await.is(404);
        assert!(stranger.get("/v1/disclosure-requests").await.is(200).items().is_empty());
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        let of_lead = request(&lead, &contact).await.is(201).id();
        decide(&lead, &of_lead, &grant(7)).await.is(403);
        decide(&nurse, &of_lead, &grant(7)).await.is(200);
        let hidden = words::kept_in("named_people", words::concern());
        let hidden = nurse.raises_concern(&child, &hidden).await.is(201).id();
        request(&officer, &hidden).await.is(404);
    }

    async fn a_disclosure_needs_an_end_that_is_not_too_far_away(world: World) {
        let Scene { nurse, officer, contact, .. } = scene(&world).await;
        let asked = request(&officer, &contact).await.is(201).id();
        let endless = json!({ "answer": "grant", "because": "It bears on the plan." });
        for decision in [endless, grant(-1), grant(91)] {
            assert_eq!(decide(&nurse, &asked, &decision).await.is(422).pointers(), ["/ends_at"]);
        }
    }

    async fn a_disclosure_does_not_return_with_a_worker_who_moved_or_left(world: World) {
        let Scene { nurse, lead, mut officer, child, contact } = scene(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let second = world.worker(Role::Administrator, &world.health).await;
        let (path, account) = (format!("/v1/contacts/{contact}"), format!("/v1/workers/{}", officer.id));
        for (turn, (agency, state)) in [(&world.social_care, "active"), (&world.police, "left")].into_iter().enumerate() {
            let asked = request(&officer, &contact).await.is(201).id();
            let granted = decide(&nurse, &asked, &grant(7)).await.is(200);
            officer.reads(&path).await.is(200);
            world.pass(Duration::minutes(1));
            let away = administrator.put(&account, &format!("\"{}\"", 3 * turn + 1), &works(agency, state)).await;
            away.is(200);
            let seen = nurse.get("/v1/disclosure-requests").await.is(200).items()[0]["ends_at"].clone();
            assert_ne!(seen, granted.body["ends_at"]);
            assert_eq!(seen, json!(world.now()));
            assert!(revoke(&lead, &asked).await.is(409).text.contains("already ended"));
            let back = works(&world.police, "active");
            administrator.put(&account, &format!("\"{}\"", 3 * turn + 2), &back).await.is(200);
            second.confirms_all().await;
            world.signs_in(&mut officer).await;
            nurse.involves(&child, &officer, "team").await.is(201);
            officer.reads(&path).await.is(403);
        }
    }

    async fn nothing_is_granted_to_a_worker_who_has_left_the_agency_they_asked_from(world: World) {
        let Scene { nurse, lead, officer, child, contact } = scene(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let asked = request(&officer, &contact).await.is(201).id();
        let account = format!("/v1/workers/{}", officer.id);
        administrator.put(&account, "\"1\"", &works(&world.social_care, "active")).await.is(200);
        world.worker(Role::Administrator, &world.health).await.confirms_all().await;
        nurse.involves(&child, &officer, "team").await.is(201);
        for holder in [&nurse, &lead] {
            let refused = decide(holder, &asked, &grant(7)).await.is(409);
            assert!(refused.text.contains("ask again from there"), "{}", refused.text);
        }
        let refusal = json!({ "answer": "refuse", "because": "It was asked for elsewhere." });
        decide(&nurse, &asked, &refusal).await.is(200);
        let anew = request(&officer, &contact).await.is(201).id();
        decide(&nurse, &anew, &grant(7)).await.is(200);
        officer.reads(&format!("/v1/contacts/{contact}")).await.is(200);
    }

    async fn a_disclosure_is_suspended_while_its_reader_does_not_work_with_the_child(world: World) {
        let Scene { nurse, officer, child, contact, .. } = scene(&world).await;
        let path = format!("/v1/contacts/{contact}");
        let asked = request(&officer, &contact).await.is(201).id();
        decide(&nurse, &asked, &grant(7)).await.is(200);
        let involvements = nurse.reads(&format!("/v1/children/{child}/involvements")).await.is(200);
        let team = involvements.items().iter().find(|item| item["worker_id"] == json!(officer.id));
        let team = team.expect("an involvement")["id"].as_str().expect("an id");
        let end = Ask::post(&format!("/v1/involvements/{team}/end"), &json!({ "reason": "The work is done." }));
        nurse.asks(end.if_match("\"1\"")).await.is(200);
        officer.reads(&path).await.is(404);
        nurse.involves(&child, &officer, "team").await.is(201);
        officer.reads(&path).await.is(200);
    }

    async fn a_worker_who_loses_access_loses_disclosures_and_requests(world: World) {
        let Scene { nurse, lead, officer, child, contact } = scene(&world).await;
        let asked = request(&officer, &contact).await.is(201).id();
        decide(&nurse, &asked, &grant(7)).await.is(200);
        let closing = words::restriction(&[&lead]);
        lead.post(&format!("/v1/children/{child}/restriction"), &closing).await.is(201);
        officer.reads(&format!("/v1/contacts/{contact}")).await.is(404);
        assert!(officer.get("/v1/disclosure-requests").await.is(200).items().is_empty());
        assert!(nurse.get("/v1/disclosure-requests").await.is(200).items().is_empty());
    }
}
