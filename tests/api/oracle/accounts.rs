//! Actions about no child, and their subjects in the scene. What can be ended once is provided as often as it is
//! requested.

use std::fmt::Write as _;

use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::Segment;
use alongside_policy::Verb;
use chrono::Duration;
use serde_json::json;

use super::case::{Person, Tie};
use super::probes::Subject;
use super::scene::{Asker, Scene, id_in_sql};
use crate::support::World;

/// Requested of people and proposals in turn, by [`subjects`].
const OF_PEOPLE: [&str; 4] =
    ["confirm_unusual_access", "decide_role_grant", "end_front_door_duty", "give_front_door_duty"];

/// The asker's relationship to a proposed role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Proposed,
    IsToHaveIt,
    CouldGetIn,
    Elsewhere,
    /// In their own agency, like the ones that follow.
    Practitioner,
    Supervisor,
    Lead,
}

impl Part {
    const ALL: [Self; 7] = [
        Self::Proposed,
        Self::IsToHaveIt,
        Self::CouldGetIn,
        Self::Elsewhere,
        Self::Practitioner,
        Self::Supervisor,
        Self::Lead,
    ];

    pub(super) fn person(self) -> Person {
        match self {
            Self::Proposed | Self::IsToHaveIt | Self::CouldGetIn => Person::Oneself,
            Self::Elsewhere => Person::Elsewhere,
            Self::Practitioner | Self::Supervisor | Self::Lead => Person::Colleague,
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Self::Supervisor => Role::Supervisor,
            Self::Lead => Role::SafeguardingLead,
            _ => Role::Practitioner,
        }
    }
}

/// Every action about the partnership.
pub(super) fn subjects() -> impl Iterator<Item = (&'static str, Subject)> {
    let about_no_child = Verb::ALL.iter().filter(|verb| !verb.is_about_children()).map(|verb| verb.as_str());
    let plain = about_no_child.filter(|act| !OF_PEOPLE.contains(act)).map(|act| (act, Subject::Partnership));
    let people = [Person::Oneself, Person::Colleague, Person::Elsewhere];
    let duties = ["give_front_door_duty", "end_front_door_duty"]
        .map(|act| people.map(|person| (act, Subject::FrontDoor(person))));
    plain
        .chain(people.map(|person| ("confirm_unusual_access", Subject::Worker(person))))
        .chain(Part::ALL.map(|part| ("decide_role_grant", Subject::RoleGrant(part))))
        .chain(duties.into_iter().flatten())
}

/// How often an asker can request what it ends.
const SPARE: usize = 100;
pub(super) const NOBODY: &str = "01900000-0000-7000-8000-000000000000";

fn spare_session(asker: usize, turn: usize) -> String {
    format!("01900001-0000-7000-8000-{asker:04}{turn:08}")
}

fn role_grant(asker: usize, part: Part) -> String {
    format!("01900002-0000-7000-8000-{asker:04}{:08}", part as usize)
}

/// The front-door duty of one of the askers.
fn duty_of_asker(asker: usize) -> String {
    format!("01900003-0000-7000-8000-{asker:04}00000000")
}

/// The front-door duty of the bystander of an agency.
fn duty_of_bystander(agency: usize) -> String {
    format!("01900003-0000-7000-8000-{:04}00000001", agency % 3)
}

/// Gives every asker sessions and links to end, a notice to acknowledge, and proposed roles. Staff also get a request
/// to list that is newer than the ones that no one made.
pub(super) async fn provide(world: &World, scene: &Scene) {
    world.pass(Duration::seconds(1));
    let child = scene.children.iter().find(|child| child.tie == Tie::Allocated).expect("a child");
    for asker in scene.askers.iter().filter(|asker| asker.is_staff()) {
        let kept = child.written.iter().find(|w| w.segment == Segment::OwnAgency && w.agency != asker.agency);
        let path = format!("/v1/recordings/{}/disclosure-requests", kept.expect("a recording").id);
        asker.worker.post(&path, &json!({ "reason": "For the plan." })).await.is(201);
    }
    let id = |id: &str| id_in_sql(world, id);
    let mut sql = String::from("BEGIN;");
    let mut then = |statement: String| write!(sql, "{statement};").expect("a text");
    let [lead, other_lead] = scene.founding_leads().map(|lead| id(&lead.id));
    let askers = scene.askers.iter().enumerate().map(|(number, asker)| (duty_of_asker(number), &asker.worker));
    let bystanders = scene.bystanders.iter().enumerate().map(|(number, worker)| (duty_of_bystander(number), worker));
    let duties: Vec<_> = askers.chain(bystanders).collect();
    for (duty, worker) in duties {
        then(format!(
            "INSERT INTO front_door_duty (id, agency_id, worker_id, starts_at, ends_at, given_by, given_at) \
             SELECT {}, agency_id, id, recorded_at, (SELECT MAX(ends_at) FROM involvement), {lead}, recorded_at \
             FROM worker WHERE id = {}",
            id(&duty),
            id(&worker.id)
        ));
    }
    for (number, asker) in scene.askers.iter().enumerate() {
        let me = id(&asker.worker.id);
        // The asker's own id serves as well as any other.
        then(format!(
            "INSERT INTO notice (id, worker_id, kind, about_kind, about_id, recorded_at) \
             SELECT id, id, 'record_read', 'child', id, recorded_at FROM worker WHERE id = {me}"
        ));
        then(format!("INSERT INTO way_in (worker_id, known_to) VALUES ({other_lead}, {me})"));
        let colleague = id(&scene.bystanders[asker.agency].id);
        for part in Part::ALL {
            let (worker, proposer) = match part {
                Part::Proposed => (&colleague, &me),
                Part::IsToHaveIt => (&me, &lead),
                Part::CouldGetIn => (&other_lead, &lead),
                Part::Elsewhere => (&lead, &other_lead),
                Part::Practitioner | Part::Supervisor | Part::Lead => (&colleague, &lead),
            };
            then(format!(
                "INSERT INTO role_grant (id, worker_id, agency_id, role, reason, proposed_by, proposed_at, status) \
                 SELECT {}, id, agency_id, '{}', 'Named.', {proposer}, recorded_at, 'declined' FROM worker \
                 WHERE id = {worker}",
                id(&role_grant(number, part)),
                part.role()
            ));
        }
        for turn in 0..SPARE {
            then(format!(
                "INSERT INTO session (id, worker_id, started_at, refreshed_at, ends_at) SELECT {}, worker_id, \
                 started_at, refreshed_at, ends_at FROM session WHERE worker_id = {me} LIMIT 1",
                id(&spare_session(number, turn))
            ));
            then(format!(
                "INSERT INTO external_identity (issuer, subject, worker_id, linked_at, linked_by) \
                 SELECT 'spare-{turn}', 'asker-{number}', id, recorded_at, id FROM worker WHERE id = {me}"
            ));
        }
    }
    world.behind().run(&format!("{sql} COMMIT")).unwrap_or_else(|error| panic!("{error}"));
}

/// The id that the path of an operation about no child names.
pub(super) fn id(scene: &Scene, number: usize, act: &str, name: &str, subject: Subject) -> Option<String> {
    let asker = &scene.askers[number];
    match (name, subject) {
        ("agency", _) => Some(scene.elsewhere().id.to_string()),
        ("duty", Subject::FrontDoor(Person::Oneself)) => Some(duty_of_asker(number)),
        ("duty", Subject::FrontDoor(person)) => {
            Some(duty_of_bystander(asker.agency + usize::from(person == Person::Elsewhere)))
        }
        ("grant", Subject::RoleGrant(part)) => Some(role_grant(number, part)),
        ("issuer", _) if act == "unlink_identity" => Some(format!("spare-{}", turn(asker))),
        ("issuer", _) => Some("larkmoor".to_owned()),
        ("notice", _) => Some(asker.worker.id.clone()),
        ("session", _) => Some(spare_session(number, turn(asker))),
        ("worker", _) if ["link_identity", "unlink_identity", "reset_second_factor"].contains(&act) => {
            Some(asker.worker.id.clone())
        }
        ("worker", _) => Some(scene.bystanders[0].id.clone()),
        _ => None,
    }
}

/// Who is put on the front door.
pub(super) fn front_door_worker(scene: &Scene, number: usize, person: Person) -> &str {
    let asker = &scene.askers[number];
    match person {
        Person::Oneself => &asker.worker.id,
        _ => &scene.bystanders[(asker.agency + usize::from(person == Person::Elsewhere)) % 3].id,
    }
}

/// A different one each time.
fn turn(asker: &Asker) -> usize {
    let turn = asker.turns.get();
    assert!(turn < SPARE, "provide more that can be ended");
    asker.turns.set(turn + 1);
    turn
}
