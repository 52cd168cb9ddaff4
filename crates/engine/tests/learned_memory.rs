//! A damaged model of a miner: a clear error or a sound model, and never more memory than four times the file
//! and 64 MiB.
//!
//! The allocator counts, so this is the memory really taken. One test in one process: another thread's memory
//! would be counted, too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use logsift_engine::model::{
    BlockWriter, Kind, Learned, ModelError, ModelReader, ModelWriter, PartDigest, Redaction,
};
use logsift_engine::records::time::Time;
use logsift_engine::templates::{Facts, Miner, MinerSettings};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator with a count of the bytes that are out.
struct Counting;

// Every call is handed on to the system's allocator with the layout it came with, and what that returns is
// returned unchanged, so its guarantees are ours. The counters are atomic and allocate nothing.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(live, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `alloc` above, so from `System`, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BUDGET: usize = 64 << 20;

/// The model of a small log, with values, times and an id that was given out.
fn model() -> Vec<u8> {
    let mut miner = Miner::new(MinerSettings { budget: BUDGET, keep_values: true });
    let mut digest = PartDigest::default();
    for line in 0..9u64 {
        let text = format!("user u{line} took {line} ms at 10.0.0.{line}");
        digest.add(text.as_bytes());
        let time = Some(Time::from_nanos(line as i64 * 1_000_000_000));
        miner.add(text.as_bytes(), &Facts { line, time, ..Facts::default() });
    }
    miner.issue();
    let mut learned = Learned::new(Redaction::None, BUDGET);
    let part = digest.part().expect("it has records");
    assert!(learned.learn(part, miner, Default::default()));
    learned.write()
}

/// Reads and says how it ended; fails where too much memory was taken on the way, or where the error is one
/// that nobody can act on.
fn read_within_bounds(bytes: &[u8]) -> Result<Learned, ModelError> {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = Learned::read(bytes, BUDGET);
    let taken = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    let allowed = 4 * bytes.len() + (64 << 20);
    assert!(taken <= allowed, "{taken} bytes taken for a model of {} bytes", bytes.len());
    if let Err(error) = &result {
        assert!(error.to_string().contains("hint: "), "{error}");
    }
    result
}

/// The blocks of a model, of which one has another payload: sound checksums around damage.
fn resealed(model: &ModelReader<'_>, number: u16, payload: &[u8]) -> Vec<u8> {
    let mut writer = ModelWriter::new(model.header().settings);
    for block in model.blocks() {
        let kind = Kind::mandatory(block.kind, "any", block.version);
        let bytes = if block.kind == number { payload } else { block.payload };
        writer.block(kind, |block| block.raw(bytes));
    }
    writer.finish()
}

fn files_are_refused(sound: &[u8]) {
    assert!(read_within_bounds(sound).is_ok());
    for length in 0..sound.len() {
        assert!(read_within_bounds(&sound[..length]).is_err(), "{length} bytes");
    }
    for at in 0..sound.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut damaged = sound.to_vec();
            damaged[at] ^= change;
            let read = read_within_bounds(&damaged);
            assert!(read.is_err(), "byte {at} of {} changed by {change:#x}", sound.len());
        }
    }
}

/// Damage that the checksums do not show: it reaches those who read the blocks.
fn payloads_stay_within_bounds(sound: &[u8]) {
    let model = ModelReader::open(sound).expect("it was written just now");
    assert_eq!(resealed(&model, 0, &[]), sound, "sealing again changes nothing");
    let mut long = BlockWriter::default();
    long.varint(1 << 63);
    for block in model.blocks() {
        let payload = block.payload;
        for at in 0..payload.len() {
            let try_one = |payload: &[u8]| read_within_bounds(&resealed(&model, block.kind, payload)).is_ok();
            assert!(!try_one(&payload[..at]), "block {} cut at {at}", block.kind);
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = payload.to_vec();
                damaged[at] ^= change;
                try_one(&damaged);
            }
            try_one(&[&payload[..at], long.bytes(), &payload[at + 1..]].concat());
        }
    }
}

#[test]
fn damaged_models_are_refused_within_bounds() {
    let sound = model();
    files_are_refused(&sound);
    payloads_stay_within_bounds(&sound);
}
