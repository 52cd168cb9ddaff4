//! Makes compressed files and archives, and collects what a visit gives.

use std::ffi::OsString;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use logsift_sources::{LogInfo, Notice, NoticeKind, Plan, PlanOptions, Visitor, plan, visit};

pub(crate) fn lines(count: usize) -> Vec<u8> {
    let line = |n: usize| {
        format!("2024-01-01 12:00:{:02} INFO request {} served in {} ms\n", n % 60, n, n * 7919 % 997)
    };
    (0..count).flat_map(|n| line(n).into_bytes()).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
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

pub(crate) type Compress = fn(&[u8]) -> Vec<u8>;
pub(crate) const METHODS: [(&str, Compress); 4] =
    [("gzip", gzip), ("zstd", zstd), ("xz", xz), ("bzip2", bzip2)];

pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mtime(1_700_000_000);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(crate) fn zip_method(
    members: &[(&str, &[u8])],
    method: zip::CompressionMethod,
    streamed: bool,
) -> Vec<u8> {
    fn write<W: Write + std::io::Seek>(
        mut writer: zip::ZipWriter<W>,
        members: &[(&str, &[u8])],
        method: zip::CompressionMethod,
    ) -> W {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        for (name, bytes) in members {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap()
    }
    if streamed {
        write(zip::ZipWriter::new_stream(Vec::new()), members, method).into_inner()
    } else {
        write(zip::ZipWriter::new(Cursor::new(Vec::new())), members, method).into_inner()
    }
}

pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_method(members, zip::CompressionMethod::Deflated, false)
}

/// What a visit gave.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) logs: Vec<(String, Vec<u8>)>,
    pub(crate) infos: Vec<LogInfo>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) progress: u64,
}

impl Visitor for Seen {
    fn log(&mut self, info: &LogInfo, bytes: &mut dyn Read) -> ControlFlow<()> {
        let mut all = Vec::new();
        bytes.read_to_end(&mut all).expect("a log's reader never fails");
        self.logs.push((info.name.clone(), all));
        self.infos.push(info.clone());
        ControlFlow::Continue(())
    }

    fn notice(&mut self, notice: Notice) {
        self.notices.push(notice);
    }
}

impl Seen {
    /// Names of the logs below the folder.
    pub(crate) fn names(&self, folder: &Path) -> Vec<String> {
        self.logs.iter().map(|(name, _)| below(folder, name)).collect()
    }

    pub(crate) fn told(&self, kind: NoticeKind, words: &str) -> bool {
        self.notices.iter().any(|notice| notice.kind == kind && notice.text.contains(words))
    }

    pub(crate) fn unreadable(&self) -> usize {
        self.notices.iter().filter(|notice| notice.kind == NoticeKind::Unreadable).count()
    }
}

pub(crate) fn below(folder: &Path, name: &str) -> String {
    let folder = format!("{}/", folder.display());
    name.replace(&folder, "")
}

pub(crate) fn plan_of(words: &[&Path]) -> Plan {
    let words: Vec<OsString> = words.iter().map(|path| path.as_os_str().to_owned()).collect();
    plan(&words, &PlanOptions::default())
}

pub(crate) fn read(plan: &Plan) -> Seen {
    let mut seen = Seen { notices: plan.notices.clone(), ..Seen::default() };
    let progress = AtomicU64::new(0);
    for part in plan.sets.iter().flat_map(|set| set.parts()) {
        assert!(visit(part, &progress, &mut seen).is_continue());
    }
    seen.progress = progress.load(Ordering::Relaxed);
    seen
}

/// Writes the bytes to a file called `x` and reads it.
pub(crate) fn read_bytes(bytes: &[u8]) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let mut seen = read(&plan_of(&[&path]));
    for (name, _) in &mut seen.logs {
        *name = below(folder.path(), name);
    }
    seen
}
