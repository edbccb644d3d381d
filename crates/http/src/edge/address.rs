//! The network address that a request comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;

/// The address of the connection. If that is a trusted proxy: the last address in `X-Forwarded-For` that is not one.
/// The addresses before it were written by the client.
pub(crate) fn of(request: &HttpRequest, proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    if !proxies.contains(&peer) {
        return Some(peer);
    }
    let lines = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
    let forwarded: Vec<Option<IpAddr>> =
        lines.flat_map(|line| line.split(',')).map(|address| address.trim().parse().ok()).collect();
    let is_proxy = |address: &IpAddr| proxies.contains(&address.to_canonical());
    let client = forwarded.into_iter().rev().find(|address| !address.as_ref().is_some_and(is_proxy));
    client.flatten().or(Some(peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        let [proxy, inner, client]: [IpAddr; 3] = [[10, 0, 0, 1].into(), [10, 0, 0, 2].into(), [192, 0, 2, 7].into()];
        let seen = |peer: IpAddr, forwarded: &str| {
            let request = TestRequest::default().peer_addr((peer, 40_000).into());
            of(&request.insert_header(("X-Forwarded-For", forwarded)).to_http_request(), &[proxy, inner])
        };
        assert_eq!(seen(proxy, "192.0.2.7"), Some(client));
        assert_eq!(
            seen(proxy, "198.51.100.1, 192.0.2.7, 10.0.0.2"),
            Some(client),
            "what the client wrote is passed over"
        );
        assert_eq!(seen(client, "198.51.100.1"), Some(client), "no proxy");
        for nonsense in ["", "unknown", "192.0.2.7, nonsense"] {
            assert_eq!(seen(proxy, nonsense), Some(proxy), "{nonsense}");
        }
    }
}
