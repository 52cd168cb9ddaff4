//! A path in, the bytes of the one file behind it out, packed or not.
//!
//! Files are opened the way logs are, so the same compressions are known and nothing hangs. What could be read
//! only in part is refused: figures of a part would be figures of something else.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use logsift_sources::{LogInfo, Notice, NoticeKind, Plan, PlanOptions, Visitor, plan, visit};

use crate::error::EvalError;
use crate::table::shown;

/// What is read for a path: that file and none of its rotated siblings.
pub(crate) fn planned(path: &Path) -> Plan {
    plan(&[path.into()], &PlanOptions { rotated: false, ..PlanOptions::default() })
}

/// Opens the file and hands its name and its bytes to `take`.
pub(crate) fn read<T>(
    path: &Path,
    take: impl FnOnce(&str, &mut dyn Read) -> Result<T, EvalError>,
) -> Result<T, EvalError> {
    let plan = planned(path);
    let mut opened = Opened { take: Some(take), taken: None, unread: None };
    plan.notices.into_iter().for_each(|notice| opened.notice(notice));
    for part in plan.sets.iter().flat_map(|set| set.parts()) {
        let _ = visit(part, &AtomicU64::new(0), &mut opened);
    }
    match (opened.unread, opened.taken) {
        (Some(error), _) => Err(error),
        (None, Some(taken)) => taken,
        (None, None) => {
            Err(EvalError::Unreadable { file: shown(path), reason: "holds nothing to read".to_owned() })
        }
    }
}

struct Opened<T, F> {
    take: Option<F>,
    taken: Option<Result<T, EvalError>>,
    unread: Option<EvalError>,
}

impl<T, F: FnOnce(&str, &mut dyn Read) -> Result<T, EvalError>> Visitor for Opened<T, F> {
    fn log(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
        let Some(take) = self.take.take() else {
            let reason = "holds more than one file\nhint: unpack it and name one of them".to_owned();
            self.unread = Some(EvalError::Unreadable { file: info.name.clone(), reason });
            return ControlFlow::Break(());
        };
        self.taken = Some(take(&info.name, bytes));
        ControlFlow::Continue(())
    }

    fn notice(&mut self, notice: Notice) {
        if notice.kind != NoticeKind::Noted && self.unread.is_none() {
            self.unread = Some(EvalError::Unreadable { file: notice.name, reason: notice.text });
        }
    }
}
