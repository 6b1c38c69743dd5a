//! How do arrays get from here to NumPy? As `.npy` files of 32-bit numbers, row after row.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a table of numbers, row after row.
///
/// # Errors
/// The file cannot be written.
pub fn write_table(path: &Path, rows: usize, columns: usize, values: &[f32]) -> Result<()> {
    write(path, "<f4", &format!("({rows}, {columns})"), values.iter().map(|v| v.to_le_bytes()))
}

/// Writes a list of numbers.
///
/// # Errors
/// The file cannot be written.
pub fn write_list(path: &Path, values: &[f32]) -> Result<()> {
    write(path, "<f4", &format!("({},)", values.len()), values.iter().map(|v| v.to_le_bytes()))
}

/// Writes a list of integers.
///
/// # Errors
/// The file cannot be written.
pub fn write_integers(path: &Path, values: &[i32]) -> Result<()> {
    write(path, "<i4", &format!("({},)", values.len()), values.iter().map(|v| v.to_le_bytes()))
}

/// Reads all numbers of a file that [`write_table`] or [`write_list`] wrote, one after the other.
///
/// # Errors
/// The file cannot be read, or is none of these.
pub fn read(path: &Path, mut each: impl FnMut(usize, f32)) -> Result<()> {
    let mut file = BufReader::new(File::open(path).with_context(|| path.display().to_string())?);
    let mut start = [0; 10];
    file.read_exact(&mut start)?;
    anyhow::ensure!(start[..8] == *MAGIC, "{} is no array of version 1.0", path.display());
    let mut header = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
    file.read_exact(&mut header)?;
    // One by one, so that reading leaves no second copy of the array in memory.
    let mut bytes = [0; 4];
    for i in 0.. {
        match file.read_exact(&mut bytes) {
            Ok(()) => each(i, f32::from_le_bytes(bytes)),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => break,
            Err(e) => return Err(e).with_context(|| path.display().to_string()),
        }
    }
    Ok(())
}

/// The first bytes of a file of version 1.0.
const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";

fn write(path: &Path, kind: &str, shape: &str, values: impl Iterator<Item = [u8; 4]>) -> Result<()> {
    let file = File::create(path).with_context(|| path.display().to_string())?;
    let mut file = BufWriter::new(file);
    file.write_all(&header(kind, shape))?;
    for value in values {
        file.write_all(&value)?;
    }
    Ok(file.flush()?)
}

/// What stands before the numbers, filled with spaces so that they begin at a multiple of 64 bytes.
fn header(kind: &str, shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let padded = (MAGIC.len() + 2 + text.len() + 1).next_multiple_of(64) - MAGIC.len() - 2;
    let mut bytes = MAGIC.to_vec();
    bytes.extend((padded as u16).to_le_bytes());
    bytes.extend(format!("{text:<width$}\n", width = padded - 1).into_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_as_numpy_writes_it() {
        let bytes = header("<f4", "(3, 2)");
        assert_eq!(bytes.len(), 128);
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(bytes[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }  "));
        assert_eq!(bytes.last(), Some(&b'\n'));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let values: Vec<f32> = (0..40_001).map(|i| i as f32 / 7.0).collect();
        write_list(&path, &values).unwrap();
        let mut again = Vec::new();
        read(&path, |i, value| {
            assert_eq!(i, again.len());
            again.push(value);
        })
        .unwrap();
        assert_eq!(again, values);
    }
}
