//! What exists and is withheld: named, so that nobody reads "absent" as "no concern".

use serde::{Deserialize, Serialize};

use crate::record::entry::{EntryKind, Segment};
use crate::{AgencyId, EntryId};

/// Recordings of one kind that one agency keeps in one confidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WithheldEntry {
    /// Their kind.
    pub kind: EntryKind,
    /// Whose confidence they are kept in.
    pub segment: Segment,
    /// The agency to ask.
    pub agency_id: AgencyId,
    /// How many such recordings stand in the part that was read.
    #[schema(minimum = 1)]
    pub count: u32,
    /// Each of them, so that the reader can ask for it.
    pub recordings: Vec<WithheldRecording>,
}

/// One recording that is withheld.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WithheldRecording {
    /// Its id, for a disclosure request.
    pub id: EntryId,
    /// What its author wrote for those who do not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

impl std::fmt::Debug for WithheldRecording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithheldRecording").field("id", &self.id).finish_non_exhaustive()
    }
}
