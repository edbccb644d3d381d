//! Fetches an issuer's keys: only from the address in the settings, for a short time, and only a small response.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::settings::Issuer;

/// The time limit for the whole request.
const PATIENCE: Duration = Duration::from_secs(3);
/// The largest response that is read, in bytes.
const LARGEST: u64 = 64 << 10;

pub(super) struct Source {
    pub(super) name: String,
    url: String,
    ca_file: PathBuf,
}

impl Source {
    pub(super) fn of(issuer: &Issuer) -> Self {
        Self { name: issuer.name.clone(), url: issuer.jwks_url.clone(), ca_file: issuer.ca_file.clone() }
    }

    /// The issuer's response, or why it cannot be used. Blocks.
    pub(super) fn fetch(&self) -> Result<Vec<u8>, String> {
        let answer = self.agent()?.get(&self.url).call();
        let mut answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(format!("it answered with status {status}"));
        }
        answer.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(|error| error.to_string())
    }

    /// A new agent for each fetch, which is once in ten minutes: a renewed file of authorities then takes effect.
    fn agent(&self) -> Result<Agent, String> {
        let mut config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // The environment must not change where keys come from.
            .proxy(None);
        if self.url.starts_with("https:") {
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let tls = TlsConfig::builder()
                .root_certs(RootCerts::Specific(Arc::new(self.authorities()?)))
                .unversioned_rustls_crypto_provider(provider);
            config = config.tls_config(tls.build());
        }
        Ok(config.build().new_agent())
    }

    fn authorities(&self) -> Result<Vec<Certificate<'static>>, String> {
        let shown = self.ca_file.display();
        let pem = std::fs::read(&self.ca_file).map_err(|error| format!("cannot read {shown}: {error}"))?;
        let certificates: Vec<_> = parse_pem(&pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
        if certificates.is_empty() { Err(format!("{shown} has no certificate")) } else { Ok(certificates) }
    }
}
