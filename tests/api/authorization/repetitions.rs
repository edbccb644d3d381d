//! A request that is repeated with its key is decided again. Every operation that takes a key shows what it made only
//! to a caller who may see that now.

use std::collections::BTreeMap;

use alongside_domain::accounts::worker::Role;
use alongside_domain::audit::activity::{Threshold, Thresholds};
use serde_json::json;

use super::asks::{Scene, ask, scene};
use crate::support::client::Answer;
use crate::support::sample::SAMPLES;
use crate::support::{Ask, Worker, World};

const NOWHERE: &str = "/v1/children/01900000-0000-7000-8000-000000000000";
const NOWHERE_ELSE: &str = "/v1/children/01900000-0000-7000-8000-000000000001";

/// These come after all others, in this order, because they need what others made or close the record.
const LATE: [&str; 6] = [
    "conclude_referral",
    "revoke_disclosure",
    "end_involvement",
    "restrict_record",
    "lift_restriction",
    "begin_new_identity",
];

/// Operations about no child are still answered when a record is closed.
const OF_THE_PARTNERSHIP: [&str; 8] = [
    "add_agency",
    "add_worker",
    "propose_role_grant",
    "decide_role_grant",
    "decide_role_grants",
    "give_front_door_duty",
    "end_front_door_duty",
    "confirm_unusual_access",
];

/// What workers still see after their relationship to the child has ended: what they wrote, sent, received or began
/// themselves. Supervisors and leads see what their agency works with, and no agency does any more.
const STILL_SEEN: [&str; 13] = [
    "raise_concern",
    "refer_child",
    "withdraw_concern",
    "begin_emergency_access",
    "withdraw_sanitised_line",
    "conclude_referral",
    "cosign_emergency_access",
    "decide_disclosure",
    "decide_referral",
    "review_emergency_access",
    "revoke_disclosure",
    "withdraw_contact",
    "withdraw_observation",
];

/// The operations that take a key.
fn once_only() -> Vec<String> {
    let takes_key = SAMPLES.iter().filter(|(_, sample)| sample.takes("Idempotency-Key"));
    let mut names: Vec<_> = takes_key.map(|(operation, _)| operation.clone()).collect();
    names.sort_by_key(|name| (LATE.iter().position(|late| late == name), name.clone()));
    names
}

/// A request that succeeded, and its caller.
struct Done {
    by: Worker,
    ask: Ask,
    answer: Answer,
}

/// Does an operation as the first of these people who may, at the present version.
async fn done(world: &World, scene: &Scene, people: &[Worker], operation: &str, n: usize) -> Done {
    let mut asked = ask(operation, scene, n).unwrap_or_else(|| panic!("say in example what {operation} is about"));
    if operation == "decide_disclosure" {
        let ends_at = world.now() + chrono::Duration::days(7);
        let grant = json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": ends_at });
        asked.body = grant.to_string().into_bytes();
    }
    let mut answers = Vec::new();
    for (who, by) in people.iter().enumerate() {
        for version in ["\"1\"", "\"2\""] {
            let mut ask = asked.clone();
            ask.headers.retain(|(name, _)| name != "If-Match");
            let ask = ask.if_match(version).with("Idempotency-Key", &format!("{operation}.{who}.{version}"));
            let answer = by.asks(ask.clone()).await;
            if answer.status < 300 {
                return Done { by: by.clone(), ask, answer };
            }
            answers.push(answer.text);
        }
    }
    panic!("no worker could do {operation}: {answers:#?}")
}

/// Does every operation that takes a key, and repeats it at once.
async fn everything_done(world: &World) -> BTreeMap<String, Done> {
    let scene = scene(world).await;
    let officer = world.practitioner(&world.police).await;
    scene.allocated.involves(&scene.child, &officer, "team").await.is(201);
    // Two ids make access unusual here, so that there is something to confirm.
    for nowhere in [NOWHERE, NOWHERE_ELSE] {
        scene.colleague.reads(nowhere).await.is(404);
    }
    let people = [
        scene.allocated.clone(),
        scene.team.clone(),
        scene.receiver.clone(),
        officer,
        scene.lead.clone(),
        scene.police_supervisor.clone(),
        world.worker(Role::Administrator, &world.social_care).await,
    ];
    let mut all = BTreeMap::new();
    for (n, operation) in once_only().into_iter().enumerate() {
        if operation == "begin_new_identity" {
            world.is_sealed_and_open_to_everybody();
        }
        let done = done(world, &scene, &people, &operation, n).await;
        if operation == "begin_new_identity" {
            // The new record is open only to the people on its list.
            world.is_sealed_and_open_to_everybody();
        }
        let again = done.by.asks(done.ask.clone()).await;
        assert_eq!((again.status, &again.text), (done.answer.status, &done.answer.text), "{operation}");
        all.insert(operation, done);
    }
    all
}

/// Gives each worker who did something one new session.
async fn sign_in_again(world: &World, all: &mut BTreeMap<String, Done>) {
    let mut people: BTreeMap<String, Worker> = BTreeMap::new();
    for Done { by, .. } in all.values_mut() {
        if !people.contains_key(&by.id) {
            world.signs_in(by).await;
            people.insert(by.id.clone(), by.clone());
        }
        *by = people[&by.id].clone();
    }
}

/// The operations that still return what was made to the worker who made it.
async fn still_seen(all: &BTreeMap<String, Done>) -> Vec<&str> {
    let unknown = all["raise_concern"].by.get(NOWHERE).await.is(404).text;
    let mut seen = Vec::new();
    for (operation, Done { by, ask, .. }) in all {
        let again = by.asks(ask.clone()).await;
        if again.status < 300 {
            seen.push(operation.as_str());
        } else {
            assert_eq!((again.status, &again.text), (404, &unknown), "{operation}");
        }
    }
    seen
}

on_both! {
    async fn a_repetition_shows_what_was_made_only_to_a_caller_who_may_see_it_now(world: World) {
        let unknown_ids = Threshold::new(1, 1_000);
        let world = world.watching(Thresholds { unknown_ids, ..Thresholds::NEVER }).await;
        let mut all = everything_done(&world).await;
        assert!(all.len() >= 29, "{}", all.len());
        let mut behind = world.behind();

        for sql in [
            "UPDATE child SET restriction = 'open'",
            "DELETE FROM listed_person",
            "UPDATE involvement SET ends_at = started_at",
        ] {
            behind.run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        // The hour of emergency access passes too.
        world.pass(chrono::Duration::minutes(61));
        sign_in_again(&world, &mut all).await;
        let mut expected = [&STILL_SEEN[..], &OF_THE_PARTNERSHIP[..]].concat();
        expected.sort_unstable();
        assert_eq!(still_seen(&all).await, expected, "no relationship");

        behind.run("UPDATE child SET restriction = 'sealed'").expect("a sealing");
        let refused = "SELECT COUNT(*) AS n FROM audit_event WHERE outcome = 'refused' AND action = 'create_child' \
                       AND child_id IS NOT NULL";
        let before = behind.number(refused);
        let mut expected = OF_THE_PARTNERSHIP.to_vec();
        expected.sort_unstable();
        assert_eq!(still_seen(&all).await, expected, "sealed");
        assert_eq!(behind.number(refused), before + 1, "the event names the child");

        behind.run("UPDATE worker SET state = 'suspended'").expect("a suspension");
        for (operation, Done { by, ask, .. }) in &all {
            assert_eq!(by.asks(ask.clone()).await.status, 401, "{operation}");
        }
    }
}
