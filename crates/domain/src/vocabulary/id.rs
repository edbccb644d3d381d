//! Typed identifiers: a child's id cannot be passed where a worker's is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::At;

/// Where new ids come from. Injected, so that tests are repeatable.
pub trait IdSource: Send + Sync {
    /// A new id (UUID version 7) for something that comes into being at `at`.
    fn next(&self, at: At) -> Uuid;
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid, example = "01920000-0000-7000-8000-000000000001")]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// An agency of the partnership.
    AgencyId,
    /// A member of staff.
    WorkerId,
    /// A sign-in and everything that was refreshed from it.
    SessionId,
    /// A child's shared record.
    ChildId,
    /// A concern, an observation, a contact or a referral.
    EntryId,
    /// A worker's time-boxed relationship to a child.
    InvolvementId,
    /// One line of the audit.
    AuditEventId,
    /// An hour of emergency access.
    EmergencyId,
    /// A step in closing or opening a record.
    ProposalId,
    /// Something a worker is told.
    NoticeId,
    /// A request to read what another holds in confidence.
    DisclosureRequestId,
    /// What police let others know of what they keep to themselves.
    SanitisedLineId,
    /// A time in which a worker decides about the referrals of their agency.
    FrontDoorDutyId,
    /// A role that is proposed for a worker.
    RoleGrantId,
    /// A time in which notices of looks are held back.
    SuppressionId,
    /// That a worker did unusually much on a day.
    UnusualAccessId,
}
