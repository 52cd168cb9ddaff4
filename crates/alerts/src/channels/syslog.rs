//! Syslog, RFC 5424: over UDP, TCP or the socket of this machine.

use std::io::Write;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Kind, grade};
use crate::delivery::{Channel, DeliveryError};
use crate::inert::{Manner, Page};
use crate::notice::Notice;
use crate::reach::{Reach, ReachError};
use crate::settings::Fault;

/// Bytes of a datagram that every receiver takes.
const DATAGRAM: usize = 2048;

/// Where, and under which name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `host:port`, or a path such as `/dev/log`.
    #[serde(default = "dev_log")]
    pub address: String,
    /// How it is carried; a path is always a datagram.
    #[serde(default)]
    pub protocol: Protocol,
    /// The facility, 0 to 23; 1 is user, 16 is local0.
    #[serde(default = "one")]
    pub facility: u8,
    /// What may be reached.
    #[serde(default)]
    pub reach: Reach,
}

fn dev_log() -> String {
    "/dev/log".to_owned()
}

fn one() -> u8 {
    1
}

/// How messages are carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Datagrams: nobody says whether they arrived.
    #[default]
    Udp,
    /// A connection, with octet counts.
    Tcp,
}

impl Kind for Settings {
    const NAME: &'static str = "syslog";
    const KEEPS_STATE: bool = false;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.address.starts_with('/') && host_and_port(&self.address).is_none() {
            faults.push(Fault::new(
                "address",
                "is neither host:port nor a path",
                "such as syslog.example.com:514 or /dev/log",
            ));
        }
        if self.facility > 23 {
            faults.push(Fault::new("facility", "is no facility", "0 to 23; 16 is local0"));
        }
        faults
    }

    fn open(&self, timeout: Duration) -> Result<Box<dyn Channel>, String> {
        Ok(Box::new(Syslog { settings: self.clone(), timeout }))
    }
}

fn host_and_port(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    (!host.is_empty()).then_some((host, port.parse().ok()?))
}

struct Syslog {
    settings: Settings,
    timeout: Duration,
}

/// The message of a notice: one line, whatever the log says.
fn payload(facility: u8, notice: &Notice) -> String {
    let grave = [6u8, 4, 3, 2].get(grade(&notice.severity)).copied().unwrap_or(4);
    let page = Page::of(notice, Manner::Plain);
    let plain: String = notice.key.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let facts = [&page.against, &page.when, &page.cause].into_iter().filter(|text| !text.is_empty()).cloned();
    let text = std::iter::once(page.headline.clone()).chain(facts).collect::<Vec<_>>().join("; ");
    let message = format!(
        "<{}>1 {} - logsift - {} [logsift@32473 key=\"{plain}\"] {}",
        u16::from(facility) * 8 + u16::from(grave),
        notice.written,
        notice.happened.name(),
        text.replace('\n', " "),
    );
    let mut end = DATAGRAM.min(message.len());
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.get(..end).unwrap_or_default().to_owned()
}

impl Syslog {
    fn send(&self, message: &str) -> Result<(), DeliveryError> {
        let failed =
            |error: std::io::Error| DeliveryError::Later(format!("{}: {error}", self.settings.address));
        let Some((host, port)) =
            host_and_port(&self.settings.address).filter(|_| !self.settings.address.starts_with('/'))
        else {
            return self.to_socket(message).map_err(failed);
        };
        let addresses = self.settings.reach.resolve(host, port).map_err(|error| match error {
            ReachError::Refused(why) => DeliveryError::Never(why),
            ReachError::Unknown(why) => DeliveryError::Later(why),
        })?;
        let Some(address) = addresses.first() else { return Ok(()) };
        match self.settings.protocol {
            Protocol::Udp => datagram(*address, message).map_err(failed),
            Protocol::Tcp => self.connected(*address, message).map_err(failed),
        }
    }

    fn connected(&self, address: SocketAddr, message: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect_timeout(&address, self.timeout)?;
        stream.set_write_timeout(Some(self.timeout))?;
        stream.write_all(format!("{} {message}", message.len()).as_bytes())?;
        stream.shutdown(std::net::Shutdown::Write)
    }

    #[cfg(unix)]
    fn to_socket(&self, message: &str) -> std::io::Result<()> {
        let socket = std::os::unix::net::UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(self.timeout))?;
        socket.send_to(message.as_bytes(), &self.settings.address).map(|_| ())
    }

    #[cfg(not(unix))]
    fn to_socket(&self, _: &str) -> std::io::Result<()> {
        Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "there are no such sockets here"))
    }
}

fn datagram(address: SocketAddr, message: &str) -> std::io::Result<()> {
    let own: SocketAddr = if address.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
    UdpSocket::bind(own)?.send_to(message.as_bytes(), address).map(|_| ())
}

impl Channel for Syslog {
    fn deliver(&mut self, notice: &Notice, _: &str) -> Result<(), DeliveryError> {
        self.send(&payload(self.settings.facility, notice))
    }

    fn connect(&mut self) -> Result<(), DeliveryError> {
        let Some((host, port)) =
            host_and_port(&self.settings.address).filter(|_| !self.settings.address.starts_with('/'))
        else {
            let there = std::fs::metadata(&self.settings.address);
            return there
                .map(|_| ())
                .map_err(|error| DeliveryError::Later(format!("{}: {error}", self.settings.address)));
        };
        match self.settings.reach.resolve(host, port) {
            Ok(_) => Ok(()),
            Err(ReachError::Refused(why)) => Err(DeliveryError::Never(why)),
            Err(ReachError::Unknown(why)) => Err(DeliveryError::Later(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use std::io::Read;

    fn settings(address: String, protocol: Protocol) -> Settings {
        Settings { address, protocol, facility: 16, reach: Reach::default() }
    }

    #[test]
    fn golden() {
        let shown = sample::all()
            .iter()
            .map(|(name, notice)| format!("--- {name}\n{}\n", payload(16, notice)))
            .collect::<String>();
        insta::assert_snapshot!(shown);
        let hostile = payload(1, &sample::hostile());
        assert!(hostile.len() <= DATAGRAM && !hostile.chars().any(char::is_control), "{hostile}");
    }

    #[test]
    fn it_arrives_over_udp_and_tcp() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = receiver.local_addr().unwrap().to_string();
        settings(address, Protocol::Udp)
            .open(Duration::from_secs(5))
            .unwrap()
            .deliver(&sample::opened(), "1")
            .unwrap();
        let mut bytes = [0; 4096];
        let (length, _) = receiver.recv_from(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], payload(16, &sample::opened()).as_bytes());

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
            text
        });
        settings(address, Protocol::Tcp)
            .open(Duration::from_secs(5))
            .unwrap()
            .deliver(&sample::opened(), "1")
            .unwrap();
        let message = payload(16, &sample::opened());
        assert_eq!(reader.join().unwrap(), format!("{} {message}", message.len()));
    }
}
