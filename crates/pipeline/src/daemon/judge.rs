//! The journal in, what is unusual out: reads what was kept, judges it from time to time, ends epochs, and writes facts.
//!
//! How often is judged follows from what judging costs, so that it never takes more than a sixth of the time. What is
//! written does not depend on it: what was found before the end of an epoch is found anew at its end.

mod heap;
mod housekeeping;
mod pace;
mod start;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use logsift_engine::model::Learned;
use logsift_stores::StoreError;
use logsift_stores::facts::ModelFact;
use logsift_stores::generation::{self, Generation, Table};
use logsift_stores::journal::{Known, Mark, Tail, Turn};

use super::counted::{Shared, now};
use super::epoch::{Epoch, Found, Manner};
use super::incidents::Now;
use super::ledger::Ledger;
use super::settings::Retention;
use super::status::{BudgetStatus, MemoryPart, ModelStatus};
use super::verdicts::Verdicts;
use pace::Pace;

/// How long is waited for lines.
const PATIENCE: Duration = Duration::from_millis(250);
/// Bytes that are read before somebody else has a turn.
const AT_ONCE: u64 = 8 << 20;
/// How long is waited after facts or a generation could not be written.
const PAUSE: Duration = Duration::from_secs(2);

/// Reads the journal and judges it.
pub(super) struct Judge {
    shared: Arc<Shared>,
    journal: PathBuf,
    models: PathBuf,
    tail: Tail,
    /// How far every source is read.
    known: Known,
    /// Nothing only while an epoch turns.
    epoch: Option<Epoch>,
    ledger: Ledger,
    segment: u64,
    records: u64,
    pace: Pace,
    retention: Retention,
    /// Values of slots may be shown.
    values: bool,
    reader: logsift_engine::reader::Settings,
}

/// How reading went.
enum Read {
    /// There is more.
    More,
    /// That was all for now.
    All,
    /// An epoch is over; the next has that number.
    Sealed(u64),
}

impl Judge {
    /// Works until all ends and nothing waits.
    pub(super) fn run(mut self) {
        loop {
            let (mark, is_last, asked) = {
                let progress = self.shared.progress();
                (progress.mark, progress.kept_all, progress.asked)
            };
            match self.read(mark) {
                Ok(Read::Sealed(next)) => {
                    if !self.end_epoch(next) {
                        return;
                    }
                }
                // What is in the journal is read at the next start.
                Ok(Read::More) if self.shared.is_stopping() => return,
                Ok(Read::More) => self.judge_in_time(),
                Ok(Read::All) => {
                    if is_last {
                        // Facts are up to date then; where that takes long the next start does it.
                        if self.pace.is_quick() {
                            self.judge_now(true);
                        }
                        return;
                    }
                    self.caught_up();
                    self.answer(asked);
                    self.obey();
                    self.judge_in_time();
                    self.keep_house();
                    self.wait(mark, asked);
                }
                Err(error) => {
                    self.shared.progress().unwritten = Some(error.to_string());
                    self.shared.renew_ready();
                    if self.shared.is_stopping() {
                        return;
                    }
                    self.shared.rest(PAUSE);
                }
            }
        }
    }

    /// Reads for one turn.
    fn read(&mut self, mark: Mark) -> Result<Read, StoreError> {
        let (mut lines, mut bytes, mut at) = (0, 0, 0);
        let begun = Instant::now();
        let read = loop {
            // Many short logs take longer than as many bytes of a long one.
            if bytes >= AT_ONCE || self.shared.is_over() {
                break Read::More;
            }
            match self.tail.turn(mark)? {
                Turn::End => break Read::All,
                Turn::Sealed(next) => break Read::Sealed(next),
                Turn::Lines(source, frame, stands) => {
                    let place = self.known.place(source);
                    let count = frame.bytes.len();
                    if let (Some(epoch), Some(state)) = (&mut self.epoch, self.known.sources.get(place)) {
                        epoch.take(place, state, frame.received, frame.bytes, stands);
                        self.shared.listeners.tell_lines(&state.source, frame.bytes);
                    }
                    self.known.came(source, &frame);
                    (lines, bytes, at) = (lines + frame.count, bytes + count as u64, frame.received);
                }
            }
        };
        if bytes > 0 {
            self.pace.came(begun);
            let mut progress = self.shared.progress();
            progress.read.0 += lines;
            progress.read.1 += bytes;
            progress.read_at = at;
            drop(progress);
            self.shared.room.notify_all();
        }
        Ok(read)
    }

    fn caught_up(&mut self) {
        let was = std::mem::replace(&mut self.shared.progress().caught_up, true);
        if !was {
            self.judge_now(true);
            self.shared.renew_ready();
        }
    }

    /// Who asked for everything to be judged is told that it is.
    fn answer(&mut self, asked: u64) {
        if self.shared.progress().answered >= asked {
            return;
        }
        self.listen();
        if self.judge_now(true) {
            self.shared.progress().answered = asked;
            self.shared.moved.notify_all();
        }
    }

    fn wait(&self, mark: Mark, asked: u64) {
        let progress = self.shared.progress();
        // What came since is not waited for.
        if progress.mark != mark || progress.asked != asked || progress.kept_all {
            return;
        }
        let waited = self.shared.moved.wait_timeout(progress, PATIENCE);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Heeds what people said since.
    fn listen(&mut self) {
        let renewed = self.shared.said().renewed();
        if let (Some(feedback), Some(epoch)) = (renewed, &mut self.epoch)
            && epoch.heed(feedback)
        {
            self.pace.anew();
        }
    }

    fn judge_in_time(&mut self) {
        self.listen();
        if self.pace.is_due(self.shared.progress().caught_up) {
            let with_counts = self.pace.counts_are_due();
            self.judge_now(with_counts);
        }
    }

    /// Judges and writes; says whether that was written: it is not where it failed, or where all ends before.
    fn judge_now(&mut self, with_counts: bool) -> bool {
        heap::apart(|| self.judge_and_write(with_counts))
    }

    fn judge_and_write(&mut self, with_counts: bool) -> bool {
        let begun = Instant::now();
        let is_idle = self.pace.is_idle();
        let Some(epoch) = &mut self.epoch else { return false };
        let shared = Arc::clone(&self.shared);
        let Some(found) = epoch.judge(!is_idle, &|| shared.is_over()) else { return false };
        let now = self.now(&found, is_idle, false);
        let written = self.write(&found, now, with_counts);
        drop(found);
        self.pace.judged(begun, is_idle, with_counts);
        written
    }

    fn now(&self, found: &Found, is_idle: bool, is_final: bool) -> Now {
        Now { epoch: self.segment, clock: now(), log: found.last, is_idle, is_final }
    }

    fn write(&mut self, found: &Found, now: Now, with_counts: bool) -> bool {
        let entry = self.ledger.entry(found, &self.known.sources, now, with_counts, self.values);
        let mut writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let written = writer.judged_unless(&entry.judged, &|| self.shared.is_over());
        drop(writer);
        match written {
            // The next start judges it anew.
            Ok(false) => false,
            Ok(true) => {
                self.ledger = entry.after;
                self.ledger.incidents.forget(now);
                self.say(None);
                self.shared.hits().judged(&found.hits, now.is_final);
                entry.events.iter().for_each(|event| self.shared.listeners.tell(event));
                self.tell_figures(found, with_counts);
                true
            }
            Err(error) => {
                // Nothing is given up: the next judgement writes it.
                self.say(Some(error.to_string()));
                false
            }
        }
    }

    fn say(&self, problem: Option<String>) {
        let was = std::mem::replace(&mut self.shared.progress().unwritten, problem.clone());
        if was != problem {
            self.shared.renew_ready();
        }
    }

    /// What the status says.
    fn tell_figures(&mut self, found: &Found, with_counts: bool) {
        let facts = super::Facts::open(&self.shared.facts).ok();
        let mut knowledge = self.shared.knowledge();
        if let Some(facts) = facts {
            knowledge.findings = facts.finding_counts().unwrap_or_default();
            knowledge.incidents = facts.incident_counts().unwrap_or_default();
        }
        let budget = &found.detection.budget;
        knowledge.budget = BudgetStatus {
            asked: budget.asked.clone(),
            allowed: budget.allowed,
            spent: budget.spent,
            held: budget.held_over_budget + budget.held_learning + budget.held_marked_normal,
        };
        knowledge.last_record = found.last.or(knowledge.last_record);
        knowledge.templates = found.templates.list().len() as u64;
        knowledge.judgements = self.pace.judgements();
        let parts = self.epoch.as_ref().map(Epoch::memory).unwrap_or_default();
        let parts = parts.into_iter().map(|(part, bytes)| (part.to_owned(), bytes as u64));
        knowledge.memory = parts.map(|(part, bytes)| MemoryPart { part, bytes }).collect();
        drop(knowledge);
        if with_counts {
            self.shared.set_known(Verdicts::new(&self.reader, &found.templates));
        }
    }

    /// Everything of the epoch is judged for good, and learned. Whatever fails is tried again: the epoch is over only
    /// when all of it is on the disk. Says whether it is; else all ends, and what is in the journal is judged at the next
    /// start.
    fn end_epoch(&mut self, next: u64) -> bool {
        self.listen();
        let Some(templates) = heap::apart(|| self.judge_for_good()) else { return false };
        !self.shared.is_over() && self.learn(next, "learned", templates)
    }

    /// Gives the number of templates; nothing where all ends before.
    fn judge_for_good(&mut self) -> Option<u64> {
        let shared = Arc::clone(&self.shared);
        let mut begun = Instant::now();
        self.epoch.as_mut()?.close();
        loop {
            let found = self.epoch.as_mut()?.judge(false, &|| shared.is_over())?;
            let now = self.now(&found, false, true);
            if self.write(&found, now, true) {
                self.pace.judged(begun, false, true);
                return Some(found.templates.list().len() as u64);
            }
            if self.shared.is_stopping() {
                return None;
            }
            self.shared.rest(PAUSE);
            begun = Instant::now();
        }
    }

    /// The model takes the epoch in. Says whether it is on the disk.
    fn learn(&mut self, next: u64, note: &str, templates: u64) -> bool {
        let Some(epoch) = self.epoch.take() else { return false };
        let lesson = epoch.learn();
        for (state, pattern) in self.known.sources.iter_mut().zip(&lesson.patterns) {
            state.pattern.clone_from(pattern);
        }
        let model = lesson.known.write();
        self.records = lesson.known.totals().count();
        let table = Table { segment: next, sources: self.known.sources.clone(), records: self.records };
        let Some(model) = self.save(Generation { table, model }, note, templates) else { return false };
        // What is read back is what a start would begin with: the same to the last bit.
        let known = Learned::read(&model, lesson.manner.memory).unwrap_or(lesson.known);
        self.begin(next, known, lesson.manner);
        heap::give_back();
        true
    }

    fn begin(&mut self, segment: u64, known: Learned, manner: Manner) {
        self.segment = segment;
        self.ledger.turn();
        self.epoch = Some(Epoch::new(manner, &self.journal, known, &self.known.sources));
    }

    /// Writes a generation, however long it takes. Gives the bytes of its model; nothing where all ends before.
    fn save(&mut self, generation: Generation, note: &str, templates: u64) -> Option<Vec<u8>> {
        let bytes = loop {
            match generation::write(&self.models, &generation) {
                Ok(bytes) => break bytes,
                Err(error) => {
                    self.say(Some(error.to_string()));
                    if self.shared.is_stopping() {
                        return None;
                    }
                    self.shared.rest(PAUSE);
                }
            }
        };
        self.say(None);
        let written = now();
        let fact = ModelFact {
            generation: generation.table.segment,
            written,
            bytes,
            records: generation.table.records,
            templates,
            active: true,
            kept: true,
            note: note.to_owned(),
        };
        let kept = generation::numbers(&self.models).unwrap_or_default();
        let mut writer = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // The list of models is for people; the files are what counts.
        let _ = writer.model(&fact).and_then(|()| writer.models_kept(&kept));
        drop(writer);
        let mut knowledge = self.shared.knowledge();
        knowledge.model =
            ModelStatus { generation: fact.generation, age_seconds: None, records: fact.records };
        knowledge.model_written = Some(written);
        Some(generation.model)
    }
}
