//! A record in, what its fields say by whatever names out: one pass over the fields.

use crate::records::fields::{Kind, Value};
use crate::records::level::Level;
use crate::records::record::Record;
use crate::records::roles::{Claim, Role};
use crate::templates::{Measure, Unit};

/// Letters of a name that are looked at.
const NAME: usize = 32;

/// What is known of a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) level: Option<Level>,
    pub(super) service: Option<&'a [u8]>,
    pub(super) host: Option<&'a [u8]>,
    pub(super) logger: Option<&'a [u8]>,
    pub(super) method: Option<&'a [u8]>,
    pub(super) status: Option<f64>,
    pub(super) user: Option<&'a [u8]>,
    pub(super) client: Option<&'a [u8]>,
    pub(super) port: Option<f64>,
    /// In seconds.
    pub(super) duration: Option<f64>,
    pub(super) bytes: Option<f64>,
}

impl<'a> Facts<'a> {
    /// Reads the fields, and for a duration or a size that no field has, the message.
    pub(super) fn of(record: &Record<'a>) -> Facts<'a> {
        let mut facts = Facts { level: record.level, ..Facts::default() };
        for (name, value) in record.fields().filter(|(_, value)| value.kind != Kind::Null) {
            if value.bytes != b"-" && !value.bytes.is_empty() {
                facts.take(name, value);
            }
        }
        if facts.duration.is_none() || facts.bytes.is_none() {
            facts.read(record.message);
        }
        facts
    }

    fn take(&mut self, name: &[u8], value: Value<'a>) {
        let mut letters = [0u8; NAME];
        let Some(name) = normal(name, &mut letters) else { return };
        match name {
            b"status" | b"statuscode" | b"httpstatus" | b"responsecode" | b"code" => {
                self.status = self.status.or_else(|| number(value.bytes));
            }
            b"method" | b"httpmethod" | b"requestmethod" | b"verb" => self.method = Some(value.bytes),
            b"user" | b"username" | b"userid" | b"uid" | b"account" | b"login" | b"remoteuser" => {
                self.user = Some(value.bytes);
            }
            b"client" | b"clientip" | b"remoteaddr" | b"remoteip" | b"ip" | b"srcip" | b"sourceip"
            | b"src" | b"peer" | b"rhost" => self.client = self.client.or(Some(value.bytes)),
            b"port" | b"clientport" | b"destport" | b"dstport" => {
                self.port = self.port.or_else(|| number(value.bytes));
            }
            b"bytes" | b"size" | b"bodybytessent" | b"bytessent" | b"responsesize" | b"contentlength" => {
                self.bytes = self.bytes.or_else(|| measure(value.bytes, Unit::Bytes));
            }
            name => self.take_other(name, value),
        }
    }

    fn take_other(&mut self, name: &[u8], value: Value<'a>) {
        if let Some(scale) = duration_scale(name) {
            let seconds = Measure::of(value.bytes).map(|measure| match measure.unit {
                Unit::Seconds => measure.value,
                _ => measure.value * scale,
            });
            self.duration = self.duration.or(seconds);
            return;
        }
        match Claim::of(name).map(|claim| claim.role) {
            Some(Role::Service) => self.service = self.service.or(Some(value.bytes)),
            Some(Role::Host) => self.host = self.host.or(Some(value.bytes)),
            Some(Role::Logger) => self.logger = self.logger.or(Some(value.bytes)),
            _ => {}
        }
    }

    /// A number with a unit beside it: `12ms`, `12 ms`, `1.5 KB`.
    fn read(&mut self, message: &[u8]) {
        let looked = message.get(..1024).unwrap_or(message);
        let mut at = 0;
        while let Some(found) = looked.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
            let start = at + found;
            let rest = looked.get(start..).unwrap_or_default();
            let digits = rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.');
            let digits = digits.unwrap_or(rest.len());
            at = start + digits.max(1);
            let alone = start == 0 || looked.get(start - 1).is_some_and(|byte| !byte.is_ascii_alphanumeric());
            if alone {
                self.take_measure(rest, digits);
            }
        }
    }

    fn take_measure(&mut self, rest: &[u8], digits: usize) {
        let gap = usize::from(rest.get(digits) == Some(&b' '));
        let unit = rest.get(digits + gap..).unwrap_or_default();
        let letters = unit.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(unit.len());
        if letters == 0 || letters > 7 {
            return;
        }
        let written = rest.get(..digits + gap + letters);
        match written.and_then(Measure::of) {
            Some(Measure { value, unit: Unit::Seconds }) => self.duration = self.duration.or(Some(value)),
            Some(Measure { value, unit: Unit::Bytes }) => self.bytes = self.bytes.or(Some(value)),
            _ => {}
        }
    }

    /// Whether it is as grave as an error, or says that a request failed.
    pub(super) fn is_bad(&self) -> bool {
        self.level.is_some_and(|level| level >= Level::Error)
            || self.status.is_some_and(|status| status >= 500.0)
    }
}

/// A name in lower case without separators.
fn normal<'b>(name: &[u8], letters: &'b mut [u8; NAME]) -> Option<&'b [u8]> {
    let mut length = 0;
    for byte in name.iter().filter(|byte| !matches!(byte, b'_' | b'-' | b'.' | b' ')) {
        *letters.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    letters.get(..length)
}

/// What a plain number in a field of that name is multiplied with to be seconds, where it is a duration.
fn duration_scale(name: &[u8]) -> Option<f64> {
    let units: [(&[u8], f64); 7] = [
        (b"milliseconds", 1e-3),
        (b"microseconds", 1e-6),
        (b"ms", 1e-3),
        (b"us", 1e-6),
        (b"ns", 1e-9),
        (b"seconds", 1.0),
        (b"s", 1.0),
    ];
    let known = |name: &[u8]| {
        matches!(
            name,
            b"duration"
                | b"elapsed"
                | b"latency"
                | b"responsetime"
                | b"requesttime"
                | b"responseduration"
                | b"requestduration"
                | b"took"
                | b"timetaken"
                | b"elapsedtime"
        )
    };
    if known(name) {
        return Some(1.0);
    }
    units
        .into_iter()
        .find_map(|(unit, scale)| name.strip_suffix(unit).filter(|rest| known(rest)).map(|_| scale))
}

fn number(value: &[u8]) -> Option<f64> {
    Measure::of(value).filter(|measure| measure.unit == Unit::None).map(|measure| measure.value)
}

fn measure(value: &[u8], unit: Unit) -> Option<f64> {
    Measure::of(value)
        .filter(|measure| measure.unit == unit || measure.unit == Unit::None)
        .map(|found| found.value)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::reader::{Reader, Settings, SourceHint};

    /// Reads a log and shows every record.
    pub(in crate::features) fn each(log: &str, mut see: impl FnMut(&Record<'_>)) {
        let mut reader = Reader::new(&Settings::default(), SourceHint::default());
        let mut sink = |record: &Record<'_>| see(record);
        for mut rest in log.as_bytes().chunks(4096) {
            while !rest.is_empty() {
                let count = std::io::Read::read(&mut rest, reader.space()).unwrap();
                reader.filled(count, &mut sink);
            }
        }
        reader.finish(&mut sink);
    }

    #[test]
    fn fields_are_read_by_any_of_their_names() {
        let mut seen = 0;
        let log = "time=2024-03-04T00:00:00Z level=error service=shop host=web1 method=GET status=503 user=ann \
                   remote_addr=10.0.0.1 duration_ms=12 bytes=512 msg=\"it broke\"\n";
        each(&log.repeat(20), |record| {
            let facts = Facts::of(record);
            assert_eq!(facts.level, Some(Level::Error));
            let named = [facts.service, facts.host, facts.method, facts.user, facts.client];
            assert_eq!(named.map(Option::unwrap), [b"shop".as_slice(), b"web1", b"GET", b"ann", b"10.0.0.1"]);
            assert_eq!((facts.status, facts.duration, facts.bytes), (Some(503.0), Some(0.012), Some(512.0)));
            assert!(facts.is_bad());
            seen += 1;
        });
        assert_eq!(seen, 20);
    }

    #[test]
    fn what_no_field_says_is_read_from_the_message() {
        let check = |message: &str, duration: Option<f64>, bytes: Option<f64>| {
            let mut facts = Facts::default();
            facts.read(message.as_bytes());
            assert_eq!((facts.duration, facts.bytes), (duration, bytes), "{message}");
        };
        check("done in 1.5 s", Some(1.5), None);
        check("took 250ms for 2 KB", Some(0.25), Some(2000.0));
        check("request 17 of 20", None, None);
        check("host web12ms", None, None);
        check("", None, None);
        check("9", None, None);
    }

    #[test]
    fn names_tell_the_unit() {
        assert_eq!(duration_scale(b"durationms"), Some(1e-3));
        assert_eq!(duration_scale(b"latency"), Some(1.0));
        assert_eq!(duration_scale(b"requesttimeus"), Some(1e-6));
        assert_eq!(duration_scale(b"status"), None);
        let mut letters = [0; NAME];
        assert_eq!(normal(b"Request-Time_ms", &mut letters), Some(&b"requesttimems"[..]));
        assert_eq!(normal(&[b'a'; 40], &mut letters), None);
    }
}
