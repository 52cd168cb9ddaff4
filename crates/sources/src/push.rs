//! Takes the body of a request that a log shipper sent, gives the lines of every stream in it.
//!
//! A decoder is pure: bytes and what the headers said in, [`Batch`] or [`Rejected`] out. It opens
//! nothing and reads no clock (the moment of receipt is handed in), so recorded requests are its
//! tests. Nothing that a sender claims is believed before it is checked against the bytes that are
//! there: not a length, not a depth, not the size of what a body unpacks to.
//!
//! Lines are handed on in one of three [`Form`]s that the reader of the engine knows for sure. A
//! line that the program wrote itself is wrapped as a container runtime does it, so that its own
//! stamp and format are still found and the sender's stamp serves where it has none; a record that
//! came as fields is written as one JSON object.

mod batch;
mod each;
pub mod elastic;
mod fields;
mod inflate;
pub mod loki;
pub mod otlp;
mod protobuf;
mod stamp;
pub mod text;

use std::fmt;

pub use batch::{Batch, Form, Labels, Stream};
pub use inflate::{Unpacking, unpack};

/// The most that a body may unpack to.
pub const MOST_UNPACKED: usize = 64 << 20;

/// The most bytes of lines that one request may become: small records grow when they are written out.
pub const MOST_GIVEN: usize = 128 << 20;

/// How deep the values of a record may nest.
pub(crate) const MOST_DEPTH: usize = 32;

/// A body as it is after unpacking, with what the decoder needs of the rest of the request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The body, unpacked.
    pub body: &'a [u8],
    /// When it came, in nanoseconds since 1970; the time of records that have none.
    pub received: u64,
}

/// Why nothing of a request was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// It is not what it claims to be; what is wrong.
    Malformed(String),
    /// It is larger than may be; which limit.
    TooLarge(String),
    /// It is packed or written in a way that is not known; which.
    Unknown(String),
}

impl fmt::Display for Rejected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejected::Malformed(why) | Rejected::TooLarge(why) | Rejected::Unknown(why) => out.write_str(why),
        }
    }
}

impl std::error::Error for Rejected {}

pub(crate) fn malformed(why: impl fmt::Display) -> Rejected {
    Rejected::Malformed(why.to_string())
}
