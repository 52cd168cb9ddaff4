//! Archives: a stream in, one stream for each member out, in the order in which they are stored.
//!
//! Both kinds are read from front to back, wherever they lie, so that an archive in an archive on
//! standard input needs neither disk nor memory, and so that a damaged one still gives what can be
//! found in it.

pub(crate) mod tar;
pub(crate) mod zip;

use crate::notice::NoticeKind;
use crate::visit::Session;

/// Folders of version control that do not show by a leading dot.
const VERSION_CONTROL: [&[u8]; 2] = [b"CVS", b"_darcs"];

/// Whether a name is one that nobody means who names the folder around it.
pub(crate) fn is_hidden(name: &[u8]) -> bool {
    let dots = name == b"." || name == b"..";
    (name.starts_with(b".") && !dots) || VERSION_CONTROL.contains(&name) || name == b"__MACOSX"
}

/// Whether a member lies in hidden folders or is hidden itself.
pub(crate) fn is_hidden_path(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/').any(is_hidden)
}

/// Tells how many members were passed over because they are hidden.
pub(crate) fn tell_hidden(session: &Session, name: &str, count: u64) {
    if count > 0 {
        let members = if count == 1 { "member was" } else { "members were" };
        session.tell(NoticeKind::Skipped, name, format!("{count} hidden {members} skipped"));
    }
}

/// Tells of an archive in which there was nothing to read.
pub(crate) fn tell_empty(session: &Session, name: &str, files: u64) {
    if files == 0 {
        session.tell(NoticeKind::Noted, name, "the archive holds no files");
    }
}
