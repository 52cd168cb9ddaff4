//! What a sender may ask of us, in bytes, seconds and connections.

use std::time::Duration;

/// What a sender may ask of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at one time; who comes then waits in the queue of the system.
    pub connections: usize,
    /// The head of a request.
    pub head_bytes: usize,
    /// How long the head may take, and how long an idle connection is kept.
    pub head_time: Duration,
    /// A body as it is sent, packed.
    pub body_bytes: usize,
    /// How long a body may take.
    pub body_time: Duration,
    /// All bodies that are being received, together.
    pub bodies_bytes: usize,
    /// Streams of live events at one time: each holds its connection.
    pub listeners: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            head_bytes: 16 << 10,
            head_time: Duration::from_secs(10),
            body_bytes: 10 << 20,
            body_time: Duration::from_secs(30),
            bodies_bytes: 48 << 20,
            listeners: 64,
        }
    }
}
