//! Hashes of passwords: argon2id, computed apart from the database threads and a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::database::error::Error;
use crate::sealing::turns::{Line, Turns};

/// The cost of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCost {
    /// 46 MiB and one pass, the first choice of OWASP's password storage guidance.
    Standard,
    /// The lowest possible cost, for tests that sign in a thousand times.
    Cheap,
}

pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// A hash whose password no one knows, so that an unknown name costs as much as a wrong password.
    decoy: String,
    turns: Turns,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        let params = match cost {
            PasswordCost::Standard => Params::new(47_104, 1, 1, None),
            PasswordCost::Cheap => Params::new(8, 1, 1, None),
        };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default());
        let mut unknown = Zeroizing::new([0; 32]);
        let _ = rand::fill(&mut *unknown);
        let decoy = hash(&argon2, &*unknown).unwrap_or_default();
        Self { argon2, decoy, turns: Turns::default() }
    }

    pub(crate) async fn hash(self: &Arc<Self>, password: String, line: Line) -> Result<String, Error> {
        let password = Zeroizing::new(password);
        self.in_turn(line, move |passwords| hash(&passwords.argon2, password.as_bytes())).await?
    }

    /// Whether the password is right. Without a stored hash it is wrong, after the same time.
    pub(crate) async fn verify(
        self: &Arc<Self>,
        password: String,
        stored: Option<String>,
        line: Line,
    ) -> Result<bool, Error> {
        let password = Zeroizing::new(password);
        self.in_turn(line, move |passwords| {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(&passwords.decoy);
            let hash = PasswordHash::new(stored).map_err(|_| Error::Corrupt("a password hash"))?;
            let right = passwords.argon2.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(right && known)
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        line: Line,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turns.take(line).await?;
        let passwords = Arc::clone(self);
        // The turn ends with the work, not with the request. A client that disconnects must not make room for another.
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&passwords);
            drop(turn);
            done
        });
        done.await.map_err(|_| Error::Unavailable)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, Error> {
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| Error::Unavailable)?;
    let hash = argon2.hash_password_with_salt(password, &salt).map_err(|_| Error::Corrupt("a password hash"))?;
    Ok(hash.to_string())
}
