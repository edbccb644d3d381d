//! Lists in pages, newest first, without totals.

use alongside_domain::At;
use alongside_domain::record::withheld::WithheldEntry;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::error::Error;

/// The place after which a page begins. The HTTP layer seals it into an opaque cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The instant of the last row of the previous page.
    pub at: At,
    /// Its id.
    pub id: Uuid,
}

/// Which page is requested.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// How many rows, 1 to 200.
    pub limit: u32,
    /// Where the page begins. The newest when absent.
    pub after: Option<Place>,
    /// Return the list as it was known at this instant. Now when absent.
    pub as_known_at: Option<At>,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins. Absent on the last page.
    pub next: Option<Place>,
}

/// One page of recordings, and the withheld ones that belong on it.
#[derive(Debug, Clone)]
pub struct EntryPage<T> {
    /// The recordings the caller may read.
    pub page: Page<T>,
    /// The others, counted by kind, segment and agency.
    pub withheld: Vec<WithheldEntry>,
}

/// How many rows are read at once to fill a page past hidden rows.
const AT_ONCE: u32 = 100;

impl<T> Page<T> {
    /// Cuts rows to a page. One more row was fetched than asked for.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(place);
        Self { items: rows, next }
    }

    /// Keeps all rows of a query that asked for one more than a page holds. Each row on the page is confirmed later.
    /// The extra row shows whether there is another page.
    pub(crate) fn unconfirmed(rows: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = rows.last().filter(|_| rows.len() > limit).map(place);
        Self { items: rows, next }
    }

    /// The rows that `confirm` keeps, in the form it returns.
    pub(crate) fn keep<U>(self, confirm: impl FnMut(T) -> Result<Option<U>, Error>) -> Result<Page<U>, Error> {
        let kept: Result<Vec<Option<U>>, Error> = self.items.into_iter().map(confirm).collect();
        Ok(Page { items: kept?.into_iter().flatten().collect(), next: self.next })
    }

    /// The page with each row read.
    pub(crate) fn each<U>(self, read: impl FnMut(T) -> Result<U, Error>) -> Result<Page<U>, Error> {
        let items: Result<Vec<U>, Error> = self.items.into_iter().map(read).collect();
        Ok(Page { items: items?, next: self.next })
    }

    /// A page of the rows that `confirm` keeps, filled from as many rows as that takes. A row left out takes no place
    /// on a page and leads to no further page. A page that is short or empty would show that something is hidden.
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
