//! Where does a peer find what it is to fit?

use std::path::{Path, PathBuf};

use anyhow::Result;
use automl::matrix::{Column, Csr, View};
use automl::task::Target;
use serde_json::{Value, json};

use super::npy;

/// Where the arrays of a matrix and its target lie.
#[derive(Debug, Clone)]
pub struct Files {
    /// Numbers and codes, row after row.
    pub x: PathBuf,
    /// The target.
    pub y: PathBuf,
    /// Which columns of `x` are codes of categories.
    pub categorical: Vec<usize>,
    /// All sparse blocks beside each other, if there are any.
    pub words: Option<Words>,
}

/// Where sparse rows lie in compressed form.
#[derive(Debug, Clone)]
pub struct Words {
    starts: PathBuf,
    indices: PathBuf,
    values: PathBuf,
    width: usize,
}

impl Files {
    /// Writes rows of a matrix and their target into a folder, under a name.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn write(folder: &Path, name: &str, view: View<'_>, target: &Target) -> Result<Files> {
        let (x, y) = (folder.join(format!("{name}.x.npy")), folder.join(format!("{name}.y.npy")));
        let dense: Vec<&Column> = view.columns().iter().map(|c| &**c).filter(|c| sparse(c).is_none()).collect();
        let width = dense.len();
        let mut values = vec![0.0; view.rows() * width];
        let mut categorical = Vec::new();
        for (j, column) in dense.into_iter().enumerate() {
            let places = values.iter_mut().skip(j).step_by(width).enumerate();
            match column {
                Column::Numeric(numbers) => places.for_each(|(i, place)| *place = numbers[view.row(i)]),
                Column::Codes { codes, .. } => {
                    categorical.push(j);
                    places.for_each(|(i, place)| *place = codes[view.row(i)] as f32);
                }
                Column::Sparse(_) => {}
            }
        }
        npy::write_table(&x, view.rows(), width, &values)?;
        let truth: Vec<f32> = match target {
            Target::Classes { labels, .. } => labels.iter().map(|&label| label as f32).collect(),
            Target::Numbers(numbers) => numbers.iter().map(|&number| number as f32).collect(),
        };
        npy::write_list(&y, &truth)?;
        Ok(Files { x, y, categorical, words: Words::write(folder, name, view)? })
    }

    /// As a peer is told.
    pub fn json(&self) -> Value {
        let mut told = json!({ "x": self.x, "y": self.y, "categorical": self.categorical });
        if let Some(Words { starts, indices, values, width }) = &self.words {
            told["words"] = json!({ "starts": starts, "indices": indices, "values": values, "width": width });
        }
        told
    }
}

impl Words {
    fn write(folder: &Path, name: &str, view: View<'_>) -> Result<Option<Words>> {
        let blocks: Vec<&Csr> = view.columns().iter().filter_map(|column| sparse(column)).collect();
        if blocks.is_empty() {
            return Ok(None);
        }
        let (mut starts, mut indices, mut values) = (vec![0_i32], Vec::new(), Vec::new());
        for i in 0..view.rows() {
            let mut first = 0;
            for block in &blocks {
                let (features, weights) = block.row(view.row(i));
                indices.extend(features.iter().map(|f| *f as i32 + first));
                values.extend_from_slice(weights);
                first += block.width() as i32;
            }
            starts.push(i32::try_from(indices.len())?);
        }
        let place = |what: &str| folder.join(format!("{name}.{what}.npy"));
        let width = blocks.iter().map(|block| block.width()).sum();
        let words = Words { starts: place("starts"), indices: place("indices"), values: place("values"), width };
        npy::write_integers(&words.starts, &starts)?;
        npy::write_integers(&words.indices, &indices)?;
        npy::write_list(&words.values, &values)?;
        Ok(Some(words))
    }
}

fn sparse(column: &Column) -> Option<&Csr> {
    if let Column::Sparse(csr) = column { Some(csr) } else { None }
}
