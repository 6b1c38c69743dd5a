//! Reference pages from the doc comments of components.
//!
//! A component's file opens with `//!` lines; that is its reference page. The file includes its own
//! source (`const PAGE: &str = include_str!("knn.rs")`) and [`of_source`] takes the page out of it.

/// The reference page in a component's source: its leading `//!` lines without the marker.
pub fn of_source(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut page = String::new();
    for line in lines {
        page.push_str(line.strip_prefix(' ').unwrap_or(line));
        page.push('\n');
    }
    page
}

/// The first sentence of a page: what a list shows.
pub fn summary(page: &str) -> &str {
    let first = page.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#')).unwrap_or("");
    first.split_inclusive(". ").next().unwrap_or(first).trim()
}
