//! What all routes share: the daemon behind, the door, the limits, the counters.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use logsift_pipeline::daemon::{Facts, Handle};
use tokio::sync::Semaphore;

use crate::InForce;
use crate::access::Access;
use crate::body::Intake;
use crate::forest::Predictor;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::traffic::Traffic;

/// What all routes share.
pub(crate) struct Face {
    pub(crate) handle: Handle,
    pub(crate) access: Access,
    pub(crate) intake: Intake,
    pub(crate) traffic: Traffic,
    pub(crate) listeners: Arc<Semaphore>,
    /// Turns for work that takes a while: unpacking, decoding, questions to the database.
    pub(crate) turns: Arc<Semaphore>,
    /// Turns for trials of channels, which may hang.
    pub(crate) trials: Arc<Semaphore>,
    pub(crate) secured: bool,
    pub(crate) limits: Limits,
    /// The settings in force.
    pub(crate) config: InForce,
    predictor: RwLock<Arc<Predictor>>,
    started: Instant,
    ids: AtomicU64,
    first_id: u64,
}

impl Face {
    pub(crate) fn new(
        handle: Handle,
        access: Access,
        limits: Limits,
        secured: bool,
        predictor: Predictor,
    ) -> Face {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let mut first_id = [0; 8];
        // Ids need not be secret, only different from those of the last run.
        let _ = getrandom::fill(&mut first_id);
        Face {
            handle,
            access,
            intake: Intake::new(limits),
            traffic: Traffic::default(),
            listeners: Arc::new(Semaphore::new(limits.listeners)),
            turns: Arc::new(Semaphore::new(cores)),
            trials: Arc::new(Semaphore::new(1)),
            secured,
            limits,
            config: InForce::default(),
            predictor: RwLock::new(Arc::new(predictor)),
            started: Instant::now(),
            ids: AtomicU64::new(0),
            first_id: u64::from_le_bytes(first_id),
        }
    }

    /// Shows these settings to who asks for them.
    pub(crate) fn with(self, config: InForce) -> Face {
        Face { config, ..self }
    }

    /// Seconds on a clock that only goes forward.
    pub(crate) fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// The id of one more request.
    pub(crate) fn next_id(&self) -> HeaderValue {
        let id = self.first_id.wrapping_add(self.ids.fetch_add(1, Ordering::Relaxed));
        let mut digits = [0; 16];
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(id >> (60 - 4 * place) & 15) as usize];
        }
        HeaderValue::from_bytes(&digits).unwrap_or(HeaderValue::from_static("0"))
    }

    pub(crate) fn predictor(&self) -> Arc<Predictor> {
        Arc::clone(&self.predictor.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set_predictor(&self, predictor: Predictor) {
        *self.predictor.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(predictor);
    }

    /// Does work that would hold up others on a thread of its own, when it is its turn.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.turns.acquire().await.map_err(|_| Problem::internal())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal())
    }

    /// Asks the facts a question, aside.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Facts) -> Result<T, logsift_pipeline::daemon::StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let handle = self.handle.clone();
        let answer = self.aside(move || handle.facts().and_then(|facts| question(&facts))).await?;
        answer.map_err(|error| crate::api::store_problem(&error))
    }

    /// Notes who did what; a note that cannot be written must not undo what was done.
    pub(crate) fn note(&self, actor: &str, action: &str, subject: &str, outcome: &str) {
        let _ = self.handle.note(actor, action, subject, outcome);
    }
}

/// Nanoseconds since 1970, by the clock.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
