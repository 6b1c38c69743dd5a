//! How alike are the rows of a group, compared with any two rows?

use crate::association::Places;
use crate::schema::hash_text;
use crate::task::Target;

/// Values that can be compared.
pub enum Values {
    /// Numbers, by their rank among all.
    Ranks(Vec<f64>),
    /// Names, as codes below a limit.
    Names(Vec<u32>, usize),
}

impl Values {
    /// A target.
    pub fn of_target(target: &Target) -> Values {
        match target {
            Target::Classes { labels, n_classes } => Values::Names(labels.clone(), *n_classes),
            Target::Numbers(values) => Values::of_numbers(values),
        }
    }

    /// Numbers, each by the stretch it lies in.
    pub fn of_numbers(numbers: &[f64]) -> Values {
        Values::Ranks(Places::of_numbers(numbers).of.iter().map(|&place| f64::from(place)).collect())
    }

    /// Names.
    pub fn of_names<'a>(names: impl Iterator<Item = Option<&'a str>>) -> Values {
        let places = Places::of_names(names.map(|name| name.map(hash_text)));
        Values::Names(places.of, places.count)
    }

    /// 1 if the rows of each group are equal, 0 if they are as different as any two rows: the intraclass
    /// correlation for numbers (Fisher 1925), the kappa of two rows of a group for names (Cohen 1960).
    ///
    /// `groups` holds the rows of each group, two or more. `None` if all values are equal.
    pub fn likeness(&self, groups: &[Vec<u32>]) -> Option<f64> {
        let rows: f64 = groups.iter().map(|group| group.len() as f64).sum();
        let (within, all) = match self {
            Values::Ranks(ranks) => {
                let within: f64 = groups.iter().map(|group| group.len() as f64 * variance(group, ranks)).sum();
                let everyone: Vec<u32> = groups.iter().flatten().copied().collect();
                (within / rows, variance(&everyone, ranks))
            }
            Values::Names(codes, count) => {
                let mut counts = vec![0_u32; *count];
                let within: f64 = groups.iter().map(|group| group.len() as f64 * difference(group, codes, &mut counts)).sum();
                let everyone: Vec<u32> = groups.iter().flatten().copied().collect();
                (within / rows, difference(&everyone, codes, &mut counts))
            }
        };
        (all > 0.0).then(|| 1.0 - within / all)
    }
}

/// The unbiased variance of the values of some rows.
fn variance(rows: &[u32], values: &[f64]) -> f64 {
    let count = rows.len() as f64;
    let mean = rows.iter().map(|&row| values[row as usize]).sum::<f64>() / count;
    rows.iter().map(|&row| (values[row as usize] - mean).powi(2)).sum::<f64>() / (count - 1.0)
}

/// The probability that two of the rows have different names. `counts` is zero before and after.
fn difference(rows: &[u32], codes: &[u32], counts: &mut [u32]) -> f64 {
    rows.iter().for_each(|&row| counts[codes[row as usize] as usize] += 1);
    let mut equal = 0.0;
    for &row in rows {
        let count = std::mem::take(&mut counts[codes[row as usize] as usize]);
        equal += f64::from(count) * f64::from(count.saturating_sub(1));
    }
    let count = rows.len() as f64;
    1.0 - equal / (count * (count - 1.0))
}
