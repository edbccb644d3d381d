//! Where the service does at present something else than the titles of its rules say. Each of these is listed until the
//! rule or its title is changed; one that no longer occurs fails the tests, so that the list cannot grow old.

use alongside_domain::entry::Segment;
use alongside_domain::restriction::Restriction;
use alongside_domain::worker::Role;

use super::case::{Case, Tie, Whose};

/// A difference by name, with the cases in which it is met.
pub(super) type Difference = (&'static str, fn(&Case) -> bool);

pub(super) const KNOWN: &[Difference] = &[
    // "A restricted record exists for named people (...). Auditors see who looked."
    ("whoever works with a restricted record without being named still sees who looked", |case| {
        case.act == "view_access_history"
            && case.record == Restriction::Restricted
            && !case.listed
            && !case.is(Role::Auditor)
    }),
    // "A worker on duty reads the record of a child whom their agency works with".
    ("duty opens the record also where the agency does not work with the child", |case| {
        case.tie == Tie::Duty && !case.agency_works
    }),
    // "What police or named people keep is not there for others."
    ("oversight amends and withdraws what is kept for named people, and cannot read it", |case| {
        let kept = case
            .recording
            .is_some_and(|recording| recording.segment == Segment::NamedPeople && recording.whose == Whose::MyAgency);
        kept && (case.act.starts_with("amend_") || case.act.starts_with("withdraw_"))
    }),
    // "A safeguarding lead restricts the record of a child whom their agency works with".
    ("a lead who is named guards a closed record also where the agency does not work with the child", |case| {
        let guards = ["view_restriction", "restrict_record", "lift_restriction", "propose_sealing", "decide_sealing"];
        guards.contains(&case.act) && case.is(Role::SafeguardingLead) && case.listed && !case.agency_works
    }),
];

/// Which known difference a case falls under.
pub(super) fn known(case: &Case) -> Option<&'static str> {
    KNOWN.iter().find(|(_, covers)| covers(case)).map(|(name, _)| *name)
}

/// The lists that show records which are closed to whoever asks. "A sealed record exists for named people alone,
/// whatever happens"; "a restricted record exists for named people (...)"; "whoever is part of the child's story (...)
/// has nothing to do with the record".
pub(super) const SHOWN_IN_LISTS: &[&str] = &[
    "list_referrals: restricted",
    "search_children: restricted",
    "create_child: restricted",
    "list_referrals: sealed",
    "search_children: sealed",
    "create_child: sealed",
    "list_referrals: conflict",
    "search_children: conflict",
    "create_child: conflict",
];
