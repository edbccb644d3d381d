//! Contacts with the child: meetings and calls.

use actix_web::{HttpRequest, web};
use alongside_domain::record::contact::Contact;
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

impl Shown for Contact {
    const PLURAL: &'static str = "contacts";
    type View = Entry<Self>;

    fn shown(entry: Entry<Self>, _: At) -> Entry<Self> {
        entry
    }
}

/// Record a contact with the child
///
/// With what the child said in the child's own words, and what was promised. For workers who are involved with the child.
#[utoipa::path(post, path = "/v1/children/{child}/contacts", operation_id = "record_contact", tag = "contacts",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = New<Contact>,
    responses((status = 201, body = Entry<Contact>, description = "Recorded.")))]
pub(crate) async fn record(change: Change<New<Contact>>, child: web::Path<ChildId>) -> Answer {
    entry::record(change, *child).await
}

/// List the child's contacts
///
/// Newest first, as they are now or as they were known at an instant. The answer names what is withheld from you.
#[utoipa::path(get, path = "/v1/children/{child}/contacts", operation_id = "list_contacts", tag = "contacts",
    params(("child" = ChildId, Path), HistoricPageQuery, PurposeHeader),
    responses((status = 200, body = Listing<Entry<Contact>>, description = "A page, and what is withheld.")))]
pub(crate) async fn list(
    caller: Caller,
    request: HttpRequest,
    child: web::Path<ChildId>,
    Query(query): Query<HistoricPageQuery>,
    Why(purpose): Why,
) -> Answer {
    entry::list::<Contact>(&caller, &request, *child, purpose, &query).await
}

/// View a contact
///
/// As it is now or as it was known at an instant.
#[utoipa::path(get, path = "/v1/contacts/{contact}", operation_id = "view_contact", tag = "contacts",
    params(("contact" = EntryId, Path), InstantQuery, PurposeHeader),
    responses((status = 200, body = Entry<Contact>, description = "What you may see of it.")))]
pub(crate) async fn view(
    caller: Caller,
    contact: web::Path<EntryId>,
    Query(query): Query<InstantQuery>,
    Why(purpose): Why,
) -> Answer {
    entry::view::<Contact>(&caller, *contact, purpose, &query).await
}

/// List the versions of a contact
///
/// Who wrote each version, when and why, oldest first.
#[utoipa::path(get, path = "/v1/contacts/{contact}/versions", operation_id = "view_contact_versions", tag = "contacts",
    params(("contact" = EntryId, Path), PurposeHeader),
    responses((status = 200, body = Listing<VersionNote>, description = "Oldest first.")))]
pub(crate) async fn versions(caller: Caller, contact: web::Path<EntryId>, Why(purpose): Why) -> Answer {
    entry::versions::<Contact>(&caller, *contact, purpose).await
}

/// Correct a contact
///
/// The earlier version is kept and can still be read. Send the ETag of the version you have read as If-Match.
#[utoipa::path(put, path = "/v1/contacts/{contact}", operation_id = "amend_contact", tag = "contacts",
    params(("contact" = EntryId, Path), IfMatchHeader), request_body = Amendment<Contact>,
    responses((status = 200, body = Entry<Contact>, description = "Corrected.")))]
pub(crate) async fn amend(
    caller: Caller,
    contact: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
    body: Body<Amendment<Contact>>,
) -> Answer {
    entry::amend(&caller, *contact, expected, body).await
}

/// Withdraw a contact
///
/// For a recording that was a mistake. It can still be read, with the reason. Send the ETag of the version you have read
/// as If-Match.
#[utoipa::path(post, path = "/v1/contacts/{contact}/withdraw", operation_id = "withdraw_contact", tag = "contacts",
    params(("contact" = EntryId, Path), IfMatchHeader, IdempotencyHeader), request_body = Withdrawal,
    responses((status = 200, body = Entry<Contact>, description = "Withdrawn.")))]
pub(crate) async fn withdraw(
    change: Change<Withdrawal>,
    contact: web::Path<EntryId>,
    IfMatch(expected): IfMatch,
) -> Answer {
    entry::withdraw::<Contact>(change, *contact, expected).await
}
