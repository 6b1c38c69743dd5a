//! The outer form of an artifact.
//!
//! ```text
//! 0   magic "AUTOML\0\0"        8 bytes
//! 8   format version            u32, little endian
//! 12  number of blobs           u32
//! 16  length of the manifest    u64
//! 24  BLAKE3 of what follows up to the first blob (table and manifest)    32 bytes
//! 56  table: per blob offset u64, length u64, BLAKE3 32 bytes
//!     manifest (JSON), zeros up to a multiple of 64
//!     blobs, each at a multiple of 64
//! ```

use crate::error::{Error, Result};

/// The first bytes of every artifact.
pub const MAGIC: &[u8; 8] = b"AUTOML\0\0";
/// The format that this program writes.
pub const FORMAT_VERSION: u32 = 1;
/// The oldest format that this program reads.
pub const FORMAT_OLDEST_SUPPORTED: u32 = 1;

const HEADER: usize = 56;
const TABLE_ENTRY: usize = 48;
const ALIGNMENT: usize = 64;

/// The bytes of a container with this manifest and these blobs.
pub fn write(manifest: &[u8], blobs: &[Vec<u8>]) -> Vec<u8> {
    let mut offset = aligned(HEADER + TABLE_ENTRY * blobs.len() + manifest.len());
    let mut checked = Vec::new();
    for blob in blobs {
        checked.extend_from_slice(&(offset as u64).to_le_bytes());
        checked.extend_from_slice(&(blob.len() as u64).to_le_bytes());
        checked.extend_from_slice(blake3::hash(blob).as_bytes());
        offset = aligned(offset + blob.len());
    }
    checked.extend_from_slice(manifest);

    let mut bytes = Vec::with_capacity(offset);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&(blobs.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(manifest.len() as u64).to_le_bytes());
    bytes.extend_from_slice(blake3::hash(&checked).as_bytes());
    bytes.extend_from_slice(&checked);
    for blob in blobs {
        bytes.resize(aligned(bytes.len()), 0);
        bytes.extend_from_slice(blob);
    }
    bytes
}

fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(ALIGNMENT)
}

/// A container whose header, table and manifest were checked; blobs are checked when they are asked for.
pub struct Container<'a> {
    bytes: &'a [u8],
    manifest: &'a [u8],
    blobs: Vec<(usize, usize, [u8; 32])>,
}

impl<'a> Container<'a> {
    /// Reads header and table.
    ///
    /// # Errors
    /// Bytes that are no artifact, cut short, damaged, or of a version that this program does not read.
    pub fn read(bytes: &'a [u8]) -> Result<Container<'a>> {
        if bytes.len() < HEADER || &bytes[..8] != MAGIC {
            return Err(Error::artifact("not an automl artifact (it does not begin as one)"));
        }
        let version = u32_at(bytes, 8);
        if version > FORMAT_VERSION {
            return Err(Error::artifact(format!(
                "the artifact has format {version}, this program reads up to {FORMAT_VERSION}: a newer automl is needed"
            )));
        }
        if version < FORMAT_OLDEST_SUPPORTED {
            return Err(Error::artifact(format!(
                "the artifact has format {version}, this program reads from {FORMAT_OLDEST_SUPPORTED}: fit again"
            )));
        }
        let count = u32_at(bytes, 12) as usize;
        let damaged = || Error::artifact("the artifact is damaged or cut short (its table does not fit)");
        let manifest_length = usize::try_from(u64_at(bytes, 16)).map_err(|_| damaged())?;
        let table_end = count.checked_mul(TABLE_ENTRY).and_then(|t| t.checked_add(HEADER)).ok_or_else(damaged)?;
        let end = table_end.checked_add(manifest_length).filter(|end| *end <= bytes.len()).ok_or_else(damaged)?;
        if blake3::hash(&bytes[HEADER..end]).as_bytes() != &bytes[24..56] {
            return Err(Error::artifact("the artifact is damaged (the checksum of its manifest does not match)"));
        }
        let blobs = bytes[HEADER..table_end].chunks_exact(TABLE_ENTRY).map(|entry| {
            let (offset, length) = (usize::try_from(u64_at(entry, 0)).ok()?, usize::try_from(u64_at(entry, 8)).ok()?);
            offset.checked_add(length).filter(|end| *end <= bytes.len())?;
            let mut hash = [0; 32];
            hash.copy_from_slice(&entry[16..]);
            Some((offset, length, hash))
        });
        let blobs = blobs.collect::<Option<Vec<_>>>().ok_or_else(damaged)?;
        Ok(Container { bytes, manifest: &bytes[table_end..end], blobs })
    }

    /// The manifest.
    pub fn manifest(&self) -> &'a [u8] {
        self.manifest
    }

    /// A blob by its number.
    ///
    /// # Errors
    /// There is none of that number, or its checksum does not match.
    pub fn blob(&self, index: usize) -> Result<&'a [u8]> {
        let (offset, length, hash) =
            self.blobs.get(index).ok_or_else(|| Error::artifact(format!("the artifact has no blob {index}")))?;
        let blob = &self.bytes[*offset..offset + length];
        if blake3::hash(blob).as_bytes() != hash {
            return Err(Error::artifact(format!("the artifact is damaged (the checksum of blob {index} does not match)")));
        }
        Ok(blob)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(manifest in prop::collection::vec(any::<u8>(), 0..200), blobs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..5)) {
            let bytes = write(&manifest, &blobs);
            let container = Container::read(&bytes).unwrap();
            prop_assert_eq!(container.manifest(), &manifest[..]);
            for (i, blob) in blobs.iter().enumerate() {
                prop_assert_eq!(container.blob(i).unwrap(), &blob[..]);
            }
            prop_assert!(container.blob(blobs.len()).is_err());
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0usize..1000, flip in 1u8..=255) {
            let bytes = write(b"{\"a\":1}", &[vec![7; 100], vec![9; 50]]);
            let at = at % bytes.len();
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let read = Container::read(&damaged).and_then(|c| Ok((c.manifest().to_vec(), c.blob(0)?.to_vec(), c.blob(1)?.to_vec())));
            match read {
                Err(_) => {}
                // Padding between blobs carries nothing.
                Ok(read) => prop_assert_eq!(read, (b"{\"a\":1}".to_vec(), vec![7; 100], vec![9; 50])),
            }
        }

        #[test]
        fn any_prefix_and_any_bytes_are_refused_without_a_panic(cut in 0usize..300, bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let whole = write(b"{}", &[vec![1; 100]]);
            if cut < whole.len() {
                let read = Container::read(&whole[..cut]).and_then(|c| c.blob(0).map(<[u8]>::to_vec));
                prop_assert!(read.is_err());
            }
            let _ = Container::read(&bytes).map(|c| c.blob(0).map(<[u8]>::len));
            let mut begun = MAGIC.to_vec();
            begun.extend_from_slice(&bytes);
            let _ = Container::read(&begun).map(|c| c.blob(0).map(<[u8]>::len));
        }
    }

    #[test]
    fn a_newer_version_says_so() {
        let mut bytes = write(b"{}", &[]);
        bytes[8] = 99;
        let error = Container::read(&bytes).err().unwrap().to_string();
        assert!(error.contains("format 99") && error.contains("newer automl"), "{error}");
    }
}
