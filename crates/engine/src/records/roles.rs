//! What a field means, told from its name: `@timestamp`, `ts` and `eventTime` are all a time.
//!
//! Names are compared without case and separators, so one entry covers `traceId`, `trace_id`,
//! `trace.id` and `TRACE-ID`. An `@` counts as a letter: `@t` means time, `t` need not. The list is
//! a table built at compile time; a look-up reads the name once and touches one or two entries.

/// What a field of a record means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Role {
    /// When it happened.
    Time,
    /// How grave it is.
    Level,
    /// The message itself.
    Message,
    /// The service or application.
    Service,
    /// The machine.
    Host,
    /// The Kubernetes pod.
    Pod,
    /// The container, by name or id.
    Container,
    /// The Kubernetes namespace.
    Namespace,
    /// The trace.
    TraceId,
    /// The span of the trace.
    SpanId,
    /// The logger, component or unit within the service.
    Logger,
    /// The thread.
    Thread,
    /// The process id.
    Pid,
    /// The exception: its type or text.
    Exception,
    /// The stack trace.
    Stack,
}

/// A role that a name claims. Where several fields claim one role, the lowest rank has it, and the
/// later field where ranks are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The role.
    pub role: Role,
    /// How good the claim is; 0 is best.
    pub rank: u8,
}

impl Role {
    /// The role of a field name, where it has one.
    pub fn of(name: &[u8]) -> Option<Role> {
        Claim::of(name).map(|claim| claim.role)
    }

    /// The attribute name of OpenTelemetry, under which the role is given out. Time, level and
    /// message are parts of every record and have their own plain names.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Time => "time",
            Role::Level => "level",
            Role::Message => "message",
            Role::Service => "service.name",
            Role::Host => "host.name",
            Role::Pod => "k8s.pod.name",
            Role::Container => "container.id",
            Role::Namespace => "k8s.namespace.name",
            Role::TraceId => "trace_id",
            Role::SpanId => "span_id",
            Role::Logger => "logger",
            Role::Thread => "thread.name",
            Role::Pid => "process.pid",
            Role::Exception => "exception.message",
            Role::Stack => "exception.stacktrace",
        }
    }
}

impl Claim {
    /// What a field name claims to be, where it claims anything.
    pub fn of(name: &[u8]) -> Option<Claim> {
        let key = normal(name)?;
        let mut place = slot(&key);
        loop {
            let entry = TABLE.get(place).copied().unwrap_or(0);
            let (known, claim) = KNOWN.get(usize::from(entry.checked_sub(1)?))?;
            if *known == key {
                return Some(*claim);
            }
            place = (place + 1) % SLOTS;
        }
    }
}

/// A name in lower case without separators, padded with zeros.
type Key = [u64; 4];
const KEY_BYTES: usize = 32;
/// No known name is longer with its separators.
const MAX_NAME: usize = 48;

#[inline]
fn normal(name: &[u8]) -> Option<Key> {
    if name.len() > MAX_NAME {
        return None;
    }
    // One place too many tells a name that is too long.
    let mut letters = [0_u8; KEY_BYTES + 1];
    let mut length = 0;
    for &byte in name {
        let letter = LETTERS[byte as usize];
        *letters.get_mut(length)? = letter;
        length += usize::from(letter != 0);
    }
    let (words, _) = letters.as_chunks::<8>();
    let [first, second, third, fourth] = *words else { return None };
    (1..=KEY_BYTES).contains(&length).then(|| [first, second, third, fourth].map(u64::from_le_bytes))
}

/// What each byte counts as: letters in lower case, separators as nothing, the rest as itself.
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        letters[byte] = match byte as u8 {
            b'_' | b'-' | b'.' | b' ' | b'/' | b':' => 0,
            other => other.to_ascii_lowercase(),
        };
        byte += 1;
    }
    letters
};

const SLOTS: usize = 1024;

#[inline]
const fn slot(key: &Key) -> usize {
    let mixed =
        key[0].wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ key[1].rotate_left(23) ^ key[2].rotate_left(47) ^ key[3];
    (mixed.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 54) as usize
}

/// The place of each known name, counted from 1; 0 is free.
static TABLE: [u16; SLOTS] = {
    let mut table = [0; SLOTS];
    let mut index = 0;
    while index < KNOWN.len() {
        let mut place = slot(&KNOWN[index].0);
        while table[place] != 0 {
            place = (place + 1) % SLOTS;
        }
        index += 1;
        table[place] = index as u16;
    }
    table
};

const fn key_of(name: &str) -> Key {
    let bytes = name.as_bytes();
    assert!(bytes.len() <= KEY_BYTES, "a known name is too long");
    let mut key = [0; 4];
    let mut at = 0;
    while at < bytes.len() {
        assert!(LETTERS[bytes[at] as usize] == bytes[at], "known names are written in their normal form");
        key[at / 8] |= (bytes[at] as u64) << (at % 8 * 8);
        at += 1;
    }
    key
}

/// The lists below one after another: the rank of a name is its place in its list.
static KNOWN: [(Key, Claim); known_count()] = {
    let mut known = [([0; 4], Claim { role: Role::Time, rank: 0 }); known_count()];
    let (mut list, mut total) = (0, 0);
    while list < NAMES.len() {
        let (role, names) = NAMES[list];
        let mut rank = 0;
        while rank < names.len() {
            known[total] = (key_of(names[rank]), Claim { role, rank: rank as u8 });
            total += 1;
            rank += 1;
        }
        list += 1;
    }
    known
};

const fn known_count() -> usize {
    let (mut list, mut count) = (0, 0);
    while list < NAMES.len() {
        count += NAMES[list].1.len();
        list += 1;
    }
    count
}

/// Every known name, best first, in its normal form.
const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Time,
        &[
            // What names the time of the event goes before what names the time of its handling.
            "@timestamp",
            "timestamp",
            "@t",
            "time",
            "ts",
            "t$date",
            "timeunixnano",
            "datetime",
            "asctime",
            "eventtime",
            "eventtimestamp",
            "logtime",
            "logtimestamp",
            "logdate",
            "timegenerated",
            "timecreated",
            "timecreatedsystemtime",
            "timelocal",
            "timeiso8601",
            "sourcerealtimetimestamp",
            "realtimetimestamp",
            "startutc",
            "startlocal",
            "starttime",
            "edgestarttimestamp",
            "requesttimestamp",
            "requesttime",
            "requestreceivedtimestamp",
            "stagetimestamp",
            "instantepochsecond",
            "timemillis",
            "epoch",
            "epochmillis",
            "when",
            "date",
            "dt",
            "created",
            "createdat",
            "occurredat",
            "observedtimeunixnano",
            "observedtimestamp",
            "receivetimestamp",
            "ingestiontime",
            "eventingested",
            "syslogtimestamp",
            "utctime",
        ],
    ),
    (
        Role::Level,
        &[
            "severitytext",
            "loglevel",
            "level",
            "severity",
            "@l",
            "lvl",
            "levelname",
            "priority",
            "severitynumber",
            "loglevelname",
            "levelno",
            "levelvalue",
            "levelstr",
            "loglevelstr",
            "logseverity",
            "syslogseverity",
            "logsyslogseverityname",
            "logsyslogseveritycode",
            "severitylabel",
            "severitylevel",
            "severityname",
            "errorseverity",
            "leveldisplayname",
            "prio",
            "importance",
            "sev",
            "messagetype",
            "s",
        ],
    ),
    (
        Role::Message,
        &[
            "message",
            "msg",
            "@m",
            "body",
            "bodystringvalue",
            "shortmessage",
            "textpayload",
            "jsonpayloadmessage",
            "jsonpayloadmsg",
            "renderedmessage",
            "formattedmessage",
            "logmessage",
            "eventmessage",
            "@mt",
            "messagetemplate",
            "log",
            "text",
            "fullmessage",
            "eventoriginal",
            "event",
            "line",
            "logline",
            "content",
            "description",
            "shortmsg",
            "logtext",
            "payload",
            "data",
            "raw",
            "protopayloadstatusmessage",
            "note",
        ],
    ),
    (
        Role::Service,
        &[
            "servicename",
            "service",
            "app",
            "application",
            "applicationname",
            "appname",
            "resourceservicename",
            "resourcelabelsservicename",
            "k8sdeploymentname",
            "kuberneteslabelsapp",
            "kuberneteslabelsappname",
            "k8scontainername",
            "kubernetescontainername",
            "resourcelabelscontainername",
            "syslogidentifier",
            "systemdunit",
            "program",
            "programname",
            "ddservice",
            "svc",
            "springapplicationname",
            "serviceid",
            "serviceidentifier",
            "loggroup",
            "function",
            "functionname",
            "faasname",
            "rolename",
            "cloudrolename",
            "appid",
            "sitename",
            "ssitename",
            "name",
            "comm",
            "tag",
            "ident",
            "unit",
            "facility",
            "provider",
            "providername",
            "source",
        ],
    ),
    (
        Role::Host,
        &[
            "hostname",
            "host",
            "hosthostname",
            "nodename",
            "k8snodename",
            "kubernetesnodename",
            "kuberneteshost",
            "machinename",
            "machine",
            "computer",
            "computername",
            "node",
            "resourcehostname",
            "resourcehost",
            "server",
            "servername",
            "instance",
            "instanceid",
            "resourcelabelsinstanceid",
            "resourcelabelsnodename",
            "roleinstance",
            "agenthostname",
            "agentname",
            "scomputername",
            "syslogserver",
            "sysloghost",
            "vm",
        ],
    ),
    (
        Role::Pod,
        &[
            "k8spodname",
            "kubernetespodname",
            "podname",
            "pod",
            "resourcelabelspodname",
            "kubernetespod",
            "k8spod",
        ],
    ),
    (
        Role::Container,
        &[
            "containerid",
            "dockercontainerid",
            "kubernetesdockerid",
            "k8scontainerid",
            "containeridfull",
            "containername",
            "kubernetescontainerid",
            "container",
            "dockerid",
            "containerimagename",
        ],
    ),
    (
        Role::Namespace,
        &[
            "k8snamespacename",
            "kubernetesnamespacename",
            "kubernetesnamespace",
            "namespacename",
            "resourcelabelsnamespace",
            "resourcelabelsnamespaceid",
            "podnamespace",
            "servicenamespace",
            "k8snamespace",
            "k8sns",
            "namespace",
        ],
    ),
    (
        Role::TraceId,
        &[
            "traceid",
            "@tr",
            "trace",
            "ddtraceid",
            "xb3traceid",
            "b3traceid",
            "oteltraceid",
            "logginggoogleapiscomtrace",
            "amzntraceid",
            "xamzntraceid",
            "xraytraceid",
            "traceparent",
            "spanctxtraceid",
            "contexttraceid",
            "mdctraceid",
            "operationid",
            "correlationid",
            "requestid",
        ],
    ),
    (
        Role::SpanId,
        &["spanid", "@sp", "span", "ddspanid", "xb3spanid", "otelspanid", "contextspanid", "mdcspanid"],
    ),
    (
        Role::Logger,
        &[
            "logger",
            "loggername",
            "loglogger",
            "sourcecontext",
            "propertiessourcecontext",
            "scopename",
            "category",
            "categoryname",
            "component",
            "module",
            "target",
            "loggerclass",
            "loggercategory",
            "subsystem",
            "class",
            "classname",
            "channel",
            "caller",
            "loc",
            "package",
            "scope",
            "ctxt",
            "c",
        ],
    ),
    (
        Role::Thread,
        &[
            "threadname",
            "thread",
            "processthreadname",
            "threadid",
            "processthreadid",
            "tid",
            "tname",
            "goroutine",
        ],
    ),
    (Role::Pid, &["processpid", "pid", "processid", "process", "syslogpid", "procid", "executionprocessid"]),
    (
        Role::Exception,
        &[
            "exceptionmessage",
            "errormessage",
            "exception",
            "@x",
            "errormsg",
            "error",
            "err",
            "errmessage",
            "errmsg",
            "exceptiontype",
            "errortype",
            "exceptionclass",
            "exceptionexceptionclass",
            "thrownmessage",
            "exceptionexceptionmessage",
            "thrown",
            "thrownname",
            "fault",
            "panic",
        ],
    ),
    (
        Role::Stack,
        &[
            "exceptionstacktrace",
            "errorstacktrace",
            "stacktrace",
            "stack",
            "errorstack",
            "errstack",
            "errorverbose",
            "exceptionstack",
            "backtrace",
            "traceback",
            "thrownextendedstacktrace",
            "excinfo",
            "exctext",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Role, names: &[&str]) {
        for name in names {
            assert_eq!(Role::of(name.as_bytes()), Some(role), "{name}");
        }
    }

    #[test]
    fn producers_are_understood() {
        check(
            Role::Time,
            &["@timestamp", "timestamp", "time", "ts", "@t", "__REALTIME_TIMESTAMP", "t.$date"],
        );
        check(Role::Time, &["_SOURCE_REALTIME_TIMESTAMP", "TimeGenerated", "EdgeStartTimestamp", "StartUTC"]);
        check(
            Role::Level,
            &["level", "severity", "log.level", "@l", "PRIORITY", "severity_text", "levelname"],
        );
        check(Role::Level, &["severityNumber", "level_value", "lvl", "SeverityLevel"]);
        check(
            Role::Message,
            &["message", "msg", "MESSAGE", "log", "body", "short_message", "textPayload", "@m"],
        );
        check(Role::Message, &["jsonPayload.message", "@mt", "RenderedMessage", "event", "text"]);
        check(
            Role::Service,
            &["service.name", "service", "app", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "app_name"],
        );
        check(
            Role::Host,
            &["host.name", "hostname", "_HOSTNAME", "host", "kubernetes.node.name", "Computer"],
        );
        check(Role::Pod, &["k8s.pod.name", "kubernetes.pod_name", "pod", "kubernetes.pod.name"]);
        check(Role::Container, &["container.id", "container_id", "containerName", "docker.container_id"]);
        check(Role::Namespace, &["k8s.namespace.name", "kubernetes.namespace_name", "namespace"]);
        check(
            Role::TraceId,
            &["trace_id", "traceId", "trace.id", "dd.trace_id", "logging.googleapis.com/trace"],
        );
        check(Role::SpanId, &["span_id", "spanId", "span.id", "@sp"]);
        check(Role::Logger, &["logger", "logger_name", "SourceContext", "log.logger", "target"]);
        check(Role::Thread, &["thread_name", "thread", "process.thread.name"]);
        check(Role::Pid, &["pid", "_PID", "process.pid", "SYSLOG_PID"]);
        check(Role::Exception, &["error.message", "exception", "err", "@x", "error"]);
        check(
            Role::Stack,
            &["error.stack_trace", "stack_trace", "stacktrace", "exception.stacktrace", "err.stack"],
        );
    }

    #[test]
    fn other_names_have_no_role() {
        for name in ["", "_", "user", "t", "l", "m", "x", "duration", "messages", "leveling", "tim", "status"]
        {
            assert_eq!(Role::of(name.as_bytes()), None, "{name}");
        }
        assert_eq!(Role::of(&[b'a'; 100]), None);
        assert_eq!(Role::of("exception.stacktrace.and.still.more".as_bytes()), None);
        assert_eq!(Role::of(&[0xff; 8]), None);
    }

    #[test]
    fn better_names_have_lower_ranks() {
        let check = |better: &str, worse: &str| {
            let (better, worse) =
                (Claim::of(better.as_bytes()).unwrap(), Claim::of(worse.as_bytes()).unwrap());
            assert_eq!(better.role, worse.role);
            assert!(better.rank < worse.rank, "{better:?} {worse:?}");
        };
        check("message", "log");
        check("message", "@mt");
        check("@m", "@mt");
        check("short_message", "full_message");
        check("level", "levelno");
        check("@timestamp", "time");
        check("_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP");
        check("hostname", "instance");
        check("trace_id", "request_id");
    }

    #[test]
    fn every_known_name_is_found_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (role, names) in NAMES {
            for (rank, name) in names.iter().enumerate() {
                assert!(seen.insert(*name), "{name} stands twice");
                assert_eq!(
                    Claim::of(name.as_bytes()),
                    Some(Claim { role: *role, rank: rank as u8 }),
                    "{name}"
                );
                assert_eq!(Role::of(name.to_ascii_uppercase().as_bytes()), Some(*role), "{name}");
            }
        }
        assert!(seen.len() * 3 < SLOTS, "the table is too full");
    }
}
