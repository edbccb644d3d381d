//! Records that are open to named people only.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{At, Check, ChildId, ProposalId, Violations, WorkerId};

/// The latest review of a restriction, in days from now.
pub const LATEST_REVIEW_DAYS: i64 = 366;

crate::codes! {
    /// How far a child's record is closed.
    #[derive(Default)]
    pub enum Restriction {
        /// Open to every worker with a relationship to the child.
        #[default]
        Open = "open",
        /// Open to named people, and in an emergency.
        Restricted = "restricted",
        /// Open to named people only.
        Sealed = "sealed",
    }
}

impl Restriction {
    /// The number of safeguarding leads that are needed to open a record that is closed this far.
    #[must_use]
    pub const fn leads_needed(self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Restricted => 1,
            Self::Sealed => 2,
        }
    }
}

crate::codes! {
    /// Why a record is closed.
    pub enum RestrictionReason {
        /// The child is placed for adoption or adopted.
        AdoptionPlacement = "adoption_placement",
        /// The child is related or close to staff of the partnership.
        StaffOrRelativeOfStaff = "staff_or_relative_of_staff",
        /// The press or the public is looking for the child.
        HighProfileMedia = "high_profile_media",
        /// A practice review, or the death of a child.
        PracticeReviewOrDeath = "practice_review_or_death",
        /// The child or the family is protected as a witness, or their address is.
        WitnessOrAddressProtection = "witness_or_address_protection",
        /// A forced marriage, or a threat in the name of honour.
        HonourBasedOrForcedMarriage = "honour_based_or_forced_marriage",
        /// The child of a councillor or a senior officer.
        ChildOfCouncillorOrSeniorOfficer = "child_of_councillor_or_senior_officer",
        /// Police are preparing or carrying out an operation.
        PoliceOperation = "police_operation",
        /// A person who works with children is accused.
        AllegationAgainstProfessional = "allegation_against_professional",
        /// A court directed it.
        CourtDirection = "court_direction",
        /// An address must not reach a person who abuses.
        DomesticAbuseAddress = "domestic_abuse_address",
    }
}

/// A restriction of a record to named people.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRestriction {
    /// The reason, from the list.
    pub reason: RestrictionReason,
    /// Why it is necessary, in your words.
    #[schema(example = "A relative works in the contact centre.", min_length = 1, max_length = 1000)]
    pub note: String,
    /// The worker who answers for the restriction.
    pub owner_id: WorkerId,
    /// The people for whom the record stays open, including the owner. At least one must be a safeguarding lead, for a
    /// sealed record two, so that the record can be opened again.
    #[schema(min_items = 1, max_items = 50)]
    pub open_to: Vec<WorkerId>,
    /// The day of the next review, at most 366 days from now.
    pub review_on: NaiveDate,
}

impl std::fmt::Debug for NewRestriction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewRestriction").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl NewRestriction {
    /// Checks the note, the review in the coming year, and that the owner is among the people.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| self.rules(check, now))
    }

    pub(crate) fn rules(&self, check: &mut Check, now: At) {
        let (today, latest) = (now.date_naive(), (now + chrono::Duration::days(LATEST_REVIEW_DAYS)).date_naive());
        check.text("note", &self.note, SENTENCE);
        check.rule("review_on", self.review_on > today, "has passed; send a day in the future");
        check.rule("review_on", self.review_on <= latest, "is more than 366 days ahead; send an earlier day");
        check.distinct("open_to", &self.open_to);
        check.rule("open_to", self.open_to.contains(&self.owner_id), "must include the owner; add owner_id");
    }
}

/// The end of a restriction.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftRestriction {
    /// Why it is no longer needed.
    #[schema(example = "The relative has left the agency.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl std::fmt::Debug for LiftRestriction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LiftRestriction(…)")
    }
}

impl LiftRestriction {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

crate::codes! {
    /// A change to the sealing of a record.
    pub enum SealingChange {
        /// Seal the record, so that it is open to named people only, even in an emergency. For a record that is already
        /// sealed: change the people.
        Seal = "seal",
        /// Unseal the record, so that it is open to every worker with a relationship to the child.
        Unseal = "unseal",
    }
}

/// A proposal to seal or unseal a record.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSealing {
    /// Whether to seal or to unseal.
    pub change: SealingChange,
    /// The restriction to apply. After unsealing, the record is open.
    pub restriction: NewRestriction,
}

impl std::fmt::Debug for NewSealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSealing").field("change", &self.change).finish_non_exhaustive()
    }
}

impl NewSealing {
    /// Checks the restriction.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| check.within("restriction", |check| self.restriction.rules(check, now)))
    }
}

crate::codes! {
    /// The second person's answer.
    pub enum SealingAnswer {
        /// Approve the proposal.
        Approve = "approve",
        /// Decline the proposal.
        Decline = "decline",
    }
}

/// The second person's decision.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealingDecision {
    /// Whether the proposal is approved or declined.
    pub answer: SealingAnswer,
    /// The reason for the decision.
    #[schema(example = "The placement order was seen.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl std::fmt::Debug for SealingDecision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingDecision").field("answer", &self.answer).finish_non_exhaustive()
    }
}

impl SealingDecision {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

crate::codes! {
    /// The status of a step in closing or opening a record.
    pub enum RestrictionStatus {
        /// Waits for the second person.
        Proposed = "proposed",
        /// Has taken effect.
        Done = "done",
        /// Was declined by the second person.
        Declined = "declined",
    }
}

/// One step in closing or opening a record.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RestrictionStep {
    /// The id of the step. For a sealing proposal, the id to decide.
    pub id: ProposalId,
    /// How far the step closes the record.
    pub level: Restriction,
    /// The status of the step.
    pub status: RestrictionStatus,
    /// The reason, from the list. Absent when a restriction was lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<RestrictionReason>,
    /// Why the step is necessary, in the words of its author.
    pub note: String,
    /// The worker who answers for the restriction.
    pub owner_id: WorkerId,
    /// The day of the next review. Absent if the step opens the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_on: Option<NaiveDate>,
    /// The worker who did or proposed it.
    pub proposed_by: WorkerId,
    /// When it was done or proposed.
    pub proposed_at: DateTime<Utc>,
    /// The second person. Absent if one person is enough, or until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When it was decided. Absent if one person is enough, or until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// The second person's reason. Absent if one person is enough, or until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_because: Option<String>,
}

/// How far a record is closed, for whom it is open, and every step that led there.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RestrictionView {
    /// The child.
    pub child_id: ChildId,
    /// How far the record is closed.
    pub level: Restriction,
    /// The people for whom a closed record is open.
    pub open_to: Vec<WorkerId>,
    /// Every step, newest first.
    pub steps: Vec<RestrictionStep>,
}
