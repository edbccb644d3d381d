//! The version of a record as an ETag.

use alongside_domain::Version;

/// The ETag of a version: its number in quotes.
pub(crate) fn etag(version: Version) -> String {
    format!("\"{}\"", version.0)
}
