//! Trouble around databases: connections, locks, slow statements, damage, replicas.

use super::Anomaly;
use crate::generate::moment::{MINUTE, SECOND};

const POOL: Anomaly = Anomaly { kind: "connection-pool-exhausted", gap: 2 * SECOND, ..Anomaly::USUAL };
const FAILURE: Anomaly = Anomaly { kind: "database-failure", gap: 2 * SECOND, ..Anomaly::USUAL };
const DEADLOCK: Anomaly = Anomaly { kind: "deadlock", gap: 30 * SECOND, lines: (10, 30), ..Anomaly::USUAL };
const SLOW: Anomaly = Anomaly { kind: "slow-query", gap: 40 * SECOND, lines: (6, 20), ..Anomaly::USUAL };
const DAMAGE: Anomaly =
    Anomaly { kind: "data-corruption", gap: 50 * SECOND, lines: (8, 24), ..Anomaly::USUAL };

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["application"],
        story: "requests wait for a connection to the database and get none",
        opening: &[
            "let thread = scheduling-1",
            "let request = ",
            "INFO c.e.shop.metrics.PoolMonitor | HikariPool-1 - Pool stats (total=20, active=20, idle=0, waiting={n:12..80})",
        ],
        body: &[
            &[
                "ERROR c.e.shop.web.ErrorHandler | Request failed: POST /api/orders\norg.springframework.jdbc.CannotGetJdbcConnectionException: Failed to obtain JDBC Connection{java:6..9}\nCaused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 300{n:00..99}ms.{java:3..5}",
            ],
            &[
                "WARN o.h.engine.jdbc.spi.SqlExceptionHelper | SQL Error: 0, SQLState: null",
                "+1 ERROR o.h.engine.jdbc.spi.SqlExceptionHelper | HikariPool-1 - Connection is not available, request timed out after 300{n:00..99}ms.",
            ],
            &[
                "let thread = scheduling-1",
                "let request = ",
                "INFO c.e.shop.metrics.PoolMonitor | HikariPool-1 - Pool stats (total=20, active=20, idle=0, waiting={n:12..180})",
            ],
        ],
        ..POOL
    },
    Anomaly {
        profiles: &["database"],
        story: "all connections are taken",
        body: &[
            &["FATAL postgres | sorry, too many clients already"],
            &[
                "FATAL postgres | remaining connection slots are reserved for roles with the SUPERUSER attribute",
            ],
            &[
                "let who = [unknown]@[unknown]",
                "LOG postgres | connection received: host={client} port={port}",
                "+4 FATAL postgres | sorry, too many clients already",
            ],
        ],
        ..POOL
    },
    Anomaly {
        profiles: &["performance"],
        story: "the pool of {host} is empty and requests wait",
        pinned: &["host"],
        body: &[
            &["INFO pool | name=orders-db in_use=40 idle=0 wait_ms={ramp:400..29000}"],
            &[
                "ERROR sql | request={request} query={zipf:items.by_id|orders.insert|users.by_id} error=\"acquire timed out after 30 s\"",
            ],
        ],
        ..POOL
    },
    Anomaly {
        profiles: &["application"],
        story: "the database is gone",
        body: &[
            &[
                "ERROR c.e.shop.web.ErrorHandler | Request failed: GET /product/{sku}\norg.springframework.dao.DataAccessResourceFailureException: Unable to acquire JDBC Connection{java:5..8}\nCaused by: org.postgresql.util.PSQLException: Connection to db.example.com:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.{java:2..4}",
            ],
            &[
                "WARN com.zaxxer.hikari.pool.ProxyConnection | HikariPool-1 - Connection org.postgresql.jdbc.PgConnection@{hex:8} marked as broken because of SQLSTATE(08006), ErrorCode(0)",
            ],
            &["INFO c.e.shop.health.HealthController | Readiness is OUT_OF_SERVICE (db: DOWN)"],
        ],
        closing: &[
            "let thread = scheduling-1",
            "let request = ",
            "INFO com.zaxxer.hikari.pool.HikariPool | HikariPool-1 - Added connection org.postgresql.jdbc.PgConnection@{hex:8}",
        ],
        ..FAILURE
    },
    Anomaly {
        profiles: &["database"],
        story: "the server crashes, recovers, and refuses everybody meanwhile",
        opening: &[
            "let who = @",
            "LOG postgres | server process (PID {n:2100..31900}) was terminated by signal {one:6: Aborted|9: Killed|11: Segmentation fault}",
            "+1 DETAIL postgres | Failed process was running: {statement}",
            "+1 LOG postgres | terminating any other active server processes",
        ],
        body: &[
            &["FATAL postgres | the database system is in recovery mode"],
            &[
                "WARNING postgres | terminating connection because of crash of another server process",
                "+1 DETAIL postgres | The postmaster has commanded this server process to roll back the current transaction and exit, because another server process exited abnormally and possibly corrupted shared memory.",
                "+1 HINT postgres | In a moment you should be able to reconnect to the database and repeat your command.",
            ],
        ],
        closing: &[
            "let who = @",
            "LOG postgres | database system was interrupted; last known up at {@date} {@time} UTC",
            "+2s LOG postgres | redo starts at {HEX:2}/{HEX:8}",
            "+9s LOG postgres | redo done at {HEX:2}/{HEX:8} system usage: CPU: user: 4.10 s, system: 1.02 s, elapsed: 9.44 s",
        ],
        ..FAILURE
    },
    Anomaly {
        profiles: &["microservices"],
        story: "the database of the orders is gone",
        body: &[
            &[
                "ERROR orders | query failed: dial tcp 10.30.4.11:5432: connect: connection refused ;; \"op\":\"insert\",\"order_id\":\"{order}\"",
                "+4 ERROR gateway | request completed ;; \"method\":\"POST\",\"path\":\"/v1/orders\",\"status\":503,\"duration_ms\":{took:1},\"region\":\"{region}\"",
            ],
            &["WARN orders | pool exhausted, waiting ;; \"waiting\":{n:20..400},\"max\":20"],
            &["INFO orders | reconnecting ;; \"host\":\"orders-db.example.com\",\"attempt\":{n:1..40}"],
        ],
        ..FAILURE
    },
    Anomaly {
        profiles: &["database"],
        story: "transactions on {table} wait for each other",
        pinned: &["table"],
        body: &[
            &[
                "ERROR postgres | deadlock detected",
                "DETAIL postgres | Process {n:2100..31900} waits for ShareLock on transaction {up:xid:9120000}; blocked by process {n:2100..31900}.\n\tProcess {n:2100..31900} waits for ShareLock on transaction {up:xid:9120000}; blocked by process {n:2100..31900}.",
                "HINT postgres | See server log for query details.",
                "CONTEXT postgres | while updating tuple ({n:0..4000},{n:1..90}) in relation \"{table}\"",
                "STATEMENT postgres | UPDATE {table} SET updated_at = now() WHERE id = $1",
            ],
            &[
                "LOG postgres | process {n:2100..31900} still waiting for ExclusiveLock on tuple ({n:0..4000},{n:1..90}) of relation {n:16000..90000} after {n:5000..60000}.{n:100..999} ms",
            ],
        ],
        ..DEADLOCK
    },
    Anomaly {
        profiles: &["application"],
        story: "orders wait for each other in the database",
        body: &[
            &[
                "ERROR o.h.engine.jdbc.spi.SqlExceptionHelper | ERROR: deadlock detected\n  Detail: Process {n:2100..31900} waits for ShareLock on transaction {n:9120000..9190000}; blocked by process {n:2100..31900}.",
            ],
            &[
                "WARN c.e.shop.order.OrderService | Order {order} rolled back by lock timeout, attempt {n:1..3}",
            ],
        ],
        ..DEADLOCK
    },
    Anomaly {
        profiles: &["database"],
        story: "statements take seconds to minutes",
        body: &[
            &["LOG postgres | duration: {n:9000..190000}.{n:100..999} ms  execute <unnamed>: {statement}"],
            &[
                "LOG postgres | duration: {n:30000..400000}.{n:100..999} ms  statement: SELECT * FROM {table} a, {table} b WHERE a.note LIKE '%' || b.note || '%'",
            ],
            &[
                "ERROR postgres | canceling statement due to statement timeout",
                "STATEMENT postgres | {statement}",
            ],
        ],
        ..SLOW
    },
    Anomaly {
        profiles: &["performance"],
        story: "a query has lost its index",
        body: &[
            &[
                "INFO sql | request={request} query=items.list rows={n:0..60} duration_ms={n:4000..29000}.{n:10..99}",
            ],
            &[
                "WARN sql | request={request} query=items.list slow rows={n:900000..2400000} duration_ms={n:9000..60000}.{n:0..9}",
            ],
        ],
        ..SLOW
    },
    Anomaly {
        profiles: &["database"],
        story: "blocks of {table} are damaged",
        pinned: &["table"],
        body: &[
            &[
                "WARNING postgres | page verification failed, calculated checksum {n:1000..65000} but expected {n:1000..65000}",
                "+1 ERROR postgres | invalid page in block {n:0..90000} of relation base/16401/{n:16000..90000}",
            ],
            &[
                "ERROR postgres | could not read block {n:0..90000} in file \"base/16401/{n:16000..90000}\": read only 0 of 8192 bytes",
            ],
            &[
                "ERROR postgres | missing chunk number 0 for toast value {n:100000..900000} in pg_toast_{n:16000..90000}",
                "STATEMENT postgres | SELECT * FROM {table}",
            ],
        ],
        ..DAMAGE
    },
    Anomaly {
        profiles: &["application"],
        story: "stored orders cannot be read any more",
        body: &[
            &["WARN c.e.shop.order.OrderRepository | Checksum of order {order} is {hex:8}, expected {hex:8}"],
            &[
                "ERROR c.e.shop.order.OrderMapper | Cannot decode lines of order {order}\ncom.fasterxml.jackson.core.JsonParseException: Unexpected character ('\u{fffd}' (code 65533 / 0xfffd)): expected a valid value{java:4..7}",
            ],
        ],
        ..DAMAGE
    },
    Anomaly {
        profiles: &["database"],
        kind: "replication-lag",
        story: "a replica falls behind and loses its place",
        gap: MINUTE,
        lines: (8, 24),
        body: &[
            &[
                "let who = replicator@[unknown]",
                "LOG postgres | terminating walsender process due to replication timeout",
            ],
            &[
                "let who = replicator@[unknown]",
                "ERROR postgres | requested WAL segment {segment} has already been removed",
            ],
            &["let who = @", "WARNING postgres | replication slot \"replica_2\" is {ramp:4..96} GB behind"],
        ],
        ..Anomaly::USUAL
    },
];
