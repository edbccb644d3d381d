//! What a caller asks to change.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use alongside_domain::accounts::worker::Actor;
use alongside_storage::Once;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::caller::api::Api;
use crate::caller::identity::Caller;
use crate::edge::body::Body;
use crate::edge::connection::Held;
use crate::wire::headers::IdempotencyKey;
use crate::wire::problem::Problem;

/// A change that a signed-in caller asks for with a body. It happens once for each idempotency key.
pub(crate) struct Change<T> {
    pub(crate) api: web::Data<Api>,
    pub(crate) actor: Actor,
    /// The key, bound to the address and the body. `None` where the caller sent no key.
    pub(crate) once: Option<Once>,
    pub(crate) body: T,
    /// The body's share of the memory for bodies, until the change is done.
    _held: Held,
}

impl<T: DeserializeOwned + Serialize + 'static> FromRequest for Change<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let key = IdempotencyKey::from_request(request, payload);
        let body = <Body<T>>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let Caller { api, actor } = caller.await?;
            let key = key.await?;
            let Body::<T> { value, raw, held } = body.await?;
            Ok(Self { api, actor, once: key.once(&request, &raw), body: value, _held: held })
        })
    }
}
