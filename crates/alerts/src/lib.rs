//! Who is told, when, and when not.

pub mod allowance;
pub mod calendar;
pub mod channels;
pub mod labels;
pub mod matcher;
pub mod scalars;
pub mod settings;
