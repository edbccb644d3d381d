//! Recordings on a child's record: written, read, corrected, withdrawn (listed: [`crate::chronology`]). One set of queries for the
//! four kinds; what differs between them is their content.

use alongside_domain::entry::{
    Amendment, Content, Entry, EntryHead, EntryKind, EntryStatus, Field, New, Occurred, Withdrawal,
};
use alongside_domain::version::VersionNote;
use alongside_domain::{At, ChildId, EntryId, Version, WorkerId};
use alongside_policy::action::{Amend, Correctable, Record, Recordable, View, Withdraw};
use alongside_policy::{Action, EntryFacts};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::child::{CLOCK_SKEW, differing_fields};
use crate::connection::on_either;
use crate::door::Granted;
use crate::error::Error;
use crate::keys::{At as SealedAt, SealKey};
use crate::paging::Place;
use crate::schema::{entry, entry_version};
use crate::sql_types::{Stamp, Uid};

/// What is sealed of a version.
#[derive(Serialize, Deserialize)]
#[serde(bound = "C: Content")]
struct Sealed<C> {
    #[serde(default)]
    because: Option<String>,
    content: C,
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
            occurred: Occurred { at: self.occurred_at.0, precision: self.occurred_precision.parse().map_err(unknown)? },
            captured_at: self.captured_at.map(|at| at.0),
            segment: self.segment.parse().map_err(unknown)?,
        })
    }

    pub(crate) fn facts<A: Action>(&self, granted: &Granted<'_, A>, head: &EntryHead) -> EntryFacts {
        EntryFacts {
            own_agency: head.agency_id == granted.actor.agency,
            author: WorkerId::from(self.first_author) == granted.actor.worker,
            sent_by_my_agency: head.kind == EntryKind::Referral && head.agency_id == granted.actor.agency,
            ..EntryFacts::of(head.kind, head.segment)
        }
    }

    pub(crate) fn place(&self) -> Place {
        Place { at: self.sorted_at.0, id: self.id.0 }
    }

    /// Opens the content and cuts it to what is granted.
    pub(crate) fn open<C: Content>(&self, key: &SealKey, sensitive_words: bool) -> Result<Entry<C>, Error> {
        let mut head = self.head()?;
        if head.kind != C::KIND {
            return Err(Error::Unknown);
        }
        let sealed: Sealed<C> =
            key.open_json(place(head.id, head.child_id, &self.version.to_string()), &self.content)?;
        head.amended_because = sealed.because;
        let mut content = sealed.content;
        let cut = !sensitive_words && content.withhold_sensitive_words();
        Ok(Entry { head, content, withheld: if cut { vec![Field::SensitiveWords] } else { Vec::new() } })
    }
}

fn place(id: EntryId, child: ChildId, version: &str) -> SealedAt<'_> {
    SealedAt { table: "entry_version", row: id.0, part: version, owner: child.0 }
}

/// A version about to be written.
struct Draft<'a, C> {
    id: EntryId,
    version: Version,
    status: EntryStatus,
    because: Option<&'a str>,
    new: &'a New<C>,
}

impl<A: Action> Granted<'_, A> {
    /// Writes a new recording of the child of this action.
    pub(crate) fn write_entry<C: Content>(&mut self, new: &New<C>) -> Result<Entry<C>, Error> {
        let child = self.child_facts()?.id;
        let id = EntryId(self.shared.ids.next(self.now));
        let row = (
            entry::id.eq(Uid::from(id)),
            entry::child_id.eq(Uid::from(child)),
            entry::kind.eq(C::KIND.as_str()),
            entry::agency_id.eq(Uid::from(self.actor.agency)),
            entry::author_id.eq(Uid::from(self.actor.worker)),
            entry::segment.eq(new.segment.as_str()),
            entry::status.eq(EntryStatus::Current.as_str()),
            entry::codes.eq(new.content.codes()),
            entry::occurred_at.eq(Stamp(new.occurred.at)),
            entry::recorded_at.eq(Stamp(self.now)),
            entry::version.eq(Version::FIRST.0),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(entry::table).values(row).execute(c))?;
        let draft = Draft { id, version: Version::FIRST, status: EntryStatus::Current, because: None, new };
        self.write_entry_version(&draft)?;
        Ok(Entry {
            head: EntryHead {
                id,
                child_id: child,
                kind: C::KIND,
                agency_id: self.actor.agency,
                author_id: self.actor.worker,
                version: Version::FIRST,
                status: EntryStatus::Current,
                recorded_at: self.now,
                amended_at: self.now,
                amended_because: None,
                occurred: new.occurred,
                captured_at: new.captured_at,
                segment: new.segment,
            },
            content: new.content.clone(),
            withheld: Vec::new(),
        })
    }

    fn write_entry_version<C: Content>(&mut self, draft: &Draft<'_, C>) -> Result<(), Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let Draft { id, version, status, because, new } = draft;
        let sealed = Sealed { because: because.map(str::to_owned), content: new.content.clone() };
        let content = key.seal_json(place(*id, child, &version.0.to_string()), &sealed)?;
        let row = (
            entry_version::entry_id.eq(Uid::from(*id)),
            entry_version::version.eq(version.0),
            entry_version::author_id.eq(Uid::from(self.actor.worker)),
            entry_version::recorded_at.eq(Stamp(self.now)),
            entry_version::segment.eq(new.segment.as_str()),
            entry_version::status.eq(status.as_str()),
            entry_version::codes.eq(new.content.codes()),
            entry_version::occurred_at.eq(Stamp(new.occurred.at)),
            entry_version::occurred_precision.eq(new.occurred.precision.as_str()),
            entry_version::captured_at.eq(new.captured_at.map(Stamp)),
            entry_version::content.eq(content),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(entry_version::table).values(row).execute(c))?;
        Ok(())
    }

    /// One recording, as it is or as it was known at an instant.
    pub(crate) fn entry_row(&mut self, id: EntryId, as_known_at: Option<At>) -> Result<Row, Error> {
        let until = Stamp(as_known_at.unwrap_or(self.now + CLOCK_SKEW));
        let row: Option<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::id.eq(Uid::from(id)))
            .filter(entry_version::recorded_at.le(until))
            .order(entry_version::version.desc())
            .select(columns!())
            .first(c)
            .optional())?;
        row.ok_or(Error::Unknown)
    }

    pub(crate) fn read_entry<C: Content>(&mut self, id: EntryId, as_known_at: Option<At>) -> Result<Entry<C>, Error> {
        let (key, row) = (self.child_key()?, self.entry_row(id, as_known_at)?);
        row.open(&key, self.permit.grants(Field::SensitiveWords) || C::KIND == EntryKind::Referral)
    }

    /// Every version of the recording: who wrote it, when and why.
    fn entry_versions<C: Content>(&mut self, id: EntryId) -> Result<Vec<VersionNote>, Error> {
        let key = self.child_key()?;
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::id.eq(Uid::from(id)))
            .order(entry_version::version.asc())
            .select(columns!())
            .load(c))?;
        rows.iter()
            .map(|row| {
                let Entry { head, .. } = row.open::<C>(&key, false)?;
                Ok(VersionNote {
                    version: head.version,
                    author_id: head.author_id,
                    recorded_at: head.amended_at,
                    reason: head.amended_because,
                })
            })
            .collect()
    }

    /// Writes the next version, if the caller held the present one.
    fn revise<C: Content>(
        &mut self,
        id: EntryId,
        expected: Version,
        status: EntryStatus,
        because: &str,
        new: &New<C>,
    ) -> Result<Entry<C>, Error> {
        let present = self.entry_row(id, None)?;
        let key = self.child_key()?;
        let held: Entry<C> = present.open(&key, true)?;
        if held.head.status == EntryStatus::Withdrawn {
            return Err(Error::Conflict("it was withdrawn; a withdrawn recording is not changed any more"));
        }
        if held.head.version != expected {
            return Err(self.stale(&key, id, expected, &held)?);
        }
        let version = expected.next();
        let moved = on_either!(&mut *self.connection, c => diesel::update(entry::table.find(Uid::from(id)))
            .filter(entry::version.eq(expected.0))
            .set((
                entry::version.eq(version.0),
                entry::status.eq(status.as_str()),
                entry::segment.eq(new.segment.as_str()),
                entry::codes.eq(new.content.codes()),
                entry::occurred_at.eq(Stamp(new.occurred.at)),
            ))
            .execute(c))?;
        if moved == 0 {
            return Err(Error::Unavailable);
        }
        self.write_entry_version(&Draft { id, version, status, because: Some(because), new })?;
        self.read_entry(id, None)
    }

    fn stale<C: Content>(
        &mut self,
        key: &SealKey,
        id: EntryId,
        held: Version,
        present: &Entry<C>,
    ) -> Result<Error, Error> {
        let row: Option<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::id.eq(Uid::from(id)))
            .filter(entry_version::version.eq(held.0))
            .select(columns!())
            .first(c)
            .optional())?;
        let changed_fields = match row {
            Some(row) => differing_fields(&row.open::<C>(key, true)?.content, &present.content),
            None => Vec::new(),
        };
        Ok(Error::Stale {
            current: present.head.version,
            changed_at: present.head.amended_at,
            changed_by: Some(present.head.author_id),
            changed_fields,
        })
    }
}

impl<C: Recordable> Granted<'_, Record<C>> {
    /// Adds a recording to the child's record.
    pub fn record(&mut self, new: &New<C>) -> Result<Entry<C>, Error> {
        self.write_entry(new)
    }
}

impl<C: Recordable> Granted<'_, View<C>> {
    /// The recording, as it is or as it was known at an instant.
    pub fn entry(&mut self, as_known_at: Option<At>) -> Result<Entry<C>, Error> {
        self.read_entry(self.action.entry(), as_known_at)
    }

    /// Every version: who wrote it, when and why.
    pub fn versions(&mut self) -> Result<Vec<VersionNote>, Error> {
        self.entry_versions::<C>(self.action.entry())
    }
}

impl<C: Correctable> Granted<'_, Amend<C>> {
    /// Corrects the recording. The earlier version stays readable.
    pub fn amend(&mut self, expected: Version, amendment: &Amendment<C>) -> Result<Entry<C>, Error> {
        let id = self.action.entry();
        self.revise(id, expected, EntryStatus::Current, &amendment.because, &amendment.corrected)
    }
}

impl<C: Correctable> Granted<'_, Withdraw<C>> {
    /// Takes the recording back. It stays readable, with the reason.
    pub fn withdraw(&mut self, expected: Version, withdrawal: &Withdrawal) -> Result<Entry<C>, Error> {
        let id = self.action.entry();
        let (key, row) = (self.child_key()?, self.entry_row(id, None)?);
        let Entry { head, content, .. } = row.open::<C>(&key, true)?;
        let same = New { occurred: head.occurred, captured_at: head.captured_at, segment: head.segment, content };
        self.revise(id, expected, EntryStatus::Withdrawn, &withdrawal.because, &same)
    }
}
