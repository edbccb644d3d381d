//! Conflicts: a worker who is part of a child's story, or close to a person who is.

use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{Check, Violations, WorkerId};

crate::codes! {
    /// How the worker is part of the child's story.
    pub enum ConflictKind {
        /// The worker is, or was, the child.
        TheChild = "the_child",
        /// The worker is related to the child.
        Relative = "relative",
        /// The worker lives with the child.
        SameHousehold = "same_household",
        /// The worker is, or is close to, a person of concern.
        PersonOfConcern = "person_of_concern",
        /// The worker is close to the family in another way.
        CloseToFamily = "close_to_family",
    }
}

/// A conflict to declare. From then on the record is hidden from the worker.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConflict {
    /// The worker: yourself, or a colleague for whom a safeguarding lead declares it.
    pub worker_id: WorkerId,
    /// How the worker is part of the child's story.
    pub kind: ConflictKind,
    /// The facts behind the conflict, in your words.
    #[schema(example = "My sister's son goes to the same club.", min_length = 1, max_length = 1000)]
    pub note: String,
}

impl std::fmt::Debug for NewConflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewConflict").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl NewConflict {
    /// Checks that a note is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("note", &self.note, SENTENCE))
    }
}

/// The end of a conflict.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftConflict {
    /// Why the conflict no longer applies.
    #[schema(example = "Declared about the wrong child.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl std::fmt::Debug for LiftConflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LiftConflict(…)")
    }
}

impl LiftConflict {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}
