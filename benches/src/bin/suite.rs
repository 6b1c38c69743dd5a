//! Prints one JSON line per table: `suite [SECONDS [SEED]]`, on the folder in `$AUTOML_DATA` or on the bundled tables.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::time::Duration;

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<u64>());
    let budget = Duration::from_secs(numbers.next().transpose()?.unwrap_or(10));
    let seed = numbers.next().transpose()?.unwrap_or(0);
    let tables = match std::env::var_os("AUTOML_DATA") {
        Some(folder) => automl_benches::suite::folder(folder.as_ref())?,
        None => automl_benches::suite::bundled()?,
    };
    for table in tables {
        match automl_benches::suite::run(&table, budget, seed) {
            Ok(row) => println!("{row}"),
            Err(e) => println!("{}", serde_json::json!({ "table": table.name, "error": format!("{e:#}") })),
        }
    }
    Ok(())
}
