//! The staff of the partnership, and their accounts.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::WorkerId;
use alongside_domain::accounts::worker::{NewWorker, Worker, WorkerDetails};
use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_policy::action::{AddWorker, AmendWorker, ListWorkers, ViewWorker, ViewWorkerVersions};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::Answer;
use crate::wire::query::Query;

/// The staff of the partnership: whom to turn to, whom to bring into a team.
#[utoipa::path(get, path = "/v1/workers", operation_id = "list_workers", tag = "partnership", params(PageQuery),
    responses((status = 200, body = Listing<Worker>, description = "A page of colleagues.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListWorkers {}, move |granted| granted.workers(&page)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// View a colleague's account.
///
/// Every signed-in worker can view it. Roles in `proposed_roles` have no effect until a second person confirms them and
/// the worker takes them up. The ETag is what a correction sends as If-Match.
#[utoipa::path(get, path = "/v1/workers/{worker}", operation_id = "view_worker", tag = "partnership",
    params(("worker" = WorkerId, Path)), responses((status = 200, body = Worker, description = "The account.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let worker = api.store.act(&actor, ViewWorker { worker: *worker }, |granted| granted.worker()).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag(worker.version))).json(worker))
}

/// Add a worker with a first password. Whoever signs in with it has to replace it before anything else, since you know
/// it. Every role but `board_analyst` is proposed with the account and stands in `proposed_roles`: the account opens
/// nothing until a second person has confirmed it and its owner has taken it up. For administrators.
#[utoipa::path(post, path = "/v1/workers", operation_id = "add_worker", tag = "partnership", params(IdempotencyHeader),
    request_body = NewWorker, responses((status = 201, body = Worker, description = "Added.")))]
pub(crate) async fn add(Change { api, actor, once, body: new, .. }: Change<NewWorker>) -> Answer {
    new.validate()?;
    let hash = api.store.hash_password(new.password.clone()).await?;
    let worker = api.store.act_once(&actor, AddWorker {}, once, move |granted| granted.add(&new, &hash)).await?;
    Ok(HttpResponse::Created().insert_header((header::ETAG, etag(worker.version))).json(worker))
}

/// What was said of a worker, version by version, oldest first. For administrators and auditors.
#[utoipa::path(get, path = "/v1/workers/{worker}/versions", operation_id = "view_worker_versions", tag = "partnership",
    params(("worker" = WorkerId, Path)),
    responses((status = 200, body = Listing<DetailsVersion<WorkerDetails>>, description = "Every version.")))]
pub(crate) async fn versions(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let action = ViewWorkerVersions { worker: *worker };
    let versions = api.store.act(&actor, action, |granted| granted.versions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(versions)))
}

/// Correct an account. Whoever is suspended, leaves or moves loses access at once. A role that the worker does not have
/// is proposed and stands in `proposed_roles`, as are all roles of whoever moves or comes back; `board_analyst` takes
/// effect at once. For administrators.
#[utoipa::path(put, path = "/v1/workers/{worker}", operation_id = "amend_worker", tag = "partnership",
    params(("worker" = WorkerId, Path), IfMatchHeader), request_body = WorkerDetails,
    responses((status = 200, body = Worker, description = "Corrected.")))]
pub(crate) async fn amend(
    Caller { api, actor }: Caller,
    worker: web::Path<WorkerId>,
    IfMatch(expected): IfMatch,
    body: Body<WorkerDetails>,
) -> Answer {
    body.value.validate()?;
    let (action, details) = (AmendWorker { worker: *worker }, body.value);
    let worker = api.store.act(&actor, action, move |granted| granted.amend(expected, &details)).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, etag(worker.version))).json(worker))
}
