//! The subjects by which other issuers' tokens name a worker.

use actix_web::{HttpResponse, web};
use alongside_domain::WorkerId;
use alongside_domain::accounts::external_identity::{ExternalIdentity, LinkedIdentity};
use alongside_policy::action::{LinkIdentity, ListIdentities, UnlinkIdentity};
use alongside_storage::Error;

use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::paging::Listing;
use crate::wire::problem::Answer;

/// List a worker's external identities
///
/// Returns the issuers whose tokens the worker can sign in with, and the subject at each issuer. For administrators.
#[utoipa::path(get, path = "/v1/workers/{worker}/external-identities", operation_id = "list_identities",
    tag = "partnership", params(("worker" = WorkerId, Path)),
    responses((status = 200, body = Listing<LinkedIdentity>, description = "Every link, by issuer.")))]
pub(crate) async fn list(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let linked = api.store.act(&actor, ListIdentities { worker: *worker }, |granted| granted.identities()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(linked)))
}

/// Link an external identity
///
/// Lets the worker sign in with tokens of an issuer that is in the settings. An earlier subject at the same issuer is
/// replaced, and its sessions end. The password of the account then opens nothing until the worker replaces it in a
/// session of the issuer. The roles that two people grant are removed and proposed again. For administrators, but not
/// for their own account. Needs a second factor that was proved in the last five minutes.
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

/// Unlink an external identity
///
/// Removes the link to the issuer and ends the sessions that were signed in with its tokens. If another person chose
/// the account's password, the roles that two people grant are removed and proposed again. For administrators, with a
/// second factor that was proved in the last five minutes.
#[utoipa::path(delete, path = "/v1/workers/{worker}/external-identities/{issuer}", operation_id = "unlink_identity",
    tag = "partnership",
    params(("worker" = WorkerId, Path), ("issuer" = String, Path, description = "The issuer's name in the settings.")),
    responses((status = 204, description = "Unlinked.")))]
pub(crate) async fn unlink(Caller { api, actor }: Caller, path: web::Path<(WorkerId, String)>) -> Answer {
    let (worker, issuer) = path.into_inner();
    // A link to an issuer that is no longer in the settings can still be removed.
    let possible = crate::Issuer::is_name(&issuer);
    let work = move |granted: &mut alongside_storage::Granted<'_, UnlinkIdentity>| {
        if possible { granted.unlink(&issuer) } else { Err(Error::Unknown) }
    };
    api.store.act(&actor, UnlinkIdentity { worker }, work).await?;
    Ok(HttpResponse::NoContent().finish())
}
