//! What concerns, observations and contacts share: what each of their six handlers does.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use alongside_domain::record::entry::{Amendment, Entry, New, Withdrawal};
use alongside_domain::{At, ChildId, EntryId, Purpose, Version};
use alongside_policy::action::{Amend, Correctable, List, Record, View, Withdraw};
use alongside_storage::Repeatable;
use serde::Serialize;

use crate::caller::api::Api;
use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::etag::etag;
use crate::wire::paging::{HistoricPageQuery, InstantQuery, Listing, listing};
use crate::wire::problem::Answer;

/// A kind of recording with its representation in a response.
pub(crate) trait Shown: Correctable {
    /// The plural in the addresses of its resources.
    const PLURAL: &'static str;
    /// The type of the response.
    type View: Serialize;

    /// The response for a recording, seen from an instant.
    fn shown(entry: Entry<Self>, now: At) -> Self::View;

    /// Adds the values that a client may leave to the service.
    fn completed(self) -> Self {
        self
    }
}

fn answer<C: Shown>(api: &Api, mut response: actix_web::HttpResponseBuilder, entry: Entry<C>) -> HttpResponse {
    response.insert_header((header::ETAG, etag(entry.head.version)));
    response.json(C::shown(entry, api.store.now()))
}

pub(crate) async fn record<C: Shown>(change: Change<New<C>>, child: ChildId) -> Answer
where
    Record<C>: Repeatable<Answer = Entry<C>>,
{
    let Change { api, actor, once, body: new, .. } = change;
    new.validate(api.store.now())?;
    let new = New { content: new.content.completed(), ..new };
    let entry = api.store.act_once(&actor, Record::<C>::new(child), once, move |granted| granted.record(&new)).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/v1/{}/{}", C::PLURAL, entry.head.id)));
    Ok(answer(&api, response, entry))
}

pub(crate) async fn list<C: Shown>(
    Caller { api, actor }: &Caller,
    request: &HttpRequest,
    child: ChildId,
    purpose: Option<Purpose>,
    query: &HistoricPageQuery,
) -> Answer {
    let page = query.request(&api.store, request)?;
    let found = api.store.act(actor, List::<C>::new(child, purpose), move |granted| granted.entries(&page)).await?;
    let now = page.as_known_at.unwrap_or_else(|| api.store.now());
    let items = found.page.items.into_iter().map(|entry| C::shown(entry, now)).collect();
    let page = alongside_storage::Page { items, next: found.page.next };
    Ok(listing(&api.store, request, page, found.withheld))
}

pub(crate) async fn view<C: Shown>(
    Caller { api, actor }: &Caller,
    entry: EntryId,
    purpose: Option<Purpose>,
    query: &InstantQuery,
) -> Answer {
    let instant = query.as_known_at;
    let entry = api.store.act(actor, View::<C>::new(entry, purpose), move |granted| granted.entry(instant)).await?;
    Ok(answer(api, HttpResponse::Ok(), entry))
}

pub(crate) async fn versions<C: Shown>(
    Caller { api, actor }: &Caller,
    entry: EntryId,
    purpose: Option<Purpose>,
) -> Answer {
    let versions = api.store.act(actor, View::<C>::new(entry, purpose), |granted| granted.versions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(versions)))
}

pub(crate) async fn amend<C: Shown>(
    Caller { api, actor }: &Caller,
    entry: EntryId,
    expected: Version,
    body: Body<Amendment<C>>,
) -> Answer {
    body.value.validate(api.store.now())?;
    let Amendment { because, corrected } = body.value;
    let corrected = New { content: corrected.content.completed(), ..corrected };
    let amendment = Amendment { because, corrected };
    let action = Amend::<C>::new(entry);
    let entry = api.store.act(actor, action, move |granted| granted.amend(expected, &amendment)).await?;
    Ok(answer(api, HttpResponse::Ok(), entry))
}

pub(crate) async fn withdraw<C: Shown>(change: Change<Withdrawal>, entry: EntryId, expected: Version) -> Answer
where
    Withdraw<C>: Repeatable<Answer = Entry<C>>,
{
    let Change { api, actor, once, body: withdrawal, .. } = change;
    withdrawal.validate()?;
    let action = Withdraw::<C>::new(entry);
    let entry =
        api.store.act_once(&actor, action, once, move |granted| granted.withdraw(expected, &withdrawal)).await?;
    Ok(answer(&api, HttpResponse::Ok(), entry))
}
