//! By which subject another issuer's tokens name a worker.

use actix_web::{HttpResponse, web};
use alongside_domain::WorkerId;
use alongside_domain::accounts::external_identity::{ExternalIdentity, LinkedIdentity};
use alongside_policy::action::{LinkIdentity, ListIdentities, UnlinkIdentity};
use alongside_storage::Error;

use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::paging::Listing;
use crate::wire::problem::Answer;

/// The issuers whose tokens a worker may sign in with, and by which subject. For administrators.
#[utoipa::path(get, path = "/v1/workers/{worker}/external-identities", operation_id = "list_identities",
    tag = "partnership", params(("worker" = WorkerId, Path)),
    responses((status = 200, body = Listing<LinkedIdentity>, description = "Every link, by issuer.")))]
pub(crate) async fn list(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let linked = api.store.act(&actor, ListIdentities { worker: *worker }, |granted| granted.identities()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(linked)))
}

/// Let a worker sign in with the tokens of an issuer that the settings name. Another subject that stood there is
/// forgotten, and its sessions end. From then on the password of the account opens nothing until the worker has
/// replaced it in a session of the issuer. It counts as a new grant: the roles that two people grant are taken away and
/// proposed again. For administrators, and never for their own account.
#[utoipa::path(put, path = "/v1/workers/{worker}/external-identities/{issuer}", operation_id = "link_identity",
    tag = "partnership", request_body = ExternalIdentity,
    params(("worker" = WorkerId, Path), ("issuer" = String, Path, description = "The issuer's name in the settings.")),
    responses((status = 204, description = "Linked.")))]
pub(crate) async fn link(
    Caller { api, actor }: Caller,
    path: web::Path<(WorkerId, String)>,
    body: Body<ExternalIdentity>,
) -> Answer {
    body.value.validate()?;
    let (worker, issuer) = path.into_inner();
    let (known, subject) = (api.issuers.knows(&issuer), body.value.subject);
    let work = move |granted: &mut alongside_storage::Granted<'_, LinkIdentity>| {
        if known { granted.link(&issuer, &subject) } else { Err(Error::Unknown) }
    };
    api.store.act(&actor, LinkIdentity { worker }, work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Let a worker no longer sign in with an issuer's tokens, and end the sessions that went with them. Where the owner has
/// not chosen a password of their own, it counts as a new grant: the roles that two people grant are taken away and
/// proposed again. For administrators.
#[utoipa::path(delete, path = "/v1/workers/{worker}/external-identities/{issuer}", operation_id = "unlink_identity",
    tag = "partnership",
    params(("worker" = WorkerId, Path), ("issuer" = String, Path, description = "The issuer's name in the settings.")),
    responses((status = 204, description = "Unlinked.")))]
pub(crate) async fn unlink(Caller { api, actor }: Caller, path: web::Path<(WorkerId, String)>) -> Answer {
    let (worker, issuer) = path.into_inner();
    // An issuer that the settings no longer name can still be taken off an account.
    let possible = crate::Issuer::is_name(&issuer);
    let work = move |granted: &mut alongside_storage::Granted<'_, UnlinkIdentity>| {
        if possible { granted.unlink(&issuer) } else { Err(Error::Unknown) }
    };
    api.store.act(&actor, UnlinkIdentity { worker }, work).await?;
    Ok(HttpResponse::NoContent().finish())
}
