//! How an actor stands to a subject: facts, never the content of a record. Read from the same snapshot or
//! transaction as the answer, and never remembered.

use std::sync::LazyLock;

use alongside_domain::agency::Sector;
use alongside_domain::entry::{EntryKind, Segment};
use alongside_domain::worker::{Actor, Roles, WorkerState};
use alongside_domain::{AgencyId, At, ChildId, EntryId, InvolvementId, Version, WorkerId};
use alongside_policy::{EntryFacts, Facts, Relation, Subject};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Integer, Nullable, Text};

use crate::connection::{Connection, on_either};
use crate::error::Error;
use crate::schema::{agency, entry, involvement, session, worker};
use crate::sql_types::{Guid, Stamp, Uid, UtcTime};

/// A query in raw SQL, with each database's way of numbering what is bound.
pub(crate) struct Sql {
    postgresql: &'static str,
    sqlite: String,
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { postgresql: text, sqlite: text.replace('$', "?") }
    }

    pub(crate) fn text(&self, connection: &Connection) -> String {
        match connection {
            Connection::Postgres(_) => self.postgresql.to_owned(),
            Connection::Sqlite(_) => self.sqlite.clone(),
        }
    }
}

/// Who acts, as the database has it now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActorFacts {
    pub(crate) worker: WorkerId,
    pub(crate) agency: AgencyId,
    pub(crate) sector: Sector,
    pub(crate) roles: Roles,
    pub(crate) may_act: bool,
}

/// The child an action concerns, with the sealed key that opens the record once a permit is given.
#[derive(Debug, Clone)]
pub(crate) struct ChildFacts {
    pub(crate) id: ChildId,
    pub(crate) version: Version,
    pub(crate) key_sealed: Option<Vec<u8>>,
}

/// The recording an action concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryHeadFacts {
    pub(crate) kind: EntryKind,
    pub(crate) agency: AgencyId,
    pub(crate) segment: Segment,
}

/// What an action is about, as far as a decision needs it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SubjectFacts {
    pub(crate) child: Option<ChildFacts>,
    pub(crate) entry: Option<EntryHeadFacts>,
    pub(crate) entry_facts: Option<EntryFacts>,
    pub(crate) relation: Relation,
}

impl ActorFacts {
    pub(crate) fn facts(&self, subject: &SubjectFacts) -> Facts {
        Facts {
            roles: self.roles,
            sector: self.sector,
            may_act: self.may_act,
            relation: subject.relation,
            entry: subject.entry_facts,
            purpose_stated: false,
        }
    }
}

/// Who acts. `None` when the session or the worker is not known.
pub(crate) fn actor(connection: &mut Connection, actor: &Actor, now: At) -> Result<Option<ActorFacts>, Error> {
    type Row = (Uid, String, String, Stamp, String, bool);
    let row: Option<Row> = on_either!(connection, c => session::table
        .inner_join(worker::table.on(worker::id.eq(session::worker_id)))
        .inner_join(agency::table.on(agency::id.eq(worker::agency_id)))
        .filter(session::id.eq(Uid::from(actor.session)))
        .filter(worker::id.eq(Uid::from(actor.worker)))
        .select((worker::agency_id, worker::roles, worker::state, session::ends_at, agency::sector, agency::in_sharing_agreement))
        .first(c)
        .optional())?;
    row.map(|(agency, roles, state, ends_at, sector, in_agreement)| {
        let unknown = |_| Error::Corrupt("a worker has an unknown code");
        let state: WorkerState = state.parse().map_err(unknown)?;
        Ok(ActorFacts {
            worker: actor.worker,
            agency: agency.into(),
            sector: sector.parse().map_err(unknown)?,
            roles: Roles::from_text(&roles).map_err(unknown)?,
            may_act: state == WorkerState::Active && in_agreement && ends_at.0 > now,
        })
    })
    .transpose()
}

/// What the action is about. `None` when it does not exist.
pub(crate) fn subject(
    connection: &mut Connection,
    actor: &ActorFacts,
    subject: Subject,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    match subject {
        Subject::Partnership | Subject::Agency(_) | Subject::Worker(_) => Ok(Some(SubjectFacts::default())),
        Subject::Child(id) => child(connection, actor, id, now),
        Subject::ChildAndWorker(id, other) => {
            let Some(mut facts) = child(connection, actor, id, now)? else {
                return Ok(None);
            };
            let Some(agency) = agency_of(connection, other)? else {
                return Ok(None);
            };
            facts.relation.colleague = agency == actor.agency;
            facts.relation.own = other == actor.worker;
            Ok(Some(facts))
        }
        Subject::Involvement(id) => {
            let Some((child_id, worker, agency)) = involvement_of(connection, id)? else {
                return Ok(None);
            };
            let Some(mut facts) = child(connection, actor, child_id, now)? else {
                return Ok(None);
            };
            facts.relation.colleague = agency == actor.agency;
            facts.relation.own = worker == actor.worker;
            Ok(Some(facts))
        }
        Subject::Entry(id) => {
            let Some((head, child_id, entry)) = entry_head(connection, actor, id)? else {
                return Ok(None);
            };
            let Some(mut facts) = child(connection, actor, child_id, now)? else {
                return Ok(None);
            };
            facts.entry = Some(head);
            facts.entry_facts = Some(entry);
            Ok(Some(facts))
        }
    }
}

#[derive(QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as the policies read them")]
struct ChildRow {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Nullable<Binary>)]
    key_sealed: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    allocated: bool,
    #[diesel(sql_type = Bool)]
    team: bool,
    #[diesel(sql_type = Bool)]
    agency_involved: bool,
    #[diesel(sql_type = Bool)]
    agency_receiving: bool,
}

static CHILD: LazyLock<Sql> = LazyLock::new(|| {
    Sql::new(
        "SELECT c.version, c.key_sealed, \
         EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > $2 AND i.worker_id = $3 \
           AND i.agency_id = $4 AND i.kind = 'allocated') AS allocated, \
         EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > $2 AND i.worker_id = $3 \
           AND i.agency_id = $4 AND i.kind = 'team') AS team, \
         EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > $2 AND i.agency_id = $4) \
           AS agency_involved, \
         EXISTS (SELECT 1 FROM referral r WHERE r.child_id = c.id AND r.to_agency_id = $4 AND r.status = 'sent') \
           AS agency_receiving \
         FROM child c WHERE c.id = $1",
    )
});

/// How the actor stands to a child.
pub(crate) fn child(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: ChildId,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    let text = CHILD.text(connection);
    let row: Option<ChildRow> = on_either!(connection, c => diesel::sql_query(text)
        .bind::<Guid, _>(Uid::from(id))
        .bind::<UtcTime, _>(Stamp(now))
        .bind::<Guid, _>(Uid::from(actor.worker))
        .bind::<Guid, _>(Uid::from(actor.agency))
        .get_result(c)
        .optional())?;
    Ok(row.map(|row| SubjectFacts {
        child: Some(ChildFacts { id, version: Version(row.version), key_sealed: row.key_sealed }),
        relation: Relation {
            allocated: row.allocated,
            team: row.team,
            agency_involved: row.agency_involved,
            agency_receiving: row.agency_receiving,
            colleague: false,
            own: false,
        },
        ..SubjectFacts::default()
    }))
}

#[derive(QueryableByName)]
struct EntryRow {
    #[diesel(sql_type = Guid)]
    child_id: Uid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Guid)]
    agency_id: Uid,
    #[diesel(sql_type = Guid)]
    author_id: Uid,
    #[diesel(sql_type = Text)]
    segment: String,
    #[diesel(sql_type = Bool)]
    sent: bool,
    #[diesel(sql_type = Bool)]
    received: bool,
    #[diesel(sql_type = Bool)]
    attached: bool,
}

static ENTRY: LazyLock<Sql> = LazyLock::new(|| {
    Sql::new(
        "SELECT e.child_id, e.kind, e.agency_id, e.author_id, e.segment, \
         EXISTS (SELECT 1 FROM referral r WHERE r.id = e.id AND r.from_agency_id = $2) AS sent, \
         EXISTS (SELECT 1 FROM referral r WHERE r.id = e.id AND r.to_agency_id = $2) AS received, \
         EXISTS (SELECT 1 FROM referral_concern a JOIN referral r ON r.id = a.referral_id \
           WHERE a.concern_id = e.id AND r.to_agency_id = $2 AND r.status <> 'declined') AS attached \
         FROM entry e WHERE e.id = $1",
    )
});

fn entry_head(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: EntryId,
) -> Result<Option<(EntryHeadFacts, ChildId, EntryFacts)>, Error> {
    let text = ENTRY.text(connection);
    let row: Option<EntryRow> = on_either!(connection, c => diesel::sql_query(text)
        .bind::<Guid, _>(Uid::from(id))
        .bind::<Guid, _>(Uid::from(actor.agency))
        .get_result(c)
        .optional())?;
    row.map(|row| {
        let unknown = |_| Error::Corrupt("a recording has an unknown code");
        let head = EntryHeadFacts {
            kind: row.kind.parse().map_err(unknown)?,
            agency: row.agency_id.into(),
            segment: row.segment.parse().map_err(unknown)?,
        };
        let facts = EntryFacts {
            kind: head.kind,
            segment: head.segment,
            own_agency: head.agency == actor.agency,
            author: WorkerId::from(row.author_id) == actor.worker,
            sent_by_my_agency: row.sent,
            sent_to_my_agency: row.received,
            attached_to_referral: row.attached,
        };
        Ok((head, row.child_id.into(), facts))
    })
    .transpose()
}

fn agency_of(connection: &mut Connection, id: WorkerId) -> Result<Option<AgencyId>, Error> {
    let row: Option<Uid> = on_either!(connection, c => worker::table
        .find(Uid::from(id))
        .select(worker::agency_id)
        .first(c)
        .optional())?;
    Ok(row.map(AgencyId::from))
}

fn involvement_of(
    connection: &mut Connection,
    id: InvolvementId,
) -> Result<Option<(ChildId, WorkerId, AgencyId)>, Error> {
    let row: Option<(Uid, Uid, Uid)> = on_either!(connection, c => involvement::table
        .find(Uid::from(id))
        .select((involvement::child_id, involvement::worker_id, involvement::agency_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(child, worker, agency)| (child.into(), worker.into(), agency.into())))
}

/// The kind a recording has, where an action is about one kind only.
pub(crate) fn is_kind(
    connection: &mut Connection,
    id: EntryId,
    child: ChildId,
    kind: EntryKind,
) -> Result<bool, Error> {
    let found: i64 = on_either!(connection, c => entry::table
        .filter(entry::id.eq(Uid::from(id)))
        .filter(entry::child_id.eq(Uid::from(child)))
        .filter(entry::kind.eq(kind.as_str()))
        .count()
        .get_result(c))?;
    Ok(found == 1)
}
