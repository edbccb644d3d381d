//! Records that are closed to all but named people.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{At, Check, ChildId, ProposalId, Violations, WorkerId};

/// The furthest a review of a restriction may be set, in days.
pub const LATEST_REVIEW_DAYS: i64 = 366;

crate::codes! {
    /// How far a child's record is closed.
    #[derive(Default)]
    pub enum Restriction {
        /// Open to whoever has a relationship to the child.
        #[default]
        Open = "open",
        /// Open to named people, and in an emergency.
        Restricted = "restricted",
        /// Open to named people alone.
        Sealed = "sealed",
    }
}

impl Restriction {
    /// How many safeguarding leads it takes to open a record that is closed this far.
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
        /// The child is of, or close to, staff of the partnership.
        StaffOrRelativeOfStaff = "staff_or_relative_of_staff",
        /// The press or the public looks for the child.
        HighProfileMedia = "high_profile_media",
        /// A practice review, or the death of a child.
        PracticeReviewOrDeath = "practice_review_or_death",
        /// The child or the family is protected as a witness, or their address is.
        WitnessOrAddressProtection = "witness_or_address_protection",
        /// A marriage is to be forced, or honour is the pretext of a threat.
        HonourBasedOrForcedMarriage = "honour_based_or_forced_marriage",
        /// The child of a councillor or a senior officer.
        ChildOfCouncillorOrSeniorOfficer = "child_of_councillor_or_senior_officer",
        /// Police prepare or carry out an operation.
        PoliceOperation = "police_operation",
        /// Somebody who works with children is accused.
        AllegationAgainstProfessional = "allegation_against_professional",
        /// A court directed it.
        CourtDirection = "court_direction",
        /// An address must not reach somebody who abuses.
        DomesticAbuseAddress = "domestic_abuse_address",
    }
}

/// A record is to be closed, or stays closed, to all but these people.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRestriction {
    /// Why.
    pub reason: RestrictionReason,
    /// What makes it necessary.
    #[schema(example = "A relative works in the contact centre.", min_length = 1, max_length = 1000)]
    pub note: String,
    /// Who answers for it.
    pub owner_id: WorkerId,
    /// The people for whom the record stays open; the owner belongs to them. One of them is a safeguarding lead, of a
    /// sealed record two are, so that it can be opened again.
    #[schema(min_items = 1, max_items = 50)]
    pub open_to: Vec<WorkerId>,
    /// When it is looked at again, at most 366 days from now.
    pub review_on: NaiveDate,
}

impl std::fmt::Debug for NewRestriction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewRestriction").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl NewRestriction {
    /// A note, a review in the coming year, and people among whom the owner is.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| self.rules(check, now))
    }

    pub(crate) fn rules(&self, check: &mut Check, now: At) {
        let (today, latest) = (now.date_naive(), (now + chrono::Duration::days(LATEST_REVIEW_DAYS)).date_naive());
        check.text("note", &self.note, SENTENCE);
        check.rule("review_on", self.review_on > today, "has passed; give a day in the future");
        check.rule("review_on", self.review_on <= latest, "lies more than 366 days ahead; set a nearer day");
        check.distinct("open_to", &self.open_to);
        check.rule("open_to", self.open_to.contains(&self.owner_id), "lacks the owner; add owner_id");
    }
}

/// A restriction is to end.
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
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

crate::codes! {
    /// What becomes of a sealed record, or of one that is to be.
    pub enum SealingChange {
        /// Close it to all but named people, even in an emergency; or name others for a record that is sealed.
        Seal = "seal",
        /// Open it again to whoever has a relationship to the child.
        Unseal = "unseal",
    }
}

/// Sealing or unsealing, proposed to somebody else.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSealing {
    /// Which of the two.
    pub change: SealingChange,
    /// How it is to be closed. After unsealing, the record is open.
    pub restriction: NewRestriction,
}

impl std::fmt::Debug for NewSealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSealing").field("change", &self.change).finish_non_exhaustive()
    }
}

impl NewSealing {
    /// As for a restriction.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| check.within("restriction", |check| self.restriction.rules(check, now)))
    }
}

crate::codes! {
    /// What the second person says.
    pub enum SealingAnswer {
        /// Do it.
        Approve = "approve",
        /// Do not.
        Decline = "decline",
    }
}

/// The second person's decision.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealingDecision {
    /// The answer.
    pub answer: SealingAnswer,
    /// Why.
    #[schema(example = "The placement order was seen.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl std::fmt::Debug for SealingDecision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingDecision").field("answer", &self.answer).finish_non_exhaustive()
    }
}

impl SealingDecision {
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

crate::codes! {
    /// Where a step in closing or opening a record stands.
    pub enum RestrictionStatus {
        /// Waits for the second person.
        Proposed = "proposed",
        /// Has taken effect.
        Done = "done",
        /// The second person declined.
        Declined = "declined",
    }
}

/// One step in closing or opening a record.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RestrictionStep {
    /// Its id.
    pub id: ProposalId,
    /// How far it closes the record.
    pub level: Restriction,
    /// Where it stands.
    pub status: RestrictionStatus,
    /// Why; absent where a restriction was lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<RestrictionReason>,
    /// What makes it necessary.
    pub note: String,
    /// Who answers for it.
    pub owner_id: WorkerId,
    /// When it is looked at again; absent where the record is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_on: Option<NaiveDate>,
    /// Who did or proposed it.
    pub proposed_by: WorkerId,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// Who decided, where two are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// What the second person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_because: Option<String>,
}

/// How far a record is closed, for whom it is open, and how it came to be so.
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
