//! The version of a record, as the ETag header gives it.

use alongside_domain::Version;

/// The ETag of a version. Says nothing but its number.
pub(crate) fn etag(version: Version) -> String {
    format!("\"{}\"", version.0)
}
