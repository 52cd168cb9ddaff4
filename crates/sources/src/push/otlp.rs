//! OTLP/HTTP logs: takes an export request in protobuf or JSON, gives its records as lines.
//!
//! The attributes of the resource are the labels of the stream. A record that has attributes or more
//! than a line to say becomes one JSON object; one that says a line, and perhaps how grave it is, is
//! handed on as that line, so that what the program wrote is read as if from its file. Records that
//! hold nothing are refused one by one: the reply then says how many, as the protocol wants it.

mod json;
mod protobuf;
mod record;

use super::fields::string;
use super::protobuf::Writer;
use super::{Batch, Rejected, Request};

/// How the request is written, and the reply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`
    Json,
}

impl Encoding {
    /// That of a `Content-Type` header.
    pub fn of_header(header: &str) -> Result<Encoding, Rejected> {
        match header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" | "application/protobuf" => Ok(Encoding::Protobuf),
            "application/json" => Ok(Encoding::Json),
            _ => Err(Rejected::Unknown(
                "the content type must be `application/x-protobuf` or `application/json`".into(),
            )),
        }
    }

    /// The `Content-Type` of the reply.
    pub const fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }
}

/// The records of an export request.
pub fn decode(request: Request<'_>, encoding: Encoding) -> Result<Batch, Rejected> {
    match encoding {
        Encoding::Protobuf => protobuf::decode(request),
        Encoding::Json => json::decode(request),
    }
}

/// The reply to a request that was taken, in whole or in part.
pub fn reply(batch: &Batch, encoding: Encoding) -> Vec<u8> {
    let reason = batch.reason.as_deref().unwrap_or_default();
    match encoding {
        Encoding::Protobuf if batch.refused == 0 => Vec::new(),
        Encoding::Protobuf => {
            let partial = Writer::default().varint(1, batch.refused).bytes(2, reason).done();
            Writer::default().bytes(1, partial).done()
        }
        Encoding::Json if batch.refused == 0 => b"{}".to_vec(),
        Encoding::Json => {
            let mut out = format!(
                "{{\"partialSuccess\":{{\"rejectedLogRecords\":\"{}\",\"errorMessage\":",
                batch.refused
            )
            .into_bytes();
            string(&mut out, reason);
            out.extend_from_slice(b"}}");
            out
        }
    }
}

/// The reply to a request that was refused: a `google.rpc.Status`.
pub fn refusal(code: u64, message: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => Writer::default().varint(1, code).bytes(2, message).done(),
        Encoding::Json => {
            let mut out = format!("{{\"code\":{code},\"message\":").into_bytes();
            string(&mut out, message);
            out.push(b'}');
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(field: u64, inner: Writer) -> Writer {
        Writer::default().bytes(field, inner.done())
    }

    fn attribute(name: &str, value: &str) -> Vec<u8> {
        let value = Writer::default().bytes(1, value).done();
        Writer::default().bytes(1, name).bytes(2, value).done()
    }

    /// The same two records in both encodings: one parsed, one a line of a file.
    fn both() -> (Vec<u8>, Vec<u8>) {
        let parsed = Writer::default()
            .fixed64(1, 1_700_000_000_123_456_789)
            .varint(2, 17)
            .bytes(5, Writer::default().bytes(1, "pool \"db\" exhausted").done())
            .bytes(6, attribute("user.id", "7"))
            .bytes(9, [0xab; 16]);
        let line = Writer::default()
            .fixed64(11, 1_700_000_001_000_000_000)
            .bytes(5, Writer::default().bytes(1, "2023-11-14 22:13:21 WARN slow").done())
            .bytes(6, attribute("log.file.path", "/var/log/a.log"));
        let records = Writer::default().bytes(2, parsed.done()).bytes(2, line.done());
        let resource = Writer::default().bytes(1, attribute("service.name", "shop")).done();
        // The resource stands behind its records, which the wire format allows.
        let group = message(2, records).bytes(1, resource);
        let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
            {"timeUnixNano":"1700000000123456789","severityNumber":17,"body":{"stringValue":"pool \"db\" exhausted"},
             "attributes":[{"key":"user.id","value":{"stringValue":"7"}}],"traceId":"abababababababababababababababab"},
            {"observedTimeUnixNano":1700000001000000000,"body":{"stringValue":"2023-11-14 22:13:21 WARN slow"},
             "attributes":[{"key":"log.file.path","value":{"stringValue":"/var/log/a.log"}}]}]}],
            "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]}}]}"#;
        (message(1, group).done(), json.into())
    }

    fn shown(body: &[u8], encoding: Encoding) -> String {
        let batch = decode(Request { body, received: 0 }, encoding).unwrap();
        let stream = |stream: &super::super::Stream| {
            format!("{:?} {:?}\n{}", stream.labels, stream.form, String::from_utf8_lossy(&stream.lines))
        };
        batch.streams.iter().map(stream).collect()
    }

    #[test]
    fn both_encodings_give_the_same_lines() {
        let expected = "[(\"service.name\", \"shop\")] Fields\n\
            {\"user.id\":\"7\",\"trace_id\":\"abababababababababababababababab\",\
            \"@timestamp\":\"2023-11-14T22:13:20.123456789Z\",\"severity_text\":\"error\",\
            \"message\":\"pool \\\"db\\\" exhausted\"}\n\
            [(\"log.file.path\", \"/var/log/a.log\"), (\"service.name\", \"shop\")] Stamped\n\
            2023-11-14T22:13:21.000000000Z stdout F 2023-11-14 22:13:21 WARN slow\n";
        let (protobuf, json) = both();
        assert_eq!(shown(&protobuf, Encoding::Protobuf), expected);
        assert_eq!(shown(&json, Encoding::Json), expected);
    }

    #[test]
    fn a_level_makes_no_object_of_a_line() {
        let json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[
            {"timeUnixNano":"1700000000000000000","severityNumber":13,"body":{"stringValue":"slow\n"}},
            {"timeUnixNano":"1700000000000000000","severityText":"Error","body":{"stringValue":"boom"}},
            {"timeUnixNano":"1700000000000000000","severityText":"odd","body":{"stringValue":"x"}},
            {"timeUnixNano":"1700000000000000000","severityNumber":17,"body":{"stringValue":"a\n\tat b"}},
            {"timeUnixNano":"1700000000000000000","severityNumber":17,"body":{"stringValue":" "}}]}]}]}"#;
        let expected = "[] Stamped\n2023-11-14T22:13:20.000000000Z stdout F:level=warn slow\n\
            2023-11-14T22:13:20.000000000Z stdout F:level=error boom\n\
            [] Fields\n\
            {\"@timestamp\":\"2023-11-14T22:13:20.000000000Z\",\"severity_text\":\"odd\",\"message\":\"x\"}\n\
            {\"@timestamp\":\"2023-11-14T22:13:20.000000000Z\",\"severity_text\":\"error\",\"message\":\"a\\n\\tat b\"}\n\
            {\"@timestamp\":\"2023-11-14T22:13:20.000000000Z\",\"severity_text\":\"error\",\"message\":\" \"}\n";
        assert_eq!(shown(json, Encoding::Json), expected);
    }

    #[test]
    fn an_empty_record_costs_itself_only() {
        let json =
            br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{"body":{"stringValue":"x"}},null]}]}]}"#;
        let batch = decode(Request { body: json, received: 0 }, Encoding::Json).unwrap();
        assert_eq!((batch.accepted, batch.refused), (1, 2));
        let expected = r#"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"a record has neither body nor attributes"}}"#;
        assert_eq!(String::from_utf8_lossy(&reply(&batch, Encoding::Json)), expected);
        let protobuf = reply(&batch, Encoding::Protobuf);
        assert!(protobuf.starts_with(b"\x0a\x2c\x08\x02\x12"), "{protobuf:02x?}");
    }

    #[test]
    fn values_of_every_kind_are_kept() {
        let json = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"Warn","body":{"kvlistValue":{"values":[
            {"key":"msg","value":{"stringValue":"hello"}},{"key":"n","value":{"intValue":"12"}},{"key":"m","value":{"intValue":13}},
            {"key":"d","value":{"doubleValue":0.5}},{"key":"b","value":{"boolValue":true}},{"key":"none","value":{}},
            {"key":"list","value":{"arrayValue":{"values":[{"intValue":1},{"stringValue":"two"},{"kvlistValue":{"values":[]}}]}}},
            {"key":"raw","value":{"bytesValue":"AAE="}}]}}}]}]}]}"#;
        let expected = "[] Fields\n{\"msg\":\"hello\",\"n\":12,\"m\":13,\"d\":0.5,\"b\":true,\"none\":null,\
            \"list\":[1,\"two\",{}],\"raw\":\"AAE=\",\"@timestamp\":\"1970-01-01T00:00:00.000000000Z\",\
            \"severity_text\":\"Warn\"}\n";
        assert_eq!(shown(json, Encoding::Json), expected);
    }

    #[test]
    fn nesting_is_bounded() {
        let mut value = Writer::default().bytes(1, "deep").done();
        for _ in 0..100_000 {
            value = Writer::default().bytes(5, Writer::default().bytes(1, &value).done()).done();
            if value.len() > 60_000 {
                break;
            }
        }
        let record = Writer::default().bytes(5, value);
        let body = message(1, message(2, message(2, record))).done();
        let refused =
            decode(Request { body: &body, received: 0 }, Encoding::Protobuf).map(|batch| batch.refused);
        assert_eq!(refused, Ok(1));
        let deep = "{\"arrayValue\":{\"values\":[".repeat(50_000);
        let json = format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{\"body\":{deep}");
        assert!(decode(Request { body: json.as_bytes(), received: 0 }, Encoding::Json).is_err());
    }

    #[test]
    fn what_is_no_export_is_refused() {
        for (body, encoding) in [
            (&b"{"[..], Encoding::Json),
            (b"[]", Encoding::Json),
            (b"\xff", Encoding::Json),
            (b"{}x", Encoding::Json),
            (b"\x0a\xff", Encoding::Protobuf),
        ] {
            assert!(decode(Request { body, received: 0 }, encoding).is_err(), "{body:?}");
        }
        for empty in [&b"{}"[..], b"{\"resourceLogs\":null}", b"{\"unknown\":[[{}]]}"] {
            assert_eq!(decode(Request { body: empty, received: 0 }, Encoding::Json).unwrap().accepted, 0);
        }
    }
}
