//! What opens a record, what closes it, and what is disclosed to other agencies.

pub mod conflict;
pub mod disclosure;
pub mod emergency;
pub mod former_identity;
pub mod involvement;
pub mod own_access;
pub mod partner_information;
pub mod restriction;
