use automl_core::featurizer::Residuals;
use automl_core::frame::Frame;
use automl_core::seed::derive;
use automl_core::task::Target;
use polars::prelude::{Column as Series, DataFrame};
use proptest::prelude::*;

use super::*;

/// Numbers between 0 and 1 that look random.
fn noise(seed: u64, rows: usize) -> Vec<f64> {
    (0..rows).map(|i| (derive(seed, i as u64) >> 11) as f64 / (1_u64 << 53) as f64).collect()
}

/// Rows with four numbers and a category, all without any relation.
struct Table {
    numbers: [Vec<f64>; 4],
    zip: Vec<usize>,
}

impl Table {
    fn new(rows: usize) -> Table {
        let numbers = [1, 2, 3, 4].map(|seed| noise(seed, rows).into_iter().map(|v| 1.0 + 9.0 * v).collect());
        Table { numbers, zip: noise(5, rows).into_iter().map(|v| (v * 30.0) as usize).collect() }
    }

    fn frame(&self) -> Frame {
        let names = ["a", "b", "c", "d"];
        let numbers = names.iter().zip(&self.numbers).map(|(name, values)| Series::new((*name).into(), values));
        let zip: Vec<String> = self.zip.iter().map(|zip| format!("zip {zip}")).collect();
        let columns: Vec<Series> = numbers.chain([Series::new("zip".into(), zip)]).collect();
        Frame::new(DataFrame::new(self.zip.len(), columns).unwrap())
    }

    /// The features that are chosen where these numbers, and as much noise, are left unexplained.
    fn chosen(&self, left: &[f64]) -> Vec<String> {
        let (frame, group) = (self.frame(), group(["a", "b", "c", "d", "zip"]));
        let scale = (left.iter().map(|v| v * v).sum::<f64>() / left.len() as f64).sqrt();
        let disturbed = left.iter().zip(noise(6, left.len())).map(|(v, e)| v + 3.5 * scale * (e - 0.5)).collect();
        let residuals = Residuals { rows: (0..left.len() as u32).collect(), outputs: vec![disturbed] };
        let target = Target::Numbers(left.to_vec());
        let fitting = Fitting { group: &group, rows: frame.view(), target: Some(&target), residuals: Some(&residuals), seed: 1 };
        let (fitted, _) = Generated.fit_transform(&Params::default(), &fitting).unwrap();
        fitted.features().into_iter().map(|f| f.name).collect()
    }

    fn map(&self, of: impl Fn([f64; 4], usize) -> f64) -> Vec<f64> {
        (0..self.zip.len()).map(|i| of([0, 1, 2, 3].map(|j| self.numbers[j][i]), self.zip[i])).collect()
    }
}

fn group<const N: usize>(columns: [&str; N]) -> ColumnGroup {
    ColumnGroup::new(columns.map(str::to_owned).to_vec(), Kind::Numeric)
}

#[test]
fn planted_formulas_are_found() {
    let table = Table::new(4000);
    let means: Vec<f64> = (0..30)
        .map(|zip| {
            let of_zip: Vec<f64> = (0..4000).filter(|&i| table.zip[i] == zip).map(|i| table.numbers[0][i]).collect();
            of_zip.iter().sum::<f64>() / of_zip.len() as f64
        })
        .collect();
    let ratio = table.chosen(&table.map(|[a, b, _, _], _| f64::from(u8::from(a > 2.0 * b))));
    assert_eq!(ratio[0], "a / b");
    assert_eq!(table.chosen(&table.map(|[_, b, c, _], _| f64::from(u8::from((b - c).abs() < 1.0))))[0], "b - c");
    assert_eq!(table.chosen(&table.map(|[a, _, _, d], _| (a + d - 11.0).abs()))[0], "a + d");
    // Small groups: their means differ enough for a rank within to be another thing than a rank among all.
    let level = |zip: usize| (zip * 7 % 30) as f64;
    let mut shifted = Table::new(4000);
    shifted.numbers[0].iter_mut().zip(&shifted.zip).for_each(|(a, &zip)| *a += level(zip));
    let deviation = shifted.chosen(&shifted.map(|[a, ..], zip| (a - level(zip) - means[zip]).powi(2)));
    assert!(deviation[0] == "a - mean(a) by zip" || deviation[0] == "rank(a) by zip", "{deviation:?}");
}

#[test]
fn nothing_is_made_of_noise() {
    let table = Table::new(3000);
    for seed in 100..120 {
        assert_eq!(table.chosen(&noise(seed, 3000)), Vec::<String>::new(), "seed {seed}");
    }
    let heavy: Vec<f64> = noise(7, 3000).into_iter().map(|v| 1.0 / (v + 1e-6)).collect();
    assert_eq!(table.chosen(&heavy), Vec::<String>::new());
}

#[test]
fn what_single_numbers_say_is_not_said_again() {
    let table = Table::new(3000);
    assert_eq!(table.chosen(&table.map(|[a, b, ..], _| a + b)), Vec::<String>::new());
}

#[test]
fn a_million_levels_are_no_group() {
    let rows = 1_000_000;
    let names = Series::new("name".into(), (0..rows as u64).map(|i| format!("{:x}", derive(0, i))).collect::<Vec<_>>());
    let numbers = Series::new("a".into(), noise(1, rows));
    let frame = Frame::new(DataFrame::new(rows, vec![names, numbers]).unwrap());
    let (group, target) = (group(["name", "a"]), Target::Numbers(noise(2, rows)));
    let fitting = Fitting { group: &group, rows: frame.view(), target: Some(&target), residuals: None, seed: 1 };
    let (fitted, columns) = Generated.fit_transform(&Params::default(), &fitting).unwrap();
    assert!(fitted.groups.is_empty() && columns.is_empty());
}

/// Every formula over two numbers and a group.
fn all_formulas(frame: &Frame, target: &Target) -> Fitted {
    let group = group(["a", "b", "zip"]);
    let fitting = Fitting { group: &group, rows: frame.view(), target: Some(target), residuals: None, seed: 1 };
    let sample = Sample::read(&fitting, target).unwrap();
    Fitted::learn(&sample.formulas(), &sample, frame.view()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_have_values_that_are_finite_or_missing(
        rows in prop::collection::vec((0..8_usize, -3..9_i32, 0..4_u8), 0..120),
        others in prop::collection::vec((0..8_usize, -3..9_i32, 0..9_u8), 0..20),
    ) {
        let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, 0.0, -0.0, 5e-324];
        let frame = |rows: &[(usize, i32, u8)]| {
            let zip: Vec<Option<String>> = rows.iter().map(|(_, _, zip)| (*zip > 0).then(|| zip.to_string())).collect();
            let columns = vec![
                Series::new("a".into(), rows.iter().map(|(a, ..)| strange[*a]).collect::<Vec<f64>>()),
                Series::new("b".into(), rows.iter().map(|(_, b, _)| f64::from(*b)).collect::<Vec<f64>>()),
                Series::new("zip".into(), zip),
            ];
            Frame::new(DataFrame::new(rows.len(), columns).unwrap())
        };
        let target = Target::Numbers(rows.iter().map(|(_, b, _)| f64::from(*b)).collect());
        let fitted = all_formulas(&frame(&rows), &target);
        prop_assert!(fitted.validate().is_ok());
        let others = frame(&others);
        for (feature, column) in fitted.features().iter().zip(fitted.transform(others.view()).unwrap()) {
            let Column::Numeric(values) = column else { return Err(TestCaseError::fail("no numbers")) };
            prop_assert_eq!(values.len(), others.rows());
            prop_assert!(values.iter().all(|v| !v.is_infinite()), "{} {:?}", feature.name, values);
        }
    }
}

#[test]
fn values_are_as_worked_out_by_hand() {
    let zip = ["x", "x", "x", "x", "x", "y", "y", "y", "y", "y", "z", "z", "z", "z", "z"];
    let a: Vec<f64> = (0..15).map(f64::from).collect();
    let b: Vec<f64> = (0..15).map(|i| f64::from(i % 5)).collect();
    let columns = vec![Series::new("a".into(), a.clone()), Series::new("b".into(), b), Series::new("zip".into(), zip)];
    let frame = Frame::new(DataFrame::new(15, columns).unwrap());
    let fitted = all_formulas(&frame, &Target::Numbers(a));
    let names: Vec<String> = fitted.features().into_iter().map(|f| f.name).collect();
    let columns = fitted.transform(frame.view()).unwrap();
    let value = |name: &str, row: usize| match &columns[names.iter().position(|n| n == name).unwrap()] {
        Column::Numeric(values) => values[row],
        _ => unreachable!("numbers"),
    };
    assert_eq!(value("b / a", 6), 1.0 / 6.0);
    assert!(value("b / a", 0).is_nan(), "nothing is divided by 0");
    assert_eq!(value("b - a", 6), -5.0);
    assert_eq!(value("mean(a) by zip", 6), 7.0);
    assert_eq!(value("a - mean(a) by zip", 6), -1.0);
    assert_eq!(value("a / mean(a) by zip", 14), 14.0 / 12.0);
    assert_eq!(value("count by zip", 3), 5.0);
    assert!(value("rank(a) by zip", 3).is_nan(), "five numbers have no ranks");
}
