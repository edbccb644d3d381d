//! A child's chronology, across agencies.

use serde::{Deserialize, Serialize};

use crate::access::partner_information::PartnerInformation;
use crate::record::child::ChildView;
use crate::record::concern::Concern;
use crate::record::contact::Contact;
use crate::record::entry::Entry;
use crate::record::observation::Observation;
use crate::record::withheld::WithheldEntry;
use crate::statutory::referral::ReferralView;

/// One recording in the chronology. `kind` says which kind it is.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "kind", mapping(
    ("concern" = "#/components/schemas/Entry_Concern"),
    ("observation" = "#/components/schemas/Entry_Observation"),
    ("contact" = "#/components/schemas/Entry_Contact"),
    ("referral" = "#/components/schemas/ReferralView")
)))]
pub enum ChronologyEntry {
    /// A concern.
    Concern(Entry<Concern>),
    /// An observation.
    Observation(Entry<Observation>),
    /// A contact.
    Contact(Entry<Contact>),
    /// A referral with its outcome.
    Referral(ReferralView),
}

/// An overview of a child: identity, details and the latest concerns.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Overview {
    /// The child's identity and details.
    pub child: ChildView,
    /// The latest concerns, newest first.
    pub concerns: Vec<Entry<Concern>>,
    /// Partner information about the child. Absent if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partner_information: Vec<PartnerInformation>,
    /// The concerns among the latest that are withheld from the caller.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<WithheldEntry>,
}
