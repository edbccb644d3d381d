//! Where the service now does something other than the titles of its rules say. Each difference is listed until the
//! rule or its title is changed. One that no longer occurs fails the tests, so that the list stays up to date.

use super::case::Case;

/// The name of a difference, with the cases in which it occurs.
pub(super) type Difference = (&'static str, fn(&Case) -> bool);

pub(super) const KNOWN: &[Difference] = &[];

/// The known difference that a case falls under.
pub(super) fn known(case: &Case) -> Option<&'static str> {
    KNOWN.iter().find(|(_, covers)| covers(case)).map(|(name, _)| *name)
}

/// The lists that show records which are closed to the caller. "A sealed record is open only to named people, even in
/// an emergency"; "a restricted record is open only to named people (...)"; "a worker who is part of the child's story
/// (...) cannot use the record".
pub(super) const SHOWN_IN_LISTS: &[&str] = &[];
