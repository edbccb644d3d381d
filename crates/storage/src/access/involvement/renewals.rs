//! The renewals of involvements, as they are stored.

use std::collections::HashMap;

use alongside_domain::access::involvement::Renewal;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{involvement, involvement_renewal};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::{At as Place, SealKey};

/// The involvement, the version that the renewal made, the worker, when, the end before, the end after, and the reason.
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

pub(super) fn place(id: Uid, child: Uid, version: &str) -> Place<'_> {
    Place { table: "involvement_renewal", row: id.0, part: version, owner: child.0 }
}

/// The renewals of some involvements, earliest first.
#[derive(Default)]
pub(super) struct Renewals(HashMap<Uid, Vec<Renewal>>);

impl Renewals {
    pub(super) fn of(&mut self, involvement: Uid) -> Vec<Renewal> {
        self.0.remove(&involvement).unwrap_or_default()
    }

    pub(super) fn of_involvement(
        connection: &mut Connection,
        key: &SealKey,
        (id, child): (Uid, Uid),
    ) -> Result<Self, Error> {
        let rows: Vec<RenewalRow> = on_either!(connection, c => involvement_renewal::table
            .filter(involvement_renewal::involvement_id.eq(id))
            .order(involvement_renewal::version.asc())
            .select(columns!())
            .load(c))?;
        Self::open(rows, key, child)
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
