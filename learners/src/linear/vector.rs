//! Sums over vectors.

/// A scalar product in eight partial sums, which the compiler turns into vector instructions.
pub(crate) fn dot<A: Copy + Into<f64>>(a: &[A], b: &[f64]) -> f64 {
    let (mut sums, a, b) = ([0.0; 8], a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(&x, y)| x.into() * y).sum();
    for (x, y) in a.zip(b) {
        for k in 0..8 {
            sums[k] += x[k].into() * y[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}
