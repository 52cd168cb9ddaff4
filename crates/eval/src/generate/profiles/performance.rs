//! Many requests and jobs of an API with their timings: mostly numbers, as `key=value`.

use super::{COUNTRIES, GOODS, PEOPLE};
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::template::List;
use crate::generate::traffic::{CUSTOMERS, Timetable};

const ROUTES: List = (
    "routes",
    &[
        "/v2/items",
        "/v2/items/:id",
        "/v2/search",
        "/v2/users/:id",
        "/v2/orders",
        "/v2/orders/:id",
        "/v2/prices",
        "/v2/stock/:sku",
        "/v2/suggest",
        "/v2/carts/:id",
        "/v2/images/:id",
        "/v2/reviews",
        "/v2/stores",
        "/v2/vouchers/:code",
        "/v2/returns",
        "/v2/exports",
    ],
);

pub(super) const PROFILE: Definition = Definition {
    name: "performance",
    about: "requests, queries and jobs of an API with their timings",
    lines: 200_000,
    share: 20,
    per_hour: 3_000,
    season: CUSTOMERS,
    layout: Layout {
        head: "{@iso} {@level} {host} {@component} ",
        tail: "",
        continuation: Continuation::Bare,
    },
    lists: &[PEOPLE, COUNTRIES, GOODS, ROUTES],
    variables: &[
        ("host", "api-{n:1..6}"),
        ("request", "{hex:12}"),
        ("route", "{top:routes}"),
        ("client", "{zipf:web|ios|android|partner-a|partner-b|batch}"),
        ("region", "{zipf:eu-1|eu-2|us-1|ap-1}"),
        ("queue", "{zipf:mail|images|exports|billing|search}"),
        ("worker", "{n:1..16}"),
        ("topic", "{zipf:orders|stock|prices|clicks}"),
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
    strangers: &[("client", "{one:curl|loadtest|unknown-sdk}"), ("region", "{one:sa-9|lab}")],
    silent_at_once: false,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        500,
        &[
            "INFO http | request={request} method={zipf:GET|POST|PUT|DELETE} route={route} status={zipf:200|200|304|201|204} duration_ms={tail:24.0} bytes={size:2900} client={client} region={region}",
        ],
    ),
    (
        140,
        &[
            "INFO http | request={request} accepted method=POST route=/v2/orders client={client} region={region}",
            "+4 INFO sql | request={request} query=orders.insert rows=1 duration_ms={since:2}",
            "+9 INFO sql | request={request} query=stock.reserve rows={n:1..6} duration_ms={since:2}",
            "+85 INFO rpc | request={request} call=payments.authorize status=ok duration_ms={since:1}",
            "+9 INFO http | request={request} done method=POST route=/v2/orders status=201 duration_ms={took:1}",
        ],
    ),
    (
        160,
        &[
            "INFO sql | request={request} query={zipf:items.by_id|items.list|users.by_id|prices.current|reviews.recent|stores.near} rows={n:0..60} duration_ms={tail:2.60}",
        ],
    ),
    (
        120,
        &[
            "DEBUG cache | op={zipf:get|set|delete} key={zipf:item|user|price|search}:{hex:8} result={zipf:hit|hit|miss|expired} duration_us={tail:190}",
        ],
    ),
    (
        50,
        &[
            "INFO queue | queue={queue} job={request} started worker={worker} waited_ms={tail:40}",
            "+300 DEBUG queue | queue={queue} job={request} progress=50% worker={worker}",
            "+300 INFO queue | queue={queue} job={request} finished worker={worker} duration_ms={took}",
        ],
    ),
    (
        60,
        &[
            "INFO stream | topic={topic} partition={n:0..11} lag={size:40} consumed={size:380} duration_ms={tail:55}",
        ],
    ),
    (40, &["INFO runtime | gc pause_ms={tail:1.80} heap_mb={size:610} goroutines={size:380}"]),
    (
        14,
        &[
            "WARN http | request={request} method=GET route={route} status={zipf:404|400|401|429} duration_ms={tail:5.0} bytes={size:220} client={client} region={region}",
        ],
    ),
    (
        7,
        &[
            "WARN sql | request={request} query={zipf:search.facets|orders.history|exports.page} slow rows={size:2400} duration_ms={n:500..1400}.{n:0..9}",
        ],
    ),
    (
        6,
        &[
            "WARN rpc | request={request} call={zipf:payments.authorize|tax.quote|mail.send} status=timeout attempt=1 duration_ms=2000",
        ],
    ),
    (
        5,
        &[
            "ERROR http | request={request} method={zipf:GET|POST} route={route} status={zipf:500|502|503} duration_ms={tail:40.0} bytes={size:170} client={client} region={region}",
        ],
    ),
    (
        3,
        &[
            "ERROR queue | queue={queue} job={request} failed worker={worker} attempt={zipf:1|2} error=\"{zipf:upstream closed the connection|invalid payload|lease lost}\"",
        ],
    ),
    (
        1,
        &[
            "ERROR http | request={request} panic recovered\nSystem.InvalidOperationException: Sequence contains no elements{dotnet:3..5}",
        ],
    ),
    (4, &["INFO limiter | client={client} throttled for {n:200..1500} ms"]),
    (3, &["INFO pool | name=orders-db in_use={n:1..24} idle={n:6..30} wait_ms={n:0..6}"]),
    (2, &["WARN cache | node cache-{n:1..3} evicted {size:420} keys"]),
    (2, &["INFO tls | session tickets rotated"]),
    (1, &["WARN rpc | circuit for tax.quote half-open, probing"]),
    (1, &["INFO stream | topic={topic} rebalanced, {n:2..4} partitions assigned"]),
    (1, &["INFO flags | {one:ranking-v3|lazy-images|bulk-prices} set to {n:0..100}% by {top:people}"]),
    (1, &["WARN runtime | clock moved by {n:11..90} ms"]),
    (1, &["INFO profiler | sample of {n:10..30} s written to /var/tmp/cpu-{hex:6}.pprof"]),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(1, 0),
        deploy: false,
        texts: &[
            "INFO runtime | cpu={f:0.18..0.62} load1={f:0.40..3.20} rss_mb={n:820..1180} fds={n:410..690} threads={n:38..54}",
        ],
    },
    Occasion {
        when: Timetable::minutes(60, 1800),
        deploy: false,
        texts: &[
            "INFO rollup | hour={@unix} started",
            "+6s INFO rollup | hour={@unix} series={n:2100..2500} duration_ms={took}",
        ],
    },
    Occasion {
        when: Timetable::daily(3, 30),
        deploy: false,
        texts: &[
            "INFO warmup | rebuilding price index",
            "+80s INFO warmup | price index rebuilt entries={n:118000..124000} duration_ms={took}",
        ],
    },
    Occasion {
        when: Timetable::daily(1, 45),
        deploy: false,
        texts: &[
            "INFO backup | snapshot of orders-db started",
            "+7m INFO backup | snapshot of orders-db finished bytes={size:48000000} duration_ms={took}",
        ],
    },
    Occasion {
        when: Timetable::days(1, 9, 30),
        deploy: true,
        texts: &[
            "INFO server | draining connections={n:4..60}",
            "+4s INFO server | stopped uptime_s={n:70000..90000}",
            "+5s INFO server | starting version={version} build={build}",
            "+700 INFO pool | name=orders-db opened=10 duration_ms={tail:130}",
            "+900 INFO cache | connected nodes=3",
            "+1s INFO server | ready duration_ms={took}",
        ],
    },
];
