//! Trouble that every operator knows, in the words of the programs that have it; see `profiles/known_trouble`.

use super::Anomaly;
use crate::generate::moment::SECOND;

const USUAL: Anomaly = Anomaly { gap: 3 * SECOND, lines: (20, 60), ..Anomaly::USUAL };
const DATABASE: Anomaly = Anomaly { profiles: &["database-failures"], kind: "database-failure", ..USUAL };
const RESOURCES: Anomaly = Anomaly { profiles: &["resource-exhaustion"], ..USUAL };
const GUESSING: Anomaly = Anomaly {
    profiles: &["authentication-failures"],
    kind: "brute-force",
    pinned: &["attacker"],
    gap: 2 * SECOND,
    lines: (40, 120),
    ..USUAL
};

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        story: "the database is gone, in the words of those who need it",
        body: &[
            &["ERROR orders | Database connection failed: could not connect to server: Connection refused"],
            &[
                "ERROR orders | psycopg2.OperationalError: connection to server at \"db-1\" (10.20.0.9), port 5432 failed: Connection refused",
            ],
            &[
                "ERROR stock | com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure",
            ],
            &["ERROR reports | Lost connection to MySQL server during query"],
            &["WARN orders | Database connection lost, retrying in {n:1..30} seconds"],
            &["ERROR carts | MongoNetworkError: connect ECONNREFUSED 10.20.0.12:27017"],
            &["ERROR sessions | Could not connect to Redis at cache-1:6379: Connection refused"],
            &["FATAL db | the database system is in recovery mode"],
        ],
        ..DATABASE
    },
    Anomaly {
        kind: "connection-pool-exhausted",
        story: "there are more who want a connection than there are connections",
        body: &[
            &[
                "ERROR orders | HikariPool-1 - Connection is not available, request timed out after 30{n:000..099}ms.",
            ],
            &["FATAL db | sorry, too many clients already"],
            &[
                "ERROR stock | sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00",
            ],
            &["ERROR reports | ERROR 1040 (HY000): Too many connections"],
            &["WARN orders | connection pool exhausted, {n:12..80} requests wait"],
        ],
        ..DATABASE
    },
    Anomaly {
        kind: "deadlock",
        story: "transactions wait for each other",
        body: &[
            &["ERROR db | deadlock detected"],
            &["ERROR stock | Deadlock found when trying to get lock; try restarting transaction"],
            &[
                "ERROR reports | Transaction (Process ID {n:50..90}) was deadlocked on lock resources with another process and has been chosen as the deadlock victim.",
            ],
            &["ERROR orders | Lock wait timeout exceeded; try restarting transaction"],
        ],
        ..DATABASE
    },
    Anomaly {
        story: "{attacker} guesses passwords",
        body: &[
            &["WARN auth | login of {any:people} from {attacker} failed: wrong password, attempt {n:1..5}"],
            &[
                "WARN sshd | Failed password for invalid user {one:admin|test|oracle|git} from {attacker} port {n:32768..60999} ssh2",
            ],
            &["WARN vpn | authentication failed for user {any:people} from {attacker}"],
            &["WARN mail | SASL LOGIN authentication failed: authentication failure, client {attacker}"],
            &["WARN auth | Invalid credentials for {any:people} from {attacker}"],
        ],
        ..GUESSING
    },
    Anomaly {
        story: "{attacker} tries tokens, and locks accounts",
        body: &[
            &["WARN api | invalid token in request from {attacker}: signature does not match"],
            &["WARN api | authentication failed: token expired or revoked, client {attacker}"],
            &["WARN auth | account locked after 5 failed login attempts from {attacker}"],
            &["WARN ldap | LDAP: error code 49 - bind of {any:people} from {attacker}: Invalid Credentials"],
        ],
        ..GUESSING
    },
    Anomaly {
        kind: "disk-full",
        story: "a disk fills up",
        body: &[
            &["ERROR orders | write to /var/lib/shop/spool/{hex:8}: no space left on device"],
            &["ERROR db | could not extend file \"base/16401/{n:16000..90000}\": No space left on device"],
            &["WARN monitor | disk usage on /var is {ramp:91..100}%, above the limit of 90%"],
            &["CRITICAL monitor | Disk space critical: {ramp:93..100}% used on /dev/sda1"],
            &["ERROR reports | Disk quota exceeded"],
        ],
        ..RESOURCES
    },
    Anomaly {
        kind: "memory-exhaustion",
        story: "memory runs out",
        body: &[
            &["ERROR orders | java.lang.OutOfMemoryError: Java heap space"],
            &["WARN monitor | Memory usage at {ramp:91..99}%"],
            &["CRITICAL monitor | memory usage critical: {ramp:92..99}% of 16 GB"],
            &["ERROR kernel | Out of memory: Killed process {n:900..30000} (python3) total-vm:8123456kB"],
            &["ERROR reports | MemoryError: Unable to allocate 2.4 GiB for an array"],
        ],
        ..RESOURCES
    },
    Anomaly {
        kind: "cpu-saturation",
        story: "processors have no time left",
        body: &[
            &["WARN monitor | CPU usage at {ramp:91..100}% for {n:2..9} minutes"],
            &["CRITICAL monitor | High CPU usage detected: {ramp:92..100}%"],
            &["WARN kernel | watchdog: BUG: soft lockup - CPU#{n:0..7} stuck for {n:22..48}s!"],
            &["WARN monitor | load average {ramp:9..64} is above the limit of 8"],
        ],
        ..RESOURCES
    },
    Anomaly {
        kind: "file-handles-exhausted",
        story: "no more files can be opened",
        body: &[
            &["ERROR web | accept4() failed (24: Too many open files)"],
            &["ERROR orders | java.net.SocketException: Too many open files"],
            &["ERROR reports | OSError: [Errno 24] Too many open files: '/var/lib/shop/{hex:8}.csv'"],
        ],
        ..RESOURCES
    },
    Anomaly {
        profiles: &["slow-queries"],
        kind: "slow-query",
        story: "statements take long",
        body: &[
            &[
                "WARN db | Slow query detected: SELECT * FROM {table} WHERE note LIKE '%x%' took {n:6000..90000} ms",
            ],
            &[
                "INFO db | duration: {n:9000..190000}.{n:100..999} ms  statement: SELECT count(*) FROM {table}",
            ],
            &["WARN orders | query on {table} took {n:6..90}.{n:0..9} seconds"],
            &["ERROR db | canceling statement due to statement timeout"],
            &["WARN reports | Query execution time exceeded threshold: {n:5200..60000} ms"],
            &[
                "INFO mysql | # Query_time: {n:6..90}.{n:100000..999999}  Lock_time: 0.000100 Rows_sent: {n:1..90}  Rows_examined: {n:900000..9000000}",
            ],
            &[
                "INFO mongo | Slow query: command: find shop.{table} planSummary: COLLSCAN durationMillis: {n:6000..60000}",
            ],
            &["ERROR stock | java.sql.SQLTimeoutException: query timed out"],
        ],
        ..USUAL
    },
    Anomaly {
        profiles: &["error-bursts"],
        kind: "error-burst",
        story: "a program fails at whatever it does",
        gap: SECOND / 3,
        lines: (60, 180),
        body: &[
            &["ERROR orders | order {order} could not be stored: internal error"],
            &["ERROR web | POST /api/orders 500 in {n:2..90} ms"],
            &["ERROR orders | NullPointerException: \"tariff\" is null"],
            &["ERROR payments | unexpected response for order {order}: 0 bytes"],
            &["ERROR web | GET /product/{sku} 503 in {n:2..90} ms"],
            &["ERROR stock | inventory event rejected: schema version {n:4..6} is unknown"],
            &["ERROR mail | template for order {order} is broken"],
            &["CRITICAL orders | health check failed, {n:3..40} requests lost"],
        ],
        ..USUAL
    },
];
