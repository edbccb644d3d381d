//! Renewals: an involvement ends later than was said. That nobody renews their own, the policy has seen to.

use std::collections::HashMap;

use alongside_domain::access::involvement::{Involvement, RenewInvolvement as NewEnd, Renewal};
use alongside_domain::{Version, Violations};
use alongside_policy::action::RenewInvolvement;
use chrono::Duration;
use diesel::prelude::*;

use super::Row;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{involvement, involvement_renewal};
use crate::database::sql_types::{Stamp, Uid};
use crate::door::pass::Granted;
use crate::sealing::keys::{At as Place, SealKey};

/// An involvement, the version that the renewal made, by whom, when, the end before, the end after, why.
type RenewalRow = (Uid, i32, Uid, Stamp, Stamp, Stamp, Vec<u8>);

/// The columns of a [`RenewalRow`].
macro_rules! columns {
    () => {
        (
            involvement_renewal::involvement_id,
            involvement_renewal::version,
            involvement_renewal::renewed_by,
            involvement_renewal::renewed_at,
            involvement_renewal::ended_at_before,
            involvement_renewal::ends_at,
            involvement_renewal::reason_sealed,
        )
    };
}

fn place(id: Uid, child: Uid, version: &str) -> Place<'_> {
    Place { table: "involvement_renewal", row: id.0, part: version, owner: child.0 }
}

/// The renewals of some involvements, earliest first.
#[derive(Default)]
pub(super) struct Renewals(HashMap<Uid, Vec<Renewal>>);

impl Renewals {
    pub(super) fn of(&mut self, involvement: Uid) -> Vec<Renewal> {
        self.0.remove(&involvement).unwrap_or_default()
    }

    pub(super) fn of_involvement(connection: &mut Connection, key: &SealKey, row: &Row) -> Result<Self, Error> {
        let rows: Vec<RenewalRow> = on_either!(connection, c => involvement_renewal::table
            .filter(involvement_renewal::involvement_id.eq(row.id))
            .order(involvement_renewal::version.asc())
            .select(columns!())
            .load(c))?;
        Self::open(rows, key, row.child_id)
    }

    pub(super) fn of_child(connection: &mut Connection, key: &SealKey, child: Uid) -> Result<Self, Error> {
        let rows: Vec<RenewalRow> = on_either!(connection, c => involvement_renewal::table
            .inner_join(involvement::table)
            .filter(involvement::child_id.eq(child))
            .order(involvement_renewal::version.asc())
            .select(columns!())
            .load(c))?;
        Self::open(rows, key, child)
    }

    fn open(rows: Vec<RenewalRow>, key: &SealKey, child: Uid) -> Result<Self, Error> {
        let mut all = Self::default();
        for (id, version, renewed_by, renewed_at, before, ends_at, reason) in rows {
            let renewal = Renewal {
                renewed_by: renewed_by.into(),
                renewed_at: renewed_at.0,
                ended_at_before: before.0,
                ends_at: ends_at.0,
                reason: key.open_json(place(id, child, &version.to_string()), &reason)?,
            };
            all.0.entry(id).or_default().push(renewal);
        }
        Ok(all)
    }
}

impl Granted<'_, RenewInvolvement> {
    /// Lets an involvement end later. What a referral made is renewed for as long as an acceptance lasts, at most.
    pub fn renew(&mut self, expected: Version, new: &NewEnd) -> Result<Involvement, Error> {
        let (row, key) = (self.involvement_row(self.action.involvement)?, self.child_key()?);
        if row.version != expected.0 {
            return Err(row.stale(self.now));
        }
        if row.ends_at.0 <= self.now {
            return Err(Error::Conflict("the involvement has ended; start another"));
        }
        if new.ends_at <= row.ends_at.0 {
            return Err(
                Violations::one("/ends_at", "must be after the present end; end the involvement instead").into()
            );
        }
        let days = if row.referral_id.is_some() { self.shared.referral_days } else { row.kind()?.longest_days() };
        if new.ends_at > self.now + Duration::days(days) {
            let detail =
                format!("is more than {days} day(s) ahead, the most for this involvement; renew it again later");
            return Err(Violations::one("/ends_at", detail).into());
        }
        let version = expected.next();
        let reason = key.seal_json(place(row.id, row.child_id, &version.0.to_string()), &new.reason)?;
        on_either!(&mut *self.connection, c => diesel::insert_into(involvement_renewal::table)
            .values((
                involvement_renewal::involvement_id.eq(row.id),
                involvement_renewal::version.eq(version.0),
                involvement_renewal::renewed_by.eq(Uid::from(self.actor.worker)),
                involvement_renewal::renewed_at.eq(Stamp(self.now)),
                involvement_renewal::ended_at_before.eq(row.ends_at),
                involvement_renewal::ends_at.eq(Stamp(new.ends_at)),
                involvement_renewal::reason_sealed.eq(reason),
            ))
            .execute(c))?;
        let moved = on_either!(&mut *self.connection, c => diesel::update(involvement::table.find(row.id))
            .filter(involvement::version.eq(expected.0))
            .set((involvement::ends_at.eq(Stamp(new.ends_at)), involvement::version.eq(version.0)))
            .execute(c))?;
        if moved != 1 {
            return Err(row.stale(self.now));
        }
        let renewed = Row { ends_at: Stamp(new.ends_at), version: version.0, ..row };
        let mut renewals = Renewals::of_involvement(self.connection, &key, &renewed)?;
        renewed.open(&key, &mut renewals)
    }
}
