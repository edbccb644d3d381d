//! Pages of lists: a limit and a cursor. Only this service can read a cursor, and only for the list that returned it.

use actix_web::{HttpRequest, HttpResponse};
use alongside_domain::record::withheld::WithheldEntry;
use alongside_storage::{Page, PageRequest, Place, Store};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::wire::problem::Problem;

/// The usual and the largest number of rows in a page.
const USUAL: u32 = 50;
const MOST: u32 = 200;

/// The page to return.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The number of rows, 1 to 200. 50 if left out.
    #[param(minimum = 1, maximum = 200, required = false, nullable = false)]
    limit: Option<u32>,
    /// The value of `next` from the page before, unchanged. Leave it out for the first page.
    #[param(required = false, nullable = false, max_length = 400)]
    cursor: Option<String>,
}

/// The page to return, as known at an instant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoricPageQuery {
    /// The number of rows, 1 to 200. 50 if left out.
    #[param(minimum = 1, maximum = 200, required = false, nullable = false)]
    limit: Option<u32>,
    /// The value of `next` from the page before, unchanged. Leave it out for the first page.
    #[param(required = false, nullable = false, max_length = 400)]
    cursor: Option<String>,
    /// Return what was known at this instant. Now, if left out.
    #[param(required = false, nullable = false)]
    as_known_at: Option<DateTime<Utc>>,
}

/// One record, as known at an instant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InstantQuery {
    /// Return what was known at this instant. Now, if left out.
    #[param(required = false, nullable = false)]
    pub(crate) as_known_at: Option<DateTime<Utc>>,
}

/// A page of a list. There is no total: it would reveal how much is withheld.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Listing<T> {
    /// The rows, in the order that the operation names.
    pub(crate) items: Vec<T>,
    /// The cursor of the next page; null on the last page.
    pub(crate) next: Option<String>,
    /// The recordings in this page that are withheld from you. Absent when there are none.
    #[serde(rename = "_withheld", skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) withheld: Vec<WithheldEntry>,
}

impl<T> Listing<T> {
    /// A list that always fits one page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next: None, withheld: Vec::new() }
    }
}

const CURSOR: &str = "cursor";

#[derive(Serialize, Deserialize)]
struct Cursor {
    list: String,
    place: Place,
}

impl PageQuery {
    pub(crate) fn new(limit: Option<u32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    pub(crate) fn request(&self, store: &Store, request: &HttpRequest) -> Result<PageRequest, Problem> {
        page(store, request, self.limit, self.cursor.as_deref(), None)
    }
}

impl HistoricPageQuery {
    pub(crate) fn request(&self, store: &Store, request: &HttpRequest) -> Result<PageRequest, Problem> {
        page(store, request, self.limit, self.cursor.as_deref(), self.as_known_at)
    }
}

fn page(
    store: &Store,
    request: &HttpRequest,
    limit: Option<u32>,
    cursor: Option<&str>,
    as_known_at: Option<DateTime<Utc>>,
) -> Result<PageRequest, Problem> {
    let limit = limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::query("limit", format!("must be a whole number from 1 to {MOST}")));
    }
    let open = |text: &str| {
        let text = store.service_open(CURSOR, text)?;
        let cursor: Cursor = serde_json::from_slice(&text).ok()?;
        (cursor.list == request.path()).then_some(cursor.place)
    };
    let after = cursor.map(|text| open(text).ok_or(Problem::Cursor)).transpose()?;
    Ok(PageRequest { limit, after, as_known_at })
}

/// The cursor of the page that begins after this place.
pub(crate) fn next(store: &Store, request: &HttpRequest, place: Option<Place>) -> Option<String> {
    let cursor = Cursor { list: request.path().to_owned(), place: place? };
    serde_json::to_vec(&cursor).ok().map(|text| store.service_seal(CURSOR, &text))
}

/// A response with a page.
pub(crate) fn listing<T: Serialize>(
    store: &Store,
    request: &HttpRequest,
    page: Page<T>,
    withheld: Vec<WithheldEntry>,
) -> HttpResponse {
    let next = next(store, request, page.next);
    HttpResponse::Ok().json(Listing { items: page.items, next, withheld })
}
