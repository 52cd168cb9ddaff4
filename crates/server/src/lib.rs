//! The HTTP face of logsift: takes the handle of a daemon that runs, gives an address to talk to it.
//!
//! Ingestion for log shippers, the API and its document, the classic endpoints, metrics, and the
//! files of the dashboard. [`start`] binds the address and serves on threads of its own; whoever
//! holds the [`Server`] stops it. By default only this machine is served: beyond loopback a token
//! is needed, or an explicit word.

mod access;
mod api;
mod body;
mod classic;
mod dashboard;
mod face;
mod forest;
mod given;
mod limits;
mod listen;
mod login;
mod openapi;
mod operations;
mod part;
mod problem;
mod push;
mod query;
mod routes;
#[cfg(test)]
mod tests;
mod tls;
mod traffic;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use logsift_pipeline::daemon::{Handle, StoreError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use access::{Role, Token, TokenError};
pub use limits::Limits;
pub use tls::{Tls, TlsError};

use access::Access;
use face::Face;
use forest::Predictor;
use listen::Service;

/// How to listen.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where.
    pub listen: SocketAddr,
    /// Who may come in, beside those whose tokens are in the state.
    pub tokens: Vec<Token>,
    /// Listen beyond this machine without a token.
    pub insecure: bool,
    /// With which certificate.
    pub tls: Option<Tls>,
    /// What a sender may ask of us.
    pub limits: Limits,
    /// The settings in force, for people to look at: secrets are hidden in it.
    pub config: InForce,
}

/// The settings in force, which may be renewed while a server runs.
#[derive(Clone, Debug, Default)]
pub struct InForce(Arc<RwLock<Vec<Setting>>>);

impl InForce {
    /// These are in force from now on.
    pub fn renew(&self, settings: Vec<Setting>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Those of this moment.
    pub fn settings(&self) -> Vec<Setting> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl From<Vec<Setting>> for InForce {
    fn from(settings: Vec<Setting>) -> InForce {
        InForce(Arc::new(RwLock::new(settings)))
    }
}

/// A setting, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key: `alerts.budget`.
    pub key: String,
    /// Its value as JSON; of a secret `"***"`.
    pub value: String,
    /// Where it comes from.
    pub origin: String,
    /// The environment variable that would set it; nothing where none does.
    pub variable: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 4040)),
            tokens: Vec::new(),
            insecure: false,
            tls: None,
            limits: Limits::default(),
            config: InForce::default(),
        }
    }
}

/// Why it cannot listen.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServerError {
    /// It would be open to everybody.
    #[error(
        "`{0}` is reached from other machines, and no token is asked for\n\
         hint: make one with `logsift token new --role admin`, or listen on 127.0.0.1, or say --insecure"
    )]
    Open(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on `{address}`: {source}\nhint: choose another with --listen")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Connections cannot be secured.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Tokens cannot be read.
    #[error("cannot read the tokens: {0}")]
    State(#[from] StoreError),
    /// A token of the state is damaged.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// What `/predict` answers from cannot be trained.
    #[error("cannot train on the built-in set: {0}")]
    Predictor(String),
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(std::io::Error),
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Where it listens; the port is the real one also where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets open requests end for some seconds, then ends.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic in it was told when it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Binds the address and serves until the server is stopped.
pub fn start(settings: Settings, handle: Handle) -> Result<Server, ServerError> {
    let tokens = [settings.tokens.clone(), stored(&handle)?].concat();
    if tokens.is_empty() && !settings.insecure && !settings.listen.ip().is_loopback() {
        return Err(ServerError::Open(settings.listen));
    }
    let tls = settings.tls.as_ref().map(Tls::acceptor).transpose()?;
    let predictor = Predictor::built_in().map_err(|error| ServerError::Predictor(error.to_string()))?;
    let access = Access::new(tokens, settings.insecure);
    let face =
        Arc::new(Face::new(handle, access, settings.limits, tls.is_some(), predictor).with(settings.config));
    let service = Service { router: routes::router(&face), tls, limits: settings.limits };
    serve(settings.listen, service)
}

fn serve(listen: SocketAddr, service: Service) -> Result<Server, ServerError> {
    let problem = |source| ServerError::Bind { address: listen, source };
    let listener = listen::bind(listen).map_err(problem)?;
    let address = listener.local_addr().map_err(problem)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("http")
        .build()
        .map_err(ServerError::Threads)?;
    let (stop, stopped) = watch::channel(false);
    let run = move || {
        runtime.block_on(async {
            if let Ok(listener) = TcpListener::from_std(listener) {
                listen::serve(listener, service, stopped).await;
            }
        });
        runtime.shutdown_background();
    };
    let thread =
        std::thread::Builder::new().name("listener".into()).spawn(run).map_err(ServerError::Threads)?;
    Ok(Server { address, stop, thread: Some(thread) })
}

/// The tokens that were made through the API.
fn stored(handle: &Handle) -> Result<Vec<Token>, ServerError> {
    let tokens = handle.facts()?.tokens()?;
    let known = tokens.into_iter().filter_map(|fact| Some((Role::of(&fact.role)?, fact)));
    known.map(|(role, fact)| Ok(Token::of_hash(&fact.name, role, &fact.hash)?)).collect()
}
