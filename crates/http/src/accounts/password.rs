//! The caller's password.

use actix_web::HttpResponse;
use alongside_domain::accounts::password::PasswordChange;
use alongside_policy::action::ChangePassword;

use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::problem::Answer;

/// Change your password
///
/// Replaces your password and ends all your other sessions. If you have a second factor, prove it in the five minutes
/// before. If another person chose your current password, you can do nothing else until you have replaced it, except
/// prove your second factor.
#[utoipa::path(post, path = "/v1/me/password", operation_id = "change_password", tag = "sessions",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed. This session continues; every other session has ended.")))]
pub(crate) async fn change(Caller { api, actor }: Caller, body: Body<PasswordChange>) -> Answer {
    body.value.validate()?;
    api.edge.limits.code_of(actor.worker)?;
    let hashed = api.store.hash_change(actor.worker, body.value).await?;
    let by = actor.clone();
    api.store.act(&actor, ChangePassword {}, move |granted| granted.change(&hashed, &by)).await?;
    Ok(HttpResponse::NoContent().finish())
}
