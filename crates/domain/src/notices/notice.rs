//! Notices: what a worker is told without having asked. They name no child by anything but an id, and the
//! notice of an emergency not even by that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::activity::UnusualCount;
use crate::{ChildId, NoticeId};

crate::codes! {
    /// What happened.
    pub enum NoticeKind {
        /// Somebody of another agency read the record of a child to whom the worker is allocated.
        RecordRead = "record_read",
        /// Somebody became involved with a child to whom the worker is allocated, on their own word.
        DutyClaimed = "duty_claimed",
        /// Somebody has emergency access.
        EmergencyAccess = "emergency_access",
        /// Another record was given a number of a child whose closed record is open to the worker.
        PossibleDuplicate = "possible_duplicate",
        /// Somebody asks to read a recording for which the worker answers.
        DisclosureRequested = "disclosure_requested",
        /// The worker may read a recording for which they asked.
        DisclosureGranted = "disclosure_granted",
        /// The worker may not.
        DisclosureRefused = "disclosure_refused",
        /// The worker may not any more.
        DisclosureRevoked = "disclosure_revoked",
        /// A review of one's own emergency access was recorded.
        EmergencyReviewed = "emergency_reviewed",
        /// A colleague of police holds back the notices of their looks at a record.
        NoticesSuppressed = "notices_suppressed",
        /// A colleague has emergency access unusually often.
        FrequentEmergencies = "frequent_emergencies",
        /// An administrator proposed a role for somebody else, about which the worker may decide.
        RoleProposed = "role_proposed",
        /// A colleague, or the worker, was put on front-door duty.
        FrontDoorDutyGiven = "front_door_duty_given",
        /// An allocated worker brought somebody of another agency into the team around a child for whom the worker answers.
        InvolvementStarted = "involvement_started",
        /// An allocation, the worker's own or one that they may renew, ends within 14 days.
        AllocationEnding = "allocation_ending",
        /// Another agency accepted a referral about a child for whom the worker answers.
        ReferralAccepted = "referral_accepted",
        /// A colleague did unusually much today: `unusual` says what. Nobody is accused by it.
        UnusualAccess = "unusual_access",
    }
}

/// Something a worker is told.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// What happened.
    pub kind: NoticeKind,
    /// The kind of thing it is about: `child`, `involvement`, `emergency`, `disclosure_request`, `suppression`,
    /// `worker`, `role_grant`, `front_door_duty`, `unusual_access`, or `entry` for a referral.
    #[schema(example = "emergency")]
    pub about_kind: String,
    /// Which one; absent where it is no longer there for you, such as a record that was closed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about_id: Option<uuid::Uuid>,
    /// The child, where the notice is about an involvement. `GET /v1/children/{child}/involvements` shows its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child_id: Option<ChildId>,
    /// When.
    pub at: DateTime<Utc>,
    /// With `unusual_access`: who did how much of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusual: Option<UnusualCount>,
    /// When it was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<DateTime<Utc>>,
}
