//! What every recording about a child shares: kind, author, times, confidence, versions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::accounts::agency::Sector;
use crate::record::child_words::ChildWords;
use crate::record::occurred::Occurred;
use crate::record::third_party::{self, ThirdParty};
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, EntryId, Version, Violations, WorkerId};

pub use crate::record::segment::Segment;

crate::codes! {
    /// The kinds of recording that make up a child's chronology.
    pub enum EntryKind {
        /// Something noticed that worries.
        Concern = "concern",
        /// An indicator of the catalogue noticed, or looked for, in this child's life.
        Observation = "observation",
        /// Time spent, or tried to be spent, with the child.
        Contact = "contact",
        /// A request from one agency to another that must be answered.
        Referral = "referral",
    }
}

crate::codes! {
    /// Groups of fields that are granted apart from the rest of a record.
    pub enum Field {
        /// Names, dates of birth, needs.
        Identity = "identity",
        /// NHS number, UPN, local ids.
        Identifiers = "identifiers",
        /// Where the child lives.
        Address = "address",
        /// The child's words that were marked as sensitive.
        SensitiveWords = "sensitive_words",
        /// Who told, where they asked not to be named.
        UnnamedPeople = "unnamed_people",
    }
}

/// What one kind of recording says. Implemented by the content of the four kinds.
pub trait Content: Serialize + serde::de::DeserializeOwned + Clone + Send + 'static {
    /// The kind.
    const KIND: EntryKind;

    /// Bounds and rules of this kind.
    fn check(&self, check: &mut Check, now: At);

    /// Codes that stay readable in the database for workflow and statistics; no text, no names.
    fn codes(&self) -> String;

    /// Whose confidence it begins in where its author names none.
    fn begins_in(&self) -> Segment {
        Segment::Shared
    }

    /// The words of the child that the content carries.
    fn child_words(&mut self) -> Option<&mut Vec<ChildWords>>;

    /// Every text that somebody wrote, the child's words among them.
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String));

    /// Takes away the child's words that are marked as sensitive; says whether any were there.
    fn withhold_sensitive_words(&mut self) -> bool {
        self.child_words().is_some_and(|words| {
            let before = words.len();
            words.retain(|words| !words.sensitive);
            words.len() < before
        })
    }

    /// Takes away those of the child's words in an earlier version that the present version does not show openly; says
    /// whether any were there.
    fn withhold_words_closed_since(&mut self, mut present: Self) -> bool {
        let _ = present.withhold_sensitive_words();
        let open: Vec<ChildWords> = present.child_words().cloned().unwrap_or_default();
        let is_open = |words: &ChildWords| {
            open.iter().any(|open| open.words == words.words && open.translation == words.translation)
        };
        self.child_words().is_some_and(|words| {
            let before = words.len();
            words.retain(is_open);
            words.len() < before
        })
    }
}

/// A recording ready to be stored: when, in whose confidence, and what.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct New<C> {
    /// When it happened.
    pub occurred: Occurred,
    /// When it was written down, where that was earlier than its arrival here (late or offline capture).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<DateTime<Utc>>,
    /// Whose confidence it is kept in. Left out, an observation begins where the catalogue says, and anything else is
    /// `shared`; the answer shows which was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// Why an observation is kept in a wider confidence than the catalogue begins it in. Sealed, and shown to its readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub segment_because: Option<String>,
    /// For `own_agency` and `health_restricted`: a line for those who work with the child and do not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub summary: Option<String>,
    /// For `named_people`: who reads it beside its author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub named_people: Vec<WorkerId>,
    /// Others than the child whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub third_parties: Vec<ThirdParty>,
    /// What it says.
    pub content: C,
}

impl<C> std::fmt::Debug for New<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("New(…)")
    }
}

impl<C> New<C> {
    /// A recording for everybody who works with the child, written down when it arrived here.
    pub fn shared(occurred: Occurred, content: C) -> Self {
        Self {
            occurred,
            captured_at: None,
            segment: Some(Segment::Shared),
            segment_because: None,
            summary: None,
            named_people: Vec::new(),
            third_parties: Vec::new(),
            content,
        }
    }
}

impl<C: Content> New<C> {
    /// Whose confidence it is kept in: the one its author names, or the one its content begins in.
    pub fn kept_in(&self) -> Segment {
        self.segment.unwrap_or_else(|| self.content.begins_in())
    }

    /// A confidence that is wider than the one its content begins in has a reason.
    pub fn check_widening(&self, check: &mut Check, authors: Sector) {
        check.rule(
            "segment_because",
            self.segment_because.is_some() || !self.kept_in().is_wider_than(self.content.begins_in(), authors),
            "is missing; this indicator begins in the confidence of health. Say why more people must read it, or leave \
             segment out",
        );
    }

    /// Every rule of the content, and nothing recorded before it happens: occurred ≤ captured ≤ now.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| self.check(check, now))
    }

    fn check(&self, check: &mut Check, now: At) {
        check.within("occurred", |check| self.occurred.check(check, now));
        if let Some(captured) = self.captured_at {
            check.past("captured_at", captured, now);
            check.rule(
                "captured_at",
                self.occurred.has_begun_at(captured),
                "lies before occurred; an event cannot be written down before it happened",
            );
        }
        check.within("content", |check| self.content.check(check, now));
        self.check_confidence(check);
    }

    fn check_confidence(&self, check: &mut Check) {
        let segment = self.kept_in();
        check.optional_text("segment_because", self.segment_because.as_deref(), SENTENCE);
        check.rule(
            "segment_because",
            self.segment_because.is_none() || (self.segment.is_some() && self.content.begins_in() != Segment::Shared),
            "is for an observation that is kept in a wider confidence than its indicator begins in; leave it out",
        );
        check.optional_text("summary", self.summary.as_deref(), SENTENCE);
        check.rule(
            "summary",
            self.summary.is_none() || matches!(segment, Segment::OwnAgency | Segment::HealthRestricted),
            "has nobody to read it here; leave it out. It is for what an agency or health keeps",
        );
        check.distinct("named_people", &self.named_people);
        check.rule(
            "named_people",
            self.named_people.is_empty() || segment == Segment::NamedPeople,
            "is given, and the recording is not kept for named people; set segment to named_people or leave it out",
        );
        check.distinct("third_parties", &self.third_parties);
        check.rule(
            "segment",
            C::KIND != EntryKind::Referral || segment == Segment::Shared,
            "is not for a referral, which its receiver and all who work with the child read; leave it out",
        );
        check.each("third_parties", &self.third_parties, |check, party| {
            party.check(check);
            let mut named = self.summary.as_ref().is_some_and(|summary| party.is_in(summary));
            let mut content = self.content.clone();
            content.each_text(&mut |text| named |= party.is_in(text));
            check.rule("words", named, "do not stand in the recording; give them as they are written there");
        });
    }
}

/// A correction: the whole recording as it should read, and why.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amendment<C> {
    /// Why it is corrected.
    #[schema(example = "The time was read off the wrong line of the log.", min_length = 1, max_length = 1000)]
    pub because: String,
    /// The recording as it should read.
    pub corrected: New<C>,
}

impl<C> std::fmt::Debug for Amendment<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Amendment(…)")
    }
}

impl<C: Content> Amendment<C> {
    /// A reason, and every rule of the recording.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.text("because", &self.because, SENTENCE);
            check.within("corrected", |check| self.corrected.check(check, now));
        })
    }
}

/// A recording taken back. It stays readable, with the reason.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why.
    #[schema(example = "Recorded on the wrong child's record.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl std::fmt::Debug for Withdrawal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Withdrawal(…)")
    }
}

impl Withdrawal {
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

crate::codes! {
    /// Whether a recording stands.
    pub enum EntryStatus {
        /// It stands.
        Current = "current",
        /// It was withdrawn, with a reason. It stays readable.
        Withdrawn = "withdrawn",
    }
}

/// What is known of a recording before its content: enough to decide who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryHead {
    /// Its id.
    pub id: EntryId,
    /// The child it is about.
    pub child_id: ChildId,
    /// Its kind.
    pub kind: EntryKind,
    /// The agency that recorded it.
    pub agency_id: AgencyId,
    /// The worker who wrote this version.
    pub author_id: WorkerId,
    /// The version.
    pub version: Version,
    /// Whether it stands.
    pub status: EntryStatus,
    /// When it first arrived here.
    pub recorded_at: DateTime<Utc>,
    /// When this version was written; equals `recorded_at` on the first.
    pub amended_at: DateTime<Utc>,
    /// Why this version was written; absent on the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amended_because: Option<String>,
    /// When it happened.
    pub occurred: Occurred,
    /// When it was written down, where that was earlier than its arrival here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<DateTime<Utc>>,
    /// Whose confidence it is kept in.
    pub segment: Segment,
    /// Why it is kept in a wider confidence than the catalogue begins it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_because: Option<String>,
    /// What those see of it who do not read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Who reads it beside its author, where it is kept for named people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_people: Vec<WorkerId>,
    /// Others than the child whom it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub third_parties: Vec<ThirdParty>,
}

/// A recording as one actor may see it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry<C> {
    /// What it shares with every recording.
    #[serde(flatten)]
    pub head: EntryHead,
    /// What it says.
    pub content: C,
    /// The parts that exist and are withheld from this reader.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<Field>,
}

impl<C> Entry<C> {
    /// Names a part as withheld, once.
    pub fn withhold(&mut self, field: Field) {
        if !self.withheld.contains(&field) {
            self.withheld.push(field);
        }
    }
}

impl<C: Content> Entry<C> {
    /// Leaves out whoever asked not to be named, here or in another version, wherever they stand.
    pub fn leave_out(&mut self, unnamed: &[ThirdParty]) {
        if !unnamed.is_empty() {
            let mut leave_out = |text: &mut String| third_party::leave_out(unnamed, text);
            self.content.each_text(&mut leave_out);
            let head = &mut self.head;
            let texts = [&mut head.summary, &mut head.amended_because, &mut head.segment_because];
            texts.into_iter().flatten().for_each(leave_out);
            self.withhold(Field::UnnamedPeople);
        }
        // An earlier version may list somebody by name who asked later not to be named.
        let is_unnamed = |party: &ThirdParty| unnamed.iter().any(|unnamed| unnamed.is_in(&party.words));
        self.head.third_parties.retain(|party| !party.is_anonymous() && !is_unnamed(party));
    }
}

impl<C> std::fmt::Debug for Entry<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("head", &self.head).finish_non_exhaustive()
    }
}

crate::codes! {
    /// Where an observation or a concern comes from.
    pub enum Source {
        /// The child.
        Child = "child",
        /// A parent or carer.
        ParentCarer = "parent_carer",
        /// A brother or sister.
        Sibling = "sibling",
        /// Another child.
        Peer = "peer",
        /// A school or college.
        School = "school",
        /// Health staff.
        Health = "health",
        /// Police intelligence.
        PoliceIntelligence = "police_intelligence",
        /// A police crime record.
        PoliceCrime = "police_crime",
        /// Social care.
        SocialCare = "social_care",
        /// The place where a looked-after child lives.
        PlacementProvider = "placement_provider",
        /// Youth justice.
        YouthJustice = "youth_justice",
        /// A voluntary organisation.
        VoluntarySector = "voluntary_sector",
        /// A member of the public.
        Public = "public",
        /// An online platform.
        OnlinePlatform = "online_platform",
        /// A hotel, a taxi firm or their licensing.
        HotelTaxiLicensing = "hotel_taxi_licensing",
        /// Somebody who did not say who they are.
        Anonymous = "anonymous",
    }
}
