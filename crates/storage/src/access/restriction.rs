//! Closed records: one lead restricts, two seal and unseal.

use alongside_domain::access::restriction::{
    LiftRestriction, NewRestriction, NewSealing, Restriction, RestrictionReason, RestrictionStatus, RestrictionStep,
    RestrictionView, SealingAnswer, SealingChange, SealingDecision,
};
use alongside_domain::{ChildId, ProposalId, WorkerId};
use alongside_policy::Action;
use alongside_policy::action::{
    DecideSealing, LiftRestriction as Lift, ProposeSealing, RestrictRecord, ViewRestriction,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::closed_record::AT_ONE_MOMENT;
use crate::context::granted::{Granted, OpenRecord};
use crate::context::repeatable::{REPEATING, Repeatable};
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{child, listed_person, restriction_step};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::{At as Place, SealKey};

/// The sealed content of a step: its text, and the people who may open the record.
#[derive(Serialize, Deserialize)]
struct Content {
    note: String,
    open_to: Vec<WorkerId>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = restriction_step)]
struct Row {
    id: Uid,
    level: String,
    status: String,
    reason: Option<String>,
    owner_id: Uid,
    review_on: Option<String>,
    proposed_by: Uid,
    proposed_at: Stamp,
    content: Vec<u8>,
    decided_by: Option<Uid>,
    decided_at: Option<Stamp>,
    decided_because_sealed: Option<Vec<u8>>,
}

const OUT_OF_DATE: &str = "a person it names can no longer act, or too few of them could open the record again. Decline it \
                           and propose it again with other people";

/// A step to be written.
struct Step {
    level: Restriction,
    status: RestrictionStatus,
    reason: Option<RestrictionReason>,
    owner: WorkerId,
    review_on: Option<NaiveDate>,
    content: Content,
}

impl Step {
    fn new(level: Restriction, status: RestrictionStatus, new: &NewRestriction) -> Self {
        Self {
            level,
            status,
            reason: Some(new.reason),
            owner: new.owner_id,
            review_on: (level != Restriction::Open).then_some(new.review_on),
            content: Content { note: new.note.clone(), open_to: new.open_to.clone() },
        }
    }
}

fn place(id: ProposalId, child: ChildId, part: &'static str) -> Place<'static> {
    Place { table: "restriction_step", row: id.0, part, owner: child.0 }
}

fn opened(key: &SealKey, child: ChildId, row: Row) -> Result<RestrictionStep, Error> {
    let unknown = |_| Error::Corrupt("a restriction has an unknown code");
    let id = row.id.into();
    let content: Content = key.open_json(place(id, child, "content"), &row.content)?;
    let because = row.decided_because_sealed.as_deref();
    Ok(RestrictionStep {
        id,
        level: row.level.parse().map_err(unknown)?,
        status: row.status.parse().map_err(unknown)?,
        reason: row.reason.as_deref().map(str::parse).transpose().map_err(unknown)?,
        note: content.note,
        owner_id: row.owner_id.into(),
        review_on: row
            .review_on
            .map(|day| day.parse())
            .transpose()
            .map_err(|_| Error::Corrupt("a review has no day"))?,
        proposed_by: row.proposed_by.into(),
        proposed_at: row.proposed_at.0,
        decided_by: row.decided_by.map(WorkerId::from),
        decided_at: row.decided_at.map(|at| at.0),
        decided_because: because.map(|b| key.open_json(place(id, child, "decided_because"), b)).transpose()?,
    })
}

impl<A: Action> Granted<'_, A> {
    fn level(&self) -> Restriction {
        self.subject.relation.restriction
    }

    fn write_step(&mut self, record: &OpenRecord, step: &Step) -> Result<(), Error> {
        let (child, key) = (record.child(), record.key());
        let id = ProposalId(self.shared.ids.next(self.now));
        let content = key.seal_json(place(id, child, "content"), &step.content)?;
        let row = (
            restriction_step::id.eq(Uid::from(id)),
            restriction_step::child_id.eq(Uid::from(child)),
            restriction_step::level.eq(step.level.as_str()),
            restriction_step::status.eq(step.status.as_str()),
            restriction_step::reason.eq(step.reason.map(RestrictionReason::as_str)),
            restriction_step::owner_id.eq(Uid::from(step.owner)),
            restriction_step::review_on.eq(step.review_on.map(|day| day.to_string())),
            restriction_step::proposed_by.eq(Uid::from(self.actor.worker)),
            restriction_step::proposed_at.eq(Stamp(self.now)),
            restriction_step::content.eq(content),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(restriction_step::table).values(row).execute(c))?;
        Ok(())
    }

    /// Changes the restriction, if it is still the one that was read.
    fn set_level(&mut self, record: &OpenRecord, level: Restriction, open_to: &[WorkerId]) -> Result<(), Error> {
        let (child, read) = (Uid::from(record.child()), record.relation().restriction);
        on_either!(&mut *self.connection, c => {
            let changed = diesel::update(child::table.find(child).filter(child::restriction.eq(read.as_str())))
                .set(child::restriction.eq(level.as_str()))
                .execute(c)?;
            if changed != 1 {
                return Err(Error::Conflict(AT_ONE_MOMENT));
            }
            diesel::delete(listed_person::table.filter(listed_person::child_id.eq(child))).execute(c)?;
            for worker in open_to {
                diesel::insert_into(listed_person::table)
                    .values((listed_person::child_id.eq(child), listed_person::worker_id.eq(Uid::from(*worker))))
                    .execute(c)?;
            }
        });
        Ok(())
    }

    /// Seals a record when it is created. Two people have sealed the record that it follows.
    pub(crate) fn seal_from_birth(&mut self, record: &OpenRecord, new: &NewRestriction) -> Result<(), Error> {
        self.require_openable(record, Restriction::Sealed, &new.open_to, "/restriction/open_to")?;
        self.write_step(record, &Step::new(Restriction::Sealed, RestrictionStatus::Done, new))?;
        self.set_level(record, Restriction::Sealed, &new.open_to)
    }

    fn restriction_view(&mut self, record: &OpenRecord, level: Restriction) -> Result<RestrictionView, Error> {
        let (id, key) = (record.child(), record.key());
        let open_to: Vec<Uid> = on_either!(&mut *self.connection, c => listed_person::table
            .filter(listed_person::child_id.eq(Uid::from(id)))
            .order(listed_person::worker_id)
            .select(listed_person::worker_id)
            .load(c))?;
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => restriction_step::table
            .filter(restriction_step::child_id.eq(Uid::from(id)))
            .order((restriction_step::proposed_at.desc(), restriction_step::id.desc()))
            .select(Row::as_select())
            .load(c))?;
        let steps = rows.into_iter().map(|row| opened(key, id, row)).collect::<Result<_, _>>()?;
        let open_to = open_to.into_iter().map(WorkerId::from).collect();
        Ok(RestrictionView { child_id: id, level, open_to, steps })
    }
}

impl Granted<'_, ViewRestriction> {
    /// The restriction of the record, its list, and its history.
    pub fn restriction(&mut self) -> Result<RestrictionView, Error> {
        self.restriction_view(&self.opened()?, self.level())
    }
}

impl Granted<'_, RestrictRecord> {
    /// Restricts the record to the people named, or changes the list.
    pub fn restrict(&mut self, new: &NewRestriction) -> Result<RestrictionView, Error> {
        if self.level() == Restriction::Sealed {
            return Err(Error::Conflict(
                "the record is sealed. Two people must agree to change that: start with a proposal",
            ));
        }
        self.require_unchanged()?;
        let record = self.opened()?;
        self.require_openable(&record, Restriction::Restricted, &new.open_to, "/open_to")?;
        self.write_step(&record, &Step::new(Restriction::Restricted, RestrictionStatus::Done, new))?;
        self.set_level(&record, Restriction::Restricted, &new.open_to)?;
        self.restriction_view(&record, Restriction::Restricted)
    }
}

impl Granted<'_, Lift> {
    /// Opens a restricted record again.
    pub fn lift(&mut self, lift: &LiftRestriction) -> Result<RestrictionView, Error> {
        match self.level() {
            Restriction::Restricted => {}
            Restriction::Open => return Err(Error::Conflict("the record is already open")),
            Restriction::Sealed => {
                return Err(Error::Conflict(
                    "the record is sealed. Two people must agree to change that: start with a proposal",
                ));
            }
        }
        self.require_unchanged()?;
        let record = self.opened()?;
        let step = Step {
            level: Restriction::Open,
            status: RestrictionStatus::Done,
            reason: None,
            owner: self.actor.worker,
            review_on: None,
            content: Content { note: lift.because.clone(), open_to: Vec::new() },
        };
        self.write_step(&record, &step)?;
        self.set_level(&record, Restriction::Open, &[])?;
        self.restriction_view(&record, Restriction::Open)
    }
}

impl Granted<'_, ProposeSealing> {
    /// Proposes to seal the record, to change the list of a sealed one, or to unseal it. A second person decides.
    pub fn propose(&mut self, new: &NewSealing) -> Result<RestrictionView, Error> {
        let level = match (new.change, self.level()) {
            (SealingChange::Unseal, Restriction::Open | Restriction::Restricted) => {
                return Err(Error::Conflict("the record is not sealed"));
            }
            (SealingChange::Unseal, Restriction::Sealed) => Restriction::Open,
            (SealingChange::Seal, _) => Restriction::Sealed,
        };
        self.require_unchanged()?;
        let record = self.opened()?;
        self.require_openable(&record, level, &new.restriction.open_to, "/restriction/open_to")?;
        self.write_step(&record, &Step::new(level, RestrictionStatus::Proposed, &new.restriction))?;
        self.restriction_view(&record, self.level())
    }
}

macro_rules! repeatable {
    ($($action:ident),+) => {$(
        impl Repeatable for $action {
            type Answer = RestrictionView;
            type Made = ();

            fn made(_: &RestrictionView) {}

            fn again(granted: &mut Granted<'_, Self>, (): ()) -> Result<RestrictionView, Error> {
                let view = ViewRestriction { child: granted.child_facts()?.id, purpose: REPEATING };
                granted.look_again(&view, |granted| granted.restriction())
            }
        }
    )+};
}

repeatable!(RestrictRecord, Lift, ProposeSealing, DecideSealing);

impl Granted<'_, DecideSealing> {
    /// Approves or declines a proposal. The policy refuses the proposer.
    pub fn decide(&mut self, decision: &SealingDecision) -> Result<RestrictionView, Error> {
        self.require_unchanged()?;
        let (id, record) = (self.action.proposal, self.opened()?);
        let (child, key) = (record.child(), record.key());
        let row: Row = on_either!(&mut *self.connection, c => restriction_step::table
            .find(Uid::from(id))
            .select(Row::as_select())
            .first(c))?;
        let content: Content = key.open_json(place(id, child, "content"), &row.content)?;
        let step = opened(key, child, row)?;
        if step.status != RestrictionStatus::Proposed {
            return Err(Error::Conflict("this proposal has already been decided"));
        }
        let status = match decision.answer {
            SealingAnswer::Approve => RestrictionStatus::Done,
            SealingAnswer::Decline => RestrictionStatus::Declined,
        };
        let because = key.seal_json(place(id, child, "decided_because"), &decision.because)?;
        let waiting = restriction_step::table
            .find(Uid::from(id))
            .filter(restriction_step::status.eq(RestrictionStatus::Proposed.as_str()));
        let decided = on_either!(&mut *self.connection, c => diesel::update(waiting)
            .set((
                restriction_step::status.eq(status.as_str()),
                restriction_step::decided_by.eq(Uid::from(self.actor.worker)),
                restriction_step::decided_at.eq(Stamp(self.now)),
                restriction_step::decided_because_sealed.eq(because),
            ))
            .execute(c))?;
        if decided != 1 {
            return Err(Error::Conflict("this proposal has already been decided"));
        }
        let mut level = self.level();
        if status == RestrictionStatus::Done {
            let open_to = if step.level == Restriction::Open { Vec::new() } else { content.open_to };
            match self.require_openable(&record, step.level, &open_to, "/open_to") {
                Err(Error::Invalid(_)) => return Err(Error::Conflict(OUT_OF_DATE)),
                checked => checked?,
            }
            self.set_level(&record, step.level, &open_to)?;
            level = step.level;
        }
        self.restriction_view(&record, level)
    }
}
