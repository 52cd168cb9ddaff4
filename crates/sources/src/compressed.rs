//! A compressed stream in, its bytes out: all members, frames or streams that follow each other.
//!
//! Padding and garbage after a complete stream do no harm and are told. At damage everything that
//! was decoded is given before the end.

use std::io::{self, BufRead, Read};

use flate2::Crc;
use memchr::memchr;

use crate::codec::{Codec, Method, Outcome};
use crate::content::compression;
use crate::notice::NoticeKind;
use crate::peek::{Peek, discard, failure_below};
use crate::visit::Session;

const GZIP_HAS_CHECKSUM: u8 = 2;
const GZIP_HAS_EXTRA: u8 = 4;
const GZIP_HAS_NAME: u8 = 8;
const GZIP_HAS_COMMENT: u8 = 16;

/// Reads what a compressed stream holds.
pub(crate) struct Decoder<'a, 'b> {
    session: &'a Session,
    name: &'a str,
    method: Method,
    input: &'a mut Peek<'b>,
    state: State,
    /// Of the gzip member that is being read.
    checksum: Crc,
    written: u64,
}

enum State {
    Between,
    Within(Codec),
    Complete,
    Failed,
}

impl<'a, 'b> Decoder<'a, 'b> {
    /// The input stands at the beginning of a stream of that method.
    pub(crate) fn new(
        session: &'a Session,
        name: &'a str,
        method: Method,
        input: &'a mut Peek<'b>,
    ) -> Decoder<'a, 'b> {
        Decoder { session, name, method, input, state: State::Between, checksum: Crc::new(), written: 0 }
    }

    /// Opens the stream that begins here, or finds that there is none.
    fn open_next(&mut self) {
        let begins = compression(self.input.peek(10)) == Some(self.method);
        if !begins {
            self.state = self.after_the_last();
            return;
        }
        self.checksum = Crc::new();
        if self.method == Method::Gzip && !self.pass_gzip_header() {
            self.fail("ended within the header of a gzip member");
            return;
        }
        match Codec::new(self.method) {
            Ok(codec) => self.state = State::Within(codec),
            Err(error) => self.fail(&format!("could not be decoded: {error}")),
        }
    }

    /// Nothing, zeros or garbage may follow the last stream.
    fn after_the_last(&mut self) -> State {
        let zeros = self.pass_zeros();
        if compression(self.input.peek(10)) == Some(self.method) {
            return State::Between;
        }
        if self.input.failed() {
            return State::Failed;
        }
        let ended = self.input.peek(1).is_empty();
        if ended && zeros == 0 {
            return State::Complete;
        }
        let what = if ended { format!("{zeros} zero bytes") } else { "bytes that are none".to_owned() };
        let text = format!("after its last {} stream come {what}; they were ignored", self.method.name());
        self.session.tell(NoticeKind::Noted, self.name, text);
        State::Complete
    }

    fn pass_zeros(&mut self) -> u64 {
        let mut count = 0;
        while let Ok(ready) = self.input.fill_buf() {
            let zeros = ready.iter().take_while(|&&byte| byte == 0).count();
            self.input.consume(zeros);
            count += zeros as u64;
            if zeros == 0 {
                break;
            }
        }
        count
    }

    /// False where the input ends within the header.
    fn pass_gzip_header(&mut self) -> bool {
        let flags = match self.input.peek(10) {
            [_, _, _, flags, _, _, _, _, _, _] => *flags,
            _ => return false,
        };
        self.input.consume(10);
        if flags & GZIP_HAS_EXTRA != 0 {
            let [low, high] = *self.input.peek(2) else { return false };
            let length = u64::from(u16::from_le_bytes([low, high])) + 2;
            if discard(self.input, length) < length {
                return false;
            }
        }
        (flags & GZIP_HAS_NAME == 0 || self.pass_text())
            && (flags & GZIP_HAS_COMMENT == 0 || self.pass_text())
            && (flags & GZIP_HAS_CHECKSUM == 0 || discard(self.input, 2) == 2)
    }

    /// A text of the header, up to its NUL.
    fn pass_text(&mut self) -> bool {
        while let Ok(ready) = self.input.fill_buf() {
            let (length, found) = match memchr(0, ready) {
                Some(at) => (at + 1, true),
                None => (ready.len(), false),
            };
            self.input.consume(length);
            if found || length == 0 {
                return found;
            }
        }
        false
    }

    fn finish(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Going => {}
            Outcome::Complete if self.method == Method::Gzip => self.check_gzip_trailer(),
            Outcome::Complete => self.state = State::Between,
            Outcome::Truncated => self.fail_truncated(),
            Outcome::Damaged(reason) => {
                let text = format!("is damaged {}: {reason}", self.place());
                self.fail(&text);
            }
            Outcome::TooLarge => self.fail_too_large(),
            Outcome::Below => self.state = State::Failed,
        }
    }

    fn check_gzip_trailer(&mut self) {
        let [a, b, c, d, e, f, g, h] = *self.input.peek(8) else {
            self.fail_truncated();
            return;
        };
        self.input.consume(8);
        self.state = State::Between;
        let expected = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if expected != (self.checksum.sum(), self.checksum.amount()) {
            let text = format!(
                "the checksum of its gzip stream does not match {}; all of it was read, some of it may be wrong",
                self.place()
            );
            self.session.tell(NoticeKind::Unreadable, self.name, text);
        }
    }

    fn fail_truncated(&mut self) {
        let text = format!("ended in the middle of its {} stream {}", self.method.name(), self.place());
        self.fail(&text);
    }

    fn fail_too_large(&mut self) {
        let (method, most) = (self.method.name(), self.method.largest_window());
        let text = format!(
            "needs a window above {most} to be decoded and was not read {}\n\
             hint: `{method} -dc --memory=2GiB FILE | logsift scan -`",
            self.place()
        );
        self.state = State::Failed;
        self.session.tell(NoticeKind::Unreadable, self.name, text);
    }

    fn place(&self) -> String {
        format!("after {} bytes of text", self.written)
    }

    fn fail(&mut self, text: &str) {
        self.state = State::Failed;
        if !self.input.failed() {
            let text = format!(
                "{text}; what came before was read, what follows was not\nhint: fetch or compress it again"
            );
            self.session.tell(NoticeKind::Unreadable, self.name, text);
        }
    }
}

impl Read for Decoder<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let step = match &mut self.state {
                State::Complete => return Ok(0),
                State::Failed => return Err(failure_below()),
                State::Between => {
                    self.open_next();
                    continue;
                }
                State::Within(codec) => codec.step(self.input, out),
            };
            self.written += step.written as u64;
            if self.method == Method::Gzip {
                self.checksum.update(out.get(..step.written).unwrap_or(&[]));
            }
            self.finish(step.outcome);
            if step.written > 0 {
                return Ok(step.written);
            }
        }
    }
}
