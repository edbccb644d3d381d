//! A child who gets a new identity, for example by adoption, and the one link from the new record to the old.

use serde::{Deserialize, Serialize};

use crate::access::restriction::NewRestriction;
use crate::record::child::ChildDetails;
use crate::{At, Check, ChildId, Violations};

/// The record of a child's new identity, to begin.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// The child's details from now on. Numbers and names must differ from those of the former record.
    pub details: ChildDetails,
    /// The sealing of the new record: its own people, owner and review date.
    pub restriction: NewRestriction,
}

impl std::fmt::Debug for NewIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewIdentity(…)")
    }
}

impl NewIdentity {
    /// Checks the details and the restriction.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.within("details", |check| self.details.check(check, now));
            check.within("restriction", |check| self.restriction.rules(check, now));
        })
    }
}

/// The record that was the child's before this one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FormerIdentity {
    /// The child, under the new identity.
    pub child_id: ChildId,
    /// The former record. Absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_child_id: Option<ChildId>,
}
