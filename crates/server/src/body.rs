//! Takes the body of a request as it comes in, gives it whole, within its limits.
//!
//! What is announced as too large is refused before a byte of it is read. All bodies together
//! share one allowance, so that a thousand slow senders hold no more memory than it is; who finds
//! it spent is told to come again.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;
use crate::problem::Problem;

/// The allowance is counted in pieces of this size.
const PIECE: usize = 4 << 10;

/// The allowance of all bodies.
#[derive(Clone, Debug)]
pub(crate) struct Intake {
    pieces: Arc<Semaphore>,
    limits: Limits,
}

/// A body, and its part of the allowance for as long as it is held.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) bytes: Bytes,
    _held: Option<OwnedSemaphorePermit>,
}

impl Intake {
    pub(crate) fn new(limits: Limits) -> Intake {
        Intake { pieces: Arc::new(Semaphore::new(limits.bodies_bytes / PIECE)), limits }
    }

    /// The whole body.
    pub(crate) async fn receive(&self, headers: &HeaderMap, body: Body) -> Result<Received, Problem> {
        if announced(headers).is_some_and(|length| length > self.limits.body_bytes as u64) {
            return Err(self.too_large());
        }
        let receiving = self.collect(body);
        match tokio::time::timeout(self.limits.body_time, receiving).await {
            Ok(received) => received,
            Err(_) => {
                let seconds = self.limits.body_time.as_secs();
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, format!("the body took more than {seconds} s")))
            }
        }
    }

    async fn collect(&self, mut body: Body) -> Result<Received, Problem> {
        let mut gathered = BytesMut::new();
        let mut single: Option<Bytes> = None;
        let mut held: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::bad("the body broke off"))?;
            let Ok(data) = frame.into_data() else { continue };
            let length = gathered.len() + single.as_ref().map_or(0, Bytes::len) + data.len();
            if length > self.limits.body_bytes {
                return Err(self.too_large());
            }
            self.hold(length, &mut held)?;
            if single.is_none() && gathered.is_empty() {
                // Most bodies come in one piece, which need not be copied.
                single = Some(data);
                continue;
            }
            if let Some(first) = single.take() {
                gathered.extend_from_slice(&first);
            }
            gathered.extend_from_slice(&data);
        }
        Ok(Received { bytes: single.unwrap_or_else(|| gathered.freeze()), _held: held })
    }

    fn hold(&self, length: usize, held: &mut Option<OwnedSemaphorePermit>) -> Result<(), Problem> {
        // A single small body costs nothing worth counting.
        let wanted = length / PIECE;
        let have = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if wanted <= have {
            return Ok(());
        }
        let more = u32::try_from(wanted - have).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.pieces).try_acquire_many_owned(more).map_err(|_| {
            Problem::later(StatusCode::SERVICE_UNAVAILABLE, "too much is being received at once", 1)
        })?;
        match held {
            Some(held) => held.merge(permit),
            None => *held = Some(permit),
        }
        Ok(())
    }

    fn too_large(&self) -> Problem {
        let most = self.limits.body_bytes >> 20;
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {most} MiB"))
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pieces(count: usize, size: usize) -> Body {
        let piece = Bytes::from(vec![b'x'; size]);
        let frames = (0..count).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
        Body::from_stream(futures_util::stream::iter(frames))
    }

    fn receive(limits: Limits, headers: &HeaderMap, body: Body) -> Result<usize, u16> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let received = runtime.block_on(Intake::new(limits).receive(headers, body));
        received.map(|received| received.bytes.len()).map_err(|problem| problem.status.as_u16())
    }

    #[test]
    fn bodies_are_bounded() {
        let limits = Limits { body_bytes: 1 << 20, bodies_bytes: 512 << 10, ..Limits::default() };
        let plain = HeaderMap::new();
        assert_eq!(receive(limits, &plain, pieces(1, 100)), Ok(100));
        assert_eq!(receive(limits, &plain, pieces(100, 1000)), Ok(100_000));
        assert_eq!(receive(limits, &plain, pieces(600, 1000)), Err(503), "the allowance is spent");
        assert_eq!(receive(limits, &plain, pieces(1, 2 << 20)), Err(413));
        let announced = HeaderMap::from_iter([(header::CONTENT_LENGTH, "1048577".parse().unwrap())]);
        assert_eq!(receive(limits, &announced, pieces(1, 1)), Err(413));
    }

    #[test]
    fn a_body_that_does_not_come_is_given_up() {
        let limits = Limits { body_time: Duration::from_millis(20), ..Limits::default() };
        let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(receive(limits, &HeaderMap::new(), never), Err(408));
    }
}
