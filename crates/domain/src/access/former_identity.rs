//! A child who gets a new identity, such as by adoption, and the one way that leads from the new to the old.

use serde::{Deserialize, Serialize};

use crate::access::restriction::NewRestriction;
use crate::record::child::ChildDetails;
use crate::{At, Check, ChildId, Violations};

/// The record of a child's new identity is to be begun.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// Who the child is from now on, with numbers and a name that the former record does not have.
    pub details: ChildDetails,
    /// How the new record is sealed: its own people, its own owner, its own review.
    pub restriction: NewRestriction,
}

impl std::fmt::Debug for NewIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewIdentity(…)")
    }
}

impl NewIdentity {
    /// Every rule of the details and of a restriction.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.within("details", |check| self.details.check(check, now));
            check.within("restriction", |check| self.restriction.rules(check, now));
        })
    }
}

/// Which record was the child's before this one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FormerIdentity {
    /// The child, by the new identity.
    pub child_id: ChildId,
    /// The former record; absent where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_child_id: Option<ChildId>,
}
