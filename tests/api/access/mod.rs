//! What opens and closes a record.

mod closed_records;
mod disclosures;
pub(crate) mod emergencies;
mod emergency_reviews;
mod former_identities;
mod partner_information;
mod restrictions;
mod unusual_access;
