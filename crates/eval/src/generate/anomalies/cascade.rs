//! One thing fails, then those that need it.

use super::Anomaly;
use crate::generate::moment::SECOND;

const CASCADE: Anomaly =
    Anomaly { kind: "cascading-failure", gap: 1500 * SECOND / 1000, lines: (50, 160), ..Anomaly::USUAL };

pub(super) const ALL: &[Anomaly] = &[
    Anomaly {
        profiles: &["microservices"],
        story: "inventory loses its store, orders time out, the gateway opens its breaker, and carts fill up",
        pinned: &["region"],
        opening: &[
            "WARN inventory | store latency above budget ;; \"p99_ms\":{n:900..2400},\"budget_ms\":200",
            "+8s ERROR inventory | store unreachable ;; \"host\":\"inventory-db.example.com\",\"error\":\"i/o timeout\"",
            "+4s WARN orders | inventory not answering ;; \"timeout_ms\":2000,\"attempt\":1",
        ],
        body: &[
            &[
                "INFO gateway | POST /v1/orders ;; \"user\":\"{user}\",\"region\":\"{region}\",\"channel\":\"{channel}\"",
                "+9 INFO orders | creating order ;; \"order_id\":\"{order}\",\"user\":\"{user}\",\"lines\":{n:1..9}",
                "+2s ERROR orders | reserve failed: context deadline exceeded ;; \"order_id\":\"{order}\",\"upstream\":\"inventory\"",
                "+4 ERROR gateway | request completed ;; \"method\":\"POST\",\"path\":\"/v1/orders\",\"status\":504,\"duration_ms\":{took:1},\"region\":\"{region}\"",
            ],
            &[
                "INFO gateway | circuit opened ;; \"upstream\":\"orders\",\"failures\":{n:20..60},\"window_s\":10",
            ],
            &["WARN cart | checkout unavailable, cart kept ;; \"user\":\"{user}\",\"items\":{n:1..12}"],
            &["WARN payments | authorization voided, order never confirmed ;; \"order_id\":\"{order}\""],
            &[
                "ERROR inventory | store unreachable ;; \"host\":\"inventory-db.example.com\",\"error\":\"i/o timeout\"",
            ],
            &["INFO notifications | backlog growing ;; \"pending\":{ramp:40..9000}"],
        ],
        closing: &[
            "INFO inventory | store reachable again ;; \"host\":\"inventory-db.example.com\"",
            "+9s INFO gateway | circuit half-open ;; \"upstream\":\"orders\"",
            "+5s INFO gateway | circuit closed ;; \"upstream\":\"orders\"",
        ],
        ..CASCADE
    },
    Anomaly {
        profiles: &["kubernetes"],
        story: "{node} stops answering, its pods are moved, and the rest has not room enough",
        pinned: &["node"],
        gap: 4 * SECOND,
        opening: &[
            "INFO stderr | I{@klog}       1 node_lifecycle_controller.go:725] \"Node is unhealthy\" node=\"{node}\" condition=\"Ready=Unknown\" lastHeartbeat=\"{@iso}\"",
        ],
        body: &[
            &[
                "INFO stderr | I{@klog}       1 taint_manager.go:106] \"NoExecuteTaintManager is deleting pod\" pod=\"{space}/{pod}\"",
            ],
            &[
                "WARN stderr | W{@klog}       1 schedule_one.go:997] \"Unable to schedule pod; no fit; waiting\" pod=\"{space}/{pod}\" err=\"0/6 nodes are available: 1 node(s) had untolerated taint {{node.kubernetes.io/unreachable: }}, 5 Insufficient memory.\"",
            ],
            &[
                "ERROR stdout | {@date} {@time} [error] 31#31: *{n:100000..900000} upstream timed out (110: Operation timed out) while connecting to upstream, client: {client}, server: shop.example.com, upstream: \"http://{ip}:8080/\"",
            ],
            &[
                "WARN stdout | ts={@iso} level=warn caller=client.go:54 app={app} msg=\"dependency unavailable, serving stale\" dependency={top:apps} node=node-{n:1..6}.example.com",
            ],
        ],
        closing: &[
            "INFO stderr | I{@klog}       1 node_lifecycle_controller.go:751] \"Node is healthy again\" node=\"{node}\"",
        ],
        ..CASCADE
    },
    Anomaly {
        profiles: &["performance"],
        story: "payments slow down, orders pile up, and the API sheds load",
        gap: SECOND,
        body: &[
            &[
                "WARN rpc | request={request} call=payments.authorize status=timeout attempt={n:2..5} duration_ms=2000",
            ],
            &[
                "ERROR http | request={request} method=POST route=/v2/orders status=503 duration_ms={n:2000..10100}.{n:0..9} bytes={size:170} client={client} region={region}",
            ],
            &["WARN rpc | circuit for payments.authorize open, failing fast"],
            &["INFO queue | queue=billing depth={ramp:200..18000} workers=16"],
        ],
        ..CASCADE
    },
    Anomaly {
        profiles: &["application"],
        story: "the payment provider fails, threads pile up, and the shop stops answering",
        body: &[
            &[
                "WARN c.e.shop.payment.PaymentClient | Payment provider answered 503, retry 3 of 3 in 2000 ms",
                "+2s ERROR c.e.shop.payment.PaymentClient | Giving up on payment for order {order} after {took} ms\norg.springframework.web.client.HttpServerErrorException$ServiceUnavailable: 503 Service Unavailable: [no body]{java:4..7}",
            ],
            &[
                "WARN i.g.r.circuitbreaker.CircuitBreaker | CircuitBreaker 'payment' changed state from {one:CLOSED to OPEN|HALF_OPEN to OPEN|OPEN to HALF_OPEN}",
            ],
            &[
                "let thread = scheduling-1",
                "let request = ",
                "WARN c.e.shop.metrics.ThreadMonitor | {ramp:120..200} of 200 request threads busy, oldest for {ramp:9..180} s",
            ],
            &["INFO c.e.shop.order.OrderService | Order {order} parked until payment is available"],
        ],
        ..CASCADE
    },
];
