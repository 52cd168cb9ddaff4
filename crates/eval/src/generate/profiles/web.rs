//! The access log of a shop behind nginx, in the combined format.

use super::{COUNTRIES, GOODS, PEOPLE};
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::template::List;
use crate::generate::traffic::{CUSTOMERS, Timetable};

const AGENTS: List = (
    "agents",
    &[
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Safari/605.1.15",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:123.0) Gecko/20100101 Firefox/123.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36 Edg/121.0.2277.128",
        "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
        "ExampleShop/4.12.0 (Android 13; Pixel 7)",
        "ExampleShop/4.11.2 (iOS 17.2; iPhone14,5)",
    ],
);

const PAGES: List = (
    "pages",
    &[
        "/",
        "/search?q=lamp",
        "/c/lighting",
        "/c/shoes",
        "/search?q=shoes",
        "/c/books",
        "/offers",
        "/c/garden",
        "/search?q=gift",
        "/about",
        "/help/shipping",
        "/c/toys?page=2",
        "/stores",
        "/search?q=jacket&sort=price",
        "/help/returns",
        "/blog/spring-ideas",
        "/c/kitchen",
        "/privacy",
        "/imprint",
        "/c/garden?page=3",
        "/jobs",
        "/blog/how-to-clean-silver",
        "/newsletter",
    ],
);

const ASSETS: List = (
    "assets",
    &[
        "/static/app.7c1e9f.js",
        "/static/app.2b90aa.css",
        "/static/fonts/inter.woff2",
        "/favicon.ico",
        "/static/logo.svg",
        "/static/vendor.51d0c3.js",
        "/img/hero-1200.webp",
        "/static/icons.svg",
        "/robots.txt",
        "/site.webmanifest",
    ],
);

pub(super) const PROFILE: Definition = Definition {
    name: "web",
    about: "an access log in the combined format of Apache and nginx",
    lines: 60_000,
    share: 40,
    per_hour: 400,
    season: CUSTOMERS,
    layout: Layout { head: "", tail: "", continuation: Continuation::Bare },
    lists: &[PEOPLE, COUNTRIES, GOODS, AGENTS, PAGES, ASSETS],
    variables: &[
        ("ip", "{address:5000}"),
        ("user", "{top:people}"),
        ("agent", "{top:agents}"),
        ("sku", "{top:goods}"),
        ("site", "https://shop.example.com"),
        ("page", "{top:pages}"),
        (
            "from",
            "{zipf:-|https://www.example.org/|https://shop.example.com/|https://search.example.net/|https://news.example.com/}",
        ),
        ("cart", "{hex:12}"),
        (
            "bot",
            "{zipf:Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example.net/about)|Mozilla/5.0 (compatible; SearchCrawler/1.4; +https://search.example.net/bot)|FeedFetcher/0.9}",
        ),
        ("rest", "\"{from}\" \"{agent}\""),
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
        General::NewValue,
    ],
    peer: "",
    strangers: &[
        ("agent", "{one:python-requests/2.19.1|Wget/1.12 (linux-gnu)|Java/1.6.0_45}"),
        ("from", "{one:https://casino.example.info/win|http://cheap.example.biz/out?u=7}"),
    ],
    silent_at_once: true,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        200,
        &[
            "INFO web | {ip} - - [{@access}] \"GET {page} HTTP/2.0\" 200 {tail:18200} {rest}",
            "+120 INFO web | {ip} - - [{@access}] \"GET /static/app.7c1e9f.js HTTP/2.0\" {zipf:304 0|200 88213} \"{site}{page}\" \"{agent}\"",
            "+15 INFO web | {ip} - - [{@access}] \"GET /static/app.2b90aa.css HTTP/2.0\" {zipf:304 0|200 20177} \"{site}{page}\" \"{agent}\"",
            "+30 x1..4 INFO web | {ip} - - [{@access}] \"GET /img/{any:goods}-300.webp HTTP/2.0\" 200 {size:21000} \"{site}{page}\" \"{agent}\"",
        ],
    ),
    (220, &["INFO web | {ip} - - [{@access}] \"GET /product/{sku} HTTP/2.0\" 200 {tail:14100} {rest}"]),
    (
        150,
        &[
            "INFO web | {ip} - - [{@access}] \"GET {top:assets} HTTP/2.0\" {zipf:200|304} {size:9000} \"{site}/\" \"{agent}\"",
        ],
    ),
    (
        70,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /product/{sku} HTTP/2.0\" 200 {size:14100} {rest}",
            "+20s INFO web | {ip} - - [{@access}] \"POST /api/cart HTTP/2.0\" 201 {size:340} \"{site}/product/{sku}\" \"{agent}\"",
            "+40s INFO web | {ip} - - [{@access}] \"GET /checkout HTTP/2.0\" 200 {size:9900} \"{site}/cart\" \"{agent}\"",
            "+60s INFO web | {ip} - - [{@access}] \"POST /api/orders HTTP/2.0\" 201 {size:510} \"{site}/checkout\" \"{agent}\"",
            "+800 INFO web | {ip} - - [{@access}] \"GET /checkout/thanks HTTP/2.0\" 200 {size:7200} \"{site}/checkout\" \"{agent}\"",
        ],
    ),
    (
        60,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /login HTTP/2.0\" 200 {size:5100} {rest}",
            "+12s INFO web | {ip} - - [{@access}] \"POST /login HTTP/2.0\" 302 0 \"{site}/login\" \"{agent}\"",
            "+300 INFO web | {ip} - {user} [{@access}] \"GET /account HTTP/2.0\" 200 {size:8800} \"{site}/login\" \"{agent}\"",
            "+15s ?60 INFO web | {ip} - {user} [{@access}] \"GET /account/orders HTTP/2.0\" 200 {size:12000} \"{site}/account\" \"{agent}\"",
        ],
    ),
    (
        90,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /api/suggest?q={zipf:la|lam|sho|gi|ja|te|ru|ch} HTTP/2.0\" 200 {size:420} \"{site}/\" \"{agent}\"",
        ],
    ),
    (
        60,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /api/cart HTTP/2.0\" 200 {size:310} \"{site}/\" \"{agent}\"",
        ],
    ),
    (
        40,
        &[
            "INFO web | {address:12} - - [{@access}] \"GET /product/{any:goods} HTTP/1.1\" 200 {size:14000} \"-\" \"{bot}\"",
        ],
    ),
    (
        26,
        &[
            "INFO web | {address:12} - - [{@access}] \"GET {any:pages} HTTP/1.1\" 200 {size:18000} \"-\" \"{bot}\"",
        ],
    ),
    (
        14,
        &[
            "WARN web | {ip} - - [{@access}] \"POST /login HTTP/2.0\" 401 {n:480..512} \"{site}/login\" \"{agent}\"",
        ],
    ),
    (
        20,
        &[
            "WARN web | {ip} - - [{@access}] \"GET /{zipf:apple-touch-icon.png|wp-login.php|old/index.html|.well-known/assetlinks.json|ads.txt|sitemap_index.xml} HTTP/1.1\" 404 {n:150..160} {rest}",
        ],
    ),
    (
        10,
        &[
            "WARN web | {ip} - - [{@access}] \"GET /product/{one:XX|OLD|A}-{n:1..999} HTTP/2.0\" 404 {n:4100..4200} {rest}",
        ],
    ),
    (9, &["WARN web | {ip} - - [{@access}] \"GET /product/{sku} HTTP/2.0\" 499 0 {rest}"]),
    (
        5,
        &[
            "ERROR web | {ip} - - [{@access}] \"GET /api/recommendations?for={sku} HTTP/2.0\" 504 {n:160..170} \"{site}/product/{sku}\" \"{agent}\"",
        ],
    ),
    (
        4,
        &[
            "ERROR web | {ip} - - [{@access}] \"POST /api/cart HTTP/2.0\" 500 {n:170..180} \"{site}/product/{sku}\" \"{agent}\"",
        ],
    ),
    (
        4,
        &[
            "WARN web | {ip} - - [{@access}] \"POST /api/orders HTTP/2.0\" 409 {n:90..120} \"{site}/checkout\" \"{agent}\"",
        ],
    ),
    (
        5,
        &[
            "WARN web | {ip} - - [{@access}] \"GET /api/suggest?q=%{HEX:2} HTTP/2.0\" 429 {n:60..80} \"{site}/\" \"{agent}\"",
        ],
    ),
    (
        6,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /img/{sku}-1200.webp HTTP/2.0\" 206 {size:65000} \"{site}/product/{sku}\" \"{agent}\"",
        ],
    ),
    (
        5,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /sitemap.xml HTTP/1.1\" 200 {n:48000..48100} \"-\" \"{bot}\"",
        ],
    ),
    (3, &["WARN web | {ip} - - [{@access}] \"-\" 400 0 \"-\" \"-\""]),
    (
        3,
        &[
            "INFO web | {ip} - - [{@access}] \"HEAD / HTTP/1.1\" 200 0 \"-\" \"{one:curl/8.5.0|UptimeMonitor/1.3}\"",
        ],
    ),
    (
        2,
        &[
            "WARN web | {ip} - - [{@access}] \"POST /api/newsletter HTTP/2.0\" 422 {n:90..130} \"{site}/newsletter\" \"{agent}\"",
        ],
    ),
    (
        2,
        &[
            "INFO web | {ip} - {user} [{@access}] \"DELETE /account/addresses/{n:1..4} HTTP/2.0\" 204 0 \"{site}/account\" \"{agent}\"",
        ],
    ),
    (
        2,
        &[
            "INFO web | {ip} - {user} [{@access}] \"GET /account/invoices/{n:20000..90000}.pdf HTTP/2.0\" 200 {size:61000} \"{site}/account/orders\" \"{agent}\"",
        ],
    ),
    (1, &["WARN web | {ip} - - [{@access}] \"OPTIONS /api/cart HTTP/2.0\" 405 {n:90..99} \"-\" \"{agent}\""]),
    (
        1,
        &[
            "WARN web | {ip} - - [{@access}] \"PUT /account/avatar HTTP/2.0\" 413 {n:170..180} \"{site}/account\" \"{agent}\"",
        ],
    ),
    (
        1,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /.well-known/security.txt HTTP/1.1\" 200 412 \"-\" \"{agent}\"",
        ],
    ),
    (
        1,
        &[
            "INFO web | {ip} - - [{@access}] \"GET /unsubscribe?t={hex:20} HTTP/2.0\" 200 {n:2100..2200} \"-\" \"{agent}\"",
        ],
    ),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(5, 12),
        deploy: false,
        texts: &[
            "INFO web | 10.0.0.5 - - [{@access}] \"GET /healthz HTTP/1.1\" 200 2 \"-\" \"kube-probe/1.29\"",
        ],
    },
    Occasion {
        when: Timetable::daily(4, 20),
        deploy: false,
        texts: &[
            "INFO web | 10.0.0.21 - linkcheck [{@access}] \"GET / HTTP/1.1\" 200 {n:18100..18300} \"-\" \"linkchecker/10.2\"",
            "+400 x10..25 INFO web | 10.0.0.21 - linkcheck [{@access}] \"GET {any:pages} HTTP/1.1\" 200 {size:16000} \"-\" \"linkchecker/10.2\"",
        ],
    },
    Occasion {
        when: Timetable::daily(0, 30),
        deploy: false,
        texts: &[
            "INFO web | 10.0.0.22 - - [{@access}] \"GET /.well-known/acme-challenge/{base64:20} HTTP/1.1\" {zipf:404|200} {n:87..150} \"-\" \"certbot/2.8\"",
        ],
    },
    Occasion {
        when: Timetable::days(2, 10, 15),
        deploy: true,
        texts: &[
            "ERROR web | 10.0.0.5 - - [{@access}] \"GET /healthz HTTP/1.1\" 502 157 \"-\" \"kube-probe/1.29\"",
            "+2s x0..3 ERROR web | {address:5000} - - [{@access}] \"GET / HTTP/2.0\" 502 157 \"-\" \"{agent}\"",
            "+9s INFO web | 10.0.0.5 - - [{@access}] \"GET /healthz HTTP/1.1\" 200 2 \"-\" \"kube-probe/1.29\"",
            "+3s x4..9 INFO web | 10.0.0.21 - deploy [{@access}] \"GET {any:pages} HTTP/1.1\" 200 {size:16000} \"-\" \"warmup/1.0\"",
        ],
    },
];
