//! What clients of Elasticsearch ask before they send: takes method and path, gives the answer.
//!
//! Beats, Logstash and Vector ask for the version and the licence, whether templates, policies and
//! pipelines exist, and put them where they do not. Nothing of it is needed here, so everything
//! exists already and every wish is acknowledged.

/// The version that is answered: a major that all current clients accept.
const VERSION: &str = "8.17.0";

/// An answer of the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body, in JSON.
    pub body: String,
}

/// Header with which clients make sure that they talk to what they expect.
pub const PRODUCT: (&str, &str) = ("x-elastic-product", "Elasticsearch");

/// Whether a client of Elasticsearch asks, told from its name: `GET /` is asked by others, too.
pub fn is_client(agent: &str, accept: &str) -> bool {
    const NAMES: [&str; 6] = ["elastic", "logstash", "filebeat", "winlogbeat", "vector/", "go-elasticsearch"];
    let agent = agent.to_ascii_lowercase();
    NAMES.iter().any(|name| agent.contains(name)) || accept.contains("vnd.elasticsearch")
}

/// The answer to a question of the handshake; nothing to anything else.
pub fn answer(method: &str, path: &str) -> Option<Answer> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let body = match (method, first, second) {
        ("GET" | "HEAD", "", _) => root(),
        ("GET", "_license", _) => license(),
        ("GET", "_xpack", _) => features(),
        ("GET", "_cluster", "health") => health(),
        ("GET", "_nodes", _) => {
            r#"{"_nodes":{"total":0,"successful":0,"failed":0},"cluster_name":"logsift","nodes":{}}"#.into()
        }
        ("GET", "_data_stream", _) => r#"{"data_streams":[]}"#.into(),
        ("GET", "_index_template", _) => r#"{"index_templates":[]}"#.into(),
        ("GET", "_component_template", _) => r#"{"component_templates":[]}"#.into(),
        ("GET" | "HEAD", "_template" | "_ilm" | "_ingest" | "_alias" | "_cat", _) => "{}".into(),
        ("HEAD", "_index_template" | "_component_template" | "_data_stream", _) => String::new(),
        (
            "PUT" | "POST",
            "_template"
            | "_ilm"
            | "_ingest"
            | "_index_template"
            | "_component_template"
            | "_data_stream"
            | "_alias",
            _,
        ) => r#"{"acknowledged":true}"#.into(),
        _ => return None,
    };
    Some(Answer { status: 200, body })
}

fn root() -> String {
    format!(
        "{{\"name\":\"logsift\",\"cluster_name\":\"logsift\",\"cluster_uuid\":\"bG9nc2lmdC1jbHVzdGVyLTA\",\
         \"version\":{{\"number\":\"{VERSION}\",\"build_flavor\":\"default\",\"build_type\":\"tar\",\
         \"build_hash\":\"0\",\"build_date\":\"2024-01-01T00:00:00.000Z\",\"build_snapshot\":false,\
         \"lucene_version\":\"9.12.0\",\"minimum_wire_compatibility_version\":\"7.17.0\",\
         \"minimum_index_compatibility_version\":\"7.0.0\"}},\"tagline\":\"You Know, for Search\"}}"
    )
}

const LICENSE: &str =
    "\"status\":\"active\",\"uid\":\"6c6f6773-6966-7400-0000-000000000000\",\"type\":\"basic\"";

fn license() -> String {
    format!(
        "{{\"license\":{{{LICENSE},\"issue_date_in_millis\":0,\"issued_to\":\"logsift\",\"issuer\":\"logsift\"}}}}"
    )
}

fn features() -> String {
    let features = ["ilm", "security", "monitoring"]
        .map(|name| format!("\"{name}\":{{\"available\":true,\"enabled\":{}}}", name == "ilm"))
        .join(",");
    format!(
        "{{\"build\":{{\"hash\":\"0\",\"date\":\"2024-01-01T00:00:00.000Z\"}},\
         \"license\":{{{LICENSE},\"mode\":\"basic\"}},\"features\":{{{features}}}}}"
    )
}

fn health() -> String {
    "{\"cluster_name\":\"logsift\",\"status\":\"green\",\"timed_out\":false,\"number_of_nodes\":1,\
     \"number_of_data_nodes\":1,\"active_primary_shards\":1,\"active_shards\":1,\"relocating_shards\":0,\
     \"initializing_shards\":0,\"unassigned_shards\":0}"
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_clients_are_answered_in_json() {
        let asked = [
            ("GET", "/"),
            ("HEAD", "/"),
            ("GET", "/_license"),
            ("GET", "/_xpack"),
            ("GET", "/_cluster/health"),
            ("GET", "/_nodes/http"),
            ("GET", "/_ilm/policy/filebeat"),
            ("PUT", "/_ilm/policy/filebeat"),
            ("PUT", "/_index_template/filebeat-8.17.0"),
            ("GET", "/_index_template/filebeat-8.17.0"),
            ("PUT", "/_template/logstash"),
            ("PUT", "/_ingest/pipeline/filebeat"),
            ("GET", "/_data_stream/logs"),
        ];
        for (method, path) in asked {
            let answer = answer(method, path).unwrap_or_else(|| panic!("{method} {path}"));
            serde_json::from_str::<serde_json::Value>(&answer.body).unwrap();
        }
        assert_eq!(answer("HEAD", "/_index_template/x").unwrap().body, "");
        for (method, path) in
            [("DELETE", "/_ilm/policy/x"), ("GET", "/logs/_search"), ("GET", "/api/v1/status")]
        {
            assert_eq!(answer(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn clients_are_known_by_their_names() {
        assert!(is_client("Elastic-filebeat/8.17.0 (linux; amd64)", "application/json"));
        assert!(is_client("Vector/0.40.0", ""));
        assert!(is_client("", "application/vnd.elasticsearch+json;compatible-with=8"));
        assert!(!is_client("curl/8.0", "application/json"));
        assert!(!is_client("Mozilla/5.0", "text/html"));
    }
}
