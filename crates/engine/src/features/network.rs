//! The addresses of a record in, where they belong and what the first of them did lately out.

use super::facts::Facts;
use super::recent::Recent;
use super::sheet::hash;
use super::words::{Reach, Words, address};
use super::{Feature, feature};

/// In the order in which they are written.
pub(super) const FEATURES: &[Feature] = &[
    feature("addresses", "Addresses in the message and in the field of the client."),
    feature("loopback", "How many of them are of the machine itself."),
    feature("private", "How many are of private networks."),
    feature("public", "How many are of the public network."),
    feature("port", "The highest port that is named, as log(1 + port)."),
    feature("client_records", "Records of the same client without an hour of silence, as log(1 + count)."),
    feature("client_error_rate", "The share of errors among them."),
    feature("client_new", "1 for the first record of a client, or the first after an hour of silence."),
];

/// Appends the features of a record.
pub(super) fn push(
    facts: &Facts<'_>,
    message: &[u8],
    seconds: i64,
    clients: &mut Recent,
    row: &mut Vec<f32>,
) {
    let mut reaches = [0.0f32; 3];
    let mut port = facts.port.unwrap_or(0.0);
    let mut first = facts.client;
    let named = facts.client.into_iter().chain(Words::of(message));
    for word in named {
        let Some((reach, of_address)) = address(word) else { continue };
        if let Some(count) = reaches.get_mut(reach as usize) {
            *count += 1.0;
        }
        port = port.max(of_address.map_or(0.0, f64::from));
        first = first.or(Some(word));
    }
    let [loopback, private, public] = reaches;
    debug_assert_eq!(Reach::Public as usize, 2);
    row.extend([loopback + private + public, loopback, private, public, port.max(0.0).ln_1p() as f32]);
    match first {
        None => row.extend([f32::NAN, f32::NAN, 0.0]),
        Some(client) => {
            let doing = clients.add(hash(client), seconds, facts.is_bad());
            let rate = doing.bad as f64 / doing.records.max(1) as f64;
            row.extend([(doing.records as f64).ln_1p() as f32, rate as f32, f32::from(doing.records == 1)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_clients_are_told() {
        let mut clients = Recent::default();
        let mut of = |message: &str, client: Option<&[u8]>| {
            let mut row = Vec::new();
            let facts = Facts { client, ..Facts::default() };
            push(&facts, message.as_bytes(), 100, &mut clients, &mut row);
            assert_eq!(row.len(), FEATURES.len());
            row
        };
        let row = of("from 10.0.0.1:443 to 8.8.8.8", None);
        assert_eq!(row[..4], [2.0, 0.0, 1.0, 1.0]);
        assert!((row[4] - 444f32.ln()).abs() < 1e-5);
        assert_eq!((of("x", Some(b"10.0.0.2"))[7], of("x", Some(b"10.0.0.2"))[7]), (1.0, 0.0));
        assert!(of("nobody", None)[5].is_nan());
    }
}
