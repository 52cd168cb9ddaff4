//! A plan in, what a consumer made of every log out, in the order of the plan.
//!
//! Sets are handed to threads one by one; a set is read by one thread, part after part. Where there are more
//! threads than sets, a long log has a second one: the first cuts it into records, the other takes them. Results
//! stand in the order of the plan, so nothing that is made of them depends on the number of threads. An error in
//! one source does not stop the others, and neither does a fault of our own: a panic is caught
//! where the log begins, and the next log is read.

mod staged;

use std::any::Any;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use globset::GlobMatcher;
use logsift_engine::reader::{FormatUse, Reader, Settings, SourceHint};
pub use logsift_engine::records::batch::Needs;
use logsift_engine::records::record::RecordSink;
use logsift_sources::{LogInfo, Notice, Part, Plan, SourceSet, Visitor, visit};

use crate::sieve::{Overview, Sifted};
use crate::watch::Watch;
use staged::{Passing, Spare, staged};

/// A log of so many bytes may have a second thread: below, it is not worth the trouble.
const LONG: u64 = 4 << 20;

/// How a plan is read.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// How every log is read.
    pub reader: &'a Settings,
    /// Which streams are wanted, by name; nothing for all.
    pub streams: Option<&'a GlobMatcher>,
    /// At most so many threads.
    pub threads: usize,
    /// Where the reading says how far it is.
    pub watch: &'a Watch,
}

/// Takes the records of one log and makes something of them.
pub trait Consumer: RecordSink + Send {
    /// What it makes.
    type Output: Send;

    /// What it looks at from now on. What it does not need may be missing from records.
    fn needs(&self) -> Needs {
        Needs::Everything
    }

    /// Whether it is done with a record in about the time that it takes to hand it to another thread.
    fn is_quick(&self) -> bool {
        false
    }

    /// The log has ended.
    fn finish(self, reader: &Reader) -> Self::Output;
}

/// Makes a consumer for every log.
pub trait Factory: Sync {
    /// What it makes.
    type Consumer: Consumer;

    /// A log begins.
    fn consumer(&self, log: &LogStart<'_>) -> Self::Consumer;

    /// No more logs of that set will come. Called once for every set, whatever happened to it.
    fn set_ended(&self, set: usize) {
        let _ = set;
    }
}

/// A log that is about to be read.
#[derive(Clone, Copy, Debug)]
pub struct LogStart<'a> {
    /// The place of its set in the plan.
    pub set: usize,
    /// The name of the logical log: that of the set, or of an entry of an archive.
    pub name: &'a str,
    /// The file or entry that holds this part of it.
    pub file: &'a str,
}

/// A log that was read.
#[derive(Clone, Debug)]
pub struct LogRead<O> {
    /// The name of the logical log; parts of a rotated set share it.
    pub name: String,
    /// The file or entry that held it.
    pub file: String,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// What was in it.
    pub overview: Overview,
    /// The formats it was read with.
    pub formats: Vec<FormatUse>,
    /// The same in words that a reader takes, in the order in which they are tried.
    pub known_formats: Vec<String>,
    /// What was assumed about it.
    pub assumptions: Vec<String>,
    /// What the consumer made of it.
    pub output: O,
}

/// A set that was read.
#[derive(Clone, Debug)]
pub struct SetRead<O> {
    /// Its logs, in the order of the set.
    pub logs: Vec<LogRead<O>>,
    /// What its sources had to say.
    pub notices: Vec<Notice>,
    /// Faults of our own.
    pub failures: Vec<Failure>,
}

impl<O> SetRead<O> {
    /// The same without what was made of its logs, which is appended to a list.
    pub(crate) fn emptied(self, outputs: &mut Vec<O>) -> SetRead<()> {
        let logs = self.logs.into_iter().map(|log| {
            outputs.push(log.output);
            LogRead {
                name: log.name,
                file: log.file,
                bytes: log.bytes,
                overview: log.overview,
                formats: log.formats,
                known_formats: log.known_formats,
                assumptions: log.assumptions,
                output: (),
            }
        });
        SetRead { logs: logs.collect(), notices: self.notices, failures: self.failures }
    }
}

/// A log at which logsift itself failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The file or entry.
    pub name: String,
    /// What went wrong.
    pub text: String,
}

/// Reads all sets of a plan.
pub fn read<F: Factory>(plan: &Plan, job: &Job<'_>, factory: &F) -> Vec<SetRead<Made<F>>> {
    let next = AtomicUsize::new(0);
    let helpers = job.threads.min(plan.sets.len()).saturating_sub(1);
    let spare = Spare::new(job.threads.saturating_sub(helpers + 1));
    let take_sets = || -> Vec<(usize, SetRead<Made<F>>)> {
        let sets = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            plan.sets.get(index).map(|set| (index, set))
        });
        let read = sets.map(|(index, set)| (index, read_set(index, set, job, factory, &spare))).collect();
        spare.give();
        read
    };
    let mut read = thread::scope(|scope| {
        // Where the system has no more threads to give, fewer do the work.
        let helper = |_| thread::Builder::new().spawn_scoped(scope, take_sets).ok();
        let running: Vec<_> = (0..helpers).map_while(helper).collect();
        let mut read = take_sets();
        for helper in running {
            read.extend(helper.join().expect("panics are caught where a set is read"));
        }
        read
    });
    read.sort_by_key(|(index, _)| *index);
    read.into_iter().map(|(_, set)| set).collect()
}

/// What the consumers of a factory make.
pub type Made<F> = <<F as Factory>::Consumer as Consumer>::Output;

/// What a caught panic says.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let known = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = known.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("internal error: {}", text.as_deref().unwrap_or("of unknown kind"))
}

fn read_set<F: Factory>(
    index: usize,
    set: &SourceSet,
    job: &Job<'_>,
    factory: &F,
    spare: &Spare,
) -> SetRead<Made<F>> {
    let read = SetRead { logs: Vec::new(), notices: Vec::new(), failures: Vec::new() };
    let mut reading = SetReading { index, set, part: "", job, factory, spare, read };
    for part in set.parts() {
        if job.watch.is_stopped() || reading.part(part).is_break() {
            break;
        }
    }
    factory.set_ended(index);
    reading.read
}

/// A set that is being read.
struct SetReading<'a, F: Factory> {
    index: usize,
    set: &'a SourceSet,
    part: &'a str,
    job: &'a Job<'a>,
    factory: &'a F,
    spare: &'a Spare,
    read: SetRead<Made<F>>,
}

impl<'a, F: Factory> SetReading<'a, F> {
    fn part(&mut self, part: &'a Part) -> ControlFlow<()> {
        self.part = part.name();
        let watch = self.job.watch;
        let visited = catch_unwind(AssertUnwindSafe(|| visit(part, watch.stored(), self)));
        visited.unwrap_or_else(|panic| {
            self.failed(part.name(), &*panic);
            ControlFlow::Continue(())
        })
    }

    fn failed(&mut self, name: &str, panic: &(dyn Any + Send)) {
        self.read.failures.push(Failure { name: name.to_owned(), text: panic_text(panic) });
    }

    /// A file is named like its set; what lies inside of it is a log of its own.
    fn logical_name(&self, file: &str) -> String {
        if file == self.part { self.set.name().to_owned() } else { file.to_owned() }
    }

    fn log_read(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> LogRead<Made<F>> {
        let name = self.logical_name(&info.name);
        let start = LogStart { set: self.index, name: &name, file: &info.name };
        let consumer = self.factory.consumer(&start);
        let sink = Sifted::new(self.job.streams, &name, consumer);
        let hint = SourceHint { name: name.clone(), modified: info.modified };
        let mut reader = Reader::new(self.job.reader, hint);
        let mut drain = Drain { bytes, reader: &mut reader, watch: self.job.watch, count: 0 };
        // Who is quick is worth a thread only where reading is slow.
        let handed = |sink: &Sifted<'_, F::Consumer>| {
            let consumer = sink.consumer();
            let needs = Some(consumer.needs()).filter(|needs| *needs != Needs::Nothing);
            needs.filter(|_| !(info.plain && consumer.is_quick()))
        };
        let sink = drain.run_out(sink, handed, self.spare);
        let count = drain.count;
        let (overview, consumer) = sink.close(&reader);
        LogRead {
            name,
            file: info.name.clone(),
            bytes: count,
            overview,
            formats: reader.formats(),
            known_formats: reader.known_formats(),
            assumptions: reader.assumptions(),
            output: consumer.finish(&reader),
        }
    }
}

impl<F: Factory> Visitor for SetReading<'_, F> {
    fn log(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
        self.job.watch.begin(&info.name);
        match catch_unwind(AssertUnwindSafe(|| self.log_read(info, bytes))) {
            Ok(log) => self.read.logs.push(log),
            Err(panic) => self.failed(&info.name, &*panic),
        }
        if self.job.watch.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn notice(&mut self, notice: Notice) {
        self.read.notices.push(notice);
    }
}

/// Takes the bytes of a log from a source to its reader. An error ends the log: what came before it counts, and the
/// source says in a notice what was wrong.
struct Drain<'a> {
    bytes: &'a mut dyn Read,
    reader: &'a mut Reader,
    watch: &'a Watch,
    /// Bytes read.
    count: u64,
}

impl Drain<'_> {
    /// Reads everything, from some length on with a second thread, if one is free.
    /// Only then it is asked what would be handed to it, if anything: what the sink has found out by then may be enough.
    fn run_out<S: RecordSink + Send>(
        &mut self,
        mut sink: S,
        handed: impl Fn(&S) -> Option<Needs>,
        spare: &Spare,
    ) -> S {
        let mut enough = LONG;
        while self.read_on(&mut sink, |count, _| count < enough) {
            let lent = handed(&sink).and_then(|needs| Some((needs, spare.borrow()?)));
            if let Some((needs, _lent)) = lent {
                let read = |passing: &mut Passing| {
                    self.read_on(passing, |_, passing| passing.is_heard());
                    self.reader.finish(passing);
                };
                match staged(sink, needs, read) {
                    Ok(((), sink)) => return sink,
                    Err(back) => sink = back,
                }
            }
            enough = enough.saturating_add(LONG);
        }
        self.reader.finish(&mut sink);
        sink
    }

    /// Reads as long as it may. Says whether there may be more.
    fn read_on<S: RecordSink>(&mut self, sink: &mut S, may: impl Fn(u64, &S) -> bool) -> bool {
        while !self.watch.is_stopped() {
            if !may(self.count, sink) {
                return true;
            }
            match self.bytes.read(self.reader.space()) {
                Ok(0) => break,
                Ok(count) => {
                    self.count += count as u64;
                    self.reader.filled(count, sink);
                }
                Err(again) if again.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use logsift_engine::records::record::Record;
    use logsift_sources::PlanOptions;
    use std::fs;
    use std::path::Path;
    use std::sync::Mutex;

    /// Gathers messages, and falls over at a message that says so.
    #[derive(Default)]
    struct Messages(Vec<String>);

    impl RecordSink for Messages {
        fn record(&mut self, record: &Record<'_>) {
            let message = String::from_utf8_lossy(record.message).into_owned();
            assert!(!message.contains("fall over"), "as asked");
            self.0.push(message);
        }
    }

    impl Consumer for Messages {
        type Output = Vec<String>;

        fn finish(self, _: &Reader) -> Vec<String> {
            self.0
        }
    }

    #[derive(Default)]
    struct Gather {
        ended: Mutex<Vec<usize>>,
    }

    impl Factory for Gather {
        type Consumer = Messages;

        fn consumer(&self, _: &LogStart<'_>) -> Messages {
            Messages::default()
        }

        fn set_ended(&self, set: usize) {
            self.ended.lock().unwrap().push(set);
        }
    }

    fn read_folder(folder: &Path, threads: usize) -> (Vec<SetRead<Vec<String>>>, Vec<usize>) {
        let plan = logsift_sources::plan(&[folder.into()], &PlanOptions::default());
        let (reader, watch) = (Settings::default(), Watch::default());
        let job = Job { reader: &reader, streams: None, threads, watch: &watch };
        let gather = Gather::default();
        let read = read(&plan, &job, &gather);
        let mut ended = gather.ended.into_inner().unwrap();
        ended.sort_unstable();
        (read, ended)
    }

    fn folder(logs: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for log in 0..logs {
            let text: String = (0..log % 5 * 100).map(|line| format!("row {line} of file {log}\n")).collect();
            fs::write(folder.path().join(format!("{log:03}-app.txt")), text + "the end\n").unwrap();
        }
        folder
    }

    #[test]
    fn results_stand_in_the_order_of_the_plan_with_any_number_of_threads() {
        let folder = folder(23);
        let text = |threads| {
            let (read, ended) = read_folder(folder.path(), threads);
            assert_eq!(ended, (0..23).collect::<Vec<_>>());
            let logs = read.into_iter().flat_map(|set| set.logs);
            logs.map(|log| (log.name, log.bytes, log.output)).collect::<Vec<_>>()
        };
        let one = text(1);
        assert_eq!(one.len(), 23);
        assert!(one[4].2.len() > 400 && one[4].2[7].contains("row 7 of file 4"), "{:?}", one[4].2.get(7));
        for threads in [0, 2, 3, 64] {
            assert_eq!(text(threads), one);
        }
    }

    #[test]
    fn a_panic_at_one_log_is_told_and_the_others_are_read() {
        let folder = folder(3);
        fs::write(folder.path().join("001-app.txt"), "first\nfall over\n").unwrap();
        for threads in [1, 3] {
            let (read, ended) = read_folder(folder.path(), threads);
            let failures: Vec<_> = read.iter().map(|set| set.failures.len()).collect();
            assert_eq!(failures, [0, 1, 0]);
            assert_eq!(read[1].failures[0].text, "internal error: as asked");
            assert!(read[1].failures[0].name.ends_with("001-app.txt"));
            assert!(read[1].logs.is_empty() && read[2].logs.len() == 1);
            assert_eq!(ended, [0, 1, 2]);
        }
    }

    /// Gives some bytes, then an error.
    struct Breaks(&'static [u8]);

    impl Read for Breaks {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0 {
                [] => Err(io::Error::other("the disk is gone")),
                some => {
                    out[..some.len()].copy_from_slice(some);
                    self.0 = &[];
                    Ok(some.len())
                }
            }
        }
    }

    #[test]
    fn what_came_before_an_error_is_kept() {
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        let watch = Watch::default();
        let mut breaks = Breaks(b"one\ntwo\nthr");
        let mut drain = Drain { bytes: &mut breaks, reader: &mut reader, watch: &watch, count: 0 };
        let messages = drain.run_out(Messages::default(), |_| Some(Needs::Everything), &Spare::default());
        assert_eq!(drain.count, 11);
        assert_eq!(messages.0, ["one", "two", "thr"]);
        assert!(reader.balance().holds());
    }
}
