//! Who works with a child, from when to when and why.

use alongside_domain::involvement::{
    ClaimDuty, DUTY_HOURS, EndInvolvement, Involvement, InvolvementKind, NewInvolvement,
};
use alongside_domain::notice::NoticeKind;
use alongside_domain::{InvolvementId, Version, Violations, WorkerId};
use alongside_policy::Action;
use alongside_policy::action::{ClaimDuty as Claim, EndInvolvement as End, ListInvolvements, StartInvolvement};
use diesel::prelude::*;

use crate::connection::on_either;
use crate::door::Granted;
use crate::error::Error;
use crate::keys::{At, SealKey};
use crate::schema::{involvement, worker};
use crate::sql_types::{Stamp, Uid};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = involvement)]
struct Row {
    id: Uid,
    child_id: Uid,
    worker_id: Uid,
    agency_id: Uid,
    kind: String,
    started_at: Stamp,
    ends_at: Stamp,
    reason_sealed: Vec<u8>,
    end_reason_sealed: Option<Vec<u8>>,
    ended_by: Option<Uid>,
    version: i32,
}

fn place(id: Uid, child: Uid, part: &'static str) -> At<'static> {
    At { table: "involvement", row: id.0, part, owner: child.0 }
}

fn open(key: &SealKey, row: &Row) -> Result<Involvement, Error> {
    let end_reason = row
        .end_reason_sealed
        .as_deref()
        .map(|sealed| key.open_json(place(row.id, row.child_id, "end_reason"), sealed))
        .transpose()?;
    Ok(Involvement {
        id: row.id.into(),
        child_id: row.child_id.into(),
        worker_id: row.worker_id.into(),
        agency_id: row.agency_id.into(),
        kind: row.kind.parse().map_err(|_| Error::Corrupt("an involvement has an unknown kind"))?,
        started_at: row.started_at.0,
        ends_at: row.ends_at.0,
        reason: key.open_json(place(row.id, row.child_id, "reason"), &row.reason_sealed)?,
        end_reason,
        version: Version(row.version),
    })
}

impl<A: Action> Granted<'_, A> {
    /// Relates a worker to the child of this action.
    pub(crate) fn involve(&mut self, new: &NewInvolvement) -> Result<Involvement, Error> {
        let (child, key) = (Uid::from(self.child_facts()?.id), self.child_key()?);
        let agency: Option<Uid> = on_either!(&mut *self.connection, c => worker::table
            .find(Uid::from(new.worker_id))
            .select(worker::agency_id)
            .first(c)
            .optional())?;
        let agency_id =
            agency.ok_or_else(|| Violations::one("/worker_id", "names no worker; GET /v1/workers lists them"))?;
        let id = Uid::from(InvolvementId(self.shared.ids.next(self.now)));
        let row = Row {
            id,
            child_id: child,
            worker_id: new.worker_id.into(),
            agency_id,
            kind: new.kind.as_str().to_owned(),
            started_at: Stamp(self.now),
            ends_at: Stamp(new.ends_at),
            reason_sealed: key.seal_json(place(id, child, "reason"), &new.reason)?,
            end_reason_sealed: None,
            ended_by: None,
            version: Version::FIRST.0,
        };
        on_either!(&mut *self.connection, c => diesel::insert_into(involvement::table).values(&row).execute(c))?;
        open(&key, &row)
    }
}

impl Granted<'_, StartInvolvement> {
    /// Relates the worker to the child until the end that is given.
    pub fn start(&mut self, new: &NewInvolvement) -> Result<Involvement, Error> {
        self.involve(new)
    }
}

impl Granted<'_, Claim> {
    /// Takes duty for the child on the actor's own word, and tells the workers in charge.
    pub fn claim(&mut self, claim: &ClaimDuty) -> Result<Involvement, Error> {
        let involvement = self.involve(&NewInvolvement {
            worker_id: self.actor.worker,
            kind: InvolvementKind::Duty,
            ends_at: self.now + chrono::Duration::hours(DUTY_HOURS),
            reason: claim.reason.clone(),
        })?;
        let in_charge = self.in_charge()?.into_iter().map(|told| told.worker).collect();
        self.tell(in_charge, NoticeKind::DutyClaimed, "involvement", involvement.id.0)?;
        Ok(involvement)
    }
}

impl Granted<'_, End> {
    /// Ends an involvement before its time.
    pub fn end(&mut self, expected: Version, end: &EndInvolvement) -> Result<Involvement, Error> {
        let (id, key) = (Uid::from(self.action.involvement), self.child_key()?);
        let row: Row = on_either!(&mut *self.connection, c => involvement::table
            .find(id)
            .select(Row::as_select())
            .first(c))?;
        if row.version != expected.0 {
            return Err(Error::Stale {
                current: Version(row.version),
                changed_at: row.ends_at.0.min(self.now),
                changed_by: row.ended_by.map(WorkerId::from),
                changed_fields: vec!["ends_at".to_owned()],
            });
        }
        if row.ends_at.0 <= self.now {
            return Err(Error::Conflict("the involvement has ended already"));
        }
        let ended = Row {
            ends_at: Stamp(self.now),
            end_reason_sealed: Some(key.seal_json(place(id, row.child_id, "end_reason"), &end.reason)?),
            ended_by: Some(self.actor.worker.into()),
            version: expected.next().0,
            ..row
        };
        on_either!(&mut *self.connection, c => diesel::update(involvement::table.find(id))
            .set((
                involvement::ends_at.eq(ended.ends_at),
                involvement::end_reason_sealed.eq(&ended.end_reason_sealed),
                involvement::ended_by.eq(ended.ended_by),
                involvement::version.eq(ended.version),
            ))
            .execute(c))?;
        open(&key, &ended)
    }
}

impl Granted<'_, ListInvolvements> {
    /// Everybody who works or worked with the child, latest first.
    pub fn involvements(&mut self) -> Result<Vec<Involvement>, Error> {
        let (child, key) = (Uid::from(self.child_facts()?.id), self.child_key()?);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => involvement::table
            .filter(involvement::child_id.eq(child))
            .order((involvement::started_at.desc(), involvement::id.desc()))
            .select(Row::as_select())
            .load(c))?;
        rows.iter().map(|row| open(&key, row)).collect()
    }
}
