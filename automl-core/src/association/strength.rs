//! What do the places of a column say about the target? One half of the rows learns, the other is scored.

use super::places::Places;

/// Rows that the whole table adds to what is known of a place.
const PRIOR_ROWS: f64 = 1.0;

/// What the places say of one class.
pub struct OfClass {
    /// Rows of the class.
    pub rows: f64,
    /// 2 · AUC − 1, the mean over both halves.
    pub strength: f64,
}

/// What the places say of each class against the others.
///
/// Of more than 32 classes the most frequent are looked at, and of two the one. Memory: 8 bytes per place and class.
pub fn of_classes(places: &Places, labels: &[u32], n_classes: usize, is_first: &[bool]) -> Vec<OfClass> {
    const CLASSES_MAX: usize = 32;
    let mut totals = vec![0_u32; n_classes];
    labels.iter().for_each(|&label| totals[label as usize] += 1);
    let mut order: Vec<usize> = (0..n_classes).collect();
    order.sort_by_key(|&class| std::cmp::Reverse(totals[class]));
    // Of two classes the one says what the other does.
    order.truncate(if n_classes == 2 { 1 } else { CLASSES_MAX });
    let mut slot = vec![None; n_classes];
    order.iter().enumerate().for_each(|(i, &class)| slot[class] = Some(i));

    let mut halves = [Tally::new(places.count, order.len()), Tally::new(places.count, order.len())];
    for ((&place, &label), &first) in places.of.iter().zip(labels).zip(is_first) {
        halves[usize::from(first)].add(place as usize, slot[label as usize]);
    }
    let [a, b] = &halves;
    let of_class = |(slot, class): (usize, &usize)| {
        let auc = f64::midpoint(auc(a, b, slot)?, auc(b, a, slot)?);
        Some(OfClass { rows: f64::from(totals[*class]), strength: 2.0 * auc - 1.0 })
    };
    order.iter().enumerate().filter_map(of_class).collect()
}

/// How many rows of one half there are in each place, by class.
struct Tally {
    classes: usize,
    /// Row-major: places × classes.
    counts: Vec<u32>,
    /// Rows of each place, those of further classes included.
    rows: Vec<u32>,
}

impl Tally {
    fn new(places: usize, classes: usize) -> Tally {
        Tally { classes, counts: vec![0; places * classes], rows: vec![0; places] }
    }

    fn add(&mut self, place: usize, class: Option<usize>) {
        self.rows[place] += 1;
        if let Some(class) = class {
            self.counts[place * self.classes + class] += 1;
        }
    }

    fn count(&self, place: usize, class: usize) -> f64 {
        f64::from(self.counts[place * self.classes + class])
    }
}

/// The AUC of one class against the others on one half, by the shares of the class in the other half.
/// `None` if the half has no row of the class, or no other.
fn auc(learn: &Tally, score: &Tally, class: usize) -> Option<f64> {
    let places = 0..learn.rows.len();
    let all: f64 = learn.rows.iter().map(|&rows| f64::from(rows)).sum();
    let share = places.clone().map(|place| learn.count(place, class)).sum::<f64>() / all.max(1.0);
    let learned = |place: usize| {
        let rows = f64::from(learn.rows[place]);
        (learn.count(place, class) + PRIOR_ROWS * share) / (rows + PRIOR_ROWS)
    };
    let mut ranked: Vec<(f64, f64, f64)> = places
        .filter(|&place| score.rows[place] > 0)
        .map(|place| {
            let positive = score.count(place, class);
            (learned(place), positive, f64::from(score.rows[place]) - positive)
        })
        .collect();
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut above, mut area, mut others) = (0.0, 0.0, 0.0);
    for equal in ranked.chunk_by(|a, b| a.0 == b.0) {
        let positive: f64 = equal.iter().map(|e| e.1).sum();
        let negative: f64 = equal.iter().map(|e| e.2).sum();
        area += negative * (above + 0.5 * positive);
        above += positive;
        others += negative;
    }
    (above > 0.0 && others > 0.0).then(|| area / above / others)
}

/// R², at least 0: the mean over both halves of what the means of the places give, or, if that is more, of what
/// lines through the places give. `numbers` are those of a numeric column, NaN for missing ones.
///
/// Lines follow a number to the end of a long tail, where a mean does not; means do not mind an outlier.
pub fn of_values(places: &Places, numbers: Option<&[f64]>, values: &[f64], is_first: &[bool]) -> f64 {
    let number = |i: usize| numbers.map_or(f64::NAN, |numbers| numbers[i]);
    let rows = |first: bool| (0..values.len()).filter(move |&i| is_first[i] == first);
    let mean = |first: bool| rows(first).map(|i| values[i]).sum::<f64>() / rows(first).count().max(1) as f64;
    let (mut by_means, mut by_lines) = (0.0, 0.0);
    for learner in [true, false] {
        let (prior, center) = (mean(learner), mean(!learner));
        let mut lines = vec![Line::default(); places.count];
        rows(learner).for_each(|i| lines[places.of[i] as usize].add(number(i), values[i] - prior));
        let (mut all, mut left_by_means, mut left_by_lines) = (0.0, 0.0, 0.0);
        for i in rows(!learner) {
            let line = &lines[places.of[i] as usize];
            let truth = values[i] - prior;
            all += (values[i] - center).powi(2);
            left_by_means += (truth - line.mean()).powi(2);
            left_by_lines += (truth - line.at(number(i))).powi(2);
        }
        if all > 0.0 {
            by_means += (1.0 - left_by_means / all) / 2.0;
            by_lines += (1.0 - left_by_lines / all) / 2.0;
        }
    }
    by_means.max(by_lines).clamp(0.0, 1.0)
}

/// |2 · AUC − 1| of the values in the two places (the rank-biserial correlation; Cureton 1956): 1 if all values of
/// one place lie above all of the other. 0 if one of them has hardly any rows.
pub fn of_values_in_two(places: &Places, values: &[f64]) -> f64 {
    const ROWS_MIN: usize = 20;
    const SHARE_MIN: f64 = 0.01;
    let second = places.of.iter().filter(|place| **place == 1).count();
    let fewest = second.min(values.len() - second);
    if fewest < ROWS_MIN || (fewest as f64) < SHARE_MIN * values.len() as f64 {
        return 0.0;
    }
    let mut order: Vec<(f64, bool)> = values.iter().zip(&places.of).map(|(v, place)| (*v, *place == 1)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut area) = (0.0, 0.0);
    for equal in order.chunk_by(|a, b| a.0 == b.0) {
        let seconds = equal.iter().filter(|(_, second)| *second).count() as f64;
        let firsts = equal.len() as f64 - seconds;
        area += seconds * (below + 0.5 * firsts);
        below += firsts;
    }
    (2.0 * area / below / second as f64 - 1.0).abs().min(1.0)
}

/// A least squares line through the rows of one place.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    rows: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Line {
    /// Adds a row; the means and the products about them are kept up to date (Welford 1962).
    fn add(&mut self, x: f64, y: f64) {
        let x = if x.is_nan() { 0.0 } else { x };
        self.rows += 1.0;
        let from_mean = x - self.x;
        self.x += from_mean / self.rows;
        self.y += (y - self.y) / self.rows;
        self.xx += from_mean * (x - self.x);
        self.xy += from_mean * (y - self.y);
    }

    /// The mean, drawn to zero where rows are few.
    fn mean(&self) -> f64 {
        self.y * self.rows / (self.rows + PRIOR_ROWS)
    }

    /// The height of the line; the mean where there is none.
    fn at(&self, x: f64) -> f64 {
        let is_line = self.xx > 0.0 && self.rows >= 3.0 && !x.is_nan();
        if is_line { self.y + self.xy / self.xx * (x - self.x) } else { self.mean() }
    }
}
