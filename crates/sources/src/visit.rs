//! Takes a part of the plan apart, layer by layer, and hands every log in it to a visitor.
//!
//! A layer is a decompressor or an archive; what is below is known by its content alone. Layers are
//! nested readers, so memory is a buffer for each and a bomb merely streams.

use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;

use logsift_engine::records::time::Time;

use crate::archive::{is_hidden_path, tar, zip};
use crate::codec::Method;
use crate::compressed::Decoder;
use crate::content::{Content, content};
use crate::file::open;
use crate::notice::{Notice, NoticeKind};
use crate::peek::Peek;
use crate::plan::Part;

/// Archives within archives; what lies deeper is not read.
const MOST_ARCHIVES: u32 = 8;
/// Archives and compressions together; a stream that decompresses to itself ends here.
const MOST_LAYERS: u32 = 2 * MOST_ARCHIVES;

/// What is known about a log before its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogInfo {
    /// The name fit to be shown: a path, `archive.tar.gz!inner/path`, or `-`.
    pub name: String,
    /// When it was last written, as far as its file or archive says.
    pub modified: Option<Time>,
    /// The bytes that it takes where it is stored, compressed or not, where that is known.
    pub bytes: Option<u64>,
    /// Its bytes are those of the file, so [`Part::open_again`] finds them where they were.
    ///
    /// [`Part::open_again`]: crate::Part::open_again
    pub plain: bool,
}

/// Takes the logs of a part.
pub trait Visitor {
    /// A log. Its reader never fails: where bytes cannot be read it ends, and a notice follows.
    /// What is left unread is passed over. `Break` ends the visit.
    fn log(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()>;

    /// Something to tell about what was or was not read; it comes after the log it is about.
    fn notice(&mut self, notice: Notice);
}

/// Streams every log of the part. `progress` grows by the bytes read from disk or pipe.
pub fn visit(part: &Part, progress: &AtomicU64, visitor: &mut dyn Visitor) -> ControlFlow<()> {
    let session = Session::default();
    let mut file = match open(part, &session, progress) {
        Ok(file) => file,
        Err(notice) => {
            visitor.notice(notice);
            return ControlFlow::Continue(());
        }
    };
    let layer = Layer {
        info: LogInfo {
            name: part.name.clone(),
            modified: file.modified(),
            bytes: file.size(),
            plain: !file.is_live() && part.path().is_some(),
        },
        live: file.is_live(),
        hidden: part.hidden,
        archives: 0,
        layers: 0,
    };
    let flow = layer.deliver(&session, &mut Peek::new(&mut file), visitor);
    session.flush(visitor);
    flow
}

/// Collects what the layers have to tell, for they cannot reach the visitor while it reads.
#[derive(Default)]
pub(crate) struct Session {
    notices: RefCell<Vec<Notice>>,
}

impl Session {
    pub(crate) fn tell(&self, kind: NoticeKind, name: &str, text: impl Into<String>) {
        self.notices.borrow_mut().push(Notice::new(kind, name, text));
    }

    /// Hands everything told so far to the visitor.
    pub(crate) fn flush(&self, visitor: &mut dyn Visitor) {
        for notice in self.notices.take() {
            visitor.notice(notice);
        }
    }
}

/// One stream, and how deep it lies.
#[derive(Clone)]
pub(crate) struct Layer {
    info: LogInfo,
    /// A pipe that may be written to slowly.
    live: bool,
    /// Hidden members are taken along.
    hidden: bool,
    archives: u32,
    layers: u32,
}

impl Layer {
    /// Whether a member of this archive is hidden and was not asked for.
    pub(crate) fn passes_over(&self, member: &[u8]) -> bool {
        !self.hidden && is_hidden_path(member)
    }

    /// The name of what is in this layer.
    pub(crate) fn name(&self) -> &str {
        &self.info.name
    }

    /// A member of this archive.
    pub(crate) fn member(&self, name: &str, modified: Option<Time>, bytes: Option<u64>) -> Layer {
        Layer {
            info: LogInfo { name: format!("{}!{name}", self.info.name), modified, bytes, plain: false },
            live: false,
            hidden: self.hidden,
            archives: self.archives + 1,
            layers: self.layers + 1,
        }
    }

    /// Finds out what the input is and hands the logs in it to the visitor.
    pub(crate) fn deliver(
        &self,
        session: &Session,
        input: &mut Peek<'_>,
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<()> {
        let flow = match content(input, self.live) {
            Content::Log if input.ready().is_empty() && input.failed() => ControlFlow::Continue(()),
            Content::Log => visitor.log(&self.info, &mut Unfailing(input)),
            Content::Compressed(_) | Content::Tar | Content::Zip if self.is_too_deep() => {
                self.tell_too_deep(session);
                ControlFlow::Continue(())
            }
            Content::Compressed(method) => self.decompress(session, method, input, visitor),
            Content::Tar => tar::walk(session, self, input, visitor),
            Content::Zip => zip::walk(session, self, input, visitor),
            Content::Foreign(what, command) => {
                self.tell_foreign(session, what, command);
                ControlFlow::Continue(())
            }
            Content::CutShort(what) => {
                let text = format!("ended within the first bytes of its {what} data; nothing was read");
                session.tell(NoticeKind::Unreadable, self.name(), text);
                ControlFlow::Continue(())
            }
            Content::Binary(what) => {
                session.tell(NoticeKind::Skipped, self.name(), binary_text(what));
                ControlFlow::Continue(())
            }
        };
        session.flush(visitor);
        flow
    }

    fn is_too_deep(&self) -> bool {
        self.archives >= MOST_ARCHIVES || self.layers >= MOST_LAYERS
    }

    fn tell_too_deep(&self, session: &Session) {
        let text = format!(
            "lies deeper than {MOST_ARCHIVES} archives and was not read\nhint: unpack the outer archives first"
        );
        session.tell(NoticeKind::Unreadable, self.name(), text);
    }

    fn tell_foreign(&self, session: &Session, what: &str, command: &str) {
        let text = format!(
            "is {what}, which is not read, and was passed over\nhint: `{command} FILE | logsift scan -`"
        );
        session.tell(NoticeKind::Unreadable, self.name(), text);
    }

    fn decompress(
        &self,
        session: &Session,
        method: Method,
        input: &mut Peek<'_>,
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<()> {
        let modified = if method == Method::Gzip { gzip_time(input.peek(8)) } else { None };
        let inner = Layer {
            info: LogInfo { modified: modified.or(self.info.modified), plain: false, ..self.info.clone() },
            live: false,
            hidden: self.hidden,
            archives: self.archives,
            layers: self.layers + 1,
        };
        let mut decoder = Decoder::new(session, self.name(), method, input);
        inner.deliver(session, &mut Peek::new(&mut decoder), visitor)
    }
}

/// The time in a gzip header is that of the file before it was compressed, so it outlives copying.
fn gzip_time(header: &[u8]) -> Option<Time> {
    let [_, _, _, _, a, b, c, d] = *header else { return None };
    let seconds = u32::from_le_bytes([a, b, c, d]);
    if seconds == 0 { None } else { Time::from_seconds(i64::from(seconds)) }
}

fn binary_text(what: &str) -> String {
    let hint = match what {
        "a systemd journal" => "\nhint: `journalctl --file FILE -o export | logsift scan -`",
        "login accounting" => "\nhint: `last -f FILE | logsift scan -`",
        _ => "",
    };
    format!("is {what}, not a log, and was skipped{hint}")
}

/// A reader that ends where the one below fails, which has told of it.
struct Unfailing<'a, 'b>(&'a mut Peek<'b>);

impl Read for Unfailing<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read(out).unwrap_or(0))
    }
}
