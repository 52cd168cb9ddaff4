//! Identifiers in, eight bytes for each out, so that a step finds the name of its session beside the session.
//!
//! Names of processes and threads are short, and there are very many of them.

/// Bytes of an identifier that takes no more room than to say where it stands.
const SHORT: usize = 6;
/// An identifier: where it stands among all of them, or itself where it has that many bytes at most.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name {
    Short(u8, [u8; SHORT]),
    Long { start: u32, length: u16 },
}

impl Name {
    /// A name as it is kept, among others where it is long.
    pub(super) fn keep(id: &[u8], ids: &mut Vec<u8>) -> Name {
        let mut short = [0; SHORT];
        if let Some(room) = short.get_mut(..id.len()) {
            room.copy_from_slice(id);
            return Name::Short(id.len() as u8, short);
        }
        let start = ids.len() as u32;
        ids.extend_from_slice(id);
        Name::Long { start, length: id.len() as u16 }
    }

    /// Bytes that it takes among the others.
    pub(super) fn room(id: &[u8]) -> usize {
        if id.len() <= SHORT { 0 } else { id.len() }
    }

    /// The same of one that is kept.
    pub(super) fn room_taken(&self) -> usize {
        match self {
            Name::Short(..) => 0,
            Name::Long { length, .. } => usize::from(*length),
        }
    }

    #[inline]
    pub(super) fn of<'a>(&'a self, ids: &'a [u8]) -> &'a [u8] {
        match self {
            Name::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Name::Long { start, length } => {
                let start = *start as usize;
                ids.get(start..start + usize::from(*length)).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_kept() {
        let table: [&[u8]; 5] = [b"", b"7", b"123456", b"1234567", b"blk_-1608999687919862906"];
        let mut ids = Vec::new();
        let names = table.map(|id| Name::keep(id, &mut ids));
        for (name, id) in names.iter().zip(table) {
            assert_eq!(name.of(&ids), id);
        }
        assert_eq!((ids.len(), size_of::<Name>()), (7 + 24, 8));
    }
}
