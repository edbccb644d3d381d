//! Notices before an allocation ends, so that work does not stop because no worker checked a date.

use alongside_domain::access::involvement::{InvolvementKind, NOTIFIED_DAYS_BEFORE_END};
use alongside_domain::accounts::worker::Role;
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::{AgencyId, At, ChildId, InvolvementId, WorkerId};
use alongside_policy::{Policy, Subject, Verb};
use chrono::Duration;
use diesel::prelude::*;

use crate::context::job::Passed;
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{involvement, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::notices::notice;
use crate::notices::recipients::{who_may, with_role};

/// How many allocations are handled in one transaction.
const AT_ONCE: i64 = 50;

/// An allocation that ends soon: its id, worker, agency and child, and when it ends.
type Ending = (Uid, Uid, Uid, Uid, Stamp);

impl Store {
    /// Notifies the worker, and the staff who may renew it, that an allocation ends soon. It does so once for each end,
    /// even with several servers. The server runs it every hour.
    pub async fn notify_of_ending_allocations(&self) -> Result<(), Error> {
        while self.notify_of_some_ending_allocations().await? {}
        Ok(())
    }

    /// Returns whether there may be more.
    async fn notify_of_some_ending_allocations(&self) -> Result<bool, Error> {
        self.session_change(|shared, connection, now| Passed::of(notify(shared, connection, now), None)).await
    }
}

fn notify(shared: &Shared, connection: &mut Connection, now: At) -> Result<bool, Error> {
    let soon = Stamp(now + Duration::days(NOTIFIED_DAYS_BEFORE_END));
    let ending: Vec<Ending> = on_either!(&mut *connection, c => involvement::table
        .filter(involvement::kind.eq(InvolvementKind::Allocated.as_str()))
        .filter(involvement::ends_at.gt(Stamp(now)))
        .filter(involvement::ends_at.le(soon))
        .filter(involvement::notified_of_end_at.is_null().or(involvement::notified_of_end_at.ne(involvement::ends_at.nullable())))
        .order(involvement::ends_at.asc())
        .limit(AT_ONCE)
        .select((
            involvement::id,
            involvement::worker_id,
            involvement::agency_id,
            involvement::child_id,
            involvement::ends_at,
        ))
        .load(c))?;
    let found = ending.len();
    for (id, worker, agency, child, ends_at) in ending {
        // Another server may have been faster.
        let first = on_either!(&mut *connection, c => diesel::update(involvement::table.find(id))
            .filter(involvement::ends_at.eq(ends_at))
            .filter(involvement::notified_of_end_at.is_null().or(involvement::notified_of_end_at.ne(ends_at)))
            .set(involvement::notified_of_end_at.eq(ends_at))
            .execute(c))?;
        if first == 1 {
            let policy = shared.policy();
            let answering =
                answering(&policy, connection, (id.into(), worker.into(), agency.into(), child.into()), now)?;
            for to in answering {
                let kind = NoticeKind::AllocationEnding;
                notice::write(shared, connection, now, (to, kind, "involvement", id.0))?;
            }
        }
    }
    Ok(i64::try_from(found).is_ok_and(|found| found == AT_ONCE))
}

/// The worker, their manager and the agency's safeguarding leads. Where no manager may renew it, the agency's
/// supervisors take the manager's place. Each is included only as far as the rules allow it.
fn answering(
    policy: &Policy,
    connection: &mut Connection,
    (id, of, agency, child): (InvolvementId, WorkerId, AgencyId, ChildId),
    now: At,
) -> Result<Vec<WorkerId>, Error> {
    let manager: Option<Uid> = on_either!(&mut *connection, c => worker::table
        .find(Uid::from(of))
        .select(worker::supervisor_id)
        .first(c))?;
    let manager: Vec<WorkerId> = manager.map(WorkerId::from).into_iter().collect();
    let mut may = |verb, subject, workers: &[WorkerId]| who_may(policy, connection, (verb, subject), workers, now);
    let mut told = may(Verb::ViewOwnAccess, Subject::Child(child), &[of])?;
    let renews = (Verb::RenewInvolvement, Subject::Involvement(id));
    let mut renewing = may(renews.0, renews.1, &manager)?;
    let roles: &[Role] =
        if renewing.is_empty() { &[Role::Supervisor, Role::SafeguardingLead] } else { &[Role::SafeguardingLead] };
    for role in roles {
        let with_role = with_role(connection, *role, Some(&[agency]))?;
        renewing.extend(who_may(policy, connection, renews, &with_role, now)?);
    }
    told.extend(renewing);
    told.sort_unstable();
    told.dedup();
    Ok(told)
}
