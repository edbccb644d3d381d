//! Conflicts: whoever is part of a child's story has nothing to do with the record.

use actix_web::{HttpResponse, web};
use alongside_domain::access::conflict::{LiftConflict, NewConflict};
use alongside_domain::{ChildId, WorkerId};
use alongside_policy::action::{DeclareConflict, LiftConflict as Lift};

use crate::caller::change::Change;
use crate::wire::headers::IdempotencyHeader;
use crate::wire::problem::Answer;

/// Say that you, or a colleague, are part of the child's story. From then on the record does not exist for them.
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

/// Say that a colleague's conflict no longer stands. For safeguarding leads.
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
