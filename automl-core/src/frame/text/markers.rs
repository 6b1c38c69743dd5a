//! Which cells stand for a missing value, and which columns are text whatever they hold?

use std::collections::HashSet;

use crate::frame::options::{NA_VALUES, ReadOptions};

/// How the cells of a text file are understood.
#[derive(Debug)]
pub(in crate::frame) struct Rules {
    text_columns: HashSet<String>,
    of_values: Markers,
    of_texts: Markers,
}

impl Rules {
    /// Of a file whose cells have no types: some texts stand for a missing value.
    pub(in crate::frame) fn with_markers(options: &ReadOptions) -> Rules {
        let (of_values, of_texts) = (Markers::of_values(options), Markers::of_texts(options));
        Rules { text_columns: options.text_columns.iter().cloned().collect(), of_values, of_texts }
    }

    /// Of a file that knows missing values: of its texts only the blank ones are none.
    pub(in crate::frame) fn without_markers(options: &ReadOptions) -> Rules {
        let text_columns = options.text_columns.iter().cloned().collect();
        Rules { text_columns, of_values: Markers::new([]), of_texts: Markers::new([]) }
    }

    /// What stands for a missing value in columns that are not kept as text.
    pub(in crate::frame) fn of_values(&self) -> &Markers {
        &self.of_values
    }

    /// Whether a column is kept as the text that stands in the file.
    pub(in crate::frame) fn is_text(&self, column: &str) -> bool {
        self.text_columns.contains(column)
    }

    /// What stands for a missing value in a column.
    pub(in crate::frame) fn markers_of(&self, column: &str) -> &Markers {
        if self.is_text(column) { &self.of_texts } else { &self.of_values }
    }
}

/// The texts that stand for a missing value.
#[derive(Debug)]
pub(in crate::frame) struct Markers {
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
    fn of_texts(options: &ReadOptions) -> Markers {
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
    pub(in crate::frame) fn is_missing(&self, cell: &str) -> bool {
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
