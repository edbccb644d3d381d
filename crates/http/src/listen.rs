//! The server below the application. It counts and watches connections.

use std::future::ready;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::rt::net::{TcpSocket, TcpStream};
use actix_web::web::Data;

use crate::caller::api::Api;
use crate::edge::connection::stream::Guarded;
use crate::wire::problem::Problem;

/// The time in which a client must send the head of its first request.
const REQUEST_HEAD: Duration = Duration::from_secs(10);
/// How long a connection without requests is kept open.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the server still reads and discards what a client sends, so that the client can read the response that
/// refused it.
const DISCONNECT: Duration = Duration::from_secs(1);
/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 2048;
/// The size of the kernel's send and receive buffers for each connection. By default, the kernel would use megabytes
/// for each. Less than a few segments of the loopback interface, 64 KiB each, would wait for delayed acknowledgements.
const KERNEL_BUFFER: u32 = 128 << 10;
/// How much is written to a connection before the client must have read some.
const WRITE_BUFFER: usize = 8 << 10;

/// The response to a connection that is over the limit.
static NO_PLACE: LazyLock<String> = LazyLock::new(|| {
    let body = serde_json::to_string(&Problem::Unavailable.body()).unwrap_or_default();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 5\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
});

/// A socket that listens for an API server. Needs the runtime.
pub fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Connections inherit both.
    socket.set_send_buffer_size(KERNEL_BUFFER)?;
    socket.set_recv_buffer_size(KERNEL_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// A server of the API on a socket made by [`listen`]: set how it stops, then run it.
pub fn server(api: &Data<Api>, listener: std::net::TcpListener, workers: usize) -> io::Result<ServerBuilder> {
    let builder = ServerBuilder::default().workers(workers);
    let stopping = builder.graceful_shutdown_signal();
    let api = api.clone();
    builder.listen("api", listener, move || {
        let application =
            crate::application::application(api.clone()).into_factory().map_err(|error| error.error_response());
        let stopping = stopping.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(REQUEST_HEAD)
            .client_disconnect_timeout(DISCONNECT)
            .h1_write_buffer_size(WRITE_BUFFER)
            .on_connect_ext(|stream: &Guarded, extensions: &mut actix_web::dev::Extensions| {
                extensions.insert(stream.connection());
            })
            .h1(map_config(application, |()| AppConfig::default()));
        let api = api.clone();
        fn_service(move |stream: TcpStream| ready(admit(&api, stream))).and_then(http)
    })
}

fn admit(api: &Api, stream: TcpStream) -> Result<(Guarded, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr().ok();
    let Ok(connection) = api.edge.connections.admit(peer, &api.edge.proxies) else {
        // As much as can be sent at once.
        let _ = stream.into_std().and_then(|mut stream| stream.write_all(NO_PLACE.as_bytes()));
        return Err(DispatchError::Io(io::ErrorKind::ConnectionRefused.into()));
    };
    // A response is written in pieces, and a piece must not wait until the client has acknowledged the one before. If
    // the kernel refuses this, responses are only slower.
    let _ = stream.set_nodelay(true);
    Ok((Guarded::new(stream, connection), peer))
}
