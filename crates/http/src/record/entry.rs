//! What concerns, observations and contacts share: six operations each, written once.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use alongside_domain::accounts::worker::Actor;
use alongside_domain::record::entry::{Amendment, Entry, New, Withdrawal};
use alongside_domain::{At, ChildId, EntryId, Purpose, Version};
use alongside_policy::action::{Amend, Correctable, List, Record, View, Withdraw};
use alongside_storage::Repeatable;
use serde::Serialize;

use crate::caller::api::Api;
use crate::edge::body::Body;
use crate::wire::etag::etag;
use crate::wire::headers::IdempotencyKey;
use crate::wire::paging::{HistoricPageQuery, InstantQuery, listing};
use crate::wire::problem::Answer;

/// A kind of recording as it is shown.
pub(crate) trait Shown: Correctable {
    /// The plural under which its resources stand.
    const PLURAL: &'static str;
    /// The shape shown.
    type View: Serialize;

    /// What is shown of an entry at an instant.
    fn shown(entry: Entry<Self>, now: At) -> Self::View;

    /// What a recorder left to the service.
    fn completed(self) -> Self {
        self
    }
}

fn answer<C: Shown>(api: &Api, mut response: actix_web::HttpResponseBuilder, entry: Entry<C>) -> HttpResponse {
    response.insert_header((header::ETAG, etag(entry.head.version)));
    response.json(C::shown(entry, api.store.now()))
}

pub(crate) async fn record<C: Shown>(
    api: &Api,
    actor: &Actor,
    request: &HttpRequest,
    child: ChildId,
    key: IdempotencyKey,
    body: Body<New<C>>,
) -> Answer
where
    Record<C>: Repeatable<Answer = Entry<C>>,
{
    body.value.validate(api.store.now())?;
    let once = key.once(request, &body.raw);
    let new = New { content: body.value.content.completed(), ..body.value };
    let entry = api.store.act_once(actor, Record::<C>::new(child), once, move |granted| granted.record(&new)).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/v1/{}/{}", C::PLURAL, entry.head.id)));
    Ok(answer(api, response, entry))
}

pub(crate) async fn list<C: Shown>(
    api: &Api,
    actor: &Actor,
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
    api: &Api,
    actor: &Actor,
    entry: EntryId,
    purpose: Option<Purpose>,
    query: &InstantQuery,
) -> Answer {
    let instant = query.as_known_at;
    let entry = api.store.act(actor, View::<C>::new(entry, purpose), move |granted| granted.entry(instant)).await?;
    Ok(answer(api, HttpResponse::Ok(), entry))
}

pub(crate) async fn versions<C: Shown>(api: &Api, actor: &Actor, entry: EntryId, purpose: Option<Purpose>) -> Answer {
    let versions = api.store.act(actor, View::<C>::new(entry, purpose), |granted| granted.versions()).await?;
    Ok(HttpResponse::Ok().json(versions))
}

pub(crate) async fn amend<C: Shown>(
    api: &Api,
    actor: &Actor,
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

pub(crate) async fn withdraw<C: Shown>(
    api: &Api,
    actor: &Actor,
    request: &HttpRequest,
    entry: EntryId,
    expected: Version,
    key: IdempotencyKey,
    body: Body<Withdrawal>,
) -> Answer
where
    Withdraw<C>: Repeatable<Answer = Entry<C>>,
{
    body.value.validate()?;
    let (once, withdrawal) = (key.once(request, &body.raw), body.value);
    let action = Withdraw::<C>::new(entry);
    let entry = api.store.act_once(actor, action, once, move |granted| granted.withdraw(expected, &withdrawal)).await?;
    Ok(answer(api, HttpResponse::Ok(), entry))
}

/// The six handlers of one kind, with their OpenAPI descriptions.
macro_rules! entry_handlers {
    (
        $content:ty as $shown:ty, tag = $tag:literal, list = $list_path:literal, one = $one_path:literal, id = $id:literal,
        record = $record:literal, list_op = $list:literal, view = $view:literal, versions = $versions:literal,
        amend = $amend:literal, withdraw = $withdraw:literal
    ) => {
        use actix_web::{HttpRequest, web};
        use alongside_domain::record::entry::{Amendment, New, Withdrawal};
        use alongside_domain::vocabulary::version::VersionNote;
        use alongside_domain::{ChildId, EntryId};

        use crate::caller::api::Api;
        use crate::edge::body::Body;
        use crate::wire::headers::{IdempotencyHeader, IdempotencyKey, IfMatch, IfMatchHeader, PurposeHeader, Why};
        use crate::caller::identity::Identity;
        use crate::wire::paging::{HistoricPageQuery, InstantQuery, Listing};
        use crate::wire::problem::Answer;
        use crate::wire::query::Query;

        #[doc = concat!("Add to the child's ", $tag, ".")]
        #[utoipa::path(post, path = $list_path, operation_id = $record, tag = $tag,
            params(("child" = ChildId, Path), IdempotencyHeader), request_body = New<$content>,
            responses((status = 201, body = $shown, description = "Recorded.")))]
        pub(crate) async fn record(
            api: web::Data<Api>,
            Identity(actor): Identity,
            request: HttpRequest,
            child: web::Path<ChildId>,
            key: IdempotencyKey,
            body: Body<New<$content>>,
        ) -> Answer {
            crate::record::entry::record(&api, &actor, &request, *child, key, body).await
        }

        #[doc = concat!("The child's ", $tag, ", newest first, now or as known at an instant.")]
        #[utoipa::path(get, path = $list_path, operation_id = $list, tag = $tag,
            params(("child" = ChildId, Path), HistoricPageQuery, PurposeHeader),
            responses((status = 200, body = Listing<$shown>, description = "A page; what is withheld is named.")))]
        pub(crate) async fn list(
            api: web::Data<Api>,
            Identity(actor): Identity,
            request: HttpRequest,
            child: web::Path<ChildId>,
            Query(query): Query<HistoricPageQuery>,
            Why(purpose): Why,
        ) -> Answer {
            crate::record::entry::list::<$content>(&api, &actor, &request, *child, purpose, &query).await
        }

        #[doc = concat!("One of the ", $tag, ", now or as known at an instant.")]
        #[utoipa::path(get, path = $one_path, operation_id = $view, tag = $tag,
            params(($id = EntryId, Path), InstantQuery, PurposeHeader),
            responses((status = 200, body = $shown, description = "As the reader may see it.")))]
        pub(crate) async fn view(
            api: web::Data<Api>,
            Identity(actor): Identity,
            entry: web::Path<EntryId>,
            Query(query): Query<InstantQuery>,
            Why(purpose): Why,
        ) -> Answer {
            crate::record::entry::view::<$content>(&api, &actor, *entry, purpose, &query).await
        }

        /// Every version: who wrote it, when and why.
        #[utoipa::path(get, path = concat!($one_path, "/versions"), operation_id = $versions, tag = $tag,
            params(($id = EntryId, Path), PurposeHeader),
            responses((status = 200, body = Vec<VersionNote>, description = "Oldest first.")))]
        pub(crate) async fn versions(
            api: web::Data<Api>,
            Identity(actor): Identity,
            entry: web::Path<EntryId>,
            Why(purpose): Why,
        ) -> Answer {
            crate::record::entry::versions::<$content>(&api, &actor, *entry, purpose).await
        }

        /// Correct it. The earlier version stays readable.
        #[utoipa::path(put, path = $one_path, operation_id = $amend, tag = $tag,
            params(($id = EntryId, Path), IfMatchHeader), request_body = Amendment<$content>,
            responses((status = 200, body = $shown, description = "Corrected.")))]
        pub(crate) async fn amend(
            api: web::Data<Api>,
            Identity(actor): Identity,
            entry: web::Path<EntryId>,
            IfMatch(expected): IfMatch,
            body: Body<Amendment<$content>>,
        ) -> Answer {
            crate::record::entry::amend(&api, &actor, *entry, expected, body).await
        }

        /// Take it back. It stays readable, with the reason.
        #[utoipa::path(post, path = concat!($one_path, "/withdraw"), operation_id = $withdraw, tag = $tag,
            params(($id = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Withdrawal,
            responses((status = 200, body = $shown, description = "Withdrawn.")))]
        pub(crate) async fn withdraw(
            api: web::Data<Api>,
            Identity(actor): Identity,
            request: HttpRequest,
            entry: web::Path<EntryId>,
            IfMatch(expected): IfMatch,
    key: IdempotencyKey,
            body: Body<Withdrawal>,
        ) -> Answer {
            crate::record::entry::withdraw::<$content>(&api, &actor, &request, *entry, expected, key, body).await
        }
    };
}
pub(crate) use entry_handlers;
