//! One step of decompression: bytes in, bytes out, and whether it ends here or is damaged.
//!
//! The decoders' own readers throw away what they had decoded in the call in which they meet
//! damage. Driving their cores directly keeps every byte before it, and one loop serves all four.

use std::fmt;
use std::io::{self, BufRead};

use zstd::stream::raw::{DParameter, InBuffer, Operation, OutBuffer};

/// Windows of zstd up to 128 MiB, which is what the command line tool takes by default.
const ZSTD_WINDOW_LOG: u32 = 27;
/// Dictionaries of xz up to 64 MiB, which is its highest preset, and what surrounds them.
const XZ_MEMORY_KIB: u32 = 65 * 1024;

/// A method of compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Method {
    /// The largest window that is decoded, for showing.
    pub(crate) const fn largest_window(self) -> &'static str {
        match self {
            Method::Zstd => "128 MiB",
            Method::Xz => "64 MiB",
            Method::Gzip => "32 KiB",
            Method::Bzip2 => "900 kB",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Method::Gzip => "gzip",
            Method::Zstd => "zstd",
            Method::Xz => "xz",
            Method::Bzip2 => "bzip2",
        }
    }
}

/// The state of one compressed stream.
pub(crate) enum Codec {
    Deflate(flate2::Decompress),
    Zstd(zstd::stream::raw::Decoder<'static>),
    Xz(Box<lzma_rust2::XzStream>),
    Bzip2(bzip2::Decompress),
}

/// How far a step came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There may be more.
    Going,
    /// The stream is complete.
    Complete,
    /// The input ended within the stream.
    Truncated,
    /// The stream is damaged; why.
    Damaged(String),
    /// The stream asks for a window larger than it may have.
    TooLarge,
    /// The reader below failed and has told of it.
    Below,
}

/// What a step gave.
pub(crate) struct Step {
    pub(crate) written: usize,
    pub(crate) outcome: Outcome,
}

struct Turn {
    consumed: usize,
    written: usize,
    outcome: Outcome,
}

impl Codec {
    /// A decoder for the next stream of that method; for gzip, of what follows its header.
    pub(crate) fn new(method: Method) -> io::Result<Codec> {
        Ok(match method {
            Method::Gzip => Codec::deflate(),
            Method::Bzip2 => Codec::Bzip2(bzip2::Decompress::new(false)),
            Method::Xz => Codec::Xz(Box::new(lzma_rust2::XzStream::new_mem_limit(false, XZ_MEMORY_KIB))),
            Method::Zstd => {
                let mut decoder = zstd::stream::raw::Decoder::new()?;
                decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
                Codec::Zstd(decoder)
            }
        })
    }

    /// A decoder for a bare deflate stream.
    pub(crate) fn deflate() -> Codec {
        Codec::Deflate(flate2::Decompress::new(false))
    }

    /// Decodes until something was written or the stream is over.
    pub(crate) fn step(&mut self, input: &mut dyn BufRead, out: &mut [u8]) -> Step {
        loop {
            let Ok(ready) = input.fill_buf() else {
                return Step { written: 0, outcome: Outcome::Below };
            };
            let (ended, offered) = (ready.is_empty(), ready.len());
            let turn = self.turn(ready, out);
            input.consume(turn.consumed);
            let stuck = turn.written == 0 && turn.consumed == 0 && turn.outcome == Outcome::Going;
            let outcome = match turn.outcome {
                Outcome::Going if stuck && ended => Outcome::Truncated,
                Outcome::Going if stuck && offered > 0 => Outcome::Damaged("it makes no progress".into()),
                other => other,
            };
            if turn.written > 0 || outcome != Outcome::Going {
                return Step { written: turn.written, outcome };
            }
        }
    }

    fn turn(&mut self, input: &[u8], out: &mut [u8]) -> Turn {
        match self {
            Codec::Deflate(inflate) => deflate_turn(inflate, input, out),
            Codec::Zstd(decoder) => zstd_turn(decoder, input, out),
            Codec::Xz(stream) => xz_turn(stream, input, out),
            Codec::Bzip2(decompress) => bzip2_turn(decompress, input, out),
        }
    }
}

/// What the counters of a decoder moved by, as far as it can be true.
fn moved(before: u64, after: u64, limit: usize) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX).min(limit)
}

fn damaged(reason: impl fmt::Display) -> Outcome {
    Outcome::Damaged(reason.to_string())
}

fn deflate_turn(inflate: &mut flate2::Decompress, input: &[u8], out: &mut [u8]) -> Turn {
    let (consumed, written) = (inflate.total_in(), inflate.total_out());
    let outcome = match inflate.decompress(input, out, flate2::FlushDecompress::None) {
        Ok(flate2::Status::StreamEnd) => Outcome::Complete,
        Ok(_) => Outcome::Going,
        Err(_) => damaged("its deflate stream is invalid"),
    };
    Turn {
        consumed: moved(consumed, inflate.total_in(), input.len()),
        written: moved(written, inflate.total_out(), out.len()),
        outcome,
    }
}

fn bzip2_turn(decompress: &mut bzip2::Decompress, input: &[u8], out: &mut [u8]) -> Turn {
    let (consumed, written) = (decompress.total_in(), decompress.total_out());
    let outcome = match decompress.decompress(input, out) {
        Ok(bzip2::Status::StreamEnd) => Outcome::Complete,
        Ok(bzip2::Status::MemNeeded) => damaged("it needs more memory than there is"),
        Ok(_) => Outcome::Going,
        Err(_) => damaged("a block of it is invalid"),
    };
    Turn {
        consumed: moved(consumed, decompress.total_in(), input.len()),
        written: moved(written, decompress.total_out(), out.len()),
        outcome,
    }
}

fn zstd_turn(decoder: &mut zstd::stream::raw::Decoder<'static>, input: &[u8], out: &mut [u8]) -> Turn {
    let mut source = InBuffer::around(input);
    let mut target = OutBuffer::around(out);
    let outcome = match decoder.run(&mut source, &mut target) {
        Ok(0) => Outcome::Complete,
        Ok(_) => Outcome::Going,
        Err(error) if error.to_string().contains("too much memory") => Outcome::TooLarge,
        Err(error) => damaged(error),
    };
    Turn { consumed: source.pos(), written: target.pos(), outcome }
}

fn xz_turn(stream: &mut lzma_rust2::XzStream, input: &[u8], out: &mut [u8]) -> Turn {
    let (consumed, written) = (stream.total_in(), stream.total_out());
    match stream.process(input, out, lzma_rust2::Action::Run) {
        Ok(result) => Turn {
            consumed: result.bytes_consumed.min(input.len()),
            written: result.bytes_produced.min(out.len()),
            outcome: match result.status {
                lzma_rust2::Status::StreamEnd => Outcome::Complete,
                lzma_rust2::Status::Ok => Outcome::Going,
            },
        },
        Err(error) => Turn {
            consumed: moved(consumed, stream.total_in(), input.len()),
            written: moved(written, stream.total_out(), out.len()),
            outcome: match error.kind() {
                io::ErrorKind::OutOfMemory => Outcome::TooLarge,
                _ => damaged(error),
            },
        },
    }
}
