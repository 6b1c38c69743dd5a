//! Plots as SVG. Each says in words what it shows, and tells by length or depth, never by hue alone.

use std::fmt::Write;

use super::escaped;

/// Columns as high as the counts; `mark` is where on the way from left to right a line stands.
pub fn histogram(counts: &[usize], says: &str, mark: Option<f64>) -> String {
    const WIDTH: f64 = 300.0;
    const HEIGHT: f64 = 88.0;
    let largest = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / counts.len().max(1) as f64;
    let mut svg = open(WIDTH, HEIGHT, says);
    for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        // What is there can be seen.
        let height = (HEIGHT * count as f64 / largest).max(1.5);
        let (x, y, width) = (i as f64 * step + 0.5, HEIGHT - height, (step - 1.0).max(0.5));
        let _ = write!(svg, "<rect class=\"plot-bar\" x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\"/>");
    }
    let _ = write!(svg, "<line class=\"plot-line\" x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\"/>");
    if let Some(mark) = mark.filter(|mark| (0.0..=1.0).contains(mark)) {
        let x = mark * WIDTH;
        let _ = write!(svg, "<line class=\"plot-median\" x1=\"{x:.2}\" y1=\"0\" x2=\"{x:.2}\" y2=\"{HEIGHT}\"/>");
    }
    svg + "</svg>"
}

/// One row of a table of bars.
pub struct Bar {
    /// What the bar is of.
    pub name: String,
    /// Its length, 0 to 1.
    pub length: f64,
    /// The number it stands for.
    pub number: String,
}

/// Bars under each other, with their names and numbers: a table to those who do not see it.
pub fn bars(bars: &[Bar]) -> String {
    let mut table = "<table class=\"bars\"><tbody>\n".to_owned();
    for bar in bars {
        let (name, number) = (escaped(&bar.name), escaped(&bar.number));
        let svg = format!(
            "<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"plot-bar\" x=\"0\" y=\"0\" width=\"{:.2}\" height=\"10\"/></svg>",
            100.0 * bar.length.clamp(0.0, 1.0)
        );
        let _ = writeln!(
            table,
            "<tr><th scope=\"row\" title=\"{name}\">{name}</th><td class=\"bar\">{svg}</td><td class=\"number\">{number}</td></tr>"
        );
    }
    table + "</tbody></table>\n"
}

/// Where along the rows of the table cells are missing: the deeper the more.
pub fn strip(shares: &[f64], says: &str) -> String {
    let width = shares.len() as f64;
    let mut svg = open(width, 1.0, says);
    let _ = write!(svg, "<rect class=\"plot-back\" x=\"0\" y=\"0\" width=\"{width}\" height=\"1\" opacity=\"0.35\"/>");
    for (i, &share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        // A single missing cell among thousands is seen.
        let opacity = 0.12 + 0.88 * share;
        let _ = write!(svg, "<rect class=\"plot-bar\" x=\"{i}\" y=\"0\" width=\"1\" height=\"1\" opacity=\"{opacity:.2}\"/>");
    }
    svg + "</svg>"
}

fn open(width: f64, height: f64, says: &str) -> String {
    let says = escaped(says);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{says}\"><title>{says}</title>"
    )
}
