//! Errors, each named for what the caller can do about it.

use alongside_domain::record::entry::{EntryKind, Segment};
use alongside_domain::{AgencyId, At, ChildId, Version, Violations, WorkerId};
use alongside_policy::LoadError;

/// Why an action was not done. Nothing was stored, and nothing is disclosed beyond what the error says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session has ended, or its worker may no longer act.
    #[error("not signed in")]
    SignedOut,
    /// The name or the password is wrong.
    #[error("the name or the password is wrong")]
    BadCredentials,
    /// Not found, or hidden from this caller. The two are indistinguishable.
    #[error("not found")]
    Unknown,
    /// The caller must state a purpose first.
    #[error("a purpose is needed")]
    PurposeNeeded,
    /// It exists and is withheld. The caller can ask the agency.
    #[error("withheld")]
    Withheld {
        /// Its kind.
        kind: EntryKind,
        /// Its segment.
        segment: Segment,
        /// The agency to ask.
        agency: AgencyId,
    },
    /// The caller may read it but not do this to it.
    #[error("not allowed for this caller")]
    NotYours,
    /// Another person chose the password of the account, and its owner has not replaced it.
    #[error("the owner has to choose a password")]
    OwnPasswordNeeded,
    /// The session needs a second factor, whatever the request is about.
    #[error("a second factor is needed")]
    SecondFactorNeeded,
    /// Another worker has changed it since.
    #[error("changed in the meantime")]
    Stale {
        /// The version it has now.
        current: Version,
        /// When it was changed.
        changed_at: At,
        /// Who changed it. Absent where the operator did, by command line.
        changed_by: Option<WorkerId>,
        /// The names of the fields that differ from the version the caller held.
        changed_fields: Vec<String>,
    },
    /// The request is not valid.
    #[error(transparent)]
    Invalid(#[from] Violations),
    /// A child with this number already has a record.
    #[error("a child with this number is known")]
    KnownChild {
        /// The children that it may be, best match first.
        candidates: Vec<ChildId>,
        /// Whether there are more than these.
        cut: bool,
    },
    /// The worker read unusually much today, and no colleague has confirmed that their work needs it.
    #[error("a colleague must confirm")]
    ConfirmationNeeded,
    /// There are more numbers to compare than the worker may search for now.
    #[error("too many searches")]
    TooManySearches {
        /// After how many seconds the worker can try again.
        wait: u64,
    },
    /// It conflicts with the current state of the record. The sentence says how.
    #[error("{0}")]
    Conflict(&'static str),
    /// The Idempotency-Key was used before with a different request.
    #[error("the key was used for a different request")]
    KeyReused,
    /// The database cannot be reached or cannot write. Try again later.
    #[error("not available")]
    Unavailable,
    /// It was not done in time, and may still be done if it had begun. A repetition with the Idempotency-Key finds out.
    #[error("not done in time")]
    TooLate,
    /// What is stored cannot be read. An operator must investigate.
    #[error("stored data cannot be read: {0}")]
    Corrupt(&'static str),
    /// The statement failed. This is turned into one of the above before it leaves this crate.
    #[error("database")]
    Database(#[from] diesel::result::Error),
}

impl Error {
    /// The error that leaves the door. Database messages are only logged.
    pub(crate) fn outward(self) -> Self {
        match self {
            Self::Database(error) => {
                tracing::error!(kind = kind_of(&error), "a statement failed");
                Self::Unavailable
            }
            other => other,
        }
    }
}

/// The kind of a database failure, without its message. Messages can carry values.
pub(crate) fn kind_of(error: &diesel::result::Error) -> String {
    use diesel::result::Error as Failure;
    match error {
        Failure::DatabaseError(kind, _) => format!("{kind:?}"),
        Failure::NotFound => "NotFound".into(),
        Failure::DeserializationError(_) => "DeserializationError".into(),
        Failure::SerializationError(_) => "SerializationError".into(),
        _ => "Other".into(),
    }
}

/// Why the store cannot be opened. Each text says what an operator can do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The scheme of the database URL is unknown.
    #[error("the database URL must begin with sqlite:// or postgres://, for example sqlite://alongside.db")]
    UnknownScheme,
    /// The key file cannot be made or read.
    #[error("the key file {path} cannot be used: {reason}")]
    KeyFile {
        /// Where it is.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The key file is not the one this database was written with.
    #[error(
        "the key file does not open this database. Its records were sealed with another key (id {expected}); \
         put that key file in place. Nothing can be read without it, and nothing was changed"
    )]
    WrongKeyFile {
        /// The id of the key the database was written with.
        expected: String,
    },
    /// The database is older than the program.
    #[error("the database lacks {} migration(s): {}. Run `alongside migrate` first", .0.len(), .0.join(", "))]
    MigrationsPending(Vec<String>),
    /// The database cannot be reached, or it refused the connection.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// The policies are not valid.
    #[error(transparent)]
    Policy(#[from] LoadError),
}
