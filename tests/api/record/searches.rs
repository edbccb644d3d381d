//! Which children a search names first, and that hidden children change nothing in the answer.

use std::time::{Duration, Instant};

use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::oracle::id_in_sql;
use crate::support::{Answer, Backend, Worker, World, words};

/// Longer than a search may take on a busy machine, and much shorter than one that reads every decoy.
const BOUND: Duration = Duration::from_secs(2);

fn by_number(n: usize) -> Value {
    json!({ "identifier": { "kind": "nhs_number", "value": words::nhs_number(n) } })
}

fn ids(found: &Answer) -> Vec<&str> {
    found.items().iter().filter_map(|child| child["id"].as_str()).collect()
}

/// A child with a known number and a different given name.
fn same_number(n: usize, given: &str) -> Value {
    let details = words::details(given, Some(&words::nhs_number(n)));
    json!({ "details": details, "new_because": "Two children were given one number." })
}

/// Copies of a record with everything that a search uses, written behind the service.
fn decoys(world: &World, of: &str, count: u32, restriction: &str, later: bool) {
    let of = id_in_sql(world, of);
    let minute = if later { 1 } else { -1 };
    let (id, at) = match world.fresh.backend() {
        Backend::Sqlite => ("randomblob(16)", format!("recorded_at + {minute} * 60000000")),
        Backend::Postgresql => ("gen_random_uuid()", format!("recorded_at + {minute} * INTERVAL '1 minute'")),
    };
    let columns = "agency_id, version, root_id, key_sealed, restriction, has_partner_information";
    let copied = columns.replace("restriction", &format!("'{restriction}'"));
    let steps = [
        format!(
            "INSERT INTO child (id, recorded_at, {columns}) \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
             SELECT {id}, {at}, {copied} FROM child, n WHERE child.id = {of}"
        ),
        format!(
            "INSERT INTO child_token (child_id, kind, token, claims) \
             SELECT c.id, t.kind, t.token, {no} FROM child_token t, child c \
             WHERE t.child_id = {of} AND NOT EXISTS (SELECT 1 FROM child_token o WHERE o.child_id = c.id)",
            no = if matches!(world.fresh.backend(), Backend::Sqlite) { "0" } else { "FALSE" }
        ),
    ];
    for sql in steps {
        world.behind().run(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

async fn timed(worker: &Worker, search: &Value) -> (Answer, Duration) {
    let began = Instant::now();
    let found = worker.searches(search).await.is(200);
    (found, began.elapsed())
}

on_both! {
    async fn a_list_that_is_cut_says_so_and_how_to_narrow_it(world: World) {
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        decoys(&world, &child, 49, "open", true);
        let whole = nurse.searches(&by_number(0)).await.is(200);
        assert_eq!((whole.items().len(), &whole.body["cut"], whole.body.get("remark")), (50, &json!(false), None));
        decoys(&world, &child, 1, "open", true);
        let cut = nurse.searches(&by_number(0)).await.is(200);
        assert_eq!((cut.items().len(), &cut.body["cut"]), (50, &json!(true)));
        let remark = cut.string("remark");
        assert!(remark.contains("More children match than the 50 listed") && remark.contains("name and date of birth"), "{remark}");
        let known = nurse.creates_child(&words::child(0)).await.is(409);
        assert_eq!(known.body["candidates"].as_array().map(Vec::len), Some(50));
        assert_eq!(known.body["cut"], json!(true));
        assert!(known.string("detail").contains("Search by a number together with the name"), "{}", known.text);
    }

    async fn the_best_match_comes_first_then_the_workers_own_children_then_the_latest(world: World) {
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let colleague = world.practitioner(&world.health).await;
        let mut begun = Vec::new();
        // The oldest first: the child that the search is for, the nurse's own, a colleague's, and two of police.
        for (by, given) in [(&officer, "Robin"), (&nurse, "Sam"), (&colleague, "Kit"), (&officer, "Alex"), (&officer, "Jo")] {
            begun.push(by.creates_child(&same_number(0, given)).await.is(201).id());
            world.pass(chrono::Duration::seconds(1));
        }
        let [robin, sam, kit, alex, jo] = [0, 1, 2, 3, 4].map(|n| begun[n].as_str());
        let found = nurse.searches(&by_number(0)).await.is(200);
        assert_eq!(ids(&found), [sam, kit, jo, alex, robin]);
        let mut both = by_number(0);
        both["name"] = json!({ "family_name": "Aldercott", "given_name": "Robin", "born_on": "2011-04-09" });
        let found = nurse.searches(&both).await.is(200);
        assert_eq!(ids(&found), [robin, sam, kit, jo, alex]);
        let known = nurse.creates_child(&words::child(0)).await.is(409);
        assert_eq!(known.body["candidates"], json!([robin, sam, kit, jo, alex]), "the name matches as well");
    }

    async fn decoys_do_not_hide_the_child_whose_name_is_known_too(world: World) {
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let sam = officer.creates_child(&same_number(0, "Sam")).await.is(201).id();
        let robin = officer.creates_child(&same_number(0, "Robin")).await.is(201).id();
        decoys(&world, &sam, 3_000, "open", true);
        let mut both = by_number(0);
        both["name"] = json!({ "family_name": "Aldercott", "given_name": "Robin", "born_on": "2011-04-09" });
        let (found, took) = timed(&nurse, &both).await;
        assert_eq!((found.items().len(), ids(&found)[0]), (50, robin.as_str()));
        assert!(took < BOUND, "{took:?}");
    }

    async fn hidden_decoys_change_no_byte_of_what_is_found(world: World) {
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let mut both = by_number(0);
        both["name"] = json!({ "family_name": "Aldercott", "given_name": "Robin", "born_on": "2011-04-09" });
        let by_name = json!({ "name": both["name"] });
        for visible in [0, 49, 10] {
            if visible > 0 {
                decoys(&world, &child, visible, "open", true);
            }
            let searches = [by_number(0), by_name.clone(), both.clone()];
            let mut without = Vec::new();
            for search in &searches {
                without.push(nurse.searches(search).await.is(200).text);
            }
            let known = nurse.creates_child(&words::child(0)).await.is(409).text;
            for (restriction, later) in [("sealed", true), ("restricted", false)] {
                decoys(&world, &child, 1_000, restriction, later);
                for (search, without) in searches.iter().zip(&without) {
                    let (found, took) = timed(&nurse, search).await;
                    assert_eq!(&found.text, without, "{restriction}, {visible} that are visible: {search}");
                    assert!(took < BOUND, "{took:?}");
                }
                assert_eq!(nurse.creates_child(&words::child(0)).await.is(409).text, known);
            }
        }
    }

    async fn a_closed_record_is_found_by_the_people_on_its_list(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let leads = [world.worker(Role::SafeguardingLead, &world.health).await, world.worker(Role::SafeguardingLead, &world.health).await];
        let closed = nurse.creates_child(&words::child(0)).await.is(201).id();
        world.pass(chrono::Duration::seconds(1));
        let open = nurse.creates_child(&same_number(0, "Sam")).await.is(201).id();
        world.seals(&closed, &leads, &[&leads[0], &leads[1]]).await;
        assert_eq!(ids(&leads[0].searches(&by_number(0)).await.is(200)), [open.as_str(), closed.as_str()]);
        assert_eq!(ids(&nurse.searches(&by_number(0)).await.is(200)), [open.as_str()]);
        leads[1].post(&format!("/v1/children/{closed}/conflicts"), &words::conflict(&leads[1])).await.is(204);
        assert_eq!(ids(&leads[1].searches(&by_number(0)).await.is(200)), [open.as_str()]);
    }
}
