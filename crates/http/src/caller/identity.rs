//! The caller, from the bearer token.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use alongside_domain::accounts::worker::Actor;
use alongside_domain::{SessionId, WorkerId};
use uuid::Uuid;

use crate::caller::api::Api;
use crate::edge::admit;
use crate::edge::connection::Connection;
use crate::edge::middleware::{Expires, RequestId};
use crate::wire::problem::Problem;

/// The signed-in caller of a request, and what every handler shares. A handler that takes it needs a sign-in.
pub(crate) struct Caller {
    pub(crate) api: web::Data<Api>,
    pub(crate) actor: Actor,
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(&request).await })
    }
}

async fn identify(request: &HttpRequest) -> Result<Caller, Problem> {
    let api = request.app_data::<web::Data<Api>>().ok_or(Problem::Internal)?;
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Problem::SignedOut)?;
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0);
    let request_id = request_id.unwrap_or_else(|| api.store.new_id());
    let (worker, session, expires) = prove(api, token, request_id).await?;
    let state = api.edge.limits.request_by(worker)?;
    admit::identified(request, worker).await?;
    request.extensions_mut().insert(state);
    request.extensions_mut().insert(Expires(expires));
    if let Some(connection) = request.conn_data::<Rc<Connection>>() {
        connection.is_known();
    }
    Ok(Caller { api: web::Data::clone(api), actor: Actor { worker, session, request: request_id } })
}

/// The worker and session of the token, and when it expires. The token is from this service or from an issuer in the
/// settings.
async fn prove(api: &Api, token: &str, request: Uuid) -> Result<(WorkerId, SessionId, i64), Problem> {
    if let Some(issuer) = api.issuers.of(token) {
        return issuer.prove(token, &api.store, &api.edge.limits, request).await;
    }
    let claims = api.tokens.prove(token, api.store.now()).ok_or(Problem::SignedOut)?;
    Ok((claims.sub, claims.sid, claims.exp))
}
