//! The types of this service, and the rules for their values.
//!
//! Pure: no database, no HTTP, no clock, no randomness. Each folder imports only from the folders above it:
//!
//! - [`vocabulary`]: codes, identifiers, instants, purposes, and how a value is checked;
//! - [`accounts`]: agencies, workers, roles, and how a worker proves who they are;
//! - [`record`]: the child, and the concerns, observations and contacts recorded about them;
//! - [`audit`]: the audit of every action, and unusual access;
//! - [`access`]: what opens a record and what closes it;
//! - [`statutory`]: referrals and the front door;
//! - [`notices`]: notices, and their suppression;
//! - [`chronology`] and [`statistics`]: views over all of them.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod chronology;
pub mod notices;
pub mod record;
pub mod statistics;
pub mod statutory;
pub mod vocabulary;

pub use vocabulary::check::{Check, Violation, Violations};
pub use vocabulary::clock::{At, Clock};
pub use vocabulary::id::{
    AgencyId, AuditEventId, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, IdSource,
    InvolvementId, NoticeId, ProposalId, RoleGrantId, SanitisedLineId, SessionId, SuppressionId, UnusualAccessId,
    WorkerId,
};
pub use vocabulary::purpose::Purpose;
pub use vocabulary::version::Version;
