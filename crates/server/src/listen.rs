//! The listening socket: takes connections, gives each to the router, within the limits.
//!
//! HTTP/1.1 only: it is what every log shipper speaks, and half of what an attacker can send to a
//! server is HTTP/2. TLS is rustls with ring.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::limits::Limits;

/// How long open requests may take after a stop was asked for.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How long to wait after the system refused a connection, as when there are too many open files.
const BREATH: Duration = Duration::from_millis(100);

/// Everything that a connection is served with.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) router: Router,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) limits: Limits,
}

/// Serves until `stop` turns true, then lets open requests end.
pub(crate) async fn serve(listener: TcpListener, service: Service, mut stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(service.limits.connections));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            Some((slot, listener.accept().await))
        };
        let (slot, accepted) = tokio::select! {
            next = next => match next {
                Some(next) => next,
                None => break,
            },
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, service.clone(), slot, stop.clone()));
            }
            Err(_) => sleep(BREATH).await,
        }
    }
    drop(listener);
    let all = u32::try_from(service.limits.connections).unwrap_or(u32::MAX);
    // Whoever is not done by then is cut off with the process.
    let _ = timeout(LAST_WORDS, slots.acquire_many(all)).await;
}

async fn connection(
    stream: TcpStream,
    service: Service,
    _slot: OwnedSemaphorePermit,
    stop: watch::Receiver<bool>,
) {
    // Answers are small and whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    match &service.tls {
        None => speak(stream, &service, stop).await,
        Some(tls) => {
            let handshake = timeout(service.limits.head_time, tls.accept(stream)).await;
            if let Ok(Ok(stream)) = handshake {
                speak(stream, &service, stop).await;
            }
        }
    }
}

async fn speak<S>(stream: S, service: &Service, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = service.router.clone();
    let answering = router
        .map_request(|request: hyper::Request<hyper::body::Incoming>| request.map(axum::body::Body::new));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(service.limits.head_time)
        .max_buf_size(service.limits.head_bytes.max(8192))
        .half_close(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(answering));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Binds the address, or says why not.
pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
