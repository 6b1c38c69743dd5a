//! Pages that need no other file: text, styles and plots in one.

pub mod inspection;
mod plots;

use super::number::count;

/// A whole page.
fn page(title: &str, body: &str) -> String {
    let (title, style, script) = (escaped(title), include_str!("page.css"), include_str!("page.js"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{title}</title>\n<style>\n{style}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n<script>\n{script}</script>\n</body>\n</html>\n"
    )
}

/// Text as it may stand between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same with what stands between backticks as code.
fn marked(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A lone backtick is one of the text itself.
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(i, part): (usize, &&str)| if i % 2 == 1 { format!("<code>{}</code>", escaped(part)) } else { escaped(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Names and values, one under the other.
fn definitions(pairs: &[(&str, String)]) -> String {
    let pair = |(name, value): &(&str, String)| format!("<div><dt>{}</dt><dd>{}</dd></div>", escaped(name), escaped(value));
    format!("<dl>{}</dl>\n", pairs.iter().map(pair).collect::<String>())
}

/// A number with what it counts.
fn tile(value: usize, of: &str) -> String {
    format!("<div class=\"tile\"><b>{}</b> {}</div>", count(value), escaped(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_table_is_never_markup() {
        assert_eq!(escaped("<b a=\"1\">&\u{7}"), "&lt;b a=&quot;1&quot;&gt;&amp; ");
        assert_eq!(marked("`<a>` and `b`"), "<code>&lt;a&gt;</code> and <code>b</code>");
        assert_eq!(marked("a ` alone"), "a ` alone");
    }
}
