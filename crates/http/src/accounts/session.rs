//! Sign in, stay signed in, sign out.

use actix_web::{HttpRequest, HttpResponse, web};
use alongside_domain::accounts::session::{Credentials, Session, SessionView};
use alongside_domain::accounts::worker::Worker;
use alongside_domain::{SessionId, WorkerId};
use alongside_policy::action::{EndOwnSession, EndSession, ListOwnSessions, ListSessions, ViewMe};
use alongside_storage::{Error, Origin};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::caller::api::Api;
use crate::caller::identity::Caller;
use crate::edge::body::{Body, STRANGER};
use crate::edge::rate_limit::Applicant;
use crate::edge::{address, admit};
use crate::wire::paging::Listing;
use crate::wire::problem::{Answer, Problem};

/// Tokens for a session.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SessionResponse {
    /// Sent as `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(example = 600)]
    expires_in: i64,
    /// Good once, for new tokens.
    refresh_token: String,
    /// When the session ends whatever happens.
    session_ends_at: DateTime<Utc>,
}

/// A refresh token.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// As it was given.
    #[schema(min_length = 43, max_length = 43, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    refresh_token: String,
}

fn tokens(api: &Api, session: &Session) -> Answer {
    let (access_token, expires_in) = api.tokens.issue(session, api.store.now()).ok_or(Problem::Internal)?;
    Ok(HttpResponse::Created().json(SessionResponse {
        access_token,
        token_type: "Bearer",
        expires_in,
        refresh_token: URL_SAFE_NO_PAD.encode(session.refresh_token),
        session_ends_at: session.ends_at,
    }))
}

/// Sign in with a name, a password and the authenticator's code. Unknown names, wrong passwords and wrong codes get
/// the same answer. Without a code the session may only look after the account. With a password that somebody else
/// chose it may only replace that: until then everything else is answered with `own-password-needed`.
#[utoipa::path(post, path = "/v1/sessions", operation_id = "sign_in", tag = "sessions", security(()), request_body = Credentials,
    responses((status = 201, body = SessionResponse, description = "Signed in.")))]
pub(crate) async fn sign_in(api: web::Data<Api>, request: HttpRequest, body: Body<Credentials, STRANGER>) -> Answer {
    let applicant = Applicant::new(&body.value.sign_in_name, address::of(&request, &api.edge.proxies));
    let is_known = api.edge.limits.is_home(&applicant) || signed_in_before(&api, &applicant).await?;
    let attempt = api.edge.limits.sign_in(&applicant, is_known, api.store.now())?;
    if !is_known && let Err(busy) = admit::demote(&request).await {
        api.edge.limits.not_compared(&attempt, api.store.now());
        return Err(busy);
    }
    let origin = Origin { network: applicant.network, is_known };
    match api.store.sign_in(body.value, origin, api.store.new_id()).await {
        Ok(session) => {
            api.edge.limits.signed_in(attempt, api.store.now());
            tokens(&api, &session)
        }
        Err(wrong @ Error::BadCredentials) => Err(wrong.into()),
        Err(error) => {
            api.edge.limits.not_compared(&attempt, api.store.now());
            Err(error.into())
        }
    }
}

async fn signed_in_before(api: &Api, applicant: &Applicant) -> Result<bool, Problem> {
    let _turn = api.edge.limits.lookups.acquire().await.map_err(|_| Problem::Unavailable)?;
    Ok(api.store.is_known_address(applicant.name.clone(), applicant.network.clone()).await?)
}

/// Exchange a refresh token for new tokens, once. A token that comes a second time ends the session.
#[utoipa::path(post, path = "/v1/sessions/refresh", operation_id = "refresh_session", tag = "sessions", security(()),
    request_body = RefreshRequest, responses((status = 201, body = SessionResponse, description = "New tokens.")))]
pub(crate) async fn refresh(api: web::Data<Api>, body: Body<RefreshRequest, STRANGER>) -> Answer {
    let token = URL_SAFE_NO_PAD.decode(&body.value.refresh_token).ok();
    let token = token.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(Problem::SignedOut)?;
    let session = api.store.refresh(token, api.store.new_id()).await?;
    tokens(&api, &session)
}

/// End the session of this token. Its tokens stop working at once.
#[utoipa::path(delete, path = "/v1/sessions/current", operation_id = "sign_out", tag = "sessions",
    responses((status = 204, description = "Signed out.")))]
pub(crate) async fn sign_out(Caller { api, actor }: Caller) -> Answer {
    api.store.sign_out(&actor).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Your own account.
#[utoipa::path(get, path = "/v1/me", operation_id = "view_me", tag = "sessions",
    responses((status = 200, body = Worker, description = "You.")))]
pub(crate) async fn me(Caller { api, actor }: Caller) -> Answer {
    let me = api.store.act(&actor, ViewMe {}, |granted| granted.me()).await?;
    Ok(HttpResponse::Ok().json(me))
}

/// Where you are signed in, newest first.
#[utoipa::path(get, path = "/v1/me/sessions", operation_id = "list_own_sessions", tag = "sessions",
    responses((status = 200, body = Listing<SessionView>, description = "The sessions that run now.")))]
pub(crate) async fn list_own(Caller { api, actor }: Caller) -> Answer {
    let sessions = api.store.act(&actor, ListOwnSessions {}, |granted| granted.sessions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(sessions)))
}

/// End one of your sessions. Its tokens stop working at once.
#[utoipa::path(delete, path = "/v1/me/sessions/{session}", operation_id = "end_own_session", tag = "sessions",
    params(("session" = SessionId, Path)), responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_own(Caller { api, actor }: Caller, session: web::Path<SessionId>) -> Answer {
    api.store.act(&actor, EndOwnSession { session: *session }, |granted| granted.end()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where a worker is signed in, newest first. For administrators.
#[utoipa::path(get, path = "/v1/workers/{worker}/sessions", operation_id = "list_sessions", tag = "partnership",
    params(("worker" = WorkerId, Path)),
    responses((status = 200, body = Listing<SessionView>, description = "The sessions that run now.")))]
pub(crate) async fn list(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let sessions = api.store.act(&actor, ListSessions { worker: *worker }, |granted| granted.sessions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(sessions)))
}

/// End anybody's session. Its tokens stop working at once. For administrators.
#[utoipa::path(delete, path = "/v1/sessions/{session}", operation_id = "end_session", tag = "partnership",
    params(("session" = SessionId, Path)), responses((status = 204, description = "Ended.")))]
pub(crate) async fn end(Caller { api, actor }: Caller, session: web::Path<SessionId>) -> Answer {
    api.store.act(&actor, EndSession { session: *session }, |granted| granted.end()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The public keys that access tokens are signed with.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "list_keys", tag = "sessions", security(()),
    responses((status = 200, body = serde_json::Value, description = "A JWK set.")))]
pub(crate) async fn jwks(api: web::Data<Api>) -> HttpResponse {
    HttpResponse::Ok().json(api.tokens.key_set())
}
