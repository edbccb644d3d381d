//! Requests to read one withheld recording, and the holder's answers.

use alongside_domain::access::disclosure::{
    DisclosureAnswer, DisclosureDecision, DisclosureRequest, DisclosureRevocation, NewDisclosureRequest,
};
use alongside_domain::accounts::worker::{Role, WorkerState};
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::{At, ChildId, DisclosureRequestId, EntryId, WorkerId};
use alongside_policy::action::{DecideDisclosure, ListDisclosureRequests, RequestDisclosure, RevokeDisclosure};
use alongside_policy::{Action, Subject, Verb};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::context::granted::{Granted, OpenRecord};
use crate::context::repeatable::Repeatable;
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place as PlaceInList};
use crate::database::schema::{disclosure_request, entry, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::{At as Place, SealKey};
use crate::standing::role::has_role;
use crate::standing::subject;
use crate::standing::whose;

/// A request, with the parts of its recording that are needed here.
#[derive(Queryable)]
struct Row {
    id: Uid,
    entry_id: Uid,
    child_id: Uid,
    worker_id: Uid,
    requested_at: Stamp,
    reason_sealed: Vec<u8>,
    answer: Option<String>,
    because_sealed: Option<Vec<u8>>,
    decided_by: Option<Uid>,
    decided_at: Option<Stamp>,
    ends_at: Option<Stamp>,
    revoked_because_sealed: Option<Vec<u8>>,
    revoked_by: Option<Uid>,
    revoked_at: Option<Stamp>,
    kind: String,
    segment: String,
    agency_id: Uid,
}

macro_rules! columns {
    () => {
        (
            disclosure_request::id,
            disclosure_request::entry_id,
            disclosure_request::child_id,
            disclosure_request::worker_id,
            disclosure_request::requested_at,
            disclosure_request::reason_sealed,
            disclosure_request::answer,
            disclosure_request::because_sealed,
            disclosure_request::decided_by,
            disclosure_request::decided_at,
            disclosure_request::ends_at,
            disclosure_request::revoked_because_sealed,
            disclosure_request::revoked_by,
            disclosure_request::revoked_at,
            entry::kind,
            entry::segment,
            entry::agency_id,
        )
    };
}

impl Row {
    fn place(&self) -> PlaceInList {
        PlaceInList { at: self.requested_at.0, id: self.id.0 }
    }

    fn open(self, key: &SealKey) -> Result<DisclosureRequest, Error> {
        let unknown = |_| Error::Corrupt("a disclosure request has an unknown code");
        let (id, child) = (self.id.into(), self.child_id.into());
        let because = self.because_sealed.map(|because| key.open_json(place(id, child, "because"), &because));
        let revoked_because =
            self.revoked_because_sealed.map(|because| key.open_json(place(id, child, "revoked_because"), &because));
        Ok(DisclosureRequest {
            id,
            child_id: child,
            recording_id: self.entry_id.into(),
            kind: self.kind.parse().map_err(unknown)?,
            segment: self.segment.parse().map_err(unknown)?,
            agency_id: self.agency_id.into(),
            requested_by: self.worker_id.into(),
            requested_at: self.requested_at.0,
            reason: key.open_json(place(id, child, "reason"), &self.reason_sealed)?,
            answer: self.answer.map(|answer| answer.parse()).transpose().map_err(unknown)?,
            because: because.transpose()?,
            decided_by: self.decided_by.map(WorkerId::from),
            decided_at: self.decided_at.map(|at| at.0),
            ends_at: self.ends_at.map(|at| at.0),
            revoked_because: revoked_because.transpose()?,
            revoked_by: self.revoked_by.map(WorkerId::from),
            revoked_at: self.revoked_at.map(|at| at.0),
        })
    }
}

fn place(id: DisclosureRequestId, child: ChildId, part: &'static str) -> Place<'static> {
    Place { table: "disclosure_request", row: id.0, part, owner: child.0 }
}

/// Ends what is disclosed to a worker who moves or leaves. It was granted for their work at that agency.
pub(crate) fn end_all(connection: &mut Connection, worker: WorkerId, now: At) -> Result<(), Error> {
    let granted = disclosure_request::table
        .filter(disclosure_request::worker_id.eq(Uid::from(worker)))
        .filter(disclosure_request::revoked_at.is_null())
        .filter(disclosure_request::ends_at.gt(Stamp(now)));
    on_either!(connection, c => diesel::update(granted).set(disclosure_request::ends_at.eq(Stamp(now))).execute(c))?;
    Ok(())
}

/// Whether the worker who asked still works at the agency they asked from.
fn works_there_still(connection: &mut Connection, id: DisclosureRequestId) -> Result<bool, Error> {
    let there: i64 = on_either!(connection, c => disclosure_request::table
        .inner_join(worker::table.on(worker::id.eq(disclosure_request::worker_id)))
        .filter(disclosure_request::id.eq(Uid::from(id)))
        .filter(worker::agency_id.eq(disclosure_request::agency_id))
        .filter(worker::state.ne(WorkerState::Left.as_str()))
        .count()
        .get_result(c))?;
    Ok(there == 1)
}

impl<A: Action> Granted<'_, A> {
    /// A request about a recording of the child of this action.
    fn disclosure_request(&mut self, id: DisclosureRequestId) -> Result<DisclosureRequest, Error> {
        let child = self.child_facts()?.id;
        let row: Row = on_either!(&mut *self.connection, c => disclosure_request::table
            .inner_join(entry::table)
            .filter(disclosure_request::id.eq(Uid::from(id)))
            .filter(disclosure_request::child_id.eq(Uid::from(child)))
            .select(columns!())
            .first(c))?;
        row.open(&self.child_key()?)
    }

    /// The workers who may answer a request: the author of the recording and the safeguarding leads of its agency. A
    /// worker from whom the record is hidden is left out.
    fn holders(&mut self, id: EntryId, request: DisclosureRequestId) -> Result<Vec<WorkerId>, Error> {
        let child = self.child_facts()?.id;
        let (author, agency): (Uid, Uid) = on_either!(&mut *self.connection, c => entry::table
            .find(Uid::from(id))
            .filter(entry::child_id.eq(Uid::from(child)))
            .select((entry::author_id, entry::agency_id))
            .first(c))?;
        let holders: Vec<Uid> = on_either!(&mut *self.connection, c => worker::table
            .filter(worker::agency_id.eq(agency))
            .filter(worker::id.eq(author).or(has_role(Role::SafeguardingLead)))
            .select(worker::id)
            .load(c))?;
        let holders: Vec<WorkerId> = holders.into_iter().map(WorkerId::from).collect();
        self.who_may(Verb::DecideDisclosure, Subject::DisclosureRequest(request), &holders)
    }
}

impl Granted<'_, RequestDisclosure> {
    /// Sends the request, and notifies its holders.
    pub fn request(&mut self, new: &NewDisclosureRequest) -> Result<DisclosureRequest, Error> {
        let (child, key, entry) = (self.child_facts()?.id, self.child_key()?, self.action.entry);
        let me = Uid::from(self.actor.worker);
        let waiting: i64 = on_either!(&mut *self.connection, c => disclosure_request::table
            .filter(disclosure_request::entry_id.eq(Uid::from(entry)))
            .filter(disclosure_request::worker_id.eq(me))
            .filter(disclosure_request::answer.is_null())
            .count()
            .get_result(c))?;
        if waiting > 0 {
            return Err(Error::Conflict("you have already asked for this, and the request has not been answered"));
        }
        let id = DisclosureRequestId(self.shared.ids.next(self.now));
        let row = (
            disclosure_request::id.eq(Uid::from(id)),
            disclosure_request::entry_id.eq(Uid::from(entry)),
            disclosure_request::child_id.eq(Uid::from(child)),
            disclosure_request::worker_id.eq(me),
            disclosure_request::agency_id.eq(Uid::from(self.actor.agency)),
            disclosure_request::requested_at.eq(Stamp(self.now)),
            disclosure_request::reason_sealed.eq(key.seal_json(place(id, child, "reason"), &new.reason)?),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(disclosure_request::table).values(row).execute(c))?;
        let holders = self.holders(entry, id)?;
        self.tell(holders, NoticeKind::DisclosureRequested, Subject::DisclosureRequest(id))?;
        self.disclosure_request(id)
    }
}

impl Granted<'_, DecideDisclosure> {
    /// Grants or refuses, once. Notifies the worker who asked, unless the record is hidden from them now.
    pub fn decide(&mut self, decision: &DisclosureDecision) -> Result<DisclosureRequest, Error> {
        let (id, child, key) = (self.action.request, self.child_facts()?.id, self.child_key()?);
        if let (DisclosureAnswer::Grant, Some((_, asker))) =
            (decision.answer, whose::disclosure_request(self.connection, id)?)
        {
            // If the worker moves at this moment, earlier grants end with the move, and later ones are refused.
            account_turn::take(self.connection, asker)?;
            if !works_there_still(self.connection, id)? {
                return Err(Error::Conflict(
                    "the worker who asked has moved to another agency. Refuse the request; they can ask again from there",
                ));
            }
        }
        let because = key.seal_json(place(id, child, "because"), &decision.because)?;
        let segment = self.subject.entry.map(|entry| entry.segment.as_str());
        let waiting = disclosure_request::table.find(Uid::from(id)).filter(disclosure_request::answer.is_null());
        let answered = on_either!(&mut *self.connection, c => diesel::update(waiting)
            .set((
                disclosure_request::answer.eq(decision.answer.as_str()),
                disclosure_request::because_sealed.eq(because),
                disclosure_request::decided_by.eq(Uid::from(self.actor.worker)),
                disclosure_request::decided_at.eq(Stamp(self.now)),
                disclosure_request::ends_at.eq(decision.ends_at.map(Stamp)),
                disclosure_request::segment.eq(segment),
            ))
            .execute(c))?;
        if answered == 0 {
            return Err(Error::Conflict("this request has already been answered"));
        }
        let request = self.disclosure_request(id)?;
        let kind = match decision.answer {
            DisclosureAnswer::Grant => NoticeKind::DisclosureGranted,
            DisclosureAnswer::Refuse => NoticeKind::DisclosureRefused,
        };
        let asker = self.who_may_know(child, &[request.requested_by])?;
        self.tell(asker, kind, Subject::DisclosureRequest(id))?;
        Ok(request)
    }
}

impl Granted<'_, RevokeDisclosure> {
    /// Revokes a grant at once. Notifies the worker who asked, unless the record is hidden from them now.
    pub fn revoke(&mut self, revocation: &DisclosureRevocation) -> Result<DisclosureRequest, Error> {
        let (id, child, key) = (self.action.request, self.child_facts()?.id, self.child_key()?);
        let because = key.seal_json(place(id, child, "revoked_because"), &revocation.because)?;
        let granted = disclosure_request::table
            .find(Uid::from(id))
            .filter(disclosure_request::answer.eq(DisclosureAnswer::Grant.as_str()))
            .filter(disclosure_request::ends_at.gt(Stamp(self.now)).and(disclosure_request::revoked_at.is_null()));
        let revoked = on_either!(&mut *self.connection, c => diesel::update(granted)
            .set((
                disclosure_request::revoked_because_sealed.eq(because),
                disclosure_request::revoked_by.eq(Uid::from(self.actor.worker)),
                disclosure_request::revoked_at.eq(Stamp(self.now)),
            ))
            .execute(c))?;
        let request = self.disclosure_request(id)?;
        if revoked == 0 {
            return Err(Error::Conflict(match (request.answer, request.revoked_at) {
                (_, Some(_)) => "this disclosure has already been revoked",
                (Some(DisclosureAnswer::Grant), None) => "this disclosure has already ended",
                _ => "this request was not granted, so there is nothing to revoke",
            }));
        }
        let asker = self.who_may_know(child, &[request.requested_by])?;
        self.tell(asker, NoticeKind::DisclosureRevoked, Subject::DisclosureRequest(id))?;
        Ok(request)
    }
}

/// The request as the list of requests shows it, for a caller who may still make, answer or revoke it.
macro_rules! repeatable {
    ($($action:ident),+) => {$(
        impl Repeatable for $action {
            type Answer = DisclosureRequest;
            type Made = DisclosureRequestId;

            fn made(request: &DisclosureRequest) -> DisclosureRequestId {
                request.id
            }

            fn again(granted: &mut Granted<'_, Self>, id: DisclosureRequestId) -> Result<DisclosureRequest, Error> {
                granted.disclosure_request(id)
            }
        }
    )+};
}

repeatable!(RequestDisclosure, DecideDisclosure, RevokeDisclosure);

impl Granted<'_, ListDisclosureRequests> {
    /// Requests that the caller made, may answer or has answered, newest first. The policy confirms each: a worker who
    /// lost access to the record no longer sees their requests about it.
    pub fn requests(&mut self, page: &PageRequest) -> Result<Page<DisclosureRequest>, Error> {
        let confirmed = |page: &PageRequest| self.rows(page)?.keep(|row| self.confirmed(row));
        Page::fill(page, confirmed, |(row, _)| row.place())?.each(|(row, record)| row.open(record.key()))
    }

    fn rows(&mut self, page: &PageRequest) -> Result<Page<Row>, Error> {
        let (me, mine) = (Uid::from(self.actor.worker), Uid::from(self.actor.agency));
        let leads = self.actor.roles.contains(Role::SafeguardingLead);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let held = entry::agency_id.eq(mine).and(entry::author_id.eq(me).or(leads.into_sql::<Bool>()));
            let mut query = disclosure_request::table
                .inner_join(entry::table)
                .filter(disclosure_request::worker_id.eq(me).or(held))
                .select(columns!())
                .into_boxed();
            if let Some(PlaceInList { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(
                    disclosure_request::requested_at
                        .lt(at)
                        .or(disclosure_request::requested_at.eq(at).and(disclosure_request::id.lt(id))),
                );
            }
            query
                .order((disclosure_request::requested_at.desc(), disclosure_request::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        Ok(Page::unconfirmed(rows, page.limit, Row::place))
    }

    fn confirmed(&mut self, row: Row) -> Result<Option<(Row, OpenRecord)>, Error> {
        let subject = subject::entry(self.connection, &self.actor, row.entry_id.into(), self.now)?;
        let mut subject = subject.ok_or(Error::Corrupt("a disclosure request is about no recording"))?;
        let asked_by_me = WorkerId::from(row.worker_id) == self.actor.worker;
        subject.relation.own = asked_by_me;
        let verb = if asked_by_me { Verb::RequestDisclosure } else { Verb::DecideDisclosure };
        Ok(self.confirm_row(verb, &subject)?.map(|record| (row, record)))
    }
}
