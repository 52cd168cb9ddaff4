//! The model file: everything learned, as bytes that can be shared, merged and read without trust.
//!
//! A model is a header, blocks and an end mark (`docs/book/model-format.md` gives every byte). This module
//! knows how blocks are framed, checked and bounded; what stands in a block is written and read by the stage
//! that learned it, through [`BlockWriter`] and [`BlockReader`]. Reading is safe on any bytes: each length is
//! compared with the bytes that are left and charged to an [`Allowance`] before anything is allocated,
//! nothing recurses, and what cannot be read is a [`ModelError`] that says where, what and what to do.
//!
//! ```
//! use logsift_engine::model::{Allowance, BlockReader, BlockWriter};
//!
//! let mut block = BlockWriter::default();
//! block.varint(300);
//! block.text("sshd");
//!
//! let allowance = Allowance::for_input(block.bytes().len());
//! let mut reader = BlockReader::new(block.bytes(), &allowance);
//! assert_eq!(reader.varint()?, 300);
//! assert_eq!(reader.text("program", 64)?, "sshd");
//! reader.end()?;
//! # Ok::<(), logsift_engine::model::ModelError>(())
//! ```

mod checksum;
mod digest;
mod error;
mod frame;
mod kind;
mod learned;
mod parts;
mod read;
mod write;

pub use checksum::crc32c;
pub use digest::digest;
pub use error::ModelError;
pub use frame::{Block, FORMAT, Header, MAGIC, ModelReader, ModelWriter};
pub use kind::{EFFORT, FEATURES, HISTORY, KINDS, Kind, OUTLIERS, PARTS, SESSIONS, SETTINGS, TEMPLATES};
pub use learned::{Conditions, Learned, Redaction};
pub use parts::{Meeting, Part, PartDigest, PartId, Parts};
pub use read::{Allowance, BlockReader};
pub use write::BlockWriter;
