//! Prints nanoseconds per row of single steps: `kernels [ROWS [REPEATS]]`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let rows = numbers.next().transpose()?.unwrap_or(10_000);
    let repeats = numbers.next().transpose()?.unwrap_or(3);
    for timing in automl_benches::kernels::measure(rows, repeats)? {
        println!("{:>12.1} ns/row  {}", timing.ns_per_row, timing.step);
    }
    Ok(())
}
