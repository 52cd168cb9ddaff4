//! CRC-32C of bytes: what tells a damaged block from a sound one.
//!
//! Castagnoli's polynomial finds every burst of up to 32 bits and any three flipped bits of a block. The
//! processor's own instruction for it would need `unsafe`; eight tables take eight bytes a step instead.

/// The polynomial 0x1EDC6F41 with its bits mirrored.
const POLYNOMIAL: u32 = 0x82F6_3B78;

/// `TABLES[n][byte]` is the remainder of `byte` followed by `n` zero bytes.
static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            let carried = remainder & 1;
            remainder = (remainder >> 1) ^ (POLYNOMIAL * carried);
            bit += 1;
        }
        tables[0][byte] = remainder;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[zeros - 1][byte];
            tables[zeros][byte] = (before >> 8) ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// The CRC-32C of `bytes`, as in RFC 3720.
pub fn crc32c(bytes: &[u8]) -> u32 {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut crc = u32::MAX;
    for eight in eights {
        let word = u64::from_le_bytes(*eight) ^ u64::from(crc);
        crc = word.to_le_bytes().iter().zip(TABLES.iter().rev()).fold(0, |sum, (byte, table)| {
            // A byte is always below 256, so this look-up has no check left in it.
            sum ^ table[usize::from(*byte)]
        });
    }
    for byte in rest {
        let [low, ..] = crc.to_le_bytes();
        crc = (crc >> 8) ^ TABLES[0][usize::from(low ^ byte)];
    }
    !crc
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bit_by_bit(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            }
        }
        !crc
    }

    #[test]
    fn published_values() {
        let check = |bytes: &[u8], expected: u32| assert_eq!(crc32c(bytes), expected, "{bytes:02x?}");
        check(b"", 0);
        check(b"123456789", 0xE306_9283);
        check(&[0; 32], 0x8A91_36AA);
        check(&[0xFF; 32], 0x62A8_AB43);
    }

    proptest! {
        #[test]
        fn tables_equal_the_definition(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
            prop_assert_eq!(crc32c(&bytes), bit_by_bit(&bytes));
        }
    }
}
