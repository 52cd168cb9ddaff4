//! What breaks beneath the software: containers, kernels, devices, certificates, names.

use super::Anomaly;
use crate::generate::moment::{MINUTE, SECOND};

const KILLED: Anomaly = Anomaly { kind: "oom-killed", gap: 40 * SECOND, lines: (12, 36), ..Anomaly::USUAL };
const CERTIFICATE: Anomaly = Anomaly { kind: "certificate-expired", gap: 10 * SECOND, ..Anomaly::USUAL };
const NAMES: Anomaly = Anomaly { kind: "dns-failure", gap: 3 * SECOND, ..Anomaly::USUAL };

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["kubernetes"],
        story: "containers of {app} use more memory than they may and are killed",
        pinned: &["app", "space"],
        body: &[&[
            "INFO stderr | I{@klog}     914 kubelet.go:2468] \"SyncLoop (PLEG): event for pod\" pod=\"{space}/{pod}\" event={{\"ID\":\"{uid}\",\"Type\":\"ContainerDied\",\"Data\":\"{cid}\"}}",
            "+3 WARN stderr | W{@klog}     914 oom_watcher_linux.go:77] \"Got sys oom event\" event={{\"Pid\":{n:9000..99000},\"ProcessName\":\"{app}\",\"VictimContainerName\":\"/kubepods/burstable/pod{uid}/{cid}\"}}",
            "+40 INFO stderr | I{@klog}     914 event.go:307] \"Event occurred\" object=\"{node}\" kind=\"Node\" type=\"Warning\" reason=\"SystemOOM\" message=\"System OOM encountered, victim process: {app}, pid: {n:9000..99000}\"",
            "+300 INFO stderr | I{@klog}     914 status_manager.go:877] \"Container terminated\" pod=\"{space}/{pod}\" containerName=\"{app}\" reason=\"OOMKilled\" exitCode=137",
        ]],
        ..KILLED
    },
    Anomaly {
        profiles: &["system"],
        story: "the kernel of {host} kills for want of memory",
        pinned: &["host"],
        body: &[&[
            "WARN kernel | [{uptime}] python3 invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0",
            "+1 WARN kernel | [{uptime}] Mem-Info:",
            "+1 WARN kernel | [{uptime}] active_anon:{size:190000} inactive_anon:{size:900000} isolated_anon:0",
            "+1 WARN kernel | [{uptime}] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/app.service,task=python3,pid={pid},uid=998",
            "+1 ERROR kernel | [{uptime}] Out of memory: Killed process {pid} (python3) total-vm:{size:7000000}kB, anon-rss:{size:5200000}kB, file-rss:0kB, shmem-rss:0kB, UID:998 pgtables:{size:11000}kB oom_score_adj:0",
            "+400 INFO systemd[1] | app.service: A process of this unit has been killed by the OOM killer.",
            "+5 WARN systemd[1] | app.service: Main process exited, code=killed, status=9/KILL",
        ]],
        ..KILLED
    },
    Anomaly {
        profiles: &["kubernetes"],
        kind: "crash-loop",
        story: "{app} starts, fails and starts again",
        pinned: &["app", "space", "pod"],
        gap: 30 * SECOND,
        lines: (20, 70),
        body: &[&[
            "INFO stdout | ts={@iso} level=info caller=main.go:31 app={app} msg=starting version={version} commit={build}",
            "+300 ERROR stdout | panic: config: missing key \"LEDGER_URL\"\n\ngoroutine 1 [running]:\nmain.mustEnv(...)\n\t/src/{app}/config.go:44\nmain.main()\n\t/src/{app}/main.go:38 +0x1d4",
            "+200 INFO stderr | I{@klog}     914 kubelet.go:2468] \"SyncLoop (PLEG): event for pod\" pod=\"{space}/{pod}\" event={{\"ID\":\"{uid}\",\"Type\":\"ContainerDied\",\"Data\":\"{cid}\"}}",
            "+90 ERROR stderr | E{@klog}     914 pod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"{app}\\\" with CrashLoopBackOff: \\\"back-off {one:10s|20s|40s|1m20s|2m40s|5m0s} restarting failed container={app} pod={pod}_{space}({uid})\\\"\" pod=\"{space}/{pod}\" podUID=\"{uid}\"",
        ]],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["kubernetes"],
        kind: "image-pull-failure",
        story: "the image of {app} cannot be pulled",
        pinned: &["app", "space", "pod"],
        gap: 20 * SECOND,
        lines: (12, 40),
        body: &[
            &[
                "ERROR stderr | E{@klog}     914 remote_image.go:180] \"PullImage from image service failed\" err=\"rpc error: code = NotFound desc = failed to pull and unpack image \\\"{image}\\\": failed to resolve reference \\\"{image}\\\": {image}: not found\" image=\"{image}\"",
                "+2 ERROR stderr | E{@klog}     914 pod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"{app}\\\" with {one:ErrImagePull|ImagePullBackOff}: \\\"Back-off pulling image \\\\\\\"{image}\\\\\\\"\\\"\" pod=\"{space}/{pod}\" podUID=\"{uid}\"",
            ],
            &[
                "INFO stderr | I{@klog}     914 event.go:307] \"Event occurred\" object=\"{space}/{pod}\" kind=\"Pod\" type=\"Normal\" reason=\"BackOff\" message=\"Back-off pulling image \\\"{image}\\\"\"",
            ],
        ],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["system"],
        kind: "segfault",
        story: "a worker on {host} breaks again and again",
        pinned: &["host"],
        gap: 2 * MINUTE,
        lines: (6, 20),
        body: &[&[
            "INFO kernel | [{uptime}] imgconv[{pid}]: segfault at {hex:12} ip 00007f{hex:10} sp 00007ff{hex:9} error 4 in libjpeg.so.62.3.0[7f{hex:10}+52000] likely on CPU {n:0..7} (core {n:0..3}, socket 0)",
            "+1 INFO kernel | [{uptime}] Code: {hex:2} {hex:2} {hex:2} {hex:2} {hex:2} <{hex:2}> {hex:2} {hex:2} {hex:2} {hex:2}",
            "+200 WARN systemd[1] | imgconv.service: Main process exited, code=dumped, status=11/SEGV",
            "+2 WARN systemd[1] | imgconv.service: Failed with result 'core-dump'.",
        ]],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["system"],
        kind: "disk-error",
        story: "a disk of {host} fails to read",
        pinned: &["host"],
        gap: 20 * SECOND,
        lines: (20, 60),
        body: &[
            &[
                "ERROR kernel | [{uptime}] ata1.00: exception Emask 0x0 SAct 0x{hex:8} SErr 0x0 action 0x0",
                "+1 ERROR kernel | [{uptime}] ata1.00: failed command: READ FPDMA QUEUED",
                "+1 ERROR kernel | [{uptime}] ata1.00: error: {{ UNC }}",
                "+2 ERROR kernel | [{uptime}] blk_update_request: I/O error, dev sda, sector {n:1000000..990000000} op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2",
            ],
            &[
                "ERROR kernel | [{uptime}] EXT4-fs error (device dm-0): ext4_find_entry:1455: inode #{n:10000..900000}: comm smbd: reading directory lblock 0",
            ],
            &[
                "WARN smartd[733] | Device: /dev/sda [SAT], {ramp:1..240} Currently unreadable (pending) sectors",
            ],
        ],
        closing: &["ERROR kernel | [{uptime}] EXT4-fs (dm-0): Remounting filesystem read-only"],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["system"],
        story: "a certificate was not renewed, and mail is refused",
        pinned: &["host"],
        body: &[
            &[
                "WARN postfix/smtp[{pid}] | certificate verification failed for {relay}[{address:40}]:25: certificate has expired",
            ],
            &[
                "INFO stunnel[911] | LOG4[{n:100..900}]: CERT: Pre-verification error: certificate has expired",
            ],
        ],
        ..CERTIFICATE
    },
    Anomaly {
        profiles: &["application"],
        story: "the certificate of the carrier's service is no longer valid",
        body: &[
            &[
                "ERROR c.e.shop.shipping.LabelService | No label for order {order}\njavax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed{java:4..6}\nCaused by: java.security.cert.CertificateExpiredException: NotAfter: {@date} 00:00:00 UTC",
            ],
            &["INFO c.e.shop.shipping.LabelService | Order {order} queued for manual label"],
        ],
        ..CERTIFICATE
    },
    Anomaly {
        profiles: &["kubernetes"],
        story: "the certificate of a webhook is no longer valid",
        body: &[
            &[
                "WARN stderr | W{@klog}       1 dispatcher.go:225] Failed calling webhook, failing closed policy.example.com: failed calling webhook \"policy.example.com\": failed to call webhook: Post \"https://policy.kube-system.svc:443/validate?timeout=10s\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time {@iso} is after {@date}T00:00:00Z",
            ],
            &[
                "INFO stderr | I{@klog}       1 log.go:245] http: TLS handshake error from {ip}:{n:32768..60999}: remote error: tls: bad certificate",
            ],
        ],
        ..CERTIFICATE
    },
    Anomaly {
        profiles: &["kubernetes"],
        story: "names cannot be resolved in the cluster",
        body: &[
            &[
                "ERROR stdout | [ERROR] plugin/errors: 2 {app}.{space}.svc.cluster.local. A: read udp {ip}:{n:32768..60999}->10.96.0.10:53: i/o timeout",
            ],
            &[
                "INFO stdout | [INFO] {ip}:{n:32768..60999} - {n:1..65535} \"A IN {app}.{space}.svc.cluster.local. udp {n:48..70} false 512\" SERVFAIL qr,rd {n:40..60} 2.000{n:100..900}s",
            ],
            &[
                "ERROR stdout | ts={@iso} level=error caller=client.go:41 app={app} msg=\"lookup failed\" err=\"dial tcp: lookup {top:apps} on 10.96.0.10:53: server misbehaving\" node={node}",
            ],
        ],
        ..NAMES
    },
    Anomaly {
        profiles: &["microservices"],
        story: "names of services cannot be resolved",
        body: &[
            &["ERROR payments | getaddrinfo EAI_AGAIN provider.example.net ;; \"order_id\":\"{order}\""],
            &[
                "WARN catalog | lookup inventory.internal.example.com on 10.96.0.10:53: no such host ;; \"sku\":\"{sku}\"",
            ],
        ],
        ..NAMES
    },
    Anomaly {
        profiles: &["system"],
        story: "{host} finds no name server",
        pinned: &["host"],
        body: &[
            &["WARN systemd-resolved[588] | DNS server 10.20.0.{n:2..3} has stopped responding."],
            &["ERROR app[1420] | could not refresh prices: Temporary failure in name resolution"],
            &[
                "WARN postfix/smtp[{pid}] | warning: {relay}: Host or domain name not found. Name service error for name={relay} type=MX: Host not found, try again",
            ],
        ],
        ..NAMES
    },
];
