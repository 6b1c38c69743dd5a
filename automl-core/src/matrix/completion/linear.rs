//! Numbers moved and divided.

use serde::{Deserialize, Serialize};

/// No value leaves ± this.
pub const LIMIT: f64 = 10.0;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    shift: f64,
    /// What differences are divided by; 0 for a constant column.
    divisor: f64,
}

impl Linear {
    /// By mean and standard deviation.
    pub fn standard(values: &[f64]) -> Linear {
        let shift = mean(values);
        let size = size(values);
        let squares: f64 = values.iter().map(|v| (v / size - shift / size).powi(2)).sum();
        let deviation = (squares / values.len().max(1) as f64).sqrt() * size;
        Linear { shift, divisor: positive(deviation) }
    }

    /// By the least and the greatest.
    pub fn min_max(values: &[f64]) -> Linear {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Linear { shift: if values.is_empty() { 0.0 } else { low }, divisor: positive(high - low) }
    }

    /// The scaled value of a finite one.
    pub fn apply(self, value: f64) -> f64 {
        if self.divisor == 0.0 { 0.0 } else { ((value - self.shift) / self.divisor).clamp(-LIMIT, LIMIT) }
    }

    /// Whether the constants are those of a column.
    pub fn is_sound(self) -> bool {
        self.shift.is_finite() && self.divisor.is_finite() && self.divisor >= 0.0
    }
}

/// The mean of finite values, 0 without any.
pub fn mean(values: &[f64]) -> f64 {
    // Values within ±1 have sums that do not overflow.
    let size = size(values);
    values.iter().map(|v| v / size).sum::<f64>() / values.len().max(1) as f64 * size
}

/// The largest size, which values are divided by; 1 where all are zero.
fn size(values: &[f64]) -> f64 {
    match values.iter().fold(0.0_f64, |size, v| size.max(v.abs())) {
        0.0 => 1.0,
        size => size,
    }
}

/// A divisor that is finite; 0 where there is none.
fn positive(divisor: f64) -> f64 {
    if divisor > 0.0 { divisor.min(f64::MAX) } else { 0.0 }
}
