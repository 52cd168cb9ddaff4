//! What a collector reads from the containers of a cluster's node: CRI lines of kubelet, scheduler, controllers,
//! CoreDNS, etcd, ingress and an application in Go.

use super::{GOODS, PEOPLE};
use crate::generate::anomalies::General;
use crate::generate::catalogue::{Continuation, Definition, Layout, Occasion};
use crate::generate::template::List;
use crate::generate::traffic::{MACHINES, Timetable};

const APPS: List = (
    "apps",
    &["api", "web", "worker", "cart", "search", "billing", "reports", "mailer", "images", "exporter"],
);

pub(super) const PROFILE: Definition = Definition {
    name: "kubernetes",
    about: "containers of a cluster in the CRI format",
    lines: 60_000,
    share: 50,
    per_hour: 800,
    season: MACHINES,
    layout: Layout { head: "{@isonanos} {@component} F ", tail: "", continuation: Continuation::Headed },
    lists: &[PEOPLE, GOODS, APPS],
    variables: &[
        ("app", "{top:apps}"),
        ("space", "{zipf:shop|shop-staging|monitoring|kube-system|batch}"),
        ("pod", "{app}-{n:1..3}{hex:8}-{alnum:5}"),
        ("node", "node-{n:1..6}.example.com"),
        ("uid", "{uuid}"),
        ("ip", "10.244.{n:0..5}.{n:2..250}"),
        ("image", "registry.example.com/shop/{app}:{version}"),
        ("cid", "{hex:64}"),
        ("client", "{address:3000}"),
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
    peer: "node",
    strangers: &[("space", "{one:default-2|xmrig|tmp-debug}"), ("node", "{one:node-17|gpu-1}.example.com")],
    silent_at_once: true,
};

const SCENES: &[(u32, &[&str])] = &[
    (
        260,
        &[
            "INFO stdout | {client} - - [{@access}] \"GET /{zipf:|product/|search|api/cart|static/app.js} HTTP/2.0\" {zipf:200|304|404} {size:5200} \"-\" \"Mozilla/5.0\" {n:300..900} {f:0.002..0.090} [shop-{app}-80] [] {ip}:8080 {size:5200} {f:0.002..0.090} 200 {hex:32}",
        ],
    ),
    (
        160,
        &[
            "INFO stdout | [INFO] {ip}:{n:32768..60999} - {n:1..65535} \"{zipf:A|AAAA} IN {app}.{space}.svc.cluster.local. udp {n:48..70} false 512\" NOERROR qr,aa,rd {n:90..150} 0.000{n:090..900}s",
        ],
    ),
    (
        40,
        &[
            "INFO stdout | [INFO] {ip}:{n:32768..60999} - {n:1..65535} \"AAAA IN {zipf:api.example.net|sftp.example.com|smtp.example.com}.{space}.svc.cluster.local. udp {n:60..80} false 512\" NXDOMAIN qr,aa,rd {n:150..170} 0.000{n:090..900}s",
        ],
    ),
    (
        90,
        &[
            "INFO stderr | I{@klog}       1 schedule_one.go:286] \"Successfully bound pod to node\" pod=\"{space}/{pod}\" node=\"{node}\" evaluatedNodes=6 feasibleNodes={n:2..6}",
            "+40 INFO stderr | I{@klog}     914 kubelet.go:2436] \"SyncLoop ADD\" source=\"api\" pods=[\"{space}/{pod}\"]",
            "+30 INFO stderr | I{@klog}     914 reconciler_common.go:258] \"operationExecutor.VerifyControllerAttachedVolume started for volume \\\"kube-api-access-{alnum:5}\\\"\" pod=\"{space}/{pod}\"",
            "+300 INFO stderr | I{@klog}     914 kuberuntime_manager.go:407] \"No sandbox for pod can be found. Need to start a new one\" pod=\"{space}/{pod}\"",
            "+900 INFO stderr | I{@klog}     914 event.go:307] \"Event occurred\" object=\"{space}/{pod}\" fieldPath=\"spec.containers{{{app}}}\" kind=\"Pod\" type=\"Normal\" reason=\"Pulled\" message=\"Successfully pulled image \\\"{image}\\\" in {took}ms\" node=\"{node}\"",
            "+200 INFO stderr | I{@klog}     914 event.go:307] \"Event occurred\" object=\"{space}/{pod}\" kind=\"Pod\" type=\"Normal\" reason=\"Created\" message=\"Created container {app}\" node=\"{node}\"",
            "+150 INFO stderr | I{@klog}     914 event.go:307] \"Event occurred\" object=\"{space}/{pod}\" kind=\"Pod\" type=\"Normal\" reason=\"Started\" message=\"Started container {app}\" node=\"{node}\"",
            "+1s INFO stderr | I{@klog}     914 pod_startup_latency_tracker.go:104] \"Observed pod startup duration\" pod=\"{space}/{pod}\" podStartSLOduration={tooks:3} node=\"{node}\"",
        ],
    ),
    (
        50,
        &[
            "INFO stderr | I{@klog}     914 kubelet.go:2452] \"SyncLoop DELETE\" source=\"api\" pods=[\"{space}/{pod}\"]",
            "+20 INFO stderr | I{@klog}     914 kuberuntime_container.go:808] \"Killing container with a grace period\" pod=\"{space}/{pod}\" containerName=\"{app}\" containerID=\"containerd://{cid}\" gracePeriod=30",
            "+2s INFO stderr | I{@klog}     914 kubelet.go:2468] \"SyncLoop (PLEG): event for pod\" pod=\"{space}/{pod}\" event={{\"ID\":\"{uid}\",\"Type\":\"ContainerDied\",\"Data\":\"{cid}\"}}",
            "+400 INFO stderr | I{@klog}     914 kubelet.go:2446] \"SyncLoop REMOVE\" source=\"api\" pods=[\"{space}/{pod}\"]",
        ],
    ),
    (
        110,
        &[
            "INFO stdout | ts={@iso} level=info caller=handler.go:88 app={app} msg=\"request handled\" method={zipf:GET|POST|PUT} route=/{app}/{zipf:items|items/:id|health|batch} status={zipf:200|201|204|400} duration={tail:9.00}ms node={node}",
        ],
    ),
    (
        60,
        &[
            "INFO stdout | ts={@iso} level=info caller=worker.go:41 app=worker msg=\"job picked up\" job={hex:10} queue={zipf:mail|images|exports}",
            "+70 DEBUG stdout | ts={@iso} level=debug caller=worker.go:63 app=worker msg=\"lease renewed\" job={hex:10}",
            "+400 INFO stdout | ts={@iso} level=info caller=worker.go:97 app=worker msg=\"job finished\" duration={took:1}ms node={node}",
        ],
    ),
    (
        24,
        &[
            "INFO stderr | I{@klog}       1 replica_set.go:676] \"Finished syncing\" kind=\"ReplicaSet\" key=\"{space}/{app}-{hex:9}\" duration=\"{tail:4.100}ms\"",
        ],
    ),
    (
        20,
        &[
            "INFO stderr | I{@klog}       1 garbagecollector.go:549] \"Processing item\" item=\"[v1/Pod, namespace: {space}, name: {pod}, uid: {uid}]\" virtual=false",
        ],
    ),
    (
        16,
        &[
            "WARN stderr | W{@klog}       1 reflector.go:462] pkg/mod/k8s.io/client-go@v0.29.2/tools/cache/reflector.go:229: watch of *v1.{zipf:Pod|Service|ConfigMap|Endpoints} ended with: too old resource version: {up:rv:48120000}",
        ],
    ),
    (
        14,
        &[
            "WARN stderr | {{\"level\":\"warn\",\"ts\":\"{@iso}\",\"caller\":\"etcdserver/util.go:170\",\"msg\":\"apply request took too long\",\"took\":\"{n:101..240}.{n:100..999}ms\",\"expected-duration\":\"100ms\",\"prefix\":\"read-only range \",\"request\":\"key:\\\"/registry/pods/{space}/\\\" range_end:\\\"/registry/pods/{space}0\\\" \"}}",
        ],
    ),
    (
        12,
        &[
            "WARN stderr | W{@klog}     914 prober.go:107] \"Probe failed\" probeType=\"Readiness\" pod=\"{space}/{pod}\" containerName=\"{app}\" probeResult=\"failure\" output=\"Get \\\"http://{ip}:8080/ready\\\": context deadline exceeded\"",
        ],
    ),
    (
        8,
        &[
            "ERROR stderr | E{@klog}       1 horizontal.go:270] failed to compute desired number of replicas based on listed metrics for Deployment/{space}/{app}: failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)",
        ],
    ),
    (
        6,
        &[
            "ERROR stderr | E{@klog}       1 leaderelection.go:369] Failed to update lock: Operation cannot be fulfilled on leases.coordination.k8s.io \"{app}-leader\": the object has been modified; please apply your changes to the latest version and try again",
        ],
    ),
    (
        6,
        &[
            "WARN stderr | W{@klog}       1 warnings.go:70] autoscaling/v2beta2 HorizontalPodAutoscaler is deprecated in v1.23+, unavailable in v1.26+; use autoscaling/v2 HorizontalPodAutoscaler",
        ],
    ),
    (
        8,
        &[
            "INFO stderr | I{@klog}     914 kubelet_getters.go:187] \"Pod status updated\" pod=\"kube-system/kube-proxy-{alnum:5}\" status=\"Running\"",
        ],
    ),
    (
        5,
        &[
            "INFO stderr | I{@klog}       1 event.go:307] \"Event occurred\" object=\"{space}/{app}\" kind=\"HorizontalPodAutoscaler\" type=\"Normal\" reason=\"SuccessfulRescale\" message=\"New size: {n:2..8}; reason: cpu resource utilization (percentage of request) {one:above|below} target\"",
        ],
    ),
    (
        3,
        &[
            "INFO stderr | I{@klog}     914 image_gc_manager.go:310] \"Disk usage on image filesystem is over the high threshold, trying to free bytes down to the low threshold\" usage={n:85..87} highThreshold=85 amountToFree={size:2100000000} lowThreshold=80",
        ],
    ),
    (
        2,
        &[
            "INFO stderr | I{@klog}       1 node_controller.go:466] \"Node is being cordoned for maintenance\" node=\"{node}\" by=\"{top:people}\"",
        ],
    ),
    (
        2,
        &[
            "WARN stdout | [WARNING] plugin/health: Local health request to \"http://:8080/health\" took more than 1s: 1.{n:010..400}s",
        ],
    ),
    (
        2,
        &[
            "INFO stdout | [INFO] Reloading\n[INFO] plugin/reload: Running configuration SHA512 = {hex:64}\n[INFO] Reloading complete",
        ],
    ),
    (
        2,
        &[
            "ERROR stdout | ts={@iso} level=error caller=recover.go:22 app={app} msg=\"request panicked, recovered\" err=\"runtime error: index out of range [{n:2..9}] with length {n:0..2}\"\ngoroutine {n:100..9000} [running]:{go:2..6}",
        ],
    ),
    (
        1,
        &[
            "INFO stderr | I{@klog}       1 certificate_controller.go:161] \"Certificate signing request was approved and signed\" csr=\"csr-{alnum:5}\" node=\"{node}\"",
        ],
    ),
    (1, &["WARN stderr | W{@klog}     914 machine.go:65] Cannot read vendor id correctly, set empty."]),
    (
        1,
        &[
            "INFO stderr | I{@klog}       1 namespace_controller.go:182] \"Namespace has been deleted\" namespace=\"review-{n:100..999}\"",
        ],
    ),
];

const OCCASIONS: &[Occasion] = &[
    Occasion {
        when: Timetable::minutes(1, 20),
        deploy: false,
        texts: &[
            "INFO stderr | I{@klog}     914 kubelet_node_status.go:497] \"Fast updating node status as it just became ready\" node=\"{node}\"",
            "?30 +5 DEBUG stderr | I{@klog}       1 httplog.go:132] \"HTTP\" verb=\"GET\" URI=\"/healthz\" latency=\"{n:90..400}.{n:100..999}µs\" userAgent=\"kube-probe/1.29\" resp=200",
        ],
    },
    Occasion {
        when: Timetable::minutes(5, 100),
        deploy: false,
        texts: &[
            "INFO stderr | {{\"level\":\"info\",\"ts\":\"{@iso}\",\"caller\":\"mvcc/index.go:214\",\"msg\":\"compact tree index\",\"revision\":{up:rv:48120000}}}",
            "+30 INFO stderr | {{\"level\":\"info\",\"ts\":\"{@iso}\",\"caller\":\"mvcc/kvstore_compaction.go:68\",\"msg\":\"finished scheduled compaction\",\"compact-revision\":{up:rv:48120000},\"took\":\"{n:6..40}.{n:100..999}ms\",\"hash\":{n:100000000..4200000000}}}",
        ],
    },
    Occasion {
        when: Timetable::minutes(60, 10),
        deploy: false,
        texts: &[
            "INFO stderr | I{@klog}       1 job_controller.go:562] \"Enqueueing job\" key=\"batch/exports-{@unix}\"",
            "+8s INFO stdout | exports: wrote {n:200..4000} rows to s3://reports-example/{@digits}.parquet in {took} ms",
            "+300 INFO stderr | I{@klog}       1 event.go:307] \"Event occurred\" object=\"batch/exports\" kind=\"CronJob\" type=\"Normal\" reason=\"SawCompletedJob\" message=\"Saw completed job: exports-{@unix}, status: Complete\"",
        ],
    },
    Occasion {
        when: Timetable::daily(2, 0),
        deploy: false,
        texts: &[
            "INFO stdout | time=\"{@iso}\" level=info msg=\"Backup started\" backup=velero/nightly-{@digits} logSource=\"pkg/controller/backup_controller.go:651\"",
            "+40s INFO stdout | time=\"{@iso}\" level=info msg=\"Backed up {n:2100..2600} items out of an estimated total of {n:2600..2700}\" backup=velero/nightly-{@digits} progress=",
            "+60s INFO stdout | time=\"{@iso}\" level=info msg=\"Backup completed\" backup=velero/nightly-{@digits}",
        ],
    },
    Occasion {
        when: Timetable::days(1, 9, 50),
        deploy: true,
        texts: &[
            "let space = shop",
            "INFO stderr | I{@klog}       1 deployment_controller.go:575] \"Scaled up replica set\" deployment=\"{space}/{app}\" to=1 image=\"{image}\"",
            "+4s INFO stderr | I{@klog}       1 event.go:307] \"Event occurred\" object=\"{space}/{app}\" kind=\"Deployment\" type=\"Normal\" reason=\"ScalingReplicaSet\" message=\"Scaled up replica set {app}-{hex:9} to 3\"",
            "+2s INFO stdout | ts={@iso} level=info caller=main.go:31 app={app} msg=starting version={version} commit={build}",
            "+400 INFO stdout | ts={@iso} level=info caller=main.go:77 app={app} msg=\"listening\" addr=:8080",
            "+9s INFO stderr | I{@klog}       1 event.go:307] \"Event occurred\" object=\"{space}/{app}\" kind=\"Deployment\" type=\"Normal\" reason=\"ScalingReplicaSet\" message=\"Scaled down replica set {app}-{hex:9} to 0\"",
        ],
    },
];
