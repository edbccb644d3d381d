//! The password of the one who asks.

use actix_web::HttpResponse;
use alongside_domain::accounts::password::PasswordChange;
use alongside_policy::action::ChangePassword;

use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::problem::Answer;

/// Choose another password and end all your other sessions. Whoever has a second factor proves it just before. Whoever
/// signed in with a password that somebody else chose may do nothing else until then but prove that factor.
#[utoipa::path(post, path = "/v1/me/password", operation_id = "change_password", tag = "sessions",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed; this session goes on, every other has ended.")))]
pub(crate) async fn change(Caller { api, actor }: Caller, body: Body<PasswordChange>) -> Answer {
    body.value.validate()?;
    api.edge.limits.code_of(actor.worker)?;
    let hashed = api.store.hash_change(actor.worker, body.value).await?;
    let by = actor.clone();
    api.store.act(&actor, ChangePassword {}, move |granted| granted.change(&hashed, &by)).await?;
    Ok(HttpResponse::NoContent().finish())
}
