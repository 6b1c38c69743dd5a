//! Where to look at a polynomial, and how to weigh what is seen, to have its integral from 0 to 1 exactly.

/// The points and weights of Gauss's rule with so many points: exact up to degree `2 points - 1`.
pub(super) fn rule(points: usize) -> Vec<(f64, f64)> {
    let n = points as f64;
    (0..points)
        .map(|i| {
            // A root of the Legendre polynomial by Newton's method, from Tricomi's first guess.
            let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..8 {
                let (value, derivative) = legendre(points, x);
                x -= value / derivative;
                slope = legendre(points, x).1;
            }
            ((1.0 - x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

/// The Legendre polynomial of a degree of 1 or more, and its derivative, at a point within (-1, 1).
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=degree {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, degree as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn powers_are_integrated_exactly() {
        for points in 1..40 {
            for degree in 0..2 * points {
                let sum: f64 = rule(points).iter().map(|(t, weight)| weight * t.powi(degree as i32)).sum();
                let exact = 1.0 / (degree as f64 + 1.0);
                assert!((sum - exact).abs() < 1e-14, "degree {degree} with {points} points: {sum}, not {exact}");
            }
        }
    }
}
