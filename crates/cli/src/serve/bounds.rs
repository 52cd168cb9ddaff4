//! What the system lets the process have in, how many files and connections of it there may be out.

/// What the daemon itself needs: its state, its threads, its listeners.
const OWN: u64 = 32;
/// Nobody needs more.
#[cfg(unix)]
const MOST: u64 = 1 << 16;

/// How many handles there are for what comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handles {
    pub(super) files: usize,
    pub(super) connections: usize,
}

impl Handles {
    /// Divides so many handles; connections are at most as many as wished.
    pub(super) fn of(all: u64, connections: usize) -> Handles {
        let left = usize::try_from(all.saturating_sub(OWN)).unwrap_or(usize::MAX).max(2);
        let connections = connections.min(left / 2).max(1);
        Handles { files: left - connections, connections }
    }
}

/// Takes as many handles as the system gives without being asked for more rights. Gives their number.
#[cfg(unix)]
pub(super) fn handles() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(MOST, |maximum| maximum.min(MOST));
    let current = current.unwrap_or(MOST);
    let raised = Rlimit { current: Some(wanted), maximum };
    if current < wanted && setrlimit(Resource::Nofile, raised).is_ok() {
        return wanted;
    }
    current
}

/// Memory holds lines and secrets of others: where the process dies, it leaves no picture of it.
#[cfg(unix)]
pub(super) fn leave_no_core() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    // Where it cannot be forbidden, whoever runs the process has decided otherwise.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
}

#[cfg(not(unix))]
pub(super) fn handles() -> u64 {
    512
}

#[cfg(not(unix))]
pub(super) fn leave_no_core() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_connections_share_what_there_is() {
        let of = |all, wished| {
            let Handles { files, connections } = Handles::of(all, wished);
            (files, connections)
        };
        assert_eq!(of(65_536, 1024), (64_480, 1024));
        assert_eq!(of(1024, 1024), (496, 496));
        assert_eq!(of(64, 1024), (16, 16));
        assert_eq!(of(0, 1024), (1, 1));
        assert_eq!(of(1024, 0), (991, 1));
    }
}
