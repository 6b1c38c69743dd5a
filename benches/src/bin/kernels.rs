//! Prints what single steps take: `kernels [ROWS [REPEATS [PART]]]`; the rows are those of whole steps, the parts are
//! loops, trees, texts and whole.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let rows = args.next().map(|a| a.parse()).transpose()?.unwrap_or(10_000);
    let repeats = args.next().map(|a| a.parse()).transpose()?.unwrap_or(3);
    automl_benches::kernels::measure(rows, repeats, args.next().as_deref(), &mut |timing| println!("{timing}"))
}
