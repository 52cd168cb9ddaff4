//! Every word that stands in an output of logsift, with what it means and what can be done about it.

use logsift_engine::templates::Kind;

use crate::exit::Exit;

/// A kind of word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The name before the colon: `note:cut`.
    pub(super) name: &'static str,
    /// The name for all of them: `explain notes`.
    pub(super) plural: &'static str,
    /// The heading of the list.
    pub(super) title: &'static str,
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) group: &'static str,
    pub(super) code: &'static str,
    /// One sentence.
    pub(super) summary: &'static str,
    /// Why it is so, and what can be done.
    pub(super) more: &'static str,
}

/// All kinds of words.
pub(super) const GROUPS: &[Group] = &[
    Group { name: "note", plural: "notes", title: "Notes: what was assumed about a record, or done to it" },
    Group { name: "skipped", plural: "reasons", title: "Reasons for skipped lines" },
    Group { name: "notice", plural: "notices", title: "Notices: what was not read as asked" },
    Group { name: "level", plural: "levels", title: "Levels: every vocabulary on one scale, mildest first" },
    Group {
        name: "slot",
        plural: "slots",
        title: "Slots: the types of what varies in a template; most values of a slot have its type",
    },
    Group { name: "term", plural: "terms", title: "Terms of templates and models" },
    Group {
        name: "feature",
        plural: "features",
        title: "Features: what rows for outlier models are made of; `explain feature:NAME` tells more",
    },
    Group {
        name: "model",
        plural: "models",
        title: "Outlier models; `explain model:NAME` tells what can be set",
    },
    Group { name: "exit", plural: "exits", title: "Exit codes" },
    Group {
        name: "format",
        plural: "formats",
        title: "Formats: how lines are taken apart; `explain format:NAME` tells more",
    },
];

const fn note(code: &'static str, summary: &'static str, more: &'static str) -> Word {
    Word { group: "note", code, summary, more }
}

const fn skipped(code: &'static str, summary: &'static str, more: &'static str) -> Word {
    Word { group: "skipped", code, summary, more }
}

const fn notice(code: &'static str, summary: &'static str, more: &'static str) -> Word {
    Word { group: "notice", code, summary, more }
}

const fn level(code: &'static str, summary: &'static str, more: &'static str) -> Word {
    Word { group: "level", code, summary, more }
}

const fn slot(kind: Kind, summary: &'static str, more: &'static str) -> Word {
    Word { group: "slot", code: kind.name(), summary, more }
}

const fn term(code: &'static str, summary: &'static str, more: &'static str) -> Word {
    Word { group: "term", code, summary, more }
}

const fn exit(exit: Exit, summary: &'static str, more: &'static str) -> Word {
    Word { group: "exit", code: exit.name(), summary, more }
}

const fn format(code: &'static str, summary: &'static str, more: &'static str) -> Word {
    Word { group: "format", code, summary, more }
}

/// All words, in the order in which they are listed.
pub(super) const WORDS: &[Word] = &[
    note(
        "cut",
        "The line was longer than the limit.",
        "Its beginning was analysed; the rest was read, counted and left out, so that no line can fill the memory.",
    ),
    note(
        "escapes-removed",
        "Colour or cursor codes were removed.",
        "The program that wrote the log believed that it wrote to a terminal. The codes say nothing about the event \
         and would part lines that belong together.",
    ),
    note(
        "nuls-removed",
        "NUL bytes were removed.",
        "Often seen after a crash or where a rotated file was written on: the file has a hole that reads as zeros.",
    ),
    note(
        "controls-replaced",
        "Control characters were replaced.",
        "They carry no text, yet could steer the terminal of whoever reads the log. Tabs are kept.",
    ),
    note(
        "not-utf8",
        "Bytes that are no UTF-8 were read as Latin-1.",
        "No byte is lost, yet letters beyond ASCII may show wrongly if the log was written in another encoding.",
    ),
    note(
        "no-newline",
        "The last line of the file had no newline.",
        "The file was being written to, or was cut off. The record is counted like any other.",
    ),
    note(
        "rewritten",
        "A carriage return stood inside of the line.",
        "On a terminal, what came before it would have been overwritten, as progress bars do. The last text was taken.",
    ),
    note(
        "no-time",
        "No time stamp was found in the record.",
        "With --since or --until such a record is kept. If the format has a time that was \
         not found, name it with --log-format.",
    ),
    note(
        "year-inferred",
        "The time stamp has no year, and one was inferred.",
        "Counted back from the time at which the file was last written, so that no record lies after it; the turn \
         of the year and leap days are taken into account.",
    ),
    note(
        "zone-assumed",
        "The time stamp has no zone, and one was assumed.",
        "UTC, unless --tz says otherwise. The report tells which zone was taken for which log.",
    ),
    note(
        "time-impossible",
        "The time stamp cannot be right, and does not move the clock of the log.",
        "It is no date at all, or lies far from its neighbours. The text of the stamp stays in the record.",
    ),
    note(
        "out-of-order",
        "The time lies further before that of an earlier record than is usual in this stream.",
        "Several writers, a clock that was set back, or files put together in the wrong order.",
    ),
    note(
        "other-format",
        "The line does not have the format of its stream.",
        "It was kept as a record: a stamp near its beginning was read, the rest is its message. Many of them mean mixed formats.",
    ),
    note(
        "joined",
        "Lines were joined to this record.",
        "A stack trace, a dump or the body of a message: `lines` says how many lines the record has.",
    ),
    note(
        "parts-joined",
        "The parts of a container line were put together.",
        "Docker and CRI split lines after 16 KiB; the record is what the program wrote.",
    ),
    note(
        "malformed",
        "Structured data did not end or is not well formed.",
        "What could be read of the fields was kept, and the whole text, too. Often the end of a long line was cut off.",
    ),
    note(
        "redacted",
        "Something was removed by redaction.",
        "Nothing after redaction has seen what was removed: no report, no model.",
    ),
    note(
        "record-cut",
        "The record reached its limit of 1 MiB.",
        "What follows was counted as continuation and left out, so that no trace can fill the memory.",
    ),
    note(
        "duplicate-key",
        "The same key stands twice in the record.",
        "The last value was taken, as most JSON readers do.",
    ),
    skipped(
        "blank",
        "Nothing but white space, outside of any record.",
        "Blank lines inside of a record, such as a trace, are continuation lines and belong to it.",
    ),
    skipped(
        "header",
        "A header or directive of the format.",
        "CSV column names, `#Fields:` of W3C logs. What they say is used to read the lines that follow.",
    ),
    skipped(
        "outside-time",
        "Before --since or after --until.",
        "Records without a time are kept: nothing says that they lie outside.",
    ),
    skipped(
        "other-stream",
        "Not one of the streams asked for with --stream.",
        "The report of a scan without --stream lists the names of the streams.",
    ),
    notice(
        "failed",
        "logsift itself failed at this log; the others were read.",
        "This is a fault of logsift and worth a report. With RUST_BACKTRACE=1 the place of it is shown.",
    ),
    notice(
        "unreadable",
        "Something that was asked for could not be read, wholly or in part.",
        "What came before the damage was read. The run ends with exit code 3.",
    ),
    notice(
        "skipped",
        "Left out on purpose.",
        "A binary file, a device, a link that leads out of the folder. This is no error.",
    ),
    notice(
        "noted",
        "Everything was read, but something was assumed or is odd.",
        "The text says what it is. This is no error.",
    ),
    level("trace", "Finer than debugging.", "Also: verbose, finest, silly; 10 in bunyan and pino."),
    level("debug", "For developers.", "Also: fine, config, D; syslog 7; 20 in bunyan and pino."),
    level("info", "Ordinary work.", "Also: information, informational, I; syslog 6; 30 in bunyan and pino."),
    level("notice", "Ordinary but worth noting.", "Syslog 5."),
    level("warn", "Something may go wrong.", "Also: warning, W; syslog 4; 40 in bunyan and pino."),
    level("error", "Something failed.", "Also: err, severe, E; syslog 3; 50 in bunyan and pino."),
    level("critical", "A part of the system failed.", "Also: crit, alert; syslog 1 and 2."),
    level(
        "fatal",
        "The program or the system cannot go on.",
        "Also: panic, emergency, emerg, F; syslog 0; 60 in bunyan and pino.",
    ),
    level(
        "none",
        "The record does not state its level.",
        "It is not taken for info: nothing is known about it.",
    ),
    slot(Kind::Empty, "Nothing stands where a value should.", "As in `rhost=` at the end of a message."),
    slot(
        Kind::Number,
        "A decimal number.",
        "With or without sign, fraction or exponent, also with digits in groups of three.",
    ),
    slot(Kind::Duration, "A number with a unit of time, or 01:23:45.", "Its number is in seconds."),
    slot(Kind::Size, "A number with a unit of bytes.", "Its number is in bytes; KiB is 1024, kB is 1000."),
    slot(Kind::Percentage, "A number with a percent sign.", "Its number is that before the sign."),
    slot(Kind::Hex, "0x and hexadecimal digits.", "Its number is their value."),
    slot(Kind::Uuid, "A UUID.", "Groups of 8, 4, 4, 4 and 12 hexadecimal digits."),
    slot(Kind::Hash, "Sixteen hexadecimal digits or more.", "At least one of them is a letter."),
    slot(Kind::Ip, "An IP address of either version.", "With or without port or prefix length."),
    slot(Kind::Mac, "A MAC address.", "Six pairs of hexadecimal digits."),
    slot(Kind::Url, "scheme://something.", "With or without a query."),
    slot(Kind::Path, "A path of a file system.", "Of any system."),
    slot(Kind::Mail, "A mail address.", "With --redact none is ever seen."),
    slot(Kind::Host, "A host name.", "With or without a port."),
    slot(
        Kind::Time,
        "A date, or a date with a time of day.",
        "The time of the record itself is no part of its message.",
    ),
    slot(Kind::Literal, "true, false or null.", "Written in any way."),
    slot(
        Kind::Identifier,
        "A name that programs make.",
        "Letters with digits, dots or underlines: blk_-160899, eth0.",
    ),
    slot(
        Kind::Word,
        "A plain word.",
        "Letters only, and too many different ones to be part of what is said.",
    ),
    slot(Kind::List, "Several values side by side.", "Their number differs from record to record."),
    slot(Kind::Text, "Anything else.", "Several words, or values of several types."),
    term(
        "template",
        "The constant text of a message, with a typed slot for what varies.",
        "Its id is a hash of the text with its slots: equal in every run, on every machine, in any order of lines.",
    ),
    term(
        "skeleton",
        "What one message looks like without its values.",
        "A skeleton depends on its message alone. Templates are made of all skeletons with their counts.",
    ),
    term(
        "closed",
        "The values of a slot are a closed set.",
        "Of 16 sampled values or more, at most one in twenty was seen only once: a new one would be news.",
    ),
    term("open", "The values of a slot are no closed set.", "A value never seen before is nothing special."),
    term(
        "rising",
        "The numbers of a slot never fall in time.",
        "A counter, an offset, an id given out in order.",
    ),
    term("falling", "The numbers of a slot never rise in time.", "What is left of something."),
    term(
        "forgotten",
        "Records whose shape had to be forgotten for want of memory.",
        "They are counted and belong to no template. It takes tens of thousands of shapes that were seen hardly ever.",
    ),
    term(
        "parent",
        "What several templates share but for one word.",
        "`VM Started` and `VM Stopped` stay apart, since the word is part of what they say; the parent names the family.",
    ),
    term(
        "part",
        "What a model learned in one go: one log.",
        "Its id is a hash of its records, so the same log is counted once, whatever its name. Models that share some \
         parts while each has others cannot be merged.",
    ),
    term(
        "lineage",
        "Ids that have become part of another template.",
        "When a template generalises it gets another id; a model remembers what the old one means today.",
    ),
    term(
        "severity",
        "How bad a record sounds, from its words and its level.",
        "In nats: 0 says nothing, `failed` about 3. Negations, zero counts and names such as ErrorHandler do not count, \
         and a level that is common in the log says less. It orders records and never hides one.",
    ),
    term(
        "hard-signal",
        "A statement that anybody who runs the system wants to see, even once.",
        "A panic, memory or a disk that ran out, corruption, a crash, a deadlock. It counts in a log that is not \
         known yet, too; a level such as FATAL alone is none.",
    ),
    exit(
        Exit::Ran,
        "It ran, and nothing is at or above --fail-on.",
        "A closed pipe (`logsift … | head`) is a success, too.",
    ),
    exit(
        Exit::Findings,
        "There are findings at or above --fail-on.",
        "Only for commands that find something.",
    ),
    exit(Exit::Usage, "Wrong usage or configuration.", "Nothing was read. The message says what is wrong."),
    exit(
        Exit::Unreadable,
        "Some input could not be read; the rest was analysed.",
        "The notices of the report name each input and say what was done.",
    ),
    exit(Exit::Internal, "An error of logsift itself.", "The results of other logs stand. Please report it."),
    format(
        "json",
        "One JSON object per line.",
        "Its keys become fields, those of nested objects with a dot (pool.size). Time, level and message are found \
         by the names that loggers give them, and by their values.",
    ),
    format(
        "logfmt",
        "Pairs of key=value.",
        "Time, level and message are found by the names that loggers give them.",
    ),
    format(
        "csv",
        "Comma-separated values under a header line.",
        "The header names the fields. `;` and `|` part, too.",
    ),
    format("tsv", "Tab-separated values under a header line.", "The header names the fields."),
    format("w3c", "Columns that a #Fields: line names.", "The line may come again, with other columns."),
    format(
        "inferred",
        "A pattern that was found by looking at the lines.",
        "No known format fitted better. The report shows the pattern; written after --log-format, and changed where \
         it is wrong, it is used as it stands.",
    ),
    format(
        "plain",
        "Lines in which neither a time nor a level was found.",
        "The whole line is the message. If there is a time, name the format with --log-format.",
    ),
    format(
        "given",
        "The pattern that was given with --log-format.",
        "`fits` tells how many lines it matches.",
    ),
];
