//! Signing in, refreshing a session and signing out.

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

use crate::accounts::worker;
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
    /// The access token. Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// How long the access token is valid, in seconds.
    #[schema(example = 600)]
    expires_in: i64,
    /// A token to exchange for new tokens, once.
    refresh_token: String,
    /// When the session ends, however often it is refreshed.
    session_ends_at: DateTime<Utc>,
}

/// A refresh token to exchange.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// The refresh token, as it was returned.
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

/// Sign in
///
/// Send the sign-in name, the password and a code from the authenticator app. Returns an access token and a refresh
/// token. An unknown name, a wrong password and a wrong code get the same response. Without a code, the session can
/// only manage the account. If another person chose the password, the session can only replace it; other requests get
/// `own-password-needed`.
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

/// Refresh a session
///
/// Exchanges a refresh token for new tokens. Each refresh token works once. If it is used a second time, the session
/// ends.
#[utoipa::path(post, path = "/v1/sessions/refresh", operation_id = "refresh_session", tag = "sessions", security(()),
    request_body = RefreshRequest, responses((status = 201, body = SessionResponse, description = "New tokens.")))]
pub(crate) async fn refresh(api: web::Data<Api>, body: Body<RefreshRequest, STRANGER>) -> Answer {
    let token = URL_SAFE_NO_PAD.decode(&body.value.refresh_token).ok();
    let token = token.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(Problem::SignedOut)?;
    let session = api.store.refresh(token, api.store.new_id()).await?;
    tokens(&api, &session)
}

/// Sign out
///
/// Ends the session of this access token. Its tokens stop working at once.
#[utoipa::path(delete, path = "/v1/sessions/current", operation_id = "sign_out", tag = "sessions",
    responses((status = 204, description = "Signed out.")))]
pub(crate) async fn sign_out(Caller { api, actor }: Caller) -> Answer {
    api.store.sign_out(&actor).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// View your account
///
/// Returns your worker account with its roles and agency. `proposed_roles` lists the roles that have no effect yet.
#[utoipa::path(get, path = "/v1/me", operation_id = "view_me", tag = "sessions",
    responses((status = 200, body = Worker, description = "Your account.")))]
pub(crate) async fn me(Caller { api, actor }: Caller) -> Answer {
    let me = api.store.act(&actor, ViewMe {}, |granted| granted.me()).await?;
    Ok(worker::shown(&mut HttpResponse::Ok(), &me))
}

/// List your sessions
///
/// Returns your current sessions, newest first. If you do not recognise one, end it with DELETE
/// /v1/me/sessions/{session}.
#[utoipa::path(get, path = "/v1/me/sessions", operation_id = "list_own_sessions", tag = "sessions",
    responses((status = 200, body = Listing<SessionView>, description = "The current sessions.")))]
pub(crate) async fn list_own(Caller { api, actor }: Caller) -> Answer {
    let sessions = api.store.act(&actor, ListOwnSessions {}, |granted| granted.sessions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(sessions)))
}

/// End one of your sessions
///
/// Ends the session. Its tokens stop working at once.
#[utoipa::path(delete, path = "/v1/me/sessions/{session}", operation_id = "end_own_session", tag = "sessions",
    params(("session" = SessionId, Path)), responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_own(Caller { api, actor }: Caller, session: web::Path<SessionId>) -> Answer {
    api.store.act(&actor, EndOwnSession { session: *session }, |granted| granted.end()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List a worker's sessions
///
/// Returns the worker's current sessions, newest first. For administrators.
#[utoipa::path(get, path = "/v1/workers/{worker}/sessions", operation_id = "list_sessions", tag = "partnership",
    params(("worker" = WorkerId, Path)),
    responses((status = 200, body = Listing<SessionView>, description = "The current sessions.")))]
pub(crate) async fn list(Caller { api, actor }: Caller, worker: web::Path<WorkerId>) -> Answer {
    let sessions = api.store.act(&actor, ListSessions { worker: *worker }, |granted| granted.sessions()).await?;
    Ok(HttpResponse::Ok().json(Listing::whole(sessions)))
}

/// End a worker's session
///
/// Ends the session of any worker. Its tokens stop working at once. For administrators.
#[utoipa::path(delete, path = "/v1/sessions/{session}", operation_id = "end_session", tag = "partnership",
    params(("session" = SessionId, Path)), responses((status = 204, description = "Ended.")))]
pub(crate) async fn end(Caller { api, actor }: Caller, session: web::Path<SessionId>) -> Answer {
    api.store.act(&actor, EndSession { session: *session }, |granted| granted.end()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the token signing keys
///
/// Returns the public keys that verify access tokens, as a JWK set. No sign-in is needed.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "list_keys", tag = "sessions", security(()),
    responses((status = 200, body = serde_json::Value, description = "A JWK set.")))]
pub(crate) async fn jwks(api: web::Data<Api>) -> HttpResponse {
    HttpResponse::Ok().json(api.tokens.key_set())
}
