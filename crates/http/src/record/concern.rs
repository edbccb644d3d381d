//! Concerns: a worker's account of why a child may be at risk.

use actix_web::{HttpRequest, web};
use alongside_domain::record::concern::Concern;
use alongside_domain::record::entry::{Amendment, Entry, New, Withdrawal};
use alongside_domain::vocabulary::version::VersionNote;
use alongside_domain::{At, ChildId, EntryId};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::record::entry::{self, Shown};
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader, PurposeHeader, Why};
use crate::wire::paging::{HistoricPageQuery, InstantQuery, Listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

impl Shown for Concern {
    const PLURAL: &'static str = "concerns";
    type View = Entry<Self>;

    fn shown(entry: Entry<Self>, _: At) -> Entry<Self> {
        entry
    }
}

/// Raise a concern about a child
///
/// Practitioners, supervisors and safeguarding leads can raise a concern about a child whom they do not work with, too.
#[utoipa::path(post, path = "/v1/children/{child}/concerns", operation_id = "raise_concern", tag = "concerns",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = New<Concern>,
    responses((status = 201, body = Entry<Concern>, description = "Recorded.")))]
pub(crate) async fn record(change: Change<New<Concern>>, child: web::Path<ChildId>) -> Answer {
    entry::record(change, *child).await
}

/// List the child's concerns
///
/// Newest first, as they are now or as they were known at an instant. The answer names what is withheld from you.
#[utoipa::path(get, path = "/v1/children/{child}/concerns", operation_id = "list_concerns", tag = "concerns",
    params(("child" = ChildId, Path), HistoricPageQuery, PurposeHeader),
    responses((status = 200, body = Listing<Entry<Concern>>, description = "A page, and what is withheld.")))]
pub(crate) async fn list(
    caller: Caller,
    request: HttpRequest,
    child: web::Path<ChildId>,
    Query(query): Query<HistoricPageQuery>,
    Why(purpose): Why,
) -> Answer {
    entry::list::<Concern>(&caller, &request, *child, purpose, &query).await
}

/// View a concern
///
/// As it is now or as it was known at an instant.
#[utoipa::path(get, path = "/v1/concerns/{concern}", operation_id = "view_concern", tag = "concerns",
    params(("concern" = EntryId, Path), InstantQuery, PurposeHeader),
    responses((status = 200, body = Entry<Concern>, description = "What you may see of it.")))]
pub(crate) async fn view(
    caller: Caller,
    concern: web::Path<EntryId>,
    Query(query): Query<InstantQuery>,
    Why(purpose): Why,
) -> Answer {
    entry::view::<Concern>(&caller, *concern, purpose, &query).await
}

/// List the versions of a concern
///
/// Who wrote each version, when and why, oldest first.
#[utoipa::path(get, path = "/v1/concerns/{concern}/versions", operation_id = "view_concern_versions", tag = "concerns",
    params(("concern" = EntryId, Path), PurposeHeader),
    responses((status = 200, body = Listing<VersionNote>, description = "Oldest first.")))]
pub(crate) async fn versions(caller: Caller, concern: web::Path<EntryId>, Why(purpose): Why) -> Answer {
    entry::versions::<Concern>(&caller, *concern, purpose).await
}

/// Correct a concern
///
/// The earlier version is kept and can still be read. Send the ETag of the version you have read as If-Match.
#[utoipa::path(put, path = "/v1/concerns/{concern}", operation_id = "amend_concern", tag = "concerns",
    params(("concern" = EntryId, Path), IfMatchHeader), request_body = Amendment<Concern>,
    responses((status = 200, body = Entry<Concern>, description = "Corrected.")))]
pub(crate) async fn amend(
    caller: Caller,
    concern: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
    body: Body<Amendment<Concern>>,
) -> Answer {
    entry::amend(&caller, *concern, expected, body).await
}

/// Withdraw a concern
///
/// For a recording that was a mistake. It can still be read, with the reason. Send the ETag of the version you have read
/// as If-Match.
#[utoipa::path(post, path = "/v1/concerns/{concern}/withdraw", operation_id = "withdraw_concern", tag = "concerns",
    params(("concern" = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Withdrawal,
    responses((status = 200, body = Entry<Concern>, description = "Withdrawn.")))]
pub(crate) async fn withdraw(
    change: Change<Withdrawal>,
    concern: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    entry::withdraw::<Concern>(change, *concern, expected).await
}
