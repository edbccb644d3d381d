//! An issuer of access tokens on this machine, which serves its keys as the test sets it up.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use alongside_http::{Issuer, TokenAlgorithm};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::World;

/// The value of `iss`.
pub(crate) const URL: &str = "https://login.larkmoor.example";
/// The value of `aud`.
pub(crate) const AUDIENCE: &str = "alongside-larkmoor";

/// The rules for an issuer whose keys are fetched there.
pub(crate) fn issuer_at(address: &str) -> Issuer {
    Issuer {
        name: "larkmoor".to_owned(),
        url: URL.to_owned(),
        jwks_url: format!("{address}/keys"),
        ca_file: PathBuf::new(),
        audience: AUDIENCE.to_owned(),
        algorithms: vec![TokenAlgorithm::Es256],
        clients: Vec::new(),
        subject_claim: "sub".to_owned(),
        agency_claim: None,
        roles_claim: None,
        second_factor_values: vec!["mfa".to_owned()],
    }
}

/// A key of an issuer.
pub(crate) struct Key {
    pub(crate) id: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { id: id.to_owned(), pair }
    }

    pub(crate) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.public()[1..].split_at(32);
        let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id, "x": x, "y": y })
    }

    /// A token with the header that belongs to it.
    pub(crate) fn signs(&self, claims: &Value) -> String {
        self.signs_under(&json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.id }), claims)
    }

    pub(crate) fn signs_under(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The two parts that are signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}

/// The claims of a subject who signed in a minute ago with a second factor.
pub(crate) fn claims(world: &World, subject: &str) -> Value {
    let now = world.now().timestamp();
    json!({
        "iss": URL, "aud": AUDIENCE, "sub": subject, "client_id": "desk", "iat": now, "exp": now + 600,
        "auth_time": now - 60, "sid": format!("sign-in of {subject}"), "amr": ["pwd", "mfa"],
    })
}

/// How the issuer answers.
#[derive(Clone)]
pub(crate) enum Manner {
    Keys(Vec<Value>),
    Fails,
    Hangs,
    SaysTooMuch,
    SendsElsewhere(Vec<Value>),
}

/// A server of keys. Stopped when dropped.
pub(crate) struct KeyServer {
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    asked: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl KeyServer {
    pub(crate) fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (manner, asked) = (Arc::new(Mutex::new(manner)), Arc::new(AtomicUsize::new(0)));
        let ends = Arc::new(AtomicBool::new(false));
        let (its_manner, its_asked, its_ends) = (Arc::clone(&manner), Arc::clone(&asked), Arc::clone(&ends));
        let thread = spawn(move || {
            for stream in listener.incoming() {
                if its_ends.load(Ordering::SeqCst) {
                    break;
                }
                its_asked.fetch_add(1, Ordering::SeqCst);
                let manner = its_manner.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // The client may be gone. The next one is served anyway.
                let _ = stream.and_then(|stream| answer(stream, &manner));
            }
        });
        Self { address, manner, asked, ends, thread: Some(thread) }
    }

    pub(crate) fn serving(keys: &[&Key]) -> Self {
        Self::new(Manner::Keys(keys.iter().map(|key| key.jwk()).collect()))
    }

    pub(crate) fn issuer(&self) -> Issuer {
        issuer_at(&format!("http://{}", self.address))
    }

    pub(crate) fn turns(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    pub(crate) fn serves(&self, keys: &[&Key]) {
        self.turns(Manner::Keys(keys.iter().map(|key| key.jwk()).collect()));
    }

    /// How many requests it received.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn answer(mut stream: TcpStream, manner: &Manner) -> std::io::Result<()> {
    let mut head = [0; 4_096];
    let length = stream.read(&mut head)?;
    let elsewhere = head[..length].starts_with(b"GET /elsewhere");
    let set = |keys: &[Value]| json!({ "keys": keys }).to_string();
    let (status, extra, body) = match manner {
        Manner::Keys(keys) => ("200 OK", "", set(keys)),
        Manner::Fails => ("500 Internal Server Error", "", String::new()),
        Manner::Hangs => {
            sleep(Duration::from_secs(4));
            return Ok(());
        }
        Manner::SaysTooMuch => ("200 OK", "", json!({ "keys": [], "more": "x".repeat(70 << 10) }).to_string()),
        Manner::SendsElsewhere(keys) if elsewhere => ("200 OK", "", set(keys)),
        Manner::SendsElsewhere(_) => ("302 Found", "Location: /elsewhere\r\n", String::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\n{extra}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}
