//! What exists and is withheld. It is named, so that no reader takes "absent" for "no concern".

use serde::{Deserialize, Serialize};

use crate::record::entry::{EntryKind, Segment};
use crate::{AgencyId, EntryId};

/// The withheld recordings of one kind, agency and segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WithheldEntry {
    /// The kind of the recordings.
    pub kind: EntryKind,
    /// The segment of the recordings.
    pub segment: Segment,
    /// The agency to ask.
    pub agency_id: AgencyId,
    /// The number of such recordings in the part that was read.
    #[schema(minimum = 1)]
    pub count: u32,
    /// Each of them, so that the caller can request access.
    pub recordings: Vec<WithheldRecording>,
}

/// One recording that is withheld.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WithheldRecording {
    /// The id of the recording, for a disclosure request.
    pub id: EntryId,
    /// The summary that its author wrote. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

impl std::fmt::Debug for WithheldRecording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithheldRecording").field("id", &self.id).finish_non_exhaustive()
    }
}
