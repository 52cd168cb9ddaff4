//! Numbered parts of a task in, every one of them done once, on so many threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use logsift_outliers::Workers;

/// So many threads, begun anew for every task: tasks are few and long.
#[derive(Clone, Copy, Debug)]
pub struct Threads(pub usize);

impl Workers for Threads {
    fn run(&self, parts: usize, task: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= parts {
                    return;
                }
                task(part);
            }
        };
        let others = self.0.min(parts).saturating_sub(1);
        thread::scope(|scope| {
            (0..others).for_each(|_| {
                scope.spawn(work);
            });
            work();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_done_once() {
        for threads in [0, 1, 2, 9] {
            for parts in [0, 1, 5, 100] {
                let done: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                Threads(threads).run(parts, &|part| {
                    done[part].fetch_add(1, Ordering::Relaxed);
                });
                let once = done.iter().all(|count| count.load(Ordering::Relaxed) == 1);
                assert!(once, "{threads} {parts}: {done:?}");
            }
        }
    }
}
