//! Five logs of one company's programs, each with one kind of trouble that everybody knows, said in the words of many
//! programs: what packs of rules are measured by.
//!
//! All of them share what is normal, and what is normal has the same words in it: a mistyped password, a statement
//! of a second, a disk at 71 %, an error now and then, a connection that is tried again.

use super::{GOODS, PEOPLE};
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::traffic::{CUSTOMERS, Timetable};

/// The five, in the order in which they are made.
pub(super) const ALL: &[&Definition] = &[
    &Definition {
        name: "database-failures",
        about: "known trouble: databases refuse, lose and starve their clients",
        ..USUAL
    },
    &Definition {
        name: "authentication-failures",
        about: "known trouble: passwords and tokens are guessed",
        ..USUAL
    },
    &Definition {
        name: "resource-exhaustion",
        about: "known trouble: disks, memory, processors and handles run out",
        ..USUAL
    },
    &Definition {
        name: "slow-queries",
        about: "known trouble: statements take seconds and minutes",
        ..USUAL
    },
    &Definition { name: "error-bursts", about: "known trouble: errors in numbers", ..USUAL },
];

const USUAL: Definition = Definition {
    name: "",
    about: "",
    lines: 20_000,
    share: 60,
    per_hour: 400,
    season: CUSTOMERS,
    layout: Layout {
        head: "{@plain} {@level5} {host} [{@component}] ",
        tail: "",
        continuation: Continuation::Bare,
    },
    lists: &[PEOPLE, GOODS],
    variables: &[
        ("host", "{zipf:app-1|app-2|db-1|edge-1}"),
        ("user", "{top:people}"),
        ("ip", "{address:3000}"),
        ("attacker", "{stranger}"),
        ("sku", "{top:goods}"),
        ("order", "{up:order:184000}"),
        ("table", "{zipf:orders|customers|stock|invoices|sessions}"),
        ("client", "10.20.{n:0..3}.{n:2..250}"),
    ],
    scenes: SCENES,
    occasions: OCCASIONS,
    general: &[],
    peer: "",
    strangers: &[],
    silent_at_once: false,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        400,
        &[
            "INFO web | GET /product/{sku} 200 in {tail:24} ms",
            "?30 +4 DEBUG cache | get product:{sku} {zipf:hit|miss}",
        ],
    ),
    (
        200,
        &[
            "INFO orders | order {order} received from {ip}",
            "+30 INFO payments | authorization for order {order} granted in {since} ms",
            "+8 INFO orders | order {order} confirmed",
        ],
    ),
    (120, &["INFO auth | login of {user} from {ip}", "+60 INFO auth | session {hex:16} opened for {user}"]),
    (90, &["INFO auth | session {hex:16} of {user} closed after {n:2..60} minutes"]),
    (7, &["WARN auth | login of {user} from {ip} failed: wrong password, attempt 1"]),
    (3, &["INFO auth | password of {user} was changed"]),
    (120, &["DEBUG db | SELECT on {table} returned {n:0..400} rows in {tail:3.2} ms"]),
    (4, &["DEBUG db | report statement on {table} took {n:300..1900} ms"]),
    (60, &["INFO db | connection from {client} authorized for role shop"]),
    (50, &["INFO db | disconnection of {client} after {n:1..40} minutes"]),
    (3, &["INFO db | connection pool: {n:4..14} of 20 in use, nobody waits"]),
    (30, &["INFO queue | mail: {n:0..40} waiting, {n:1..9} sent"]),
    (5, &["WARN web | GET /product/{sku} 404, referrer unknown"]),
    (4, &["WARN payments | provider answered slowly, waited {n:900..1800} ms for order {order}"]),
    (3, &["ERROR payments | order {order} declined: {zipf:insufficient funds|card expired|limit exceeded}"]),
    (2, &["ERROR web | could not render /product/{sku}: template variable `price` is missing"]),
    (1, &["WARN mail | {user}@example.com: mailbox unavailable, will be tried again"]),
    (1, &["ERROR import | row {n:2..900} of the price list is not a number"]),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(5, 30),
        deploy: false,
        texts: &[
            "let host = db-1",
            "INFO monitor | cpu {n:8..62} % of 4 cores, memory {n:41..68} % of 16 GB, disk / {n:61..71} % full",
        ],
    },
    Occasion {
        when: Timetable::minutes(60, 1800),
        deploy: false,
        texts: &["INFO db | checkpoint complete: wrote {n:40..900} buffers in {n:2..29}.{n:0..9} s"],
    },
    Occasion {
        when: Timetable::daily(2, 30),
        deploy: false,
        texts: &[
            "INFO backup | backup of shop started",
            "+9m INFO backup | backup of shop finished: {size:48000000} bytes, 0 errors",
        ],
    },
    Occasion {
        when: Timetable::days(1, 10, 30),
        deploy: true,
        texts: &[
            "INFO orders | stopping, {n:0..9} requests open",
            "+4s INFO orders | starting version {version}",
            "+2s INFO orders | connected to database shop, pool of 20",
            "+1s INFO orders | ready",
        ],
    },
];
