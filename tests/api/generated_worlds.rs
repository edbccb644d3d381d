//! In random worlds, lists show exactly what may be read one by one. The query returns what the policy allows, and no
//! page is shorter than it must be.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::accounts::agency::{Agency, Sector};
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::Segment;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::world::beginning;
use crate::support::{Worker, World, words};

/// How many children are made up in each database, and how many recordings on each record.
const CHILDREN: usize = 8;
const RECORDINGS: usize = 14;
const LIMIT: usize = 3;

/// A random generator with the same draws in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn is(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

const PLURALS: [&str; 3] = ["concerns", "observations", "contacts"];

struct Record {
    child: String,
    /// With the plural of its kind.
    recordings: BTreeMap<String, &'static str>,
}

/// A recording of a kind in a segment.
fn kept_in(segment: Segment, plural: &str, chance: &mut Chance, people: &[Worker]) -> Value {
    let plain = match plural {
        "concerns" => words::concern(),
        "observations" => words::observation(),
        _ => words::contact(),
    };
    let mut body = words::kept_in(segment.as_str(), plain);
    if segment == Segment::NamedPeople {
        body["named_people"] = json!([chance.one(people).id]);
    }
    body
}

/// A random record, with people involved, recordings in every segment, requests granted, and referrals. Some recordings
/// are moved to another segment afterwards.
async fn record(chance: &mut Chance, number: usize, people: &[Worker], agencies: &[Agency]) -> Record {
    let founder = &people[0];
    let child = founder.creates_child(&words::child(number)).await.is(201).id();
    for worker in &people[1..] {
        let kind = *chance.one(&["team", "allocated", "meeting", "duty", "missing_response", "", ""]);
        if !kind.is_empty() {
            let body = json!({
                "worker_id": worker.id, "kind": kind, "ends_at": beginning() + Duration::hours(12),
                "reason": "Needed for the plan.",
            });
            founder.post(&format!("/v1/children/{child}/involvements"), &body).await;
        }
    }
    let mut recordings = BTreeMap::new();
    for _ in 0..RECORDINGS {
        let (author, segment, plural) = (chance.one(people), chance.one(Segment::ALL), *chance.one(&PLURALS));
        let body = kept_in(*segment, plural, chance, people);
        let recorded = author.post(&format!("/v1/children/{child}/{plural}"), &body).await;
        if recorded.status != 201 {
            continue; // written by other workers
        }
        let id = recorded.id();
        if chance.is(2) {
            let path = format!("/v1/recordings/{id}/disclosure-requests");
            let asked = chance.one(people).post(&path, &json!({ "reason": "For the plan." })).await;
            if asked.status == 201 {
                let ends_at = beginning() + Duration::days(7);
                let grant = json!({ "answer": "grant", "because": "It bears on the plan.", "ends_at": ends_at });
                author.post(&format!("/v1/disclosure-requests/{}/decision", asked.id()), &grant).await;
            }
        }
        if plural == "concerns" && chance.is(3) {
            author.refers(&child, &words::referral(chance.one(agencies), &[&id])).await;
        }
        if chance.is(3) {
            let moved = words::amendment(&kept_in(*chance.one(Segment::ALL), plural, chance, people));
            author.put(&format!("/v1/{plural}/{id}"), &recorded.etag(), &moved).await.is(200);
        }
        recordings.insert(id, plural);
    }
    Record { child, recordings }
}

/// The ids that a list shows in full and those that it names as withheld, page by page. `None` where the caller may not
/// have the list.
async fn listed(reader: &Worker, path: &str) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let (mut read, mut named, mut cursor) = (BTreeSet::new(), BTreeSet::new(), String::new());
    loop {
        let page = reader.reads(&format!("{path}?limit={LIMIT}{cursor}")).await;
        if page.status != 200 {
            return None;
        }
        let id = |item: &Value| item["id"].as_str().expect("an id").to_owned();
        let withheld: Vec<_> = page.body["_withheld"].as_array().into_iter().flatten().collect();
        let withheld: Vec<_> = withheld.iter().flat_map(|w| w["recordings"].as_array().expect("recordings")).collect();
        let length = page.items().len() + withheld.len();
        read.extend(page.items().iter().filter(|item| item["kind"] != "referral").map(id));
        named.extend(withheld.into_iter().map(id));
        match page.body["next"].as_str() {
            Some(next) => {
                assert_eq!(length, LIMIT, "a page before the last is short: {}", page.text);
                cursor = format!("&cursor={next}");
            }
            None => return Some((read, named)),
        }
    }
}

on_both! {
    async fn a_list_shows_exactly_what_may_be_read_one_by_one(world: World) {
        let school = world.agency("Larkmoor Academy", Sector::Education).await;
        let agencies = [world.social_care.clone(), world.police.clone(), world.health.clone(), school];
        let mut people = vec![world.practitioner(&world.social_care).await];
        for agency in &agencies {
            for role in [Role::Practitioner, Role::Practitioner, Role::Supervisor, Role::SafeguardingLead] {
                people.push(world.worker(role, agency).await);
            }
        }
        let mut compared = [0; 3];
        for seed in 0..CHILDREN {
            let mut chance = Chance(seed as u64);
            let Record { child, recordings } = record(&mut chance, seed, &people, &agencies).await;
            for reader in &people {
                let mut one_by_one = BTreeMap::new();
                for (id, plural) in &recordings {
                    let status = reader.reads(&format!("/v1/{plural}/{id}")).await.status;
                    compared[match status { 200 => 0, 403 => 1, _ => 2 }] += 1;
                    one_by_one.insert(id.clone(), status);
                }
                let with = |status: u16, plural: Option<&str>| -> BTreeSet<String> {
                    let of = |id: &&String| one_by_one[*id] == status && plural.is_none_or(|plural| recordings[*id] == plural);
                    one_by_one.keys().filter(of).cloned().collect()
                };
                for plural in PLURALS {
                    if let Some((read, named)) = listed(reader, &format!("/v1/children/{child}/{plural}")).await {
                        assert_eq!(read, with(200, Some(plural)), "seed {seed}: {plural} read by {}", reader.name);
                        assert_eq!(named, with(403, Some(plural)), "seed {seed}: {plural} named to {}", reader.name);
                    }
                }
                if let Some((read, named)) = listed(reader, &format!("/v1/children/{child}/chronology")).await {
                    assert_eq!(read, with(200, None), "seed {seed}: the chronology read by {}", reader.name);
                    assert_eq!(named, with(403, None), "seed {seed}: the chronology named to {}", reader.name);
                }
            }
        }
        assert!(compared.iter().all(|count| *count > 100), "too few of some kind: {compared:?}");
    }
}
