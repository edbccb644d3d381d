//! The agencies that share the record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::LABEL;
use crate::{AgencyId, Check, Version, Violations};

crate::codes! {
    /// The field in which an agency works. It decides which segments its staff can read.
    pub enum Sector {
        /// Children's social care.
        SocialCare = "social_care",
        /// Police.
        Police = "police",
        /// Health.
        Health = "health",
        /// Schools and colleges.
        Education = "education",
        /// Youth justice, voluntary and other bodies of the partnership.
        Other = "other",
    }
}

/// The details of an agency, as an administrator enters them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyDetails {
    /// The agency's name, at most 200 characters.
    #[schema(example = "Larkmoor Children's Services", min_length = 1, max_length = 200)]
    pub name: String,
    /// The field in which it works.
    pub sector: Sector,
    /// Whether it is part of the sharing agreement today. Staff of an agency outside it have no access.
    #[serde(default = "inside")]
    pub in_sharing_agreement: bool,
}

fn inside() -> bool {
    true
}

impl AgencyDetails {
    /// Checks the name.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.name("name", &self.name, LABEL))
    }
}

/// An agency of the partnership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Agency {
    /// The id of the agency.
    pub id: AgencyId,
    /// Its details.
    pub details: AgencyDetails,
    /// When it was added.
    pub recorded_at: DateTime<Utc>,
    /// The version of its details.
    pub version: Version,
}
