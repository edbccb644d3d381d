//! New identities, and the only link from the new record to the old one.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use alongside_domain::ChildId;
use alongside_domain::access::former_identity::{FormerIdentity, NewIdentity};
use alongside_domain::record::child::ChildView;
use alongside_policy::action::{BeginNewIdentity, ViewFormerIdentity};
use alongside_storage::Granted;

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::record::child::spending;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, PurposeHeader, Why};
use crate::wire::problem::Answer;

/// Begin a new identity for a child
///
/// Creates a second record for a child whose identity changes, for example after an adoption. The old record must be
/// sealed and open to you. The new record is sealed from the start, for the people you name; at least two of them must
/// be safeguarding leads. It shares no number and no name with the old record, and the old record does not link to it.
/// The owner of the restriction is allocated to the child for 90 days. For safeguarding leads whose agency works with
/// the child. Needs a second factor that was proved in the last five minutes.
#[utoipa::path(post, path = "/v1/children/{child}/new-identity", operation_id = "begin_new_identity",
    tag = "restrictions", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewIdentity,
    responses((status = 201, body = ChildView, description = "The new record, sealed.")))]
pub(crate) async fn begin(
    Change { api, actor, once, body: new, .. }: Change<NewIdentity>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let mut spend = spending(&api, &actor);
    let action = BeginNewIdentity { child: *child };
    let begin = move |granted: &mut Granted<'_, _>| granted.begin_new_identity(&new, &mut spend);
    let child = api.store.act_once(&actor, action, once, begin).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/v1/children/{}", child.id)))
        .insert_header((header::ETAG, etag(child.version)))
        .json(child))
}

/// View a child's former identity
///
/// Returns the record that was the child's before this one, if there was one. For the people named on this sealed
/// record. There is no link from the old record to the new one.
#[utoipa::path(get, path = "/v1/children/{child}/former-identity", operation_id = "view_former_identity",
    tag = "restrictions", params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = FormerIdentity, description = "The former record, if there was one.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ViewFormerIdentity { child: *child, purpose };
    let former = api.store.act(&actor, action, |granted| granted.former_identity()).await?;
    Ok(HttpResponse::Ok().json(former))
}
