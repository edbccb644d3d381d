//! The relationship of a caller to a recording: its author and agency, and whether it names them, was disclosed to
//! them, or reached them with a referral.

use std::collections::{HashMap, HashSet};

use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_domain::statutory::referral::ReferralStatus;
use alongside_domain::{At, ChildId, EntryId, WorkerId};
use alongside_policy::EntryFacts;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{disclosure_request, entry, named_reader, referral, referral_concern};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::facts::ActorFacts;
use crate::standing::facts::EntryHeadFacts;

/// The recordings that name a worker as a reader.
macro_rules! kept_for {
    ($worker:expr) => {
        named_reader::table.filter(named_reader::worker_id.eq($worker))
    };
}

/// The recordings that are disclosed to a worker now, while they work for the agency they asked from.
macro_rules! disclosed_to {
    ($worker:expr, $agency:expr, $now:expr) => {
        disclosure_request::table
            .filter(disclosure_request::worker_id.eq($worker))
            .filter(disclosure_request::agency_id.eq($agency))
            .filter(disclosure_request::answer.eq("grant"))
            .filter(disclosure_request::ends_at.gt($now).and(disclosure_request::revoked_at.is_null()))
    };
}

/// Whether an agency received a concern with a referral and did not decline it.
macro_rules! received_by {
    ($agency:expr) => {
        exists(
            referral::table
                .filter(referral::id.eq(referral_concern::referral_id))
                .filter(referral::to_agency_id.eq($agency).and(referral::status.ne(ReferralStatus::Declined.as_str()))),
        )
    };
}

/// Whether an agency received a withheld concern with a referral. The concern must be in the same segment as then, or
/// shared since.
macro_rules! sent_to {
    ($agency:expr, $concern:expr, $segment:expr) => {
        exists(
            referral_concern::table
                .filter(referral_concern::concern_id.eq($concern))
                .filter(referral_concern::segment.eq($segment).or($segment.eq(Segment::Shared.as_str())))
                .filter(received_by!($agency)),
        )
    };
}

pub(crate) use {disclosed_to, kept_for, received_by, sent_to};

/// The recordings of a page that name the caller, were disclosed to them, or reached their agency with a referral.
#[derive(Default)]
pub(crate) struct Ties {
    pub(crate) named: HashSet<EntryId>,
    /// With the segments in which they are disclosed.
    released: HashMap<EntryId, Vec<Segment>>,
    /// With the segments in which they were sent.
    attached: HashMap<EntryId, Vec<Segment>>,
}

impl Ties {
    /// The ties to these recordings.
    pub(crate) fn of(
        connection: &mut Connection,
        actor: &ActorFacts,
        entries: &[EntryId],
        now: At,
    ) -> Result<Self, Error> {
        if entries.is_empty() {
            return Ok(Self::default());
        }
        let (worker, agency, now) = (Uid::from(actor.worker), Uid::from(actor.agency), Stamp(now));
        let ids: Vec<Uid> = entries.iter().copied().map(Uid::from).collect();
        let rows: Vec<(Uid, bool, Option<String>)> = on_either!(connection, c => entry::table
            .left_join(
                referral_concern::table.on(referral_concern::concern_id.eq(entry::id).and(received_by!(agency))),
            )
            .filter(entry::id.eq_any(&ids))
            .select((
                entry::id,
                exists(kept_for!(worker).filter(named_reader::entry_id.eq(entry::id))),
                referral_concern::segment.nullable(),
            ))
            .load(c))?;
        let disclosed: Vec<(Uid, Option<String>)> = on_either!(connection, c => disclosed_to!(worker, agency, now)
            .filter(disclosure_request::entry_id.eq_any(ids))
            .select((disclosure_request::entry_id, disclosure_request::segment))
            .load(c))?;
        let mut ties = Self::default();
        let confidence = |code: &str| code.parse().map_err(|_| Error::Corrupt("a tie has an unknown segment"));
        for (id, named, sent) in rows {
            let id = EntryId::from(id);
            if named {
                ties.named.insert(id);
            }
            if let Some(sent) = sent {
                ties.attached.entry(id).or_default().push(confidence(&sent)?);
            }
        }
        for (id, segment) in disclosed {
            if let Some(segment) = segment {
                ties.released.entry(id.into()).or_default().push(confidence(&segment)?);
            }
        }
        Ok(ties)
    }

    /// Whether a recording in this segment is disclosed. It must be the segment for which the request was granted.
    pub(crate) fn released(&self, id: EntryId, segment: Segment) -> bool {
        self.released.get(&id).is_some_and(|granted| granted.contains(&segment))
    }

    /// Whether a concern in this segment arrived with a referral. It must be shared, or in the segment it was sent in.
    pub(crate) fn attached(&self, concern: EntryId, segment: Segment) -> bool {
        self.attached.get(&concern).is_some_and(|sent| segment == Segment::Shared || sent.contains(&segment))
    }
}

/// A recording by its id: its head, its child, and the caller's relationship to it.
pub(crate) fn of_entry(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: EntryId,
    now: At,
) -> Result<Option<(EntryHeadFacts, ChildId, EntryFacts)>, Error> {
    type Row = (Uid, String, Uid, Uid, String, bool, bool, bool, bool, bool);
    let (id_of, worker, agency, now) = (Uid::from(id), Uid::from(actor.worker), Uid::from(actor.agency), Stamp(now));
    let row: Option<Row> = on_either!(connection, c => entry::table
        .find(id_of)
        .select((
            entry::child_id,
            entry::kind,
            entry::agency_id,
            entry::author_id,
            entry::segment,
            exists(kept_for!(worker).filter(named_reader::entry_id.eq(id_of))),
            exists(
                disclosed_to!(worker, agency, now)
                    .filter(disclosure_request::entry_id.eq(id_of))
                    .filter(disclosure_request::segment.eq(entry::segment.nullable())),
            ),
            exists(referral::table.filter(referral::id.eq(id_of)).filter(referral::from_agency_id.eq(agency))),
            exists(referral::table.filter(referral::id.eq(id_of)).filter(referral::to_agency_id.eq(agency))),
            sent_to!(agency, id_of, entry::segment),
        ))
        .first(c)
        .optional())?;
    row.map(|row| {
        let (child, kind, agency, author, segment, named, released, sent_by, sent_to, attached) = row;
        let unknown = |_| Error::Corrupt("a recording has an unknown code");
        let head = EntryHeadFacts {
            kind: kind.parse().map_err(unknown)?,
            agency: agency.into(),
            segment: segment.parse().map_err(unknown)?,
        };
        let facts = EntryFacts {
            own_agency: head.agency == actor.agency,
            author: WorkerId::from(author) == actor.worker,
            named,
            released,
            sent_by_my_agency: sent_by,
            sent_to_my_agency: sent_to,
            attached_to_referral: attached,
            ..EntryFacts::of(head.kind, head.segment)
        };
        Ok((head, child.into(), facts))
    })
    .transpose()
}

/// The caller's relationship to recordings of children whose records they may read. An unknown id has no facts.
pub(crate) fn of_entries(
    connection: &mut Connection,
    actor: &ActorFacts,
    recordings: &[EntryId],
    now: At,
) -> Result<HashMap<EntryId, EntryFacts>, Error> {
    type Row = (Uid, String, String, Uid, Uid);
    let ties = Ties::of(connection, actor, recordings, now)?;
    let ids: Vec<Uid> = recordings.iter().copied().map(Uid::from).collect();
    let rows: Vec<Row> = on_either!(connection, c => entry::table
        .filter(entry::id.eq_any(&ids))
        .select((entry::id, entry::kind, entry::segment, entry::agency_id, entry::author_id))
        .load(c))?;
    let unknown = |_| Error::Corrupt("a recording has an unknown code");
    rows.into_iter()
        .map(|(id, kind, segment, agency, author)| {
            let (id, kind): (EntryId, EntryKind) = (id.into(), kind.parse().map_err(unknown)?);
            let segment = segment.parse().map_err(unknown)?;
            let own_agency = actor.agency == agency.into();
            let facts = EntryFacts {
                own_agency,
                author: actor.worker == WorkerId::from(author),
                named: ties.named.contains(&id),
                released: ties.released(id, segment),
                attached_to_referral: ties.attached(id, segment),
                sent_by_my_agency: kind == EntryKind::Referral && own_agency,
                ..EntryFacts::of(kind, segment)
            };
            Ok((id, facts))
        })
        .collect()
}
