//! How fast structured data is read: each case over lines as its producers write them.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use logsift_engine::lines::container::{Unwrapped, Wrapper};
use logsift_engine::records::fields::Fields;
use logsift_engine::records::json::read_object;
use logsift_engine::records::logfmt::read_pairs;
use logsift_engine::records::redact::{Kinds, Manner, Redactor, mask_secrets};
use logsift_engine::records::roles::Role;
use logsift_engine::records::separated::{Columns, Separator};
use logsift_engine::records::syslog_data::read_structured_data;

fn main() {
    divan::main();
}

const JSON: &[&str] = &[
    r#"{"level":"info","ts":1716301845.1234567,"logger":"http.log.access","caller":"server/server.go:214","msg":"handled request","request":{"remote_ip":"192.0.2.17","proto":"HTTP/2.0","method":"GET","host":"shop.example.com","uri":"/api/v1/items?page=3","headers":{"User-Agent":["Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"],"Accept":["*/*"]}},"duration":0.001203,"size":10432,"status":200}"#,
    r#"{"@timestamp":"2024-05-21T10:00:00.123Z","log.level":"WARN","message":"Connection to database lost, trying again in 5 seconds","ecs.version":"1.2.0","service.name":"checkout","event.dataset":"checkout","process.thread.name":"http-nio-8080-exec-3","log.logger":"com.example.checkout.Database","trace.id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#,
    r#"{"time":"2024-05-21T10:00:00.123456789Z","level":"ERROR","msg":"cannot read \"items.json\"\tgiving up","err":"open items.json: no such file or directory","attempt":3,"fatal":false}"#,
];

const LOGFMT: &str = r#"ts=2024-05-21T10:00:00.123Z caller=compact.go:519 level=info component=tsdb msg="write block" mint=1716292800000 maxt=1716300000000 ulid=01HYD8 duration=1.203s ooo=false"#;

const SYSLOG: &str = r#"[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]"#;

const CSV: &str = r#"2024-05-21 10:00:00.123 UTC,"app","shop",7213,"192.0.2.17:51312",664c6f00.1c2d,3,"SELECT",2024-05-21 09:58:01 UTC,4/21,0,ERROR,42P01,"relation ""items"" does not exist",,,"#;

const PLAIN: &str = "081109 203615 148 INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_38865049064139660 terminating";

#[divan::bench(args = [0, 1, 2])]
fn json(bencher: Bencher<'_, '_>, index: usize) {
    let line = JSON[index].as_bytes();
    let mut fields = Fields::new();
    bencher.counter(BytesCount::of_slice(line)).bench_local(|| {
        fields.clear();
        read_object(divan::black_box(line), 0, &mut fields).map(|object| object.end)
    });
}

#[divan::bench]
fn logfmt(bencher: Bencher<'_, '_>) {
    let mut fields = Fields::new();
    bencher.counter(BytesCount::of_str(LOGFMT)).bench_local(|| {
        fields.clear();
        read_pairs(divan::black_box(LOGFMT.as_bytes()), 0, &mut fields)
    });
}

#[divan::bench]
fn syslog_data(bencher: Bencher<'_, '_>) {
    let mut fields = Fields::new();
    bencher.counter(BytesCount::of_str(SYSLOG)).bench_local(|| {
        fields.clear();
        read_structured_data(divan::black_box(SYSLOG.as_bytes()), 0, &mut fields)
    });
}

#[divan::bench]
fn csv(bencher: Bencher<'_, '_>) {
    let names: Vec<String> = (0..17).map(|index| format!("column_{index}")).collect();
    let columns = Columns::named(names.iter().map(|name| name.as_bytes()), Separator::Byte(b','));
    let mut fields = Fields::new();
    bencher.counter(BytesCount::of_str(CSV)).bench_local(|| {
        fields.clear();
        columns.read_row(divan::black_box(CSV.as_bytes()), &mut fields)
    });
}

#[divan::bench]
fn docker_json(bencher: Bencher<'_, '_>) {
    let line = format!(r#"{{"log":"{PLAIN}\n","stream":"stdout","time":"2024-05-21T10:00:00.123456789Z"}}"#);
    let mut out = Unwrapped::default();
    bencher
        .counter(BytesCount::of_str(&line))
        .bench_local(|| Wrapper::DockerJson.unwrap(divan::black_box(line.as_bytes()), &mut out));
}

#[divan::bench]
fn cri(bencher: Bencher<'_, '_>) {
    let line = format!("2024-05-21T10:00:00.123456789Z stdout F {PLAIN}");
    let mut out = Unwrapped::default();
    bencher
        .counter(BytesCount::of_str(&line))
        .bench_local(|| Wrapper::Cri.unwrap(divan::black_box(line.as_bytes()), &mut out));
}

const NAMES: [&str; 8] = [
    "@timestamp",
    "level",
    "message",
    "duration_ms",
    "kubernetes.pod_name",
    "user",
    "traceId",
    "http.request.method",
];

#[divan::bench]
fn roles(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(NAMES.len()))
        .bench_local(|| NAMES.iter().filter_map(|name| Role::of(divan::black_box(name.as_bytes()))).count());
}

#[divan::bench]
fn redact_plain_line(bencher: Bencher<'_, '_>) {
    let mut redactor = Redactor::new(Kinds::ALL, Manner::Mask);
    let mut out = Vec::new();
    bencher.counter(BytesCount::of_str(PLAIN)).bench_local(|| {
        out.clear();
        redactor.redact(divan::black_box(PLAIN.as_bytes()), &mut out)
    });
}

#[divan::bench]
fn redact_json_line(bencher: Bencher<'_, '_>) {
    let line = JSON[0].as_bytes();
    let mut redactor = Redactor::new(Kinds::ALL, Manner::Mask);
    let mut out = Vec::new();
    bencher.counter(BytesCount::of_slice(line)).bench_local(|| {
        out.clear();
        redactor.redact(divan::black_box(line), &mut out)
    });
}

#[divan::bench]
fn mask_secrets_plain_line(bencher: Bencher<'_, '_>) {
    let mut out = Vec::new();
    bencher.counter(BytesCount::of_str(PLAIN)).bench_local(|| {
        out.clear();
        mask_secrets(divan::black_box(PLAIN.as_bytes()), &mut out)
    });
}
