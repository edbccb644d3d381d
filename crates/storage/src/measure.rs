//! Internals that the load bench measures. Compiled only with the feature `measure`, which the service is built
//! without.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Roles;
use alongside_domain::chronology::ChronologyEntry;
use alongside_domain::record::entry::EntryKind;
use alongside_domain::{AgencyId, At, ChildId, WorkerId};
use alongside_policy::SecondFactor;
use alongside_policy::action::ViewChronology;
use diesel::prelude::*;
use uuid::Uuid;

use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest};
use crate::database::schema::{entry, entry_version};
use crate::database::sql_types::{Stamp, Uid};
use crate::record::entry::{Row, columns};
use crate::record::sight::Sight;
use crate::standing::child::facts_of;
use crate::standing::facts::ActorFacts;

impl Granted<'_, ViewChronology> {
    /// The first page of the chronology without any policy decision, for a child whose every recording the caller may
    /// read. It shows what the same page costs without policy.
    pub fn chronology_unasked(&mut self, page: &PageRequest) -> Result<Page<ChronologyEntry>, Error> {
        let child = self.child_facts()?.id;
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::child_id.eq(Uid::from(child)))
            .select(columns!())
            .into_boxed()
            .filter(entry_version::version.eq(entry::version))
            .order((entry::occurred_at.desc(), entry::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .load(c))?;
        let rows = Page::cut(rows, page.limit, Row::place);
        let key = self.child_key()?;
        let open = |row: &Row| {
            Ok(match row.head()?.kind {
                EntryKind::Concern => ChronologyEntry::Concern(row.open(&key, Sight::WHOLE)?),
                EntryKind::Observation => ChronologyEntry::Observation(row.open(&key, Sight::WHOLE)?),
                EntryKind::Contact => ChronologyEntry::Contact(row.open(&key, Sight::WHOLE)?),
                EntryKind::Referral => return Err(Error::Unknown),
            })
        };
        Ok(Page { items: rows.items.iter().map(open).collect::<Result<_, Error>>()?, next: rows.next })
    }
}

/// Turns the rows of a child with this many current involvements into facts, this many times. Returns how often the
/// caller was found to be allocated.
pub fn stand(involvements: usize, times: usize, now: At) -> Result<usize, Error> {
    let (worker, agency, child) = (WorkerId(Uuid::nil()), AgencyId(Uuid::nil()), ChildId(Uuid::nil()));
    let actor = ActorFacts {
        worker,
        agency,
        sector: Sector::SocialCare,
        roles: Roles::default(),
        may_act: true,
        own_password: true,
        second_factor: SecondFactor::Proved,
        front_door: false,
        over_volume: false,
    };
    let mut found = 0;
    for _ in 0..times {
        let tie = || (Uid::from(worker), Uid::from(agency), "allocated".to_owned(), Stamp(now));
        let guards = (false, false, false, false);
        let row = || (Some((Uid::from(agency), 1, Some(vec![0; 61]), false, "open".to_owned())), guards, Some(tie()));
        let rows = std::iter::repeat_with(row).take(involvements).collect();
        let facts = facts_of(rows, &actor, child, now)?;
        found += usize::from(facts.is_some_and(|facts| facts.relation.allocated));
    }
    Ok(found)
}
