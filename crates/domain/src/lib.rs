//! What things are and the rules they obey.
//!
//! Pure: no database, no HTTP, no clock, no randomness. Reading order: [`mod@codes`] and [`check`] (how
//! words and bounds are written), [`id`], [`clock`], [`agency`] and [`worker`] (who), [`child`],
//! [`entry`] (what every recording shares) and its four kinds [`concern`], [`observation`],
//! [`contact`], [`referral`]; then [`involvement`], [`front_door`], [`restriction`],
//! [`conflict`], [`emergency`], [`third_party`], [`withheld`], [`disclosure`] and
//! [`partner_information`] (who may see what), [`notice`], [`audit`], [`activity`] and [`statistics`].

pub mod access;
pub mod activity;
pub mod agency;
pub mod audit;
pub mod calendar;
pub mod catalogue;
pub mod check;
pub mod child;
pub mod child_words;
pub mod chronology;
pub mod clock;
pub mod codes;
pub mod concern;
pub mod conflict;
pub mod contact;
pub mod disclosure;
pub mod emergency;
pub mod entry;
pub mod exploitation;
pub mod external_identity;
pub mod former_identity;
pub mod front_door;
pub mod id;
pub mod identifier;
pub mod involvement;
pub mod notice;
pub mod observation;
pub mod occurred;
pub mod partner_information;
pub mod password;
pub mod purpose;
pub mod referral;
pub mod restriction;
pub mod role_grant;
pub mod second_factor;
pub mod segment;
pub mod session;
pub mod statistics;
pub mod suppression;
pub mod third_party;
mod unseen;
pub mod version;
pub mod withheld;
pub mod worker;

pub use check::{Check, Violation, Violations};
pub use clock::{At, Clock};
pub use id::{
    AgencyId, AuditEventId, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, IdSource,
    InvolvementId, NoticeId, ProposalId, RoleGrantId, SanitisedLineId, SessionId, SuppressionId, UnusualAccessId,
    WorkerId,
};
pub use purpose::Purpose;
pub use version::Version;
