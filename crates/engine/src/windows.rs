//! Here are records with their skeletons: how many, of which stream, in which interval of log time?
//!
//! A [`Gather`] counts the records of one log into [`Cell`]s while the log is read; a [`History`] holds the cells
//! of many logs and is what a model keeps. When everything was read and the templates are known, a [`Timeline`]
//! is laid out: the cells of templates, interval by interval, which the detectors walk through in the order
//! of log time.
//!
//! Cells are counts, minima and maxima. They merge by addition whatever the order, and that makes every
//! detector mergeable: what a detector knows is always derived from the cells before the interval at hand,
//! so two models merge exactly when their cells do.

mod cell;
mod gather;
mod history;
mod kin;
#[cfg(test)]
mod laws;
mod longer;
mod timeline;

pub use cell::{Cell, Extremes, Place, Stood};
pub use gather::{Gather, Seen};
pub use history::{Gathered, History};
pub use kin::kind_of;
pub(crate) use longer::doublings;
pub use timeline::{
    Interval, Numbers, Stream, TemplateFacts, Timeline, TimelineCell, TimelineSettings, Window,
};
