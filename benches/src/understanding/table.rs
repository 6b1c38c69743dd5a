//! A large table of numbers and categories.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;
use automl_core::seed::rng;
use rand::RngExt;

/// Writes a CSV file of thirty columns: ten of whole numbers, ten of fractions, of each one with missing cells, eight of
/// categories with 2 to 5,000 levels, a boolean and a target of two classes.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, rows: usize, seed: u64) -> Result<()> {
    const LEVELS: [u32; 8] = [2, 5, 12, 30, 80, 200, 1_000, 5_000];
    let mut rng = rng(seed);
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let names = (0..10).map(|j| format!("whole_{j}")).chain((0..10).map(|j| format!("fraction_{j}")));
    let names = names.chain(LEVELS.map(|levels| format!("levels_{levels}"))).chain(["flag".to_owned(), "target".to_owned()]);
    writeln!(file, "{}", names.collect::<Vec<_>>().join(","))?;
    let mut line = String::new();
    for _ in 0..rows {
        line.clear();
        let mut sum = 0.0;
        for j in 0..10_u32 {
            let value = rng.random_range(0..10_u32.pow(1 + j % 6));
            if j == 0 && value == 0 { line.push(',') } else { write!(line, "{value},")? }
        }
        for j in 0..10 {
            let value: f64 = rng.random_range(-1.0..1.0);
            sum += value;
            if j == 0 && value > 0.9 { line.push(',') } else { write!(line, "{:.5},", value * 100.0)? }
        }
        for levels in LEVELS {
            // Some levels are far more frequent than others.
            let share: f64 = rng.random_range(0.0..1.0);
            write!(line, "level {},", (share * share * f64::from(levels)) as u32)?;
        }
        write!(line, "{},", rng.random_range(0..2) == 0)?;
        line.push_str(if sum > 0.0 { "yes\n" } else { "no\n" });
        file.write_all(line.as_bytes())?;
    }
    Ok(file.flush()?)
}
