//! Counts for a board. Only grouped numbers leave the database, and small ones are hidden at once.

use std::collections::BTreeMap;

use alongside_domain::record::entry::{EntryKind, EntryStatus};
use alongside_domain::record::exploitation::ExploitationType;
use alongside_domain::statistics::{Cell, ConcernCount, Period};
use alongside_domain::{AgencyId, At};
use alongside_policy::action::ViewConcernCounts;
use chrono::{Months, NaiveTime};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{agency, entry};
use crate::database::sql_types::{Stamp, Uid};

impl Granted<'_, ViewConcernCounts> {
    /// Concerns recorded in each month, by agency and form of exploitation. The table always has the same cells. So a
    /// missing cell cannot reveal what was recorded.
    pub fn counts(&mut self, period: &Period) -> Result<Vec<ConcernCount>, Error> {
        let agencies: Vec<Uid> = on_either!(&mut *self.connection, c => agency::table.select(agency::id).load(c))?;
        let mut agencies: Vec<AgencyId> = agencies.into_iter().map(AgencyId::from).collect();
        agencies.sort_unstable();
        let mut table = Vec::new();
        for month in period.months() {
            let starts = month.and_time(NaiveTime::MIN).and_utc();
            let ends = starts.checked_add_months(Months::new(1)).unwrap_or(starts);
            let counted = self.count_between(starts, ends)?;
            for agency in &agencies {
                for exploitation_type in ExploitationType::ALL {
                    let count = counted.get(&(*agency, *exploitation_type)).copied().unwrap_or_default();
                    table.push(ConcernCount {
                        month: month.format("%Y-%m").to_string(),
                        agency_id: *agency,
                        exploitation_type: *exploitation_type,
                        concerns: Cell::of(count),
                    });
                }
            }
        }
        Ok(table)
    }

    fn count_between(&mut self, starts: At, ends: At) -> Result<BTreeMap<(AgencyId, ExploitationType), u64>, Error> {
        let rows: Vec<(Uid, String, i64)> = on_either!(&mut *self.connection, c => entry::table
            .filter(entry::kind.eq(EntryKind::Concern.as_str()))
            .filter(entry::status.eq(EntryStatus::Current.as_str()))
            .filter(entry::recorded_at.ge(Stamp(starts)))
            .filter(entry::recorded_at.lt(Stamp(ends)))
            .group_by((entry::agency_id, entry::codes))
            .select((entry::agency_id, entry::codes, count_star()))
            .load(c))?;
        let mut counted = BTreeMap::new();
        for (agency, codes, count) in rows {
            for code in codes.split(',').filter(|code| !code.is_empty()) {
                let form = code.parse().map_err(|_| Error::Corrupt("a concern has an unknown code"))?;
                *counted.entry((agency.into(), form)).or_default() += u64::try_from(count).unwrap_or_default();
            }
        }
        Ok(counted)
    }
}
