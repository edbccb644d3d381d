//! A version of a recording as it is stored, and how it is opened for a caller.

use alongside_domain::record::entry::{Content, Entry, EntryHead, EntryKind, Field, Segment};
use alongside_domain::record::occurred::Occurred;
use alongside_domain::record::third_party::{self, ThirdParty};
use alongside_domain::record::withheld::WithheldRecording;
use alongside_domain::{ChildId, EntryId, Version, WorkerId};
use alongside_policy::{Action, EntryFacts};
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::context::granted::Granted;
use crate::database::error::Error;
use crate::database::paging::Place;
use crate::database::sql_types::{Stamp, Uid};
use crate::record::sight::Sight;
use crate::sealing::keys::{At as SealedAt, SealKey};
use crate::standing::entry::Ties;

/// The sealed content of a version.
#[derive(Serialize, Deserialize)]
#[serde(bound = "C: Content")]
pub(super) struct Sealed<C> {
    #[serde(default)]
    pub(super) because: Option<String>,
    /// Why it is in a wider segment than the one that the catalogue starts it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) segment_because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) named_people: Vec<WorkerId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) third_parties: Vec<ThirdParty>,
    /// People who asked not to be named, in this version or an earlier one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unnamed: Vec<ThirdParty>,
    /// Whether the child's words are marked as sensitive, in this version or an earlier one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) sensitive_words: bool,
    pub(super) content: C,
}

/// The part for callers who may not read the recording.
#[derive(Deserialize)]
struct SealedSummary {
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    unnamed: Vec<ThirdParty>,
}

/// What a version protects, in itself and in every earlier version.
pub(super) struct Protected<C> {
    pub(super) unnamed: Vec<ThirdParty>,
    /// Whether the child's words are marked as sensitive, in this version or an earlier one.
    pub(super) sensitive_words: bool,
    content: C,
}

impl<C: Content> Protected<C> {
    /// Removes from an earlier version what the present one protects.
    pub(super) fn cut(self, entry: &mut Entry<C>, sight: Sight) {
        if !sight.sensitive_words && self.sensitive_words && entry.content.withhold_words_closed_since(self.content) {
            entry.withhold(Field::SensitiveWords);
        }
        if !sight.unnamed_people {
            entry.leave_out(&self.unnamed);
        }
    }
}

/// A version with the fixed part of its recording.
#[derive(Debug, Clone, Queryable)]
pub(crate) struct Row {
    id: Uid,
    child_id: Uid,
    kind: String,
    agency_id: Uid,
    first_author: Uid,
    recorded_at: Stamp,
    sorted_at: Stamp,
    present_version: i32,
    present_segment: String,
    version: i32,
    author_id: Uid,
    amended_at: Stamp,
    segment: String,
    status: String,
    occurred_at: Stamp,
    occurred_precision: String,
    captured_at: Option<Stamp>,
    content: Vec<u8>,
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        (
            entry::id,
            entry::child_id,
            entry::kind,
            entry::agency_id,
            entry::author_id,
            entry::recorded_at,
            entry::occurred_at,
            entry::version,
            entry::segment,
            entry_version::version,
            entry_version::author_id,
            entry_version::recorded_at,
            entry_version::segment,
            entry_version::status,
            entry_version::occurred_at,
            entry_version::occurred_precision,
            entry_version::captured_at,
            entry_version::content,
        )
    };
}

pub(crate) use columns;

fn unknown<E>(_: E) -> Error {
    Error::Corrupt("a recording has an unknown code")
}

impl Row {
    pub(crate) fn head(&self) -> Result<EntryHead, Error> {
        Ok(EntryHead {
            id: self.id.into(),
            child_id: self.child_id.into(),
            kind: self.kind.parse().map_err(unknown)?,
            agency_id: self.agency_id.into(),
            author_id: self.author_id.into(),
            version: Version(self.version),
            status: self.status.parse().map_err(unknown)?,
            recorded_at: self.recorded_at.0,
            amended_at: self.amended_at.0,
            amended_because: None,
            occurred: Occurred::from_stored(self.occurred_at.0, &self.occurred_precision).map_err(unknown)?,
            captured_at: self.captured_at.map(|at| at.0),
            segment: self.segment.parse().map_err(unknown)?,
            segment_because: None,
            summary: None,
            named_people: Vec::new(),
            third_parties: Vec::new(),
        })
    }

    /// The caller's relationship to the recording in this segment.
    pub(crate) fn facts<A: Action>(
        &self,
        granted: &Granted<'_, A>,
        head: &EntryHead,
        segment: Segment,
        ties: &Ties,
    ) -> EntryFacts {
        EntryFacts {
            own_agency: head.agency_id == granted.actor.agency,
            author: WorkerId::from(self.first_author) == granted.actor.worker,
            named: ties.named.contains(&head.id),
            released: ties.released(head.id, segment),
            attached_to_referral: ties.attached(head.id, segment),
            sent_by_my_agency: head.kind == EntryKind::Referral && head.agency_id == granted.actor.agency,
            ..EntryFacts::of(head.kind, segment)
        }
    }

    pub(crate) fn place(&self) -> Place {
        Place { at: self.sorted_at.0, id: self.id.0 }
    }

    /// Whether readers can be named for it, or disclosure granted.
    pub(crate) fn is_confidential(&self) -> bool {
        [&self.segment, &self.present_segment].into_iter().any(|segment| segment != Segment::Shared.as_str())
    }

    /// The present segment of the recording, if this version was in another. A caller must be allowed to read both.
    pub(crate) fn moved_to(&self) -> Result<Option<Segment>, Error> {
        let moved = self.present_segment != self.segment;
        moved.then(|| self.present_segment.parse().map_err(unknown)).transpose()
    }

    /// Whether a later version may protect more than this one.
    pub(super) fn is_earlier(&self) -> bool {
        self.version < self.present_version
    }

    fn sealed<T: DeserializeOwned>(&self, key: &SealKey) -> Result<T, Error> {
        let version = self.version.to_string();
        key.open_json(place(self.id.into(), self.child_id.into(), &version), &self.content)
    }

    /// People who asked not to be named, in this version or an earlier one.
    pub(super) fn unnamed(&self, key: &SealKey) -> Result<Vec<ThirdParty>, Error> {
        Ok(self.sealed::<SealedSummary>(key)?.unnamed)
    }

    /// What this version protects.
    pub(super) fn protected<C: Content>(&self, key: &SealKey) -> Result<Protected<C>, Error> {
        let Sealed { unnamed, sensitive_words, content, .. } = self.sealed::<Sealed<C>>(key)?;
        let sensitive_words = sensitive_words || content.clone().withhold_sensitive_words();
        Ok(Protected { unnamed, sensitive_words, content })
    }

    pub(crate) fn id(&self) -> EntryId {
        self.id.into()
    }

    /// Opens the content and cuts it to what is granted.
    pub(crate) fn open<C: Content>(&self, key: &SealKey, sight: Sight) -> Result<Entry<C>, Error> {
        let mut head = self.head()?;
        if head.kind != C::KIND {
            return Err(Error::Unknown);
        }
        let sealed: Sealed<C> = self.sealed(key)?;
        head.amended_because = sealed.because;
        head.segment_because = sealed.segment_because;
        head.summary = sealed.summary;
        head.named_people = sealed.named_people;
        head.third_parties = sealed.third_parties;
        let mut entry = Entry { head, content: sealed.content, withheld: Vec::new() };
        if !sight.sensitive_words && entry.content.withhold_sensitive_words() {
            entry.withhold(Field::SensitiveWords);
        }
        if !sight.unnamed_people {
            entry.leave_out(&sealed.unnamed);
        }
        Ok(entry)
    }

    /// What callers see of it who may not read it. For an earlier version, `present` is the present one. The summary is
    /// shown only if the present version still has it, without people who have since asked not to be named.
    pub(super) fn withheld(&self, key: &SealKey, present: Option<&Self>) -> Result<WithheldRecording, Error> {
        let SealedSummary { mut summary, unnamed } = self.sealed(key)?;
        let now: SealedSummary = present.unwrap_or(self).sealed(key)?;
        summary = summary.filter(|summary| now.summary.as_ref() == Some(summary));
        if let Some(summary) = &mut summary {
            third_party::leave_out(&[unnamed, now.unnamed].concat(), summary);
        }
        Ok(WithheldRecording { id: self.id.into(), summary })
    }
}

pub(super) fn place(id: EntryId, child: ChildId, version: &str) -> SealedAt<'_> {
    SealedAt { table: "entry_version", row: id.0, part: version, owner: child.0 }
}
