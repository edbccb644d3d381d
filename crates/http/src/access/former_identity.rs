//! New identities, and the one way from the new to the old.

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

/// Begin the record of a child's new identity, such as after an adoption. The record of the old one is sealed and open
/// to you; the new one is born sealed, with its own people, two safeguarding leads among them, and shares no number and
/// no name with the old one. Nothing leads from the old to the new. Needs a fresh second factor.
#[utoipa::path(post, path = "/v1/children/{child}/new-identity", operation_id = "begin_new_identity",
    tag = "restrictions", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewIdentity,
    responses((status = 201, body = ChildView, description = "Begun, and sealed.")))]
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

/// Which record was the child's before this one. For the people for whom this sealed record is open, and for nobody
/// else; there is no way back.
#[utoipa::path(get, path = "/v1/children/{child}/former-identity", operation_id = "view_former_identity",
    tag = "restrictions", params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = FormerIdentity, description = "The former record, if there was one.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ViewFormerIdentity { child: *child, purpose };
    let former = api.store.act(&actor, action, |granted| granted.former_identity()).await?;
    Ok(HttpResponse::Ok().json(former))
}
