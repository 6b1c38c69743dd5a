//! A bit of everything.

use automl_core::seed::{Rng, derive, rng};
use automl_core::task::TaskKind;

use super::draw::{below, happens, normal, rounded};
use super::{Columns, Generated, TARGET, label};

/// A table like those that people have: numbers of unequal scale, categories, a boolean, a date, short
/// texts, an id, and values that are missing in several ways.
///
/// | Column | Holds | Missing |
/// |---|---|---|
/// | `id` | a name per row, without signal | never |
/// | `age` | whole numbers | never |
/// | `income` | skewed, tens of thousands | 8 %, at random |
/// | `ratio` | of the size 10⁻⁵ | more often where it is large |
/// | `visits` | whole numbers as floats | 10 %, and that it is missing says something |
/// | `region` | five categories | 5 %, at random |
/// | `plan` | three categories | 6 %, written `NA`, `?` or `-` |
/// | `active` | a boolean | 3 %, at random |
/// | `signup` | a date as `2019-03-07` | 2 %, at random |
/// | `note` | four to seven words, of which some have signal | 10 %, at random |
#[derive(Debug, Clone, Copy)]
pub struct Mixed {
    /// Number of rows.
    pub rows: usize,
    /// Standard deviation of what is added before the target is cut into two.
    pub noise_sd: f64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Mixed {
    fn default() -> Mixed {
        Mixed { rows: 1_000, noise_sd: 1.0, seed: 0 }
    }
}

const REGIONS: [(&str, f64); 5] = [("north", 0.8), ("south", -0.8), ("east", 0.3), ("west", -0.3), ("overseas", 0.0)];
const PLANS: [(&str, f64); 3] = [("free", -0.6), ("basic", 0.0), ("premium", 0.9)];
const MARKERS: [&str; 3] = ["NA", "?", "-"];
const WORDS: [(&str, f64); 12] = [
    ("delivery", 0.0),
    ("arrived", 0.0),
    ("order", 0.0),
    ("the", 0.0),
    ("with", 0.0),
    ("support", 0.0),
    ("box", 0.0),
    ("again", 0.0),
    ("great", 0.8),
    ("happy", 0.6),
    ("broken", -0.8),
    ("late", -0.6),
];

/// One row, before anything goes missing, and what it adds up to.
struct Row {
    age: i64,
    income: f64,
    ratio: f64,
    visits: f64,
    region: usize,
    plan: usize,
    active: bool,
    signup: i64,
    note: String,
    score: f64,
}

impl Mixed {
    /// The table; see the type for its columns.
    pub fn generate(&self) -> Generated {
        let mut random = rng(derive(self.seed, 0));
        let rows: Vec<Row> = (0..self.rows).map(|_| draw_row(&mut random)).collect();
        // What goes missing has a stream of its own, so that it leaves the values alone.
        let mut gaps = rng(derive(self.seed, 1));
        let mut gap = |probability: f64| happens(&mut gaps, probability);
        let visits_missing: Vec<bool> = rows.iter().map(|_| gap(0.1)).collect();

        let mut columns = Columns::default();
        columns.texts("id", (0..self.rows).map(|i| format!("row-{i:07}")).collect());
        columns.integers("age", rows.iter().map(|r| r.age).collect());
        columns.gappy_numbers("income", rows.iter().map(|r| (!gap(0.08)).then_some(r.income)).collect());
        let ratio =
            |r: &Row, gap: &mut dyn FnMut(f64) -> bool| (!gap(if r.ratio > 1.5e-5 { 0.4 } else { 0.05 })).then_some(r.ratio);
        columns.gappy_numbers("ratio", rows.iter().map(|r| ratio(r, &mut gap)).collect());
        columns.gappy_numbers("visits", rows.iter().zip(&visits_missing).map(|(r, m)| (!m).then_some(r.visits)).collect());
        columns.gappy_texts("region", rows.iter().map(|r| (!gap(0.05)).then(|| REGIONS[r.region].0.to_owned())).collect());
        let plan = |(i, r): (usize, &Row)| if gap(0.06) { MARKERS[i % MARKERS.len()] } else { PLANS[r.plan].0 }.to_owned();
        columns.texts("plan", rows.iter().enumerate().map(plan).collect());
        columns.gappy_flags("active", rows.iter().map(|r| (!gap(0.03)).then_some(r.active)).collect());
        columns.gappy_texts("signup", rows.iter().map(|r| (!gap(0.02)).then(|| date(r.signup))).collect());
        columns.gappy_texts("note", rows.iter().map(|r| (!gap(0.1)).then(|| r.note.clone())).collect());
        let target = rows.iter().zip(&visits_missing).map(|(r, &missing)| {
            let score = r.score + if missing { 1.0 } else { 0.0 } + self.noise_sd * normal(&mut random);
            label(usize::from(score > 0.0), 2)
        });
        columns.texts(TARGET, target.collect());
        columns.finish(self.rows, TaskKind::Binary)
    }
}

fn draw_row(random: &mut Rng) -> Row {
    let (age, wealth, ratio) = (18 + below(random, 60) as i64, normal(random), normal(random));
    let (region, plan, active) = (below(random, REGIONS.len()), below(random, PLANS.len()), happens(random, 0.6));
    // 1 January 2018 is day 17,532 since 1970; six years follow.
    let signup = 17_532 + below(random, 6 * 365) as i64;
    let visits = below(random, 30) as f64;
    let words: Vec<usize> = (0..4 + below(random, 4)).map(|_| below(random, WORDS.len())).collect();
    let score = 0.02 * (age - 48) as f64
        + 0.7 * wealth
        + 0.5 * ratio
        + REGIONS[region].1
        + PLANS[plan].1
        + if active { 0.3 } else { -0.4 }
        // Later customers say yes more often.
        + (signup - 18_627) as f64 / 1_500.0
        + words.iter().map(|&w| WORDS[w].1).sum::<f64>();
    Row {
        age,
        income: (30_000.0 * (0.6 * wealth).exp()).round(),
        // Eight decimals: two digits of a number of this size.
        ratio: ((1.0 + 0.4 * ratio).abs() * 1e3).round() / 1e8,
        visits: rounded(visits),
        region,
        plan,
        active,
        signup,
        note: words.iter().map(|&w| WORDS[w].0).collect::<Vec<_>>().join(" "),
        score,
    }
}

/// A day, counted from 1 January 1970, as `YYYY-MM-DD`.
///
/// The proleptic Gregorian calendar by eras of 400 years that begin in March, after H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms"; for days that are not before the year 0.
fn date(day: i64) -> String {
    let shifted = day + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(17_532), "2018-01-01");
        assert_eq!(date(18_321), "2020-02-29");
        assert_eq!(date(18_322), "2020-03-01");
    }
}
