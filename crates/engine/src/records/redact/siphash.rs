//! SipHash-2-4: a keyed hash of 64 bits, the same in every release and on every machine.
//!
//! With a secret key, equal values stay recognisable and cannot be found by trying candidates.

/// The hash of some bytes under a key.
pub(super) fn siphash(key: [u8; 16], bytes: &[u8]) -> u64 {
    let half =
        |at: usize| key.iter().skip(at).take(8).rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    let (first, second) = (half(0), half(8));
    let mut state = [
        first ^ 0x736f_6d65_7073_6575,
        second ^ 0x646f_7261_6e64_6f6d,
        first ^ 0x6c79_6765_6e65_7261,
        second ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        absorb(&mut state, u64::from_le_bytes(*word));
    }
    let tail = rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    absorb(&mut state, tail | (bytes.len() as u64) << 56);
    state[2] ^= 0xff;
    (0..4).for_each(|_| round(&mut state));
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    round(state);
    state[0] ^= word;
}

fn round(state: &mut [u64; 4]) {
    let [mut a, mut b, mut c, mut d] = *state;
    a = a.wrapping_add(b);
    b = b.rotate_left(13) ^ a;
    a = a.rotate_left(32);
    c = c.wrapping_add(d);
    d = d.rotate_left(16) ^ c;
    a = a.wrapping_add(d);
    d = d.rotate_left(21) ^ a;
    c = c.wrapping_add(b);
    b = b.rotate_left(17) ^ c;
    c = c.rotate_left(32);
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors published with the algorithm: key 00..0f, messages 00, 00 01, …
    #[test]
    fn published_vectors() {
        let key: [u8; 16] = std::array::from_fn(|index| index as u8);
        let message: Vec<u8> = (0..64).collect();
        let check = |length: usize, expected: [u8; 8]| {
            assert_eq!(siphash(key, &message[..length]).to_le_bytes(), expected, "{length}");
        };
        check(0, [0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72]);
        check(1, [0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74]);
        check(8, [0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93]);
        check(15, [0xe5, 0x45, 0xbe, 0x49, 0x61, 0xca, 0x29, 0xa1]);
    }
}
