//! A PostgreSQL server: connections, slow but usual statements, checkpoints, autovacuum, replication.

use super::PEOPLE;
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::template::List;
use crate::generate::traffic::{OFFICE, Timetable};

const TABLES: List = (
    "tables",
    &[
        "orders",
        "order_items",
        "customers",
        "products",
        "stock_levels",
        "payments",
        "sessions",
        "addresses",
        "audit_log",
        "invoices",
        "shipments",
        "prices",
        "reviews",
        "vouchers",
    ],
);

const STATEMENTS: List = (
    "statements",
    &[
        "SELECT o.id, o.total, o.status FROM orders o WHERE o.customer_id = $1 ORDER BY o.created_at DESC LIMIT 20",
        "SELECT p.* FROM products p JOIN prices r ON r.product_id = p.id WHERE p.category_id = $1",
        "UPDATE stock_levels SET quantity = quantity - $1 WHERE product_id = $2 AND warehouse_id = $3",
        "INSERT INTO order_items (order_id, product_id, quantity, price) VALUES ($1, $2, $3, $4)",
        "SELECT count(*) FROM sessions WHERE last_seen > now() - interval '15 minutes'",
        "UPDATE customers SET last_login = now() WHERE id = $1",
        "SELECT s.id, s.tracking FROM shipments s WHERE s.state = $1 AND s.updated_at < $2",
        "INSERT INTO audit_log (actor, action, subject, at) VALUES ($1, $2, $3, now())",
        "SELECT date_trunc('day', created_at), sum(total) FROM orders WHERE created_at >= $1 GROUP BY 1 ORDER BY 1",
        "DELETE FROM sessions WHERE last_seen < now() - interval '30 days'",
        "SELECT i.number, i.total FROM invoices i LEFT JOIN payments p ON p.invoice_id = i.id WHERE p.id IS NULL",
        "WITH recent AS (SELECT product_id, avg(rating) r FROM reviews GROUP BY 1) SELECT * FROM recent WHERE r > $1",
    ],
);

pub(super) const PROFILE: Definition = Definition {
    name: "database",
    about: "a PostgreSQL server with replicas",
    lines: 30_000,
    share: 80,
    per_hour: 180,
    season: OFFICE,
    layout: Layout {
        head: "{@postgres} [{pid}] {who} {@level}:  ",
        tail: "",
        continuation: Continuation::Bare,
    },
    lists: &[PEOPLE, TABLES, STATEMENTS],
    variables: &[
        ("pid", "{n:2100..31900}"),
        ("role", "{zipf:shop_app|shop_worker|reporting|shop_admin}"),
        ("base", "{zipf:shop|billing|analytics}"),
        ("client", "10.20.{n:1..4}.{n:10..60}"),
        ("port", "{n:32768..60999}"),
        ("who", "{role}@{base}"),
        ("table", "{top:tables}"),
        ("statement", "{top:statements}"),
        ("user", "{top:people}"),
        ("segment", "0000000100000{hex:3}000000{HEX:2}"),
    ],
    scenes: SCENES,
    occasions: OCCASIONS,
    general: &[
        General::OddValue,
        General::LevelShift,
        General::Burst,
        General::Silence,
        General::MissingStep,
        General::BrokenOrder,
        General::DuplicatedStep,
        General::SlowStep,
        General::NewValue,
    ],
    peer: "",
    strangers: &[
        ("role", "{one:postgres_tmp|old_admin|pentest}"),
        ("client", "{one:172.31.255.7|192.168.77.13}"),
        ("base", "{one:shop_restore|template_copy}"),
    ],
    silent_at_once: true,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        260,
        &[
            "let who = [unknown]@[unknown]",
            "LOG postgres | connection received: host={client} port={port}",
            "+6 LOG postgres | connection authenticated: identity=\"{role}\" method=scram-sha-256 (/etc/postgresql/16/main/pg_hba.conf:98)",
            "+2 LOG postgres | connection authorized: user={role} database={base} application_name={zipf:shop-api|shop-worker|psql|grafana|pgbouncer} SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)",
            "+4m LOG postgres | disconnection: session time: 0:{n:00..09}:{n:00..59}.{n:000..999} user={role} database={base} host={client} port={port}",
        ],
    ),
    (300, &["LOG postgres | duration: {tail:280.000} ms  execute <unnamed>: {statement}"]),
    (120, &["LOG postgres | duration: {tail:210.000} ms  execute S_{n:1..40}: {statement}"]),
    (60, &["LOG postgres | duration: {tail:340.000} ms  statement: {statement}"]),
    (
        50,
        &[
            "let who = @",
            "let pid = 871",
            "LOG postgres | automatic vacuum of table \"shop.public.{table}\": index scans: {n:0..1}\n\tpages: 0 removed, {size:5200} remain, {size:900} scanned ({f:1.00..60.00}% of total)\n\ttuples: {size:1400} removed, {size:88000} remain, {n:0..40} are dead but not yet removable\n\tsystem usage: CPU: user: {f:0.01..2.10} s, system: {f:0.00..0.40} s, elapsed: {f:0.20..9.00} s",
        ],
    ),
    (
        36,
        &[
            "let who = @",
            "LOG postgres | automatic analyze of table \"shop.public.{table}\"\n\tavg read rate: {f:0.000..9.000} MB/s, avg write rate: {f:0.000..1.000} MB/s\n\tsystem usage: CPU: user: {f:0.01..0.90} s, system: {f:0.00..0.20} s, elapsed: {f:0.05..2.00} s",
        ],
    ),
    (
        26,
        &[
            "ERROR postgres | duplicate key value violates unique constraint \"{table}_pkey\"",
            "DETAIL postgres | Key (id)=({n:10000..990000}) already exists.",
            "STATEMENT postgres | INSERT INTO {table} (id, created_at) VALUES ($1, $2)",
        ],
    ),
    (14, &["ERROR postgres | canceling statement due to user request", "STATEMENT postgres | {statement}"]),
    (
        12,
        &[
            "let role = reporting",
            "ERROR postgres | relation \"{one:tmp_import|report_view|order|custmers}\" does not exist at character {n:15..80}",
            "STATEMENT postgres | SELECT * FROM {one:tmp_import|report_view|order|custmers} LIMIT 100",
        ],
    ),
    (9, &["ERROR postgres | syntax error at or near \"{one:FORM|,|)|LIMT|WHER}\" at character {n:8..140}"]),
    (
        18,
        &[
            "LOG postgres | temporary file: path \"base/pgsql_tmp/pgsql_tmp{n:2100..31900}.{n:0..12}\", size {size:18000000}",
        ],
    ),
    (10, &["WARNING postgres | there is already a transaction in progress"]),
    (8, &["LOG postgres | could not receive data from client: Connection reset by peer"]),
    (8, &["FATAL postgres | password authentication failed for user \"{role}\""]),
    (5, &["LOG postgres | unexpected EOF on client connection with an open transaction"]),
    (4, &["ERROR postgres | value too long for type character varying({one:40|64|255})"]),
    (
        4,
        &[
            "ERROR postgres | null value in column \"{one:email|total|name|sku}\" of relation \"{table}\" violates not-null constraint",
        ],
    ),
    (3, &["LOG postgres | statement: SET search_path TO {base}, public"]),
    (3, &["WARNING postgres | nonstandard use of escape in a string literal at character {n:30..200}"]),
    (
        2,
        &[
            "LOG postgres | statement: CREATE INDEX CONCURRENTLY idx_{table}_{alnum:4} ON {table} (created_at)",
        ],
    ),
    (2, &["LOG postgres | statement: ANALYZE {table}"]),
    (2, &["ERROR postgres | division by zero"]),
    (1, &["LOG postgres | statement: ALTER ROLE {role} SET statement_timeout = '30s'"]),
    (1, &["LOG postgres | statement: GRANT SELECT ON {table} TO reporting"]),
    (1, &["LOG postgres | statement: COMMENT ON TABLE {table} IS 'reviewed by {user}'"]),
    (1, &["ERROR postgres | invalid input syntax for type uuid: \"{hex:12}\""]),
    (
        1,
        &[
            "LOG postgres | process {n:2100..31900} still waiting for ShareLock on transaction {up:xid:9120000} after 1000.{n:010..090} ms",
        ],
    ),
    (1, &["NOTICE postgres | table \"tmp_{table}\" does not exist, skipping"]),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(15, 30),
        deploy: false,
        texts: &[
            "let who = @",
            "let pid = 868",
            "LOG postgres | checkpoint starting: time",
            "+100s LOG postgres | checkpoint complete: wrote {size:1900} buffers ({f:0.4..9.0}%); 0 WAL file(s) added, {n:0..2} removed, {n:0..6} recycled; write={tooks:3} s, sync={f:0.004..0.400} s, total={tooks:3} s; sync files={n:20..240}, longest={f:0.002..0.090} s, average={f:0.001..0.009} s; distance={size:21000} kB, estimate={size:30000} kB",
        ],
    },
    Occasion {
        when: Timetable::minutes(60, 1500),
        deploy: false,
        texts: &[
            "let who = replicator@[unknown]",
            "LOG postgres | received replication command: IDENTIFY_SYSTEM",
            "+5 LOG postgres | received replication command: START_REPLICATION SLOT \"replica_{n:1..2}\" {HEX:2}/{HEX:8} TIMELINE 1",
        ],
    },
    Occasion {
        when: Timetable::daily(1, 10),
        deploy: false,
        texts: &[
            "let who = backup@[unknown]",
            "LOG postgres | received replication command: BASE_BACKUP ( LABEL 'nightly', PROGRESS, CHECKPOINT 'fast', WAIT 0, MANIFEST 'yes', TARGET 'client')",
            "+1s LOG postgres | checkpoint starting: immediate force wait",
            "+9s LOG postgres | checkpoint complete: wrote {size:9000} buffers ({f:2.0..12.0}%); 0 WAL file(s) added, 0 removed, {n:1..8} recycled; write={f:2.000..9.000} s, sync={f:0.050..0.700} s, total={tooks:3} s; sync files={n:90..400}, longest={f:0.010..0.200} s, average={f:0.001..0.009} s; distance={size:80000} kB, estimate={size:90000} kB",
            "+6m LOG postgres | duration: {took:3} ms  statement: BASE_BACKUP",
        ],
    },
    Occasion {
        when: Timetable::daily(3, 45),
        deploy: false,
        texts: &[
            "let role = reporting",
            "let base = analytics",
            "LOG postgres | statement: REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales",
            "+70s LOG postgres | duration: {took:3} ms  statement: REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales",
            "+200 LOG postgres | statement: REFRESH MATERIALIZED VIEW CONCURRENTLY stock_turnover",
            "+30s LOG postgres | duration: {took:3} ms  statement: REFRESH MATERIALIZED VIEW CONCURRENTLY stock_turnover",
        ],
    },
    Occasion {
        when: Timetable::days(1, 5, 20),
        deploy: false,
        texts: &[
            "let who = @",
            "LOG postgres | received SIGHUP, reloading configuration files",
            "+3 ?60 LOG postgres | parameter \"log_min_duration_statement\" changed to \"200\"",
        ],
    },
    Occasion {
        when: Timetable::days(6, 4, 0),
        deploy: true,
        texts: &[
            "let who = @",
            "LOG postgres | received fast shutdown request",
            "+20 LOG postgres | aborting any active transactions",
            "+30 x2..9 FATAL postgres | terminating connection due to administrator command",
            "+200 LOG postgres | background worker \"logical replication launcher\" (PID 875) exited with exit code 1",
            "+90 LOG postgres | shutting down",
            "+800 LOG postgres | database system is shut down",
            "+7s LOG postgres | starting PostgreSQL 16.{n:2..4} (Debian 16.2-1.pgdg120+2) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit",
            "+2 LOG postgres | listening on IPv4 address \"0.0.0.0\", port 5432",
            "+2 LOG postgres | listening on Unix socket \"/var/run/postgresql/.s.PGSQL.5432\"",
            "+12 LOG postgres | database system was shut down at {@date} {@time} UTC",
            "+20 x0..3 FATAL postgres | the database system is starting up",
            "+90 LOG postgres | database system is ready to accept connections",
        ],
    },
];
