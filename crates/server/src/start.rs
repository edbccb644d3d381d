//! Start-up: the servers and the background tasks. Nothing here is slow, so that the first response follows at once.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::Server;
use actix_web::rt::System;
use actix_web::rt::signal::unix::{SignalKind, signal};
use actix_web::web::Data;
use alongside_http::{Api, Limits};
use alongside_storage::Store;

use crate::failure::Failure;
use crate::rules;
use crate::settings::Settings;

/// Interval between housekeeping runs.
const HOUR: Duration = Duration::from_secs(3_600);
/// How long running requests may take to finish when the service is stopped, in seconds.
const SHUTDOWN_SECONDS: u64 = 20;

/// Fails at once if an address is in use, before long work begins.
pub(crate) fn assure_free(address: SocketAddr) -> Result<(), Failure> {
    TcpListener::bind(address).map(drop).map_err(|error| taken(address, &error))
}

/// Serves until SIGTERM or SIGINT, and lets running requests finish. `listening` is called once it listens.
pub(crate) fn run(
    settings: &Settings,
    store: Store,
    listening: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    System::new().block_on(async {
        let limits = Limits {
            requests: settings.requests_per_minute,
            burst: settings.request_burst,
            searches: settings.searches_per_minute,
            sign_ins: settings.sign_ins_per_minute,
            sign_ins_by_address: settings.sign_ins_by_address_per_minute,
            streams: settings.streams_by_worker,
            streams_in_all: settings.streams_in_all,
            at_once: settings.requests_at_once,
            deadline: settings.request_deadline,
            ..Limits::default()
        };
        store.record_policy(&store.policy()).await?;
        let reloading = actix_web::rt::spawn(rules::reload_on_hangup(store.clone(), settings.policies.clone()));
        let housekeeping = actix_web::rt::spawn(keep_house(store.clone()));
        let api = Data::new(
            Api::new(store, &limits)
                .behind(settings.trusted_proxies.clone())
                .trusting(settings.issuers.clone())
                .bounded_by(settings.connections),
        );
        let metrics = settings.metrics_listen.map(metrics).transpose()?;
        let stops = [SignalKind::terminate(), SignalKind::interrupt()];
        let ending = stops.map(|stop| actix_web::rt::spawn(end_streams(api.clone(), stop)));
        let server = api_server(settings, &api)?;
        listening()?;
        tracing::info!(address = %settings.listen, database = %settings.database, "listening");
        let metrics_handle = metrics.as_ref().map(Server::handle);
        let metrics_task = metrics.map(actix_web::rt::spawn);
        let ended = server.await;
        housekeeping.abort();
        for task in ending {
            task.abort();
        }
        reloading.abort();
        if let (Some(handle), Some(task)) = (metrics_handle, metrics_task) {
            handle.stop(false).await;
            drop(task.await);
        }
        tracing::info!("stopped");
        ended.map_err(|error| Failure::new(format!("The server stopped: {error}.")))
    })
}

/// Streams would keep the service from stopping, so the signal ends them.
async fn end_streams(api: Data<Api>, stop: SignalKind) {
    if let Ok(mut stops) = signal(stop) {
        stops.recv().await;
        api.end_streams();
    }
}

/// Housekeeping, which runs whether or not there are requests.
async fn keep_house(store: Store) {
    let mut hour = actix_web::rt::time::interval(HOUR);
    loop {
        hour.tick().await;
        if let Err(error) = store.forget_old_answers().await {
            tracing::warn!(%error, "old stored responses are not deleted yet; the next run deletes them");
        }
        if let Err(error) = store.forget_old_addresses().await {
            tracing::warn!(%error, "old addresses of sign-ins are not deleted yet; the next run deletes them");
        }
        if let Err(error) = store.notify_of_ending_allocations().await {
            tracing::warn!(%error, "notices of allocations that end soon are not sent yet; the next run sends them");
        }
        if let Err(error) = store.forget_old_activity().await {
            tracing::warn!(%error, "old counts are not deleted yet; the next run deletes them");
        }
    }
}

fn api_server(settings: &Settings, api: &Data<Api>) -> Result<Server, Failure> {
    let server = alongside_http::listen(settings.listen)
        .and_then(|listener| alongside_http::server(api, listener, settings.workers))
        .map_err(|error| taken(settings.listen, &error))?;
    Ok(server.shutdown_timeout(SHUTDOWN_SECONDS).run())
}

fn metrics(address: SocketAddr) -> Result<Server, Failure> {
    let server = HttpServer::new(alongside_http::metrics_application)
        .workers(1)
        .disable_signals()
        .bind(address)
        .map_err(|error| taken(address, &error))?;
    Ok(server.run())
}

/// Why the server cannot listen on an address.
fn taken(address: SocketAddr, error: &std::io::Error) -> Failure {
    let setting = "Choose another with --listen or the settings listen and metrics_listen";
    Failure::new(match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "Another program listens on {address}. Stop it, or choose another address: \
                     --listen of `alongside demo`, the settings listen and metrics_listen otherwise."
            )
        }
        ErrorKind::PermissionDenied => {
            format!("Listening on {address} is not permitted. {setting}; ports below 1024 need privileges.")
        }
        _ => format!("Cannot listen on {address}: {error}. {setting}."),
    })
}
