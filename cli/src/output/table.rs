//! Tables without frames: a header, a rule, rows.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

/// How a column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words, wrapped where the line is full.
    Text,
    /// Names that people copy: never wrapped.
    Name,
    /// Numbers: never wrapped.
    Number,
}

/// Width of the line where stdout is no terminal.
const WIDTH_DEFAULT: u16 = 100;

/// Characters of a line: as many as the terminal has, or the default.
pub fn line_width() -> usize {
    usize::from(Table::new().width().unwrap_or(WIDTH_DEFAULT))
}

/// Formats a table that fits the terminal.
pub fn table(columns: &[(&str, Align)], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-'));
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH_DEFAULT);
    }
    table.set_header(columns.iter().map(|(name, align)| Cell::new(name).set_alignment(alignment(*align))));
    table.add_rows(rows);
    for (column, (_, align)) in table.column_iter_mut().zip(columns) {
        // The line between columns is a blank of its own.
        column.set_padding((0, 1));
        column.set_cell_alignment(alignment(*align));
        if *align != Align::Text {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(last) = table.column_iter_mut().last() {
        last.set_padding((0, 0));
    }
    let mut text: String = table.lines().flat_map(|line| [line.trim_end().to_owned(), "\n".to_owned()]).collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Labels and what they say, one under the other; later lines of a text are indented.
pub fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    const LABEL_WIDTH: u16 = 12;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if table.width().is_none() {
        table.set_width(WIDTH_DEFAULT);
    }
    for (label, text) in facts {
        table.add_row([label.to_owned(), text]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    if let Some(label) = table.column_mut(0) {
        label.set_constraint(ColumnConstraint::Absolute(Width::Fixed(LABEL_WIDTH)));
    }
    table.lines().flat_map(|line| [line.trim_end().to_owned(), "\n".to_owned()]).collect()
}

fn alignment(align: Align) -> CellAlignment {
    if align == Align::Number { CellAlignment::Right } else { CellAlignment::Left }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_right_aligned_under_a_rule() {
        let rows = vec![vec!["knn".to_owned(), "1.5".to_owned()], vec!["featureless".to_owned(), "12".to_owned()]];
        let text = table(&[("learner", Align::Name), ("fit s", Align::Number)], rows);
        assert_eq!(text, "learner      fit s\n------------------\nknn            1.5\nfeatureless     12\n");
    }

    #[test]
    fn long_facts_are_wrapped_and_indented() {
        let text = facts([("Data", "short".to_owned()), ("Alert", "word ".repeat(30))]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Data        short");
        assert!(lines.len() == 3 && lines[2].starts_with("            word"), "{text}");
    }
}
