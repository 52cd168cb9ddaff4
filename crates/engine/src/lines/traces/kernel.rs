//! Linux: oopses, warnings, lockups and hung tasks, with their registers and calls.
//!
//! Every line of them carries the header of the kernel log, so what is looked at is the message after it, and only
//! what cannot be a message of its own belongs. After the mark of the end the kernel prints the registers once more.

use super::Verdict;
use super::shape::{begins_with_any, first_word, is_indented};

#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel;

const OPENINGS: &[&[u8]] = &[
    b"------------[ cut here ]------------",
    b"BUG: ",
    b"Oops: ",
    b"Oops#",
    b"kernel BUG at ",
    b"WARNING: CPU: ",
    b"Call Trace:",
    b"Call trace:",
    b"Unable to handle kernel ",
    b"Internal error: Oops",
    b"general protection fault",
    b"divide error: ",
    b"invalid opcode: ",
    b"stack segment: ",
    b"INFO: task ",
    b"INFO: rcu_",
    b"rcu: INFO: rcu_",
    b"watchdog: BUG: soft lockup",
    b"watchdog: Watchdog detected hard LOCKUP",
    b"NMI watchdog: ",
    b"NMI backtrace for cpu ",
    b"Kernel panic - not syncing",
    b"Mem abort info:",
];

pub(super) fn begin(line: &[u8]) -> Option<Kernel> {
    let may_open = matches!(
        line.first()?,
        b'-' | b'='
            | b'B'
            | b'O'
            | b'k'
            | b'W'
            | b'C'
            | b'U'
            | b'I'
            | b'g'
            | b'd'
            | b'i'
            | b's'
            | b'r'
            | b'w'
            | b'N'
            | b'K'
            | b'M'
    );
    (may_open && (begins_with_any(line, OPENINGS) || is_rule(line))).then_some(Kernel)
}

/// The row of `=` before and after a report of the memory checker.
fn is_rule(line: &[u8]) -> bool {
    line.len() == 66 && line.iter().all(|byte| *byte == b'=')
}

impl Kernel {
    pub(super) fn accepts(&mut self, line: &[u8]) -> Verdict {
        match line {
            _ if begins_with_any(line, &[b"---[ end Kernel panic", b"Rebooting in "]) => Verdict::Last,
            _ if is_indented(line) || is_call(line) || is_register(line) => Verdict::Yes,
            _ if begins_with_any(line, PARTS) || begins_with_any(line, REOPENINGS) || is_rule(line) => {
                Verdict::Yes
            }
            _ => Verdict::No,
        }
    }
}

/// The openings that also stand inside of a report that another of them began.
const REOPENINGS: &[&[u8]] = &[
    b"BUG: ",
    b"Oops: ",
    b"WARNING: CPU: ",
    b"kernel BUG at ",
    b"Call Trace:",
    b"Call trace:",
    b"Internal error: Oops",
    b"invalid opcode: ",
    b"Mem abort info:",
    b"NMI backtrace for cpu ",
    b"Kernel panic - not syncing",
];

const PARTS: &[&[u8]] = &[
    b"---[ end trace ",
    b"#PF: ",
    b"PGD ",
    b"CPU: ",
    b"PID: ",
    b"Hardware name: ",
    b"Workqueue: ",
    b"Modules linked in: ",
    b"Unloaded tainted modules: ",
    b"Tainted: ",
    b"Sched_ext: ",
    b"Code: ",
    b"Stack:",
    b"<TASK>",
    b"</TASK>",
    b"<IRQ>",
    b"</IRQ>",
    b"<NMI>",
    b"</NMI>",
    b"RIP: ",
    b"RSP: ",
    b"EIP: ",
    b"FS: ",
    b"ESR = ",
    b"FAR = ",
    b"Data abort info:",
    b"swapper pgtable: ",
    b"user pgtable: ",
    b"pstate: ",
    b"pc : ",
    b"lr : ",
    b"sp : ",
    b"note: ",
    b"irq event stamp: ",
    b"hardirqs last ",
    b"softirqs last ",
    b"task:",
    b"\"echo 0 > /proc/sys/kernel/hung_task",
    b"Kernel Offset: ",
    b"Fixing recursive fault",
    b"Sending NMI from CPU ",
    b"Showing all locks held in the system:",
    b"Write of size ",
    b"Read of size ",
    b"Allocated by task ",
    b"Freed by task ",
    b"The buggy address ",
    b"Memory state around the buggy address:",
    b"page:",
    b"flags: 0x",
    b"raw: ",
    b"page dumped because: ",
    b">ffff",
];

/// `do_syscall_64+0x5c/0x90`, with `? ` before it where the kernel is not sure.
fn is_call(line: &[u8]) -> bool {
    let name = first_word(line.strip_prefix(b"? ").unwrap_or(line));
    memchr::memmem::find(name, b"+0x")
        .is_some_and(|at| at > 0 && name.get(at + 3..).is_some_and(|rest| rest.contains(&b'/')))
}

/// `RAX: 0000000000000000 RBX: …`, `x29: ffff80001267bd30 x28: …`, `R10: …`.
fn is_register(line: &[u8]) -> bool {
    let word = first_word(line);
    let name = word.strip_suffix(b":").unwrap_or_default();
    let value = line.get(word.len()..).unwrap_or_default().trim_ascii_start();
    let value = value.strip_prefix(b": ").unwrap_or(value);
    let named = (2..=6).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric);
    named && value.iter().take(4).filter(|byte| byte.is_ascii_hexdigit()).count() == 4
}
