//! What waits where somebody did unusually much. Whoever waits is told so and nothing else, whatever it is about.

use alongside_domain::accounts::worker::Role;

use super::case::{Case, Tie};
use super::rules::READING;

/// What shows records or opens more of them: whoever did unusually much waits with it.
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

/// Who sees, and confirms, what staff of the agency did.
pub(super) fn oversees_volume(case: &Case) -> bool {
    case.is(Role::Supervisor) || case.is(Role::SafeguardingLead)
}

/// An emergency does not wait, nor does a missing child.
pub(super) fn is_held(case: &Case) -> bool {
    case.over_volume && waits(case.act) && !case.emergency && case.tie != Tie::Searching
}
