//! Tables with one column of interest: for every kind an ordinary one and those that hurt.

use polars::prelude::{Column as Series, DataFrame, IntoColumn, IntoSeries, TimeUnit};
use rand::RngExt;

use crate::frame::Frame;
use crate::schema::{Field, Kind, Role, Schema};
use crate::seed::{Rng, derive, rng};

/// The column that the featurizer is fitted on.
pub(super) const COLUMN: &str = "größe (cm)";
/// Rows of the ordinary tables.
pub(super) const ROWS: usize = 300;

/// Rows of the tables of noise: the standard error of a correlation is then a fortieth.
pub(super) const NOISE_ROWS: usize = 1600;

/// The kinds that columns of several are combined with.
const COMPANIONS: [Kind; 3] = [Kind::Numeric, Kind::Categorical, Kind::Datetime];

fn companion(kind: Kind) -> String {
    format!("other {}", kind.name())
}

/// A table with one column of interest, and what the schema says about it.
#[derive(Debug, Clone)]
pub struct Table {
    /// What is special about it.
    pub name: &'static str,
    /// The column as a field of the schema.
    pub field: Field,
    /// The rows.
    pub frame: Frame,
}

impl Table {
    /// The schema: a column that featurizers must leave alone, the one of interest, and a companion of every kind that
    /// others are combined with.
    pub fn schema(&self) -> Schema {
        let ignored = Field { name: "ignored".into(), role: Role::Ignore, ..self.field.clone() };
        let companions = COMPANIONS.map(|kind| Field::feature(companion(kind), kind));
        Schema { fields: [ignored, self.field.clone()].into_iter().chain(companions).collect() }
    }
}

/// The tables for one kind of column: the first is an ordinary one.
pub fn tables(kind: Kind) -> Vec<Table> {
    let mut rng = rng(kind as u64);
    let field = Field::feature(COLUMN, kind);
    let text = |name, values: Vec<Option<String>>| table(name, field.clone(), Series::new(COLUMN.into(), values));
    match kind {
        Kind::Numeric => {
            let code = Field { is_code: true, ..field.clone() };
            let mut tables: Vec<Table> = numbers(&mut rng)
                .into_iter()
                .map(|(name, values)| table(name, field.clone(), Series::new(COLUMN.into(), values)))
                .collect();
            let codes: Vec<f64> = (0..ROWS).map(|i| if i % 17 == 0 { f64::NAN } else { (i * i % 23) as f64 }).collect();
            tables.push(table("numeric codes", code.clone(), Series::new(COLUMN.into(), codes)));
            tables.push(table("strange codes", code, Series::new(COLUMN.into(), [0.0, -0.0, f64::INFINITY, 0.5, 1e300, 0.0])));
            tables
        }
        Kind::Categorical => {
            let order = ["rot", "grün", "blau"].map(str::to_owned).to_vec();
            let ordered = Field { order, ..field.clone() };
            let of_order = |(name, values)| table(name, ordered.clone(), Series::new(COLUMN.into(), values));
            let mut tables: Vec<Table> =
                with_edge_cases(levels(&mut rng)).into_iter().map(|(name, values)| text(name, values)).collect();
            tables.extend(levels(&mut rng).into_iter().take(1).map(|(_, values)| ("ordered levels", values)).map(of_order));
            tables
        }
        Kind::Datetime => {
            times(&mut rng).into_iter().map(|(name, values)| table(name, field.clone(), datetimes(COLUMN, values))).collect()
        }
        Kind::Bool => with_edge_cases(booleans(&mut rng)).into_iter().map(|(name, values)| text(name, values)).collect(),
        Kind::Text => with_edge_cases(texts(&mut rng)).into_iter().map(|(name, values)| text(name, values)).collect(),
    }
}

/// A table in which every value stands in two rows; numbers are codes.
pub(super) fn pairs_of_rows(kind: Kind) -> Table {
    let field = Field { is_code: kind == Kind::Numeric, ..Field::feature(COLUMN, kind) };
    let values = || (0..NOISE_ROWS as u64).map(|i| derive(2, i % (NOISE_ROWS as u64 / 2)) % 1_000_000);
    let column = match kind {
        Kind::Numeric => Series::new(COLUMN.into(), values().map(|v| v as f64).collect::<Vec<f64>>()),
        Kind::Datetime => datetimes(COLUMN, values().map(|v| Some(v as i64 * 1_000_000_000)).collect()),
        Kind::Bool => Series::new(COLUMN.into(), values().map(|v| if v % 2 == 0 { "yes" } else { "no" }).collect::<Vec<_>>()),
        Kind::Categorical | Kind::Text => Series::new(COLUMN.into(), values().map(|v| format!("level {v}")).collect::<Vec<_>>()),
    };
    table("pairs of rows", field, column)
}

fn datetimes(name: &str, values: Vec<Option<i64>>) -> Series {
    let series = Series::new(name.into(), values);
    let times = series.as_materialized_series().i64().unwrap_or_else(|e| panic!("{name}: {e}")).clone();
    times.into_datetime(TimeUnit::Microseconds, None).into_series().into_column()
}

type Named<T> = Vec<(&'static str, Vec<T>)>;

fn numbers(rng: &mut Rng) -> Named<f64> {
    let mut uniform = |low: f64, high: f64| (0..ROWS).map(|_| rng.random_range(low..high)).collect::<Vec<f64>>();
    let (ordinary, exponents) = (uniform(-5.0, 5.0), uniform(0.0, 12.0));
    let mut holes = ordinary.clone();
    holes.iter_mut().step_by(7).for_each(|v| *v = f64::NAN);
    let strange = [f64::NAN, 0.0, -0.0, 1e300, -1e300, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, 1e-40];
    vec![
        ("ordinary numbers", ordinary),
        ("numbers with holes", holes),
        ("skewed numbers", exponents.iter().map(|v| v.exp()).collect()),
        ("seconds since 1970", exponents.iter().map(|v| (1.7e9 + v * 1e5).round()).collect()),
        ("strange numbers", strange.to_vec()),
        ("infinities", vec![f64::INFINITY; 20]),
        ("one number", vec![3.5]),
        ("one level", vec![-2.0; 50]),
        ("no number", vec![f64::NAN; 50]),
        ("no rows", Vec::new()),
    ]
}

fn times(rng: &mut Rng) -> Named<Option<i64>> {
    const DAY: i64 = 86_400_000_000;
    let days: Vec<Option<i64>> = (0..ROWS).map(|_| Some(rng.random_range(-9000_i64..20_000) * DAY)).collect();
    let moments: Vec<Option<i64>> =
        (0..ROWS).map(|i| (i % 9 > 0).then(|| rng.random_range(-4_000_000_000_000_000_i64..2_000_000_000_000_000))).collect();
    vec![
        ("moments", moments),
        ("days", days),
        ("strange moments", vec![Some(i64::MIN), Some(i64::MAX), Some(0), None, Some(-1), Some(-62_135_596_800_000_000)]),
        ("one moment", vec![Some(1)]),
        ("one day", vec![Some(3 * DAY); 50]),
        ("no moment", vec![None; 50]),
        ("no rows", Vec::new()),
    ]
}

fn levels(rng: &mut Rng) -> Named<Option<String>> {
    let few = ["rot", "grün", "blau", "東京", "", " rot", "Rot", "it's"];
    let ordinary = (0..ROWS).map(|_| Some(few[rng.random_range(0..few.len())].to_owned())).collect();
    let holes = (0..ROWS).map(|i| (i % 5 > 0).then(|| format!("level {}", i % 13))).collect();
    // Ten thousand levels, most of them in two rows, some in one.
    let many = (0..18_000_u64).map(|i| Some(format!("{:x}", derive(0, i % 10_000)))).collect();
    vec![("ordinary levels", ordinary), ("levels with holes", holes), ("many levels", many)]
}

fn booleans(rng: &mut Rng) -> Named<Option<String>> {
    let mut of = |words: &[&str]| {
        (0..ROWS).map(|i| (i % 11 > 0).then(|| words[rng.random_range(0..words.len())].to_owned())).collect::<Vec<_>>()
    };
    vec![
        ("true and false", of(&["true", "false"])),
        ("yes and no", of(&["Yes", "NO"])),
        ("f and m", of(&["m", "f"])),
        ("three values", of(&["a", "b", "c"])),
    ]
}

fn texts(rng: &mut Rng) -> Named<Option<String>> {
    let words =
        ["the", "Good", "bad!", "größe", "don't", "42", "東京タワー", "🙂", "ẞ", "İstanbul", "a\u{301}", "\u{0}", "  ", "\n"];
    let mut of = |length: usize| (0..length).map(|_| words[rng.random_range(0..words.len())]).collect::<Vec<_>>().join(" ");
    let ordinary = (0..ROWS).map(|i| (i % 10 > 0).then(|| of(i % 30))).collect();
    let long = vec![Some("word".repeat(20_000)), Some(of(20_000)), Some(String::new()), Some("…—!?".into())];
    vec![("ordinary texts", ordinary), ("long texts", long)]
}

fn with_edge_cases(mut named: Named<Option<String>>) -> Named<Option<String>> {
    named.push(("one level", vec![Some("x".into()); 50]));
    named.push(("one row", vec![Some("never seen".into())]));
    named.push(("nothing", vec![None; 50]));
    named.push(("no rows", Vec::new()));
    named
}

fn table(name: &'static str, field: Field, column: Series) -> Table {
    const HOUR: i64 = 3_600_000_000;
    let rows = column.len() as i64;
    let times = datetimes(&companion(Kind::Datetime), (0..rows).map(|i| Some(i * i % 997 * HOUR)).collect());
    let companions = [
        Series::new(companion(Kind::Numeric).into(), (0..rows).map(|i| (i % 13) as f64 - 3.0).collect::<Vec<f64>>()),
        Series::new(companion(Kind::Categorical).into(), (0..rows).map(|i| ["a", "b", "c"][i as usize % 3]).collect::<Vec<_>>()),
        times,
    ];
    let columns = companions.into_iter().chain([column]).collect();
    let data = DataFrame::new(rows as usize, columns).unwrap_or_else(|e| panic!("{name}: {e}"));
    Table { name, field, frame: Frame::new(data) }
}
