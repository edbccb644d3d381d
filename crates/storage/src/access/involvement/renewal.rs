//! Renewals: an involvement ends later than first planned. The policy refuses workers who renew their own.

use alongside_domain::access::involvement::{Involvement, RenewInvolvement as NewEnd};
use alongside_domain::{Version, Violations};
use alongside_policy::action::RenewInvolvement;
use chrono::Duration;
use diesel::prelude::*;

use super::renewals::{Renewals, place};
use super::row::Row;
use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{involvement, involvement_renewal};
use crate::database::sql_types::{Stamp, Uid};

impl Granted<'_, RenewInvolvement> {
    /// Lets an involvement end later. One that a referral made is renewed for the length of an acceptance at most.
    pub fn renew(&mut self, expected: Version, new: &NewEnd) -> Result<Involvement, Error> {
        let (row, key) = (self.involvement_row(self.action.involvement)?, self.child_key()?);
        if row.version != expected.0 {
            return Err(row.stale(self.now));
        }
        if row.ends_at.0 <= self.now {
            return Err(Error::Conflict("this involvement has ended. Start a new one"));
        }
        if new.ends_at <= row.ends_at.0 {
            return Err(Violations::one(
                "/ends_at",
                "must be after the current end. To end it sooner, end the involvement",
            )
            .into());
        }
        let days = if row.referral_id.is_some() { self.shared.referral_days } else { row.kind()?.longest_days() };
        if new.ends_at > self.now + Duration::days(days) {
            let detail = format!("must be at most {days} day(s) from now for this involvement");
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
        let mut renewals = Renewals::of_involvement(self.connection, &key, (renewed.id, renewed.child_id))?;
        renewed.open(&key, &mut renewals)
    }
}
