//! An address of a receiver in, whether it may be connected to out.
//!
//! Who sends requests where a settings file says can be sent to places that nobody meant: the metadata service of a cloud,
//! a database beside the daemon. So names are resolved once, what they resolve to is checked, and that very address is
//! connected to. Addresses of this machine and of private networks are fine where the setting itself writes them, or
//! lists them; link-local ones only where they are listed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may be reached, and who is trusted there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reach {
    /// Networks that may be connected to although they are private: `10.0.0.0/8`.
    pub allow: Vec<Network>,
    /// A file with certificates of an authority of your own, PEM, instead of the public ones.
    pub authority: Option<PathBuf>,
}

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_start(own.to_bits().into(), other.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                same_start(own.to_bits(), other.to_bits(), 128, self.bits)
            }
            _ => false,
        }
    }
}

fn same_start(own: u128, other: u128, width: u8, bits: u8) -> bool {
    let shift = u32::from(width - bits.min(width));
    own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || "is no network such as 10.0.0.0/8 or fd00::/8".to_owned();
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse::<u8>().map_err(|_| wrong()))?;
        if bits > width { Err(wrong()) } else { Ok(Network { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

crate::written_as_text!(Network, "network", "10.0.0.0/8");

/// What an address is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Public,
    /// This machine and networks of one's own.
    Private,
    /// Nothing a receiver has: link-local, where clouds answer with credentials, and what is no single machine.
    Special,
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

fn kind_of_v4(address: Ipv4Addr) -> Kind {
    let [first, second, ..] = address.octets();
    let special = address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_broadcast()
        || first == 0
        || first >= 240
        || address == Ipv4Addr::new(100, 100, 100, 200);
    let shared = first == 100 && (64..128).contains(&second);
    if special {
        Kind::Special
    } else if address.is_loopback() || address.is_private() || shared {
        Kind::Private
    } else {
        Kind::Public
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Kind {
    let metadata = address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let segments = address.segments();
    // Ways of writing another address within this one.
    let embedded = matches!(segments, [0x64, 0xff9b, ..] | [0x2002, ..])
        || matches!(segments, [0, 0, 0, 0, 0, 0, high, _] if high != 0);
    let site_local = segments.first().is_some_and(|first| first & 0xffc0 == 0xfec0);
    if address.is_unicast_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || metadata
        || embedded
        || site_local
    {
        Kind::Special
    } else if address.is_loopback() || address.is_unique_local() {
        Kind::Private
    } else {
        Kind::Public
    }
}

impl Reach {
    /// Why an address may not be connected to; nothing where it may. `host` is as the setting writes it.
    pub(crate) fn refusal(&self, host: &str, address: IpAddr) -> Option<String> {
        // An address of the old kind that is written as one of the new kind is still the old one.
        let address = address.to_canonical();
        if self.allow.iter().any(|network| network.contains(address)) {
            return None;
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let written = host.parse::<IpAddr>().is_ok_and(|literal| literal == address);
        let local = host.eq_ignore_ascii_case("localhost") && address.is_loopback();
        match kind(address) {
            Kind::Public => None,
            Kind::Private if written || local => None,
            Kind::Private => Some(format!(
                "{host} is {address}, an address of a private network; list it under reach.allow"
            )),
            Kind::Special => Some(format!(
                "{host} is {address}, where no receiver is; list it under reach.allow if one is"
            )),
        }
    }

    /// The addresses of a host that may be connected to. It is looked up once, here.
    pub(crate) fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ReachError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = (bare, port)
            .to_socket_addrs()
            .map_err(|error| ReachError::Unknown(format!("{bare}: {error}")))?;
        let mut refused = None;
        let mut allowed = Vec::new();
        for address in found.take(16) {
            match self.refusal(host, address.ip()) {
                None => allowed.push(address),
                Some(why) => refused = Some(why),
            }
        }
        match (allowed.is_empty(), refused) {
            (false, _) => Ok(allowed),
            (true, Some(why)) => Err(ReachError::Refused(why)),
            (true, None) => Err(ReachError::Unknown(format!("{bare}: no address"))),
        }
    }
}

/// Why a host cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReachError {
    /// It may not be connected to.
    Refused(String),
    /// Nobody knows it now.
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allow: &[&str], host: &str, address: &str, may: bool) {
        let allow = allow.iter().map(|network| network.parse().unwrap()).collect();
        let reach = Reach { allow, authority: None };
        assert_eq!(reach.refusal(host, address.parse().unwrap()).is_none(), may, "{host} {address}");
    }

    #[test]
    fn what_may_be_connected_to() {
        check(&[], "hooks.example.com", "93.184.216.34", true);
        check(&[], "hooks.example.com", "10.1.2.3", false);
        check(&[], "hooks.example.com", "127.0.0.1", false);
        check(&["10.0.0.0/8"], "hooks.example.com", "10.1.2.3", true);
        check(&["10.0.0.0/8"], "hooks.example.com", "192.168.2.3", false);
        check(&[], "10.1.2.3", "10.1.2.3", true);
        check(&[], "localhost", "127.0.0.1", true);
        check(&[], "localhost", "10.0.0.1", false);
        check(&[], "[::1]", "::1", true);
        // Other spellings of an address are not the address.
        check(&[], "0x7f.1", "127.0.0.1", false);
        check(&[], "2130706433", "127.0.0.1", false);
        for special in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "0.0.0.0",
            "100.100.100.200",
            "fd00:ec2::254",
            "224.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            check(&[], special, special, false);
            check(&[], "hooks.example.com", special, false);
        }
        check(&["169.254.0.0/16"], "metadata", "::ffff:169.254.169.254", true);
        check(&[], "hooks.example.com", "::ffff:127.0.0.1", false);
    }

    #[test]
    fn names_of_this_machine_are_resolved_and_checked() {
        assert!(Reach::default().resolve("localhost", 80).is_ok());
        assert!(matches!(
            Reach::default().resolve("0x7f.1", 80),
            Err(ReachError::Refused(_) | ReachError::Unknown(_))
        ));
        for wrong in ["10.0.0.0/33", "a", "", "10.0.0/8", "::/129", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("8.8.8.8".parse().unwrap()));
    }
}
