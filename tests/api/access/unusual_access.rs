//! Unusual access is reported, and the worker then waits until a colleague confirms. A child in danger never waits.

use alongside_domain::accounts::worker::Role;
use alongside_domain::audit::activity::{Threshold, Thresholds};
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Worker, World, words};

const NEVER: Thresholds = Thresholds::NEVER;

async fn told(worker: &Worker) -> Vec<Value> {
    let notices = worker.get("/v1/notices").await.is(200);
    notices.items().iter().filter(|notice| notice["kind"] == "unusual_access").cloned().collect()
}

/// So many children of this worker.
async fn children(worker: &Worker, count: usize) -> Vec<String> {
    let mut children = Vec::new();
    for n in 0..count {
        children.push(worker.creates_child(&words::child(n)).await.is(201).id());
    }
    children
}

async fn reads(worker: &Worker, child: &str) -> Answer {
    worker.reads(&format!("/v1/children/{child}")).await
}

fn read(child: &str) -> Ask {
    Ask::get(&format!("/v1/children/{child}")).purpose("safeguarding_enquiry")
}

/// The status of each answer to requests that are sent at once.
async fn at_once(worker: &Worker, asks: impl IntoIterator<Item = Ask>) -> Vec<u16> {
    let sent: Vec<_> = asks
        .into_iter()
        .map(|ask| {
            let worker = worker.clone();
            actix_web::rt::spawn(async move { worker.asks(ask).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for answer in sent {
        statuses.push(answer.await.expect("an answer"));
    }
    statuses
}

/// How many of them were answered. The others wait for a colleague.
fn answered(statuses: &[u16]) -> usize {
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    statuses.iter().filter(|status| **status == 200).count()
}

async fn confirms(by: &Worker, of: &Worker) -> Answer {
    let because = json!({ "because": "Reviews all cases of a colleague who has left." });
    by.post(&format!("/v1/workers/{}/unusual-access/confirmation", of.id), &because).await
}

on_both! {
    async fn a_worker_who_reads_too_many_records_is_reported_once_and_then_waits_for_a_colleague(world: World) {
        let world = world.watching(Thresholds { records_in_hour: Threshold::new(2, 4), ..NEVER }).await;
        let mut officer = world.practitioner(&world.police).await;
        let lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let elsewhere = world.worker(Role::SafeguardingLead, &world.health).await;
        let mine = children(&officer, 7).await;
        for child in [&mine[0], &mine[1], &mine[0], &mine[1]] {
            reads(&officer, child).await.is(200);
        }
        assert!(told(&lead).await.is_empty(), "reading the same records again does not count");
        reads(&officer, &mine[2]).await.is(200);
        reads(&officer, &mine[3]).await.is(200);
        for overseer in [&lead, &auditor] {
            let notices = told(overseer).await;
            assert_eq!(notices.len(), 1, "{notices:?}");
            let unusual = json!({
                "worker_id": officer.id, "kind": "records_in_hour", "count": 3, "threshold": 2, "held": false,
            });
            assert_eq!(notices[0]["unusual"], unusual);
            assert!(!notices[0].to_string().contains(&mine[2]), "no child is named");
        }
        assert!(told(&elsewhere).await.is_empty() && told(&officer).await.is_empty());

        world.pass(Duration::seconds(1));
        let crossing = reads(&officer, &mine[4]).await.is(429);
        assert_eq!(crossing.problem(), "/problems/confirmation-needed");
        assert!(!crossing.text.contains("Aldercott"), "the record that crosses the threshold is not shown");
        for child in [&mine[0], &mine[5], "01900000-0000-7000-8000-000000000000"] {
            assert_eq!(reads(&officer, child).await.is(429).text, crossing.text);
        }
        assert_eq!(told(&lead).await.len(), 2, "one notice for each threshold");

        confirms(&elsewhere, &officer).await.is(403);
        confirms(&officer, &officer).await.is(429);
        let confirmed = confirms(&lead, &officer).await.is(200);
        assert_eq!(confirmed.items().len(), 2);
        assert!(confirmed.items().iter().all(|one| one["confirmed_by"] == json!(lead.id)));
        confirms(&lead, &officer).await.is(409);
        for child in &mine {
            reads(&officer, child).await.is(200);
        }
        let audit = auditor.get("/v1/audit/unusual").await.is(200);
        let held: Vec<_> = audit.items().iter().map(|one| one["held"].clone()).collect();
        assert_eq!(held, [json!(true), json!(false)], "newest first");
        assert_eq!(lead.get("/v1/audit/unusual").await.is(200).items().len(), 2);
        assert!(elsewhere.get("/v1/audit/unusual").await.is(200).items().is_empty());

        world.pass(Duration::days(1));
        world.signs_in(&mut officer).await;
        for child in &mine[..4] {
            reads(&officer, child).await.is(200);
        }
        reads(&officer, &mine[4]).await.is(429);
        let noted = "SELECT COUNT(*) AS n FROM unusual_access";
        assert_eq!(world.behind().number(noted), 4, "a confirmation lasts for its day");
    }

    async fn two_servers_count_together_and_notify_once(world: World) {
        let world = world.watching(Thresholds { records_in_day: Threshold::new(2, 4), ..NEVER }).await;
        let officer = world.practitioner(&world.police).await;
        let lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let mine = children(&officer, 6).await;
        let world = world.beside_another();
        let at_second = world.answers(&officer).await;
        for (child, server) in mine.iter().zip([&officer, &at_second, &officer, &at_second]) {
            reads(server, child).await.is(200);
            reads(&officer, child).await.is(200);
            reads(&at_second, child).await.is(200);
        }
        assert_eq!(told(&lead).await.len(), 1);
        reads(&at_second, &mine[4]).await.is(429);
        reads(&officer, &mine[5]).await.is(429);
        confirms(&world.answers(&lead).await, &officer).await.is(200);
        reads(&officer, &mine[5]).await.is(200);
    }

    async fn a_restart_keeps_the_counts(world: World) {
        let thresholds = Thresholds { records_in_day: Threshold::new(3, 3), ..NEVER };
        let world = world.watching(thresholds).await;
        let officer = world.practitioner(&world.police).await;
        let mine = children(&officer, 4).await;
        reads(&officer, &mine[0]).await.is(200);
        reads(&officer, &mine[1]).await.is(200);
        let world = world.watching(thresholds).await;
        let officer = world.answers(&officer).await;
        reads(&officer, &mine[0]).await.is(200);
        reads(&officer, &mine[2]).await.is(200);
        reads(&officer, &mine[3]).await.is(429);
        let world = world.watching(thresholds).await;
        reads(&world.answers(&officer).await, &mine[0]).await.is(429);
    }

    async fn simultaneous_reads_cannot_exceed_the_threshold(world: World) {
        let world = world.watching(Thresholds { records_in_day: Threshold::new(5, 5), ..NEVER }).await;
        let officer = world.practitioner(&world.police).await;
        let mine = children(&officer, 30).await;
        let answered = answered(&at_once(&officer, mine.iter().map(|child| read(child))).await);
        assert!(answered <= 5, "{answered} records were shown");
        let events = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'view_child' AND outcome = 'permitted'";
        assert_eq!(world.behind().number(events), i64::try_from(answered).expect("a number"), "the audit says the same");
    }

    async fn a_blocked_record_stays_blocked_when_it_is_requested_many_times_at_once(world: World) {
        let world = world.watching(Thresholds { records_in_day: Threshold::new(5, 5), ..NEVER }).await;
        let officer = world.practitioner(&world.police).await;
        let mine = children(&officer, 9).await;
        let (before, after) = mine.split_at(5);
        for child in before {
            reads(&officer, child).await.is(200);
        }
        let asks = (0..40).flat_map(|_| after).map(|child| read(child));
        assert_eq!(answered(&at_once(&officer, asks).await), 0);
    }

    async fn simultaneous_searches_cannot_exceed_the_threshold(world: World) {
        let world = world.watching(Thresholds { searches: Threshold::new(3, 3), ..NEVER }).await;
        let officer = world.practitioner(&world.police).await;
        children(&officer, 1).await;
        let search = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        let ask = Ask::post("/v1/children/search", &search).purpose("safeguarding_enquiry");
        let answered = answered(&at_once(&officer, vec![ask; 12]).await);
        assert!(answered <= 3, "{answered} searches were answered");
    }

    async fn a_child_in_danger_never_waits(world: World) {
        let world = world.watching(Thresholds { searches: Threshold::new(2, 3), ..NEVER }).await;
        let (founder, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let others = children(&founder, 1).await;
        let missing = founder.creates_child(&words::child(10)).await.is(201).id();
        let looking = json!({
            "worker_id": officer.id, "kind": "missing_response", "ends_at": world.now() + Duration::hours(12),
            "reason": "Searches for the child tonight.",
        });
        founder.post(&format!("/v1/children/{missing}/involvements"), &looking).await.is(201);
        let mine = officer.creates_child(&words::child(20)).await.is(201).id();
        let search = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        officer.searches(&search).await.is(200);
        officer.searches(&search).await.is(200);
        officer.searches(&search).await.is(429);
        reads(&officer, &mine).await.is(429);
        officer.post(&format!("/v1/children/{mine}/duty"), &json!({ "reason": "Covering." })).await.is(429);

        officer.raises_concern(&others[0], &words::concern()).await.is(201);
        officer.refers(&mine, &words::referral(&world.health, &[])).await.is(201);
        officer.records_contact(&mine, &words::contact()).await.is(201);
        let begun = officer.creates_child(&words::child(30)).await.is(201).id();
        officer.raises_concern(&begun, &words::concern()).await.is(201);
        let known = officer.creates_child(&words::child(0)).await.is(409);
        assert_eq!(known.body["candidates"], json!([others[0]]), "a child in danger is found by number");
        reads(&officer, &missing).await.is(200);
        reads(&officer, &others[0]).await.is(429);
        officer.begins_emergency(&others[0]).await.is(201);
        reads(&officer, &others[0]).await.is(200);
        officer.get("/v1/notices").await.is(200);
    }

    async fn hidden_ids_and_unknown_ids_count_alike(world: World) {
        let world = world.watching(Thresholds { unknown_ids: Threshold::new(1, 3), ..NEVER }).await;
        let founder = world.practitioner(&world.social_care).await;
        let (first, second) = (world.practitioner(&world.police).await, world.practitioner(&world.police).await);
        let hidden = children(&founder, 6).await;
        let unknown: Vec<String> = (0..6).map(|n| format!("01900000-0000-7000-8000-00000000000{n}")).collect();
        let mut answers = Vec::new();
        for (asker, ids) in [(&first, &hidden), (&second, &unknown)] {
            let mut seen = Vec::new();
            for id in ids.iter().flat_map(|id| [id, id]) {
                seen.push(reads(asker, id).await.status);
            }
            answers.push(seen);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], [404, 404, 404, 404, 404, 404, 404, 429, 429, 429, 429, 429]);
        let noted = "SELECT COUNT(*) AS n FROM unusual_access WHERE kind = 'unknown_ids'";
        assert_eq!(world.behind().number(noted), 4);
    }

    async fn each_number_that_is_compared_counts_as_a_search(world: World) {
        let world = world.watching(Thresholds { searches: Threshold::new(2, 4), ..NEVER }).await;
        let officer = world.practitioner(&world.police).await;
        let lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let mut child = words::child(0);
        let local = |n: usize| json!({ "kind": "local_id", "value": format!("C{n}"), "system": "larkmoor" });
        child["details"]["identifiers"] = json!([local(1), local(2)]);
        let begun = officer.creates_child(&child).await.is(201);
        assert!(told(&lead).await.is_empty());
        let mut details = words::details("Robin", None);
        details["identifiers"] = json!([local(1), local(3)]);
        let path = format!("/v1/children/{}", begun.id());
        officer.put(&path, &begun.etag(), &words::amendment(&details)).await.is(200);
        assert_eq!(told(&lead).await[0]["unusual"]["count"], 3, "one of the numbers was on the record already");
        let search = json!({ "identifier": local(9) });
        officer.searches(&search).await.is(200);
        officer.searches(&search).await.is(429);
    }

    async fn claims_of_duty_emergencies_and_people_added_are_counted(world: World) {
        let thresholds = Thresholds {
            duty_claims: Threshold::new(1, 9),
            people_added: Threshold::new(1, 9),
            emergency_accesses: Threshold { notify: 1, hold: None },
            ..NEVER
        };
        let world = world.watching(thresholds).await;
        let (officer, colleague) = (world.practitioner(&world.police).await, world.practitioner(&world.police).await);
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let mine = children(&officer, 2).await;
        for child in &mine {
            let duty = Ask::post(&format!("/v1/children/{child}/duty"), &json!({ "reason": "Covering." }));
            officer.asks(duty.clone().with("Idempotency-Key", child)).await.is(201);
            officer.asks(duty.with("Idempotency-Key", child)).await.is(201);
            officer.involves(child, &colleague, "team").await.is(201);
            officer.begins_emergency(child).await.is(201);
        }
        let notices = told(&auditor).await;
        let mut kinds: Vec<_> = notices.iter().map(|notice| notice["unusual"]["kind"].clone()).collect();
        kinds.sort_by_key(ToString::to_string);
        assert_eq!(kinds, ["duty_claims", "emergency_accesses", "people_added"]);
        assert!(notices.iter().all(|notice| notice["unusual"]["count"] == 2), "a repetition is no second claim: {notices:?}");
        reads(&officer, &mine[0]).await.is(200);
    }

    async fn no_worker_oversees_or_confirms_their_own_unusual_access(world: World) {
        let world = world.watching(Thresholds { records_in_day: Threshold::new(1, 9), ..NEVER }).await;
        let lead = world.worker(Role::SafeguardingLead, &world.police).await;
        let supervisor = world.worker(Role::Supervisor, &world.police).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        for child in children(&lead, 2).await {
            reads(&lead, &child).await.is(200);
        }
        assert!(told(&lead).await.is_empty());
        assert_eq!(told(&auditor).await.len(), 1, "auditors are notified of a lead");
        assert!(lead.get("/v1/audit/unusual").await.is(200).items().is_empty());
        confirms(&lead, &lead).await.is(403);
        confirms(&auditor, &lead).await.is(403);
        confirms(&supervisor, &lead).await.is(200);
    }

    async fn a_record_read_again_in_a_later_hour_counts_once_in_the_day(world: World) {
        let world = world.watching(Thresholds { records_in_day: Threshold::new(2, 9), ..NEVER }).await;
        let (mut officer, mut lead) = (world.practitioner(&world.police).await, world.worker(Role::SafeguardingLead, &world.police).await);
        let mine = children(&officer, 3).await;
        for hour in 0..3 {
            for child in [&mine[0], &mine[1], &mine[0]] {
                reads(&officer, child).await.is(200);
            }
            assert!(told(&lead).await.is_empty(), "hour {hour}: the same two records");
            world.pass(Duration::hours(1));
            world.signs_in(&mut officer).await;
            world.signs_in(&mut lead).await;
        }
        reads(&officer, &mine[2]).await.is(200);
        let notices = told(&lead).await;
        assert_eq!((notices.len(), &notices[0]["unusual"]["count"]), (1, &json!(3)), "{notices:?}");
    }

    async fn counts_of_past_days_are_removed_and_unusual_access_is_kept(world: World) {
        let world = world.watching(Thresholds { records_in_day: Threshold::new(1, 9), ..NEVER }).await;
        let officer = world.practitioner(&world.police).await;
        for child in children(&officer, 2).await {
            reads(&officer, &child).await.is(200);
        }
        assert!(world.rows("activity") > 0 && world.rows("activity_seen") > 0);
        world.store.forget_old_activity().await.expect("housekeeping");
        assert!(world.rows("activity") > 0, "today's counts are kept");
        world.pass(Duration::days(3));
        world.store.forget_old_activity().await.expect("housekeeping");
        assert_eq!((world.rows("activity"), world.rows("activity_seen")), (0, 0));
        assert_eq!(world.rows("unusual_access"), 1);
    }
}
