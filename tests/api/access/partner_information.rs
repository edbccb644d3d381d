//! Partner information: what police release about their recordings, and that it does not reveal its source.

use alongside_domain::accounts::worker::Role;
use serde_json::json;

use crate::support::{Worker, World, words};

struct Scene {
    officer: Worker,
    supervisor: Worker,
    nurse: Worker,
    child: String,
    concern: String,
}

async fn scene(world: &World) -> Scene {
    let nurse = world.practitioner(&world.health).await;
    let officer = world.practitioner(&world.police).await;
    let child = nurse.creates_child(&words::child(0)).await.is(201).id();
    nurse.involves(&child, &officer, "team").await.is(201);
    let kept = words::kept_in("police_restricted", words::concern());
    let concern = officer.raises_concern(&child, &kept).await.is(201).id();
    Scene { supervisor: world.worker(Role::Supervisor, &world.police).await, officer, nurse, child, concern }
}

async fn release(worker: &Worker, concern: &str) -> crate::support::Answer {
    worker.post(&format!("/v1/recordings/{concern}/sanitised-lines"), &words::sanitised_line()).await
}

on_both! {
    async fn a_released_line_shows_no_trace_of_its_source(world: World) {
        let Scene { supervisor, nurse, child, concern, .. } = scene(&world).await;
        release(&supervisor, &concern).await.is(201);
        let lines = nurse.reads(&format!("/v1/children/{child}/partner-information")).await.is(200);
        let line = &lines.items()[0];
        assert_eq!(line["line"], words::sanitised_line()["line"]);
        assert_eq!(line["handling"], "not_for_family");
        assert_eq!(line["month"], "2026-11");
        let fields: Vec<_> = line.as_object().expect("a line").keys().collect();
        assert_eq!(fields, ["id", "line", "handling", "month"]);
        assert!(line["id"].as_str().is_some_and(|id| id.starts_with("00000000-0000-7")), "an id without a time");
        let overview = nurse.reads(&format!("/v1/children/{child}/overview")).await.is(200);
        assert_eq!(overview.body["partner_information"], json!([line]));

        let betraying = [concern.as_str(), &supervisor.id, "sanitise", "sanitised", "police"];
        let paths = ["", "/overview", "/chronology", "/concerns", "/partner-information", "/access-history"];
        for path in paths {
            let answer = nurse.reads(&format!("/v1/children/{child}{path}")).await.is(200);
            for word in betraying {
                assert!(!answer.text.contains(word), "{path} shows {word}: {}", answer.text);
            }
        }
        let history = nurse.get(&format!("/v1/children/{child}/access-history")).await.is(200);
        assert!(!history.text.contains("raise_concern"), "{}", history.text);
        let auditor = world.worker(Role::Auditor, &world.social_care).await;
        let whole = auditor.get(&format!("/v1/children/{child}/access-history")).await.is(200);
        assert!(whole.text.contains("sanitise_recording") && whole.text.contains(&concern), "{}", whole.text);
    }

    async fn a_police_supervisor_or_lead_other_than_the_author_releases_a_line(world: World) {
        let Scene { officer, nurse, child, concern, supervisor } = scene(&world).await;
        release(&officer, &concern).await.is(403);
        release(&nurse, &concern).await.is(404);
        let kept = words::kept_in("police_restricted", words::concern());
        let own = supervisor.raises_concern(&child, &kept).await.is(201).id();
        release(&supervisor, &own).await.is(403);
        let shared = officer.raises_concern(&child, &words::concern()).await.is(201).id();
        release(&supervisor, &shared).await.is(403);
        let of_health = world.worker(Role::Supervisor, &world.health).await;
        release(&of_health, &concern).await.is(404);
    }

    async fn a_withdrawn_line_is_hidden_from_everyone(world: World) {
        let Scene { supervisor, nurse, officer, child, concern } = scene(&world).await;
        let path = format!("/v1/sanitised-lines/{}/withdraw", release(&supervisor, &concern).await.is(201).id());
        let because = json!({ "because": "It no longer holds." });
        nurse.post(&path, &because).await.is(404);
        officer.post(&path, &because).await.is(403);
        assert_eq!(supervisor.post(&path, &json!({ "because": " " })).await.is(422).pointers(), ["/because"]);
        supervisor.post(&path, &because).await.is(204);
        supervisor.post(&path, &because).await.is(409);
        let lines = nurse.reads(&format!("/v1/children/{child}/partner-information")).await.is(200);
        assert!(lines.items().is_empty());
        let overview = nurse.reads(&format!("/v1/children/{child}/overview")).await.is(200);
        assert!(overview.body["partner_information"].is_null());
    }
}
