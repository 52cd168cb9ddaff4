//! Why a model could not be read or merged: where, what was expected, what was found, and what helps.

/// Why a model could not be read or merged. Offsets count bytes from the start of the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The first bytes are not those of a model.
    #[error("not a logsift model: it begins with `{found}`, a model with `{expected}`\nhint: {hint}")]
    NotAModel {
        /// The first bytes, in hexadecimal.
        found: String,
        /// The bytes a model begins with, in hexadecimal.
        expected: String,
        /// What the bytes look like instead.
        hint: &'static str,
    },

    /// Written by a later release, in a format that this one does not know.
    #[error(
        "model format `{found}` (written by logsift `{writer}`) is newer than `{newest}`, the newest that logsift \
         `{reader}` reads\nhint: use logsift `{writer}` or later, or learn the model again with this one; if no \
         newer logsift wrote it, the header is damaged"
    )]
    NewerFormat {
        /// The format of the file.
        found: u16,
        /// The newest format this release reads.
        newest: u16,
        /// The release that wrote it.
        writer: String,
        /// This release.
        reader: &'static str,
    },

    /// A known kind of block in a version of a later release.
    #[error(
        "block `{block}` at byte {offset} has version `{found}` (written by logsift `{writer}`), logsift `{reader}` \
         reads up to `{newest}`\nhint: use logsift `{writer}` or later, or learn the model again with this one"
    )]
    NewerBlock {
        /// The name of the block.
        block: &'static str,
        /// Where it begins.
        offset: usize,
        /// Its version.
        found: u16,
        /// The newest version this release reads.
        newest: u16,
        /// The release that wrote it.
        writer: String,
        /// This release.
        reader: &'static str,
    },

    /// A block that must be understood and is not known.
    #[error(
        "block kind `{kind}` at byte {offset} (written by logsift `{writer}`) is unknown to logsift `{reader}` and \
         may not be skipped\nhint: use logsift `{writer}` or later, or learn the model again with this one"
    )]
    UnknownBlock {
        /// The number of the kind.
        kind: u16,
        /// Where the block begins.
        offset: usize,
        /// The release that wrote it.
        writer: String,
        /// This release.
        reader: &'static str,
    },

    /// A block that this use of the model cannot do without.
    #[error("the model has no block `{block}`\nhint: it was made for another purpose; learn it again")]
    MissingBlock {
        /// The name of the block.
        block: &'static str,
    },

    /// Fewer bytes than a value needs.
    #[error(
        "{what} at byte {offset} needs {needed} bytes, but {within} has {left} left\n\
         hint: the model is cut off or damaged; copy it again or learn it anew"
    )]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where it begins.
        offset: usize,
        /// How many bytes it needs.
        needed: u64,
        /// How many there are.
        left: u64,
        /// What ran out of bytes.
        within: &'static str,
    },

    /// Bytes where none should be.
    #[error(
        "{within} should end at byte {offset}, but {left} bytes follow\n\
         hint: the model is damaged; copy it again or learn it anew"
    )]
    Trailing {
        /// What should have ended.
        within: &'static str,
        /// Where it should have ended.
        offset: usize,
        /// How many bytes follow.
        left: usize,
    },

    /// A checksum that does not fit its bytes.
    #[error(
        "checksum of {what} at byte {offset}: expected `{expected:08x}`, found `{found:08x}`\n\
         hint: the model is damaged; copy it again or learn it anew"
    )]
    Checksum {
        /// What the checksum is of.
        what: String,
        /// Where that begins.
        offset: usize,
        /// The checksum written in the model.
        expected: u64,
        /// The checksum of the bytes that are there.
        found: u64,
    },

    /// A count or a length above its limit.
    #[error(
        "{what} at byte {offset} of {within}: `{found}` is above the limit `{limit}`\n\
         hint: the model is damaged or was not written by logsift; learn it anew"
    )]
    AboveLimit {
        /// What is counted.
        what: &'static str,
        /// Where it stands.
        offset: usize,
        /// The block it stands in.
        within: &'static str,
        /// The number found.
        found: u64,
        /// The highest number allowed.
        limit: u64,
    },

    /// A value that no writer writes.
    #[error(
        "{what} at byte {offset} of {within}: expected {expected}, found `{found}`\n\
         hint: the model is damaged or was not written by logsift; learn it anew"
    )]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where it stands.
        offset: usize,
        /// The block it stands in.
        within: &'static str,
        /// What would have been right.
        expected: &'static str,
        /// What stands there.
        found: String,
    },

    /// More memory than a model of that size may claim.
    #[error(
        "{within} at byte {offset} asks for {needed} bytes of memory, {left} are left of what a model of this size \
         may take\nhint: the model is damaged or was not written by logsift; learn it anew"
    )]
    Memory {
        /// The block that asks.
        within: &'static str,
        /// Where it asks.
        offset: usize,
        /// How much it asks for.
        needed: u64,
        /// How much is left.
        left: u64,
    },

    /// Two models that share some learned parts and not others: their counts cannot be told apart.
    #[error(
        "the models share {shared} of their learned parts (the first is `{first}`), and each has parts of its own: \
         {ours} here, {theirs} there\nhint: merge models that share no part, or whose parts are all in the other; \
         learn the remaining logs apart and merge those"
    )]
    Overlap {
        /// How many parts both hold.
        shared: usize,
        /// How many only this model holds.
        ours: usize,
        /// How many only the other holds.
        theirs: usize,
        /// The smallest id of a shared part, in hexadecimal.
        first: String,
    },

    /// Two models that were made with different settings.
    #[error(
        "the model was made with settings `{found:016x}`, expected `{expected:016x}`\n\
         hint: models can be merged and continued only under the settings they were made with"
    )]
    OtherSettings {
        /// The hash of the settings of the file.
        found: u64,
        /// The hash of the settings in force.
        expected: u64,
    },
}
