//! What lies on disk: compressed files, archives, models.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;

use logsift_engine::features::Layout;
use logsift_engine::model::{Allowance, BlockReader, ModelError, ModelReader, PARTS, Parts};
use logsift_engine::sketches::{Bloom, Counts, Distinct, Quantiles, Top};
use logsift_sources::{LogInfo, Notice, PlanOptions, Visitor, plan, visit};

/// Unpacked bytes after which a visit is ended: a bomb goes on for hours.
const ENOUGH: usize = 8 << 20;

struct Count {
    left: usize,
    notices: usize,
}

impl Visitor for Count {
    fn log(&mut self, _info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
        let mut buffer = [0; 1 << 14];
        loop {
            let count = bytes.read(&mut buffer).expect("the reader of a log never fails");
            if count == 0 {
                return ControlFlow::Continue(());
            }
            self.left = self.left.saturating_sub(count);
            if self.left == 0 {
                return ControlFlow::Break(());
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.notices += usize::from(!notice.to_string().is_empty());
    }
}

/// The bytes as a file of any kind.
pub(crate) fn archives(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    file.write_all(bytes).expect("a temporary file can be written");
    let plan = plan(&[OsString::from(file.path())], &PlanOptions::default());
    let mut visitor = Count { left: ENOUGH, notices: plan.notices.len() };
    for part in plan.sets.iter().flat_map(|set| set.parts()) {
        if visit(part, &AtomicU64::new(0), &mut visitor).is_break() {
            return;
        }
    }
    let read = ENOUGH - visitor.left;
    assert!(read > 0 || visitor.notices > 0 || bytes.len() < 64, "what was not read is told of");
}

/// The bytes as a model, and as every kind of block without its frame.
pub(crate) fn model(bytes: &[u8]) {
    if let Ok(model) = ModelReader::open(bytes) {
        let _ = model.block(PARTS, Parts::read).map(|parts| parts.records());
    }
    type Read = fn(&mut BlockReader<'_>) -> Result<(), ModelError>;
    let kinds: [Read; 7] = [
        |block| Layout::read(block).map(drop),
        |block| Parts::read(block).map(drop),
        |block| Bloom::read(block).map(drop),
        |block| Counts::read(block).map(drop),
        |block| Distinct::read(block).map(drop),
        |block| Quantiles::read(block).map(drop),
        |block| Top::read(block).map(drop),
    ];
    for read in kinds {
        let allowance = Allowance::for_input(bytes.len());
        if let Err(error) = read(&mut BlockReader::new(bytes, &allowance)) {
            assert!(error.to_string().contains("hint: "), "{error}");
        }
    }
}
