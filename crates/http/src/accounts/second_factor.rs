//! The caller's second factor, and the reset for a worker who lost theirs.

use actix_web::{HttpResponse, web};
use alongside_domain::WorkerId;
use alongside_domain::accounts::second_factor::{Code, Enrolment, RecoveryCodes};
use alongside_policy::action::{ProveSecondFactor, ResetSecondFactor, SetSecondFactor};

use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::problem::Answer;

/// Set up a second factor
///
/// Returns a secret, once. Enter it in an authenticator app, then confirm with the app's code at POST
/// /v1/me/second-factor/confirmation.
#[utoipa::path(post, path = "/v1/me/second-factor", operation_id = "enrol_second_factor", tag = "sessions",
    responses((status = 201, body = Enrolment, description = "The secret, shown once.")))]
pub(crate) async fn enrol(Caller { api, actor }: Caller) -> Answer {
    let enrolment = api.store.act(&actor, SetSecondFactor {}, |granted| granted.enrol()).await?;
    Ok(HttpResponse::Created().json(enrolment))
}

/// Confirm a second factor
///
/// Completes the set-up with the first code from the authenticator app. Returns recovery codes, once. The second factor
/// counts as proved for this session.
#[utoipa::path(post, path = "/v1/me/second-factor/confirmation", operation_id = "confirm_second_factor",
    tag = "sessions", request_body = Code,
    responses((status = 201, body = RecoveryCodes, description = "Set up. Store the recovery codes in a safe place.")))]
pub(crate) async fn confirm(Caller { api, actor }: Caller, body: Body<Code>) -> Answer {
    api.edge.limits.code_of(actor.worker)?;
    let (by, code) = (actor.clone(), body.value.code);
    let codes = api.store.act(&actor, SetSecondFactor {}, move |granted| granted.confirm_enrolment(&by, &code)).await?;
    Ok(HttpResponse::Created().json(codes))
}

/// Prove your second factor
///
/// Proves the second factor for this session with a code. The proof is fresh for five minutes; operations that need a
/// fresh second factor accept it in that time. You can do this before you replace a password that another person chose.
#[utoipa::path(post, path = "/v1/sessions/current/second-factor", operation_id = "prove_second_factor",
    tag = "sessions", request_body = Code, responses((status = 204, description = "Proved.")))]
pub(crate) async fn prove(Caller { api, actor }: Caller, body: Body<Code>) -> Answer {
    api.edge.limits.code_of(actor.worker)?;
    let (by, code) = (actor.clone(), body.value.code);
    api.store.act(&actor, ProveSecondFactor {}, move |granted| granted.prove(&by, &code)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Reset a worker's second factor
///
/// Removes the second factor of a worker who lost their device, and ends their sessions. The roles that two people
/// grant are removed and proposed again. For administrators, but not for their own account. Needs a second factor that
/// was proved in the last five minutes.
#[utoipa::path(delete, path = "/v1/workers/{worker}/second-factor", operation_id = "reset_second_factor",
    tag = "partnership", params(("worker" = WorkerId, Path)),
    responses((status = 204, description = "Removed. The worker can set up another.")))]
pub(crate) async fn reset(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    api.store.act(&actor, ResetSecondFactor { worker: *worker }, |granted| granted.reset()).await?;
    Ok(HttpResponse::NoContent().finish())
}
