//! Recordings on a child's record: written, read, corrected, withdrawn. ([`crate::chronology`] lists them.) The four
//! kinds share one set of queries, and differ only in their content.

use alongside_domain::record::entry::{Amendment, Content, Entry, EntryHead, EntryStatus, New, Withdrawal};
use alongside_domain::record::third_party::ThirdParty;
use alongside_domain::record::withheld::WithheldRecording;
use alongside_domain::vocabulary::version::VersionNote;
use alongside_domain::{At, Check, EntryId, Version, WorkerId};
use alongside_policy::Action;
use alongside_policy::action::{Amend, Correctable, Record, Recordable, View, Withdraw};
use diesel::prelude::*;

use crate::context::granted::{Granted, OpenRecord};
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{entry, entry_version, named_reader};
use crate::database::sql_types::{Stamp, Uid};
use crate::record::child::{CLOCK_SKEW, differing_fields};
use crate::record::sight::{Shown, Sight};
use crate::sealing::keys::SealKey;
use crate::standing::entry::Ties;
use crate::standing::whose::require_active;

mod repetition;
mod row;

pub(crate) use row::{Row, columns};
use row::{Sealed, place};

/// A version to be written.
struct Draft<'a, C> {
    id: EntryId,
    version: Version,
    status: EntryStatus,
    because: Option<&'a str>,
    /// People who asked not to be named, in this version or an earlier one.
    unnamed: Vec<ThirdParty>,
    /// Whether the child's words are marked as sensitive, in this version or an earlier one.
    sensitive_words: bool,
    new: &'a New<C>,
}

/// People who must not be named from now on: those from before, unless this version says that they now agree, and those
/// it adds.
fn unnamed_from(before: Vec<ThirdParty>, new: &[ThirdParty]) -> Vec<ThirdParty> {
    let mut unnamed: Vec<ThirdParty> = new.iter().filter(|party| party.is_anonymous()).cloned().collect();
    unnamed.extend(before.into_iter().filter(|party| new.iter().all(|now| now.words != party.words)));
    unnamed
}

impl<A: Action> Granted<'_, A> {
    /// Writes a new recording about the child of this action.
    pub(crate) fn write_entry<C: Content>(&mut self, new: &New<C>) -> Result<Entry<C>, Error> {
        let child = self.child_facts()?.id;
        let id = EntryId(self.shared.ids.next(self.now));
        let row = (
            entry::id.eq(Uid::from(id)),
            entry::child_id.eq(Uid::from(child)),
            entry::kind.eq(C::KIND.as_str()),
            entry::agency_id.eq(Uid::from(self.actor.agency)),
            entry::author_id.eq(Uid::from(self.actor.worker)),
            entry::segment.eq(new.kept_in().as_str()),
            entry::status.eq(EntryStatus::Current.as_str()),
            entry::codes.eq(new.content.codes()),
            entry::occurred_at.eq(Stamp(new.occurred.begins_at())),
            entry::recorded_at.eq(Stamp(self.now)),
            entry::version.eq(Version::FIRST.0),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(entry::table).values(row).execute(c))?;
        self.recorded = Some(("entry", id.0));
        self.write_entry_version(&Draft {
            id,
            version: Version::FIRST,
            status: EntryStatus::Current,
            because: None,
            unnamed: unnamed_from(Vec::new(), &new.third_parties),
            sensitive_words: new.content.clone().withhold_sensitive_words(),
            new,
        })?;
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
                segment: new.kept_in(),
                segment_because: new.segment_because.clone(),
                summary: new.summary.clone(),
                named_people: new.named_people.clone(),
                third_parties: new.third_parties.clone(),
            },
            content: new.content.clone(),
            withheld: Vec::new(),
        })
    }

    fn write_entry_version<C: Content>(&mut self, draft: &Draft<'_, C>) -> Result<(), Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let Draft { id, version, status, because, unnamed, sensitive_words, new } = draft;
        let sealed = Sealed {
            because: because.map(str::to_owned),
            segment_because: new.segment_because.clone(),
            summary: new.summary.clone(),
            named_people: new.named_people.clone(),
            third_parties: new.third_parties.clone(),
            unnamed: unnamed.clone(),
            sensitive_words: *sensitive_words,
            content: new.content.clone(),
        };
        let content = key.seal_json(place(*id, child, &version.0.to_string()), &sealed)?;
        let row = (
            entry_version::entry_id.eq(Uid::from(*id)),
            entry_version::version.eq(version.0),
            entry_version::author_id.eq(Uid::from(self.actor.worker)),
            entry_version::recorded_at.eq(Stamp(self.now)),
            entry_version::segment.eq(new.kept_in().as_str()),
            entry_version::status.eq(status.as_str()),
            entry_version::codes.eq(new.content.codes()),
            entry_version::occurred_at.eq(Stamp(new.occurred.begins_at())),
            entry_version::occurred_precision.eq(new.occurred.stored_precision()),
            entry_version::captured_at.eq(new.captured_at.map(Stamp)),
            entry_version::content.eq(content),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(entry_version::table).values(row).execute(c))?;
        // A withdrawal does not change who may read the recording.
        if *status == EntryStatus::Withdrawn {
            Ok(())
        } else {
            self.name_readers(*id, &new.named_people, because.is_some())
        }
    }

    /// Sets who may read the present version besides its author.
    fn name_readers(&mut self, id: EntryId, readers: &[WorkerId], anew: bool) -> Result<(), Error> {
        require_active(self.connection, readers, if anew { "/corrected/named_people" } else { "/named_people" })?;
        let id = Uid::from(id);
        on_either!(&mut *self.connection, c => {
            if anew {
                diesel::delete(named_reader::table.filter(named_reader::entry_id.eq(id))).execute(c)?;
            }
            for reader in readers {
                diesel::insert_into(named_reader::table)
                    .values((named_reader::entry_id.eq(id), named_reader::worker_id.eq(Uid::from(*reader))))
                    .execute(c)?;
            }
        });
        Ok(())
    }

    /// A recording of a record that is open, as it is or as it was known at an instant.
    fn entry_row(&mut self, record: &OpenRecord, id: EntryId, as_known_at: Option<At>) -> Result<Row, Error> {
        let child = record.child();
        let until = Stamp(as_known_at.unwrap_or(self.now + CLOCK_SKEW));
        let row: Option<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::id.eq(Uid::from(id)).and(entry::child_id.eq(Uid::from(child))))
            .filter(entry_version::recorded_at.le(until))
            .order(entry_version::version.desc())
            .select(columns!())
            .first(c)
            .optional())?;
        row.ok_or(Error::Unknown)
    }

    pub(crate) fn read_entry<C: Content>(
        &mut self,
        record: &OpenRecord,
        id: EntryId,
        as_known_at: Option<At>,
    ) -> Result<Entry<C>, Error> {
        let row = self.entry_row(record, id, as_known_at)?;
        if !self.reads_version(&row)? {
            return Err(Error::Unknown);
        }
        self.open_version(record, &row, Sight::of(&self.permit))
    }

    /// Whether the caller may also read a version that was in another segment. The permit covers only the present
    /// segment.
    fn reads_version(&mut self, row: &Row) -> Result<bool, Error> {
        if row.moved_to()?.is_none() {
            return Ok(true);
        }
        let ties = Ties::of(self.connection, &self.actor, &[row.id()], self.now)?;
        let head = row.head()?;
        let facts = row.facts(self, &head, head.segment, &ties);
        Ok(matches!(self.shown(facts), Shown::Read(_)))
    }

    /// Opens a version for the caller. An earlier one is cut to what the present one shows.
    pub(crate) fn open_version<C: Content>(
        &mut self,
        record: &OpenRecord,
        row: &Row,
        sight: Sight,
    ) -> Result<Entry<C>, Error> {
        let key = record.key();
        let mut entry = row.open(key, sight)?;
        if row.is_earlier() && !sight.is_whole() {
            self.entry_row(record, row.id(), None)?.protected(key)?.cut(&mut entry, sight);
        }
        Ok(entry)
    }

    /// What those see of a version who do not read it.
    pub(crate) fn withheld_version(&mut self, record: &OpenRecord, row: &Row) -> Result<WithheldRecording, Error> {
        let present = if row.is_earlier() { Some(self.entry_row(record, row.id(), None)?) } else { None };
        row.withheld(record.key(), present.as_ref())
    }

    /// Every version of the recording: who wrote it, when and why.
    fn entry_versions<C: Content>(&mut self, id: EntryId) -> Result<Vec<VersionNote>, Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::id.eq(Uid::from(id)).and(entry::child_id.eq(Uid::from(child))))
            .order(entry_version::version.asc())
            .select(columns!())
            .load(c))?;
        let sight = Sight::of(&self.permit);
        let unnamed = rows.last().filter(|_| !sight.unnamed_people).map(|present| present.unnamed(&key)).transpose()?;
        rows.iter()
            .map(|row| {
                let (reads, mut entry) = (self.reads_version(row)?, row.open::<C>(&key, sight)?);
                if let Some(unnamed) = &unnamed {
                    entry.leave_out(unnamed);
                }
                let head = entry.head;
                Ok(VersionNote {
                    version: head.version,
                    author_id: head.author_id,
                    recorded_at: head.amended_at,
                    reason: head.amended_because.filter(|_| reads),
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
        let record = self.opened()?;
        let present = self.entry_row(&record, id, None)?;
        let key = record.key();
        let held: Entry<C> = present.open(key, Sight::WHOLE)?;
        if held.head.status == EntryStatus::Withdrawn {
            return Err(Error::Conflict("this recording has been withdrawn and cannot be changed"));
        }
        if held.head.version != expected {
            return Err(self.stale(key, id, expected, &held)?);
        }
        if status == EntryStatus::Current && !self.sees_whole(&held) {
            return Err(Error::Conflict(
                "your change would remove parts of this recording that you cannot see. Ask the author to amend it",
            ));
        }
        let version = expected.next();
        let moved = on_either!(&mut *self.connection, c => diesel::update(entry::table.find(Uid::from(id)))
            .filter(entry::version.eq(expected.0))
            .set((
                entry::version.eq(version.0),
                entry::status.eq(status.as_str()),
                entry::segment.eq(new.kept_in().as_str()),
                entry::codes.eq(new.content.codes()),
                entry::occurred_at.eq(Stamp(new.occurred.begins_at())),
            ))
            .execute(c))?;
        if moved == 0 {
            return Err(Error::Unavailable);
        }
        let before = present.protected::<C>(key)?;
        self.write_entry_version(&Draft {
            id,
            version,
            status,
            because: Some(because),
            unnamed: unnamed_from(before.unnamed, &new.third_parties),
            sensitive_words: before.sensitive_words || new.content.clone().withhold_sensitive_words(),
            new,
        })?;
        self.read_entry(&record, id, None)
    }

    fn sees_whole<C: Content>(&self, held: &Entry<C>) -> bool {
        let sight = Sight::of(&self.permit);
        (sight.sensitive_words || !held.content.clone().withhold_sensitive_words())
            && (sight.unnamed_people || !held.head.third_parties.iter().any(ThirdParty::is_anonymous))
    }

    fn stale<C: Content>(
        &mut self,
        key: &SealKey,
        id: EntryId,
        held: Version,
        present: &Entry<C>,
    ) -> Result<Error, Error> {
        let child = self.child_facts()?.id;
        let row: Option<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::id.eq(Uid::from(id)).and(entry::child_id.eq(Uid::from(child))))
            .filter(entry_version::version.eq(held.0))
            .select(columns!())
            .first(c)
            .optional())?;
        let changed_fields = match row {
            Some(row) => differing_fields(&row.open::<C>(key, Sight::WHOLE)?.content, &present.content),
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
        Check::all(|check| new.check_widening(check, self.actor.sector))?;
        self.write_entry(new)
    }
}

impl<C: Recordable> Granted<'_, View<C>> {
    /// The recording, as it is now or as it was known at an instant.
    pub fn entry(&mut self, as_known_at: Option<At>) -> Result<Entry<C>, Error> {
        self.read_entry(&self.opened()?, self.action.entry(), as_known_at)
    }

    /// Every version: who wrote it, when and why.
    pub fn versions(&mut self) -> Result<Vec<VersionNote>, Error> {
        self.entry_versions::<C>(self.action.entry())
    }
}

impl<C: Correctable> Granted<'_, Amend<C>> {
    /// Corrects the recording. Earlier versions stay readable.
    pub fn amend(&mut self, expected: Version, amendment: &Amendment<C>) -> Result<Entry<C>, Error> {
        let (id, authors) = (self.action.entry(), self.actor.sector);
        Check::all(|check| check.within("corrected", |check| amendment.corrected.check_widening(check, authors)))?;
        self.revise(id, expected, EntryStatus::Current, &amendment.because, &amendment.corrected)
    }
}

impl<C: Correctable> Granted<'_, Withdraw<C>> {
    /// Withdraws the recording. It stays readable, with the reason.
    pub fn withdraw(&mut self, expected: Version, withdrawal: &Withdrawal) -> Result<Entry<C>, Error> {
        let id = self.action.entry();
        let record = self.opened()?;
        let row = self.entry_row(&record, id, None)?;
        let Entry { head, content, .. } = row.open::<C>(record.key(), Sight::WHOLE)?;
        let same = New {
            occurred: head.occurred,
            captured_at: head.captured_at,
            segment: Some(head.segment),
            segment_because: head.segment_because,
            summary: head.summary,
            named_people: head.named_people,
            third_parties: head.third_parties,
            content,
        };
        self.revise(id, expected, EntryStatus::Withdrawn, &withdrawal.because, &same)
    }
}
