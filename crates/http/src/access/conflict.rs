//! Conflicts: a worker who is part of a child's story cannot use the record.

use actix_web::{HttpResponse, web};
use alongside_domain::access::conflict::{LiftConflict, NewConflict};
use alongside_domain::{ChildId, WorkerId};
use alongside_policy::action::{DeclareConflict, LiftConflict as Lift};

use crate::caller::change::Change;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::problem::Answer;

/// Declare a conflict of interest
///
/// Declares that you, or a colleague, are part of the child's story, for example as a relative. From then on the record
/// is hidden from that worker, and emergency access does not open it. Any worker who uses records may declare their own
/// conflict. A safeguarding lead whose agency works with the child may declare one for a colleague.
#[utoipa::path(post, path = "/v1/children/{child}/conflicts", operation_id = "declare_conflict", tag = "restrictions",
    params(("child" = ChildId, Path), IdempotencyHeader), request_body = NewConflict,
    responses((status = 204, description = "Declared.")))]
pub(crate) async fn declare(
    Change { api, actor, once, body: new, .. }: Change<NewConflict>,
    child: web::Path<ChildId>,
) -> Answer {
    new.validate()?;
    let action = DeclareConflict { child: *child, worker: new.worker_id };
    api.store.act_once(&actor, action, once, move |granted| granted.declare(&new)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lift a conflict of interest
///
/// Ends a worker's conflict with the child, with a reason. For safeguarding leads whose agency works with the child.
#[utoipa::path(post, path = "/v1/children/{child}/conflicts/{worker}/lift", operation_id = "lift_conflict",
    tag = "restrictions", params(("child" = ChildId, Path), ("worker" = WorkerId, Path), IdempotencyHeader),
    request_body = LiftConflict, responses((status = 204, description = "Lifted.")))]
pub(crate) async fn lift(
    Change { api, actor, once, body: lift, .. }: Change<LiftConflict>,
    path: web::Path<(ChildId, WorkerId)>,
) -> Answer {
    lift.validate()?;
    let (child, worker) = *path;
    api.store.act_once(&actor, Lift { child, worker }, once, move |granted| granted.lift(&lift)).await?;
    Ok(HttpResponse::NoContent().finish())
}
