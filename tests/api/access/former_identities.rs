//! A child who is adopted: the old identity leads no one to the new one.

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Worker, World, words};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// A child with two identities, and workers who know of one, of both or of neither.
struct Adoption {
    old: String,
    new: String,
    /// Began the new identity. Another lead knows of both too, since two are needed to unseal.
    both: Worker,
    only_old: Worker,
    only_new: Worker,
    neither: Vec<Worker>,
}

/// A sealed record, open to two leads and to the social worker who began it.
async fn sealed(world: &World) -> (String, [Worker; 2], Worker) {
    let social_worker = world.practitioner(&world.social_care).await;
    let leads = [
        world.worker(Role::SafeguardingLead, &world.social_care).await,
        world.worker(Role::SafeguardingLead, &world.social_care).await,
    ];
    let old = social_worker.creates_child(&words::child(0)).await.is(201).id();
    world.seals(&old, &leads, &[&leads[0], &leads[1], &social_worker]).await;
    (old, leads, social_worker)
}

impl Adoption {
    async fn new(world: &World) -> Self {
        let (old, leads, only_old) = sealed(world).await;
        let [both, second] = leads;
        let only_new = world.practitioner(&world.social_care).await;
        let body = words::new_identity(1, &[&only_new, &both, &second]);
        let begun = both.post(&format!("/v1/children/{old}/new-identity"), &body).await.is(201);
        assert!(begun.header("location").ends_with(&begun.id()));
        let neither = vec![
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.practitioner(&world.health).await,
            world.worker(Role::SafeguardingLead, &world.police).await,
            world.worker(Role::Auditor, &world.health).await,
        ];
        Self { old, new: begun.id(), both, only_old, only_new, neither }
    }

    /// Every worker who may search.
    fn searchers(&self) -> [&Worker; 4] {
        [&self.both, &self.only_old, &self.only_new, &self.neither[1]]
    }
}

fn paths(child: &str) -> Vec<String> {
    let of = |rest: &str| format!("/v1/children/{child}{rest}");
    let rests = [
        "",
        "/overview",
        "/chronology",
        "/concerns",
        "/observations",
        "/contacts",
        "/involvements",
        "/versions",
        "/access-history?limit=200",
        "/restriction",
        "/former-identity",
    ];
    rests.map(of).into_iter().chain([format!("/v1/me/access/{child}")]).collect()
}

async fn found(worker: &Worker, search: &Value) -> Vec<String> {
    let found = worker.searches(search).await.is(200);
    found.items().iter().filter_map(|child| child["id"].as_str().map(str::to_owned)).collect()
}

fn by_number(n: usize) -> Value {
    json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(n) } })
}

fn by_name(family: &str, given: Option<&str>) -> Value {
    let mut name = json!({ "family_name": family, "born_on": "2011-04-09" });
    if let Some(given) = given {
        name["given_name"] = json!(given);
    }
    json!({ "name": name })
}

async fn notices(worker: &Worker) -> Answer {
    worker.get("/v1/notices").await.is(200)
}

on_both! {
    async fn each_identity_is_found_by_its_own_name_and_number(world: World) {
        let adoption = Adoption::new(&world).await;
        let old_searches = [by_number(0), by_name("Aldercott", None), by_name("Aldercott", Some("Robin"))];
        let new_searches = [by_number(1), by_name("Fairholme", None), by_name("Fairholme", Some("Rowan"))];
        for (searches, child, knowing) in [
            (&old_searches, &adoption.old, [&adoption.both, &adoption.only_old]),
            (&new_searches, &adoption.new, [&adoption.both, &adoption.only_new]),
        ] {
            for search in searches {
                for searcher in adoption.searchers() {
                    let knows = knowing.iter().any(|worker| worker.id == searcher.id);
                    let expected = if knows { vec![child.clone()] } else { Vec::new() };
                    assert_eq!(found(searcher, search).await, expected, "{} {search}", searcher.name);
                }
            }
        }
    }

    async fn a_duplicate_of_one_identity_notifies_only_people_who_know_that_identity(world: World) {
        let adoption = Adoption::new(&world).await;
        let stranger = &adoption.neither[1];
        for (number, child, told, untold) in [
            (0, &adoption.old, &adoption.only_old, &adoption.only_new),
            (1, &adoption.new, &adoption.only_new, &adoption.only_old),
        ] {
            let begun = stranger.creates_child(&words::child(number)).await.is(201);
            assert!(!begun.text.contains(&adoption.old) && !begun.text.contains(&adoption.new));
            assert!(notices(told).await.text.contains(child.as_str()));
            assert!(!notices(untold).await.text.contains(child.as_str()));
        }
        for (knowing, number, candidate) in [(&adoption.only_old, 0, &adoption.old), (&adoption.only_new, 1, &adoption.new)] {
            let known = knowing.creates_child(&words::child(number)).await.is(409);
            let candidates = known.body["candidates"].as_array().expect("candidates").clone();
            assert!(candidates.contains(&json!(candidate)));
            let others = [&adoption.old, &adoption.new].into_iter().filter(|other| *other != candidate);
            assert!(others.into_iter().all(|other| !known.text.contains(other.as_str())), "{}", known.text);
        }
        let led = adoption.only_old.creates_child(&words::child(1)).await.is(409);
        assert!(!led.text.contains(&adoption.new), "{}", led.text);
    }

    async fn neither_record_of_an_adopted_child_names_the_other(world: World) {
        let adoption = Adoption::new(&world).await;
        for reader in [&adoption.only_old, &adoption.both] {
            for path in paths(&adoption.old) {
                let shown = reader.reads(&path).await;
                assert!(!shown.text.contains(&adoption.new), "{path}: {}", shown.text);
            }
            for list in ["/v1/referrals", "/v1/emergency-accesses"] {
                assert!(!reader.get(list).await.text.contains(&adoption.new), "{list}");
            }
        }
        for path in paths(&adoption.new).into_iter().filter(|path| !path.ends_with("/former-identity")) {
            let shown = adoption.only_new.reads(&path).await;
            assert!(!shown.text.contains(&adoption.old), "{path}: {}", shown.text);
        }
        assert!(!notices(&adoption.only_old).await.text.contains(&adoption.new));
        let history = adoption.both.reads(&format!("/v1/children/{}/access-history", adoption.old)).await.is(200);
        assert!(history.items().iter().any(|event| event["action"] == "begin_new_identity"), "the action is recorded");
        let of = |id: &str| crate::oracle::id_in_sql(&world, id);
        let both = format!(
            "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'begin_new_identity' AND (child_id = {new} OR subject_id = {new})",
            new = of(&adoption.new)
        );
        assert_eq!(world.behind().number(&both), 0);
        let tokens = "SELECT COUNT(*) AS n FROM child_token a JOIN child_token b ON a.token = b.token AND a.child_id <> b.child_id";
        assert_eq!(world.behind().number(tokens), 0, "no search token is shared");
    }

    async fn only_people_listed_for_the_new_record_find_the_old_one_from_it(world: World) {
        let adoption = Adoption::new(&world).await;
        let path = format!("/v1/children/{}/former-identity", adoption.new);
        for knowing in [&adoption.only_new, &adoption.both] {
            let former = knowing.reads(&path).await.is(200);
            assert_eq!(former.body, json!({ "child_id": adoption.new, "former_child_id": adoption.old }));
        }
        let unknown = format!("/v1/children/{NOWHERE}/former-identity");
        for other in adoption.neither.iter().chain([&adoption.only_old]) {
            let (hidden, unknown) = (other.reads(&path).await.is(404), other.reads(&unknown).await.is(404));
            assert_eq!(hidden.text, unknown.text, "{}", other.name);
        }
        let of_old = adoption.only_old.reads(&format!("/v1/children/{}/former-identity", adoption.old)).await.is(200);
        assert_eq!(of_old.body, json!({ "child_id": adoption.old }));
        let amended = words::amendment(&words::new_identity(1, &[&adoption.both])["details"]);
        let new = format!("/v1/children/{}", adoption.new);
        adoption.only_new.put(&new, "\"1\"", &amended).await.is(200);
        assert_eq!(adoption.only_new.reads(&path).await.is(200).body["former_child_id"], json!(adoption.old), "a correction loses nothing");
    }

    async fn a_closed_identity_is_answered_like_one_that_does_not_exist(world: World) {
        let adoption = Adoption::new(&world).await;
        let strangers = adoption.neither.iter();
        let pairs = strangers.flat_map(|worker| [(worker, &adoption.old), (worker, &adoption.new)]);
        let pairs = pairs.chain([(&adoption.only_old, &adoption.new), (&adoption.only_new, &adoption.old)]);
        for (worker, child) in pairs {
            for (path, nowhere) in paths(child).into_iter().zip(paths(NOWHERE)) {
                let (hidden, unknown) = (worker.reads(&path).await, worker.reads(&nowhere).await);
                assert_eq!((hidden.status, &hidden.text), (unknown.status, &unknown.text), "{} {path}", worker.name);
            }
            let begin = |child: &str| format!("/v1/children/{child}/new-identity");
            let body = words::new_identity(2, &[worker]);
            let hidden = worker.post(&begin(child), &body).await;
            assert_eq!(hidden.text, worker.post(&begin(NOWHERE), &body).await.text);
            worker.begins_emergency(child).await.is(404);
        }
    }

    async fn a_new_identity_does_not_change_the_counts(world: World) {
        let analyst = world.worker(Role::BoardAnalyst, &world.social_care).await;
        let (old, leads, social_worker) = sealed(&world).await;
        for _ in 0..7 {
            social_worker.raises_concern(&old, &words::concern()).await.is(201);
        }
        let counts = "/v1/statistics/concerns?from=2026-11&to=2026-11";
        let before = analyst.get(counts).await.is(200);
        leads[0].post(&format!("/v1/children/{old}/new-identity"), &words::new_identity(1, &[&leads[0], &leads[1]])).await.is(201);
        assert_eq!(analyst.get(counts).await.is(200).text, before.text);
    }

    async fn the_new_identity_needs_a_different_name_and_different_numbers(world: World) {
        let (old, leads, social_worker) = sealed(&world).await;
        let amended = words::amendment(&words::details("Robin", Some(&words::nhs_number(5))));
        social_worker.put(&format!("/v1/children/{old}"), "\"1\"", &amended).await.is(200);
        let elsewhere = leads[0].creates_child(&words::child(7)).await.is(201).id();
        let path = format!("/v1/children/{old}/new-identity");
        let mut of_old_name = words::new_identity(1, &[&leads[0], &leads[1]]);
        of_old_name["details"]["identity"]["family_name"] = json!("aldercott");
        let cases = [
            (words::new_identity(0, &[&leads[0], &leads[1]]), "/details/identifiers", "different numbers"),
            (words::new_identity(5, &[&leads[0], &leads[1]]), "/details/identifiers", "different numbers"),
            (words::new_identity(7, &[&leads[0], &leads[1]]), "/details/identifiers", "different numbers"),
            (of_old_name, "/details/identity", "another name"),
        ];
        for (body, pointer, remedy) in cases {
            let refused = leads[0].post(&path, &body).await.is(422);
            assert_eq!(refused.pointers(), [pointer]);
            assert!(refused.text.contains(remedy) && !refused.text.contains(&elsewhere), "{}", refused.text);
        }
        assert_eq!(world.rows("child"), 2, "no record was started");
        let new = leads[0].post(&path, &words::new_identity(1, &[&leads[0], &leads[1]])).await.is(201);
        let mut later = words::new_identity(1, &[&leads[0]])["details"].clone();
        later["identifiers"] = json!([{ "kind": "nhs_number", "value": words::nhs_number(5) }]);
        let amend = format!("/v1/children/{}", new.id());
        let refused = leads[0].put(&amend, &new.etag(), &words::amendment(&later)).await.is(422);
        assert_eq!(refused.pointers(), ["/corrected/identifiers"]);
    }

    async fn a_correction_cannot_reuse_anything_from_a_former_identity(world: World) {
        let (old, leads, social_worker) = sealed(&world).await;
        let (first, second) = (words::details("Robin", Some(&words::nhs_number(0))), words::nhs_number(5));
        let mut renamed = words::details("Robin", Some(&second));
        renamed["identity"]["family_name"] = json!("Marlowe");
        renamed["identity"]["born_on"] = json!("2011-04-10");
        let record = format!("/v1/children/{old}");
        social_worker.put(&record, "\"1\"", &words::amendment(&renamed)).await.is(200);
        social_worker.put(&record, "\"2\"", &words::amendment(&words::details("Robin", None))).await.is(200);
        let new = leads[0].post(&format!("{record}/new-identity"), &words::new_identity(1, &[&leads[0], &leads[1]])).await.is(201);
        let details = words::new_identity(1, &[&leads[0]])["details"].clone();
        let number = |n: &str| json!([{ "kind": "nhs_number", "value": n }]);
        let of = |field: &str, value: Value| {
            let mut details = details.clone();
            details[field] = value;
            details
        };
        let former = [
            (of("identifiers", number(&words::nhs_number(0))), "/corrected/identifiers", "the first number"),
            (of("identifiers", number(&second)), "/corrected/identifiers", "the second number"),
            (of("identity", renamed["identity"].clone()), "/corrected/identity", "an earlier name with its date"),
            (of("identity", first["identity"].clone()), "/corrected/identity", "the present name"),
        ];
        let path = format!("/v1/children/{}", new.id());
        for (details, pointer, what) in &former {
            let refused = leads[0].put(&path, &new.etag(), &words::amendment(details)).await.is(422);
            assert_eq!(refused.pointers(), [*pointer], "{what}");
            assert!(!refused.text.contains(&old), "{what}");
        }
        let mut own = details.clone();
        own["identity"]["given_name"] = json!("Rowena");
        leads[0].put(&path, &new.etag(), &words::amendment(&own)).await.is(200);

        // A third identity is kept apart from the first too, both when it is started and later.
        let mut third = words::new_identity(2, &[&leads[0], &leads[1]]);
        third["details"]["identity"]["family_name"] = json!("Quillan");
        for (refused, pointer, what) in &former {
            let (mut body, field) = (third.clone(), pointer.trim_start_matches("/corrected/"));
            body["details"][field] = refused[field].clone();
            let refused = leads[0].post(&format!("{path}/new-identity"), &body).await.is(422);
            assert_eq!(refused.pointers(), [pointer.replace("corrected", "details")], "{what}");
        }
        let begun = leads[0].post(&format!("{path}/new-identity"), &third).await.is(201);
        let mut later = third["details"].clone();
        later["identifiers"] = number(&second);
        let refused = leads[0].put(&format!("/v1/children/{}", begun.id()), &begun.etag(), &words::amendment(&later)).await;
        assert_eq!(refused.is(422).pointers(), ["/corrected/identifiers"]);
    }

    async fn only_a_listed_lead_begins_a_new_identity_from_a_sealed_record(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let leads = [
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
        ];
        let elsewhere = world.worker(Role::SafeguardingLead, &world.police).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}/new-identity");
        let body = words::new_identity(1, &[&leads[0], &leads[1]]);
        leads[0].post(&path, &body).await.is(403);
        leads[0].post(&format!("/v1/children/{child}/restriction"), &words::restriction(&[&leads[0], &leads[1]])).await.is(201);
        leads[0].post(&path, &body).await.is(403);
        world.pass(Duration::seconds(1));
        world.seals(&child, &leads, &[&leads[0], &social_worker, &elsewhere]).await;
        social_worker.post(&path, &body).await.is(403);
        leads[1].post(&path, &body).await.is(404);
        elsewhere.post(&path, &body).await.is(404);
        let mut nobody = body.clone();
        nobody["restriction"]["open_to"] = json!([leads[0].id, NOWHERE]);
        assert_eq!(leads[0].post(&path, &nobody).await.is(422).pointers(), ["/restriction/open_to/1"]);
        world.pass(Duration::minutes(5));
        let stale = leads[0].post(&path, &body).await.is(403);
        assert_eq!(stale.problem(), "/problems/second-factor-needed");
        let code = json!({ "code": world.code(&leads[0]) });
        leads[0].post("/v1/sessions/current/second-factor", &code).await.is(204);
        let ask = || Ask::post(&path, &body).with("Idempotency-Key", "once");
        let begun = leads[0].asks(ask()).await.is(201);
        assert_eq!(leads[0].asks(ask()).await.is(201).id(), begun.id(), "a repetition starts no second record");
        let restriction = leads[0].reads(&format!("/v1/children/{}/restriction", begun.id())).await.is(200);
        assert_eq!(restriction.body["level"], "sealed");
        assert_eq!(restriction.body["open_to"], words::listed(&[&leads[0], &leads[1]]));
    }
}
