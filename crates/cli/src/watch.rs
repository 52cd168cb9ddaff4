//! `watch`: paths in, findings out as they happen, until somebody stops it.
//!
//! One thread does everything; standard input, which blocks, has one of its own. How often is judged follows from what
//! judging costs, so that it never takes more than a sixth of the time.

mod feed;
mod state;
mod tell;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use logsift_pipeline::detection::Detecting;
use logsift_pipeline::following::{Following, Moment};
use logsift_sources::{NoticeKind, Plan, PlanOptions, SourceSet, plan};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::arguments::Manners;
use crate::arguments::watch::Follow;
use crate::exit::{Exit, Problem};
use crate::screen;
use feed::Feed;
use state::State;
use tell::Teller;

/// How often files are looked at.
const POLL: Duration = Duration::from_millis(250);
/// The least time between two judgements, and how much longer than the judgement itself.
const PAUSE: Duration = Duration::from_secs(1);
const SHARE: u32 = 5;
/// After so long without a line, records that wait for more lines are over, and then open intervals.
const QUIET: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(70);

pub(crate) fn run(arguments: &Follow, manners: &Manners) -> Result<Exit, Problem> {
    let mut settings = arguments.how.settings(manners)?;
    if settings.needs_end() {
        return Err(Problem::usage(
            "a log that goes on has no end to count back from\nhint: give --since as a date",
        ));
    }
    settings.threads = 1;
    let plan = followed(arguments)?;
    let unreadable = tell_notices(&plan);
    let state =
        arguments.state.as_deref().map(|folder| State::open(folder, settings.redaction)).transpose()?;
    let known = match &state {
        Some(state) => state.known(),
        None => arguments.known.load(settings.redaction, manners)?,
    };
    let deploys = arguments.how.deploys(&arguments.detect.deploy)?;
    let session = Detecting::sessions_by(arguments.session.as_deref().unwrap_or(Detecting::FOUND));
    let detecting = Detecting { deploys, session, ..arguments.detect.settings(known)? };
    let stopped = stopping()?;
    let feed = Feed::new(&plan, state.as_ref());
    let patterns = plan.sets.iter().map(|set| state.as_ref()?.pattern(set.name())).collect::<Vec<_>>();
    let mut following = Following::new(plan, settings, detecting, state.is_some());
    (0..).zip(patterns).for_each(|(set, pattern)| following.was_read_with(set, pattern));
    let teller = Teller::new(arguments.format, manners);
    let mut watching = Watching {
        arguments,
        feed,
        following,
        teller,
        state,
        pace: Pace::new(),
        caught_up: false,
        unreadable,
    };
    watching.run(&stopped)?;
    watching.end()?;
    Ok(if watching.unreadable { Exit::Unreadable } else { Exit::Ran })
}

/// What is followed: every file by itself, since rotation is noticed as it happens.
fn followed(arguments: &Follow) -> Result<Plan, Problem> {
    let plan = plan(&arguments.paths, &PlanOptions { rotated: false, ..PlanOptions::default() });
    if plan.sets.is_empty() {
        tell_notices(&plan);
        return Err(Problem::unreadable("nothing to follow"));
    }
    Ok(plan)
}

fn tell_notices(plan: &Plan) -> bool {
    let grave = plan.notices.iter().filter(|notice| notice.kind == NoticeKind::Unreadable);
    grave.map(|notice| screen::complain(&notice.to_string())).count() > 0
}

fn stopping() -> Result<Arc<AtomicBool>, Problem> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // A second one ends the process as if nobody cared for it.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&stopped))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stopped)))
            .map_err(|error| Problem::internal(format!("cannot wait for signals: {error}")))?;
    }
    Ok(stopped)
}

struct Watching<'a> {
    arguments: &'a Follow,
    feed: Feed,
    following: Following,
    teller: Teller,
    state: Option<State>,
    pace: Pace,
    /// Everything that was there at the beginning has been read.
    caught_up: bool,
    unreadable: bool,
}

/// When what was done.
struct Pace {
    /// Lines have come that were not judged.
    waiting: bool,
    /// What may only be judged when nothing comes any more was.
    paused: bool,
    idled: bool,
    last_lines: Instant,
    next_judgement: Instant,
    saved: Instant,
}

impl Pace {
    fn new() -> Pace {
        let now = Instant::now();
        Pace { waiting: false, paused: true, idled: true, last_lines: now, next_judgement: now, saved: now }
    }
}

impl Watching<'_> {
    fn run(&mut self, stopped: &AtomicBool) -> Result<(), Problem> {
        while !stopped.load(Ordering::Relaxed) {
            let (bytes, notices) = self.feed.poll(&mut self.following);
            for notice in notices {
                screen::complain(&notice.to_string());
                self.unreadable = true;
            }
            let now = Instant::now();
            if bytes > 0 {
                let Pace { waiting, paused, idled, last_lines, .. } = &mut self.pace;
                (*waiting, *paused, *idled, *last_lines) = (true, false, false, now);
            }
            if bytes == 0 && self.feed.has_ended() {
                return Ok(());
            }
            self.judge_in_time(now, bytes == 0)?;
            self.save_in_time(now)?;
            if bytes == 0 {
                self.feed.wait(POLL);
            }
        }
        Ok(())
    }

    fn judge_in_time(&mut self, now: Instant, quiet: bool) -> Result<(), Problem> {
        let since = now.duration_since(self.pace.last_lines);
        if quiet && since >= QUIET && !self.pace.paused {
            self.following.pause();
            (self.pace.paused, self.pace.waiting) = (true, true);
        }
        let idle = quiet && since >= IDLE && !self.pace.idled;
        // What was there at the beginning is judged when all of it has been read.
        let ready = (self.caught_up || quiet) && now >= self.pace.next_judgement;
        if !ready || !(self.pace.waiting || idle) {
            return Ok(());
        }
        self.judge(if idle { Moment::Idle } else { Moment::Running })?;
        self.pace.waiting = false;
        self.pace.idled |= idle;
        let took = now.elapsed();
        self.pace.next_judgement = Instant::now() + PAUSE.max(took * SHARE);
        Ok(())
    }

    fn judge(&mut self, moment: Moment) -> Result<(), Problem> {
        let silently = !self.caught_up && self.arguments.only_new;
        self.caught_up = true;
        let news = self.following.judge(moment, silently);
        self.teller.tell(&news)
    }

    fn save_in_time(&mut self, now: Instant) -> Result<(), Problem> {
        if now.duration_since(self.pace.saved) < Duration::from_secs(self.arguments.save_every) {
            return Ok(());
        }
        self.pace.saved = now;
        self.save()
    }

    fn save(&mut self) -> Result<(), Problem> {
        let Some(state) = &mut self.state else { return Ok(()) };
        let Some(model) = self.following.model() else { return Ok(()) };
        state.save(&model, self.feed.left(&self.following))
    }

    /// Everything is judged once more, as a scan would do it now.
    fn end(&mut self) -> Result<(), Problem> {
        let left = self.feed.left(&self.following);
        // Half a line is read when its other half has come; without a state nobody will read it then.
        if self.state.is_none() {
            self.feed.finish(&mut self.following);
        }
        let silently = !self.caught_up && self.arguments.only_new;
        let moment = if self.feed.has_ended() { Moment::End } else { Moment::Stopped };
        let news = self.following.judge(moment, silently);
        self.teller.tell(&news)?;
        if let (Some(state), Some(model)) = (&mut self.state, self.following.model()) {
            state.save(&model, left)?;
        }
        self.teller.sum_up(&news);
        Ok(())
    }
}

/// The name of a source, as positions are kept under.
fn name(set: &SourceSet) -> String {
    set.name().to_owned()
}
