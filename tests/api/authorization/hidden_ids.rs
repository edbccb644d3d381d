//! What is hidden from a caller is to them as if it had never existed. Every operation with an id in its path gives the
//! same status, body and headers for a hidden id and for an unknown one.

use std::collections::BTreeMap;

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use serde_json::json;

use super::asks::{Scene, ask, scene};
use crate::support::client::Answer;
use crate::support::sample::SAMPLES;
use crate::support::{Ask, Worker, World};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// Agencies and accounts are not hidden from callers who may list them.
const OF_THE_PARTNERSHIP: [&str; 7] = [
    "view_agency",
    "view_worker",
    "view_agency_versions",
    "view_worker_versions",
    "decide_role_grant",
    "end_front_door_duty",
    "confirm_unusual_access",
];

/// The operations with an id in their path, and their paths.
fn naming() -> BTreeMap<String, String> {
    let named = SAMPLES.iter().filter(|(_, sample)| sample.path.contains('{'));
    named
        .map(|(operation, sample)| (operation.clone(), sample.path.clone()))
        .filter(|(operation, _)| !OF_THE_PARTNERSHIP.contains(&operation.as_str()))
        .collect()
}

/// The same request for ids that do not exist.
fn of_nothing(template: &str, ask: &Ask) -> Ask {
    let (path, query) = ask.path.split_once('?').map_or((ask.path.as_str(), ""), |(path, query)| (path, query));
    let parts: Vec<&str> = template
        .split('/')
        .zip(path.split('/'))
        .map(|(template, part)| if template.starts_with('{') && part.len() == NOWHERE.len() { NOWHERE } else { part })
        .collect();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    Ask { path: format!("{}{query}", parts.join("/")), ..ask.clone() }
}

/// Everything that a caller can see of a response, except what differs from request to request.
fn seen(answer: &Answer) -> (u16, String, Vec<(String, String)>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "ratelimit"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    (answer.status, answer.text.clone(), headers)
}

async fn compare(scene: &Scene, askers: &[Worker], what: &str) -> usize {
    let mut compared = 0;
    for (n, (operation, template)) in naming().into_iter().enumerate() {
        let hidden = ask(&operation, scene, n).unwrap_or_else(|| panic!("say in example what {operation} is about"));
        let nothing = of_nothing(&template, &hidden);
        assert_ne!(hidden.path, nothing.path, "{operation}");
        for asker in askers {
            let (hidden, nothing) = (asker.asks(hidden.clone()).await, asker.asks(nothing.clone()).await);
            assert_eq!(seen(&hidden), seen(&nothing), "{operation} of {what} by {}", asker.name);
            assert!(hidden.status >= 400, "{operation} of {what} by {}: {}", asker.name, hidden.text);
            compared += 1;
        }
    }
    compared
}

on_both! {
    async fn a_hidden_id_is_answered_like_an_unknown_one(world: World) {
        let scene = scene(&world).await;
        let school = world.agency("Larkmoor Academy", Sector::Education).await;
        let strangers = [
            world.practitioner(&school).await,
            world.worker(Role::BoardAnalyst, &world.social_care).await,
        ];
        let kept = [("concerns", &scene.concern), ("observations", &scene.observation), ("contacts", &scene.contact)];
        for (plural, id) in kept {
            let because = json!({ "because": "Recorded on the wrong child's record." });
            let withdrawing = Ask::post(&format!("/v1/{plural}/{id}/withdraw"), &because).if_match("\"1\"");
            scene.allocated.asks(withdrawing).await.is(200);
        }
        // What any worker may do for any child, or for themselves, reveals nothing about an open record.
        let analyst = &strangers[1..];
        let withdrawn = compare(&scene, analyst, "withdrawn recordings").await;

        let leads = [scene.lead.clone(), world.worker(Role::SafeguardingLead, &world.social_care).await];
        world.seals(&scene.child, &leads, &[&leads[0], &scene.other_lead]).await;
        let mut closed_out = strangers.to_vec();
        closed_out.extend([
            world.worker(Role::Supervisor, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.health).await,
            world.worker(Role::Auditor, &world.social_care).await,
            scene.team.clone(),
            scene.allocated.clone(),
            leads[1].clone(),
        ]);
        let sealed = compare(&scene, &closed_out, "a sealed record").await;
        assert!(withdrawn > 50 && sealed > 400, "{withdrawn}, {sealed}");
    }
}
