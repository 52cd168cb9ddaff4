//! Something runs out: disks, memory, processors, file handles.

use super::Anomaly;
use crate::generate::moment::{MINUTE, SECOND};

const DISK: Anomaly = Anomaly { kind: "disk-full", gap: 40 * SECOND, ..Anomaly::USUAL };
const MEMORY: Anomaly = Anomaly { kind: "memory-exhaustion", gap: MINUTE, ..Anomaly::USUAL };
const PROCESSOR: Anomaly = Anomaly { kind: "cpu-saturation", gap: 30 * SECOND, ..Anomaly::USUAL };
const HANDLES: Anomaly = Anomaly { kind: "file-handles-exhausted", gap: 5 * SECOND, ..Anomaly::USUAL };

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["system"],
        story: "the disk of {host} fills up",
        pinned: &["host"],
        body: &[
            &[
                "WARN monit[744] | 'rootfs' space usage {ramp:86.1..99.9}% matches resource limit [space usage > 85.0%]",
            ],
            &[
                "ERROR rsyslogd | file '/var/log/syslog'[9] write error - see https://www.rsyslog.com/solving-rsyslog-write-errors/ for help OS error: No space left on device [v8.2302.0 try https://www.rsyslog.com/e/2027 ]",
            ],
            &[
                "ERROR app[1420] | OSError: [Errno 28] No space left on device: '/var/lib/app/spool/{hex:8}.tmp'",
            ],
            &[
                "WARN kernel | [{uptime}] EXT4-fs warning (device dm-0): ext4_dx_add_entry: Directory (ino: {n:100000..900000}) index full, reach max htree level :2",
            ],
        ],
        ..DISK
    },
    Anomaly {
        profiles: &["database"],
        story: "the volume of the write-ahead log fills up",
        body: &[
            &[
                "ERROR postgres | could not extend file \"base/16401/{n:16000..90000}\": No space left on device",
                "HINT postgres | Check free disk space.",
                "STATEMENT postgres | {statement}",
            ],
            &["WARNING postgres | could not write to temporary file: No space left on device"],
            &[
                "LOG postgres | could not write file \"pg_wal/xlogtemp.{n:2100..31900}\": No space left on device",
            ],
        ],
        closing: &[
            "PANIC postgres | could not write to file \"pg_wal/xlogtemp.{n:2100..31900}\": No space left on device",
        ],
        ..DISK
    },
    Anomaly {
        profiles: &["application"],
        story: "{instance} runs out of heap",
        pinned: &["instance"],
        body: &[
            &[
                "let thread = scheduling-1",
                "let request = ",
                "WARN c.e.shop.metrics.HeapMonitor | Heap {ramp:82..99} % of 4096 MB after collection, {ramp:400..3900} ms paused in the last minute",
            ],
            &[
                "ERROR c.e.shop.web.ErrorHandler | Handler dispatch failed: GET /product/{sku}\njava.lang.OutOfMemoryError: Java heap space{java:4..8}",
            ],
            &[
                "ERROR c.e.shop.cache.CacheWarmer | Refresh aborted: java.lang.OutOfMemoryError: GC overhead limit exceeded",
            ],
        ],
        ..MEMORY
    },
    Anomaly {
        profiles: &["performance"],
        story: "{host} leaks memory until it collects all the time",
        pinned: &["host"],
        body: &[
            &[
                "INFO runtime | cpu={f:0.30..0.70} load1={f:1.40..4.20} rss_mb={ramp:1400..7900} fds={n:410..690} threads={n:38..54}",
            ],
            &[
                "INFO runtime | gc pause_ms={ramp:14.00..900.00} heap_mb={ramp:1200..7600} goroutines={ramp:2000..48000}",
            ],
        ],
        ..MEMORY
    },
    Anomaly {
        profiles: &["performance"],
        story: "{host} has no time left",
        pinned: &["host"],
        body: &[
            &[
                "INFO runtime | cpu={ramp:0.90..1.00} load1={ramp:9.00..64.00} rss_mb={n:820..1180} fds={n:410..690} threads={n:90..400}",
            ],
            &["WARN queue | queue={queue} backlog={ramp:4000..90000} oldest_s={ramp:40..1800}"],
            &["WARN limiter | shedding load client={client} dropped={size:900}"],
        ],
        ..PROCESSOR
    },
    Anomaly {
        profiles: &["system"],
        story: "something takes all processors of {host}",
        pinned: &["host"],
        body: &[
            &[
                "WARN kernel | [{uptime}] watchdog: BUG: soft lockup - CPU#{n:0..7} stuck for {n:22..48}s! [kworker/{n:0..7}:{n:0..3}:{pid}]",
            ],
            &[
                "WARN monit[744] | 'host' loadavg (1min) of {ramp:9.1..71.0} matches resource limit [loadavg (1min) > 8.0]",
            ],
            &["INFO kernel | [{uptime}] rcu: INFO: rcu_preempt self-detected stall on CPU"],
            &["INFO systemd[1] | systemd-journald.service: Watchdog timeout (limit 3min)!"],
        ],
        ..PROCESSOR
    },
    Anomaly {
        profiles: &["application"],
        story: "{instance} has opened more files than it may",
        pinned: &["instance"],
        body: &[
            &[
                "let thread = http-nio-8080-Acceptor",
                "let request = ",
                "ERROR o.apache.tomcat.util.net.Acceptor | Socket accept failed\njava.io.IOException: Too many open files\n\tat java.base/sun.nio.ch.Net.accept(Native Method)\n\tat java.base/sun.nio.ch.ServerSocketChannelImpl.implAccept(ServerSocketChannelImpl.java:425)",
            ],
            &[
                "WARN c.e.shop.catalog.ImageService | Cannot open /var/lib/shop/img/{sku}.webp (Too many open files)",
            ],
            &[
                "ERROR c.e.shop.mail.MailSender | smtp.example.com: java.net.SocketException: Too many open files",
            ],
        ],
        ..HANDLES
    },
    Anomaly {
        profiles: &["system"],
        story: "{host} has no file handles left",
        pinned: &["host"],
        body: &[
            &["ERROR kernel | [{uptime}] VFS: file-max limit {n:800000..810000} reached"],
            &[
                "ERROR smbd[{pid}] | Failed to open /var/lib/samba/private/secrets.tdb: Too many open files in system",
            ],
            &["ERROR app[1420] | accept4: too many open files, retrying in {n:5..1000}ms"],
        ],
        ..HANDLES
    },
    Anomaly {
        profiles: &["kubernetes"],
        kind: "disk-full",
        story: "{node} has disk pressure and evicts pods",
        pinned: &["node"],
        gap: 20 * SECOND,
        opening: &[
            "INFO stderr | I{@klog}     914 kubelet_node_status.go:669] \"Recording event message for node\" node=\"{node}\" event=\"NodeHasDiskPressure\"",
        ],
        body: &[
            &[
                "WARN stderr | W{@klog}     914 eviction_manager.go:173] \"Failed to admit pod to node\" pod=\"{space}/{pod}\" nodeCondition=[\"DiskPressure\"]",
            ],
            &[
                "INFO stderr | I{@klog}     914 eviction_manager.go:349] \"Eviction manager: must evict pod(s) to reclaim\" resourceName=\"ephemeral-storage\"",
            ],
            &[
                "ERROR stderr | E{@klog}     914 kuberuntime_image.go:53] \"Failed to pull image\" err=\"rpc error: code = Unknown desc = failed to extract layer: write /var/lib/containerd/tmpmounts/{n:100000..900000}: no space left on device\" image=\"{image}\"",
            ],
        ],
        ..Anomaly::USUAL
    },
];
