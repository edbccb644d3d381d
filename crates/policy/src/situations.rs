//! The situations in which rules are shown and compared: a role, a relationship to the child, and a subject.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};

use crate::facts::{EntryFacts, Facts, Relation, SecondFactor};
use crate::operation::{Resource, Verb};

/// One question to the rules, in words and as facts.
#[derive(Debug, Clone)]
pub struct Situation {
    /// The requested action.
    pub verb: Verb,
    /// The caller's role.
    pub role: Role,
    /// The field of the caller's agency.
    pub sector: Sector,
    /// The caller's relationship to the child.
    pub relationship: String,
    /// The recording, if the action is about one.
    pub recording: String,
    /// The same situation, as the rules read it.
    pub facts: Facts,
}

const NONE: Relation = Relation {
    conflict: false,
    restriction: Restriction::Open,
    listed: false,
    emergency: false,
    review_overdue: false,
    allocated: false,
    team: false,
    duty: false,
    meeting: false,
    responder: false,
    audit_case: false,
    agency_involved: false,
    agency_receiving: false,
    colleague: false,
    own: false,
    in_line: false,
    proposed_role: None,
};

/// The relationships that a worker may have to a child. `document.rs` explains each.
pub(crate) const RELATIONSHIPS: &[(&str, Relation)] = &[
    ("no relationship", NONE),
    ("agency received a referral", Relation { agency_receiving: true, ..NONE }),
    ("agency involved", Relation { agency_involved: true, colleague: true, ..NONE }),
    ("on duty", Relation { duty: true, agency_involved: true, ..NONE }),
    ("invited to a meeting", Relation { meeting: true, ..NONE }),
    ("searches for the missing child", Relation { responder: true, ..NONE }),
    ("audits the case", Relation { audit_case: true, ..NONE }),
    ("emergency access", Relation { emergency: true, ..NONE }),
    ("in the team", Relation { team: true, agency_involved: true, ..NONE }),
    ("allocated", Relation { allocated: true, agency_involved: true, ..NONE }),
];

/// The relationships that a worker may have to a proposed role.
const PROPOSALS: &[(&str, Relation)] = &[
    ("practitioner, another agency", Relation { proposed_role: Some(Role::Practitioner), ..NONE }),
    ("practitioner, own agency", Relation { proposed_role: Some(Role::Practitioner), colleague: true, ..NONE }),
    ("supervisor, own agency", Relation { proposed_role: Some(Role::Supervisor), colleague: true, ..NONE }),
    (
        "safeguarding lead, own agency",
        Relation { proposed_role: Some(Role::SafeguardingLead), colleague: true, ..NONE },
    ),
    ("auditor, own agency", Relation { proposed_role: Some(Role::Auditor), colleague: true, ..NONE }),
    ("administrator, own agency", Relation { proposed_role: Some(Role::Administrator), colleague: true, ..NONE }),
    (
        "practitioner, own agency, proposed by the worker or for an account they could get into",
        Relation { proposed_role: Some(Role::Practitioner), colleague: true, own: true, ..NONE },
    ),
];

/// What closes a record, or an action, to a worker who could otherwise use it.
fn closed(relation: Relation) -> [(&'static str, Relation); 8] {
    [
        ("", relation),
        (", restricted", Relation { restriction: Restriction::Restricted, ..relation }),
        (", restricted and listed", Relation { restriction: Restriction::Restricted, listed: true, ..relation }),
        (", sealed", Relation { restriction: Restriction::Sealed, ..relation }),
        (", sealed and listed", Relation { restriction: Restriction::Sealed, listed: true, ..relation }),
        (", in conflict", Relation { conflict: true, ..relation }),
        (", about themselves", Relation { own: true, ..relation }),
        (", manager or managed, review overdue", Relation { in_line: true, review_overdue: true, ..relation }),
    ]
}

fn recordings(kind: EntryKind) -> Vec<(String, EntryFacts)> {
    let mut recordings = Vec::new();
    for segment in Segment::ALL {
        let entry = EntryFacts::of(kind, *segment);
        let mut add = |of: &str, entry| recordings.push((format!("{kind}, {segment}, {of}"), entry));
        add("another agency's", entry);
        add("own agency's", EntryFacts { own_agency: true, ..entry });
        add("their own", EntryFacts { own_agency: true, author: true, ..entry });
        add("kept for the worker", EntryFacts { named: true, ..entry });
        add("disclosed to the worker", EntryFacts { released: true, ..entry });
        add("sent with a referral", EntryFacts { attached_to_referral: true, ..entry });
        if kind == EntryKind::Referral {
            add("sent by their agency", EntryFacts { sent_by_my_agency: true, own_agency: true, ..entry });
            add("sent to their agency", EntryFacts { sent_to_my_agency: true, ..entry });
        }
    }
    recordings
}

/// The kinds of recording to show for a verb.
fn kinds(verb: Verb) -> &'static [EntryKind] {
    match verb {
        Verb::ViewConcern | Verb::AmendConcern | Verb::WithdrawConcern => &[EntryKind::Concern],
        Verb::ViewObservation | Verb::AmendObservation | Verb::WithdrawObservation => &[EntryKind::Observation],
        Verb::ViewContact | Verb::AmendContact | Verb::WithdrawContact => &[EntryKind::Contact],
        Verb::ViewReferral | Verb::DecideReferral | Verb::ConcludeReferral => &[EntryKind::Referral],
        _ => &[EntryKind::Concern, EntryKind::Contact],
    }
}

pub(crate) fn facts(role: Role, sector: Sector, relation: Relation, entry: Option<EntryFacts>) -> Facts {
    Facts {
        roles: [role].into_iter().collect(),
        sector,
        may_act: true,
        own_password: true,
        second_factor: SecondFactor::Fresh,
        front_door: false,
        over_volume: false,
        relation,
        entry,
        purpose_stated: true,
        reason_given: true,
    }
}

/// The fields of agency that decide who reads a recording restricted to a field.
const FIELDS: &[Sector] = &[Sector::SocialCare, Sector::Police, Sector::Health];

/// For situations in which the field makes no difference.
const ONE_FIELD: &[Sector] = &[Sector::SocialCare];

/// Every situation: each verb for each role and relationship, and for each kind of recording if it is about one. The
/// field of agency varies where a recording is restricted to a field. Weaker proofs of identity are included.
pub fn situations() -> impl Iterator<Item = Situation> {
    Verb::ALL.iter().flat_map(|verb| situations_of(*verb))
}

/// The situations of one verb.
pub(crate) fn situations_of(verb: Verb) -> Vec<Situation> {
    let mut all = Vec::new();
    let mut add =
        |relationship: &str, relation: Relation, recording: Option<&(String, EntryFacts)>, fields: &[Sector]| {
            for role in Role::ALL {
                for sector in fields {
                    let situation = Situation {
                        verb,
                        role: *role,
                        sector: *sector,
                        relationship: relationship.to_owned(),
                        recording: recording.map_or_else(String::new, |(name, _)| name.clone()),
                        facts: facts(*role, *sector, relation, recording.map(|(_, entry)| *entry)),
                    };
                    all.extend(weaker(&situation));
                    all.extend(at_the_front_door(&situation));
                    all.push(situation);
                }
            }
        };
    let recordings: Vec<_> = kinds(verb).iter().flat_map(|kind| recordings(*kind)).collect();
    for (name, relation) in RELATIONSHIPS {
        for (guard, relation) in closed(*relation) {
            let relationship = format!("{name}{guard}");
            match verb.resource() {
                Resource::Partnership => {}
                Resource::Child => {
                    add(&relationship, relation, None, if guard.is_empty() { FIELDS } else { ONE_FIELD })
                }
                // What closes a record closes each of its recordings, so one recording is enough.
                Resource::Entry if !guard.is_empty() => add(&relationship, relation, recordings.first(), ONE_FIELD),
                Resource::Entry => {
                    for recording in &recordings {
                        let kept_by_a_field =
                            matches!(recording.1.segment, Segment::HealthRestricted | Segment::PoliceRestricted);
                        add(&relationship, relation, Some(recording), if kept_by_a_field { FIELDS } else { ONE_FIELD });
                    }
                }
            }
        }
    }
    if verb == Verb::DecideRoleGrant {
        for (name, relation) in PROPOSALS {
            add(name, *relation, None, ONE_FIELD);
        }
    } else if verb.resource() == Resource::Partnership {
        add("", NONE, None, FIELDS);
    }
    if matches!(verb, Verb::GiveFrontDoorDuty | Verb::EndFrontDoorDuty) {
        add("a colleague", Relation { colleague: true, ..NONE }, None, ONE_FIELD);
        add("themselves", Relation { colleague: true, own: true, ..NONE }, None, ONE_FIELD);
    }
    all
}

/// The same situation with a weaker proof, no purpose or no reason. Only for relationships without a restriction.
fn weaker(situation: &Situation) -> Vec<Situation> {
    let plain = situation.recording.is_empty() || situation.recording.ends_with("shared, another agency's");
    if situation.relationship.contains(',') || situation.sector != Sector::SocialCare || !plain {
        return Vec::new();
    }
    let with = |name: &str, facts: Facts| Situation {
        relationship: format!("{} ({name})", situation.relationship).trim_start().to_owned(),
        facts,
        ..situation.clone()
    };
    let facts = situation.facts;
    vec![
        with("suspended", Facts { may_act: false, ..facts }),
        with("password chosen by another person", Facts { own_password: false, ..facts }),
        with("without a second factor", Facts { second_factor: SecondFactor::Missing, ..facts }),
        with("second factor not fresh", Facts { second_factor: SecondFactor::Proved, ..facts }),
        with("above the second threshold of unusual access", Facts { over_volume: true, ..facts }),
        with("without a purpose", Facts { purpose_stated: false, ..facts }),
        with("without a reason", Facts { reason_given: false, ..facts }),
    ]
}

/// The same situation for a worker on front-door duty, if the duty can change the decision.
fn at_the_front_door(situation: &Situation) -> Option<Situation> {
    let facts = situation.facts;
    let of_a_referral = facts.entry.is_some_and(|entry| entry.sent_to_my_agency);
    (of_a_referral || facts.relation.agency_receiving).then(|| Situation {
        relationship: format!("{}, on front-door duty", situation.relationship),
        facts: Facts { front_door: true, ..facts },
        ..situation.clone()
    })
}
