//! What waits after unusual access. The answer says only that the worker has to wait, whatever the request is about.

use alongside_domain::accounts::worker::Role;

use super::case::{Case, Tie};
use super::rules::READING;

/// What shows records or opens more of them. A worker with unusual access has to wait for it.
const WAITS: &[&str] = &[
    "amend_child",
    "amend_concern",
    "amend_observation",
    "amend_contact",
    "withdraw_concern",
    "withdraw_observation",
    "withdraw_contact",
    "start_involvement",
    "renew_involvement",
    "claim_duty",
    "view_access_history",
    "view_referral",
    "decide_referral",
    "conclude_referral",
    "request_disclosure",
    "decide_disclosure",
    "revoke_disclosure",
    "sanitise_recording",
    "withdraw_sanitised_line",
    "list_referrals",
    "list_disclosure_requests",
    "list_emergency_reviews",
    "confirm_unusual_access",
];

pub(super) fn waits(act: &str) -> bool {
    READING.contains(&act) || WAITS.contains(&act)
}

/// The workers who see and confirm unusual access of the agency's staff.
pub(super) fn oversees_volume(case: &Case) -> bool {
    case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)
}

/// Emergency access does not wait, nor does the search for a missing child.
pub(super) fn is_held(case: &Case) -> bool {
    case.over_volume && waits(case.act) && !case.emergency && case.tie != Tie::Searching
}
