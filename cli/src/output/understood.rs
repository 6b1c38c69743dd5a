//! What a fit made of the data, before it starts to search.

use automl::{Finding, Progress, Status};

use super::number::counted;
use super::table::facts;

/// Rows, features, task, validation and the findings that matter; empty for any other event.
pub fn understood(event: &Progress, data: &str, target: &str) -> String {
    let Progress::Planned { rows, features, task, metric, higher_is_better, validation, findings } = event else {
        return String::new();
    };
    let better = if *higher_is_better { "higher" } else { "lower" };
    let mut lines = vec![
        ("Data", format!("{data}: {}, {}", counted(*rows, "row"), counted(*features, "feature"))),
        ("Task", format!("{task} on `{target}`, judged by {metric} ({better} is better)")),
        ("Validation", validation.clone()),
    ];
    lines.extend(noted(findings));
    facts(lines)
}

/// The first few of [`all_noted`], every alert among them; the rest is counted.
pub fn noted(findings: &[Finding]) -> Vec<(&'static str, String)> {
    const SHOWN: usize = 8;
    let mut lines = all_noted(findings);
    let shown = SHOWN.max(findings.iter().filter(|f| f.status == Status::Alerted).count());
    let more = lines.len().saturating_sub(shown);
    lines.truncate(shown);
    if more > 0 {
        lines.push(("", format!("and {more} more in findings.json")));
    }
    lines
}

/// All alerts, then what was fixed, then what is only noted.
pub fn all_noted(findings: &[Finding]) -> Vec<(&'static str, String)> {
    let with = |status: Status, label: &'static str| {
        findings.iter().filter(move |f| f.status == status).map(move |f| (label, sentence(f)))
    };
    with(Status::Alerted, "Alert").chain(with(Status::Fixed, "Fixed")).chain(with(Status::Noted, "Noted")).collect()
}

/// What was found and what was done, with the columns concerned, and the rule of an alert.
pub fn sentence(finding: &Finding) -> String {
    const COLUMNS_SHOWN: usize = 5;
    let mut text = finding.message.trim_end_matches('.').to_owned();
    let is_named = finding.columns.iter().any(|column| text.contains(column.as_str()));
    if !is_named && !finding.columns.is_empty() {
        let shown = &finding.columns[..finding.columns.len().min(COLUMNS_SHOWN)];
        let more = if finding.columns.len() > COLUMNS_SHOWN { ", …" } else { "" };
        text.push_str(&format!(" ({}{more})", shown.join(", ")));
    }
    if !finding.action.is_empty() {
        text.push_str(". ");
        text.push_str(finding.action.trim_end_matches('.'));
    }
    text.push('.');
    if finding.status == Status::Alerted && !finding.threshold.is_empty() {
        text.push_str(&format!(" (Rule: {}.)", finding.threshold));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_come_first_and_what_passed_is_not_told() {
        let findings = [
            Finding::new("a", Status::Passed, "fine"),
            Finding::new("b", Status::Fixed, "2 columns were constant.").columns(["x", "y"]).action("They are left out."),
            Finding::new("c", Status::Alerted, "`boat` gives the target away").columns(["boat"]).threshold("an AUC above 0.98"),
            Finding::new("d", Status::Noted, "The table is wide."),
        ];
        let lines = noted(&findings);
        assert_eq!(lines[0], ("Alert", "`boat` gives the target away. (Rule: an AUC above 0.98.)".to_owned()));
        assert_eq!(lines[1], ("Fixed", "2 columns were constant (x, y). They are left out.".to_owned()));
        assert_eq!(lines[2], ("Noted", "The table is wide.".to_owned()));
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_long_list_is_cut() {
        let findings = vec![Finding::new("a", Status::Fixed, "fixed"); 20];
        assert_eq!(noted(&findings).last().unwrap().1, "and 12 more in findings.json");
        let alerts = vec![Finding::new("a", Status::Alerted, "look"); 20];
        assert_eq!(noted(&alerts).len(), 20, "every alert is told");
    }
}
