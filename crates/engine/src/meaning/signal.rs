//! The statements that are enough by themselves.

use std::fmt;

/// What a record states that anybody who runs the system wants to see, even once.
///
/// The order is that of gravity, gravest first; of several in one record the gravest is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HardSignal {
    /// A kernel or a program gave up: `Kernel panic`, `panic: runtime error`.
    Panic,
    /// Data are damaged or lost: `checksum mismatch`, `data loss`.
    Corruption,
    /// Parts of a cluster no longer agree who is in charge: `split brain`, `quorum lost`.
    SplitBrain,
    /// Memory ran out: `Out of memory: Killed process`, `java.lang.OutOfMemoryError`.
    OutOfMemory,
    /// A file system took writes no more: `Remounting filesystem read-only`.
    ReadOnly,
    /// A disk or a quota is full: `No space left on device`.
    DiskFull,
    /// Hardware reports a fault that it could not mend: `[Hardware Error]`, `uncorrectable ECC`.
    Hardware,
    /// A program touched memory that is not its own: `segfault at`, `SIGSEGV`.
    Segfault,
    /// A program died: `core dumped`, `CrashLoopBackOff`.
    Crash,
    /// Two wait for each other: `deadlock detected`.
    Deadlock,
    /// Something does not go on: `soft lockup`, `blocked for more than 120 seconds`.
    Hang,
    /// No file or connection can be opened any more: `Too many open files`.
    FilesExhausted,
    /// A program says that it cannot go on: `fatal error`.
    Fatal,
    /// A build, a test or a job says that it failed: `BUILD FAILED`, `test result: FAILED`.
    RunFailed,
}

impl HardSignal {
    /// All of them, gravest first.
    pub const ALL: [HardSignal; 14] = [
        HardSignal::Panic,
        HardSignal::Corruption,
        HardSignal::SplitBrain,
        HardSignal::OutOfMemory,
        HardSignal::ReadOnly,
        HardSignal::DiskFull,
        HardSignal::Hardware,
        HardSignal::Segfault,
        HardSignal::Crash,
        HardSignal::Deadlock,
        HardSignal::Hang,
        HardSignal::FilesExhausted,
        HardSignal::Fatal,
        HardSignal::RunFailed,
    ];

    /// Whether it only sums up what went wrong before: the cause is another.
    pub const fn is_summary(self) -> bool {
        matches!(self, HardSignal::RunFailed)
    }

    /// The name used in every output.
    pub const fn name(self) -> &'static str {
        match self {
            HardSignal::Panic => "panic",
            HardSignal::Corruption => "corruption",
            HardSignal::SplitBrain => "split-brain",
            HardSignal::OutOfMemory => "out-of-memory",
            HardSignal::ReadOnly => "read-only",
            HardSignal::DiskFull => "disk-full",
            HardSignal::Hardware => "hardware",
            HardSignal::Segfault => "segfault",
            HardSignal::Crash => "crash",
            HardSignal::Deadlock => "deadlock",
            HardSignal::Hang => "hang",
            HardSignal::FilesExhausted => "files-exhausted",
            HardSignal::Fatal => "fatal",
            HardSignal::RunFailed => "run-failed",
        }
    }
}

impl HardSignal {
    /// What a record tells of that has it, for people.
    pub const fn told(self) -> &'static str {
        match self {
            HardSignal::Panic => "a panic",
            HardSignal::Corruption => "damaged or lost data",
            HardSignal::SplitBrain => "a split brain",
            HardSignal::OutOfMemory => "memory that ran out",
            HardSignal::ReadOnly => "a file system that became read-only",
            HardSignal::DiskFull => "a full disk",
            HardSignal::Hardware => "a fault of the hardware",
            HardSignal::Segfault => "a segfault",
            HardSignal::Crash => "a crash",
            HardSignal::Deadlock => "a deadlock",
            HardSignal::Hang => "something that hangs",
            HardSignal::FilesExhausted => "too many open files",
            HardSignal::Fatal => "a fatal error",
            HardSignal::RunFailed => "a run that failed",
        }
    }
}

impl fmt::Display for HardSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
