//! Versions. Nothing is overwritten: a correction makes a new version.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::WorkerId;

/// The number of a version, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = i32, minimum = 1, example = 1)]
pub struct Version(pub i32);

impl Version {
    /// The first version of a record.
    pub const FIRST: Self = Self(1);

    /// The version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One version of the details of an agency or an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DetailsVersion<D> {
    /// The number of the version, from 1.
    pub version: Version,
    /// The administrator who wrote it. Absent if it was written from the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author_id: Option<WorkerId>,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// The details in this version.
    pub details: D,
}

/// The author, time and reason of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VersionNote {
    /// The number of the version, from 1.
    pub version: Version,
    /// The worker who wrote it.
    pub author_id: WorkerId,
    /// When it was written.
    pub recorded_at: DateTime<Utc>,
    /// Why it was written. Absent for the first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
