//! Counts as a line of blocks.

/// A block per count, as high as the count is beside the largest; a blank for none.
pub fn spark(counts: &[usize]) -> String {
    const BLOCKS: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
    let largest = counts.iter().copied().max().unwrap_or(0).max(1);
    let block = |count: usize| match count {
        0 => ' ',
        _ => BLOCKS[(count * BLOCKS.len() - 1) / largest],
    };
    counts.iter().map(|&count| block(count)).collect()
}

/// The same in half as many blocks: neighbours are added.
pub fn short_spark(counts: &[usize]) -> String {
    const WIDTH: usize = 10;
    let pairs: Vec<usize> = counts.chunks(counts.len().div_ceil(WIDTH).max(1)).map(|pair| pair.iter().sum()).collect();
    spark(&pairs)
}

/// A bar of so many of `width` cells; a sliver for what is more than nothing.
pub fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
    let eighths = if share > 0.0 { eighths.max(1) } else { 0 };
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_as_high_as_counts() {
        assert_eq!(spark(&[0, 1, 50, 100]), " ▁▄▇");
        assert_eq!(spark(&[0, 0]), "  ");
        assert_eq!(short_spark(&[5; 20]), "▇▇▇▇▇▇▇▇▇▇");
        assert_eq!(short_spark(&[1, 2, 1]), "▄▇▄");
        assert_eq!([bar(1.0, 2), bar(0.3, 10), bar(1e-9, 10), bar(0.0, 10)], ["██", "███", "▏", ""]);
    }
}
