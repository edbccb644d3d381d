//! The policies: loaded at the start, and again at each SIGHUP.

use std::path::{Path, PathBuf};

use actix_web::rt::signal::unix::{SignalKind, signal};
use alongside_policy::Policy;
use alongside_storage::Store;

use crate::failure::Failure;

/// The policies in a directory, or the shipped ones.
pub(crate) fn load(directory: Option<&Path>) -> Result<Policy, Failure> {
    let loaded = directory.map_or_else(Policy::shipped, Policy::of_directory);
    loaded.map_err(|error| Failure::new(error.to_string()))
}

/// Loads the policies again at each SIGHUP. Policies that cannot be used change nothing.
pub(crate) async fn reload_on_hangup(store: Store, directory: Option<PathBuf>) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::warn!("cannot listen for SIGHUP: restart the service to load new policies");
        return;
    };
    while hangups.recv().await.is_some() {
        match load(directory.as_deref()) {
            Ok(policy) => match store.put_policy(policy).await {
                Ok(()) => tracing::info!("the policies were loaded again"),
                Err(error) => {
                    tracing::error!(%error, "the new policies could not be put in force; the earlier ones stay in force")
                }
            },
            Err(failure) => tracing::error!(%failure, "the policies cannot be used; the earlier ones stay in force"),
        }
    }
}
