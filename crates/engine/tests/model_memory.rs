//! A hostile model may not take more memory than four times its size and 64 MiB, whatever it claims.
//!
//! The allocator counts, so this is the memory really taken, not what the decoder believes. One test in one
//! process: another thread's memory would be counted, too.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use logsift_engine::model::{
    BlockReader, BlockWriter, Kind, ModelError, ModelReader, ModelWriter, PARTS, Parts,
};
use logsift_engine::records::time::Time;
use logsift_engine::sketches::{Bloom, Counts, Distinct, Quantiles, Top};

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

const SKETCHES: Kind = Kind::mandatory(2, "sketches", 1);
const KNOWN: &[Kind] = &[PARTS, SKETCHES];
const LIMIT: usize = 1 << 24;

type Sketches = (Distinct, Quantiles, Top, Counts, Bloom);

fn write_sketches(block: &mut BlockWriter, sketches: &Sketches) {
    sketches.0.write(block);
    sketches.1.write(block);
    sketches.2.write(block);
    sketches.3.write(block);
    sketches.4.write(block);
}

fn read_sketches(block: &mut BlockReader<'_>) -> Result<Sketches, ModelError> {
    Ok((
        Distinct::read(block)?,
        Quantiles::read(block)?,
        Top::read(block)?,
        Counts::read(block)?,
        Bloom::read(block)?,
    ))
}

fn read_model(bytes: &[u8]) -> Result<(Parts, Vec<Sketches>), ModelError> {
    let model = ModelReader::open_knowing(bytes, KNOWN)?;
    let parts = model.block_if_any(PARTS, Parts::read)?.unwrap_or_default();
    let sketches =
        model.block_if_any(SKETCHES, |block| block.list("sketches", LIMIT, 5, |item| read_sketches(item)))?;
    Ok((parts, sketches.unwrap_or_default()))
}

/// Sound checksums around any payload: damage gets through to the decoders.
fn sealed(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut writer = ModelWriter::new(0);
    writer.block(kind, |block| block.raw(payload));
    writer.finish()
}

/// Reads and says how it ended; fails where too much memory was taken on the way.
fn read_within_bounds(bytes: &[u8]) -> Result<(Parts, Vec<Sketches>), ModelError> {
    let before = LIVE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = read_model(bytes);
    let taken = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    let allowed = 4 * bytes.len() + (64 << 20);
    assert!(taken <= allowed, "{taken} bytes taken for a model of {} bytes", bytes.len());
    result
}

fn sample() -> Sketches {
    let mut sketches = Sketches::default();
    for item in 0..40u32 {
        sketches.0.add(u64::from(item));
        sketches.1.add(f64::from(item) * 1.5 - 9.0);
        sketches.2.add(u64::from(item), item.to_string().as_bytes());
        sketches.3.add(Time::from_nanos(i64::from(item) * 9_999_999_999));
        sketches.4.add(u64::from(item));
    }
    sketches
}

fn damaged_payloads_stay_within_bounds() {
    let mut payload = BlockWriter::default();
    payload.list([sample(), Sketches::default()].iter(), write_sketches);
    let payload = payload.bytes();
    assert_eq!(
        read_within_bounds(&sealed(SKETCHES, payload)),
        Ok((Parts::default(), vec![sample(), Sketches::default()]))
    );
    for at in 0..payload.len() {
        let cut = read_within_bounds(&sealed(SKETCHES, &payload[..at]));
        assert!(cut.is_err(), "cut at {at}");
        for change in [0x01, 0x80, 0xFF] {
            let mut damaged = payload.to_vec();
            damaged[at] ^= change;
            let _ = read_within_bounds(&sealed(SKETCHES, &damaged));
        }
        for length in [1u64 << 32, 1 << 63] {
            let mut long = BlockWriter::default();
            long.varint(length);
            let longer = [&payload[..at], long.bytes(), &payload[at + 1..]].concat();
            let _ = read_within_bounds(&sealed(SKETCHES, &longer));
        }
    }
}

/// Four bytes in the file become 130 in memory, a million times.
fn greedy_payloads_are_refused() {
    let mut greedy = BlockWriter::default();
    greedy.list(0..40_000, |block, _| {
        Distinct::default().write(block);
        [0, 0, 8].into_iter().for_each(|byte| block.byte(byte));
        block.list(-16..16i32, |block, key| {
            block.signed(i64::from(key));
            block.u16(1);
            block.varint(1);
        });
        block.f64(1.0);
        block.f64(1.0);
        block.flag(true);
        block.raw(&[0, 0]);
        Top::default().write(block);
        Counts::default().write(block);
        Bloom::default().write(block);
    });
    let model = sealed(SKETCHES, greedy.bytes());
    let result = read_within_bounds(&model);
    assert!(matches!(result, Err(ModelError::Memory { within: "sketches", .. })), "{:?}", result.err());

    let mut empty = BlockWriter::default();
    empty.list(0..300_000, |block, _| write_sketches(block, &Sketches::default()));
    let result = read_within_bounds(&sealed(SKETCHES, empty.bytes()));
    assert!(matches!(result, Err(ModelError::Memory { .. })), "{:?}", result.err());
}

/// As many parts and as many blocks as there may be.
fn full_containers_stay_within_bounds() {
    let mut parts = BlockWriter::default();
    parts.list(0..1u32 << 20, |block, id| {
        block.u128(u128::from(id));
        block.byte(1);
    });
    let read = read_within_bounds(&sealed(PARTS, parts.bytes()));
    assert_eq!(read.map(|(parts, _)| parts.len()), Ok(1 << 20));

    let mut writer = ModelWriter::new(0);
    (0x8000..0xFFFF).for_each(|number| writer.block(Kind::optional(number, "other", 1), |_| ()));
    let model = writer.finish();
    assert_eq!(read_within_bounds(&model), Ok((Parts::default(), Vec::new())));
}

#[test]
fn memory_stays_within_bounds() {
    damaged_payloads_stay_within_bounds();
    greedy_payloads_are_refused();
    full_containers_stay_within_bounds();
}
