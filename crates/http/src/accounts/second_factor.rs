//! The second factor of the one who asks, and of a worker who lost theirs.

use actix_web::{HttpResponse, web};
use alongside_domain::WorkerId;
use alongside_domain::accounts::second_factor::{Code, Enrolment, RecoveryCodes};
use alongside_policy::action::{ProveSecondFactor, ResetSecondFactor, SetSecondFactor};

use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::problem::Answer;

/// Begin to set up a second factor: type the secret into an authenticator, then confirm with its code.
#[utoipa::path(post, path = "/v1/me/second-factor", operation_id = "enrol_second_factor", tag = "sessions",
    responses((status = 201, body = Enrolment, description = "The secret, shown once.")))]
pub(crate) async fn enrol(Caller { api, actor }: Caller) -> Answer {
    let enrolment = api.store.act(&actor, SetSecondFactor {}, |granted| granted.enrol()).await?;
    Ok(HttpResponse::Created().json(enrolment))
}

/// Confirm a second factor with the first code. Gives recovery codes, once; this session counts as proved.
#[utoipa::path(post, path = "/v1/me/second-factor/confirmation", operation_id = "confirm_second_factor",
    tag = "sessions", request_body = Code,
    responses((status = 201, body = RecoveryCodes, description = "Set up. Keep the recovery codes.")))]
pub(crate) async fn confirm(Caller { api, actor }: Caller, body: Body<Code>) -> Answer {
    api.edge.limits.code_of(actor.worker)?;
    let (by, code) = (actor.clone(), body.value.code);
    let codes = api.store.act(&actor, SetSecondFactor {}, move |granted| granted.confirm_enrolment(&by, &code)).await?;
    Ok(HttpResponse::Created().json(codes))
}

/// Prove the second factor for this session, once more or for the first time. Fresh for five minutes. Also for whoever
/// signed in with a password that somebody else chose, since another password needs a fresh proof.
#[utoipa::path(post, path = "/v1/sessions/current/second-factor", operation_id = "prove_second_factor",
    tag = "sessions", request_body = Code, responses((status = 204, description = "Proved.")))]
pub(crate) async fn prove(Caller { api, actor }: Caller, body: Body<Code>) -> Answer {
    api.edge.limits.code_of(actor.worker)?;
    let (by, code) = (actor.clone(), body.value.code);
    api.store.act(&actor, ProveSecondFactor {}, move |granted| granted.prove(&by, &code)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take away the second factor of a worker whose device is lost, and end their sessions. It counts as a new grant: the
/// roles that two people grant are taken away and proposed again. For administrators, and never for their own account.
#[utoipa::path(delete, path = "/v1/workers/{worker}/second-factor", operation_id = "reset_second_factor",
    tag = "partnership", params(("worker" = WorkerId, Path)),
    responses((status = 204, description = "Taken away; the worker sets up another.")))]
pub(crate) async fn reset(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    api.store.act(&actor, ResetSecondFactor { worker: *worker }, |granted| granted.reset()).await?;
    Ok(HttpResponse::NoContent().finish())
}
