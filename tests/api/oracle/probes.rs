//! How each action is requested over HTTP. An allowed action must not change anything that matters. So a change names a
//! version that does not exist, repeats a key that was used for something else, or conflicts with the record.

use alongside_domain::record::entry::EntryKind;
use serde_json::json;

use super::accounts::{self, Part};
use super::case::{Case, Person, Proof, Recording, Tie, Whose};
use super::scene::{Asker, Child, Scene, USED_KEY, Written};
use crate::support::{Ask, Sample};

const STALE: (u16, &str) = (412, "/problems/stale");
const KEY_REUSED: (u16, &str) = (422, "/problems/key-reused");

/// Actions that decide about a part of what another action shows, and are not requested separately.
pub(super) const SHOWN_WITH_OTHERS: &[&str] = &[
    "read_identity",
    "read_identifiers",
    "read_address",
    "read_sensitive_words",
    "read_unnamed_people",
    "know_of_entry",
];

/// The answer where it is allowed.
pub(super) fn when_allowed(case: &Case) -> (u16, &'static str) {
    match case.act {
        // A worker with a second factor must prove it again to change the password.
        "change_password" if case.proof != Proof::JustNow => (403, "/problems/second-factor-needed"),
        // Every asker is linked with an issuer, which must have proved the owner of the account.
        "change_password" if !case.own_password => (409, "/problems/conflict"),
        "change_password" | "prove_second_factor" => (422, "/problems/invalid"),
        "stream_notices" => (400, "/problems/header"),
        "link_identity" | "reset_second_factor" | "set_second_factor" | "take_up_roles" => (409, "/problems/conflict"),
        "end_own_session" | "end_session" | "unlink_identity" | "acknowledge_notice" => (204, ""),
        "withdraw_sanitised_line" => KEY_REUSED,
        "end_involvement" | "renew_involvement" | "decide_referral" | "conclude_referral" => STALE,
        act if act.starts_with("amend_") || act.starts_with("withdraw_") => STALE,
        act if act.starts_with("view_") || act.starts_with("list_") || act == "search_children" => (200, ""),
        _ => KEY_REUSED,
    }
}

/// The subject of a request, by its place in the scene.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Partnership,
    Child,
    Person(Person),
    Recording(usize),
    RoleGrant(Part),
    FrontDoor(Person),
    /// About this worker, and about no child.
    Worker(Person),
}

const OF_A_CHILD: &[&str] = &[
    "view_child",
    "view_overview",
    "view_chronology",
    "list_concerns",
    "list_observations",
    "list_contacts",
    "list_partner_information",
    "list_involvements",
    "view_access_history",
    "view_restriction",
    "amend_child",
    "observe_indicator",
    "record_contact",
    "raise_concern",
    "refer_child",
    "view_own_access",
    "claim_duty",
    "begin_emergency_access",
    "suppress_notices",
    "begin_new_identity",
    "view_former_identity",
    "restrict_record",
    "lift_restriction",
    "propose_sealing",
];

const OF_A_PERSON: &[&str] = &[
    "start_involvement",
    "end_involvement",
    "renew_involvement",
    "cosign_emergency_access",
    "review_emergency_access",
    "view_emergency_access",
    "view_notice_suppression",
    "decide_sealing",
    "declare_conflict",
    "lift_conflict",
];

/// The actions on a recording of a kind. Its plural is in the path.
fn of_a_recording(kind: EntryKind) -> &'static [&'static str] {
    match kind {
        EntryKind::Concern => &[
            "view_concern",
            "request_disclosure",
            "sanitise_recording",
            "withdraw_sanitised_line",
            "amend_concern",
            "withdraw_concern",
        ],
        EntryKind::Observation => &["view_observation", "amend_observation", "withdraw_observation"],
        EntryKind::Contact => {
            &["view_contact", "decide_disclosure", "revoke_disclosure", "amend_contact", "withdraw_contact"]
        }
        EntryKind::Referral => &["view_referral", "decide_referral", "conclude_referral"],
    }
}

/// Every subject on a child's record.
pub(super) fn subjects(child: &Child) -> Vec<(&'static str, Subject)> {
    let mut all: Vec<_> = OF_A_CHILD.iter().map(|act| (*act, Subject::Child)).collect();
    for act in OF_A_PERSON {
        let people = [Person::Oneself, Person::Colleague, Person::InLine, Person::Elsewhere];
        all.extend(people.map(|person| (*act, Subject::Person(person))));
    }
    for (number, written) in child.written.iter().enumerate() {
        all.extend(of_a_recording(written.kind).iter().map(|act| (*act, Subject::Recording(number))));
    }
    all
}

/// The relationship of a recording to an asker.
pub(super) fn recording_to(asker: &Asker, number: usize, written: &Written) -> Recording {
    let whose = match written.author {
        Some(author) if author == number => Whose::Mine,
        _ if written.agency == asker.agency => Whose::MyAgency,
        _ => Whose::Others,
    };
    Recording {
        sent_by_us: written.sent_by == Some(asker.agency),
        sent_to_us: written.sent_to == Some(asker.agency),
        attached: written.attached,
        kept_for_me: written.named.contains(&number),
        granted: written.disclosed_to.contains(&number),
        ..Recording::of(written.kind, written.segment, whose)
    }
}

/// An asker and a child of the scene.
pub(super) struct Probe<'a> {
    pub(super) scene: &'a Scene,
    pub(super) child: &'a Child,
    /// The asker's place in the scene.
    pub(super) number: usize,
}

impl Probe<'_> {
    fn asker(&self) -> &Asker {
        &self.scene.askers[self.number]
    }

    /// The asker's relationship to the child, as far as the scene knows it.
    pub(super) fn case(&self, act: &'static str, subject: Subject, emergency: bool) -> Case {
        let asker = self.asker();
        let mut case = Case::of(act, asker.role, asker.sector);
        case.proof = Proof::SecondFactor;
        if let Subject::RoleGrant(part) = subject {
            return Case { person: Some(part.person()), proposed: Some(part.role()), ..case };
        }
        if let Subject::FrontDoor(person) | Subject::Worker(person) = subject {
            return Case { person: Some(person), ..case };
        }
        if matches!(subject, Subject::Partnership) {
            return case;
        }
        case.tie = self.child.tie;
        case.agency_works = self.child.agencies_work || matches!(case.tie, Tie::Team | Tie::Allocated);
        case.agency_asked = self.child.agencies_asked;
        case.emergency = emergency && asker.is_staff();
        match subject {
            Subject::Person(person) => case.person = Some(person),
            Subject::Recording(number) => {
                let written = &self.child.written[number];
                case.recording = Some(recording_to(asker, self.number, written));
                let requested = ["decide_disclosure", "revoke_disclosure"].contains(&act)
                    && written.disclosed_to.contains(&self.number);
                case.person = requested.then_some(Person::Oneself);
            }
            Subject::Partnership
            | Subject::RoleGrant(_)
            | Subject::FrontDoor(_)
            | Subject::Worker(_)
            | Subject::Child => {}
        }
        case
    }

    /// The worker in question.
    fn worker(&self, person: Person) -> Option<&str> {
        let there = |agency: usize| Some(self.scene.bystanders[agency % 3].id.as_str());
        match person {
            Person::Oneself => Some(&self.asker().worker.id),
            Person::Colleague => there(self.asker().agency),
            Person::Elsewhere => there(self.asker().agency + 1),
            Person::InLine => None,
        }
    }

    fn involvement(&self, person: Person) -> Option<&str> {
        let there = |agency: usize| Some(self.child.bystanders_involvements[agency % 3].as_str());
        match person {
            Person::Oneself => self.child.involvements.get(&self.number).map(String::as_str),
            Person::Colleague => there(self.asker().agency),
            Person::Elsewhere => there(self.asker().agency + 1),
            Person::InLine => None,
        }
    }

    /// The emergency access to review: the asker's own, or that of the police bystander. One lead manages that
    /// bystander, who manages another lead.
    fn emergency(&self, person: Person) -> Option<&str> {
        let asker = self.asker();
        let in_line = asker.role == alongside_domain::accounts::worker::Role::SafeguardingLead && asker.agency != 1;
        match person {
            Person::Oneself => self.child.emergencies.get(&self.number).map(String::as_str),
            Person::InLine if in_line => Some(&self.child.bystanders_emergency),
            Person::Elsewhere if !in_line && asker.agency != 1 => Some(&self.child.bystanders_emergency),
            Person::Colleague if asker.agency == 1 => Some(&self.child.bystanders_emergency),
            _ => None,
        }
    }

    /// The suppression of the police bystander.
    fn suppression(&self, person: Person) -> Option<&str> {
        let held_back_by = if self.asker().agency == 1 { Person::Colleague } else { Person::Elsewhere };
        (person == held_back_by).then_some(self.child.bystanders_suppression.as_str())
    }

    /// The id of what the operation's path names. `None` where the scene has no such subject.
    fn id(&self, act: &str, name: &str, subject: Subject) -> Option<String> {
        let person = match subject {
            Subject::Person(person) | Subject::Worker(person) => person,
            _ => Person::Colleague,
        };
        let written = match subject {
            Subject::Recording(number) => Some(&self.child.written[number]),
            _ => None,
        };
        match name {
            "child" => Some(self.child.id.clone()),
            "concern" | "contact" | "observation" | "referral" | "recording" => written.map(|one| one.id.clone()),
            "emergency" => self.emergency(person).map(str::to_owned),
            "involvement" => self.involvement(person).map(str::to_owned),
            "line" => written?.line.clone(),
            "proposal" => match person {
                Person::Oneself => self.child.proposals.get(&self.number).cloned(),
                Person::Elsewhere => Some(self.child.elsewhere_proposed.clone()),
                Person::Colleague | Person::InLine => None,
            },
            "request" => written?.request_before(self.number),
            "suppression" => self.suppression(person).map(str::to_owned),
            "worker" if !matches!(subject, Subject::Partnership) => self.worker(person).map(str::to_owned),
            _ => accounts::id(self.scene, self.number, act, name, subject),
        }
    }

    /// How the act is requested. `None` where the scene has no such subject.
    pub(super) fn ask(&self, case: &Case, subject: Subject) -> Option<Ask> {
        let operation = if case.act == "set_second_factor" { "confirm_second_factor" } else { case.act };
        let sample = Sample::of(operation, |name| self.id(case.act, name, subject))?;
        let worker = match subject {
            Subject::Person(person) if sample.body["worker_id"].is_string() => self.worker(person)?.to_owned(),
            Subject::FrontDoor(person) => accounts::front_door_worker(self.scene, self.number, person).to_owned(),
            _ => String::new(),
        };
        let [lead, other_lead] = self.scene.founding_leads().map(|lead| json!(lead.id));
        let agency = json!(self.scene.elsewhere().id);
        let ask = sample
            .briefly()
            .put("/worker_id", &json!(worker))
            .put("/agency_id", &agency)
            .put("/details/agency_id", &agency)
            .put("/content/to_agency_id", &agency)
            .put("/content/concern_ids", &json!([]))
            .put("/owner_id", &lead)
            .put("/open_to/0", &lead)
            .put("/restriction/owner_id", &lead)
            .put("/restriction/open_to/0", &lead)
            .put("/restriction/open_to/1", &other_lead)
            .put("/present_password", &json!("not the password at all"))
            .ask();
        let ask = if case.act == "stream_notices" { ask.with("Last-Event-ID", accounts::NOBODY) } else { ask };
        let ask = if case.says_why { ask.purpose("safeguarding_enquiry") } else { ask };
        Some(match when_allowed(case) {
            STALE => ask.if_match("\"999\""),
            KEY_REUSED => ask.with("Idempotency-Key", USED_KEY),
            _ => ask,
        })
    }
}
