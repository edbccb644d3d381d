//! The child's recordings in order: of one kind, of all, and the latest concerns. The query leaves out what
//! the actor may neither read nor know of; the policy confirms every row; what is withheld is named.

use std::collections::BTreeMap;

use alongside_domain::AgencyId;
use alongside_domain::chronology::{ChronologyEntry, Overview};
use alongside_domain::entry::{Entry, EntryKind, Segment, WithheldEntry};
use alongside_policy::action::{Correctable, List, ViewChronology, ViewOverview};
use alongside_policy::{Action, EntryFacts, Verb, verb_to_view};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::connection::on_either;
use crate::door::Granted;
use crate::entry::{Row, columns};
use crate::error::Error;
use crate::keys::SealKey;
use crate::paging::{EntryPage, Page, PageRequest, Place};
use crate::schema::{entry, entry_version};
use crate::sql_types::{Stamp, Uid};

diesel::alias! {
    const NEWER: Alias<Newer> = entry_version as newer_version;
}

/// How a recording appears in a list. Asked once for each combination of facts on a page, not once a row.
#[derive(Clone, Copy)]
enum Shown {
    Read { sensitive: bool },
    Named,
    Hidden,
}

impl<A: Action> Granted<'_, A> {
    /// A page of the child's recordings, of one kind or of all, each confirmed by the policy. What the actor may
    /// neither read nor know of is left out by the query itself.
    fn entry_rows(&mut self, kind: Option<EntryKind>, page: &PageRequest) -> Result<Page<Row>, Error> {
        if let (Some(kind), None, None) = (kind, page.as_known_at, page.after) {
            return self.latest_rows(kind, page.limit);
        }
        let child = self.child_facts()?.id;
        let (visible, me, mine) = (self.visible_segments(), Uid::from(self.actor.worker), Uid::from(self.actor.agency));
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = entry::table
                .inner_join(entry_version::table)
                .filter(entry::child_id.eq(Uid::from(child)))
                .select(columns!())
                .into_boxed();
            if let Some(kind) = kind {
                query = query.filter(entry::kind.eq(kind.as_str()));
            }
            query = match page.as_known_at {
                None => query.filter(entry_version::version.eq(entry::version)),
                Some(instant) => {
                    let later = NEWER
                        .filter(NEWER.field(entry_version::entry_id).eq(entry::id))
                        .filter(NEWER.field(entry_version::version).gt(entry_version::version))
                        .filter(NEWER.field(entry_version::recorded_at).le(Stamp(instant)));
                    query
                        .filter(entry_version::recorded_at.le(Stamp(instant)))
                        .filter(diesel::dsl::not(diesel::dsl::exists(later)))
                }
            };
            if let Some(segments) = visible {
                query = query.filter(
                    entry_version::segment.eq_any(segments).or(entry::author_id.eq(me)).or(entry::agency_id.eq(mine)),
                );
            }
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(entry::occurred_at.lt(at).or(entry::occurred_at.eq(at).and(entry::id.lt(id))));
            }
            query
                .order((entry::occurred_at.desc(), entry::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        Ok(Page::cut(rows, page.limit, Row::place))
    }

    /// The first page of one kind as it stands now: what is read most. One statement of one shape, so that SQLite
    /// keeps it prepared; a query that is put together at run time is prepared each time.
    fn latest_rows(&mut self, kind: EntryKind, limit: u32) -> Result<Page<Row>, Error> {
        let child = self.child_facts()?.id;
        let (visible, me, mine) = (self.visible_segments(), Uid::from(self.actor.worker), Uid::from(self.actor.agency));
        let all = visible.is_none();
        let segment = |n: usize| visible.as_ref().and_then(|visible| visible.get(n).copied()).unwrap_or("");
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => entry::table
            .inner_join(entry_version::table)
            .filter(entry::child_id.eq(Uid::from(child)))
            .filter(entry::kind.eq(kind.as_str()))
            .filter(entry_version::version.eq(entry::version))
            .filter(
                all.into_sql::<Bool>()
                    .or(entry_version::segment.eq(segment(0)))
                    .or(entry_version::segment.eq(segment(1)))
                    .or(entry_version::segment.eq(segment(2)))
                    .or(entry_version::segment.eq(segment(3)))
                    .or(entry::author_id.eq(me))
                    .or(entry::agency_id.eq(mine)),
            )
            .order((entry::occurred_at.desc(), entry::id.desc()))
            .limit(i64::from(limit) + 1)
            .select(columns!())
            .load(c))?;
        Ok(Page::cut(rows, limit, Row::place))
    }

    /// The confidences of which this actor may read or know another agency's recordings; `None` when all.
    fn visible_segments(&self) -> Option<Vec<&'static str>> {
        let visible: Vec<_> = Segment::ALL
            .iter()
            .filter(|segment| {
                let facts = EntryFacts::of(EntryKind::Concern, **segment);
                self.permit.allows_also(self.policy(), Verb::ViewConcern, facts)
                    || self.permit.allows_also(self.policy(), Verb::KnowOfEntry, facts)
            })
            .map(|segment| segment.as_str())
            .collect();
        (visible.len() < Segment::ALL.len()).then_some(visible)
    }

    /// What the policy says of one recording in a list.
    fn shown(&self, facts: EntryFacts) -> Shown {
        let allows = |verb| self.permit.allows_also(self.policy(), verb, facts);
        if allows(verb_to_view(facts.kind)) {
            Shown::Read { sensitive: allows(Verb::ReadSensitiveWords) }
        } else if allows(Verb::KnowOfEntry) {
            Shown::Named
        } else {
            Shown::Hidden
        }
    }

    /// Sorts a page into what is read and what is only named.
    fn confirm<T>(
        &mut self,
        page: &Page<Row>,
        mut open: impl FnMut(&mut Self, &SealKey, &Row, bool) -> Result<T, Error>,
    ) -> Result<EntryPage<T>, Error> {
        let key = self.child_key()?;
        let mut items = Vec::with_capacity(page.items.len());
        let mut withheld: BTreeMap<(EntryKind, Segment, AgencyId), u32> = BTreeMap::new();
        let mut asked: Vec<(EntryFacts, Shown)> = Vec::new();
        for row in &page.items {
            let head = row.head()?;
            let facts = row.facts(self, &head);
            let known = asked.iter().find(|(known, _)| *known == facts).map(|(_, shown)| *shown);
            let shown = known.unwrap_or_else(|| {
                let shown = self.shown(facts);
                asked.push((facts, shown));
                shown
            });
            match shown {
                Shown::Read { sensitive } => items.push(open(self, &key, row, sensitive)?),
                Shown::Named => *withheld.entry((head.kind, head.segment, head.agency_id)).or_default() += 1,
                Shown::Hidden => {}
            }
        }
        let named = |((kind, segment, agency_id), count)| WithheldEntry { kind, segment, agency_id, count };
        Ok(EntryPage { page: Page { items, next: page.next }, withheld: withheld.into_iter().map(named).collect() })
    }
}

impl<C: Correctable> Granted<'_, List<C>> {
    /// A page of the child's recordings of this kind, newest first.
    pub fn entries(&mut self, page: &PageRequest) -> Result<EntryPage<Entry<C>>, Error> {
        let rows = self.entry_rows(Some(C::KIND), page)?;
        self.confirm(&rows, |_, key, row, sensitive| row.open(key, sensitive))
    }
}

impl Granted<'_, ViewOverview> {
    /// Who the child is, with the latest concerns.
    pub fn overview(&mut self, concerns: u32) -> Result<Overview, Error> {
        let child = self.child_view(None)?;
        let page = PageRequest { limit: concerns, after: None, as_known_at: None };
        let rows = self.entry_rows(Some(EntryKind::Concern), &page)?;
        let concerns = self.confirm(&rows, |_, key, row, sensitive| row.open(key, sensitive))?;
        Ok(Overview { child, concerns: concerns.page.items, withheld: concerns.withheld })
    }
}

impl Granted<'_, ViewChronology> {
    /// A page of everything on the child's record, across agencies, newest first.
    pub fn chronology(&mut self, page: &PageRequest) -> Result<EntryPage<ChronologyEntry>, Error> {
        let rows = self.entry_rows(None, page)?;
        let instant = page.as_known_at;
        self.confirm(&rows, |granted, key, row, sensitive| {
            Ok(match row.head()?.kind {
                EntryKind::Concern => ChronologyEntry::Concern(row.open(key, sensitive)?),
                EntryKind::Observation => ChronologyEntry::Observation(row.open(key, sensitive)?),
                EntryKind::Contact => ChronologyEntry::Contact(row.open(key, sensitive)?),
                EntryKind::Referral => {
                    let referral = row.open(key, true)?;
                    ChronologyEntry::Referral(granted.with_answer(key, referral, instant)?)
                }
            })
        })
    }
}
