//! Conflicts: workers who are part of the child's story and must have no access to the record.

use alongside_domain::access::conflict::{LiftConflict, NewConflict};
use alongside_domain::{ChildId, Violations};
use alongside_policy::action::{DeclareConflict, LiftConflict as Lift};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::context::repeatable::repeatable_without_body;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{conflict, involvement};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::At as Place;

fn place(id: Uid, child: ChildId, part: &'static str) -> Place<'static> {
    Place { table: "conflict", row: id.0, part, owner: child.0 }
}

impl Granted<'_, DeclareConflict> {
    /// Stores the conflict, and ends every involvement of the worker with the child.
    pub fn declare(&mut self, new: &NewConflict) -> Result<(), Error> {
        if new.worker_id != self.action.worker {
            return Err(Violations::one("/worker_id", "is not the worker that this decision was about").into());
        }
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let (id, worker, now) = (Uid(self.shared.ids.next(self.now)), Uid::from(new.worker_id), Stamp(self.now));
        let known: i64 = on_either!(&mut *self.connection, c => conflict::table
            .filter(conflict::child_id.eq(Uid::from(child)))
            .filter(conflict::worker_id.eq(worker))
            .filter(conflict::lifted_at.is_null())
            .count()
            .get_result(c))?;
        if known > 0 {
            return Err(Error::Conflict("this conflict has already been declared"));
        }
        let row = (
            conflict::id.eq(id),
            conflict::child_id.eq(Uid::from(child)),
            conflict::worker_id.eq(worker),
            conflict::kind.eq(new.kind.as_str()),
            conflict::declared_by.eq(Uid::from(self.actor.worker)),
            conflict::declared_at.eq(now),
            conflict::note_sealed.eq(key.seal_json(place(id, child, "note"), &new.note)?),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(conflict::table).values(row).execute(c))?;
        let running = involvement::table
            .filter(involvement::child_id.eq(Uid::from(child)))
            .filter(involvement::worker_id.eq(worker))
            .filter(involvement::ends_at.gt(now));
        on_either!(&mut *self.connection, c => diesel::update(running)
            .set((
                involvement::ends_at.eq(now),
                involvement::ended_by.eq(Uid::from(self.actor.worker)),
                involvement::version.eq(involvement::version + 1),
            ))
            .execute(c))?;
        Ok(())
    }
}

impl Granted<'_, Lift> {
    /// Ends the conflict. The involvements that it ended stay ended.
    pub fn lift(&mut self, lift: &LiftConflict) -> Result<(), Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let id: Option<Uid> = on_either!(&mut *self.connection, c => conflict::table
            .filter(conflict::child_id.eq(Uid::from(child)))
            .filter(conflict::worker_id.eq(Uid::from(self.action.worker)))
            .filter(conflict::lifted_at.is_null())
            .select(conflict::id)
            .first(c)
            .optional())?;
        let id = id.ok_or(Error::Conflict("this worker has no conflict with the child"))?;
        let because = key.seal_json(place(id, child, "lifted_because"), &lift.because)?;
        on_either!(&mut *self.connection, c => diesel::update(conflict::table.find(id))
            .set((
                conflict::lifted_by.eq(Uid::from(self.actor.worker)),
                conflict::lifted_at.eq(Stamp(self.now)),
                conflict::lifted_because_sealed.eq(because),
            ))
            .execute(c))?;
        Ok(())
    }
}

repeatable_without_body!(DeclareConflict, Lift);
