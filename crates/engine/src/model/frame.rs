//! The container: header, blocks with their checksums, end mark. See `docs/book/model-format.md`.
//!
//! Blocks stand in the order of their kinds, each kind once, so equal models are equal bytes. Every block has
//! its CRC-32C; the end mark has the number of blocks and a digest of everything before it, which also finds
//! a block that was lost, doubled or taken from another model. All of this is checked when a model is opened,
//! before the first value is read.

use std::collections::BTreeMap;

use super::checksum::crc32c;
use super::digest::digest;
use super::error::ModelError;
use super::kind::{END, KINDS, Kind, is_optional};
use super::read::{Allowance, BlockReader};
use super::write::BlockWriter;

/// The first bytes of every model, for ever. A transfer that takes it for text changes them.
pub const MAGIC: [u8; 8] = *b"\x89LSM\r\n\x1a\n";

/// The format that is written, and the newest that is read.
pub const FORMAT: u16 = 1;

/// This release, as it is written in a model.
const PRODUCT: &str = env!("CARGO_PKG_VERSION");

const PRODUCT_LIMIT: usize = 64;

/// Kind, version and length: what stands before the payload.
const BLOCK_HEAD: usize = 12;

/// What every model says of itself. Its layout is the same in all formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format of the file.
    pub format: u16,
    /// The hash of the settings under which it was made: only equal ones can be merged.
    pub settings: u64,
    /// The release that wrote it.
    pub product: String,
}

/// Takes blocks in any order and gives the bytes of a model.
///
/// ```
/// use logsift_engine::model::{ModelReader, ModelWriter, PARTS, Parts};
///
/// let mut writer = ModelWriter::new(7);
/// writer.block(PARTS, |block| Parts::default().write(block));
/// let bytes = writer.finish();
///
/// let reader = ModelReader::open(&bytes)?;
/// assert_eq!(reader.header().settings, 7);
/// assert_eq!(reader.block(PARTS, Parts::read)?, Parts::default());
/// # Ok::<(), logsift_engine::model::ModelError>(())
/// ```
#[derive(Debug)]
pub struct ModelWriter {
    settings: u64,
    blocks: BTreeMap<u16, (u16, Vec<u8>)>,
}

impl ModelWriter {
    /// A model made under settings of that hash.
    pub fn new(settings: u64) -> ModelWriter {
        ModelWriter { settings, blocks: BTreeMap::new() }
    }

    /// Writes the block of that kind. A second one of the same kind takes the place of the first.
    pub fn block(&mut self, kind: Kind, write: impl FnOnce(&mut BlockWriter)) {
        let mut block = BlockWriter::default();
        write(&mut block);
        self.blocks.insert(kind.number(), (kind.version(), block.into_bytes()));
    }

    /// The bytes of the model.
    pub fn finish(self) -> Vec<u8> {
        let mut out = header(FORMAT, self.settings, PRODUCT);
        for (kind, (version, payload)) in &self.blocks {
            append_block(&mut out, *kind, *version, payload);
        }
        finish(&mut out, self.blocks.len());
        out.into_bytes()
    }
}

fn header(format: u16, settings: u64, product: &str) -> BlockWriter {
    let mut out = BlockWriter::default();
    out.raw(&MAGIC);
    out.u16(format);
    out.u64(settings);
    out.text(product);
    out.u32(crc32c(out.bytes()));
    out
}

fn append_block(out: &mut BlockWriter, kind: u16, version: u16, payload: &[u8]) {
    let start = out.bytes().len();
    out.u16(kind);
    out.u16(version);
    out.u64(payload.len() as u64);
    out.raw(payload);
    let sum = out.bytes().get(start..).map_or(0, crc32c);
    out.u32(sum);
}

fn finish(out: &mut BlockWriter, blocks: usize) {
    out.u16(END);
    // There is at most one block for each of the 65,534 kinds.
    out.u32(blocks as u32);
    out.u64(whole(out.bytes()));
}

/// The checksum of the whole: another function than that of the blocks, so that what deceives one of them
/// does not deceive both.
fn whole(bytes: &[u8]) -> u64 {
    (digest(bytes) >> 64) as u64
}

/// A block as it stands in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'m> {
    /// The number of its kind.
    pub kind: u16,
    /// The name of its kind, where this release knows it.
    pub name: Option<&'static str>,
    /// Its version.
    pub version: u16,
    /// Where it begins.
    pub offset: usize,
    /// What is in it.
    pub payload: &'m [u8],
    /// Whether this release understands it; what it does not understand may be passed over.
    pub understood: bool,
}

/// Whether checksums are compared. Tests leave it out to reach what lies behind them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Checksums {
    Compare,
    #[cfg(test)]
    Ignore,
}

/// A model whose container is sound: its blocks can be read in any order.
#[derive(Debug)]
pub struct ModelReader<'m> {
    header: Header,
    blocks: Vec<Block<'m>>,
    allowance: Allowance,
}

impl<'m> ModelReader<'m> {
    /// Checks the container: header, every block's checksum, end mark, and that nothing which must be
    /// understood is unknown.
    pub fn open(bytes: &'m [u8]) -> Result<ModelReader<'m>, ModelError> {
        ModelReader::open_knowing(bytes, KINDS)
    }

    /// The same with other kinds than [`KINDS`].
    pub fn open_knowing(bytes: &'m [u8], kinds: &[Kind]) -> Result<ModelReader<'m>, ModelError> {
        ModelReader::open_comparing(bytes, kinds, Checksums::Compare)
    }

    fn open_comparing(
        bytes: &'m [u8],
        kinds: &[Kind],
        checksums: Checksums,
    ) -> Result<ModelReader<'m>, ModelError> {
        let allowance = Allowance::for_input(bytes.len());
        let mut walk =
            Walk { bytes, reader: BlockReader::within(bytes, 0, "the model", FORMAT, &allowance), checksums };
        let header = walk.header()?;
        let mut blocks = Vec::new();
        while let Some(block) = walk.block(&header, kinds, blocks.last())? {
            walk.reader.charge(2 * size_of::<Block<'_>>())?;
            blocks.push(block);
        }
        walk.end(blocks.len())?;
        Ok(ModelReader { header, blocks, allowance })
    }

    /// What the model says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The blocks in the order of the file, those that are not understood among them.
    pub fn blocks(&self) -> &[Block<'m>] {
        &self.blocks
    }

    /// Fails unless the model was made under settings of that hash.
    pub fn require_settings(&self, expected: u64) -> Result<(), ModelError> {
        let found = self.header.settings;
        if found == expected { Ok(()) } else { Err(ModelError::OtherSettings { found, expected }) }
    }

    /// Reads the block of that kind to its last byte; fails where there is none.
    pub fn block<'s, T>(
        &'s self,
        kind: Kind,
        read: impl FnOnce(&mut BlockReader<'s>) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        self.block_if_any(kind, read)?.ok_or(ModelError::MissingBlock { block: kind.name() })
    }

    /// Reads the block of that kind to its last byte, where there is one that this release understands.
    pub fn block_if_any<'s, T>(
        &'s self,
        kind: Kind,
        read: impl FnOnce(&mut BlockReader<'s>) -> Result<T, ModelError>,
    ) -> Result<Option<T>, ModelError> {
        let wanted = |block: &&Block<'_>| block.kind == kind.number() && block.understood;
        let Some(block) = self.blocks.iter().find(wanted) else { return Ok(None) };
        let start = block.offset.saturating_add(BLOCK_HEAD);
        let mut reader =
            BlockReader::within(block.payload, start, kind.name(), block.version, &self.allowance);
        let value = read(&mut reader)?;
        reader.end()?;
        Ok(Some(value))
    }
}

/// Goes over the container from front to back.
struct Walk<'m, 'w> {
    bytes: &'m [u8],
    reader: BlockReader<'w>,
    checksums: Checksums,
}

impl<'m: 'w, 'w> Walk<'m, 'w> {
    /// The format is judged before the checksum, so that a newer model is never called a damaged one.
    fn header(&mut self) -> Result<Header, ModelError> {
        if !self.bytes.starts_with(&MAGIC) {
            return Err(not_a_model(self.bytes));
        }
        self.reader.raw("the magic bytes", MAGIC.len() as u64)?;
        let format = self.reader.u16()?;
        let settings = self.reader.u64()?;
        let product = self.product();
        if format > FORMAT {
            let writer = product.unwrap_or_else(|_| "unknown".to_owned());
            return Err(ModelError::NewerFormat { found: format, newest: FORMAT, writer, reader: PRODUCT });
        }
        if format == 0 {
            return Err(self.reader.malformed("the format", MAGIC.len(), "1 or more", format));
        }
        let header = Header { format, settings, product: product? };
        self.crc(|| "the header".to_owned(), 0)?;
        Ok(header)
    }

    /// The release that wrote the model. It is shown to people, so nothing that moves a cursor is let through.
    fn product(&mut self) -> Result<String, ModelError> {
        let offset = self.reader.offset();
        let product = self.reader.text("the version of logsift", PRODUCT_LIMIT)?;
        if product.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(product.to_owned());
        }
        Err(self.reader.malformed(
            "the version of logsift",
            offset,
            "visible ASCII",
            product.escape_default(),
        ))
    }

    /// The next block, or nothing at the end mark.
    fn block(
        &mut self,
        header: &Header,
        kinds: &[Kind],
        before: Option<&Block<'_>>,
    ) -> Result<Option<Block<'m>>, ModelError> {
        let offset = self.reader.offset();
        let kind = self.reader.u16()?;
        if kind == END {
            return Ok(None);
        }
        if kind <= before.map_or(0, |block| block.kind) {
            return Err(self.reader.malformed("a kind of block", offset, "one above those before", kind));
        }
        let version = self.reader.u16()?;
        if version == 0 {
            return Err(self.reader.malformed("the version of a block", offset, "1 or more", version));
        }
        let length = self.reader.u64()?;
        let start = self.reader.offset();
        self.reader.raw("a block", length)?;
        let payload = self.bytes.get(start..self.reader.offset()).unwrap_or_default();
        self.crc(|| format!("block kind {kind}"), offset)?;
        let known = kinds.iter().find(|known| known.number() == kind);
        let understood = understand(kind, version, offset, header, known)?;
        Ok(Some(Block { kind, name: known.map(|known| known.name()), version, offset, payload, understood }))
    }

    /// Compares the bytes since `start` with the checksum that follows them.
    fn crc(&mut self, what: impl FnOnce() -> String, start: usize) -> Result<(), ModelError> {
        let found = self.bytes.get(start..self.reader.offset()).map_or(0, crc32c);
        let expected = self.reader.u32()?;
        self.compare(what, start, u64::from(expected), u64::from(found))
    }

    fn compare(
        &self,
        what: impl FnOnce() -> String,
        offset: usize,
        expected: u64,
        found: u64,
    ) -> Result<(), ModelError> {
        if expected == found || self.checksums != Checksums::Compare {
            return Ok(());
        }
        Err(ModelError::Checksum { what: what(), offset, expected, found })
    }

    fn end(&mut self, blocks: usize) -> Result<(), ModelError> {
        let offset = self.reader.offset();
        let written = self.reader.u32()?;
        if usize::try_from(written) != Ok(blocks) {
            return Err(self.reader.malformed(
                "the number of blocks",
                offset,
                "as many as there are",
                written,
            ));
        }
        let found = self.bytes.get(..self.reader.offset()).map_or(0, whole);
        let expected = self.reader.u64()?;
        self.compare(|| "the whole model".to_owned(), 0, expected, found)?;
        self.reader.end()
    }
}

/// Whether a block can be read; an error where it neither can be read nor passed over.
fn understand(
    kind: u16,
    version: u16,
    offset: usize,
    header: &Header,
    known: Option<&Kind>,
) -> Result<bool, ModelError> {
    let writer = || header.product.clone();
    match known {
        Some(known) if version <= known.version() => Ok(true),
        _ if is_optional(kind) => Ok(false),
        Some(known) => Err(ModelError::NewerBlock {
            block: known.name(),
            offset,
            found: version,
            newest: known.version(),
            writer: writer(),
            reader: PRODUCT,
        }),
        None => Err(ModelError::UnknownBlock { kind, offset, writer: writer(), reader: PRODUCT }),
    }
}

/// What foreign files begin with, and what to do about them.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "this is gzip data; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "this is zstd data; unpack it first"),
    (b"PK\x03\x04", "this is a zip archive; unpack it first"),
    (b"\xfd7zXZ\0", "this is xz data; unpack it first"),
    (b"BZh", "this is bzip2 data; unpack it first"),
    (b"SQLite format 3\0", "this is an SQLite database"),
    (b"\x80\x03", "this is a Python pickle; logsift never reads those, learn a model from the logs"),
    (b"\x80\x04", "this is a Python pickle; logsift never reads those, learn a model from the logs"),
    (b"\x80\x05", "this is a Python pickle; logsift never reads those, learn a model from the logs"),
    (b"\x89LSM", "a transfer changed the line ends of this model; copy it again as binary"),
    (b"LSM", "a transfer cut the eighth bits of this model; copy it again as binary"),
    (b"\tLSM", "a transfer cut the eighth bits of this model; copy it again as binary"),
];

fn not_a_model(bytes: &[u8]) -> ModelError {
    let hex =
        |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<String>>().join(" ");
    let found = hex(bytes.get(..MAGIC.len()).unwrap_or(bytes));
    let foreign = FOREIGN.iter().find(|(prefix, _)| bytes.starts_with(prefix)).map(|(_, hint)| *hint);
    let hint = match foreign {
        Some(hint) => hint,
        None if bytes.is_empty() => "the file is empty; learn the model again",
        None if MAGIC.starts_with(bytes) => "the file is cut off; copy it again or learn it anew",
        None => "make one with `logsift learn PATH... -o MODEL`",
    };
    ModelError::NotAModel { found, expected: hex(&MAGIC), hint }
}

#[cfg(test)]
mod tests;
