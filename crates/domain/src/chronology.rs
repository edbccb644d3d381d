//! The child's story across agencies, in order.

use serde::{Deserialize, Serialize};

use crate::access::partner_information::PartnerInformation;
use crate::record::child::ChildView;
use crate::record::concern::Concern;
use crate::record::contact::Contact;
use crate::record::entry::Entry;
use crate::record::observation::Observation;
use crate::record::withheld::WithheldEntry;
use crate::statutory::referral::ReferralView;

/// One entry of the chronology: `kind` tells which.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum ChronologyEntry {
    /// A concern.
    Concern(Entry<Concern>),
    /// An observation.
    Observation(Entry<Observation>),
    /// A contact.
    Contact(Entry<Contact>),
    /// A referral with what became of it.
    Referral(ReferralView),
}

/// What a worker needs first: who the child is, and the latest concerns.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overview {
    /// Who the child is.
    pub child: ChildView,
    /// The latest concerns, newest first.
    pub concerns: Vec<Entry<Concern>>,
    /// What a partner lets others know without saying how it is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partner_information: Vec<PartnerInformation>,
    /// Concerns among the latest that are withheld from this reader.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<WithheldEntry>,
}
