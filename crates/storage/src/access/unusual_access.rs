//! Unusual access: listed for the worker's overseers, and confirmed by a second person.

use alongside_domain::UnusualAccessId;
use alongside_domain::accounts::worker::Role;
use alongside_domain::audit::activity::{NewConfirmation, UnusualAccess, day_of};
use alongside_policy::action::{ConfirmUnusualAccess, ListUnusualAccess};
use diesel::prelude::*;

use crate::audit::activity::KEPT_DAYS;
use crate::audit::unusual::{Row, all};
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::repeatable::Repeatable;
use crate::context::store::Store;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::{activity, activity_seen, unusual_access};
use crate::database::sql_types::{Stamp, Uid};

impl Granted<'_, ListUnusualAccess> {
    /// A page of unusual access, newest first. Auditors see all of it, others that of other staff in their agency.
    pub fn unusual(&mut self, page: &PageRequest) -> Result<Page<UnusualAccess>, Error> {
        let (me, mine) = (Uid::from(self.actor.worker), Uid::from(self.actor.agency));
        let sees_all = self.actor.roles.contains(Role::Auditor);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = unusual_access::table.select(Row::as_select()).into_boxed();
            if !sees_all {
                query = query.filter(unusual_access::agency_id.eq(mine)).filter(unusual_access::worker_id.ne(me));
            }
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(
                    unusual_access::recorded_at
                        .lt(at)
                        .or(unusual_access::recorded_at.eq(at).and(unusual_access::id.lt(id))),
                );
            }
            query
                .order((unusual_access::recorded_at.desc(), unusual_access::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        Ok(Page::cut(all(rows)?, page.limit, |unusual| Place { at: unusual.at, id: unusual.id.0 }))
    }
}

impl Granted<'_, ConfirmUnusualAccess> {
    /// Confirms all of the worker's unusual access today, until the day ends.
    pub fn confirm(&mut self, new: &NewConfirmation) -> Result<Vec<UnusualAccess>, Error> {
        let day = Stamp(day_of(self.now));
        let of_today = || {
            unusual_access::table
                .filter(unusual_access::worker_id.eq(Uid::from(self.action.worker)))
                .filter(unusual_access::on_day.eq(day))
        };
        let confirmed = on_either!(&mut *self.connection, c => diesel::update(
            of_today().filter(unusual_access::confirmed_at.is_null())
        )
        .set((
            unusual_access::confirmed_by.eq(Uid::from(self.actor.worker)),
            unusual_access::confirmed_at.eq(Stamp(self.now)),
            unusual_access::confirmed_because.eq(&new.because),
        ))
        .execute(c))?;
        if confirmed == 0 {
            return Err(Error::Conflict("there is nothing to confirm for this worker today"));
        }
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => of_today()
            .order((unusual_access::recorded_at.desc(), unusual_access::id.desc()))
            .select(Row::as_select())
            .load(c))?;
        all(rows)
    }
}

impl Repeatable for ConfirmUnusualAccess {
    type Answer = Vec<UnusualAccess>;
    type Made = Vec<UnusualAccessId>;

    fn made(confirmed: &Self::Answer) -> Self::Made {
        confirmed.iter().map(|unusual| unusual.id).collect()
    }

    fn again(granted: &mut Granted<'_, Self>, made: Self::Made) -> Result<Self::Answer, Error> {
        let ids: Vec<Uid> = made.into_iter().map(Uid::from).collect();
        let rows: Vec<Row> = on_either!(&mut *granted.connection, c => unusual_access::table
            .filter(unusual_access::id.eq_any(ids))
            .order((unusual_access::recorded_at.desc(), unusual_access::id.desc()))
            .select(Row::as_select())
            .load(c))?;
        all(rows)
    }
}

impl Store {
    /// Removes the counts of past days. The server runs it every hour.
    pub async fn forget_old_activity(&self) -> Result<(), Error> {
        self.session_change(|_, connection, now| {
            let over = Stamp(now - chrono::Duration::days(KEPT_DAYS));
            let forgotten = on_either!(connection, c => {
                diesel::delete(activity_seen::table.filter(activity_seen::on_day.lt(over)))
                    .execute(c)
                    .and_then(|_| diesel::delete(activity::table.filter(activity::since.lt(over))).execute(c))
            });
            Passed::of(forgotten.map(drop).map_err(Error::from), None)
        })
        .await
    }
}
