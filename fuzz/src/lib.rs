//! What must hold for any bytes: one check per target, shared by the fuzzer and by a plain test.
//!
//! The fuzzer hands in bytes of its own; the test `seeds` of the pipeline runs every file below
//! `fuzz/seeds` through the same checks, so that they are exercised without a fuzzer, too.

mod mining;
mod pushed;
mod reading;
mod splitting;
mod stored;
mod taking_apart;

/// A check of one target; it panics where something does not hold.
type Check = fn(&[u8]);

/// Every target with its check.
pub const TARGETS: &[(&str, Check)] = &[
    ("archives", stored::archives),
    ("container", splitting::container),
    ("journal", splitting::journal),
    ("json", taking_apart::json),
    ("logfmt", taking_apart::logfmt),
    ("model", stored::model),
    ("pattern", reading::pattern),
    ("push_bulk", pushed::bulk),
    ("push_lines", pushed::lines),
    ("push_loki", pushed::loki),
    ("push_otlp", pushed::otlp),
    ("push_unpacking", pushed::unpacking),
    ("reader", reading::reader),
    ("redact", taking_apart::redact),
    ("separated", taking_apart::separated),
    ("state", mining::state),
    ("syslog", taking_apart::syslog),
    ("templates", mining::templates),
    ("timestamp", taking_apart::timestamp),
    ("traces", splitting::traces),
];

/// Runs the check of that target.
pub fn check(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, check) = found.unwrap_or_else(|| panic!("no target is called `{target}`"));
    check(bytes);
}
