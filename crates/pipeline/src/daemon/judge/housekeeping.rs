//! What is done beside the work: retention, room on the disk, and what people ask for.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use logsift_stores::facts::{JobFact, Kept};
use logsift_stores::generation::{self, Generation, Table};
use logsift_stores::journal::{self, Journal};
use logsift_stores::{Folder, Space, StoreError};

use super::super::analyses;
use super::super::counted::{Command, now};
use super::super::events::Event;
use super::Judge;

/// How often the house is kept.
const OFTEN: Duration = Duration::from_secs(5);
/// This part of the disk is left to others, but no more than so many bytes.
const LEFT: u64 = 20;
const LEFT_AT_MOST: u64 = 1 << 30;
const DAY: i64 = 86_400 * 1_000_000_000;
/// Facts may have this share of the room, lines that came in the rest.
const FACTS: u64 = 2;

impl Judge {
    /// Takes out what is too old or too much.
    pub(super) fn keep_house(&mut self) {
        if self.pace.kept.is_some_and(|at| at.elapsed() < OFTEN) {
            return;
        }
        self.pace.kept = Some(Instant::now());
        // What could not be taken out now is taken out next time; if the disk is full, writing will say so.
        let _ = self.take_out();
        analyses::forget(&self.shared.state, false);
    }

    fn take_out(&mut self) -> Result<(), StoreError> {
        let days = i64::from(self.retention.days).saturating_mul(DAY);
        let last = self.shared.knowledge().last_record.unwrap_or(i64::MIN);
        let limit = self.shared.limits.disk_bytes;
        let kept = Kept {
            logged_since: last.saturating_sub(days),
            since: now().saturating_sub(days),
            bytes: limit / FACTS,
        };
        self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).keep(&kept)?;
        let folder = Folder::look(&self.shared.state)?;
        let mut bytes = folder.bytes() + analyses::bytes(&self.shared.state);
        // A report can be made again.
        bytes -= analyses::give_back(&self.shared.state, bytes.saturating_sub(limit)).min(bytes);
        // The lines of epochs that are over are only there to be looked at.
        for (segment, size) in journal::segments(&self.journal)? {
            if bytes <= limit || segment >= self.spare() {
                break;
            }
            Journal::forget_before(&self.journal, segment + 1)?;
            bytes = bytes.saturating_sub(size);
        }
        self.shared.knowledge().disk_bytes = bytes;
        self.leave_room(&folder);
        Ok(())
    }

    /// The last of the disk belongs to others.
    fn leave_room(&self, folder: &Folder) {
        let is_full = |space: Space| space.free < (space.total / LEFT).min(LEFT_AT_MOST);
        let full = folder.space().filter(|space| is_full(*space)).map(|space| {
            format!("the disk of `{}` is nearly full ({} bytes free)", folder.path().display(), space.free)
        });
        let was = std::mem::replace(&mut self.shared.progress().full, full.clone());
        if was != full {
            self.shared.renew_ready();
        }
    }

    /// The first segment that a start from the older generation would need.
    fn spare(&self) -> u64 {
        let numbers = generation::numbers(&self.models).unwrap_or_default();
        numbers.first().copied().unwrap_or(0).min(self.segment)
    }

    /// Does what people ask for.
    pub(super) fn obey(&mut self) {
        loop {
            let Some((mut job, command)) = self.shared.commands().pop_front() else { return };
            "running".clone_into(&mut job.state);
            self.tell_job(&job);
            let done = self.done(command);
            job.ended = Some(now());
            job.progress = 1.0;
            job.state = if done.is_ok() { "done" } else { "failed" }.to_owned();
            job.message = Some(done.unwrap_or_else(|problem| problem));
            self.tell_job(&job);
        }
    }

    fn tell_job(&self, job: &JobFact) {
        self.shared.listeners.tell(&Event::Job(job.clone()));
        // The work is done whether it can be noted or not.
        let _ = self.shared.writer.lock().unwrap_or_else(PoisonError::into_inner).job(job);
    }

    fn done(&mut self, command: Command) -> Result<String, String> {
        match command {
            Command::Train => {
                self.shared.seal();
                Ok("what came so far is learned when all of it has been read".to_owned())
            }
            Command::Activate(number) => self.activate(number),
            Command::RollBack => {
                let numbers = generation::numbers(&self.models).map_err(|error| error.to_string())?;
                let before = numbers.into_iter().rfind(|number| *number < self.segment);
                self.activate(before.ok_or("there is no generation before this one")?)
            }
        }
    }

    /// The model of another generation takes the place of the present one; how far sources were read stays.
    fn activate(&mut self, number: u64) -> Result<String, String> {
        let path = self.models.join(generation::name(number));
        let other = generation::read(&path).map_err(|error| error.to_string())?;
        let present = generation::read(&self.models.join(generation::name(self.segment)));
        let table = present
            .map_or_else(|_| Table { segment: self.segment, ..Table::default() }, |present| present.table);
        if table.sources.is_empty() && self.segment > 0 {
            return Err("the present generation cannot be read, so its place cannot be taken".to_owned());
        }
        let known = logsift_engine::model::Learned::read(&other.model, self.shared.limits.memory_bytes)
            .map_err(|error| error.to_string())?;
        let table = Table { records: other.table.records, ..table };
        let templates = known.miner().templates().list().len() as u64;
        let note = format!("the model of generation {number}");
        self.save(Generation { table, model: other.model }, &note, templates)
            .ok_or("the daemon ended before it could be written")?;
        if let Some(epoch) = &mut self.epoch {
            epoch.judge_by(known);
        }
        Ok(format!("judges by the model of generation {number}"))
    }
}
