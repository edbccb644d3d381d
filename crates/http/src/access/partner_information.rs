//! Partner information: lines that police release about recordings they keep to themselves.

use actix_web::{HttpResponse, web};
use alongside_domain::access::partner_information::{NewSanitisedLine, PartnerInformation};
use alongside_domain::record::entry::Withdrawal;
use alongside_domain::{ChildId, EntryId, SanitisedLineId};
use alongside_policy::action::{ListPartnerInformation, SanitiseRecording, WithdrawSanitisedLine};

use crate::caller::change::Change;
use crate::caller::identity::Caller;
use crate::wire::headers::{IdempotencyHeader, PurposeHeader, Why};
use crate::wire::paging::Listing;
use crate::wire::problem::Answer;

/// List partner information
///
/// Returns the lines that police have released about the child, with what a reader may do with them. The source of the
/// information is not shown.
#[utoipa::path(get, path = "/v1/children/{child}/partner-information", operation_id = "list_partner_information",
    tag = "partner information", params(("child" = ChildId, Path), PurposeHeader),
    responses((status = 200, body = Listing<PartnerInformation>, description = "The lines, in random order.")))]
pub(crate) async fn list(Caller { api, actor }: Caller, child: web::Path<ChildId>, Why(purpose): Why) -> Answer {
    let action = ListPartnerInformation { child: *child, purpose };
    let lines = api.store.act(&actor, action, |granted| granted.lines()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(lines)))
}

/// Release a line of partner information
///
/// Releases a short line about a recording that police keep to themselves. For supervisors and safeguarding leads of
/// the agency that holds the recording, except its author. Write it so that it does not reveal the source.
#[utoipa::path(post, path = "/v1/recordings/{recording}/sanitised-lines", operation_id = "sanitise_recording",
    tag = "partner information", params(("recording" = EntryId, Path), IdempotencyHeader), request_body = NewSanitisedLine,
    responses((status = 201, body = PartnerInformation, description = "The line as other agencies see it.")))]
pub(crate) async fn release(
    Change { api, actor, once, body: new, .. }: Change<NewSanitisedLine>,
    recording: web::Path<EntryId>,
) -> Answer {
    new.validate()?;
    let action = SanitiseRecording { entry: *recording };
    let line = api.store.act_once(&actor, action, once, move |granted| granted.release(&new)).await?;
    Ok(HttpResponse::Created().json(line))
}

/// Withdraw a line of partner information
///
/// Removes a released line, with a reason. It is no longer shown to any caller. For supervisors and safeguarding leads
/// of the agency that released it.
#[utoipa::path(post, path = "/v1/sanitised-lines/{line}/withdraw", operation_id = "withdraw_sanitised_line",
    tag = "partner information", params(("line" = SanitisedLineId, Path), IdempotencyHeader), request_body = Withdrawal,
    responses((status = 204, description = "Withdrawn.")))]
pub(crate) async fn withdraw(
    Change { api, actor, once, body: withdrawal, .. }: Change<Withdrawal>,
    line: web::Path<SanitisedLineId>,
) -> Answer {
    withdrawal.validate()?;
    let action = WithdrawSanitisedLine { line: *line };
    api.store.act_once(&actor, action, once, move |granted| granted.withdraw(&withdrawal)).await?;
    Ok(HttpResponse::NoContent().finish())
}
