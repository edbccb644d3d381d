//! Details of the child: recorded, found, read, corrected.

use alongside_domain::access::involvement::{BEGINNER_DAYS, InvolvementKind, NewInvolvement};
use alongside_domain::audit::event::AuditOutcome;
use alongside_domain::record::child::{ChildAmendment, ChildDetails, ChildView, NewChild};
use alongside_domain::record::entry::Field;
use alongside_domain::vocabulary::version::VersionNote;
use alongside_domain::{At, ChildId, Version};
use alongside_policy::Action;
use alongside_policy::action::{AmendChild, CreateChild, ViewChild};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::granted::{Granted, OpenRecord};
use crate::context::repeatable::{REPEATING, Repeatable};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{child, child_token, child_version};
use crate::database::sql_types::{Stamp, Uid};
use crate::record::search::Spend;
use crate::sealing::keys::{At as Place, SealKey};
use crate::sealing::search_token::{self, Token};
use crate::standing::facts::ChildFacts;

/// Another server's clock may be ahead of this one's. What it wrote must still be found.
pub(crate) const CLOCK_SKEW: chrono::Duration = chrono::Duration::days(1);

/// The sealed content of a version.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    #[serde(default)]
    pub(crate) because: Option<String>,
    /// Only in the first version: the record of the child's former identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) former: Option<ChildId>,
    pub(crate) details: ChildDetails,
}

fn place(id: ChildId, version: &str) -> Place<'_> {
    Place { table: "child_version", row: id.0, part: version, owner: id.0 }
}

/// One version and its author.
pub(crate) struct Known {
    pub(crate) details: ChildDetails,
    because: Option<String>,
    pub(crate) former: Option<ChildId>,
    version: Version,
    author: Uid,
    recorded_at: At,
}

type VersionRow = (i32, Uid, Stamp, Vec<u8>);

fn open(key: &SealKey, id: ChildId, row: VersionRow) -> Result<Known, Error> {
    let (version, author, recorded_at, content) = row;
    let content: Content = key.open_json(place(id, &version.to_string()), &content)?;
    Ok(Known {
        details: content.details,
        because: content.because,
        former: content.former,
        version: Version(version),
        author,
        recorded_at: recorded_at.0,
    })
}

/// Every version of a record to which this is the key, oldest first.
pub(crate) fn versions(connection: &mut Connection, id: ChildId, key: &SealKey) -> Result<Vec<Known>, Error> {
    let rows: Vec<VersionRow> = on_either!(connection, c => child_version::table
        .filter(child_version::child_id.eq(Uid::from(id)))
        .order(child_version::version.asc())
        .select((child_version::version, child_version::author_id, child_version::recorded_at, child_version::content))
        .load(c))?;
    rows.into_iter().map(|row| open(key, id, row)).collect()
}

impl<A: Action> Granted<'_, A> {
    /// The child's details as they are now, or as they were known at an instant.
    pub(crate) fn known_child(&mut self, as_known_at: Option<At>) -> Result<Known, Error> {
        let record = self.opened()?;
        self.details_of(&record, as_known_at)
    }

    /// The details of the child of an open record.
    pub(crate) fn details_of(&mut self, record: &OpenRecord, as_known_at: Option<At>) -> Result<Known, Error> {
        let (id, key) = (record.child(), record.key());
        let until = Stamp(as_known_at.unwrap_or(self.now + CLOCK_SKEW));
        let row: Option<VersionRow> = on_either!(&mut *self.connection, c => child_version::table
            .filter(child_version::child_id.eq(Uid::from(id)))
            .filter(child_version::recorded_at.le(until))
            .order(child_version::version.desc())
            .select((child_version::version, child_version::author_id, child_version::recorded_at, child_version::content))
            .first(c)
            .optional())?;
        open(key, id, row.ok_or(Error::Unknown)?)
    }

    /// Every version, oldest first.
    pub(crate) fn every_version(&mut self) -> Result<Vec<Known>, Error> {
        let (id, key) = (self.child_facts()?.id, self.child_key()?);
        versions(self.connection, id, &key)
    }

    /// One version.
    fn version(&mut self, version: Version) -> Result<Option<Known>, Error> {
        let (id, key) = (self.child_facts()?.id, self.child_key()?);
        let row: Option<VersionRow> = on_either!(&mut *self.connection, c => child_version::table
            .find((Uid::from(id), version.0))
            .select((child_version::version, child_version::author_id, child_version::recorded_at, child_version::content))
            .first(c)
            .optional())?;
        row.map(|row| open(&key, id, row)).transpose()
    }

    /// The record of the child's former identity.
    pub(crate) fn former(&mut self) -> Result<Option<ChildId>, Error> {
        Ok(self.version(Version::FIRST)?.and_then(|first| first.former))
    }

    /// The child's details, cut to what the permit grants.
    pub(crate) fn child_view(&mut self, as_known_at: Option<At>) -> Result<ChildView, Error> {
        let known = self.known_child(as_known_at)?;
        self.cut(known)
    }

    fn cut(&self, known: Known) -> Result<ChildView, Error> {
        let &ChildFacts { id, agency, .. } = self.child_facts()?;
        let grants = |field| self.permit.grants(field);
        let fields = [Field::Identity, Field::Identifiers, Field::Address];
        let ChildDetails { identity, identifiers, address } = known.details;
        Ok(ChildView {
            id,
            version: known.version,
            agency_id: agency,
            author_id: known.author.into(),
            recorded_at: known.recorded_at,
            identity: grants(Field::Identity).then_some(identity),
            identifiers: grants(Field::Identifiers).then_some(identifiers),
            address: address.filter(|_| grants(Field::Address)),
            withheld: fields.into_iter().filter(|field| !grants(*field)).collect(),
        })
    }

    fn write_version(&mut self, key: &SealKey, id: ChildId, version: Version, content: &Content) -> Result<(), Error> {
        let sealed = key.seal_json(place(id, &version.0.to_string()), content)?;
        let row = (
            child_version::child_id.eq(Uid::from(id)),
            child_version::version.eq(version.0),
            child_version::author_id.eq(Uid::from(self.actor.worker)),
            child_version::recorded_at.eq(Stamp(self.now)),
            child_version::content.eq(sealed),
        );
        on_either!(&mut *self.connection, c =>
            diesel::insert_into(child_version::table).values(row).execute(c))?;
        Ok(())
    }

    fn write_tokens(&mut self, id: ChildId, tokens: Vec<Token>, claims: bool) -> Result<(), Error> {
        for token in tokens {
            let row = (
                child_token::child_id.eq(Uid::from(id)),
                child_token::kind.eq(token.kind),
                child_token::token.eq(token.digest),
                child_token::claims.eq(claims && token.unique),
            );
            on_either!(&mut *self.connection, c =>
                diesel::insert_into(child_token::table).values(row).execute(c))?;
        }
        Ok(())
    }
}

impl<A: Action> Granted<'_, A> {
    /// Writes the first version of a record under its own key.
    pub(crate) fn begin_record(
        &mut self,
        content: Content,
        tokens: Vec<Token>,
        claims: bool,
    ) -> Result<(OpenRecord, ChildView), Error> {
        let id = ChildId(self.shared.ids.next(self.now));
        let (record, sealed) = self.open_new(id)?;
        let row = (
            child::id.eq(Uid::from(id)),
            child::agency_id.eq(Uid::from(self.actor.agency)),
            child::recorded_at.eq(Stamp(self.now)),
            child::version.eq(Version::FIRST.0),
            child::root_id.eq(&self.shared.keys.root_id),
            child::key_sealed.eq(&sealed),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(child::table).values(row).execute(c))?;
        self.write_version(record.key(), id, Version::FIRST, &content)?;
        self.write_tokens(id, tokens, claims)?;
        let view = ChildView {
            id,
            version: Version::FIRST,
            agency_id: self.actor.agency,
            author_id: self.actor.worker,
            recorded_at: self.now,
            identity: Some(content.details.identity),
            identifiers: Some(content.details.identifiers),
            address: content.details.address,
            withheld: Vec::new(),
        };
        Ok((record, view))
    }
}

impl Granted<'_, CreateChild> {
    /// Starts a child's record. Refused where a number already has a record, unless the caller says why this is another
    /// child. The worker who starts a record is allocated to the child for 90 days.
    pub fn create(&mut self, new: &NewChild, spend: &mut Spend<'_>) -> Result<ChildView, Error> {
        let details = new.details.clone().normalised();
        let tokens = search_token::of_child(&self.shared.keys, &details);
        let others = self.others_with(&search_token::numbers(&tokens), &tokens, None, spend)?;
        if !others.known.is_empty() && new.new_because.is_none() {
            return Err(Error::KnownChild { candidates: others.known, cut: others.cut });
        }
        let content = Content { because: new.new_because.clone(), former: None, details };
        let (record, view) = self.begin_record(content, tokens, others.is_empty())?;
        self.created = Some(view.id);
        self.tell_guardians(&others.hidden)?;
        self.involve(
            &record,
            &NewInvolvement {
                worker_id: self.actor.worker,
                kind: InvolvementKind::Allocated,
                ends_at: self.now + chrono::Duration::days(BEGINNER_DAYS),
                reason: "Began the record.".to_owned(),
            },
        )?;
        Ok(view)
    }
}

impl Repeatable for CreateChild {
    type Answer = ChildView;
    type Made = ChildId;

    fn made(view: &ChildView) -> ChildId {
        view.id
    }

    fn again(granted: &mut Granted<'_, Self>, child: ChildId) -> Result<ChildView, Error> {
        granted.created = Some(child);
        granted.look_again(&ViewChild { child, purpose: REPEATING }, |granted| granted.child(None))
    }
}

impl Granted<'_, ViewChild> {
    /// The child's details as they are now, or as they were known at an instant.
    pub fn child(&mut self, as_known_at: Option<At>) -> Result<ChildView, Error> {
        self.child_view(as_known_at)
    }

    /// Every version: who wrote it, when and why.
    pub fn versions(&mut self) -> Result<Vec<VersionNote>, Error> {
        let note = |known: Known| VersionNote {
            version: known.version,
            author_id: known.author.into(),
            recorded_at: known.recorded_at,
            reason: known.because,
        };
        Ok(self.every_version()?.into_iter().map(note).collect())
    }
}

impl Granted<'_, AmendChild> {
    /// Corrects the child's details. Earlier versions stay readable.
    ///
    /// Only numbers that are new to the record are compared with those of other children. The others were compared when
    /// they were written.
    pub fn amend(
        &mut self,
        expected: Version,
        amendment: &ChildAmendment,
        spend: &mut Spend<'_>,
    ) -> Result<ChildView, Error> {
        let (child, key) = (self.child_facts()?.clone(), self.child_key()?);
        let present = self.known_child(None)?;
        let details = amendment.corrected.clone().normalised();
        if child.version != expected {
            return Err(Error::Stale {
                current: child.version,
                changed_at: present.recorded_at,
                changed_by: Some(present.author.into()),
                changed_fields: self.changed_since(expected, &present)?,
            });
        }
        let tokens = search_token::of_child(&self.shared.keys, &details);
        self.require_apart_from_former(&tokens, "corrected")?;
        let before = search_token::of_child(&self.shared.keys, &present.details);
        let is_kept = |token: &Token| before.iter().any(|old| old.digest == token.digest);
        let new: Vec<&Token> = search_token::numbers(&tokens).into_iter().filter(|number| !is_kept(number)).collect();
        let others = self.others_with(&new, &tokens, Some(child.id), spend)?;
        if !others.is_empty() {
            self.hit = Some(if others.known.is_empty() { AuditOutcome::Refused } else { AuditOutcome::Permitted });
        }
        if !others.known.is_empty() {
            return Err(Error::KnownChild { candidates: others.known, cut: others.cut });
        }
        let version = expected.next();
        let moved = on_either!(&mut *self.connection, c => diesel::update(child::table.find(Uid::from(child.id)))
            .filter(child::version.eq(expected.0))
            .set(child::version.eq(version.0))
            .execute(c))?;
        if moved == 0 {
            return Err(Error::Unavailable);
        }
        let (kept, added): (Vec<_>, Vec<_>) = tokens.into_iter().partition(is_kept);
        let kept: Vec<&Vec<u8>> = kept.iter().map(|token| &token.digest).collect();
        on_either!(&mut *self.connection, c => diesel::delete(child_token::table)
            .filter(child_token::child_id.eq(Uid::from(child.id)))
            .filter(child_token::token.ne_all(kept))
            .execute(c))?;
        self.write_tokens(child.id, added, others.is_empty())?;
        self.tell_guardians(&others.hidden)?;
        let content = Content { because: Some(amendment.because.clone()), former: None, details };
        self.write_version(&key, child.id, version, &content)?;
        self.child_view(None)
    }

    fn changed_since(&mut self, held: Version, present: &Known) -> Result<Vec<String>, Error> {
        let held = self.version(held)?;
        Ok(held.map_or_else(Vec::new, |held| differing_fields(&held.details, &present.details)))
    }
}

/// The names of the top-level fields in which two versions differ, never their values.
pub(crate) fn differing_fields<T: Serialize>(before: &T, after: &T) -> Vec<String> {
    let fields = |value: &T| match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| before.get(name) != after.get(name));
    names
}
