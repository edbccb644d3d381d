//! An observation begins in the segment that the catalogue names. A wider one needs a reason.

use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::{Ask, Worker, World, words};

/// An observation with a health indicator, as a clinician records it, without a segment.
fn health_observation() -> Value {
    let mut observation = words::observation();
    observation["content"]["indicator"] = json!("HLT01");
    observation["content"]["narrative"] = json!("Asked for the same help a third time since summer.");
    observation
}

struct Scene {
    social_worker: Worker,
    colleague: Worker,
    nurse: Worker,
    officer: Worker,
    child: String,
}

async fn scene(world: &World) -> Scene {
    let social_worker = world.practitioner(&world.social_care).await;
    let colleague = world.practitioner(&world.social_care).await;
    let nurse = world.practitioner(&world.health).await;
    let officer = world.practitioner(&world.police).await;
    let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
    for worker in [&colleague, &nurse, &officer] {
        social_worker.involves(&child, worker, "team").await.is(201);
    }
    Scene { social_worker, colleague, nurse, officer, child }
}

on_both! {
    async fn a_nurses_observation_about_sexual_health_begins_in_the_health_segment(world: World) {
        let Scene { social_worker, nurse, officer, child, .. } = scene(&world).await;
        for indicator in ["HLT01", "HLT03"] {
            let mut observation = health_observation();
            observation["content"]["indicator"] = json!(indicator);
            let noted = nurse.observes(&child, &observation).await.is(201);
            assert_eq!(noted.body["segment"], "health_restricted");
            for other in [&social_worker, &officer] {
                other.reads(&noted.header("location")).await.is(403);
                let listed = other.reads(&format!("/v1/children/{child}/observations")).await.is(200);
                assert!(listed.items().is_empty(), "{}", listed.text);
                assert_eq!(listed.body["_withheld"][0]["segment"], "health_restricted");
            }
        }
        let other = nurse.observes(&child, &words::observation()).await.is(201);
        assert_eq!(other.body["segment"], "shared");
    }

    async fn a_social_worker_may_record_it_and_health_staff_may_read_it(world: World) {
        let Scene { social_worker, colleague, nurse, officer, child } = scene(&world).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let noted = social_worker.observes(&child, &health_observation()).await.is(201);
        assert_eq!(noted.body["segment"], "health_restricted");
        let path = noted.header("location");
        for reader in [&social_worker, &nurse, &lead] {
            reader.reads(&path).await.is(200);
        }
        for other in [&colleague, &officer] {
            other.reads(&path).await.is(403);
        }
        let requests = format!("/v1/recordings/{}/disclosure-requests", noted.id());
        let asked = colleague.post(&requests, &json!({ "reason": "I see the child while she is away." })).await.is(201);
        let ends_at = world.now() + chrono::Duration::days(7);
        let grant = json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": ends_at });
        let decision = format!("/v1/disclosure-requests/{}/decision", asked.id());
        social_worker.post(&decision, &grant).await.is(200);
        colleague.reads(&path).await.is(200);
        officer.reads(&path).await.is(403);
    }

    async fn a_wider_segment_needs_a_reason_which_its_readers_see(world: World) {
        let Scene { social_worker, nurse, officer, child, .. } = scene(&world).await;
        let shared = words::kept_in("shared", health_observation());
        let refused = nurse.observes(&child, &shared).await.is(422);
        assert_eq!(refused.pointers(), ["/segment_because"]);
        assert_eq!(world.rows("entry"), 0);
        let mut reasoned = shared.clone();
        reasoned["segment_because"] = json!("The child asked that all staff in the plan know.");
        let noted = nurse.observes(&child, &reasoned).await.is(201);
        let path = noted.header("location");
        for reader in [&nurse, &social_worker, &officer] {
            let read = reader.reads(&path).await.is(200);
            assert_eq!(read.body["segment"], "shared");
            assert_eq!(read.body["segment_because"], reasoned["segment_because"]);
        }
        // A narrower segment needs none. `own_agency` is narrower for a nurse and wider for a social worker.
        nurse.observes(&child, &words::kept_in("own_agency", health_observation())).await.is(201);
        nurse.observes(&child, &words::kept_in("health_restricted", health_observation())).await.is(201);
        social_worker.observes(&child, &words::kept_in("named_people", health_observation())).await.is(201);
        let own = words::kept_in("own_agency", health_observation());
        assert_eq!(social_worker.observes(&child, &own).await.is(422).pointers(), ["/segment_because"]);
        let kept = words::kept_in("police_restricted", health_observation());
        assert_eq!(officer.observes(&child, &kept).await.is(422).pointers(), ["/segment_because"]);
    }

    async fn a_reason_is_refused_unless_the_segment_is_widened(world: World) {
        let Scene { nurse, child, .. } = scene(&world).await;
        let mut concern = words::kept_in("shared", words::concern());
        concern["segment_because"] = json!("All staff should know.");
        assert_eq!(nurse.raises_concern(&child, &concern).await.is(422).pointers(), ["/segment_because"]);
        let mut observation = health_observation();
        observation["segment_because"] = json!("All staff should know.");
        assert_eq!(nurse.observes(&child, &observation).await.is(422).pointers(), ["/segment_because"]);
    }

    async fn an_amendment_follows_the_same_segment_rule(world: World) {
        let Scene { social_worker, nurse, child, .. } = scene(&world).await;
        let noted = nurse.observes(&child, &words::kept_in("shared", words::observation())).await.is(201);
        let path = noted.header("location");
        social_worker.reads(&path).await.is(200);
        let shared = words::kept_in("shared", health_observation());
        let refused = nurse.put(&path, &noted.etag(), &words::amendment(&shared)).await.is(422);
        assert_eq!(refused.pointers(), ["/corrected/segment_because"]);
        let amended = nurse.put(&path, &noted.etag(), &words::amendment(&health_observation())).await.is(200);
        assert_eq!(amended.body["segment"], "health_restricted");
        social_worker.reads(&path).await.is(403);
        let mut reasoned = shared;
        reasoned["segment_because"] = json!("The child asked that all staff in the plan know.");
        let widened = nurse.put(&path, &amended.etag(), &words::amendment(&reasoned)).await.is(200);
        assert_eq!(social_worker.reads(&path).await.is(200).body["segment_because"], reasoned["segment_because"]);
        let because = json!({ "because": "Recorded twice." });
        let withdraw = Ask::post(&format!("{path}/withdraw"), &because).if_match(&widened.etag());
        let withdrawn = nurse.asks(withdraw).await.is(200);
        assert_eq!(withdrawn.body["segment"], "shared");
        assert_eq!(withdrawn.body["segment_because"], reasoned["segment_because"]);
    }
}
