//! Which cells stand for a missing value?

use crate::frame::read::{NA_VALUES, ReadOptions};

/// The texts that stand for a missing value.
#[derive(Debug)]
pub(super) struct Markers {
    texts: Vec<Vec<u8>>,
    /// Which bytes a marker can begin with: most cells are passed by one look-up.
    begins: [bool; 256],
}

impl Markers {
    /// The markers of most columns.
    pub(super) fn of_values(options: &ReadOptions) -> Markers {
        match &options.na_values {
            Some(values) => Markers::new(values.iter().map(String::as_str)),
            None => Markers::new(NA_VALUES),
        }
    }

    /// The markers of columns that are kept as text, where `-` may be a label.
    pub(super) fn of_texts(options: &ReadOptions) -> Markers {
        match &options.na_values {
            Some(_) => Markers::of_values(options),
            None => Markers::new(NA_VALUES.into_iter().filter(|&text| text != "-")),
        }
    }

    fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Markers {
        let texts = texts.into_iter().map(|text| trim(text).as_bytes().to_vec());
        let texts: Vec<Vec<u8>> = texts.filter(|text| !text.is_empty()).collect();
        let mut begins = [false; 256];
        for text in &texts {
            begins[usize::from(text[0])] = true;
        }
        Markers { texts, begins }
    }

    /// Whether a cell, the spaces around it aside, is empty or one of the markers.
    pub(super) fn is_missing(&self, cell: &str) -> bool {
        let cell = trim(cell).as_bytes();
        match cell.first() {
            None => true,
            Some(&first) => self.begins[usize::from(first)] && self.texts.iter().any(|text| text == cell),
        }
    }
}

/// A cell without the spaces and tabs around it.
pub(super) fn trim(cell: &str) -> &str {
    cell.trim_matches([' ', '\t'])
}
