//! What was assumed about a record or done to it, as a set of flags.

/// A set of notes. Reading never fails; it notes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notes(u32);

macro_rules! notes {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $word:literal;)*) => {
        impl Notes {
            $($(#[$doc])* pub const $name: Notes = Notes(1 << $bit);)*
            /// Every single note with its name, in the order of the bits.
            pub const ALL: &'static [(Notes, &'static str)] = &[$((Notes::$name, $word)),*];
        }
    };
}

notes! {
    /// The line was longer than the limit: the rest was counted and left out.
    CUT = 0, "cut";
    /// Colour or cursor codes were removed.
    ESCAPES_REMOVED = 1, "escapes-removed";
    /// NUL bytes were removed.
    NULS_REMOVED = 2, "nuls-removed";
    /// Bytes that are no UTF-8 were read as Latin-1.
    NOT_UTF8 = 3, "not-utf8";
    /// The last line of the file had no newline.
    NO_NEWLINE = 4, "no-newline";
    /// A carriage return inside the line: what came before it was overwritten on a terminal.
    REWRITTEN = 5, "rewritten";
    /// No time stamp was found.
    NO_TIME = 6, "no-time";
    /// The stamp has no year; it was inferred.
    YEAR_INFERRED = 7, "year-inferred";
    /// The stamp has no zone; one was assumed.
    ZONE_ASSUMED = 8, "zone-assumed";
    /// The stamp is impossible or far outside the log's time: it does not move the clock.
    TIME_IMPOSSIBLE = 9, "time-impossible";
    /// The time lies before an earlier record's, by more than is usual in this stream.
    OUT_OF_ORDER = 10, "out-of-order";
    /// The line does not have the format of its stream.
    OTHER_FORMAT = 11, "other-format";
    /// Lines were joined to this record.
    JOINED = 12, "joined";
    /// The parts of a split container line were put together.
    PARTS_JOINED = 13, "parts-joined";
    /// The structured data did not end or is not well formed.
    MALFORMED = 14, "malformed";
    /// Something was removed by redaction.
    REDACTED = 15, "redacted";
    /// The record reached its limit of bytes; what follows was counted and left out.
    RECORD_CUT = 16, "record-cut";
    /// The same key stands twice; the last value was taken.
    DUPLICATE_KEY = 17, "duplicate-key";
    /// Control codes were removed or became blanks.
    CONTROLS_REPLACED = 18, "controls-replaced";
}

impl Notes {
    /// No notes.
    pub const NONE: Notes = Notes(0);

    /// Whether all of `other` are in this set.
    pub const fn has(self, other: Notes) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Notes) -> Notes {
        Notes(self.0 | other.0)
    }

    /// This set without any of `other`.
    #[must_use]
    pub const fn without(self, other: Notes) -> Notes {
        Notes(self.0 & !other.0)
    }

    /// Adds all of `other`.
    pub fn add(&mut self, other: Notes) {
        self.0 |= other.0;
    }

    /// The names of the notes in the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().filter(move |(note, _)| self.has(*note)).map(|(_, name)| *name)
    }
}
