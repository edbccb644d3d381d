//! Typed identifiers: the compiler refuses a child's id in the place of a worker's.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::At;

/// The source of new ids. Injected, so that tests are repeatable.
pub trait IdSource: Send + Sync {
    /// A new id (UUID version 7) for something that is created at `at`.
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
    /// A session: a sign-in and everything that was refreshed from it.
    SessionId,
    /// A child's shared record.
    ChildId,
    /// A concern, an observation, a contact or a referral.
    EntryId,
    /// A worker's involvement with a child.
    InvolvementId,
    /// One event of the audit.
    AuditEventId,
    /// An emergency access.
    EmergencyId,
    /// A step in closing or opening a record.
    ProposalId,
    /// A notice to a worker.
    NoticeId,
    /// A request to read a withheld recording.
    DisclosureRequestId,
    /// A line of partner information.
    SanitisedLineId,
    /// A front-door duty.
    FrontDoorDutyId,
    /// A role that is proposed for a worker.
    RoleGrantId,
    /// A suppression of notices.
    SuppressionId,
    /// A worker's unusual access on a day.
    UnusualAccessId,
}
