//! Where the service does at present something else than the titles of its rules say. Each of these is listed until the
//! rule or its title is changed; one that no longer occurs fails the tests, so that the list cannot grow old.

use super::case::Case;

/// A difference by name, with the cases in which it is met.
pub(super) type Difference = (&'static str, fn(&Case) -> bool);

pub(super) const KNOWN: &[Difference] = &[];

/// Which known difference a case falls under.
pub(super) fn known(case: &Case) -> Option<&'static str> {
    KNOWN.iter().find(|(_, covers)| covers(case)).map(|(name, _)| *name)
}

/// The lists that show records which are closed to whoever asks. "A sealed record exists for named people alone,
/// whatever happens"; "a restricted record exists for named people (...)"; "whoever is part of the child's story (...)
/// has nothing to do with the record".
pub(super) const SHOWN_IN_LISTS: &[&str] = &[];
