//! Takes a packed body and how it is packed, gives it unpacked, within [`MOST_UNPACKED`].
//!
//! The limit is absolute: a ratio would refuse honest logs, which repeat themselves. What a header
//! declares is compared with what such a body could hold at best before anything is set aside.

use std::borrow::Cow;
use std::io::Read;

use zstd::stream::raw::DParameter;

use super::{MOST_UNPACKED, Rejected, malformed};

/// Windows of zstd up to 8 MiB, which is what RFC 8878 asks decoders to take.
const ZSTD_WINDOW_LOG: u32 = 23;

/// A snappy element of three bytes gives at most 64.
const SNAPPY_RATIO: usize = 22;

/// Layers of packing that a header may name.
const MOST_LAYERS: usize = 3;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpacking {
    /// `gzip`
    Gzip,
    /// `deflate`: a zlib stream, or a bare one as some senders write it.
    Deflate,
    /// `zstd`
    Zstd,
    /// `snappy`, in its block format.
    Snappy,
}

impl Unpacking {
    /// The layers of a `Content-Encoding` header, innermost last as they stand there.
    pub fn of_header(header: &str) -> Result<Vec<Unpacking>, Rejected> {
        let mut layers = Vec::new();
        for word in header.split(',').map(str::trim) {
            let layer = match word.to_ascii_lowercase().as_str() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" => Unpacking::Gzip,
                "deflate" => Unpacking::Deflate,
                "zstd" => Unpacking::Zstd,
                "snappy" => Unpacking::Snappy,
                _ => {
                    let known = "gzip, deflate, zstd and snappy are known";
                    return Err(Rejected::Unknown(format!("the body is packed in an unknown way; {known}")));
                }
            };
            if layers.len() == MOST_LAYERS {
                return Err(Rejected::Unknown(format!("more than {MOST_LAYERS} layers of packing")));
            }
            layers.push(layer);
        }
        Ok(layers)
    }
}

/// Unpacks all layers, the last that was put on first.
pub fn unpack<'a>(body: &'a [u8], layers: &[Unpacking]) -> Result<Cow<'a, [u8]>, Rejected> {
    let mut unpacked = Cow::Borrowed(body);
    for layer in layers.iter().rev() {
        unpacked = Cow::Owned(one_layer(&unpacked, *layer)?);
    }
    if unpacked.len() > MOST_UNPACKED {
        return Err(too_large());
    }
    Ok(unpacked)
}

fn one_layer(body: &[u8], layer: Unpacking) -> Result<Vec<u8>, Rejected> {
    match layer {
        Unpacking::Gzip => drain(flate2::read::MultiGzDecoder::new(body), body.len(), "gzip"),
        Unpacking::Deflate if is_zlib(body) => {
            drain(flate2::read::ZlibDecoder::new(body), body.len(), "deflate")
        }
        Unpacking::Deflate => drain(flate2::read::DeflateDecoder::new(body), body.len(), "deflate"),
        Unpacking::Zstd => unpack_zstd(body),
        Unpacking::Snappy => unpack_snappy(body),
    }
}

/// A zlib header names the method 8 and is a multiple of 31.
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => first & 15 == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0,
        _ => false,
    }
}

fn unpack_zstd(body: &[u8]) -> Result<Vec<u8>, Rejected> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(malformed)?;
    decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).map_err(malformed)?;
    drain(decoder, body.len(), "zstd")
}

fn unpack_snappy(body: &[u8]) -> Result<Vec<u8>, Rejected> {
    let declared = snap::raw::decompress_len(body).map_err(|error| malformed(format!("snappy: {error}")))?;
    if declared > MOST_UNPACKED {
        return Err(too_large());
    }
    if declared > body.len().saturating_mul(SNAPPY_RATIO) {
        let held = body.len();
        return Err(malformed(format!("snappy: {held} bytes cannot hold the {declared} they declare")));
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(|error| malformed(format!("snappy: {error}")))
}

fn drain(decoder: impl Read, packed: usize, method: &str) -> Result<Vec<u8>, Rejected> {
    let mut out = Vec::with_capacity(packed.saturating_mul(4).min(MOST_UNPACKED));
    let read = decoder.take(MOST_UNPACKED as u64 + 1).read_to_end(&mut out);
    if out.len() > MOST_UNPACKED {
        return Err(too_large());
    }
    match read {
        Ok(_) => Ok(out),
        Err(error) if error.to_string().contains("too much memory") => {
            Err(Rejected::TooLarge("zstd: its window is larger than 8 MiB".into()))
        }
        Err(error) => Err(malformed(format!("{method}: {error}"))),
    }
}

fn too_large() -> Rejected {
    Rejected::TooLarge(format!("the body unpacks to more than {} MiB", MOST_UNPACKED >> 20))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd_with_window(bytes: &[u8], window: u32) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn snappy(bytes: &[u8]) -> Vec<u8> {
        snap::raw::Encoder::new().compress_vec(bytes).unwrap()
    }

    fn through(header: &str, body: &[u8]) -> Result<Vec<u8>, Rejected> {
        unpack(body, &Unpacking::of_header(header)?).map(Cow::into_owned)
    }

    #[test]
    fn every_way_of_packing_is_undone() {
        let text = b"a line of a log\n".repeat(1000);
        let cases = [
            ("", text.clone()),
            ("identity", text.clone()),
            ("gzip", gzip(&text)),
            ("GZIP", gzip(&text)),
            ("deflate", zlib(&text)),
            ("deflate", deflate(&text)),
            ("zstd", zstd_with_window(&text, 20)),
            ("snappy", snappy(&text)),
            ("gzip, snappy", snappy(&gzip(&text))),
        ];
        for (header, body) in cases {
            assert_eq!(through(header, &body).as_deref(), Ok(&text[..]), "{header}");
        }
        let two_members = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(through("gzip", &two_members).unwrap(), b"one two");
    }

    #[test]
    fn bombs_are_refused_as_too_large() {
        let zeros = vec![0; MOST_UNPACKED + 1];
        for (header, body) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("zstd", zstd_with_window(&zeros, 20)),
            ("snappy", snappy(&zeros)),
        ] {
            assert!(matches!(through(header, &body), Err(Rejected::TooLarge(_))), "{header}");
        }
    }

    #[test]
    fn a_wide_window_is_refused() {
        let noise: Vec<u8> =
            (0..(20_u32 << 20)).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let refused = through("zstd", &zstd_with_window(&noise, 24)).unwrap_err();
        assert_eq!(refused, Rejected::TooLarge("zstd: its window is larger than 8 MiB".into()));
    }

    #[test]
    fn a_declared_length_is_not_believed() {
        // 60 MiB declared, two bytes of data.
        let refused = through("snappy", b"\x80\x80\x80\x1e\x00a").unwrap_err();
        assert!(refused.to_string().contains("cannot hold"), "{refused}");
    }

    #[test]
    fn damage_and_unknown_ways_are_told() {
        assert!(matches!(through("gzip", b"no gzip"), Err(Rejected::Malformed(_))));
        assert!(matches!(through("gzip", &gzip(b"a line")[..12]), Err(Rejected::Malformed(_))));
        assert!(matches!(through("br", b""), Err(Rejected::Unknown(_))));
        assert!(matches!(through("gzip,gzip,gzip,gzip", b""), Err(Rejected::Unknown(_))));
    }
}
