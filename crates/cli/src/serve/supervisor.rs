//! Tells systemd how it goes, where systemd asks for it: a datagram to the socket that it names.

use std::time::{Duration, Instant};

/// Whoever started us and wants to know.
pub(super) struct Supervisor {
    socket: Option<String>,
    /// It wants to hear so often that we live.
    often: Option<Duration>,
}

impl Supervisor {
    /// As `NOTIFY_SOCKET` and `WATCHDOG_USEC` say.
    pub(super) fn of_environment() -> Supervisor {
        let socket = std::env::var("NOTIFY_SOCKET").ok().filter(|socket| !socket.is_empty());
        let micros: Option<u64> = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        // Half of the time, as its manual asks for.
        Supervisor { socket, often: micros.map(|micros| Duration::from_micros(micros / 2)) }
    }

    /// Whether it wants to hear that we live, when it heard so then.
    pub(super) fn wants_life(&self, heard: Instant) -> bool {
        self.often.is_some_and(|often| heard.elapsed() >= often)
    }

    /// Tells it. That it does not listen is its own affair.
    pub(super) fn tell(&self, text: &str) {
        if let Some(socket) = &self.socket {
            let _ = send(socket, text);
        }
    }
}

#[cfg(target_os = "linux")]
fn send(socket: &str, text: &str) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let address = match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address).map(|_| ())
}

#[cfg(not(target_os = "linux"))]
fn send(_: &str, _: &str) -> std::io::Result<()> {
    Ok(())
}
