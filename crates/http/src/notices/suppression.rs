//! Suppression of the notices of police access.

use actix_web::{HttpResponse, web};
use alongside_domain::notices::suppression::{NewSuppression, Suppression, SuppressionForOverseers};
use alongside_domain::{ChildId, SuppressionId};
use alongside_policy::action::{SuppressNotices, ViewNoticeSuppression};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::problem::Answer;

/// Suppress notices of your access
///
/// Stops the notices of your access to the child's record for at most 24 hours. For police staff who work with the
/// child, with a second factor that was proved in the last five minutes. Each access is still audited. The access
/// history shows it to auditors and to the people who oversee you, who are notified that the suppression began. Notices
/// of emergency access are still sent.
#[utoipa::path(post, path = "/v1/children/{child}/notice-suppressions", operation_id = "suppress_notices",
    tag = "notices", params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewSuppression,
    responses((status = 201, body = Suppression, description = "Suppressed until `ends_at`.")))]
pub(crate) async fn suppress(
    Change { api, actor, once, body: new, .. }: Change<NewSuppression>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate(api.store.now())?;
    let action = SuppressNotices { child: *child };
    let suppression = api.store.act_once(&actor, action, once, move |granted| granted.suppress(&new)).await?;
    Ok(HttpResponse::Created().json(suppression))
}

/// View a notice suppression
///
/// Returns the reason and the explanation. For safeguarding leads of the agency that suppresses the notices, and for
/// auditors. Other callers receive 404.
#[utoipa::path(get, path = "/v1/notice-suppressions/{suppression}", operation_id = "view_notice_suppression",
    tag = "notices", params(("suppression" = SuppressionId, Path)),
    responses((status = 200, body = SuppressionForOverseers, description = "The suppression, with its reason and explanation.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, suppression: web::Path<SuppressionId>) -> Answer {
    let action = ViewNoticeSuppression { suppression: *suppression };
    let suppression = api.store.act(&actor, action, |granted| granted.suppression()).await?;
    Ok(HttpResponse::Ok().json(suppression))
}
