//! Takes the files of a certificate and its key, gives what connections are secured with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The chain, the server's own first, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

/// Why connections cannot be secured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file is not what it should be.
    #[error("cannot read {what} from `{path}`: {reason}", path = path.display())]
    File {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// They do not belong together.
    #[error("certificate and key cannot be used: {0}")]
    Pair(rustls::Error),
}

impl Tls {
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let chain = chain(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| file("a private key", &self.key, error.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(TlsError::Pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let problem = |reason: String| file("a certificate", path, reason);
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| problem(error.to_string()))?;
    let chain: Result<Vec<_>, _> = certificates.collect();
    let chain = chain.map_err(|error| problem(error.to_string()))?;
    if chain.is_empty() {
        return Err(problem("there is none in it".into()));
    }
    Ok(chain)
}

fn file(what: &'static str, path: &Path, reason: String) -> TlsError {
    TlsError::File { what, path: path.to_owned(), reason }
}
