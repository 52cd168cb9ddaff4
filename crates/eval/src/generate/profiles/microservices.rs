//! Seven services in four languages behind a gateway, as JSON, tied together by trace ids.

use super::{COUNTRIES, GOODS, PEOPLE};
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::traffic::{CUSTOMERS, Timetable};

pub(super) const PROFILE: Definition = Definition {
    name: "microservices",
    about: "services that call each other, with trace ids, as JSON",
    lines: 80_000,
    share: 50,
    per_hour: 800,
    season: CUSTOMERS,
    layout: Layout {
        head: "{{\"timestamp\":\"{@iso}\",\"level\":\"{@lower}\",\"service\":\"{@component}\",\"pod\":\"{pod}\",\"trace_id\":\"{trace}\",\"span_id\":\"{hex:16}\",\"message\":\"",
        tail: "}}",
        continuation: Continuation::Escaped,
    },
    lists: &[PEOPLE, COUNTRIES, GOODS],
    variables: &[
        ("trace", "{hex:32}"),
        ("user", "u-{rank:6000}"),
        ("order", "{uuid}"),
        ("sku", "{top:goods}"),
        ("country", "{top:countries}"),
        ("region", "{zipf:eu-west-1a|eu-west-1b|eu-west-1c}"),
        ("amount", "{f:6.90..310.00}"),
        ("channel", "{zipf:web|ios|android|partner}"),
        ("version", "v{version}"),
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
    peer: "region",
    strangers: &[
        ("country", "{one:KP|XX|AQ}"),
        ("region", "{one:us-gov-1z|local}"),
        ("channel", "{one:debug|legacy-soap}"),
    ],
    silent_at_once: false,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        180,
        &[
            "INFO gateway | POST /v1/orders ;; \"user\":\"{user}\",\"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+4 INFO auth | token accepted ;; \"user\":\"{user}\",\"scope\":\"orders:write\"",
            "+9 INFO orders | creating order ;; \"order_id\":\"{order}\",\"user\":\"{user}\",\"lines\":{n:1..9}",
            "+14 INFO inventory | reserved stock ;; \"order_id\":\"{order}\",\"sku\":\"{sku}\",\"left\":{n:0..700}",
            "+130 INFO payments | charge captured ;; \"order_id\":\"{order}\",\"amount\":{amount},\"currency\":\"EUR\",\"provider_ms\":{since},\"country\":\"{country}\"",
            "+10 INFO orders | order confirmed ;; \"order_id\":\"{order}\",\"duration_ms\":{took}",
            "+3 INFO gateway | request completed ;; \"method\":\"POST\",\"path\":\"/v1/orders\",\"status\":201,\"duration_ms\":{took:1},\"region\":\"{region}\"",
            "+600 INFO notifications | receipt sent ;; \"order_id\":\"{order}\",\"via\":\"{zipf:email|push}\"",
        ],
    ),
    (
        330,
        &[
            "INFO gateway | GET /v1/products/{sku} ;; \"user\":\"{user}\",\"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+5 DEBUG catalog | cache lookup ;; \"key\":\"product:{sku}\",\"hit\":{zipf:true|false}",
            "+9 INFO gateway | request completed ;; \"method\":\"GET\",\"path\":\"/v1/products/{sku}\",\"status\":200,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        150,
        &[
            "INFO gateway | GET /v1/search ;; \"user\":\"{user}\",\"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+6 INFO search | query parsed ;; \"terms\":{n:1..6},\"filters\":{n:0..4}",
            "+40 INFO search | query executed ;; \"hits\":{size:90},\"shards\":6,\"took_ms\":{since}",
            "+4 INFO gateway | request completed ;; \"method\":\"GET\",\"path\":\"/v1/search\",\"status\":200,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        120,
        &[
            "INFO gateway | PUT /v1/cart ;; \"user\":\"{user}\",\"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+4 INFO cart | item added ;; \"user\":\"{user}\",\"sku\":\"{sku}\",\"quantity\":{zipf:1|2|3|4}",
            "+3 DEBUG cart | cart saved ;; \"bytes\":{size:820}",
            "+3 INFO gateway | request completed ;; \"method\":\"PUT\",\"path\":\"/v1/cart\",\"status\":200,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        60,
        &[
            "INFO gateway | POST /v1/login ;; \"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+70 INFO auth | password verified ;; \"user\":\"{user}\",\"country\":\"{country}\"",
            "+5 INFO auth | token issued ;; \"user\":\"{user}\",\"ttl_s\":3600",
            "+3 INFO gateway | request completed ;; \"method\":\"POST\",\"path\":\"/v1/login\",\"status\":200,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        12,
        &[
            "INFO gateway | POST /v1/login ;; \"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+70 WARN auth | password rejected ;; \"user\":\"{user}\",\"country\":\"{country}\",\"attempt\":{zipf:1|2|3}",
            "+3 WARN gateway | request completed ;; \"method\":\"POST\",\"path\":\"/v1/login\",\"status\":401,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        30,
        &[
            "DEBUG inventory | stock event consumed ;; \"topic\":\"stock.changed\",\"partition\":{n:0..11},\"offset\":{up:offset:8800000}",
            "+3 INFO catalog | product invalidated ;; \"sku\":\"{sku}\"",
        ],
    ),
    (
        14,
        &[
            "WARN payments | provider slow, retrying ;; \"order_id\":\"{order}\",\"attempt\":1,\"waited_ms\":{n:1000..1200}",
            "+300 INFO payments | charge captured ;; \"order_id\":\"{order}\",\"amount\":{amount},\"currency\":\"EUR\",\"provider_ms\":{since},\"country\":\"{country}\"",
        ],
    ),
    (
        8,
        &[
            "WARN payments | charge declined ;; \"order_id\":\"{order}\",\"reason\":\"{zipf:insufficient_funds|expired_card|do_not_honor|3ds_failed}\"",
        ],
    ),
    (
        5,
        &[
            "ERROR search | query failed: maximum clause count is set to 1024 ;; \"terms\":{n:300..900}",
            "+3 WARN gateway | request completed ;; \"method\":\"GET\",\"path\":\"/v1/search\",\"status\":400,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        4,
        &[
            "ERROR cart | Unhandled rejection: TypeError: Cannot read properties of undefined (reading 'price'){node:4..7} ;; \"user\":\"{user}\"",
            "+2 ERROR gateway | request completed ;; \"method\":\"GET\",\"path\":\"/v1/cart\",\"status\":500,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ],
    ),
    (
        4,
        &[
            "ERROR notifications | delivery failed, will be retried\nTraceback (most recent call last):{python:2..4}\nrequests.exceptions.ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response')) ;; \"order_id\":\"{order}\",\"retry_in_s\":30",
        ],
    ),
    (
        6,
        &[
            "WARN gateway | client closed request ;; \"path\":\"/v1/search\",\"status\":499,\"duration_ms\":{tail:900}",
        ],
    ),
    (5, &["WARN inventory | optimistic lock failed, retrying ;; \"sku\":\"{sku}\",\"attempt\":{zipf:1|2}"]),
    (5, &["INFO gateway | rate limit applied ;; \"user\":\"{user}\",\"limit\":\"60/min\""]),
    (4, &["INFO orders | order cancelled by customer ;; \"order_id\":\"{order}\""]),
    (3, &["INFO orders | address corrected ;; \"order_id\":\"{order}\",\"country\":\"{country}\""]),
    (2, &["WARN catalog | image missing, placeholder served ;; \"sku\":\"{sku}\""]),
    (2, &["INFO payments | refund issued ;; \"order_id\":\"{order}\",\"amount\":{amount}"]),
    (2, &["INFO inventory | stock recount applied ;; \"sku\":\"{sku}\",\"delta\":{n:1..12}"]),
    (1, &["WARN auth | signing key older than 80 days ;; \"kid\":\"{hex:8}\""]),
    (1, &["INFO auth | refresh token revoked ;; \"user\":\"{user}\",\"by\":\"{top:people}\""]),
    (1, &["WARN search | slow merge ;; \"index\":\"products-{n:1..6}\",\"took_ms\":{n:2000..6000}"]),
    (1, &["INFO gateway | config reloaded ;; \"routes\":{n:40..46}"]),
    (1, &["WARN orders | duplicate submission ignored ;; \"order_id\":\"{order}\""]),
    (
        1,
        &[
            "INFO notifications | template updated ;; \"name\":\"{one:receipt|shipped|refund}\",\"by\":\"{top:people}\"",
        ],
    ),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(1, 7),
        deploy: false,
        texts: &[
            "let trace = ",
            "DEBUG gateway | upstreams healthy ;; \"count\":7",
            "?25 +2 DEBUG inventory | pool stats ;; \"in_use\":{n:0..7},\"idle\":{n:3..10},\"max\":20",
        ],
    },
    Occasion {
        when: Timetable::minutes(60, 300),
        deploy: false,
        texts: &[
            "let trace = ",
            "INFO orders | outbox relay finished ;; \"published\":{n:10..900},\"duration_ms\":{tail:340}",
            "+2s INFO inventory | snapshot written ;; \"skus\":{n:11800..12400},\"duration_ms\":{tail:2100}",
        ],
    },
    Occasion {
        when: Timetable::daily(3, 5),
        deploy: false,
        texts: &[
            "INFO payments | settlement started ;; \"day\":\"{@date}\"",
            "+60s INFO payments | settlement file written ;; \"rows\":{n:3000..9000}",
            "+8s INFO payments | settlement finished ;; \"duration_ms\":{took}",
        ],
    },
    Occasion {
        when: Timetable::daily(2, 15),
        deploy: false,
        texts: &[
            "INFO search | reindex started ;; \"index\":\"products\"",
            "+4m INFO search | alias switched ;; \"alias\":\"products\"",
            "+3s INFO search | old index deleted ;; \"duration_ms\":{took}",
        ],
    },
    Occasion {
        when: Timetable::days(1, 10, 30),
        deploy: true,
        texts: &[
            "let trace = ",
            "INFO orders | SIGTERM received, draining ;; \"open_requests\":{n:0..14}",
            "+4s INFO orders | server stopped ;; \"uptime_s\":{n:80000..90000}",
            "+6s INFO orders | starting ;; \"version\":\"{version}\",\"commit\":\"{build}\",\"go\":\"go1.22.1\"",
            "+200 INFO orders | connected to database ;; \"host\":\"orders-db.example.com\",\"pool\":20",
            "+90 INFO orders | migrations up to date ;; \"schema\":{n:110..140}",
            "+30 INFO orders | listening ;; \"port\":8080",
            "+3s WARN gateway | upstream marked unhealthy ;; \"upstream\":\"orders\",\"failures\":2",
            "+5s INFO gateway | upstream healthy again ;; \"upstream\":\"orders\"",
            "+20s INFO cart | starting ;; \"version\":\"{version}\",\"node\":\"v20.11.1\"",
            "+2s INFO cart | ready ;; \"port\":3000",
        ],
    },
];
