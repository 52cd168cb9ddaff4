//! The syslog of a handful of servers: systemd, cron, kernel, mail, DHCP, time, packages, disks.

use super::PEOPLE;
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::template::List;
use crate::generate::traffic::{MACHINES, Timetable};

const UNITS: List = (
    "units",
    &[
        "sysstat-collect",
        "phpsessionclean",
        "apt-daily",
        "systemd-tmpfiles-clean",
        "fstrim",
        "man-db",
        "dpkg-db-backup",
        "motd-news",
        "e2scrub_all",
        "update-notifier-download",
    ],
);

pub(super) const PROFILE: Definition = Definition {
    name: "system",
    about: "the syslog of a handful of servers",
    lines: 40_000,
    share: 40,
    per_hour: 120,
    season: MACHINES,
    layout: Layout { head: "{@syslog} {host} {@component}: ", tail: "", continuation: Continuation::Headed },
    lists: &[PEOPLE, UNITS],
    variables: &[
        ("host", "{zipf:app-1|app-2|app-3|db-1|files-1|mail-1|gw-1}"),
        ("pid", "{up:pid:8100}"),
        ("user", "{top:people}"),
        ("task", "{top:units}"),
        ("uptime", "{@uptime}"),
        ("ip", "10.20.{n:0..3}.{n:20..250}"),
        ("mac", "52:54:00:{hex:2}:{hex:2}:{hex:2}"),
        ("queue", "{HEX:10}"),
        ("mail", "{user}@example.com"),
        ("sender", "client-{n:1..90}.example.org[{address:400}]"),
        ("station", "ws-{n:1..80}"),
        ("session", "{up:session:900}"),
        ("relay", "mx{n:1..3}.example.net"),
    ],
    scenes: SCENES,
    occasions: OCCASIONS,
    general: &[
        General::OddValue,
        General::LevelShift,
        General::Peer,
        General::Burst,
        General::Silence,
        General::MissingStep,
        General::BrokenOrder,
        General::DuplicatedStep,
        General::SlowStep,
        General::NewValue,
    ],
    peer: "host",
    strangers: &[
        ("sender", "client-{n:1..90}.example.org[{address:400}]"),
        ("station", "ws-{n:1..80}"),
        ("session", "{up:session:900}"),
        ("relay", "{one:smtp.bulk.example.info|mail.unknown.example.biz}"),
        ("mac", "de:ad:be:ef:{hex:2}:{hex:2}"),
    ],
    silent_at_once: false,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        160,
        &[
            "INFO systemd[1] | Starting {task}.service...",
            "+2s INFO systemd[1] | {task}.service: Deactivated successfully.",
            "+3 INFO systemd[1] | Finished {task}.service.",
        ],
    ),
    (
        130,
        &[
            "INFO CRON[{pid}] | ({zipf:root|www-data|backup}) CMD ({zipf:command -v debian-sa1 > /dev/null && debian-sa1 1 1|/usr/local/bin/collect-metrics.sh|   [ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean|/opt/app/bin/sync-prices --quiet})",
        ],
    ),
    (
        110,
        &[
            "let host = mail-1",
            "INFO postfix/smtpd[{pid}] | connect from {sender}",
            "+300 INFO postfix/smtpd[{pid}] | {queue}: client={sender}",
            "+80 INFO postfix/cleanup[{pid}] | {queue}: message-id=<{hex:12}.{n:100..999}@example.org>",
            "+20 INFO postfix/qmgr[1377] | {queue}: from=<{mail}>, size={size:6200}, nrcpt=1 (queue active)",
            "+700 INFO postfix/smtp[{pid}] | {queue}: to=<{any:people}@example.net>, relay={relay}[{address:40}]:25, delay={tooks:2}, delays=0.{n:01..30}/0.01/{f:0.05..0.40}/{f:0.10..0.90}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {HEX:10})",
            "+5 INFO postfix/qmgr[1377] | {queue}: removed",
        ],
    ),
    (
        60,
        &[
            "let host = gw-1",
            "INFO dhcpd[902] | DHCPREQUEST for {ip} from {mac} ({station}) via eth1",
            "+2 INFO dhcpd[902] | DHCPACK on {ip} to {mac} ({station}) via eth1",
        ],
    ),
    (
        16,
        &[
            "let host = gw-1",
            "INFO dhcpd[902] | DHCPDISCOVER from {mac} via eth1",
            "+900 INFO dhcpd[902] | DHCPOFFER on {ip} to {mac} ({station}) via eth1",
            "+4 INFO dhcpd[902] | DHCPREQUEST for {ip} (10.20.0.1) from {mac} ({station}) via eth1",
            "+2 INFO dhcpd[902] | DHCPACK on {ip} to {mac} ({station}) via eth1",
        ],
    ),
    (
        260,
        &[
            "let host = app-{n:1..3}",
            "INFO app[1420] | request {zipf:GET /status|POST /sync|GET /prices|GET /reports} finished in {tail:45} ms",
        ],
    ),
    (
        40,
        &[
            "INFO systemd-logind[640] | New session {session} of user {user}.",
            "+5 INFO systemd[1] | Started session-{session}.scope - Session {session} of User {user}.",
        ],
    ),
    (34, &["INFO chronyd[655] | Selected source 192.0.2.{n:10..14} ({zipf:0|1|2|3}.pool.example.net)"]),
    (8, &["WARN chronyd[655] | System clock wrong by {f:0.100..0.900} seconds"]),
    (
        26,
        &[
            "INFO smbd[{pid}] | connect to service {zipf:projects|scans|home} initially as user {user} (uid={n:1000..1040}, gid=1000) (pid {pid})",
        ],
    ),
    (20, &["INFO kernel | [{uptime}] eth0: renamed from veth{hex:7}"]),
    (
        14,
        &[
            "INFO kernel | [{uptime}] docker0: port {n:1..6}(veth{hex:7}) entered {zipf:forwarding|blocking|disabled} state",
        ],
    ),
    (
        12,
        &[
            "WARN postfix/smtpd[{pid}] | warning: hostname client-{n:1..90}.example.org does not resolve to address {address:400}: Name or service not known",
        ],
    ),
    (
        9,
        &[
            "WARN postfix/smtp[{pid}] | {queue}: to=<{any:people}@example.net>, relay=none, delay={n:2..9}.{n:1..9}, dsn=4.4.1, status=deferred (connect to {relay}[{address:40}]:25: Connection timed out)",
        ],
    ),
    (
        7,
        &[
            "let host = app-{n:1..3}",
            "ERROR app[1420] | could not refresh prices: upstream returned 502, will try again in 60 s",
        ],
    ),
    (
        5,
        &[
            "INFO kernel | [{uptime}] perf: interrupt took too long ({n:2501..6000} > {n:2500..5000}), lowering kernel.perf_event_max_sample_rate to {n:30..79}000",
        ],
    ),
    (6, &["INFO snmpd[811] | Connection from UDP: [10.20.0.{n:5..9}]:{n:32768..60999}->[{ip}]:161"]),
    (
        5,
        &[
            "WARN systemd-resolved[588] | Using degraded feature set UDP instead of UDP+EDNS0 for DNS server 10.20.0.{n:2..3}.",
        ],
    ),
    (
        4,
        &[
            "INFO smartd[733] | Device: /dev/sda [SAT], SMART Usage Attribute: 194 Temperature_Celsius changed from {n:60..70} to {n:60..70}",
        ],
    ),
    (4, &["ERROR smbd[{pid}] | read_fd_with_timeout: client {ip} read error = NT_STATUS_CONNECTION_RESET."]),
    (
        3,
        &[
            "WARN kernel | [{uptime}] TCP: request_sock_TCP: Possible SYN flooding on port {one:443|8080}. Sending cookies.  Check SNMP counters.",
        ],
    ),
    (
        3,
        &[
            "INFO dbus-daemon[571] | [system] Activating via systemd: service name='org.freedesktop.{one:hostname1|timedate1|PackageKit}' unit='dbus-org.freedesktop.hostname1.service' requested by ':1.{n:20..900}' (uid=0 pid={pid} comm=\"hostnamectl\")",
        ],
    ),
    (
        2,
        &[
            "WARN rsyslogd | action 'action-3-builtin:omfwd' suspended (module 'builtin:omfwd'), retry 0. There should be messages before this one giving the reason for suspension.",
        ],
    ),
    (2, &["INFO systemd[1] | systemd-networkd-wait-online.service: Consumed {n:20..400}ms CPU time."]),
    (
        1,
        &[
            "INFO kernel | [{uptime}] usb 1-1.{n:1..4}: new high-speed USB device number {n:3..30} using xhci_hcd",
        ],
    ),
    (
        1,
        &[
            "INFO groupadd[{pid}] | group added to /etc/group: name={one:grafana|netdata|redis}, GID={n:110..140}",
        ],
    ),
    (1, &["WARN lvm[{pid}] | WARNING: This metadata update is NOT backed up."]),
    (1, &["INFO kernel | [{uptime}] audit: backlog limit reset to 8192"]),
    (
        1,
        &[
            "INFO systemd[1] | Reloading requested from client PID {pid} ('systemctl') (unit session-{n:900..1900}.scope)...",
        ],
    ),
    (
        1,
        &["WARN cups-browsed[{pid}] | Remote printer lp-{n:1..9} vanished, keeping its queue for 10 minutes"],
    ),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(10, 5),
        deploy: false,
        texts: &["INFO systemd[1] | Started sysstat-collect.service - system activity accounting tool."],
    },
    Occasion {
        when: Timetable::daily(6, 25),
        deploy: false,
        texts: &[
            "let host = app-1",
            "INFO CRON[{pid}] | (root) CMD (test -x /usr/sbin/anacron || {{ cd / && run-parts --report /etc/cron.daily; }})",
            "+3s INFO systemd[1] | Starting logrotate.service - Rotate log files...",
            "+2s INFO rsyslogd | [origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"612\" x-info=\"https://www.rsyslog.com\"] rsyslogd was HUPed",
            "+300 INFO systemd[1] | Finished logrotate.service - Rotate log files.",
        ],
    },
    Occasion {
        when: Timetable::daily(1, 0),
        deploy: false,
        texts: &[
            "let host = files-1",
            "INFO backup[{pid}] | creating archive files-1-{@digits}",
            "+4m INFO backup[{pid}] | archive files-1-{@digits}: {size:61000} files, {size:2300} MB original, {size:240} MB deduplicated",
            "+20s INFO backup[{pid}] | pruned {n:1..3} archives",
            "+5s INFO backup[{pid}] | finished in {tooks} s",
        ],
    },
    Occasion {
        when: Timetable::daily(6, 50),
        deploy: false,
        texts: &[
            "let host = app-2",
            "INFO unattended-upgrade[{pid}] | Packages that will be upgraded: {zipf:|libssl3 openssl|tzdata|libcurl4 curl|linux-image-amd64}",
            "+20s INFO unattended-upgrade[{pid}] | All upgrades installed",
        ],
    },
    Occasion {
        when: Timetable::days(7, 3, 10),
        deploy: false,
        texts: &[
            "let host = db-1",
            "INFO kernel | [{uptime}] md: data-check of RAID array md0",
            "+8m INFO kernel | [{uptime}] md: md0: data-check done.",
            "+2s INFO mdadm[{pid}] | RebuildFinished event detected on md device /dev/md0, component device  mismatches found: 0",
        ],
    },
    Occasion {
        when: Timetable::days(9, 5, 30),
        deploy: false,
        texts: &[
            "let host = gw-1",
            "INFO certbot[{pid}] | Renewing an existing certificate for vpn.example.com",
            "+11s INFO certbot[{pid}] | Successfully received certificate.",
            "+1s INFO systemd[1] | Reloaded nginx.service - A high performance web server and a reverse proxy server.",
        ],
    },
    Occasion {
        when: Timetable::days(4, 11, 0),
        deploy: true,
        texts: &[
            "let host = app-{n:1..3}",
            "INFO systemd[1] | Stopping app.service - Price service...",
            "+900 INFO app[1420] | received SIGTERM, finishing {n:0..6} requests",
            "+1s INFO systemd[1] | app.service: Deactivated successfully.",
            "+100 INFO systemd[1] | Stopped app.service - Price service.",
            "+2s INFO systemd[1] | Started app.service - Price service.",
            "+300 INFO app[1420] | price service {version} ({build}) on Python 3.11.2",
            "+1s INFO app[1420] | loaded {n:11800..12400} prices in {n:300..2000} ms",
            "+100 INFO app[1420] | listening on 0.0.0.0:8080 with 4 workers",
        ],
    },
    Occasion {
        when: Timetable::days(10, 4, 30),
        deploy: false,
        texts: &[
            "let host = app-3",
            "INFO systemd-logind[640] | System is rebooting (kernel update).",
            "+9s INFO systemd[1] | Shutting down.",
            "+30s INFO kernel | [    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.example.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1",
            "+1 INFO kernel | [    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.1.0-18-amd64 root=/dev/mapper/vg0-root ro quiet",
            "+1 INFO kernel | [    0.{n:100000..400000}] Memory: {n:8000..8100}000K/8388608K available",
            "+1s INFO kernel | [    1.{n:100000..900000}] EXT4-fs (dm-0): mounted filesystem with ordered data mode. Quota mode: none.",
            "+1s INFO systemd[1] | systemd 252.22-1~deb12u1 running in system mode",
            "+2s INFO systemd[1] | Reached target multi-user.target - Multi-User System.",
            "+200 INFO systemd[1] | Startup finished in {f:1.200..2.900}s (kernel) + {f:6.100..11.900}s (userspace) = {f:8.000..14.000}s.",
        ],
    },
];
