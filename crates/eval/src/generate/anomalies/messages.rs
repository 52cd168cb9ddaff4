//! What the software never said before: some of it friendly, some of it with a trace.

use super::Anomaly;
use crate::generate::moment::MINUTE;

const MESSAGE: Anomaly = Anomaly { kind: "new-message", lines: (3, 10), gap: 8 * MINUTE, ..Anomaly::USUAL };
const ERROR: Anomaly = Anomaly { kind: "rare-error", lines: (4, 18), gap: 12 * MINUTE, ..Anomaly::USUAL };

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["application"],
        story: "the application takes branches that nobody knew of",
        body: &[
            &[
                "INFO c.e.shop.pricing.PriceCalculator | Legacy tariff table consulted for {sku}, rounding mode HALF_DOWN",
            ],
            &[
                "INFO c.e.shop.admin.MaintenanceMode | Maintenance banner scheduled for {country} storefront by system",
            ],
            &[
                "DEBUG c.e.shop.order.OrderService | Order {order} rerouted to fallback warehouse W-{n:90..99}",
            ],
            &["INFO c.e.shop.payment.PaymentClient | Sandbox endpoint selected for merchant {n:1000..9999}"],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["application"],
        story: "errors of the kind that a code path has when it runs for the first time",
        body: &[
            &[
                "ERROR c.e.shop.order.OrderService | Could not place order for customer {customer}\njava.lang.NullPointerException: Cannot invoke \"com.example.shop.pricing.Tariff.rate()\" because \"tariff\" is null{java:8..14}",
            ],
            &[
                "ERROR c.e.shop.export.LedgerExport | Row {n:100..9000} does not add up\njava.lang.ArithmeticException: Non-terminating decimal expansion; no exact representable decimal result.{java:6..10}",
            ],
            &[
                "WARN c.e.shop.cart.CartService | Cart {cart} has a negative total (-{f:0.10..40.00} EUR), clamped to zero",
            ],
        ],
        ..ERROR
    },
    Anomaly {
        profiles: &["database"],
        story: "the server is used in ways it never was",
        body: &[
            &["LOG postgres | statement: COPY customers TO PROGRAM 'gzip > /tmp/c.gz'"],
            &["LOG postgres | statement: ALTER TABLE {table} DISABLE TRIGGER ALL"],
            &["LOG postgres | statement: SET session_replication_role = replica"],
            &["NOTICE postgres | drop cascades to {n:3..20} other objects"],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["database"],
        story: "internal errors that nobody has seen",
        body: &[
            &[
                "ERROR postgres | cache lookup failed for type {n:16000..90000}",
                "STATEMENT postgres | {statement}",
            ],
            &["ERROR postgres | could not find tuple for parent of relation {n:16000..90000}"],
            &["ERROR postgres | unrecognized node type: {n:200..900}", "STATEMENT postgres | {statement}"],
        ],
        ..ERROR
    },
    Anomaly {
        profiles: &["security"],
        story: "tools that were never used here are run, all of them successfully",
        pinned: &["user", "host"],
        body: &[
            &[
                "INFO sudo | {user} : TTY=pts/{n:0..6} ; PWD=/tmp ; USER=root ; COMMAND=/usr/bin/socat TCP-LISTEN:{n:4000..9000},fork EXEC:/bin/bash",
            ],
            &[
                "INFO audit[{pid}] | ANOM_PROMISCUOUS dev=eth0 prom=256 old_prom=0 auid=1004 uid=0 gid=0 ses={session}",
            ],
            &["INFO kernel | device eth0 entered promiscuous mode"],
            &["INFO crontab[{pid}] | ({user}) REPLACE ({user})"],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["microservices"],
        story: "services take branches that nobody knew of",
        body: &[
            &[
                "INFO orders | legacy pricing path taken ;; \"order_id\":\"{order}\",\"rule\":\"R-{n:100..400}\"",
            ],
            &["DEBUG inventory | negative reservation normalised ;; \"sku\":\"{sku}\",\"before\":-{n:1..9}"],
            &["INFO auth | anonymous principal mapped to group guests ;; \"region\":\"{region}\""],
            &["INFO payments | sandbox credentials in use ;; \"order_id\":\"{order}\""],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["microservices"],
        story: "panics and exceptions at places where there never were any",
        body: &[
            &[
                "ERROR inventory | panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x7c2f51]\n\ngoroutine {n:40..900} [running]:{go:3..6} ;; \"sku\":\"{sku}\"",
            ],
            &[
                "ERROR notifications | cannot render receipt\nTraceback (most recent call last):{python:2..4}\njinja2.exceptions.UndefinedError: 'dict object' has no attribute 'vat' ;; \"order_id\":\"{order}\"",
            ],
            &[
                "ERROR orders | invariant violated: total of lines differs from total of order ;; \"order_id\":\"{order}\",\"difference\":{f:0.01..9.00}",
            ],
        ],
        ..ERROR
    },
    Anomaly {
        profiles: &["kubernetes"],
        story: "the control plane does things it never did here",
        body: &[
            &[
                "INFO stderr | I{@klog}       1 garbagecollector.go:815] \"Orphan dependents removed\" item=\"[apps/v1/ReplicaSet, namespace: {space}, name: {app}]\" count={n:3..40}",
            ],
            &[
                "INFO stderr | I{@klog}       1 rbac.go:119] \"clusterrolebinding created\" name=\"tmp-admin\" subject=\"system:serviceaccount:{space}:default\"",
            ],
            &[
                "INFO stdout | ts={@iso} level=info caller=compat.go:12 app={app} msg=\"protocol downgraded to v1alpha1\" node={node}",
            ],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["system"],
        story: "daemons say what they never said",
        body: &[
            &[
                "INFO kernel | [{uptime}] x86/PAT: bash:{pid} map pfn expected mapping type uncached-minus for [mem 0x{hex:8}-0x{hex:8}], got write-back",
            ],
            &["INFO systemd[1] | Stopping ufw.service - Uncomplicated firewall..."],
            &["INFO app[1420] | tariff 2019 loaded from fallback path /opt/app/old"],
            &["INFO smbd[{pid}] | vfs_full_audit: unlink recursive ok projects/archive/{n:2015..2022}"],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["system"],
        story: "a daemon written in Python fails where it never failed",
        pinned: &["host"],
        body: &[&[
            "ERROR app[1420] | Traceback (most recent call last):{python:2..4}\ndecimal.InvalidOperation: [<class 'decimal.ConversionSyntax'>]",
        ]],
        ..ERROR
    },
    Anomaly {
        profiles: &["performance"],
        story: "parts of the program speak that never did",
        body: &[
            &["INFO planner | request={request} fell back to sequential plan cost={size:90000}"],
            &["INFO http | request={request} upgraded connection to raw tunnel client={client}"],
            &["INFO shard | moved range={hex:4}..{hex:4} to api-{n:1..6}"],
        ],
        ..MESSAGE
    },
    Anomaly {
        profiles: &["performance"],
        story: "failures that were never seen",
        body: &[
            &["ERROR sql | request={request} query=orders.insert error=\"numeric field overflow\""],
            &[
                "ERROR stream | topic={topic} partition={n:0..11} offset {n:100000..990000} skipped: unknown magic byte",
            ],
            &["ERROR queue | queue={queue} job={request} poisoned after 9 attempts, parked"],
        ],
        ..ERROR
    },
    Anomaly {
        profiles: &["web"],
        story: "requests for things that exist and that nobody ever asked for",
        body: &[
            &[
                "INFO web | {ip} - {user} [{@access}] \"POST /account/export/full HTTP/2.0\" 202 {n:40..60} \"{site}/account\" \"{agent}\"",
            ],
            &[
                "INFO web | {ip} - - [{@access}] \"GET /beta/configurator?step={n:1..9} HTTP/2.0\" 200 {size:31000} {rest}",
            ],
            &[
                "INFO web | {ip} - - [{@access}] \"PROPFIND /files/ HTTP/1.1\" 207 {size:2100} \"-\" \"{agent}\"",
            ],
        ],
        ..MESSAGE
    },
];
