//! Takes the words a user typed, gives byte streams of logs: nothing is lost and nothing hangs.
//!
//! [`plan()`] resolves paths, folders, globs and `-` into [`SourceSet`]s, one for each logical log,
//! rotated files in the order in which they were written. [`visit()`] then streams every log that a
//! [`Part`] holds, through any layers of compression and archives, to a [`Visitor`]. What could not
//! be read, or was left out, comes as a [`Notice`]; reading itself never fails.
//!
//! ```
//! use std::io::Read;
//! use std::ops::ControlFlow;
//! use std::sync::atomic::AtomicU64;
//! use logsift_sources::{LogInfo, Notice, PlanOptions, Visitor, plan, visit};
//!
//! struct Print;
//!
//! impl Visitor for Print {
//!     fn log(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
//!         let mut text = Vec::new();
//!         let count = bytes.read_to_end(&mut text).unwrap_or(0);
//!         println!("{}: {count} bytes", info.name);
//!         ControlFlow::Continue(())
//!     }
//!     fn notice(&mut self, notice: Notice) {
//!         println!("{notice}");
//!     }
//! }
//!
//! let plan = plan(&["Cargo.toml".into()], &PlanOptions::default());
//! let progress = AtomicU64::new(0);
//! for part in plan.sets.iter().flat_map(|set| set.parts()) {
//!     let _ = visit(part, &progress, &mut Print);
//! }
//! ```

mod archive;
mod binary;
mod codec;
mod compressed;
mod content;
mod file;
mod follow;
mod notice;
mod peek;
mod plan;
pub mod push;
mod rotated;
mod tail;
mod visit;

pub use follow::{Change, Follower, Position};
pub use notice::{Notice, NoticeKind};
pub use plan::{Part, Plan, PlanOptions, SourceSet, plan};
pub use rotated::Rotated;
pub use tail::{FilePlace, HALF_LINE, LogTail, Looked, Sample, Tailed, Take};
pub use visit::{LogInfo, Visitor, visit};
