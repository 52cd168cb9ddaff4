//! Who came in and what they did: sshd, sudo, PAM, firewall and audit lines of a few servers, as syslog keeps them.

use super::PEOPLE;
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::traffic::{OFFICE, Timetable};

pub(super) const PROFILE: Definition = Definition {
    name: "security",
    about: "logins, sudo, firewall and audit of a few servers",
    lines: 15_000,
    share: 120,
    per_hour: 90,
    season: OFFICE,
    layout: Layout {
        head: "{@isomicros} {host} {@component}: ",
        tail: "",
        continuation: Continuation::Headed,
    },
    lists: &[PEOPLE],
    variables: &[
        ("host", "{zipf:bastion-1|bastion-2|web-1|web-2|db-1|build-1|mail-1}"),
        ("pid", "{up:pid:4100}"),
        ("user", "{top:people}"),
        ("client", "{address:120}"),
        ("port", "{n:32768..60999}"),
        ("session", "{up:session:310}"),
        ("daemon", "{zipf:root|www-data|backup}"),
        ("key", "SHA256:{base64:43}"),
        (
            "command",
            "{zipf:/usr/bin/systemctl status nginx|/usr/bin/apt update|/usr/bin/journalctl -u app|/usr/bin/less /var/log/syslog|/usr/sbin/service app reload|/usr/bin/docker ps|/usr/bin/tail -f /var/log/nginx/error.log|/usr/bin/systemctl restart app}",
        ),
    ],
    scenes: SCENES,
    occasions: OCCASIONS,
    general: &[
        General::OddValue,
        General::Burst,
        General::Silence,
        General::MissingStep,
        General::BrokenOrder,
        General::DuplicatedStep,
        General::SlowStep,
        General::NewValue,
    ],
    peer: "",
    strangers: &[("user", "{one:svc-legacy|tempadmin|oracle|test01}"), ("client", "{stranger}")],
    silent_at_once: false,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        240,
        &[
            "INFO sshd[{pid}] | Connection from {client} port {port} on 10.8.0.{n:4..9} port 22 rdomain \"\"",
            "+300 INFO sshd[{pid}] | Accepted publickey for {user} from {client} port {port} ssh2: {zipf:ED25519|RSA|ECDSA} {key}",
            "+20 INFO sshd[{pid}] | pam_unix(sshd:session): session opened for user {user}(uid={n:1000..1040}) by (uid=0)",
            "+30 INFO systemd-logind[612] | New session {session} of user {user}.",
            "+4m INFO sshd[{pid}] | Received disconnect from {client} port {port}:11: disconnected by user",
            "+2 INFO sshd[{pid}] | Disconnected from user {user} {client} port {port}",
            "+3 INFO sshd[{pid}] | pam_unix(sshd:session): session closed for user {user}",
            "+8 INFO systemd-logind[612] | Session {session} logged out. Waiting for processes to exit.",
            "+30 INFO systemd-logind[612] | Removed session {session}.",
        ],
    ),
    (
        170,
        &[
            "INFO sudo | {user} : TTY=pts/{n:0..6} ; PWD=/home/{user} ; USER=root ; COMMAND={command}",
            "+4 INFO sudo | pam_unix(sudo:session): session opened for user root(uid=0) by {user}(uid={n:1000..1040})",
            "+2s INFO sudo | pam_unix(sudo:session): session closed for user root",
        ],
    ),
    (
        150,
        &[
            "INFO kernel | [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:{hex:2}:{hex:2}:{hex:2}:52:54:00:12:34:56:08:00 SRC={client} DST=203.0.113.{n:10..16} LEN={n:40..60} TOS=0x00 PREC=0x00 TTL={n:44..246} ID={n:1..65535} PROTO=TCP SPT={port} DPT={zipf:23|445|8080|3389|5900|6379|8443|2222|81} WINDOW={n:1024..65535} RES=0x00 SYN URGP=0",
        ],
    ),
    (
        60,
        &[
            "INFO CRON[{pid}] | pam_unix(cron:session): session opened for user {daemon}(uid=0) by (uid=0)",
            "+900 INFO CRON[{pid}] | pam_unix(cron:session): session closed for user {daemon}",
        ],
    ),
    (
        30,
        &[
            "WARN sshd[{pid}] | Failed password for {user} from {client} port {port} ssh2",
            "+4s INFO sshd[{pid}] | Accepted password for {user} from {client} port {port} ssh2",
            "+20 INFO sshd[{pid}] | pam_unix(sshd:session): session opened for user {user}(uid={n:1000..1040}) by (uid=0)",
        ],
    ),
    (36, &["INFO sshd[{pid}] | Connection closed by {client} port {port} [preauth]"]),
    (
        22,
        &[
            "INFO sshd[{pid}] | Invalid user {zipf:admin|test|ubuntu|pi|git|postgres} from {client} port {port}",
        ],
    ),
    (10, &["ERROR sshd[{pid}] | error: kex_exchange_identification: Connection closed by remote host"]),
    (8, &["WARN sshd[{pid}] | banner exchange: Connection from {client} port {port}: invalid format"]),
    (
        50,
        &[
            "INFO vpn[1188] | {user}/{client}:{port} peer info: IV_VER=2.6.{n:2..9} authenticated, assigned 10.9.{n:0..3}.{n:2..250} in {tail:180} ms",
        ],
    ),
    (
        44,
        &[
            "INFO vpn[1188] | {user}/{client}:{port} SIGTERM[soft,remote-exit] received, session lasted {n:4..520} min, {size:48000000} bytes sent",
        ],
    ),
    (
        26,
        &[
            "INFO audit[{pid}] | USER_AUTH pid={pid} uid=0 auid=4294967295 ses=4294967295 msg='op=PAM:authentication acct=\"{user}\" exe=\"/usr/sbin/sshd\" hostname={client} addr={client} terminal=ssh res=success'",
        ],
    ),
    (18, &["INFO su[{pid}] | (to {zipf:postgres|www-data|deploy}) {user} on pts/{n:0..6}"]),
    (
        9,
        &[
            "WARN sudo | pam_unix(sudo:auth): authentication failure; logname={user} uid={n:1000..1040} euid=0 tty=/dev/pts/{n:0..6} ruser={user} rhost=  user={user}",
        ],
    ),
    (
        6,
        &[
            "WARN sudo | {user} : command not allowed ; TTY=pts/{n:0..6} ; PWD=/home/{user} ; USER=root ; COMMAND={one:/usr/bin/vim /etc/hosts|/usr/bin/cat /etc/shadow|/usr/sbin/reboot}",
        ],
    ),
    (12, &["INFO fail2ban.filter[733] | INFO [sshd] Found {client} - {@date} {@time}"]),
    (5, &["INFO fail2ban.actions[733] | NOTICE [sshd] Ban {client}"]),
    (5, &["INFO fail2ban.actions[733] | NOTICE [sshd] Unban {client}"]),
    (3, &["INFO passwd[{pid}] | pam_unix(passwd:chauthtok): password changed for {user}"]),
    (
        2,
        &[
            "INFO polkitd[640] | Registered Authentication Agent for unix-session:{session} (system bus name :1.{n:20..900} [/usr/bin/gnome-shell], object path /org/freedesktop/PolicyKit1/AuthenticationAgent, locale en_GB.UTF-8)",
        ],
    ),
    (2, &["INFO sshd[{pid}] | Postponed publickey for {user} from {client} port {port} ssh2 [preauth]"]),
    (
        2,
        &[
            "WARN sshd[{pid}] | maximum authentication attempts exceeded for {user} from {client} port {port} ssh2 [preauth]",
        ],
    ),
    (2, &["INFO gpg-agent[{pid}] | handler 0x{hex:12} for fd {n:5..14} started"]),
    (
        1,
        &[
            "WARN dbus-daemon[598] | [system] Rejected send message, 2 matched rules; type=\"method_call\", sender=\":1.{n:20..900}\" (uid={n:1000..1040} pid={pid} comm=\"systemctl\")",
        ],
    ),
    (1, &["INFO usermod[{pid}] | add '{user}' to group '{one:docker|adm|developers}'"]),
    (1, &["INFO chage[{pid}] | changed password expiry for {user}"]),
    (1, &["INFO auditd[571] | Audit daemon rotating log files"]),
    (
        1,
        &[
            "WARN sshd[{pid}] | Authentication refused: bad ownership or modes for directory /home/{user}/.ssh",
        ],
    ),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(60, 1020),
        deploy: false,
        texts: &[
            "let host = bastion-1",
            "INFO CRON[{pid}] | (root) CMD (   cd / && run-parts --report /etc/cron.hourly)",
        ],
    },
    Occasion {
        when: Timetable::daily(6, 25),
        deploy: false,
        texts: &[
            "let host = bastion-1",
            "INFO CRON[{pid}] | (root) CMD (test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily ))",
            "+4s INFO systemd[1] | Starting logrotate.service - Rotate log files...",
            "+2s INFO systemd[1] | logrotate.service: Deactivated successfully.",
            "+40 INFO rsyslogd | [origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"588\" x-info=\"https://www.rsyslog.com\"] rsyslogd was HUPed",
            "+20s INFO rkhunter[{pid}] | Rootkit hunter check started (version 1.4.6)",
            "+3m INFO rkhunter[{pid}] | Scanning took {n:2..4} minutes and {n:1..59} seconds",
        ],
    },
    Occasion {
        when: Timetable::daily(0, 40),
        deploy: false,
        texts: &[
            "let host = db-1",
            "INFO sshd[{pid}] | Accepted publickey for backup from 10.8.0.12 port {port} ssh2: ED25519 SHA256:q0Yt3mHkVd0mU2jv1yQnJxkP9i7cWm6sR4eT8bAzLfE",
            "+10 INFO sshd[{pid}] | pam_unix(sshd:session): session opened for user backup(uid=34) by (uid=0)",
            "+6m INFO sshd[{pid}] | pam_unix(sshd:session): session closed for user backup",
        ],
    },
    Occasion {
        when: Timetable::days(3, 10, 5),
        deploy: true,
        texts: &[
            "INFO sudo | deploy : PWD=/srv/app ; USER=root ; COMMAND=/usr/bin/apt-get install --only-upgrade openssh-server",
            "+9s INFO sshd[{n:640..700}] | Received signal 15; terminating.",
            "+200 INFO systemd[1] | ssh.service: Deactivated successfully.",
            "+90 INFO systemd[1] | Starting ssh.service - OpenBSD Secure Shell server...",
            "+60 INFO sshd[{pid}] | Server listening on 0.0.0.0 port 22.",
            "+1 INFO sshd[{pid}] | Server listening on :: port 22.",
            "+4 INFO systemd[1] | Started ssh.service - OpenBSD Secure Shell server.",
        ],
    },
    Occasion {
        when: Timetable::days(5, 3, 30),
        deploy: false,
        texts: &[
            "let host = mail-1",
            "INFO certbot[{pid}] | Renewing an existing certificate for mail.example.com",
            "+14s INFO certbot[{pid}] | Successfully received certificate. Certificate is saved at: /etc/letsencrypt/live/mail.example.com/fullchain.pem",
            "+300 INFO systemd[1] | Reloading postfix.service - Postfix Mail Transport Agent...",
        ],
    },
];
