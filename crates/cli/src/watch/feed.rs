//! Files and standard input in, their lines to whoever follows them.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use logsift_pipeline::following::Following;
use logsift_pipeline::following::positions::Left;
use logsift_sources::{Change, Follower, Notice, Part, Plan};

use super::name;
use super::state::State;

/// Blocks of standard input that may wait.
const WAITING: usize = 64;
const BLOCK: usize = 64 << 10;

/// Everything that is followed.
pub(super) struct Feed {
    sources: Vec<(String, Source)>,
}

enum Source {
    File(Follower),
    Stdin(Stdin),
}

struct Stdin {
    blocks: Receiver<Vec<u8>>,
    /// A block that came while nobody asked for it.
    early: Option<Vec<u8>>,
    begun: bool,
    ended: bool,
}

impl Feed {
    pub(super) fn new(plan: &Plan, state: Option<&State>) -> Feed {
        let source = |set: &logsift_sources::SourceSet| {
            let name = name(set);
            let source = match set.parts().first().and_then(Part::path) {
                Some(path) => {
                    Source::File(Follower::new(path, state.and_then(|state| state.position(&name))))
                }
                None => Source::Stdin(Stdin::begin()),
            };
            (name, source)
        };
        Feed { sources: plan.sets.iter().map(source).collect() }
    }

    /// Hands on what has come. Gives the number of bytes and what could not be read.
    pub(super) fn poll(&mut self, following: &mut Following) -> (u64, Vec<Notice>) {
        let (mut bytes, mut notices) = (0, Vec::new());
        for (set, (_, source)) in self.sources.iter_mut().enumerate() {
            match source {
                Source::File(follower) => {
                    let (count, notice) = follower.poll(&mut |change| hand_on(change, set, following));
                    bytes += count;
                    notices.extend(notice);
                }
                Source::Stdin(stdin) => bytes += stdin.poll(set, following),
            }
        }
        (bytes, notices)
    }

    /// Waits for a while, but not if something comes on standard input.
    pub(super) fn wait(&mut self, time: Duration) {
        let stdin = self.sources.iter_mut().find_map(|(_, source)| match source {
            Source::Stdin(stdin) if !stdin.ended => Some(stdin),
            _ => None,
        });
        match stdin {
            Some(stdin) => stdin.wait(time),
            None => thread::sleep(time),
        }
    }

    /// Whether nothing can come any more.
    pub(super) fn has_ended(&self) -> bool {
        self.sources.iter().all(|(_, source)| matches!(source, Source::Stdin(stdin) if stdin.ended))
    }

    /// Where every file would be left now.
    pub(super) fn left(&self, following: &Following) -> BTreeMap<String, Left> {
        let left = |(set, (name, source)): (usize, &(String, Source))| match source {
            Source::File(follower) => {
                let pattern = following.pattern(set).map(str::to_owned);
                Some((name.clone(), Left { position: follower.position()?, pattern }))
            }
            Source::Stdin(_) => None,
        };
        self.sources.iter().enumerate().filter_map(left).collect()
    }

    /// Hands on half lines, too: their other halves will not be waited for.
    pub(super) fn finish(&mut self, following: &mut Following) {
        for (set, (_, source)) in self.sources.iter_mut().enumerate() {
            if let Source::File(follower) = source {
                // The log itself ends when all are judged, in the order of the plan.
                follower.finish(&mut |change| {
                    if let Change::Lines(lines) = change {
                        following.take(set, lines);
                    }
                });
            }
        }
    }
}

fn hand_on(change: Change<'_>, set: usize, following: &mut Following) {
    match change {
        Change::Begun { modified, before } => following.begin(set, modified, before),
        Change::Lines(lines) => following.take(set, lines),
        Change::Ended => following.end(set, false),
    }
}

impl Stdin {
    fn begin() -> Stdin {
        let (send, blocks) = sync_channel(WAITING);
        // It ends with the process: nothing can wake it from a read.
        thread::spawn(move || read_all(&send));
        Stdin { blocks, early: None, begun: false, ended: false }
    }

    fn poll(&mut self, set: usize, following: &mut Following) -> u64 {
        if !std::mem::replace(&mut self.begun, true) {
            following.begin(set, None, (0, 0));
        }
        let mut count = 0;
        for _ in 0..WAITING {
            let block = match self.early.take() {
                Some(block) => block,
                None => match self.blocks.try_recv() {
                    Ok(block) => block,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.ended = true;
                        break;
                    }
                },
            };
            count += block.len() as u64;
            following.take(set, &block);
        }
        count
    }

    fn wait(&mut self, time: Duration) {
        match self.blocks.recv_timeout(time) {
            Ok(block) => self.early = Some(block),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.ended = true,
        }
    }
}

/// Sends whole lines, as long as somebody takes them.
fn read_all(send: &SyncSender<Vec<u8>>) {
    let (mut stdin, mut block, mut pending) = (io::stdin().lock(), vec![0; BLOCK], Vec::new());
    loop {
        match stdin.read(&mut block) {
            Ok(0) => break,
            Ok(count) => pending.extend_from_slice(block.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        }
        let Some(last) = pending.iter().rposition(|byte| *byte == b'\n') else { continue };
        let rest = pending.split_off(last + 1);
        if send.send(std::mem::replace(&mut pending, rest)).is_err() {
            return;
        }
    }
    // Whoever took the lines may be gone; there is nobody to tell then.
    let _ = send.send(pending);
}
