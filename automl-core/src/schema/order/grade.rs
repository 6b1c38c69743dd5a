//! Grades of schools (`B`, `A+`) and of debtors (`BBB`).

/// The place of every grade, best last; `None` for what is none. Letters alone may mean anything: some level must have
/// a sign, or several letters.
pub(super) fn places(levels: &[&str]) -> Vec<Option<f64>> {
    if levels.iter().any(|level| level.ends_with(['+', '-'])) && levels.iter().all(|level| school(level).is_some()) {
        return levels.iter().map(|level| school(level)).collect();
    }
    if levels.iter().any(|level| level.len() > 1) { levels.iter().map(|level| debtor(level)).collect() } else { Vec::new() }
}

fn school(level: &str) -> Option<f64> {
    let (letter, step) = match level.as_bytes() {
        [letter] => (*letter, 0.0),
        [letter, b'+'] => (*letter, 0.3),
        [letter, b'-'] => (*letter, -0.3),
        _ => return None,
    };
    letter.is_ascii_uppercase().then(|| f64::from(b'Z' - letter) + step).filter(|_| letter <= b'F')
}

fn debtor(level: &str) -> Option<f64> {
    const GRADES: [&str; 10] = ["D", "C", "CC", "CCC", "B", "BB", "BBB", "A", "AA", "AAA"];
    let (grade, step) = match level.as_bytes().last() {
        Some(b'+') => (&level[..level.len() - 1], 0.3),
        Some(b'-') => (&level[..level.len() - 1], -0.3),
        _ => (level, 0.0),
    };
    GRADES.iter().position(|name| *name == grade).map(|place| place as f64 + step)
}
