//! What every featurizer promises.
//!
//! Each check takes a featurizer and panics with its id if it breaks a promise. The tables come from
//! [`tables`]: for every kind of column an ordinary one and those that hurt.

mod own_target;
mod tables;

pub use own_target::{does_not_tell_a_row_its_own_target, finds_nothing_in_noise};
use rand::RngExt;
use tables::{COLUMN, ROWS};
pub use tables::{Table, tables};

use crate::error::Kind as ErrorKind;
use crate::featurizer::{ColumnGroup, DynFeaturizer, DynFitted, Fitting};
use crate::frame::{Frame, FrameView};
use crate::matrix::{Column, Form};
use crate::schema::{Kind, Schema};
use crate::seed::rng;
use crate::space::Params;
use crate::task::Target;

/// "Near zero in size", as [`Form::Complete`] has it.
const COMPLETE_MAX: f32 = 10.0;

/// A fit and what it was made of.
struct Fit {
    group: ColumnGroup,
    fitted: Box<dyn DynFitted>,
    columns: Vec<Column>,
}

/// The groups it plans are of features of the schema and of one kind, and it gives a reference page.
pub fn plans_features_of_the_schema(featurizer: &dyn DynFeaturizer) {
    let id = featurizer.id();
    assert!(featurizer.page().lines().count() > 3, "{id} has no reference page");
    let mut provided = 0;
    for table in Kind::ALL.into_iter().flat_map(tables) {
        let schema = table.schema();
        for group in featurizer.plan(&schema) {
            provided += 1;
            assert!(!group.columns.is_empty(), "{id} plans an empty group");
            for column in &group.columns {
                let is_feature = schema.get(column).is_some_and(|field| field.role.is_feature());
                assert!(is_feature, "{id} plans `{column}`, which is no feature");
            }
        }
    }
    assert!(provided > 0, "{id} provides for no kind of column");
    assert!(featurizer.plan(&Schema::default()).is_empty(), "{id} plans columns that there are not");
}

/// Fitted on any table, it writes what it declares; and its features say which columns they are made of.
pub fn writes_what_it_declares(featurizer: &dyn DynFeaturizer) {
    for table in tables_for(featurizer) {
        let fit = fit(featurizer, &table.frame, &table);
        assert_declared(featurizer, &fit, &fit.columns, table.frame.rows(), table.name);
    }
}

/// Fitted on any table, it transforms every other: unseen levels, nothing but missing cells, one row, none.
pub fn transforms_what_it_was_not_fitted_on(featurizer: &dyn DynFeaturizer) {
    let tables = tables_for(featurizer);
    for a in &tables {
        let fit = fit(featurizer, &a.frame, a);
        // A numeric code column never turns into text: a schema fixes the type.
        for b in tables.iter().filter(|b| b.field == a.field) {
            let place = format!("fitted on {}, given {}", a.name, b.name);
            let columns = fit.fitted.transform(b.frame.view()).unwrap_or_else(|e| panic!("{}: {place}: {e}", featurizer.id()));
            assert_declared(featurizer, &fit, &columns, b.frame.rows(), &place);
        }
    }
}

/// Rows keep their order, and each is transformed as if it were alone.
pub fn transforms_rows_one_by_one(featurizer: &dyn DynFeaturizer) {
    for table in tables_for(featurizer) {
        let fit = fit(featurizer, &table.frame, &table);
        let all = transform(&*fit.fitted, table.frame.view());
        let rows = table.frame.rows() as u32;
        let backwards: Vec<u32> = (0..rows).rev().collect();
        let turned = transform(&*fit.fitted, table.frame.select(&backwards));
        for i in (0..rows).step_by((rows as usize / 40).max(1)) {
            let alone = transform(&*fit.fitted, table.frame.select(&[i]));
            let here = row(&all, i as usize);
            assert_eq!(row(&alone, 0), here, "{}: row {i} of {} alone", featurizer.id(), table.name);
            assert_eq!(row(&turned, (rows - 1 - i) as usize), here, "{}: row {i} of {} turned", featurizer.id(), table.name);
        }
    }
}

/// The same fit twice gives the same bits; and so do fitting and transforming, if the target plays no part.
pub fn fits_the_same_twice(featurizer: &dyn DynFeaturizer) {
    for table in tables_for(featurizer) {
        let (a, b) = (fit(featurizer, &table.frame, &table), fit(featurizer, &table.frame, &table));
        assert_eq!(bits(&a.columns), bits(&b.columns), "{}: {} fitted twice", featurizer.id(), table.name);
        assert_eq!(bytes(&*a.fitted), bytes(&*b.fitted), "{}: {} fitted twice", featurizer.id(), table.name);
        if !featurizer.uses_target() {
            let again = transform(&*a.fitted, table.frame.view());
            assert_eq!(bits(&a.columns), bits(&again), "{}: {} fitted and transformed", featurizer.id(), table.name);
        }
    }
}

/// It sees the target only if it says so.
pub fn leaves_the_target_alone(featurizer: &dyn DynFeaturizer) {
    if featurizer.uses_target() {
        return;
    }
    for table in tables_for(featurizer) {
        let with = fit(featurizer, &table.frame, &table);
        let group = group(featurizer, &table);
        let fitting = Fitting { group: &group, rows: table.frame.view(), target: None, residuals: None, seed: 1 };
        let (fitted, columns) = featurizer
            .fit_transform(&Params::new(), &fitting)
            .unwrap_or_else(|e| panic!("{}: {} without a target: {e}", featurizer.id(), table.name));
        assert_eq!(bits(&with.columns), bits(&columns), "{}: {}", featurizer.id(), table.name);
        assert_eq!(bytes(&*with.fitted), bytes(&*fitted), "{}: {}", featurizer.id(), table.name);
    }
}

/// Written and read again, it is sound and transforms to the same bits.
pub fn is_the_same_from_a_file(featurizer: &dyn DynFeaturizer) {
    for table in tables_for(featurizer) {
        let (id, name) = (featurizer.id(), table.name);
        let fit = fit(featurizer, &table.frame, &table);
        let loaded = featurizer.load(&bytes(&*fit.fitted)).unwrap_or_else(|e| panic!("{id}: {name}: {e}"));
        loaded.validate().unwrap_or_else(|e| panic!("{id}: {name}: {e}"));
        assert_eq!(loaded.features(), fit.fitted.features(), "{id}: {name}");
        let before = transform(&*fit.fitted, table.frame.view());
        assert_eq!(bits(&transform(&*loaded, table.frame.view())), bits(&before), "{id}: {name}");
    }
}

/// Bytes that are damaged are refused by `load` or `validate`, or make something that works without a panic.
pub fn survives_damaged_bytes(featurizer: &dyn DynFeaturizer) {
    // Flips per table: enough to reach every field of a small featurizer, and over in a second.
    const FLIPS: usize = 100;
    for table in tables_for(featurizer).into_iter().filter(|t| t.frame.rows() <= ROWS) {
        let sound = bytes(&*fit(featurizer, &table.frame, &table).fitted);
        assert!(featurizer.load(&sound[..sound.len() / 2]).is_err(), "{} reads half of itself", featurizer.id());
        let mut rng = rng(5);
        for _ in 0..FLIPS {
            let mut damaged = sound.clone();
            let place = rng.random_range(0..damaged.len());
            damaged[place] ^= rng.random_range(1..=255_u8);
            let Ok(loaded) = featurizer.load(&damaged) else { continue };
            if loaded.validate().is_ok() {
                // An error is fine: the damage may have hit the name of the column.
                let _ = loaded.transform(table.frame.view());
                let _ = loaded.features();
            }
        }
    }
}

/// Default parameters are read as they are written; unknown ones are refused by name.
pub fn reads_its_parameters(featurizer: &dyn DynFeaturizer) {
    let id = featurizer.id();
    let table = tables_for(featurizer).remove(0);
    let group = group(featurizer, &table);
    let target = target(table.frame.rows());
    let fitting = Fitting { group: &group, rows: table.frame.view(), target: Some(&target), residuals: None, seed: 1 };
    let mut params = featurizer.default_params();
    let (_, with) = featurizer.fit_transform(&params, &fitting).unwrap_or_else(|e| panic!("{id}: default parameters: {e}"));
    assert_eq!(bits(&with), bits(&fit(featurizer, &table.frame, &table).columns), "{id}: default parameters are not the default");
    params.insert("no_such_parameter".into(), 1.into());
    match featurizer.fit_transform(&params, &fitting) {
        Ok(_) => panic!("{id} accepts an unknown parameter"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Usage, "{id}: {error}");
            assert!(error.to_string().contains("no_such_parameter"), "{id}: {error}");
        }
    }
}

/// A table without its column is an error that names it, at fitting, and later if a feature is made of it.
pub fn names_a_missing_column(featurizer: &dyn DynFeaturizer) {
    let id = featurizer.id();
    for table in tables_for(featurizer) {
        let fit = fit(featurizer, &table.frame, &table);
        let bare = Frame::new(table.frame.data().drop(COLUMN).unwrap_or_else(|e| panic!("{e}")));
        // Columns that nothing was made of are not needed any more.
        let target = target(bare.rows());
        let fitting = Fitting { group: &fit.group, rows: bare.view(), target: Some(&target), residuals: None, seed: 1 };
        let mut errors = vec![featurizer.fit_transform(&Params::new(), &fitting).err()];
        if fit.fitted.features().iter().any(|feature| feature.sources.iter().any(|source| source == COLUMN)) {
            errors.push(fit.fitted.transform(bare.view()).err());
        }
        for error in errors {
            let error = error.unwrap_or_else(|| panic!("{id} does without its column"));
            assert_eq!(error.kind(), ErrorKind::Data, "{id}: {error}");
            assert!(error.to_string().contains(COLUMN), "{id}: {error}");
        }
    }
}

/// The tables whose column of interest a featurizer provides for.
fn tables_for(featurizer: &dyn DynFeaturizer) -> Vec<Table> {
    Kind::ALL.into_iter().flat_map(tables).filter(|table| !groups(featurizer, table).is_empty()).collect()
}

/// The groups that it plans with the column of interest.
fn groups(featurizer: &dyn DynFeaturizer, table: &Table) -> Vec<ColumnGroup> {
    let mut groups = featurizer.plan(&table.schema());
    groups.retain(|group| group.columns.iter().any(|column| column == COLUMN));
    groups
}

fn group(featurizer: &dyn DynFeaturizer, table: &Table) -> ColumnGroup {
    groups(featurizer, table).remove(0)
}

fn target(rows: usize) -> Target {
    Target::Classes { labels: (0..rows as u32).map(|i| i % 2).collect(), n_classes: 2 }
}

fn fit(featurizer: &dyn DynFeaturizer, frame: &Frame, table: &Table) -> Fit {
    fit_to(featurizer, frame, table, &target(frame.rows()))
}

fn fit_to(featurizer: &dyn DynFeaturizer, frame: &Frame, table: &Table, target: &Target) -> Fit {
    let group = group(featurizer, table);
    let fitting = Fitting { group: &group, rows: frame.view(), target: Some(target), residuals: None, seed: 1 };
    let (fitted, columns) = featurizer
        .fit_transform(&Params::new(), &fitting)
        .unwrap_or_else(|e| panic!("{}: fitted on {}: {e}", featurizer.id(), table.name));
    Fit { group, fitted, columns }
}

fn transform(fitted: &dyn DynFitted, rows: FrameView<'_>) -> Vec<Column> {
    fitted.transform(rows).unwrap_or_else(|e| panic!("{e}"))
}

fn bytes(fitted: &dyn DynFitted) -> Vec<u8> {
    fitted.to_bytes().unwrap_or_else(|e| panic!("{e}"))
}

fn assert_declared(featurizer: &dyn DynFeaturizer, fit: &Fit, columns: &[Column], rows: usize, place: &str) {
    let place = format!("{}: {place}", featurizer.id());
    let features = fit.fitted.features();
    assert_eq!(features.len(), columns.len(), "{place}: features and columns");
    for (feature, column) in features.iter().zip(columns) {
        assert_eq!(column.rows(), rows, "{place}: rows of `{}`", feature.name);
        assert_eq!(column.width(), feature.width, "{place}: width of `{}`", feature.name);
        assert!(!feature.sources.is_empty(), "{place}: `{}` comes from nowhere", feature.name);
        for source in &feature.sources {
            assert!(fit.group.columns.contains(source), "{place}: `{}` comes from `{source}`", feature.name);
        }
        assert_form(featurizer.form(), column, &format!("{place}: `{}`", feature.name));
    }
    let mut names: Vec<&String> = features.iter().map(|feature| &feature.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), features.len(), "{place}: a name occurs twice");
}

fn assert_form(form: Form, column: &Column, place: &str) {
    match (form, column) {
        (Form::Numeric, Column::Numeric(values)) => {
            assert!(values.iter().all(|v| !v.is_infinite()), "{place} has an infinite value");
        }
        (Form::Complete, Column::Numeric(values)) => {
            assert!(values.iter().all(|v| v.abs() <= COMPLETE_MAX), "{place} has a value that is missing or large");
        }
        (Form::Codes, Column::Codes { codes, levels }) => {
            assert!(codes.iter().all(|code| code <= levels), "{place} has a code above {levels}");
        }
        (Form::Sparse, Column::Sparse(block)) => {
            for i in 0..block.rows() {
                let (indices, values) = block.row(i);
                assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "{place} row {i} is not ascending");
                assert!(indices.iter().all(|&j| (j as usize) < block.width()), "{place} row {i} is out of range");
                assert!(values.iter().all(|v| v.is_finite() && *v != 0.0), "{place} row {i} has a value that is not one");
            }
        }
        _ => panic!("{place} is not {}", form.name()),
    }
}

/// One row of all columns: features and the bits of their values.
fn row(columns: &[Column], i: usize) -> Vec<(u32, u32)> {
    let mut cells = Vec::new();
    for column in columns {
        match column {
            Column::Numeric(values) => cells.push((0, value_bits(values[i]))),
            Column::Codes { codes, .. } => cells.push((0, codes[i])),
            Column::Sparse(block) => {
                let (indices, values) = block.row(i);
                cells.extend(indices.iter().zip(values).map(|(&index, &value)| (index, value_bits(value))));
            }
        }
    }
    cells
}

fn bits(columns: &[Column]) -> Vec<Vec<(u32, u32)>> {
    (0..columns.first().map_or(0, Column::rows)).map(|i| row(columns, i)).collect()
}

/// The bits of a value; all NaN are one.
fn value_bits(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() }
}
