//! The rules in plain words, written from their titles and not from the Cedar text. A reader can compare each line with
//! `docs/authorization.md`.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};

use super::case::{Case, Person, Proof, Recording, Tie, Verdict, Whose};
use super::volume::{is_held, oversees_volume, waits};

/// Allowed while another person's choice of password is in place.
const FIRST_STEPS: &[&str] = &["view_me", "change_password", "prove_second_factor"];

/// Allowed without a second factor.
pub(super) const OWN_ACCOUNT: &[&str] = &[
    "view_me",
    "list_own_sessions",
    "end_own_session",
    "set_second_factor",
    "prove_second_factor",
    "change_password",
    "list_agencies",
    "view_agency",
    "list_workers",
    "view_worker",
    "list_notices",
    "stream_notices",
    "acknowledge_notice",
];

/// Emergency access, suppression of notices, sealing, new identities, changes to accounts and agencies.
pub(super) const GRAVE: &[&str] = &[
    "begin_emergency_access",
    "suppress_notices",
    "propose_sealing",
    "decide_sealing",
    "begin_new_identity",
    "add_agency",
    "amend_agency",
    "add_worker",
    "amend_worker",
    "propose_role_grant",
    "decide_role_grant",
    "reset_second_factor",
    "link_identity",
    "unlink_identity",
];

/// About accounts and numbers, and so about no child.
pub(super) const NO_CHILD: &[&str] = &[
    "view_concern_counts",
    "view_agency_versions",
    "view_worker_versions",
    "list_role_grants",
    "list_identities",
    "list_sessions",
    "end_session",
    "take_up_roles",
    "give_front_door_duty",
    "end_front_door_duty",
    "list_front_door_duties",
    "list_unusual_access",
    "confirm_unusual_access",
];

/// Actions of the partnership that are about children.
pub(super) const CHILDREN_AT_LARGE: &[&str] =
    &["create_child", "search_children", "list_referrals", "list_disclosure_requests", "list_emergency_reviews"];

/// Actions that read a record and need a stated purpose.
pub(super) const READING: &[&str] = &[
    "view_child",
    "view_overview",
    "view_chronology",
    "list_concerns",
    "list_observations",
    "list_contacts",
    "list_partner_information",
    "list_involvements",
    "view_former_identity",
    "view_concern",
    "view_observation",
    "view_contact",
    "search_children",
];

/// What the service must answer.
pub(super) fn verdict(case: &Case) -> Verdict {
    if !case.active {
        return Verdict::SignInAgain;
    }
    if !is_password_enough(case) {
        return Verdict::ChoosePassword;
    }
    if case.proof < proof_needed(case.act) {
        return Verdict::ProveSecondFactor;
    }
    if case.over_volume && waits(case.act) && !(allowed_with_a_purpose(case) && says_enough(case)) {
        return Verdict::AskAColleague;
    }
    if allowed_with_a_purpose(case) {
        return if says_enough(case) { Verdict::Allowed } else { Verdict::SayWhy };
    }
    if to_see(case).is_some_and(|act| allowed_with_a_purpose(&Case { person: None, ..case.instead(act) })) {
        Verdict::NotYours
    } else if case.recording.is_some() && allowed_with_a_purpose(&case.instead("know_of_entry")) {
        Verdict::Withheld
    } else {
        Verdict::Hidden
    }
}

/// The action of seeing the subject. A caller who may do that gets "not allowed" in place of "not found". That a
/// colleague made an exception is shown to no other worker, not even to the readers of the child's record.
fn to_see(case: &Case) -> Option<&'static str> {
    match case.recording {
        Some(recording) => Some(to_view(recording.kind)),
        None if case.act == "decide_role_grant" => Some("list_role_grants"),
        // The duties of another agency are hidden.
        None if case.act == "end_front_door_duty" && case.person == Some(Person::Elsewhere) => None,
        None if case.act.ends_with("_front_door_duty") => Some("list_front_door_duties"),
        None if case.act == "confirm_unusual_access" => Some("list_unusual_access"),
        None if ["view_emergency_access", "view_notice_suppression"].contains(&case.act) => None,
        None => is_about_a_child(case.act).then_some("view_child"),
    }
}

/// Whether the rules allow it. How a refusal is worded does not matter here.
pub(super) fn allowed(case: &Case) -> bool {
    case.active
        && is_password_enough(case)
        && case.proof >= proof_needed(case.act)
        && allowed_with_a_purpose(case)
        && says_enough(case)
}

fn is_password_enough(case: &Case) -> bool {
    case.own_password || FIRST_STEPS.contains(&case.act)
}

fn proof_needed(act: &str) -> Proof {
    if OWN_ACCOUNT.contains(&act) {
        Proof::Password
    } else if GRAVE.contains(&act) {
        Proof::JustNow
    } else {
        Proof::SecondFactor
    }
}

/// The allocated worker need not state a purpose.
fn says_enough(case: &Case) -> bool {
    !READING.contains(&case.act) || case.says_why || case.tie == Tie::Allocated
}

fn allowed_with_a_purpose(case: &Case) -> bool {
    !(is_held(case) || touches_records(case.act) && is_closed_to(case)) && may(case)
}

fn touches_records(act: &str) -> bool {
    !OWN_ACCOUNT.contains(&act) && !NO_CHILD.contains(&act) && (!GRAVE.contains(&act) || is_about_a_child(act))
}

pub(super) fn is_about_a_child(act: &str) -> bool {
    match act {
        "begin_emergency_access" | "suppress_notices" | "propose_sealing" | "decide_sealing" | "begin_new_identity" => {
            true
        }
        _ => {
            !(OWN_ACCOUNT.contains(&act)
                || GRAVE.contains(&act)
                || NO_CHILD.contains(&act)
                || CHILDREN_AT_LARGE.contains(&act))
        }
    }
}

/// What no caller may do, whatever else is allowed.
fn is_closed_to(case: &Case) -> bool {
    let sealed = case.record == Restriction::Sealed && !case.listed;
    let restricted = case.record == Restriction::Restricted && !case.listed;
    let exception = case.emergency
        || case.act.ends_with("_emergency_access")
        || case.act == "view_notice_suppression"
        || (case.act == "view_access_history" && case.is(Role::Auditor));
    let no_record_at_all = case.is(Role::BoardAnalyst) || case.is(Role::Administrator);
    let only_audits = case.is(Role::Auditor)
        && !AUDITING.contains(&case.act)
        && !(case.tie == Tie::AuditCase && changes_nothing(case.act));
    case.conflict || sealed || (restricted && !exception) || no_record_at_all || only_audits
}

/// What an auditor may do about children, unless this record is part of an audit of cases.
const AUDITING: &[&str] = &[
    "view_access_history",
    "view_own_access",
    "list_referrals",
    "list_disclosure_requests",
    "list_emergency_reviews",
    "review_emergency_access",
    "view_emergency_access",
    "view_notice_suppression",
    "cosign_emergency_access",
];

fn changes_nothing(act: &str) -> bool {
    ["view_", "list_", "read_", "know_", "search_"].iter().any(|beginning| act.starts_with(beginning))
}

/// Staff who work with records.
fn works_with_records(case: &Case) -> bool {
    case.is(Role::Practitioner) || case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)
}

/// What follows from a role and a tie together.
#[expect(clippy::struct_excessive_bools, reason = "one person may have several relationships")]
struct Standing {
    staff: bool,
    /// Allocated or in the team.
    involved: bool,
    duty: bool,
    searching: bool,
    emergency: bool,
    /// Decides about referrals for the agency: a supervisor, a lead, or staff on front-door duty.
    answers: bool,
    /// The same for an agency that was asked for help.
    asked: bool,
    /// Supervisor or lead of an agency that works with the child.
    oversees: bool,
    /// Lead of an agency that works with the child.
    leads: bool,
    /// A lead on the list of a closed record.
    guards: bool,
    audits: bool,
    /// Reads the whole record, as staff.
    reads_record: bool,
}

impl Standing {
    fn of(case: &Case) -> Self {
        let staff = works_with_records(case);
        let tied = |tie| staff && case.tie == tie;
        let involved = tied(Tie::Team) || tied(Tie::Allocated);
        // A duty worker covers for a colleague, so the agency must already work with the child.
        let duty = tied(Tie::Duty) && case.agency_works;
        let meeting = tied(Tie::Meeting);
        let emergency = staff && case.emergency;
        let answers = staff && (case.is(Role::Supervisor) || case.is(Role::SafeguardingLead) || case.front_door);
        let oversees = (case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)) && case.agency_works;
        Self {
            staff,
            involved,
            duty,
            searching: tied(Tie::Searching),
            emergency,
            answers,
            asked: answers && case.agency_asked,
            oversees,
            leads: case.is(Role::SafeguardingLead) && case.agency_works,
            guards: case.is(Role::SafeguardingLead) && case.record != Restriction::Open && case.listed,
            audits: case.is(Role::Auditor) && case.tie == Tie::AuditCase,
            reads_record: involved || duty || meeting || emergency || oversees,
        }
    }
}

fn may(case: &Case) -> bool {
    let by = Standing::of(case);
    match (case.recording, case.person) {
        (Some(recording), _) => may_with_recording(case, &by, recording),
        (None, Some(person)) => may_with_person(case, &by, person),
        (None, None) if is_about_a_child(case.act) => may_with_child(case, &by),
        (None, None) => may_in_partnership(case, &by),
    }
}

fn may_with_child(case: &Case, by: &Standing) -> bool {
    match case.act {
        "view_child" | "read_identity" => by.reads_record || by.searching || by.asked || by.audits,
        "read_identifiers" => by.involved || by.duty || by.emergency || by.oversees || by.searching || by.asked,
        "read_address" => by.involved || by.duty || by.emergency || by.leads || by.searching,
        "view_overview" | "list_concerns" | "list_observations" | "list_partner_information" => {
            by.reads_record || by.searching || by.audits
        }
        "view_chronology" | "list_contacts" | "list_involvements" => by.reads_record || by.audits,
        "view_access_history" => by.involved || by.oversees || case.is(Role::Auditor),
        "amend_child" => by.involved,
        "observe_indicator" | "record_contact" => by.involved || by.duty,
        "raise_concern" | "refer_child" => by.staff,
        "begin_emergency_access" => by.staff && case.explained && !case.overdue,
        "suppress_notices" => case.sector == Sector::Police && (by.involved || by.duty),
        "view_own_access" => by.staff || case.is(Role::Auditor),
        "claim_duty" => by.staff && case.agency_works,
        "view_restriction" | "restrict_record" | "lift_restriction" | "propose_sealing" => by.leads || by.guards,
        // What leads to a former identity is only for the people on the list, and for a sealed record.
        "begin_new_identity" => by.leads && is_sealed_and_open(case),
        "view_former_identity" => by.staff && is_sealed_and_open(case),
        other => panic!("add who may {other}"),
    }
}

fn is_sealed_and_open(case: &Case) -> bool {
    case.record == Restriction::Sealed && case.listed
}

fn may_with_person(case: &Case, by: &Standing, person: Person) -> bool {
    let of_agency = matches!(person, Person::Oneself | Person::Colleague);
    let builds_team = (by.staff && case.tie == Tie::Allocated) || (by.oversees && of_agency);
    let others = person != Person::Oneself;
    match case.act {
        "start_involvement" => builds_team && others,
        "renew_involvement" => by.oversees && person == Person::Colleague,
        "end_involvement" => builds_team || (by.staff && !others),
        "cosign_emergency_access" | "give_front_door_duty" => {
            (case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)) && person == Person::Colleague
        }
        "review_emergency_access" => {
            (case.is(Role::SafeguardingLead) || case.is(Role::Auditor)) && others && person != Person::InLine
        }
        "view_emergency_access" => {
            (by.staff && !others)
                || ((case.is(Role::SafeguardingLead) || case.is(Role::Auditor)) && person != Person::InLine)
        }
        "view_notice_suppression" => case.is(Role::Auditor) || (case.is(Role::SafeguardingLead) && of_agency),
        "declare_conflict" => (by.staff && !others) || (by.leads && others),
        "decide_sealing" => (by.leads || by.guards) && others,
        "lift_conflict" => by.leads && others,
        "end_front_door_duty" => {
            ((case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)) && of_agency) || (by.staff && !others)
        }
        // A worker is not a second person if they proposed the role, will get it, or could get into the account.
        "decide_role_grant" => {
            others && (case.is(Role::Administrator) || (person == Person::Colleague && is_below(case)))
        }
        "confirm_unusual_access" => oversees_volume(case) && person == Person::Colleague,
        other => panic!("add who may {other}"),
    }
}

/// No worker of an agency confirms a role that opens more than their own.
fn is_below(case: &Case) -> bool {
    match case.proposed {
        Some(Role::Practitioner) => case.is(Role::Supervisor) || case.is(Role::SafeguardingLead),
        Some(Role::Supervisor) => case.is(Role::SafeguardingLead),
        _ => false,
    }
}

fn may_with_recording(case: &Case, by: &Standing, recording: Recording) -> bool {
    let mine = by.staff && recording.whose == Whose::Mine;
    let of_agency = recording.whose != Whose::Others;
    match case.act {
        "view_concern" | "view_observation" | "view_contact" => may_read(case, by, recording),
        "view_referral" => by.reads_record || (by.staff && (recording.sent_by_us || recording.sent_to_us)),
        "decide_referral" => by.answers && recording.sent_to_us && recording.whose != Whose::Mine,
        "conclude_referral" => recording.sent_to_us && (by.answers || (by.staff && case.tie == Tie::Allocated)),
        // A recording for police or named people is hidden from others.
        "know_of_entry" => {
            by.reads_record
                && matches!(recording.segment, Segment::Shared | Segment::OwnAgency | Segment::HealthRestricted)
        }
        "read_sensitive_words" => by.involved || mine || (by.leads && of_agency),
        "read_unnamed_people" => mine || (by.oversees && of_agency),
        "request_disclosure" => by.reads_record && can_be_asked_for(recording),
        "decide_disclosure" | "revoke_disclosure" => {
            (mine || (by.leads && of_agency)) && can_be_asked_for(recording) && case.person != Some(Person::Oneself)
        }
        // Two people check that a line does not reveal its source.
        "sanitise_recording" => {
            by.oversees
                && case.sector == Sector::Police
                && recording.whose == Whose::MyAgency
                && recording.segment == Segment::PoliceRestricted
        }
        "withdraw_sanitised_line" => {
            (case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)) && case.sector == Sector::Police && of_agency
        }
        // No worker corrects what is hidden from them.
        act if act.starts_with("amend_") || act.starts_with("withdraw_") => {
            mine || (by.oversees && of_agency && recording.segment != Segment::NamedPeople)
        }
        other => panic!("add who may {other}"),
    }
}

/// What is named to others, who may then request it.
fn can_be_asked_for(recording: Recording) -> bool {
    matches!(recording.segment, Segment::OwnAgency | Segment::HealthRestricted)
}

fn may_read(case: &Case, by: &Standing, recording: Recording) -> bool {
    let of_agency = recording.whose != Whose::Others;
    // In the segment of a sector: its staff who work with the child, and the leads of its agencies.
    let of_field = |field: &str| case.sector.as_str() == field && (by.involved || by.duty || by.leads);
    let by_segment = match recording.segment {
        Segment::Shared => by.reads_record || by.audits || (by.searching && recording.kind != EntryKind::Contact),
        Segment::OwnAgency => by.emergency || (of_agency && (by.involved || by.duty || by.oversees)),
        Segment::HealthRestricted => by.emergency || of_field("health") || (of_agency && by.oversees),
        Segment::PoliceRestricted => of_field("police") || (of_agency && by.oversees),
        Segment::NamedPeople => by.staff && recording.kept_for_me,
    };
    let granted = recording.granted && by.reads_record && can_be_asked_for(recording);
    let attached = recording.attached && recording.kind == EntryKind::Concern;
    by_segment || (by.staff && (recording.whose == Whose::Mine || granted || attached))
}

fn may_in_partnership(case: &Case, by: &Standing) -> bool {
    match case.act {
        act if OWN_ACCOUNT.contains(&act) => true,
        "create_child" | "search_children" | "list_referrals" | "list_disclosure_requests" => by.staff,
        "list_front_door_duties" => by.staff || case.is(Role::Auditor),
        "list_emergency_reviews" => case.is(Role::SafeguardingLead) || case.is(Role::Auditor),
        "list_unusual_access" => oversees_volume(case) || case.is(Role::Auditor),
        "view_concern_counts" => case.is(Role::BoardAnalyst),
        "view_agency_versions" | "view_worker_versions" => case.is(Role::Administrator) || case.is(Role::Auditor),
        "list_role_grants" => [Role::Supervisor, Role::SafeguardingLead, Role::Administrator, Role::Auditor]
            .iter()
            .any(|role| case.is(*role)),
        "take_up_roles" => true,
        "list_identities" | "list_sessions" | "end_session" => case.is(Role::Administrator),
        act if GRAVE.contains(&act) => case.is(Role::Administrator),
        other => panic!("add who may {other}"),
    }
}

pub(super) fn to_view(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Concern => "view_concern",
        EntryKind::Observation => "view_observation",
        EntryKind::Contact => "view_contact",
        EntryKind::Referral => "view_referral",
    }
}
