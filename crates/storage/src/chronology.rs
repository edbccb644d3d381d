//! The child's recordings in order: of one kind, of all, and the latest concerns. The query leaves out what the caller
//! may neither read nor know about. The policy confirms every row. Withheld recordings are named.

use std::collections::BTreeMap;

use alongside_domain::chronology::{ChronologyEntry, Overview};
use alongside_domain::record::entry::{Entry, EntryKind, Segment};
use alongside_domain::record::withheld::{WithheldEntry, WithheldRecording};
use alongside_domain::statutory::referral::ReferralStatus;
use alongside_domain::{AgencyId, ChildId};
use alongside_policy::action::{Correctable, List, ViewChronology, ViewOverview};
use alongside_policy::{Action, EntryFacts, Verb, verb_to_view};
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::context::granted::{Granted, OpenRecord};
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::paging::{EntryPage, Page, PageRequest, Place};
use crate::database::schema::{disclosure_request, entry, entry_version, named_reader, referral, referral_concern};
use crate::database::sql_types::{Stamp, Uid};
use crate::record::entry::{Row, columns};
use crate::record::sight::{Shown, Sight};
use crate::standing::entry::{Ties, disclosed_to, kept_for, received_by, sent_to};

diesel::alias! {
    const NEWER: Alias<Newer> = entry_version as newer_version;
}

/// The segments in which this caller may read or know of recordings. The query returns no others.
struct Reach {
    /// From any agency.
    anybodys: Vec<&'static str>,
    /// From the caller's own agency.
    own: Vec<&'static str>,
}

impl Reach {
    /// A parameter of a statement whose shape does not depend on the number of segments.
    fn nth(segments: &[&'static str], n: usize) -> &'static str {
        segments.get(n).copied().unwrap_or("")
    }
}

/// The number of segments that [`in_reach`] checks. A segment that is missing there would be hidden from everyone.
const _: () = assert!(Segment::ALL.len() == 5, "add the new segment to in_reach!");

/// Whether a recording is kept in a segment of the list.
macro_rules! in_reach {
    ($segments:expr) => {
        entry_version::segment
            .eq(Reach::nth($segments, 0))
            .or(entry_version::segment.eq(Reach::nth($segments, 1)))
            .or(entry_version::segment.eq(Reach::nth($segments, 2)))
            .or(entry_version::segment.eq(Reach::nth($segments, 3)))
            .or(entry_version::segment.eq(Reach::nth($segments, 4)))
    };
}

/// What the caller may read or know of, in SQL. It can let more through only where a partnership's own rules join facts
/// that are separate here. The policy confirms every row anyway.
macro_rules! within_reach {
    ($granted:expr, $reach:expr) => {{
        let (me, mine) = (Uid::from($granted.actor.worker), Uid::from($granted.actor.agency));
        in_reach!(&$reach.anybodys)
            .or(entry::author_id.eq(me))
            .or(entry::agency_id.eq(mine).and(in_reach!(&$reach.own)))
            .or(sent_to!(mine, entry::id, entry_version::segment))
            .or(entry::id.eq_any(kept_for!(me).select(named_reader::entry_id)))
            .or(exists(
                disclosed_to!(me, mine, Stamp($granted.now))
                    .filter(disclosure_request::entry_id.eq(entry::id))
                    .filter(disclosure_request::segment.eq(entry_version::segment.nullable())),
            ))
    }};
}

impl<A: Action> Granted<'_, A> {
    /// A page of the child's recordings, of one kind or of all. The query itself leaves out what the caller may neither
    /// read nor know about.
    fn entry_rows(&mut self, kind: Option<EntryKind>, page: &PageRequest) -> Result<Page<Row>, Error> {
        let (child, reach) = (self.child_facts()?.id, self.reach(kind));
        if let (None, None) = (page.as_known_at, page.after) {
            return self.latest_rows(kind, child, &reach, page.limit);
        }
        let within_reach = within_reach!(self, reach);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = entry::table
                .inner_join(entry_version::table)
                .filter(entry::child_id.eq(Uid::from(child)))
                .filter(within_reach)
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
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(entry::occurred_at.lt(at).or(entry::occurred_at.eq(at).and(entry::id.lt(id))));
            }
            query
                .order((entry::occurred_at.desc(), entry::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        Ok(Page::unconfirmed(rows, page.limit, Row::place))
    }

    /// The first page as it is now, which is read most. Each statement has one fixed shape and stays prepared. A query
    /// that is built at run time is planned each time.
    fn latest_rows(
        &mut self,
        kind: Option<EntryKind>,
        child: ChildId,
        reach: &Reach,
        limit: u32,
    ) -> Result<Page<Row>, Error> {
        let within_reach = within_reach!(self, reach);
        let latest = entry::table
            .inner_join(entry_version::table)
            .filter(entry::child_id.eq(Uid::from(child)))
            .filter(entry_version::version.eq(entry::version))
            .filter(within_reach)
            .order((entry::occurred_at.desc(), entry::id.desc()))
            .limit(i64::from(limit) + 1)
            .select(columns!());
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => match kind {
            Some(kind) => latest.filter(entry::kind.eq(kind.as_str())).load(c),
            None => latest.load(c),
        })?;
        Ok(Page::unconfirmed(rows, limit, Row::place))
    }

    /// The segments in which this caller may read or know of recordings of these kinds.
    fn reach(&self, kind: Option<EntryKind>) -> Reach {
        let kinds = kind.as_ref().map_or(EntryKind::ALL, std::slice::from_ref);
        let within = |own_agency: bool| {
            let seen = |segment: &&Segment| {
                kinds.iter().any(|kind| {
                    let facts = EntryFacts { own_agency, ..EntryFacts::of(*kind, **segment) };
                    self.policy.allows_also(&self.permit, verb_to_view(*kind), facts)
                        || self.policy.allows_also(&self.permit, Verb::KnowOfEntry, facts)
                })
            };
            Segment::ALL.iter().filter(seen).map(|segment| segment.as_str()).collect()
        };
        Reach { anybodys: within(false), own: within(true) }
    }

    /// A page of recordings that are read and of those that are only named, each confirmed by the policy. A hidden
    /// recording takes no place on a page and leads to no further page. So the length of a page reveals nothing.
    fn entry_page<T>(
        &mut self,
        kind: Option<EntryKind>,
        page: &PageRequest,
        mut open: impl FnMut(&mut Self, &OpenRecord, &Row, Sight) -> Result<T, Error>,
    ) -> Result<EntryPage<T>, Error> {
        let record = self.opened()?;
        let (mut items, mut withheld) = (Vec::with_capacity(page.limit as usize), BTreeMap::new());
        let (mut asked, mut rest, mut room) = (Vec::<(EntryFacts, Shown)>::new(), *page, page.limit);
        let mut last = None;
        let next = loop {
            let rows = self.entry_rows(kind, &rest)?;
            let ties = self.ties_of(&rows.items, &mut asked)?;
            let mut more = false;
            for row in &rows.items {
                let mut head = row.head()?;
                let facts = row.facts(self, &head, head.segment, &ties);
                let mut shown = self.shown_once(&mut asked, facts);
                if let Some(segment) = row.moved_to()? {
                    let now = self.shown_once(&mut asked, row.facts(self, &head, segment, &ties));
                    head.segment = if matches!(shown, Shown::Read(_)) { segment } else { head.segment };
                    shown = shown.and(now);
                }
                if room == 0 && !matches!(shown, Shown::Hidden) {
                    more = true;
                    break;
                }
                match shown {
                    Shown::Read(sight) => items.push(open(self, &record, row, sight)?),
                    Shown::Named => {
                        let of: &mut Vec<_> = withheld.entry((head.kind, head.segment, head.agency_id)).or_default();
                        of.push(self.withheld_version(&record, row)?);
                    }
                    Shown::Hidden => continue,
                }
                room -= 1;
                last = Some(row.place());
            }
            if more {
                break last;
            }
            if rows.next.is_none() {
                break None;
            }
            rest.after = rows.next;
        };
        Ok(EntryPage { page: Page { items, next }, withheld: withheld.into_iter().map(named).collect() })
    }

    /// The caller's ties to the recordings of a page that they can only read with a tie. Most pages have none.
    fn ties_of(&mut self, rows: &[Row], asked: &mut Vec<(EntryFacts, Shown)>) -> Result<Ties, Error> {
        let mut open = Vec::new();
        for row in rows.iter().filter(|row| row.is_confidential()) {
            let head = row.head()?;
            let mut grounds = std::iter::once(head.segment).chain(row.moved_to()?);
            let without = |segment| row.facts(self, &head, segment, &Ties::default());
            if !grounds.all(|segment| matches!(self.shown_once(asked, without(segment)), Shown::Read(_))) {
                open.push(row.id());
            }
        }
        Ties::of(self.connection, &self.actor, &open, self.now)
    }

    fn shown_once(&self, asked: &mut Vec<(EntryFacts, Shown)>, facts: EntryFacts) -> Shown {
        let known = asked.iter().find(|(known, _)| *known == facts).map(|(_, shown)| *shown);
        known.unwrap_or_else(|| {
            let shown = self.shown(facts);
            asked.push((facts, shown));
            shown
        })
    }
}

fn named((key, recordings): ((EntryKind, Segment, AgencyId), Vec<WithheldRecording>)) -> WithheldEntry {
    let (kind, segment, agency_id) = key;
    let count = u32::try_from(recordings.len()).unwrap_or(u32::MAX);
    WithheldEntry { kind, segment, agency_id, count, recordings }
}

impl<C: Correctable> Granted<'_, List<C>> {
    /// A page of the child's recordings of this kind, newest first.
    pub fn entries(&mut self, page: &PageRequest) -> Result<EntryPage<Entry<C>>, Error> {
        self.entry_page(Some(C::KIND), page, |granted, record, row, sight| granted.open_version(record, row, sight))
    }
}

impl Granted<'_, ViewOverview> {
    /// The child's details, with the latest concerns.
    pub fn overview(&mut self, concerns: u32) -> Result<Overview, Error> {
        let child = self.child_view(None)?;
        let page = PageRequest { limit: concerns, after: None, as_known_at: None };
        let concerns = self.entry_page(Some(EntryKind::Concern), &page, |granted, record, row, sight| {
            granted.open_version(record, row, sight)
        })?;
        let partner_information = self.partner_information()?;
        Ok(Overview { child, concerns: concerns.page.items, partner_information, withheld: concerns.withheld })
    }
}

impl Granted<'_, ViewChronology> {
    /// A page of everything on the child's record, across agencies, newest first.
    pub fn chronology(&mut self, page: &PageRequest) -> Result<EntryPage<ChronologyEntry>, Error> {
        let instant = page.as_known_at;
        self.entry_page(None, page, |granted, record, row, sight| {
            Ok(match row.head()?.kind {
                EntryKind::Concern => ChronologyEntry::Concern(granted.open_version(record, row, sight)?),
                EntryKind::Observation => ChronologyEntry::Observation(granted.open_version(record, row, sight)?),
                EntryKind::Contact => ChronologyEntry::Contact(granted.open_version(record, row, sight)?),
                EntryKind::Referral => {
                    let referral = granted.open_version(record, row, sight)?;
                    ChronologyEntry::Referral(granted.with_answer(record, referral, instant)?)
                }
            })
        })
    }
}
