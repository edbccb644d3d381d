//! The staff of the partnership, and their accounts.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use alongside_domain::accounts::worker::{NewWorker, Worker, WorkerDetails, WorkerFilter};
use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_domain::{AgencyId, WorkerId};
use alongside_policy::action::{AddWorker, AmendWorker, ListWorkers, ViewWorker, ViewWorkerVersions};
use serde::Deserialize;

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::wire::etag::etag;
use crate::wire::headers::{IdempotencyHeader, IfMatch, IfMatchHeader};
use crate::wire::paging::{Listing, PageQuery, listing};
use crate::wire::problem::{Answer, Problem};
use crate::wire::query::Query;

pub(crate) fn shown(response: &mut HttpResponseBuilder, worker: &Worker) -> HttpResponse {
    response.insert_header((header::ETAG, etag(worker.version))).json(worker)
}

/// How long a name may be.
const LONGEST_NAME: usize = 200;

/// Which workers.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkersQuery {
    /// Only workers of this agency.
    #[param(required = false, nullable = false)]
    agency: Option<AgencyId>,
    /// Only workers whose display name contains this, in capitals or not.
    #[param(required = false, nullable = false, min_length = 1, max_length = 200, example = "dunn")]
    name: Option<String>,
    /// How many rows, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200, required = false, nullable = false)]
    limit: Option<u32>,
    /// `next` of the page before, unchanged.
    #[param(required = false, nullable = false, max_length = 400)]
    cursor: Option<String>,
}

impl WorkersQuery {
    fn split(self) -> Result<(WorkerFilter, PageQuery), Problem> {
        if self.name.as_ref().is_some_and(|name| !(1..=LONGEST_NAME).contains(&name.trim().chars().count())) {
            return Err(Problem::query("name", format!("must have 1 to {LONGEST_NAME} characters")));
        }
        Ok((WorkerFilter { agency: self.agency, name: self.name }, PageQuery::new(self.limit, self.cursor)))
    }
}

/// List the staff of the partnership
///
/// Returns the workers of every agency: to contact a colleague or to find a worker for a team. For every worker who is
/// signed in. `agency` and `name` narrow the list.
#[utoipa::path(get, path = "/v1/workers", operation_id = "list_workers", tag = "partnership", params(WorkersQuery),
    responses((status = 200, body = Listing<Worker>, description = "A page of workers.")))]
pub(crate) async fn list(
    Caller { api, actor }: Caller,
    request: HttpRequest,
    Query(query): Query<WorkersQuery>,
) -> Answer {
    let (filter, query) = query.split()?;
    let page = query.request(&api.store, &request)?;
    let page = api.store.act(&actor, ListWorkers {}, move |granted| granted.workers(&page, &filter)).await?;
    Ok(listing(&api.store, &request, page, Vec::new()))
}

/// View a colleague's account
///
/// Every signed-in worker can view it. Roles in `proposed_roles` have no effect until a second person confirms them and
/// the worker takes them up. The ETag is what a correction sends as If-Match.
#[utoipa::path(get, path = "/v1/workers/{worker}", operation_id = "view_worker", tag = "partnership",
    params(("worker" = WorkerId, Path)), responses((status = 200, body = Worker, description = "The account.")))]
pub(crate) async fn view(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let worker = api.store.act(&actor, ViewWorker { worker: *worker }, |granted| granted.worker()).await?;
    Ok(shown(&mut HttpResponse::Ok(), &worker))
}

/// Add a worker
///
/// Adds a worker with a first password. The worker must replace it before anything else, because you know it. Every
/// role except `board_analyst` is proposed with the account and listed in `proposed_roles`. The account opens nothing
/// until a second person has confirmed the role and the worker has taken it up. For administrators, with a second
/// factor that was proved in the last five minutes.
#[utoipa::path(post, path = "/v1/workers", operation_id = "add_worker", tag = "partnership", params(IdempotencyHeader),
    request_body = NewWorker, responses((status = 201, body = Worker, description = "Added.")))]
pub(crate) async fn add(Change { api, actor, once, body: new, .. }: Change<NewWorker>) -> Answer {
    new.validate()?;
    let hash = api.store.hash_password(new.password.clone()).await?;
    let worker = api.store.act_once(&actor, AddWorker {}, once, move |granted| granted.add(&new, &hash)).await?;
    let address = format!("/v1/workers/{}", worker.id);
    Ok(shown(HttpResponse::Created().insert_header((header::LOCATION, address)), &worker))
}

/// List the versions of a worker's account
///
/// Returns what was recorded about the worker in each version, oldest first. For administrators and auditors.
#[utoipa::path(get, path = "/v1/workers/{worker}/versions", operation_id = "view_worker_versions", tag = "partnership",
    params(("worker" = WorkerId, Path)),
    responses((status = 200, body = Listing<DetailsVersion<WorkerDetails>>, description = "Every version.")))]
pub(crate) async fn versions(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let action = ViewWorkerVersions { worker: *worker };
    let versions = api.store.act(&actor, action, |granted| granted.versions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(versions)))
}

/// Correct a worker's account
///
/// Replaces the details of the account. Send If-Match with the ETag of the version you read. A worker who is suspended,
/// leaves or moves to another agency loses access at once. New roles are proposed and listed in `proposed_roles`; so
/// are all roles of a worker who moves or comes back. `board_analyst` takes effect at once. For administrators, with a
/// second factor that was proved in the last five minutes.
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
    Ok(shown(&mut HttpResponse::Ok(), &worker))
}
