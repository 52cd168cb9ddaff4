//! Standard input in, its lines to the keeper.

use std::io::{self, Read};
use std::sync::Arc;

use logsift_stores::journal::{Source, count_lines};

use super::super::counted::{Append, Shared};
use super::super::{StartError, thread};

const BLOCK: usize = 64 << 10;

/// Starts to read. The thread ends with the process: nothing can wake it from a read.
pub(super) fn start(shared: Arc<Shared>) -> Result<(), StartError> {
    thread("stdin", move || read_all(&shared)).map(drop)
}

fn read_all(shared: &Shared) {
    let (mut stdin, mut block, mut pending) = (io::stdin().lock(), vec![0; BLOCK], Vec::new());
    loop {
        match stdin.read(&mut block) {
            Ok(0) => break,
            Ok(count) => pending.extend_from_slice(block.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                shared.set_problem("stdin", Some(error.to_string()));
                break;
            }
        }
        let Some(last) = pending.iter().rposition(|byte| *byte == b'\n') else { continue };
        let rest = pending.split_off(last + 1);
        if !hand(shared, std::mem::replace(&mut pending, rest)) {
            return;
        }
    }
    if !pending.is_empty() {
        pending.push(b'\n');
        hand(shared, pending);
    }
}

fn hand(shared: &Shared, lines: Vec<u8>) -> bool {
    let source = Source { name: "stdin".to_owned(), kind: "stdin".to_owned(), labels: Vec::new() };
    let count = count_lines(&lines);
    shared.hand(Append { source, file: None, lines, count, ends: true, then: None }).is_ok()
}
