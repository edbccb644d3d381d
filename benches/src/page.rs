//! What the rules add to a page of a chronology. It compares the page as returned with the same rows read, opened and
//! written as JSON without any decision. The two alternate on one connection, in one snapshot.

use std::time::Instant;

use alongside_domain::ChildId;
use alongside_domain::accounts::worker::Actor;
use alongside_domain::record::concern::Concern;
use alongside_domain::record::entry::Segment;
use alongside_policy::action::{Record, ViewChronology};
use alongside_storage::{Page, PageRequest, Store};
use chrono::Duration;
use serde::Serialize;

use crate::Failure;
use crate::load::{Loaded, concern};
use crate::random::Random;
use crate::report::median;

/// The number of recordings on the page.
const ENTRIES: u32 = 50;
/// The number of recordings on the record.
const RECORDED: usize = 60;
/// How often the two alternate.
const TURNS: usize = 400;

/// Medians, in microseconds.
pub(crate) struct Pages {
    pub(crate) database: &'static str,
    pub(crate) asked: f64,
    pub(crate) unasked: f64,
}

/// Records what the page shows: concerns of the actor's agency, shared or kept for it, and shared concerns of another
/// agency.
pub(crate) fn record(store: &Store, loaded: &Loaded, child: ChildId) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let mut random = Random::new(11);
    for index in 0..RECORDED {
        let at = store.now() - Duration::hours(i64::try_from(index)? + 1);
        let mut new = concern(at, &mut random);
        let author: &Actor = if index % 3 == 0 { &loaded.outsider } else { &loaded.actor };
        if index % 3 == 1 {
            new.segment = Some(Segment::OwnAgency);
        }
        let raise = Record::<Concern>::new(child);
        runtime.block_on(store.act(author, raise, move |granted| granted.record(&new)))?;
    }
    Ok(())
}

/// Measures the two alternately.
pub(crate) fn measure(
    store: &Store,
    loaded: &Loaded,
    child: ChildId,
    database: &'static str,
) -> Result<Pages, Failure> {
    let page = PageRequest { limit: ENTRIES, after: None, as_known_at: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let view = ViewChronology { child, purpose: None };
    let took = runtime.block_on(store.act(&loaded.actor, view, move |granted| {
        let mut took: Vec<[f64; 2]> = Vec::with_capacity(TURNS);
        for turn in 0..TURNS {
            let mut pair = [0.0; 2];
            for place in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
                let begun = Instant::now();
                let length = match place {
                    0 => written(&granted.chronology(&page)?.page),
                    _ => written(&granted.chronology_unasked(&page)?),
                };
                let microseconds = begun.elapsed().as_secs_f64() * 1e6;
                if let Some(slot) = pair.get_mut(place).filter(|_| length > 0) {
                    *slot = microseconds;
                }
            }
            took.push(pair);
        }
        Ok(took)
    }))?;
    let of = |pick: fn(&[f64; 2]) -> f64| median(took.iter().map(pick).collect());
    Ok(Pages { database, asked: of(|[asked, _]| *asked), unasked: of(|[_, unasked]| *unasked) })
}

/// The length of the page as JSON, or `None` if the page is incomplete.
fn written<T: Serialize>(page: &Page<T>) -> usize {
    let whole = u32::try_from(page.items.len()) == Ok(ENTRIES);
    serde_json::to_vec(&page.items).ok().filter(|_| whole).map_or(0, |text| text.len())
}
