//! How fast is this machine, now, for work like that of the learners?

use std::hint::black_box;

use crate::clock::Stopwatch;

/// About the seconds that [`work`] takes on one core of the machines that learners are measured on: from 0.3 to 0.5 ms were
/// seen there at different times.
const REFERENCE_S: f64 = 0.000_42;
/// For so long it is done again and again: long enough to see that others use a core too.
const LONG_ENOUGH_S: f64 = 0.03;

/// How many times as long as there the work takes here, on so many threads at once: more on a slower machine, and on one
/// where others are busy.
pub(super) fn slowness(threads: usize) -> f64 {
    let seconds: Vec<f64> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work_s)).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mean_s = seconds.iter().sum::<f64>() / seconds.len().max(1) as f64;
    const FARTHEST: f64 = 10.0;
    (mean_s / REFERENCE_S).clamp(1.0 / FARTHEST, FARTHEST)
}

/// Seconds that the work takes, in the mean.
fn work_s() -> f64 {
    let codes: Vec<u8> = (0..ROWS as u32).map(|row| (row.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let watch = Stopwatch::start();
    let mut times = 0.0;
    loop {
        black_box(work(black_box(&codes)));
        times += 1.0;
        let elapsed_s = watch.elapsed_s();
        if elapsed_s > LONG_ENOUGH_S {
            return elapsed_s / times;
        }
    }
}

const ROWS: usize = 1 << 17;

/// Sums by code, as for a histogram, and a chain of products, as for a layer.
fn work(codes: &[u8]) -> f64 {
    let mut sums = [[0.0_f64; 2]; 256];
    let (mut product, mut gradient) = ([1.0_f32; 8], 0.5_f32);
    for (at, &code) in codes.iter().enumerate() {
        gradient = gradient * 0.999 + 1e-3;
        let sum = &mut sums[usize::from(code)];
        sum[0] += f64::from(gradient);
        sum[1] += 1.0;
        product[at % 8] = product[at % 8] * 0.5 + gradient;
    }
    sums.iter().map(|sum| sum[0] / (1.0 + sum[1])).sum::<f64>() + f64::from(product.iter().sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_speed() {
        let slowness = slowness(2);
        assert!((0.1..=10.0).contains(&slowness), "{slowness}");
    }
}
