//! Prints what single steps take: `kernels [ROWS [REPEATS]]`; the rows are those of whole steps.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let rows = numbers.next().transpose()?.unwrap_or(10_000);
    let repeats = numbers.next().transpose()?.unwrap_or(3);
    automl_benches::kernels::measure(rows, repeats, &mut |timing| println!("{timing}"))
}
