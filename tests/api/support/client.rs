//! People who use the API, and the answers they get.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::AtomicI64;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use serde_json::{Value, json};

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) address: Option<IpAddr>,
}

impl Ask {
    fn new(method: Method, path: &str, body: Option<&Value>) -> Self {
        let mut ask = Self { method, path: path.to_owned(), headers: Vec::new(), body: Vec::new(), address: None };
        if let Some(body) = body {
            ask.body = body.to_string().into_bytes();
            ask = ask.with("Content-Type", "application/json");
        }
        ask
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    pub(crate) fn put(path: &str, body: &Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    pub(crate) fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    /// A POST with these exact bytes as its body.
    pub(crate) fn raw(path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut ask = Self::new(Method::POST, path, None).with("Content-Type", content_type);
        ask.body = body.into();
        ask
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request from a network address.
    pub(crate) fn from(self, address: IpAddr) -> Self {
        Self { address: Some(address), ..self }
    }

    pub(crate) fn purpose(self, purpose: &str) -> Self {
        self.with("X-Purpose", purpose)
    }

    pub(crate) fn if_match(self, etag: &str) -> Self {
        self.with("If-Match", etag)
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.with("Authorization", &format!("Bearer {token}"))
    }
}

/// The response to a request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// Fails unless this is the status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.string("id")
    }

    #[track_caller]
    pub(crate) fn string(&self, field: &str) -> String {
        let text = self.body[field].as_str();
        text.unwrap_or_else(|| panic!("no {field} in {}", self.text)).to_owned()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|v| v.to_str().ok());
        value.unwrap_or_else(|| panic!("no header {name}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        self.header("etag")
    }

    #[track_caller]
    pub(crate) fn items(&self) -> &Vec<Value> {
        let list = self.body.as_array().or_else(|| self.body["items"].as_array());
        list.unwrap_or_else(|| panic!("no list: {}", self.text))
    }

    /// The type of the problem.
    pub(crate) fn problem(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default()
    }

    /// The fields with an error, as JSON pointers.
    pub(crate) fn pointers(&self) -> Vec<&str> {
        self.body["errors"].as_array().into_iter().flatten().filter_map(|error| error["pointer"].as_str()).collect()
    }
}

type Answering = Pin<Box<dyn Future<Output = Answer>>>;

/// Sends requests to a world's service.
pub(crate) type Send = Rc<dyn Fn(Ask) -> Answering>;

/// A signed-in member of staff.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) refresh_token: String,
    /// The half minute of the last code that was used.
    pub(crate) codes: Rc<AtomicI64>,
    pub(crate) send: Send,
}

impl Worker {
    pub(crate) async fn asks(&self, ask: Ask) -> Answer {
        (self.send)(ask.bearer(&self.token)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.asks(Ask::get(path)).await
    }

    /// Reads with a stated purpose.
    pub(crate) async fn reads(&self, path: &str) -> Answer {
        self.asks(Ask::get(path).purpose("safeguarding_enquiry")).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.asks(Ask::post(path, body)).await
    }

    pub(crate) async fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.asks(Ask::put(path, body).if_match(etag)).await
    }

    pub(crate) async fn creates_child(&self, body: &Value) -> Answer {
        self.post("/v1/children", body).await
    }

    pub(crate) async fn searches(&self, body: &Value) -> Answer {
        self.asks(Ask::post("/v1/children/search", body).purpose("safeguarding_enquiry")).await
    }

    pub(crate) async fn raises_concern(&self, child: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/children/{child}/concerns"), body).await
    }

    pub(crate) async fn observes(&self, child: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/children/{child}/observations"), body).await
    }

    pub(crate) async fn records_contact(&self, child: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/children/{child}/contacts"), body).await
    }

    pub(crate) async fn refers(&self, child: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/children/{child}/referrals"), body).await
    }

    pub(crate) async fn decides(&self, referral: &str, etag: &str, decision: &str) -> Answer {
        let body = json!({ "decision": decision, "reason": "The need was discussed with the referrer." });
        let path = format!("/v1/referrals/{referral}/decision");
        self.asks(Ask::post(&path, &body).if_match(etag)).await
    }

    pub(crate) async fn accepts(&self, referral: &str, etag: &str) -> Answer {
        self.decides(referral, etag, "accept").await
    }

    pub(crate) async fn concludes(&self, referral: &str, etag: &str) -> Answer {
        let body = json!({ "outcome": "A plan is agreed with the child and the family." });
        let path = format!("/v1/referrals/{referral}/outcome");
        self.asks(Ask::post(&path, &body).if_match(etag)).await
    }

    pub(crate) async fn involves(&self, child: &str, worker: &Self, kind: &str) -> Answer {
        let body = super::words::involvement(worker, kind);
        self.post(&format!("/v1/children/{child}/involvements"), &body).await
    }

    pub(crate) async fn begins_emergency(&self, child: &str) -> Answer {
        self.post(&format!("/v1/children/{child}/emergency-access"), &super::words::emergency()).await
    }

    /// Confirms every proposed role in one request. Returns the codes for the owners of the accounts.
    pub(crate) async fn confirms_all(&self) -> Vec<String> {
        let waiting = self.get("/v1/role-grants?limit=100").await.is(200);
        let confirmed = json!({ "answer": "approve", "because": "Works here since Monday." });
        let decisions: Vec<Value> = waiting
            .items()
            .iter()
            .filter(|grant| grant["status"] == "proposed")
            .map(|grant| json!({ "grant_id": grant["id"], "decision": confirmed }))
            .collect();
        if decisions.is_empty() {
            return Vec::new();
        }
        let decided = self.post("/v1/role-grants/decisions", &json!({ "decisions": decisions })).await.is(200);
        let outcomes = decided.body["outcomes"].as_array().expect("outcomes");
        outcomes.iter().filter_map(|outcome| outcome["grant"]["code"].as_str().map(str::to_owned)).collect()
    }

    pub(crate) async fn takes_up(&self, code: &str) -> Answer {
        self.post("/v1/me/roles", &json!({ "code": code })).await
    }

    pub(crate) async fn reads_chronology(&self, child: &str, purpose: &str) -> Answer {
        let path = format!("/v1/children/{child}/chronology");
        self.asks(Ask::get(&path).purpose(purpose)).await
    }
}
