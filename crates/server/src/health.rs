//! Asks the running service whether it is ready, as a container's health check does.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::Failure;
use crate::terminal;

/// How long each step may take: connecting, sending and receiving.
const PATIENCE: Duration = Duration::from_secs(3);
const REQUEST: &[u8] = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const READY: &[u8] = b"HTTP/1.1 204";

/// Succeeds where the service that listens on this address is ready.
pub(crate) fn run(listen: SocketAddr) -> Result<(), Failure> {
    let address = reachable(listen);
    let answer = ask(address).map_err(|error| {
        Failure::new(format!("No service answers on {address}: {error}. Start it with `alongside serve`."))
    })?;
    if answer.starts_with(READY) {
        terminal::say("The service is ready.")
    } else {
        Err(Failure::new("The service runs but is not ready: its database does not accept writes. See its log."))
    }
}

/// An address at which a service on this machine can be reached: one that listens on every address is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr) -> std::io::Result<[u8; READY.len()]> {
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    connection.write_all(REQUEST)?;
    let mut answer = [0; READY.len()];
    connection.read_exact(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn served(answer: &'static str) -> Result<(), Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = vec![0; REQUEST.len()];
            connection.read_exact(&mut request).unwrap();
            connection.write_all(answer.as_bytes()).unwrap();
            request
        });
        let outcome = run(address);
        assert_eq!(server.join().unwrap(), REQUEST);
        outcome
    }

    #[test]
    fn a_service_is_healthy_when_it_is_ready_and_not_otherwise() {
        assert!(served("HTTP/1.1 204 No Content\r\n\r\n").is_ok());
        assert!(served("HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap_err().to_string().contains("not ready"));
        assert!(served("HTTP").unwrap_err().to_string().contains("No service answers"));
    }

    #[test]
    fn a_service_that_listens_everywhere_is_asked_on_loopback() {
        let of = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(of("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(of("[::]:8080"), "[::1]:8080");
        assert_eq!(of("10.0.0.7:80"), "10.0.0.7:80");
    }
}
