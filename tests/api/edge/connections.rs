//! Clients that stall lose their connection, and other clients keep theirs.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use actix_web::web::block;
use alongside_http::ConnectionLimits;

use crate::support::World;
use crate::support::stream::Served;
use crate::support::world::PLENTY;

/// How long a client may stall in these tests.
const STALL: Duration = Duration::from_millis(1_500);
/// Longer than any answer takes here.
const PATIENCE: Duration = Duration::from_secs(30);

fn served(world: &World, limits: ConnectionLimits) -> Served {
    Served::bounded_by(world, &PLENTY, limits)
}

fn brisk() -> ConnectionLimits {
    ConnectionLimits { body: STALL, answer: STALL, ..ConnectionLimits::default() }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    stream
}

/// What arrives until the connection ends, and after what time it ended.
fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut text = Vec::new();
    match stream.read_to_end(&mut text) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("the connection is still open"),
        _ => (String::from_utf8_lossy(&text).into_owned(), begun.elapsed()),
    }
}

fn status(text: &str) -> &str {
    text.split(' ').nth(1).unwrap_or_default()
}

/// Sends these bytes and waits for the end of the connection, on a thread that may block.
async fn sends(address: SocketAddr, bytes: Vec<u8>) -> (String, Duration) {
    let ended = block(move || {
        let mut stream = connect(address);
        // The service may answer and close before it has read everything.
        let _ = stream.write_all(&bytes);
        until_closed(stream)
    });
    ended.await.expect("a thread")
}

fn sign_in(length: usize, sent: usize) -> Vec<u8> {
    let mut request = format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + sent, b' ');
    request
}

on_both! {
    async fn a_body_that_stops_is_answered_with_408_and_its_connection_is_closed(world: World) {
        let served = served(&world, brisk());
        let (text, after) = sends(served.address(), sign_in(4_000, 3_500)).await;
        assert_eq!(status(&text), "408", "{text}");
        assert!(text.contains("/problems/slow-body"), "{text}");
        assert!(after >= STALL && after < 4 * STALL, "{after:?}");
    }

    async fn a_caller_who_has_not_signed_in_cannot_send_a_large_body(world: World) {
        let served = served(&world, brisk());
        let (text, _) = sends(served.address(), sign_in(1 << 20, 900_000)).await;
        assert!(text.is_empty() || status(&text) == "413", "{text}");
        let chunked = b"POST /v1/sessions HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\
            Transfer-Encoding: chunked\r\n\r\n8000\r\n";
        let (text, _) = sends(served.address(), [&chunked[..], &vec![b' '; 0x8000], b"\r\n"].concat()).await;
        assert_eq!(status(&text), "413", "{text}");
    }

    async fn bodies_beyond_the_total_limit_are_answered_with_503_until_there_is_room_again(world: World) {
        let served = served(&world, ConnectionLimits { bodies: 5_000, body: STALL, ..brisk() });
        let address = served.address();
        let stalled = actix_web::rt::spawn(sends(address, sign_in(4_000, 3_500)));
        actix_web::rt::time::sleep(Duration::from_millis(300)).await;
        let (text, _) = sends(address, sign_in(4_000, 3_500)).await;
        assert_eq!(status(&text), "503", "{text}");
        assert_eq!(status(&stalled.await.expect("a task").0), "408");
        let (text, _) = sends(address, sign_in(4_000, 3_500)).await;
        assert_eq!(status(&text), "408", "{text}");
    }

    async fn an_answer_that_is_not_read_ends_its_connection(world: World) {
        let served = served(&world, brisk());
        let address = served.address();
        let after = block(move || {
            let mut stream = connect(address);
            let request = "GET /openapi.json HTTP/1.1\r\nHost: test\r\n\r\n".repeat(64);
            let begun = Instant::now();
            let _ = stream.write_all(request.as_bytes());
            while stream.take_error().expect("a socket").is_none() {
                assert!(begun.elapsed() < PATIENCE, "the connection is still open");
                std::thread::sleep(Duration::from_millis(20));
            }
            begun.elapsed()
        });
        let after = after.await.expect("a thread");
        assert!(after >= STALL && after < 5 * STALL, "{after:?}");
    }

    async fn a_slow_reader_of_a_long_answer_gets_all_of_it(world: World) {
        let served = served(&world, ConnectionLimits { answer: Duration::from_secs(3), ..ConnectionLimits::default() });
        let address = served.address();
        let length = block(move || {
            let mut stream = connect(address);
            let request = "GET /openapi.json HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
            stream.write_all(request.as_bytes()).expect("a request");
            let (mut buffer, mut length) = (vec![0; 16 << 10], 0);
            loop {
                std::thread::sleep(Duration::from_millis(100));
                match stream.read(&mut buffer).expect("an answer") {
                    0 => return length,
                    read => length += read,
                }
            }
        });
        let length = length.await.expect("a thread");
        assert!(length > alongside_http::openapi::document().len(), "{length}");
    }

    async fn a_network_beyond_its_share_is_refused_until_a_client_signs_in_or_disconnects(world: World) {
        let served = served(&world, ConnectionLimits { by_address: 3, ..ConnectionLimits::default() });
        let nurse = world.practitioner(&world.health).await;
        let (address, token) = (served.address(), nurse.token.clone());
        block(move || {
            let mut open: Vec<_> = (0..3).map(|_| connect(address)).collect();
            std::thread::sleep(Duration::from_millis(200));
            let (text, _) = until_closed(connect(address));
            assert!(text.is_empty() || (status(&text) == "503" && text.contains("Retry-After: 5")), "{text}");
            let mut known = open.pop().expect("a connection");
            let request = format!("GET /v1/me HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\r\n");
            known.write_all(request.as_bytes()).expect("a request");
            let mut answer = [0; 12];
            known.read_exact(&mut answer).expect("an answer");
            assert_eq!(&answer, b"HTTP/1.1 200");
            let mut next = connect(address);
            next.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").expect("a request");
            next.read_exact(&mut answer).expect("an answer");
            assert_eq!(&answer, b"HTTP/1.1 204");
            drop(open);
        }).await.expect("a thread");
    }

    async fn requests_that_are_sent_together_are_answered_one_after_the_other(world: World) {
        let served = served(&world, ConnectionLimits::default());
        let nurse = world.practitioner(&world.health).await;
        let (address, token) = (served.address(), nurse.token.clone());
        let text = block(move || {
            let head = format!("HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n");
            let body = "{\n\n  \"name\": { \"family_name\": \"Aldercott\", \"born_on\": \"2011-04-09\" } }\n\n";
            let post = format!(
                "POST /v1/children/search {head}X-Purpose: safeguarding_enquiry\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let get = format!("GET /v1/me {head}\r\n");
            let last = format!("GET /v1/me {head}Connection: close\r\n\r\n");
            let mut stream = connect(address);
            stream.write_all([get.repeat(40), post, get.repeat(40), last].concat().as_bytes()).expect("requests");
            until_closed(stream).0
        });
        let text = text.await.expect("a thread");
        let statuses: Vec<_> = text.split("HTTP/1.1 ").skip(1).map(|answer| answer.get(..3)).collect();
        assert_eq!((statuses.len(), statuses[40]), (82, Some("200")), "{text}");
        assert!(statuses.iter().all(|status| *status == Some("200")), "{statuses:?}");
    }
}
