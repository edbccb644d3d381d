//! What every recording about a child has in common: kind, author, times, segment, versions.

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
    /// The kinds of recording in a child's chronology.
    pub enum EntryKind {
        /// A worker's account of why a child may be at risk.
        Concern = "concern",
        /// An indicator from the catalogue that was noticed, or checked for, in this child's life.
        Observation = "observation",
        /// A meeting or call with the child, or an attempt at one.
        Contact = "contact",
        /// A request from one agency to another that must be answered.
        Referral = "referral",
    }
}

crate::codes! {
    /// A group of fields that is granted separately from the rest of a record.
    pub enum Field {
        /// Names, dates of birth, needs.
        Identity = "identity",
        /// NHS number, UPN, local ids.
        Identifiers = "identifiers",
        /// Where the child lives.
        Address = "address",
        /// The child's words that were marked as sensitive.
        SensitiveWords = "sensitive_words",
        /// The person who told, if they asked not to be named.
        UnnamedPeople = "unnamed_people",
    }
}

/// The content of one kind of recording. Implemented for the four kinds.
pub trait Content: Serialize + serde::de::DeserializeOwned + Clone + Send + 'static {
    /// The kind.
    const KIND: EntryKind;

    /// Checks the limits and rules of this kind.
    fn check(&self, check: &mut Check, now: At);

    /// Codes that stay readable in the database for workflow and statistics; no text, no names.
    fn codes(&self) -> String;

    /// The segment if the author names none.
    fn begins_in(&self) -> Segment {
        Segment::Shared
    }

    /// The child's words in the content.
    fn child_words(&mut self) -> Option<&mut Vec<ChildWords>>;

    /// Visits every text that a person wrote, including the child's words.
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String));

    /// Removes the child's words that are marked as sensitive. Returns whether there were any.
    fn withhold_sensitive_words(&mut self) -> bool {
        self.child_words().is_some_and(|words| {
            let before = words.len();
            words.retain(|words| !words.sensitive);
            words.len() < before
        })
    }

    /// Removes from an earlier version the child's words that the current version does not show openly. Returns whether
    /// there were any.
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

/// A recording to store: when it happened, its segment, and its content.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct New<C> {
    /// When it happened.
    pub occurred: Occurred,
    /// When it was written down, if that was before it was sent (late or offline capture). Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<DateTime<Utc>>,
    /// Who the recording is kept for. If it is left out, an observation gets the segment from the catalogue, and any
    /// other recording gets `shared`. The response shows the segment that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// Why an observation is in a wider segment than the catalogue gives it. Encrypted, and shown to its readers.
    /// Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1000)]
    pub segment_because: Option<String>,
    /// For `own_agency` and `health_restricted`: a summary for workers who work with the child and may not read the
    /// recording. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub summary: Option<String>,
    /// For `named_people`: the workers who may read it in addition to its author. Otherwise absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub named_people: Vec<WorkerId>,
    /// People other than the child whom the recording names. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub third_parties: Vec<ThirdParty>,
    /// The content of the recording.
    pub content: C,
}

impl<C> std::fmt::Debug for New<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("New(…)")
    }
}

impl<C> New<C> {
    /// A recording in segment `shared`, written down when it was sent.
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
    /// The segment that the author names, or else the segment of the content.
    pub fn kept_in(&self) -> Segment {
        self.segment.unwrap_or_else(|| self.content.begins_in())
    }

    /// Checks that a segment wider than that of the content has a reason.
    pub fn check_widening(&self, check: &mut Check, authors: Sector) {
        check.rule(
            "segment_because",
            self.segment_because.is_some() || !self.kept_in().is_wider_than(self.content.begins_in(), authors),
            "is missing; the catalogue keeps this indicator for health staff. Say why more people must read it, or leave \
             segment out",
        );
    }

    /// Checks the content, and that the times are in order: occurred ≤ captured ≤ now.
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
                "is before occurred; send the time at which it was written down, or leave it out",
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
            "is only for an observation in a wider segment than the catalogue gives its indicator; leave it out",
        );
        check.optional_text("summary", self.summary.as_deref(), SENTENCE);
        check.rule(
            "summary",
            self.summary.is_none() || matches!(segment, Segment::OwnAgency | Segment::HealthRestricted),
            "is only allowed with own_agency or health_restricted; leave it out",
        );
        check.distinct("named_people", &self.named_people);
        check.rule(
            "named_people",
            self.named_people.is_empty() || segment == Segment::NamedPeople,
            "is only allowed with named_people; set segment to named_people, or leave it out",
        );
        check.distinct("third_parties", &self.third_parties);
        check.rule(
            "segment",
            C::KIND != EntryKind::Referral || segment == Segment::Shared,
            "must be shared for a referral, because its receiver and all who work with the child read it; leave it out",
        );
        check.each("third_parties", &self.third_parties, |check, party| {
            party.check(check);
            let mut named = self.summary.as_ref().is_some_and(|summary| party.is_in(summary));
            let mut content = self.content.clone();
            content.each_text(&mut |text| named |= party.is_in(text));
            check.rule("words", named, "do not appear in the recording; send them exactly as they are written there");
        });
    }
}

/// A correction: the whole recording as it should read, and the reason.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amendment<C> {
    /// Why it is corrected.
    #[schema(example = "The time was copied from the wrong line of the log.", min_length = 1, max_length = 1000)]
    pub because: String,
    /// The recording as it should read, in full.
    pub corrected: New<C>,
}

impl<C> std::fmt::Debug for Amendment<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Amendment(…)")
    }
}

impl<C: Content> Amendment<C> {
    /// Checks the reason and the recording.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.text("because", &self.because, SENTENCE);
            check.within("corrected", |check| self.corrected.check(check, now));
        })
    }
}

/// The withdrawal of a recording. The recording can still be read, with the reason.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why it is withdrawn.
    #[schema(example = "Recorded on the wrong child's record.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl std::fmt::Debug for Withdrawal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Withdrawal(…)")
    }
}

impl Withdrawal {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

crate::codes! {
    /// Whether a recording is current.
    pub enum EntryStatus {
        /// It is current.
        Current = "current",
        /// It was withdrawn, with a reason. It can still be read.
        Withdrawn = "withdrawn",
    }
}

/// Everything about a recording except its content: enough to decide who may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EntryHead {
    /// The id of the recording.
    pub id: EntryId,
    /// The child it is about.
    pub child_id: ChildId,
    /// The kind of recording.
    pub kind: EntryKind,
    /// The agency that recorded it.
    pub agency_id: AgencyId,
    /// The worker who wrote this version.
    pub author_id: WorkerId,
    /// The version shown.
    pub version: Version,
    /// Whether it is current or withdrawn.
    pub status: EntryStatus,
    /// When the first version was stored.
    pub recorded_at: DateTime<Utc>,
    /// When this version was written. Equal to `recorded_at` for the first version.
    pub amended_at: DateTime<Utc>,
    /// Why this version was written. Absent for the first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amended_because: Option<String>,
    /// When it happened.
    pub occurred: Occurred,
    /// When it was written down, if that was before it was stored. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_at: Option<DateTime<Utc>>,
    /// Who the recording is kept for.
    pub segment: Segment,
    /// Why it is in a wider segment than the catalogue gives it. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_because: Option<String>,
    /// The summary for workers who may not read it. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// With `named_people`: the workers who may read it in addition to its author. Otherwise absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_people: Vec<WorkerId>,
    /// People other than the child whom the recording names. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub third_parties: Vec<ThirdParty>,
}

/// A recording as the caller may see it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry<C> {
    /// The fields that every recording has.
    #[serde(flatten)]
    pub head: EntryHead,
    /// The content of the recording.
    pub content: C,
    /// The parts that exist and are withheld from the caller.
    #[serde(rename = "_withheld")]
    pub withheld: Vec<Field>,
}

impl<C> Entry<C> {
    /// Adds a part to the withheld ones, once.
    pub fn withhold(&mut self, field: Field) {
        if !self.withheld.contains(&field) {
            self.withheld.push(field);
        }
    }
}

impl<C: Content> Entry<C> {
    /// Removes everywhere the names of people who asked not to be named, in this version or in another.
    pub fn leave_out(&mut self, unnamed: &[ThirdParty]) {
        if !unnamed.is_empty() {
            let mut leave_out = |text: &mut String| third_party::leave_out(unnamed, text);
            self.content.each_text(&mut leave_out);
            let head = &mut self.head;
            let texts = [&mut head.summary, &mut head.amended_because, &mut head.segment_because];
            texts.into_iter().flatten().for_each(leave_out);
            self.withhold(Field::UnnamedPeople);
        }
        // An earlier version may name a person who later asked not to be named.
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
    /// The source of an observation or a concern.
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
        /// A person who did not say who they are.
        Anonymous = "anonymous",
    }
}
