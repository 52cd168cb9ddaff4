//! How far the reading is, on standard error, if that is a terminal: bytes, rate, time left, file.
//!
//! A thread of its own looks at the [`Watch`] ten times a second, so that reading is never slowed down.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use logsift_pipeline::watch::Watch;
use logsift_reports::escape::for_terminal;
use logsift_reports::text::layout::shorten_middle;

const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// A bar that would be gone at once is not shown.
const QUIET_TIME: u32 = 3;
const FILE_NAME: usize = 30;
/// From this width on there is room for a bar and for the bytes.
const WIDE: usize = 80;

/// Shows progress until it is dropped.
pub(crate) struct Progress {
    ended: Arc<AtomicBool>,
    shower: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to show, if there is somebody to show it to. Without a total there is no time left to tell.
    pub(crate) fn show(watch: &Arc<Watch>, total: Option<u64>, wanted: bool) -> Progress {
        let ended = Arc::new(AtomicBool::new(false));
        let shower = (wanted && io::stderr().is_terminal()).then(|| {
            let (watch, ended) = (Arc::clone(watch), Arc::clone(&ended));
            thread::spawn(move || show(&watch, total, &ended))
        });
        Progress { ended, shower }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(shower) = self.shower.take() {
            shower.thread().unpark();
            // A bar that failed is no reason to fail.
            let _ = shower.join();
        }
    }
}

/// Shows how far a download is until it is dropped.
pub(crate) struct Download(Option<ProgressBar>);

impl Download {
    /// Begins to show, if there is somebody to show it to.
    pub(crate) fn show(wanted: bool) -> Download {
        let shown = wanted && io::stderr().is_terminal();
        Download(shown.then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10))))
    }

    /// So many bytes are there, of so many, where that is known.
    pub(crate) fn tell(&self, have: u64, whole: Option<u64>) {
        let Some(bar) = &self.0 else { return };
        if bar.length() != whole {
            bar.set_style(style(whole.is_some()));
            whole.into_iter().for_each(|whole| bar.set_length(whole));
        }
        bar.set_position(have);
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.0.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn show(watch: &Watch, total: Option<u64>, ended: &AtomicBool) {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
    bar.set_style(style(total.is_some()));
    let mut looks = 0;
    while !ended.load(Ordering::Relaxed) {
        thread::park_timeout(BETWEEN_LOOKS);
        looks += 1;
        if looks >= QUIET_TIME {
            bar.set_position(watch.stored_bytes());
            bar.set_message(shorten_middle(&for_terminal(&watch.current()), FILE_NAME));
        }
    }
    bar.finish_and_clear();
}

/// The last element of a line is cut where the terminal ends: a line that wraps cannot be drawn over.
fn style(has_total: bool) -> ProgressStyle {
    let columns =
        terminal_size::terminal_size_of(io::stderr()).map_or(0, |(columns, _)| usize::from(columns.0));
    let wide = columns >= WIDE;
    let template = match (has_total, wide) {
        (true, true) => "{bar:16} {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {wide_msg}",
        (true, false) => "{percent:>3} %  {bytes_per_sec}  {eta} left  {wide_msg}",
        (false, _) => "{spinner} {bytes}  {bytes_per_sec}  {wide_msg}",
    };
    let style = ProgressStyle::with_template(template);
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▌ ")
}
