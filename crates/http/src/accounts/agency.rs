//! The agencies of the partnership.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use alongside_domain::AgencyId;
use alongside_domain::accounts::agency::{Agency, AgencyDetails};
use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_policy::action::{AddAgency, AmendAgency, ListAgencies, ViewAgency, ViewAgencyVersions};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader};
use crate::wire::paging::Listing;
use crate::wire::problem::Answer;

fn shown(response: &mut HttpResponseBuilder, agency: &Agency) -> HttpResponse {
    response.insert_header((header::ETAG, etag(agency.version))).json(agency)
}

/// List the agencies
///
/// Returns every agency of the partnership, by name. For every worker who is signed in.
#[utoipa::path(get, path = "/v1/agencies", operation_id = "list_agencies", tag = "partnership",
    responses((status = 200, body = Listing<Agency>, description = "Every agency.")))]
pub(crate) async fn list(Caller { api, actor }: Caller) -> Answer {
    let agencies = api.store.act(&actor, ListAgencies {}, |granted| granted.agencies()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(agencies)))
}

/// View an agency
///
/// Every signed-in worker can view it. The ETag is what a correction sends as If-Match.
#[utoipa::path(get, path = "/v1/agencies/{agency}", operation_id = "view_agency", tag = "partnership",
    params(("agency" = AgencyId, Path)), responses((status = 200, body = Agency, description = "The agency.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, agency: web::Path<AgencyId>) -> Answer {
    let agency = api.store.act(&actor, ViewAgency { agency: *agency }, |granted| granted.agency()).await?;
    Ok(shown(&mut HttpResponse::Ok(), &agency))
}

/// Add an agency
///
/// Adds an agency to the partnership. For administrators, with a second factor that was proved in the last five
/// minutes.
#[utoipa::path(post, path = "/v1/agencies", operation_id = "add_agency", tag = "partnership", params(IdempotencyHeader),
    request_body = AgencyDetails, responses((status = 201, body = Agency, description = "Added.")))]
pub(crate) async fn add(Change { api, actor, once, body: details, .. }: Change<AgencyDetails>) -> Answer {
    details.validate()?;
    let agency = api.store.act_once(&actor, AddAgency {}, once, move |granted| granted.add(&details)).await?;
    let address = format!("/v1/agencies/{}", agency.id);
    Ok(shown(HttpResponse::Created().insert_header((header::LOCATION, address)), &agency))
}

/// List the versions of an agency
///
/// Returns what was recorded about the agency in each version, oldest first. For administrators and auditors.
#[utoipa::path(get, path = "/v1/agencies/{agency}/versions", operation_id = "view_agency_versions", tag = "partnership",
    params(("agency" = AgencyId, Path)),
    responses((status = 200, body = Listing<DetailsVersion<AgencyDetails>>, description = "Every version.")))]
pub(crate) async fn versions(Caller { api, actor }: Caller, agency: web::Path<AgencyId>) -> Answer {
    let action = ViewAgencyVersions { agency: *agency };
    let versions = api.store.act(&actor, action, |granted| granted.versions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(versions)))
}

/// Correct an agency
///
/// Replaces the details of the agency. Send If-Match with the ETag of the version you read. If the agency leaves the
/// sharing agreement, its staff lose access at once. For administrators, with a second factor that was proved in the
/// last five minutes.
#[utoipa::path(put, path = "/v1/agencies/{agency}", operation_id = "amend_agency", tag = "partnership",
    params(("agency" = AgencyId, Path), IfMatchHeader), request_body = AgencyDetails,
    responses((status = 200, body = Agency, description = "Corrected.")))]
pub(crate) async fn amend(
    Caller { api, actor }: Caller,
    agency: web::Path<AgencyId>,
    IfMatch(expected): IfMatch,
    body: Body<AgencyDetails>,
) -> Answer {
    body.value.validate()?;
    let (action, details) = (AmendAgency { agency: *agency }, body.value);
    let agency = api.store.act(&actor, action, move |granted| granted.amend(expected, &details)).await?;
    Ok(shown(&mut HttpResponse::Ok(), &agency))
}
