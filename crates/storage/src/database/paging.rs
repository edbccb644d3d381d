//! Lists in pages, newest first, without totals.

use alongside_domain::At;
use alongside_domain::record::withheld::WithheldEntry;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::error::Error;

/// The place after which a page begins. The HTTP layer seals it into an opaque cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The instant of the last row of the page before.
    pub at: At,
    /// Its id.
    pub id: Uuid,
}

/// What page is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// How many rows, 1 to 200.
    pub limit: u32,
    /// Where the page begins; at the newest when absent.
    pub after: Option<Place>,
    /// The instant as known at which it is asked; now when absent.
    pub as_known_at: Option<At>,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Place>,
}

/// One page of recordings and what stands in it and is withheld.
#[derive(Debug, Clone)]
pub struct EntryPage<T> {
    /// The recordings the actor may read.
    pub page: Page<T>,
    /// The others, counted by kind, confidence and agency.
    pub withheld: Vec<WithheldEntry>,
}

/// How many rows are read at once where a page is filled past what is hidden.
const AT_ONCE: u32 = 100;

impl<T> Page<T> {
    /// Cuts rows, of which one more was fetched than asked for, to a page.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(place);
        Self { items: rows, next }
    }

    /// The rows of a query that asked for one more than a page holds, all of them: which of them are on the page is
    /// decided one by one, and whether there is another page by the one too many.
    pub(crate) fn unconfirmed(rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = rows.last().filter(|_| rows.len() > limit).map(place);
        Self { items: rows, next }
    }

    /// The rows that are confirmed, as what confirms them makes of them.
    pub(crate) fn keep<U>(self, confirm: impl FnMut(T) -> Result<Option<U>, Error>) -> Result<Page<U>, Error> {
        let kept: Result<Vec<Option<U>>, Error> = self.items.into_iter().map(confirm).collect();
        Ok(Page { items: kept?.into_iter().flatten().collect(), next: self.next })
    }

    /// What stands on the page once each row is read.
    pub(crate) fn each<U>(self, read: impl FnMut(T) -> Result<U, Error>) -> Result<Page<U>, Error> {
        let items: Result<Vec<U>, Error> = self.items.into_iter().map(read).collect();
        Ok(Page { items: items?, next: self.next })
    }

    /// A page of what is left of the rows once each is confirmed, filled from as many as that takes. What is left out
    /// takes no place on it, and no page follows for it: a page that is short or empty would tell.
    pub(crate) fn fill(
        page: &PageRequest,
        mut confirmed: impl FnMut(&PageRequest) -> Result<Self, Error>,
        place: impl Fn(&T) -> Place,
    ) -> Result<Self, Error> {
        let (mut items, mut rest) = (Vec::new(), *page);
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        loop {
            let found = confirmed(&rest)?;
            items.extend(found.items);
            if items.len() > wanted {
                items.truncate(wanted);
                let next = items.last().map(place);
                return Ok(Self { items, next });
            }
            if found.next.is_none() {
                return Ok(Self { items, next: None });
            }
            rest.after = found.next;
            rest.limit = rest.limit.max(AT_ONCE);
        }
    }
}
