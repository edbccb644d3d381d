//! Every rule is needed: without any one of them, the policies decide differently from the oracle.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_policy::{EntryFacts, Facts, Policy, Relation, SecondFactor, Verb};

use super::case::{Case, Person, Proof, Recording, Tie, Whose};
use super::differences;
use super::rules::{self, CHILDREN_AT_LARGE, GRAVE, NO_CHILD, OWN_ACCOUNT};

const OF_A_CHILD: &[&str] = &[
    "view_child",
    "view_overview",
    "view_chronology",
    "list_concerns",
    "list_observations",
    "list_contacts",
    "list_partner_information",
    "list_involvements",
    "read_identity",
    "read_identifiers",
    "read_address",
    "amend_child",
    "observe_indicator",
    "record_contact",
    "raise_concern",
    "refer_child",
    "view_access_history",
    "view_own_access",
    "claim_duty",
    "begin_emergency_access",
    "suppress_notices",
    "begin_new_identity",
    "view_former_identity",
    "view_restriction",
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
    "decide_role_grant",
    "give_front_door_duty",
    "end_front_door_duty",
    "confirm_unusual_access",
];

/// The actions on a recording of a kind.
const OF_A_RECORDING: &[(EntryKind, &[&str])] = &[
    (
        EntryKind::Concern,
        &[
            "view_concern",
            "know_of_entry",
            "read_sensitive_words",
            "read_unnamed_people",
            "request_disclosure",
            "decide_disclosure",
            "revoke_disclosure",
            "sanitise_recording",
            "withdraw_sanitised_line",
            "amend_concern",
            "withdraw_concern",
        ],
    ),
    (EntryKind::Observation, &["view_observation", "know_of_entry", "amend_observation", "withdraw_observation"]),
    (EntryKind::Contact, &["view_contact", "read_sensitive_words", "amend_contact", "withdraw_contact"]),
    (EntryKind::Referral, &["view_referral", "decide_referral", "conclude_referral"]),
];

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

fn schema() -> String {
    std::fs::read_to_string(folder().join("alongside.cedarschema")).expect("the schema")
}

/// The text of every policy, by its id.
fn policies() -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder()).expect("the policies").map(|file| file.expect("a file").path());
    let mut texts = BTreeMap::new();
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "cedar")) {
        let text = std::fs::read_to_string(file).expect("policies");
        for policy in text.split("@id(\"").skip(1) {
            let (id, rest) = policy.split_once('"').expect("an id");
            let taken = texts.insert(id.to_owned(), format!("@id(\"{id}\"{rest}"));
            assert!(taken.is_none(), "two policies are called {id}");
        }
    }
    texts
}

fn verb(act: &str) -> Verb {
    *Verb::ALL.iter().find(|verb| verb.as_str() == act).unwrap_or_else(|| panic!("no verb is called {act}"))
}

/// The case as the policies read it.
fn facts(case: &Case) -> Facts {
    let person = |people: &[Person]| case.person.is_some_and(|person| people.contains(&person));
    let entry = case.recording.map(|recording| EntryFacts {
        own_agency: recording.whose != Whose::Others,
        author: recording.whose == Whose::Mine,
        named: recording.kept_for_me,
        released: recording.granted,
        sent_by_my_agency: recording.sent_by_us,
        sent_to_my_agency: recording.sent_to_us,
        attached_to_referral: recording.attached,
        ..EntryFacts::of(recording.kind, recording.segment)
    });
    Facts {
        roles: [Some(case.role), case.also].into_iter().flatten().collect(),
        sector: case.sector,
        may_act: case.active,
        own_password: case.own_password,
        front_door: case.front_door,
        second_factor: match case.proof {
            Proof::Password => SecondFactor::Missing,
            Proof::SecondFactor => SecondFactor::Proved,
            Proof::JustNow => SecondFactor::Fresh,
        },
        over_volume: case.over_volume,
        relation: Relation {
            conflict: case.conflict,
            restriction: case.record,
            listed: case.listed,
            emergency: case.emergency,
            review_overdue: case.overdue,
            allocated: case.tie == Tie::Allocated,
            team: case.tie == Tie::Team,
            duty: case.tie == Tie::Duty,
            meeting: case.tie == Tie::Meeting,
            responder: case.tie == Tie::Searching,
            audit_case: case.tie == Tie::AuditCase,
            agency_involved: case.agency_works,
            agency_receiving: case.agency_asked,
            colleague: person(&[Person::Oneself, Person::Colleague]),
            own: person(&[Person::Oneself]),
            in_line: person(&[Person::InLine]),
            proposed_role: case.proposed,
        },
        entry,
        purpose_stated: case.says_why,
        reason_given: case.explained,
    }
}

/// Every action with its subject.
fn subjects() -> Vec<Case> {
    let of = |act| Case::of(act, Role::Practitioner, Sector::SocialCare);
    let about_nobody = [OF_A_CHILD, OWN_ACCOUNT, GRAVE, NO_CHILD, CHILDREN_AT_LARGE].concat();
    let mut cases: Vec<Case> = about_nobody.into_iter().filter(|act| !OF_A_PERSON.contains(act)).map(of).collect();
    for act in OF_A_PERSON {
        for person in [Person::Oneself, Person::Colleague, Person::InLine, Person::Elsewhere] {
            cases.push(Case { person: Some(person), ..of(act) });
        }
    }
    for person in [Person::Oneself, Person::Colleague, Person::Elsewhere] {
        let about = |role: &Role| Case { person: Some(person), proposed: Some(*role), ..of("decide_role_grant") };
        cases.extend(Role::ALL.iter().map(about));
    }
    for (kind, acts) in OF_A_RECORDING {
        for (act, segment) in acts.iter().flat_map(|act| Segment::ALL.iter().map(move |segment| (act, *segment))) {
            let plain = |whose| Recording::of(*kind, segment, whose);
            let mut recordings = vec![plain(Whose::Mine), plain(Whose::MyAgency), plain(Whose::Others)];
            recordings.push(Recording { granted: true, ..plain(Whose::Others) });
            match (kind, segment) {
                (EntryKind::Referral, Segment::Shared) => recordings.extend([
                    Recording { sent_by_us: true, ..plain(Whose::MyAgency) },
                    Recording { sent_to_us: true, ..plain(Whose::Others) },
                    // Its author now works for the agency that was asked.
                    Recording { sent_to_us: true, ..plain(Whose::Mine) },
                ]),
                (EntryKind::Referral, _) => continue, // is always shared
                (EntryKind::Concern, _) => recordings.push(Recording { attached: true, ..plain(Whose::Others) }),
                _ => {}
            }
            if segment == Segment::NamedPeople {
                recordings.push(Recording { kept_for_me: true, ..plain(Whose::Others) });
            }
            let people: &[_] = if ["decide_disclosure", "revoke_disclosure"].contains(act) {
                &[None, Some(Person::Oneself)]
            } else {
                &[None]
            };
            for person in people {
                let about = |recording| Case { recording: Some(recording), person: *person, ..of(act) };
                cases.extend(recordings.iter().copied().map(about));
            }
        }
    }
    cases
}

/// Every relationship to the child.
fn standings(subject: Case) -> Vec<Case> {
    let mut cases = Vec::new();
    for tie in [Tie::Nothing, Tie::Duty, Tie::Meeting, Tie::Searching, Tie::AuditCase, Tie::Team, Tie::Allocated] {
        let agency_works = matches!(tie, Tie::Team | Tie::Allocated);
        cases.push(Case { tie, agency_works, ..subject });
        if !agency_works {
            cases.push(Case { tie, agency_works: true, ..subject });
        }
    }
    cases.push(Case { agency_asked: true, ..subject });
    cases.push(Case { emergency: true, ..subject });
    cases
}

/// The obstacles, one at a time.
fn obstacles(case: Case) -> Vec<Case> {
    let mut cases = vec![case];
    if case.sector != Sector::SocialCare {
        return cases; // the sector decides only about reading, which the other cases cover
    }
    if case.act == "begin_emergency_access" {
        cases.extend([Case { explained: false, ..case }, Case { overdue: true, ..case }]);
    }
    cases.extend([
        Case { conflict: true, ..case },
        Case { record: Restriction::Restricted, ..case },
        Case { record: Restriction::Sealed, ..case },
        Case { says_why: false, ..case },
        Case { over_volume: true, ..case },
    ]);
    if case.recording.is_some() {
        return cases; // there are many, and the rest is the same for everything about a child
    }
    cases.extend([
        Case { record: Restriction::Restricted, listed: true, ..case },
        Case { record: Restriction::Sealed, listed: true, ..case },
        Case { own_password: false, ..case },
        Case { proof: Proof::Password, ..case },
        Case { proof: Proof::SecondFactor, ..case },
        Case { active: false, ..case },
    ]);
    cases
}

/// The callers. The last three mix roles that no account may mix.
fn askers(case: Case) -> Vec<Case> {
    let mut cases = Vec::new();
    for role in Role::ALL {
        let field_matters =
            case.recording.is_some_and(|r| matches!(r.segment, Segment::HealthRestricted | Segment::PoliceRestricted))
                || case.act == "suppress_notices";
        let sectors = if field_matters {
            &[Sector::SocialCare, Sector::Police, Sector::Health][..]
        } else {
            &[Sector::SocialCare]
        };
        cases.extend(sectors.iter().map(|sector| Case { role: *role, sector: *sector, ..case }));
    }
    cases.push(Case { role: Role::Practitioner, front_door: true, ..case });
    let mixed = [Role::BoardAnalyst, Role::Auditor, Role::Administrator];
    cases.extend(mixed.map(|also| Case { role: Role::SafeguardingLead, also: Some(also), ..case }));
    cases
}

/// Every case. The cases without an obstacle come first.
fn cases() -> impl Iterator<Item = Case> {
    subjects().into_iter().flat_map(standings).flat_map(askers).flat_map(obstacles)
}

fn differs(policy: &Policy, case: &Case) -> bool {
    policy.decide(verb(case.act), facts(case)).allowed != rules::allowed(case)
}

/// How many cases are kept in which a single policy decides.
const KEPT: usize = 2_000;

#[test]
fn every_policy_is_needed() {
    let (schema, texts) = (schema(), policies());
    let whole: Vec<&str> = texts.values().map(String::as_str).collect();
    let policy = Policy::load(&schema, &whole.join("\n")).expect("policies");
    let (mut alone, mut wrong, mut met) = (BTreeMap::<String, Vec<Case>>::new(), Vec::new(), BTreeSet::new());
    let mut count = 0;
    for case in cases() {
        count += 1;
        let decision = policy.decide(verb(case.act), facts(&case));
        if decision.allowed != rules::allowed(&case) {
            match differences::known(&case) {
                Some(name) => drop(met.insert(name)),
                None => wrong.push(case),
            }
            continue;
        }
        if let [only] = decision.policies.as_slice() {
            let kept = alone.entry(only.clone()).or_default();
            if kept.len() < KEPT {
                kept.push(case);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} are decided differently, for example {:#?}", wrong.len(), wrong.first());
    let stale: Vec<_> = differences::KNOWN.iter().map(|(name, _)| *name).filter(|name| !met.contains(name)).collect();
    assert!(stale.is_empty(), "no longer met, so take them off the list: {stale:?}");
    let mut unneeded = Vec::new();
    for id in texts.keys() {
        let rest: Vec<&str> = texts.iter().filter(|(other, _)| *other != id).map(|(_, text)| text.as_str()).collect();
        let mutated = Policy::load(&schema, &rest.join("\n")).expect("policies");
        if !alone.get(id).is_some_and(|cases| cases.iter().any(|case| differs(&mutated, case))) {
            unneeded.push(id);
        }
    }
    assert!(unneeded.is_empty(), "no case shows that these policies are missing: {unneeded:?}");
}

#[test]
fn the_oracle_knows_every_verb() {
    let asked: BTreeSet<&str> = subjects().iter().map(|case| case.act).collect();
    let verbs: BTreeSet<&str> = Verb::ALL.iter().map(|verb| verb.as_str()).collect();
    assert_eq!(asked, verbs);
}
