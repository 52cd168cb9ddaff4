//! Somebody wants in, or is in already: guessing, enumeration, scans, rights taken, data carried away.

use super::Anomaly;
use crate::generate::moment::{MINUTE, SECOND};

const GUESSING: Anomaly =
    Anomaly { kind: "brute-force", lines: (40, 140), gap: 2 * SECOND, ..Anomaly::USUAL };

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["security"],
        story: "{client} guesses passwords on {host}, and comes in at the end",
        pinned: &["client", "host"],
        body: &[
            &[
                "WARN sshd[{pid}] | pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={client}  user={zipf:root|admin|deploy}",
                "+2s WARN sshd[{pid}] | Failed password for {zipf:root|admin|deploy} from {client} port {port} ssh2",
                "+300 INFO sshd[{pid}] | Connection closed by authenticating user {zipf:root|admin|deploy} {client} port {port} [preauth]",
            ],
            &["WARN sshd[{pid}] | Failed password for root from {client} port {port} ssh2"],
            &[
                "WARN sshd[{pid}] | PAM {n:1..4} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={client}  user=root",
            ],
        ],
        closing: &[
            "INFO sshd[{pid}] | Accepted password for deploy from {client} port {port} ssh2",
            "+30 INFO sshd[{pid}] | pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)",
        ],
        ..GUESSING
    },
    Anomaly {
        profiles: &["security"],
        kind: "user-enumeration",
        story: "{client} tries one name after another on {host}",
        pinned: &["client", "host"],
        gap: SECOND,
        lines: (40, 120),
        body: &[&[
            "INFO sshd[{pid}] | Invalid user {one:a|b|c|d|j|m|s|t}{one:lex|ack|onna|amir|ona|ark|erver|om}{n:1..99} from {client} port {port}",
            "+200 INFO sshd[{pid}] | Connection closed by invalid user {client} port {port} [preauth]",
        ]],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["security"],
        kind: "port-scan",
        story: "{client} knocks at the ports of {host}, one after the other",
        pinned: &["client", "host"],
        gap: SECOND / 5,
        lines: (60, 200),
        body: &[&[
            "INFO kernel | [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:{hex:2}:{hex:2}:{hex:2}:52:54:00:12:34:56:08:00 SRC={client} DST=203.0.113.{n:10..16} LEN=44 TOS=0x00 PREC=0x00 TTL=241 ID={n:1..65535} PROTO=TCP SPT={n:41000..41010} DPT={n:1..10000} WINDOW=1024 RES=0x00 SYN URGP=0",
        ]],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["security"],
        kind: "privilege-escalation",
        story: "{user} takes rights on {host} and makes an account",
        pinned: &["user", "host"],
        gap: 20 * SECOND,
        lines: (10, 26),
        opening: &[
            "WARN sudo | {user} : user NOT in sudoers ; TTY=pts/3 ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/id",
            "+9s WARN sudo | pam_unix(sudo:auth): conversation failed",
            "+20s INFO su[{pid}] | (to root) {user} on pts/3",
        ],
        body: &[
            &[
                "INFO useradd[{pid}] | new user: name=sysupd{n:1..9}, UID=0, GID=0, home=/root, shell=/bin/bash, from=/dev/pts/3",
            ],
            &["INFO usermod[{pid}] | add 'sysupd{n:1..9}' to group 'sudo'"],
            &[
                "INFO audit[{pid}] | CONFIG_CHANGE auid=1004 ses={session} op=remove_rule key=\"identity\" list=4 res=1",
            ],
            &[
                "INFO sudo | {user} : TTY=pts/3 ; PWD=/root ; USER=root ; COMMAND=/usr/bin/tee -a /root/.ssh/authorized_keys",
            ],
        ],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["security"],
        kind: "data-exfiltration",
        story: "{user} carries data away over the tunnel",
        pinned: &["user", "client"],
        gap: 2 * MINUTE,
        lines: (6, 18),
        body: &[
            &[
                "INFO vpn[1188] | {user}/{client}:{port} SIGTERM[soft,remote-exit] received, session lasted {n:2..9} min, {n:18000000000..96000000000} bytes sent",
            ],
            &["INFO sshd[{pid}] | subsystem request for sftp by user {user}"],
        ],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["application"],
        story: "{ip} tries passwords for {user} and others",
        pinned: &["ip"],
        body: &[
            &["WARN c.e.shop.auth.LoginController | Login failed for {user} from {ip}: bad credentials"],
            &[
                "WARN c.e.shop.auth.LoginController | Login failed for {any:people} from {ip}: bad credentials",
            ],
            &[
                "INFO c.e.shop.auth.LockoutService | Account {any:people} locked after 5 failures, last from {ip}",
            ],
        ],
        ..GUESSING
    },
    Anomaly {
        profiles: &["web"],
        story: "{ip} tries passwords at the login form",
        pinned: &["ip", "agent"],
        gap: SECOND / 2,
        body: &[&[
            "WARN web | {ip} - - [{@access}] \"POST /login HTTP/1.1\" 401 {n:480..512} \"{site}/login\" \"{agent}\"",
        ]],
        ..GUESSING
    },
    Anomaly {
        profiles: &["database"],
        story: "{client} guesses passwords of database roles",
        pinned: &["client"],
        body: &[
            &[
                "LOG postgres | connection received: host={client} port={port}",
                "+90 FATAL postgres | password authentication failed for user \"{one:postgres|admin|root|shop_admin}\"",
            ],
            &[
                "FATAL postgres | no pg_hba.conf entry for host \"{client}\", user \"{one:postgres|admin|root}\", database \"template1\", no encryption",
            ],
        ],
        ..GUESSING
    },
    Anomaly {
        profiles: &["microservices"],
        story: "one client tries stolen passwords for many accounts",
        pinned: &["region", "country"],
        gap: SECOND,
        body: &[&[
            "INFO gateway | POST /v1/login ;; \"region\":\"{region}\",\"channel\":\"web\"",
            "+70 WARN auth | password rejected ;; \"user\":\"u-{n:100000..999999}\",\"country\":\"{country}\",\"attempt\":1",
            "+3 WARN gateway | request completed ;; \"method\":\"POST\",\"path\":\"/v1/login\",\"status\":401,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ]],
        ..GUESSING
    },
];
