//! Closed records: for workers who are not on the list, the child does not exist.

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Ask, Worker, World, words};

const NOWHERE: &str = "01900000-0000-7000-8000-000000000000";

/// Every request about a child by id.
fn asks(child: &str) -> Vec<Ask> {
    let path = |rest: &str| format!("/v1/children/{child}{rest}");
    let mut asks: Vec<Ask> = [
        "",
        "/overview",
        "/chronology",
        "/concerns",
        "/observations",
        "/contacts",
        "/involvements",
        "/access-history",
        "/versions",
        "/restriction",
    ]
    .iter()
    .map(|rest| Ask::get(&path(rest)).purpose("safeguarding_enquiry"))
    .collect();
    asks.extend([
        Ask::post(&path("/concerns"), &words::concern()),
        Ask::post(&path("/observations"), &words::observation()),
        Ask::post(&path("/contacts"), &words::contact()),
        Ask::post(&path("/duty"), &json!({ "reason": "Covering for a colleague." })),
        Ask::put(&path(""), &words::amendment(&words::details("Robyn", None))).if_match("\"1\""),
    ]);
    asks
}

async fn restrict(lead: &Worker, child: &str, open_to: &[&Worker]) {
    lead.post(&format!("/v1/children/{child}/restriction"), &words::restriction(open_to)).await.is(201);
}

/// An answer without what differs from one request to the next.
fn told(answer: &crate::support::Answer) -> (u16, String, Vec<String>) {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "ratelimit"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
        .collect();
    headers.sort();
    (answer.status, answer.text.clone(), headers)
}

on_both! {
    async fn a_restricted_child_is_answered_like_one_who_does_not_exist(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let nurse = world.practitioner(&world.health).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &officer, "team").await.is(201);
        let concern = officer.raises_concern(&child, &words::concern()).await.is(201).id();
        restrict(&lead, &child, &[&lead, &social_worker]).await;
        for outside in [&officer, &nurse] {
            for (hidden, unknown) in asks(&child).into_iter().zip(asks(NOWHERE)) {
                let (method, path) = (hidden.method.clone(), hidden.path.clone());
                let (hidden, unknown) = (outside.asks(hidden).await, outside.asks(unknown).await);
                assert_eq!(hidden.status, 404, "{method} {path}: {}", hidden.text);
                assert_eq!(told(&hidden), told(&unknown), "{method} {path}");
            }
            let hidden = outside.reads(&format!("/v1/concerns/{concern}")).await;
            assert_eq!(told(&hidden), told(&outside.reads(&format!("/v1/concerns/{NOWHERE}")).await));
        }
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
        lead.post(&format!("/v1/children/{child}/restriction/lift"), &json!({ "because": "The relative has left." })).await.is(200);
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
    }

    async fn search_does_not_find_a_restricted_child(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let by_number = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        let by_name = json!({ "name": { "family_name": "Aldercott", "born_on": "2011-04-09" } });
        assert_eq!(nurse.searches(&by_number).await.is(200).items().len(), 1);
        restrict(&lead, &child, &[&lead, &social_worker]).await;
        for search in [&by_number, &by_name] {
            let found = nurse.searches(search).await.is(200);
            assert!(found.items().is_empty(), "{}", found.text);
            assert_eq!(social_worker.searches(search).await.is(200).items().len(), 1);
        }
    }

    async fn a_new_record_with_a_hidden_childs_number_notifies_only_the_people_on_its_list(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let hidden = social_worker.creates_child(&words::child(0)).await.is(201).id();
        restrict(&lead, &hidden, &[&lead, &social_worker]).await;
        let begun = nurse.creates_child(&words::child(0)).await.is(201);
        assert!(!begun.text.contains(&hidden));
        let again = nurse.creates_child(&words::child(0)).await.is(409);
        assert_eq!(again.body["candidates"], json!([begun.id()]));
        let path = format!("/v1/children/{}", begun.id());
        nurse.put(&path, &begun.etag(), &words::amendment(&words::details("Robyn", Some(&words::nhs_number(0))))).await.is(200);
        let notices = social_worker.get("/v1/notices").await.is(200);
        let told: Vec<&Value> = notices.items().iter().filter(|notice| notice["kind"] == "possible_duplicate").collect();
        assert!(!told.is_empty() && told.iter().all(|notice| notice["about_id"] == json!(hidden)));
        assert!(nurse.get("/v1/notices").await.is(200).items().is_empty());
    }

    async fn notices_about_a_restricted_child_reach_only_people_on_its_list(world: World) {
        let (social_worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &nurse, "team").await.is(201);
        restrict(&lead, &child, &[&lead, &nurse]).await;
        nurse.reads(&format!("/v1/children/{child}")).await.is(200);
        world.practitioner(&world.police).await.begins_emergency(&child).await.is(201);
        assert!(social_worker.get("/v1/notices").await.is(200).items().is_empty());
        let told = lead.get("/v1/notices").await.is(200);
        let mut kinds: Vec<_> = told.items().iter().filter_map(|notice| notice["kind"].as_str()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["emergency_access", "involvement_started", "record_read"], "the second from before");
    }

    async fn a_referral_about_a_restricted_child_is_not_listed(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.refers(&child, &words::referral(&world.police, &[])).await.is(201);
        assert_eq!(officer.get("/v1/referrals").await.is(200).items().len(), 1);
        restrict(&lead, &child, &[&lead]).await;
        assert!(officer.get("/v1/referrals").await.is(200).items().is_empty());
    }

    async fn a_restricted_child_leaves_no_gap_in_the_list_of_referrals(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let mut children = Vec::new();
        for number in 0..5 {
            world.pass(Duration::seconds(1));
            let child = social_worker.creates_child(&words::child(number)).await.is(201).id();
            social_worker.refers(&child, &words::referral(&world.police, &[])).await.is(201);
            children.push(child);
        }
        for hidden in [4, 2, 0] {
            restrict(&lead, &children[hidden], &[&lead]).await;
        }
        let first = officer.get("/v1/referrals?limit=1").await.is(200);
        assert_eq!(first.items()[0]["child_id"], json!(children[3]));
        let next = first.body["next"].as_str().expect("another page");
        let last = officer.get(&format!("/v1/referrals?limit=1&cursor={next}")).await.is(200);
        assert_eq!(last.items()[0]["child_id"], json!(children[1]));
        assert!(last.body["next"].is_null(), "a hidden referral leads to no further page");
    }

    async fn sealing_takes_two(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let leads = [
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
        ];
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}/sealing-proposals");
        let sealing = |change: &str| json!({ "change": change, "restriction": words::restriction(&[&leads[0], &leads[1]]) });
        leads[0].post(&path, &sealing("unseal")).await.is(409);
        let proposed = leads[0].post(&path, &sealing("seal")).await.is(201);
        assert_eq!(proposed.body["level"], "open", "nothing has changed yet");
        let decision = format!("/v1/sealing-proposals/{}/decision", proposed.body["steps"][0]["id"].as_str().expect("an id"));
        let approve = json!({ "answer": "approve", "because": "The placement order was seen." });
        leads[0].post(&decision, &approve).await.is(403);
        let sealed = leads[1].post(&decision, &approve).await.is(200);
        assert_eq!(sealed.body["level"], "sealed");
        leads[1].post(&decision, &approve).await.is(409);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(404);
        leads[0].post(&format!("/v1/children/{child}/restriction"), &words::restriction(&[&leads[0]])).await.is(409);
        world.pass(chrono::Duration::seconds(1));
        let proposed = leads[1].post(&path, &sealing("unseal")).await.is(201);
        let decision = format!("/v1/sealing-proposals/{}/decision", proposed.body["steps"][0]["id"].as_str().expect("an id"));
        leads[0].post(&decision, &json!({ "answer": "decline", "because": "Not yet." })).await.is(200);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(404);
        world.pass(chrono::Duration::seconds(1));
        let proposed = leads[1].post(&path, &sealing("unseal")).await.is(201);
        let decision = format!("/v1/sealing-proposals/{}/decision", proposed.body["steps"][0]["id"].as_str().expect("an id"));
        leads[0].post(&decision, &approve).await.is(200);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
    }

    async fn counts_do_not_show_whether_a_record_is_closed(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let analyst = world.worker(Role::BoardAnalyst, &world.social_care).await;
        let leads = [
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
        ];
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        for _ in 0..12 {
            social_worker.raises_concern(&child, &words::concern()).await.is(201);
        }
        let counts = "/v1/statistics/concerns?from=2026-11&to=2026-11";
        let open = analyst.get(counts).await.is(200);
        assert!(!open.items().is_empty() && !open.text.contains(&child), "{}", open.text);
        restrict(&leads[0], &child, &[&leads[0], &leads[1]]).await;
        assert_eq!(analyst.get(counts).await.is(200).text, open.text, "restricted");
        world.pass(Duration::seconds(1));
        world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
        assert_eq!(analyst.get(counts).await.is(200).text, open.text, "sealed");
    }

    async fn a_declared_conflict_ends_involvement_and_can_be_lifted_by_a_lead(world: World) {
        let (social_worker, nurse) = (world.practitioner(&world.social_care).await, world.practitioner(&world.health).await);
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        social_worker.involves(&child, &nurse, "team").await.is(201);
        let path = format!("/v1/children/{child}/conflicts");
        nurse.post(&path, &words::conflict(&social_worker)).await.is(403);
        nurse.post(&path, &words::conflict(&nurse)).await.is(204);
        nurse.reads(&format!("/v1/children/{child}")).await.is(404);
        nurse.raises_concern(&child, &words::concern()).await.is(404);
        let by_number = json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(0) } });
        assert!(nurse.searches(&by_number).await.is(200).items().is_empty());
        lead.post(&format!("{path}/{}/lift", nurse.id), &json!({ "because": "Another child of that name." })).await.is(204);
        nurse.reads(&format!("/v1/children/{child}")).await.is(404);
        social_worker.involves(&child, &nurse, "team").await.is(201);
        nurse.reads(&format!("/v1/children/{child}")).await.is(200);
    }

    async fn a_restriction_names_its_owner_and_a_review_date(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/children/{child}/restriction");
        let cases = [
            ("open_to", json!([social_worker.id]), "/open_to"),
            ("review_on", json!("2026-11-22"), "/review_on"),
            ("review_on", json!("2028-03-01"), "/review_on"),
            ("reason", json!("because"), "/reason"),
            ("note", json!(" "), "/note"),
        ];
        for (field, value, pointer) in cases {
            let mut restriction = words::restriction(&[&lead]);
            restriction[field] = value;
            assert_eq!(lead.post(&path, &restriction).await.is(422).pointers(), [pointer]);
        }
        let mut restriction = words::restriction(&[&lead]);
        restriction["open_to"] = json!([lead.id, NOWHERE]);
        assert_eq!(lead.post(&path, &restriction).await.is(422).pointers(), ["/open_to/1"]);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
    }
}
