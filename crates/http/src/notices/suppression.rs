//! Notices of looks that are held back for a while.

use actix_web::{HttpResponse, web};
use alongside_domain::notices::suppression::{NewSuppression, Suppression, SuppressionForOverseers};
use alongside_domain::{ChildId, SuppressionId};
use alongside_policy::action::{SuppressNotices, ViewNoticeSuppression};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::problem::Answer;

/// Hold back the notices of your own looks at a child's record, for at most 24 hours. For police staff who work with
/// the child, with a fresh second factor. Every look is audited as ever; the access history shows these to auditors
/// and to those who oversee you, who are told that it began. Emergency access is told all the same.
#[utoipa::path(post, path = "/v1/children/{child}/notice-suppressions", operation_id = "suppress_notices",
    tag = "notices", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewSuppression,
    responses((status = 201, body = Suppression, description = "Held back until `ends_at`.")))]
pub(crate) async fn suppress(
    Change { api, actor, once, body: new, .. }: Change<NewSuppression>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = SuppressNotices { child: *child };
    let suppression = api.store.act_once(&actor, action, once, move |granted| granted.suppress(&new)).await?;
    Ok(HttpResponse::Created().json(suppression))
}

/// Why notices of looks are held back. For the safeguarding leads of the agency that does it, and for auditors; to
/// everybody else it is not there.
#[utoipa::path(get, path = "/v1/notice-suppressions/{suppression}", operation_id = "view_notice_suppression",
    tag = "notices", params(("suppression" = SuppressionId, Path)),
    responses((status = 200, body = SuppressionForOverseers, description = "With the reason and the explanation.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, suppression: web::Path<SuppressionId>) -> Answer {
    let action = ViewNoticeSuppression { suppression: *suppression };
    let suppression = api.store.act(&actor, action, |granted| granted.suppression()).await?;
    Ok(HttpResponse::Ok().json(suppression))
}
