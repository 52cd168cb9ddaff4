//! A shop as one Java application on four machines: orders, payments, stock, mail, nightly jobs.

use super::{COUNTRIES, GOODS, PEOPLE};
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::traffic::{CUSTOMERS, Timetable};

pub(super) const PROFILE: Definition = Definition {
    name: "application",
    about: "a shop as one Java application, with stack traces",
    lines: 50_000,
    share: 30,
    per_hour: 300,
    season: CUSTOMERS,
    layout: Layout {
        head: "{@plain} {@level5} {instance} [{thread}] {@component} - [{request}] ",
        tail: "",
        continuation: Continuation::Bare,
    },
    lists: &[PEOPLE, COUNTRIES, GOODS],
    variables: &[
        ("instance", "shop-{n:1..4}"),
        ("thread", "http-nio-8080-exec-{n:1..25}"),
        ("request", "{hex:16}"),
        ("customer", "{rank:4000}"),
        ("user", "{top:people}"),
        ("country", "{top:countries}"),
        ("order", "ORD-{up:order:184000}"),
        ("cart", "{hex:12}"),
        ("sku", "{top:goods}"),
        ("items", "{zipf:1|2|3|4|5|6|8|11}"),
        ("amount", "{f:8.90..249.00}"),
        ("ip", "{address:3000}"),
        ("job", "{up:job:5200}"),
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
    peer: "instance",
    strangers: &[("country", "{one:KP|AQ|ZZ|TV}"), ("user", "{one:svc-legacy|root|qa.tmp}")],
    silent_at_once: false,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        300,
        &[
            "INFO c.e.shop.order.OrderController | Order request received from customer {customer}, {items} items",
            "+8 DEBUG c.e.shop.stock.StockService | Reserving {items} items for cart {cart}",
            "+25 INFO c.e.shop.order.OrderService | Order {order} created for customer {customer}, total {amount} EUR",
            "+60 INFO c.e.shop.payment.PaymentClient | Authorizing payment for order {order} via {zipf:card|paypal|invoice|sepa}",
            "+240 INFO c.e.shop.payment.PaymentClient | Payment authorized for order {order} in {took} ms",
            "+12 INFO c.e.shop.mail.MailQueue | Queued confirmation mail for order {order}",
        ],
    ),
    (
        420,
        &[
            "DEBUG c.e.shop.catalog.SearchController | Search '{zipf:lamp|shoes|mug|chair|jacket|tea|camera|rug|gift|toy}' page {zipf:1|2|3|4}",
            "+35 INFO c.e.shop.catalog.SearchService | Search returned {n:0..480} hits in {took} ms",
        ],
    ),
    (
        380,
        &[
            "INFO c.e.shop.catalog.ProductController | Product {sku} served in {tail:14} ms (cache={zipf:hit|miss})",
        ],
    ),
    (200, &["INFO c.e.shop.cart.CartService | Added {sku} x{zipf:1|2|3} to cart {cart}, now {items} items"]),
    (60, &["INFO c.e.shop.cart.CartService | Removed {sku} from cart {cart}"]),
    (
        150,
        &[
            "INFO c.e.shop.auth.LoginController | Login attempt for {user} from {ip}",
            "+90 INFO c.e.shop.auth.SessionService | Session {hex:24} opened for {user}, country {country}",
        ],
    ),
    (26, &["WARN c.e.shop.auth.LoginController | Login failed for {user} from {ip}: bad credentials"]),
    (70, &["INFO c.e.shop.auth.SessionService | Session {hex:24} expired after {n:30..60} minutes idle"]),
    (
        110,
        &[
            "let thread = mail-sender-{n:1..3}",
            "let request = ",
            "DEBUG c.e.shop.mail.MailSender | Rendering template {zipf:order-confirmation|shipping-notice|password-reset|newsletter-optin}",
            "+180 INFO c.e.shop.mail.MailSender | Mail sent to customer {customer} ({size:18400} bytes) in {took} ms",
        ],
    ),
    (
        70,
        &[
            "let thread = stock-sync-1",
            "let request = ",
            "INFO c.e.shop.stock.StockImport | Stock message {up:stock:881000} received for {sku}",
            "+6 DEBUG c.e.shop.stock.StockService | Stock of {sku} is now {n:0..900}",
            "?35 +2 INFO c.e.shop.search.IndexWriter | Reindexed {sku} in {tail:9} ms",
        ],
    ),
    (
        34,
        &[
            "INFO c.e.shop.shipping.LabelService | Label {HEX:10} printed for order {order}, carrier {zipf:dhl|ups|gls|hermes}",
        ],
    ),
    (
        22,
        &[
            "INFO c.e.shop.returns.ReturnService | Return of {sku} from order {order} registered, reason={zipf:size|damaged|late|unwanted}",
        ],
    ),
    (
        16,
        &[
            "WARN c.e.shop.payment.PaymentClient | Payment provider answered 503, retry 1 of 3 in 500 ms",
            "+500 ?20 WARN c.e.shop.payment.PaymentClient | Payment provider answered 503, retry 2 of 3 in 1000 ms",
            "+300 INFO c.e.shop.payment.PaymentClient | Payment authorized for order {order} in {took} ms",
        ],
    ),
    (9, &["WARN c.e.shop.stock.StockService | Only {n:1..4} of {sku} left, requested {n:5..9}"]),
    (
        8,
        &["WARN c.e.shop.payment.FraudCheck | Score {f:0.71..0.89} for order {order}: sent to manual review"],
    ),
    (
        7,
        &[
            "ERROR c.e.shop.payment.PaymentClient | Payment declined for order {order}: {zipf:insufficient funds|card expired|do not honor|limit exceeded}",
        ],
    ),
    (
        5,
        &[
            "WARN o.a.tomcat.util.http.Parameters | Character decoding failed. Parameter [q] with value [%{HEX:2}%{HEX:1}] has been ignored.",
        ],
    ),
    (
        4,
        &[
            "ERROR c.e.shop.web.ErrorHandler | Request failed: POST /api/cart/{cart}/items\njava.lang.IllegalArgumentException: Quantity must be between 1 and 99, was {n:100..400}{java:6..11}",
        ],
    ),
    (
        3,
        &[
            "WARN c.e.shop.web.ErrorHandler | Client went away: GET /product/{sku}\norg.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe{java:7..12}",
        ],
    ),
    (
        3,
        &[
            "ERROR c.e.shop.mail.MailSender | Mail to customer {customer} bounced: 550 5.1.1 mailbox unavailable",
        ],
    ),
    (
        6,
        &[
            "INFO c.e.shop.voucher.VoucherService | Voucher {HEX:8} redeemed for order {order}, {n:5..30} % off",
        ],
    ),
    (3, &["INFO c.e.shop.privacy.ExportService | Data export requested by customer {customer}"]),
    (
        2,
        &[
            "INFO c.e.shop.admin.PriceEditor | {user} changed price of {sku} from {f:5.00..90.00} to {f:5.00..90.00}",
        ],
    ),
    (
        2,
        &[
            "WARN com.zaxxer.hikari.pool.PoolBase | HikariPool-1 - Failed to validate connection org.postgresql.jdbc.PgConnection@{hex:8} (This connection has been closed.). Possibly consider using a shorter maxLifetime value.",
        ],
    ),
    (
        2,
        &[
            "INFO c.e.shop.account.AddressService | Address of customer {customer} normalized by geocoder ({n:1..4} candidates)",
        ],
    ),
    (1, &["WARN c.e.shop.catalog.ImageService | Thumbnail of {sku} missing, falling back to original"]),
    (
        1,
        &[
            "INFO c.e.shop.account.AccountService | Customer {customer} deleted the account, anonymized {n:1..40} orders",
        ],
    ),
    (1, &["WARN o.s.web.servlet.PageNotFound | No mapping for GET /apple-touch-icon-precomposed.png"]),
    (
        1,
        &[
            "INFO c.e.shop.features.FeatureFlags | Flag {zipf:new-checkout|fast-search|dark-mode} switched {one:on|off} by {user}",
        ],
    ),
    (
        1,
        &[
            "WARN c.e.shop.tax.VatService | VIES unavailable, VAT id of customer {customer} accepted provisionally",
        ],
    ),
    (
        1,
        &[
            "ERROR c.e.shop.stock.StockImport | Stock message {up:stock:881000} rejected: unknown sku {HEX:3}-{n:100..999}",
        ],
    ),
    (1, &["INFO c.e.shop.admin.UserAdmin | {user} granted role {one:support|editor|buyer} to {top:people}"]),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(5, 0),
        deploy: false,
        texts: &[
            "let thread = scheduling-1",
            "let request = ",
            "INFO c.e.shop.metrics.PoolMonitor | HikariPool-1 - Pool stats (total=20, active={n:1..9}, idle={n:11..19}, waiting=0)",
            "?30 INFO c.e.shop.cache.CacheMonitor | Cache products: {n:8000..11500} entries, hit rate {f:0.91..0.98}",
        ],
    },
    Occasion {
        when: Timetable::minutes(60, 420),
        deploy: false,
        texts: &[
            "let thread = scheduling-{n:1..2}",
            "let request = ",
            "INFO c.e.shop.jobs.JobRunner | Job {job} started: abandoned-carts",
            "+2s INFO c.e.shop.cart.AbandonedCarts | {n:3..60} carts older than 24 h, {n:1..30} reminders queued",
            "+80 INFO c.e.shop.jobs.JobRunner | Job {job} finished in {took} ms",
        ],
    },
    Occasion {
        when: Timetable::daily(2, 30),
        deploy: false,
        texts: &[
            "let thread = scheduling-2",
            "let request = ",
            "INFO c.e.shop.jobs.JobRunner | Job {job} started: nightly-export",
            "+40s INFO c.e.shop.export.LedgerExport | Wrote {n:2000..5200} orders to /var/lib/shop/export/orders-{@digits}.csv",
            "+15s INFO c.e.shop.export.SftpUpload | Uploaded orders-{@digits}.csv to sftp.example.com in {n:800..4000} ms",
            "+900 INFO c.e.shop.jobs.JobRunner | Job {job} finished in {took} ms",
        ],
    },
    Occasion {
        when: Timetable::daily(3, 15),
        deploy: false,
        texts: &[
            "let thread = scheduling-1",
            "let request = ",
            "INFO c.e.shop.search.IndexWriter | Full reindex started, {n:11800..12400} products",
            "+95s INFO c.e.shop.search.IndexWriter | Merged {n:14..30} segments",
            "+30s INFO c.e.shop.search.IndexWriter | Full reindex done in {tooks:1} s",
        ],
    },
    Occasion {
        when: Timetable::daily(4, 5),
        deploy: false,
        texts: &[
            "let thread = scheduling-2",
            "let request = ",
            "INFO c.e.shop.privacy.Retention | Deleted {n:0..900} sessions and {n:0..60} carts past retention",
            "?40 WARN c.e.shop.privacy.Retention | {n:1..5} carts skipped, still referenced",
        ],
    },
    Occasion {
        when: Timetable::days(7, 5, 0),
        deploy: false,
        texts: &[
            "let thread = scheduling-1",
            "let request = ",
            "INFO c.e.shop.security.KeyStoreWatcher | Certificate for shop.example.com renewed, valid for 90 days",
            "+30 INFO c.e.shop.security.KeyStoreWatcher | Reloaded TLS context",
        ],
    },
    Occasion {
        when: Timetable::days(2, 9, 40),
        deploy: true,
        texts: &[
            "let thread = main",
            "let request = ",
            "INFO o.s.b.w.e.tomcat.GracefulShutdown | Commencing graceful shutdown. Waiting for active requests to complete",
            "+3s INFO o.s.b.w.e.tomcat.GracefulShutdown | Graceful shutdown complete",
            "+200 INFO com.zaxxer.hikari.HikariDataSource | HikariPool-1 - Shutdown initiated...",
            "+100 INFO com.zaxxer.hikari.HikariDataSource | HikariPool-1 - Shutdown completed.",
            "+12s INFO c.e.shop.ShopApplication | Starting ShopApplication v{version} using Java 21.0.2 with PID {n:1..1} (/opt/shop/shop.jar started by shop in /opt/shop)",
            "+10 INFO c.e.shop.ShopApplication | The following 2 profiles are active: \"prod\", \"eu\"",
            "+2s INFO o.s.b.w.embedded.tomcat.TomcatWebServer | Tomcat initialized with port 8080 (http)",
            "+600 INFO com.zaxxer.hikari.HikariDataSource | HikariPool-1 - Starting...",
            "+250 INFO com.zaxxer.hikari.pool.HikariPool | HikariPool-1 - Added connection org.postgresql.jdbc.PgConnection@{hex:8}",
            "+900 INFO o.f.core.internal.command.DbMigrate | Schema \"shop\" is up to date. No migration necessary.",
            "+1s ?50 WARN o.s.boot.actuate.endpoint.EndpointId | Endpoint ID 'cache-stats' contains invalid characters, please migrate to a valid format.",
            "+2s INFO c.e.shop.cache.CacheWarmer | Warmed {n:9000..11000} products in {n:2000..5200} ms",
            "+300 INFO o.s.b.w.embedded.tomcat.TomcatWebServer | Tomcat started on port 8080 (http) with context path ''",
            "+20 INFO c.e.shop.ShopApplication | Started ShopApplication in {f:7.200..11.900} seconds (process running for {f:12.000..14.000})",
        ],
    },
];
