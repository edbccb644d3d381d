//! Notices to workers. They identify a child only by id, and the notice of an emergency access does not even do that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::activity::UnusualCount;
use crate::{ChildId, NoticeId};

crate::codes! {
    /// What happened.
    pub enum NoticeKind {
        /// A worker of another agency read the record of a child to whom the worker is allocated.
        RecordRead = "record_read",
        /// A worker claimed duty for a child to whom the worker is allocated.
        DutyClaimed = "duty_claimed",
        /// A worker has emergency access.
        EmergencyAccess = "emergency_access",
        /// Another record was given a number of a child whose closed record is open to the worker.
        PossibleDuplicate = "possible_duplicate",
        /// A worker requests access to a withheld recording for which the worker answers.
        DisclosureRequested = "disclosure_requested",
        /// The worker may read a recording that they requested.
        DisclosureGranted = "disclosure_granted",
        /// The worker's request to read a recording was refused.
        DisclosureRefused = "disclosure_refused",
        /// The worker may no longer read a recording that was disclosed to them.
        DisclosureRevoked = "disclosure_revoked",
        /// The worker's own emergency access was reviewed.
        EmergencyReviewed = "emergency_reviewed",
        /// A police colleague suppresses the notices of their access to a record.
        NoticesSuppressed = "notices_suppressed",
        /// A colleague has emergency access unusually often.
        FrequentEmergencies = "frequent_emergencies",
        /// An administrator proposed a role for another worker, and the worker may decide the proposal.
        RoleProposed = "role_proposed",
        /// A colleague, or the worker, was put on front-door duty.
        FrontDoorDutyGiven = "front_door_duty_given",
        /// An allocated worker brought a worker of another agency into the team around a child for whom the worker
        /// answers.
        InvolvementStarted = "involvement_started",
        /// An allocation ends within 14 days: the worker's own, or one that they may renew.
        AllocationEnding = "allocation_ending",
        /// Another agency accepted a referral about a child for whom the worker answers.
        ReferralAccepted = "referral_accepted",
        /// A colleague's access was unusual today; `unusual` gives the count. This is not an accusation.
        UnusualAccess = "unusual_access",
    }
}

/// A notice to a worker.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    /// The id of the notice.
    pub id: NoticeId,
    /// What happened.
    pub kind: NoticeKind,
    /// The kind of thing the notice is about: `child`, `involvement`, `emergency`, `disclosure_request`, `suppression`,
    /// `worker`, `role_grant`, `front_door_duty`, `unusual_access`, or `entry` for a referral.
    #[schema(example = "emergency")]
    pub about_kind: String,
    /// The id of that thing. Absent if it is now hidden from you, for example because the record was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about_id: Option<uuid::Uuid>,
    /// The child, if the notice is about an involvement; otherwise absent. `GET /v1/children/{child}/involvements`
    /// shows the version of the involvement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child_id: Option<ChildId>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// With `unusual_access`: the worker, what was counted, and the count. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusual: Option<UnusualCount>,
    /// When you acknowledged the notice. Absent until you do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<DateTime<Utc>>,
}
