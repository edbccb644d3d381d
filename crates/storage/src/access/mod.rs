//! What opens and closes a record.

pub(crate) mod access_history;
pub(crate) mod closed_record;
pub(crate) mod conflict;
pub(crate) mod disclosure;
pub(crate) mod emergency;
pub(crate) mod former_identity;
pub(crate) mod involvement;
pub(crate) mod partner_information;
pub(crate) mod restriction;
pub(crate) mod unusual_access;
