//! Syslog from the network in, its lines to the keeper: RFC 3164 and 5424, over UDP, and over TCP by octet counts or newlines.
//!
//! A message is handed on as it came, with its priority: the reader knows both forms. What has several lines becomes one,
//! so that nobody can write a line in another's name. Over TCP the sender waits when there is no room; a datagram cannot
//! wait and is counted as dropped, also where the system dropped it before we saw it. Messages over TCP that do not end share an
//! allowance, and where there are too many connections, the one gives way that has said nothing whole for the longest time.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use logsift_stores::journal::{Source, count_lines};

use super::super::counted::{Append, Shared};
use super::super::{StartError, thread};

/// How long a read waits before it is asked whether all ends.
const PATIENCE: Duration = Duration::from_millis(250);
/// Datagrams are handed on together: so many bytes, or as many as come in that time.
const TOGETHER: usize = 256 << 10;
const SOON: Duration = Duration::from_millis(50);
/// A message over TCP is cut here.
const LONGEST: usize = 1 << 20;
/// Beginnings of messages may have so many bytes together; beyond that messages are cut here.
const BEGUN: usize = 16 << 20;
const SHORT: usize = 16 << 10;
/// Bytes read at once over TCP.
const BLOCK: usize = 64 << 10;
/// Connections at once.
const CONNECTIONS: usize = 256;
/// One that said nothing whole for so long may be asked to give way.
const SILENT: Duration = Duration::from_secs(10);
/// How often the system is asked what it dropped.
const ASK: Duration = Duration::from_secs(2);

/// Listens for datagrams.
pub(super) fn udp(
    shared: Arc<Shared>,
    listen: SocketAddr,
) -> Result<std::thread::JoinHandle<()>, StartError> {
    let refused = |source| StartError::Io { action: format!("listen for syslog at udp {listen}"), source };
    let socket = UdpSocket::bind(listen).map_err(refused)?;
    socket.set_read_timeout(Some(SOON)).map_err(refused)?;
    thread("syslog-udp", move || Datagrams::new(shared, socket).run())
}

/// Listens for connections.
pub(super) fn tcp(
    shared: Arc<Shared>,
    listen: SocketAddr,
) -> Result<std::thread::JoinHandle<()>, StartError> {
    let refused = |source| StartError::Io { action: format!("listen for syslog at tcp {listen}"), source };
    let listener = TcpListener::bind(listen).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    let listener = Listener { shared, listener, peers: Arc::default(), most: CONNECTIONS, silent: SILENT };
    thread("syslog-tcp", move || listener.run())
}

fn source(over: &str) -> Source {
    Source { name: format!("syslog/{over}"), kind: "syslog".to_owned(), labels: Vec::new() }
}

struct Datagrams {
    shared: Arc<Shared>,
    socket: UdpSocket,
    lines: Vec<u8>,
    since: Instant,
    asked: Instant,
    lost: u64,
}

impl Datagrams {
    fn new(shared: Arc<Shared>, socket: UdpSocket) -> Datagrams {
        let now = Instant::now();
        let lost = lost_by_system(&socket).unwrap_or(0);
        Datagrams { shared, socket, lines: Vec::new(), since: now, asked: now, lost }
    }

    fn run(mut self) {
        let mut datagram = vec![0; 64 << 10];
        while !self.shared.is_stopping() {
            // A refused answer to somebody else comes up here as an error; it is nobody's loss.
            if let Ok((count, _)) = self.socket.recv_from(&mut datagram) {
                push_line(datagram.get(..count).unwrap_or_default(), &mut self.lines);
            }
            if self.lines.len() >= TOGETHER || self.since.elapsed() >= SOON {
                self.hand_on();
            }
            if self.asked.elapsed() >= ASK {
                self.ask();
            }
        }
        self.hand_on();
    }

    fn hand_on(&mut self) {
        self.since = Instant::now();
        if self.lines.is_empty() {
            return;
        }
        let lines = std::mem::take(&mut self.lines);
        let count = count_lines(&lines);
        let append = Append { source: source("udp"), file: None, lines, count, ends: true, then: None };
        if self.shared.offer(vec![append]).is_err() {
            self.shared.drop_lines("datagram-queue-full", count);
        }
    }

    fn ask(&mut self) {
        self.asked = Instant::now();
        let Some(lost) = lost_by_system(&self.socket) else { return };
        self.shared.drop_lines("datagram-lost-by-system", lost.saturating_sub(self.lost));
        self.lost = lost;
    }
}

/// Datagrams that the system had no room for, as `/proc/net/udp` tells it.
fn lost_by_system(socket: &UdpSocket) -> Option<u64> {
    let address = socket.local_addr().ok()?;
    let table = if address.is_ipv4() { "/proc/net/udp" } else { "/proc/net/udp6" };
    let text = std::fs::read_to_string(table).ok()?;
    let port = format!(":{:04X}", address.port());
    let row =
        text.lines().find(|row| row.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&port)))?;
    row.split_whitespace().last()?.parse().ok()
}

/// Takes connections.
struct Listener {
    shared: Arc<Shared>,
    listener: TcpListener,
    peers: Arc<Peers>,
    most: usize,
    silent: Duration,
}

/// Those that are connected.
#[derive(Default)]
struct Peers {
    connected: Mutex<Vec<Arc<Peer>>>,
    /// Bytes of messages that have not ended.
    begun: AtomicUsize,
}

/// One of them.
struct Peer {
    /// When its last whole message came.
    heard: Mutex<Instant>,
    /// It is to give way.
    leaves: AtomicBool,
}

impl Peers {
    fn connected(&self) -> MutexGuard<'_, Vec<Arc<Peer>>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self) -> Arc<Peer> {
        let peer = Arc::new(Peer { heard: Mutex::new(Instant::now()), leaves: AtomicBool::new(false) });
        self.connected().push(Arc::clone(&peer));
        peer
    }

    fn remove(&self, peer: &Arc<Peer>) {
        self.connected().retain(|known| !Arc::ptr_eq(known, peer));
    }

    /// Asks the one to give way that has been silent the longest, if that is long enough. Nobody is asked while another
    /// has not gone yet: it may have to wait until its lines can be kept.
    fn ask_to_leave(&self, silent: Duration) -> bool {
        let connected = self.connected();
        if connected.iter().any(|peer| peer.leaves.load(Ordering::Relaxed)) {
            return false;
        }
        let longest = connected.iter().min_by_key(|peer| peer.heard());
        let leaves = longest.filter(|peer| peer.heard().elapsed() >= silent);
        leaves.is_some_and(|peer| {
            peer.leaves.store(true, Ordering::Relaxed);
            true
        })
    }
}

impl Peer {
    fn heard(&self) -> Instant {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_heard(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

impl Listener {
    fn run(self) {
        while !self.shared.is_stopping() {
            match self.listener.accept() {
                // Who comes too many is turned away, and comes again.
                Ok((stream, _)) if self.has_room() => self.serve(stream),
                Ok(_) => {}
                Err(_) => std::thread::sleep(PATIENCE / 5),
            }
        }
    }

    /// Whether there is room for one more, perhaps after another has given way.
    fn has_room(&self) -> bool {
        let is_full = || self.peers.connected().len() >= self.most;
        if !is_full() {
            return true;
        }
        if self.peers.ask_to_leave(self.silent) {
            let since = Instant::now();
            while is_full() && since.elapsed() < 2 * PATIENCE {
                std::thread::sleep(PATIENCE / 25);
            }
        }
        !is_full()
    }

    fn serve(&self, stream: TcpStream) {
        let (shared, peers) = (Arc::clone(&self.shared), Arc::clone(&self.peers));
        let peer = peers.add();
        let connection = Connection { shared, stream, peers, peer, pending: Vec::new(), begun: 0 };
        // Where there are no more threads it is turned away: the connection ends with what would have been done.
        let _ = thread("syslog-peer", move || connection.run());
    }
}

struct Connection {
    shared: Arc<Shared>,
    stream: TcpStream,
    peers: Arc<Peers>,
    peer: Arc<Peer>,
    pending: Vec<u8>,
    /// Bytes of it that are counted.
    begun: usize,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.peers.begun.fetch_sub(self.begun, Ordering::Relaxed);
        self.peers.remove(&self.peer);
    }
}

impl Connection {
    fn run(mut self) {
        if self.stream.set_nonblocking(false).and(self.stream.set_read_timeout(Some(PATIENCE))).is_err() {
            return;
        }
        let mut block = vec![0; BLOCK];
        while !self.shared.is_stopping() && !self.peer.leaves.load(Ordering::Relaxed) {
            match self.stream.read(&mut block) {
                Ok(0) => break,
                Ok(count) => self.take(block.get(..count).unwrap_or_default()),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                    ) => {}
                // A connection that breaks is the sender's to mend; what came over it is kept.
                Err(_) => break,
            }
        }
        let lines = unframe(&mut self.pending, true, LONGEST);
        self.hand_on(lines);
    }

    fn take(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let begun = self.peers.begun.load(Ordering::Relaxed) + bytes.len();
        let is_cut = begun > BEGUN;
        let lines = unframe(&mut self.pending, false, if is_cut { SHORT } else { LONGEST });
        // A long message leaves no long memory.
        self.pending.shrink_to(2 * self.pending.len().max(BLOCK));
        self.peers.begun.fetch_add(self.pending.len(), Ordering::Relaxed);
        self.peers.begun.fetch_sub(self.begun, Ordering::Relaxed);
        self.begun = self.pending.len();
        if !lines.is_empty() && !is_cut {
            self.peer.is_heard();
        }
        self.hand_on(lines);
    }

    fn hand_on(&self, lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        let count = count_lines(&lines);
        let append = Append { source: source("tcp"), file: None, lines, count, ends: true, then: None };
        if self.shared.hand(append).is_err() {
            self.shared.drop_lines("lost-at-stop", count);
        }
    }
}

/// Takes whole messages off, each as a line, and those that are longer than that in pieces. With `ended` what is left is
/// one, too.
fn unframe(pending: &mut Vec<u8>, ended: bool, longest: usize) -> Vec<u8> {
    let (mut lines, mut used) = (Vec::new(), 0);
    while let Some((message, count)) = next(pending.get(used..).unwrap_or_default(), ended, longest) {
        push_line(message, &mut lines);
        used += count;
    }
    pending.drain(..used);
    lines
}

/// The first message and how many bytes it takes with its frame.
fn next(bytes: &[u8], ended: bool, longest: usize) -> Option<(&[u8], usize)> {
    if bytes.is_empty() {
        return None;
    }
    if let Some((digits, length)) = octets(bytes) {
        let start = digits + 1;
        let end = start + length;
        return match bytes.get(start..end) {
            Some(message) => Some((message, end)),
            None if ended || bytes.len() >= longest => Some((bytes.get(start..)?, bytes.len())),
            None => None,
        };
    }
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if end <= longest => Some((bytes.get(..end)?, end + 1)),
        _ if bytes.len() >= longest => Some((bytes.get(..longest)?, longest)),
        Some(end) => Some((bytes.get(..end)?, end + 1)),
        None => ended.then_some((bytes, bytes.len())),
    }
}

/// `57 <34>1 …`: how many digits, and the length that they say.
fn octets(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = bytes.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
    let starts = bytes.get(digits..digits + 2).is_some_and(|next| next == b" <");
    let length: usize = std::str::from_utf8(bytes.get(..digits)?).ok()?.parse().ok()?;
    (starts && (1..=LONGEST).contains(&length)).then_some((digits, length))
}

/// A message as one line: what would begin another becomes a blank.
fn push_line(message: &[u8], lines: &mut Vec<u8>) {
    let end = message.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |at| at + 1);
    let message = message.get(..end).unwrap_or_default();
    if !message.is_empty() {
        lines.extend(message.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        lines.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::super::tests::settings;
    use super::super::super::{Daemon, export_lines};
    use super::*;

    fn check(bytes: &[u8], ended: bool, lines: &str, left: &str) {
        let mut pending = bytes.to_vec();
        let found = unframe(&mut pending, ended, LONGEST);
        assert_eq!(
            (String::from_utf8(found).unwrap().as_str(), pending.as_slice()),
            (lines, left.as_bytes())
        );
    }

    #[test]
    fn both_framings_are_understood_and_mixed() {
        check(b"<34>one\n<34>two\n<3", false, "<34>one\n<34>two\n", "<3");
        check(b"7 <34>one7 <34>two9 <34>", false, "<34>one\n<34>two\n", "9 <34>");
        check(b"8 <34>a\nb\n7 <34>two<34>three\n", false, "<34>a b\n<34>two\n<34>three\n", "");
        check(b"<34>last", true, "<34>last\n", "");
        check(b"99 <34>cut", true, "<34>cut\n", "");
        // A number that is no count is text.
        check(b"12 monkeys\n", false, "12 monkeys\n", "");
        check(b"\n\r\n\0\n", false, "", "");
    }

    #[test]
    fn a_message_without_end_is_cut() {
        let mut pending = vec![b'x'; LONGEST + 10];
        assert_eq!(unframe(&mut pending, false, LONGEST).len(), LONGEST + 1);
        assert_eq!(pending.len(), 10);
        for message in ["<34>0123456789", "99 <34>0123456789"] {
            let mut pending = message.as_bytes().to_vec();
            let lines = unframe(&mut pending, false, 12);
            assert!(lines.starts_with(b"<34>01") && pending.len() < 12, "{message}");
        }
    }

    /// What a listener with room for so many has taken when `talk` is over, so many bytes came and everybody has gone.
    fn listened(most: usize, silent: Duration, bytes: u64, talk: impl FnOnce(SocketAddr, &Peers)) -> String {
        let state = tempfile::tempdir().unwrap();
        let daemon = Daemon::start(settings(state.path())).unwrap();
        let shared = Arc::clone(&daemon.handle().shared);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, peers) = (listener.local_addr().unwrap(), Arc::<Peers>::default());
        let listener = Listener { shared, listener, peers: Arc::clone(&peers), most, silent };
        let listening = thread("syslog-tcp", move || listener.run()).unwrap();
        talk(address, &peers);
        wait_until(|| daemon.handle().status().bytes.came_in >= bytes && peers.connected().is_empty());
        assert_eq!(peers.begun.load(Ordering::Relaxed), 0);
        daemon.stop();
        listening.join().unwrap();
        let mut lines = Vec::new();
        export_lines(state.path(), &mut lines).unwrap().unwrap();
        String::from_utf8(lines).unwrap()
    }

    fn wait_until(is_so: impl Fn() -> bool) {
        let since = Instant::now();
        while !is_so() {
            assert!(since.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn who_is_silent_gives_way_and_what_it_began_is_kept() {
        let lines = listened(2, Duration::ZERO, 26, |address, peers| {
            let connect = || TcpStream::connect(address).unwrap();
            let (mut silent, mut talks) = (connect(), connect());
            wait_until(|| peers.connected().len() == 2);
            silent.write_all(b"<34>begun").unwrap();
            talks.write_all(b"<34>one\n").unwrap();
            wait_until(|| peers.begun.load(Ordering::Relaxed) > 0);
            std::thread::sleep(PATIENCE);
            let asks = connect();
            assert_eq!(silent.read(&mut [0; 9]).unwrap_or(0), 0, "it was asked to leave");
            drop(asks);
            wait_until(|| peers.connected().len() == 1);
            connect().write_all(b"<34>two\n").unwrap();
        });
        let mut lines: Vec<&str> = lines.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["<34>begun", "<34>one", "<34>two"]);
    }

    #[test]
    fn messages_that_do_not_end_share_an_allowance() {
        let all = 40;
        let lines = listened(all, SILENT, (all * 15 * BLOCK) as u64, |address, peers| {
            let mut senders: Vec<TcpStream> =
                (0..all).map(|_| TcpStream::connect(address).unwrap()).collect();
            for _ in 0..15 {
                senders.iter_mut().for_each(|sender| sender.write_all(&[b'x'; BLOCK]).unwrap());
                assert!(peers.begun.load(Ordering::Relaxed) <= BEGUN + all * BLOCK);
            }
        });
        assert_eq!(lines.bytes().filter(|byte| *byte == b'x').count(), all * 15 * BLOCK);
    }
}
