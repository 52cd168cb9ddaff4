//! Figures of the process, as every client library of Prometheus gives them; only where `/proc` is.

use std::fs;

use super::exposition::Exposition;

/// Ticks a second in `/proc/self/stat`: the kernel shows this number to programs on every platform.
const TICKS: f64 = 100.0;

pub(super) fn write(out: &mut Exposition) {
    if let Some(bytes) = resident() {
        out.gauge("process_resident_memory_bytes", "Memory of the process.");
        out.sample(&[], bytes);
    }
    if let Some(seconds) = processor() {
        out.counter("process_cpu_seconds_total", "Time on the processor.");
        out.sample(&[], seconds);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        out.gauge("process_open_fds", "Open files and connections.");
        out.sample(&[], open.count() as f64);
    }
}

fn resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0)
}

fn processor() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in brackets and may hold anything.
    let behind = stat.rsplit_once(')')?.1;
    let mut fields = behind.split_whitespace().skip(11).map_while(|field| field.parse::<f64>().ok());
    Some((fields.next()? + fields.next()?) / TICKS)
}
