//! Who asks: the bearer token, proved.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use alongside_domain::worker::Actor;

use crate::Api;
use crate::edge::RequestId;
use crate::problem::Problem;

/// The actor of this request. Add it to a handler and the handler needs a sign-in.
pub(crate) struct Identity(pub(crate) Actor);

impl FromRequest for Identity {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(identify(request))
    }
}

fn identify(request: &HttpRequest) -> Result<Identity, Problem> {
    let api = request.app_data::<web::Data<Api>>().ok_or(Problem::Internal)?;
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or(Problem::SignedOut)?;
    let claims = api.tokens.prove(token, api.store.now()).ok_or(Problem::SignedOut)?;
    let state = api.limits.request_by(claims.sub)?;
    request.extensions_mut().insert(state);
    let request_id = request.extensions().get::<RequestId>().map_or_else(|| api.store.new_id(), |id| id.0);
    Ok(Identity(Actor { worker: claims.sub, session: claims.sid, request: request_id }))
}
