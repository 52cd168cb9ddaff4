//! Good lines, and ways to pack them.

use std::io::{Cursor, Write};

/// A good line; `number` is found again in its message.
pub(crate) fn line(number: usize) -> String {
    format!(
        "2024-03-04T09:{:02}:{:02}Z INFO api: request {number} was served\n",
        number / 60 % 60,
        number % 60
    )
}

pub(crate) fn lines(count: usize) -> Vec<u8> {
    (0..count).flat_map(|number| line(number).into_bytes()).collect()
}

/// Good lines, something else, and good lines again.
pub(crate) fn between(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let after = (10..20).map(line).collect::<String>();
    [&lines(10), bytes.as_ref(), b"\n", after.as_bytes()].concat()
}

pub(crate) type Pack = fn(&[u8]) -> Vec<u8>;

/// Every way to pack one log, with the ending of its file.
pub(crate) const PACKS: [(&str, Pack); 6] =
    [("gz", gzip), ("zst", zstd), ("xz", xz), ("bz2", bzip2), ("zip", zip), ("tar.gz", tar_gz)];

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zip(bytes: &[u8]) -> Vec<u8> {
    zip_of(&[("inner.log", bytes)])
}

pub(crate) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn tar_gz(bytes: &[u8]) -> Vec<u8> {
    gzip(&tar_of(&[("inner.log", bytes)]))
}

pub(crate) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}
