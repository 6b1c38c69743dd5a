//! The block that is redrawn while a fit runs: how it stands, the best so far, and what runs now.

use automl::Entry;
use console::Style;

use super::state::State;
use crate::output::number::{counted, score, seconds};

/// What the run may take.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    pub time_s: Option<f64>,
    pub trials_max: Option<u32>,
}

/// Where the block is drawn.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Lines of the terminal.
    pub rows: usize,
    /// Characters of a line.
    pub columns: usize,
    pub is_coloured: bool,
}

impl View {
    fn painted(self, text: &str, style: Style) -> String {
        style.force_styling(self.is_coloured).apply_to(text).to_string()
    }
}

/// The block so many seconds after the process began; one line where the terminal is low.
pub fn text(state: &State, budget: Budget, elapsed_s: f64, view: View) -> String {
    const ROWS_MIN: usize = 10;
    let now = now(state, elapsed_s, view.columns);
    if view.rows < ROWS_MIN {
        return head(state, budget, elapsed_s, &now, view);
    }
    let mut lines = vec![head(state, budget, elapsed_s, "", view)];
    for (i, line) in best(state, view.columns).iter().enumerate() {
        let style = match i {
            0 => Style::new().dim(),
            1 => Style::new().bold(),
            _ => Style::new(),
        };
        lines.push(view.painted(line, style));
    }
    if !now.is_empty() {
        lines.push(view.painted(&now, Style::new().dim()));
    }
    lines.join("\n")
}

/// How much of the budget is used up, how many trials have ended, the best of them, and `now`.
fn head(state: &State, budget: Budget, elapsed_s: f64, now: &str, view: View) -> String {
    let (used, unused) = strip(fraction(state, budget, elapsed_s), view.columns);
    let left = match budget.time_s {
        Some(time_s) => format!("{} left", clock((time_s - elapsed_s).max(0.0))),
        None => clock(elapsed_s),
    };
    let mut parts = vec![left];
    if state.shape.is_some() {
        parts.push(counted(state.finished, "trial"));
    } else {
        parts.push("reading".to_owned());
    }
    parts.extend(state.best_score().map(|best| format!("best {} {best}", state.metric)));
    parts.extend(Some(now.to_owned()).filter(|now| !now.is_empty()));
    let strip_width = used.chars().count() + unused.chars().count();
    let rest = cut(&format!(" {}", parts.join(" · ")), view.columns.saturating_sub(strip_width));
    view.painted(&used, Style::new().cyan()) + &view.painted(&unused, Style::new().dim()) + &rest
}

/// The share of the budget that is used up, in time or in trials, whichever is more.
fn fraction(state: &State, budget: Budget, elapsed_s: f64) -> f64 {
    let of_time = budget.time_s.map_or(0.0, |time_s| elapsed_s / time_s);
    let of_trials = budget.trials_max.map_or(0.0, |trials| state.finished as f64 / f64::from(trials));
    of_time.max(of_trials)
}

/// The two parts of a strip that is as full as the fraction says; shorter on a narrow terminal.
fn strip(fraction: f64, columns: usize) -> (String, String) {
    const COLUMNS_WIDE: usize = 72;
    let cells = if columns < COLUMNS_WIDE { 10 } else { 20 };
    let full = ((fraction * cells as f64) as usize).min(cells);
    ("━".repeat(full), "╌".repeat(cells - full))
}

/// Seconds, and minutes where there are more: `42 s`, `12:05 min`.
fn clock(elapsed_s: f64) -> String {
    const SECONDS_MAX: u64 = 100;
    match elapsed_s as u64 {
        s if s < SECONDS_MAX => format!("{s} s"),
        s => format!("{}:{:02} min", s / 60, s % 60),
    }
}

/// The best trials under a header, as a table of so many characters at most.
fn best(state: &State, columns: usize) -> Vec<String> {
    const NAME_MIN: usize = 8;
    if state.best.is_empty() {
        return Vec::new();
    }
    let header = ["pipeline", "learner", &state.metric, "fit s"].map(str::to_owned);
    let rows: Vec<[String; 4]> = std::iter::once(header).chain(state.best.iter().map(cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [name, learner, value, fit] = [0, 1, 2, 3].map(width);
    // The number of the row and what lies between the columns.
    let rest = 3 + 2 + learner + 2 + value + 2 + fit;
    let name = name.min(columns.saturating_sub(rest).max(NAME_MIN));
    let line = |(i, row): (usize, &[String; 4])| {
        let place = if i == 0 { String::new() } else { i.to_string() };
        let [pipeline, of, score, seconds] = row;
        let pipeline = cut(pipeline, name);
        cut(&format!("{place:>3}  {pipeline:name$}  {of:learner$}  {score:>value$}  {seconds:>fit$}"), columns)
    };
    rows.iter().enumerate().map(line).collect()
}

fn cells(entry: &Entry) -> [String; 4] {
    [entry.name.clone(), entry.learner.clone(), entry.score.map_or(String::new(), score), seconds(entry.fit_s)]
}

/// What runs now and for how long, as many as there is room for.
fn now(state: &State, elapsed_s: f64, columns: usize) -> String {
    if let Some(trials) = state.combining {
        return format!("combining {}", counted(trials, "trial"));
    }
    let running: Vec<String> =
        state.running.values().map(|trial| format!("{} {}", trial.name, clock((elapsed_s - trial.since_s).max(0.0)))).collect();
    let list = |shown: usize| match running.len() - shown {
        0 => format!("running {}", running.join(", ")),
        more => format!("running {} and {more} more", running[..shown].join(", ")),
    };
    let shown = (1..=running.len()).rev().find(|shown| list(*shown).chars().count() <= columns);
    if running.is_empty() { String::new() } else { cut(&list(shown.unwrap_or(1)), columns) }
}

/// A text of so many characters at most.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain((width > 0).then_some('…')).collect()
}

#[cfg(test)]
mod tests {
    use automl::{Ended, Progress};

    use super::super::state::tests::{begun, ended};
    use super::*;

    const BUDGET: Budget = Budget { time_s: Some(60.0), trials_max: None };

    fn view(rows: usize, columns: usize) -> View {
        View { rows, columns, is_coloured: false }
    }

    fn under_way() -> State {
        let mut state = begun("log_loss", false);
        let told = [
            ("featureless", Some(1.0986)),
            ("random_forest", Some(0.1402)),
            ("gbdt-leaves-31", Some(0.1211)),
            ("mlp", None),
            ("linear-ridge", Some(0.0873)),
            ("knn", Some(0.2544)),
            ("naive_bayes", Some(0.3001)),
        ];
        (0..).zip(told).for_each(|(trial, (name, score))| state.note(&ended(trial, name, score), 20.0));
        state.note(&Progress::Started { trial: 7, name: "gbdt-random".into() }, 21.0);
        state.note(&Progress::Started { trial: 8, name: "linear-random".into() }, 32.5);
        state
    }

    #[test]
    fn the_best_stand_between_how_it_stands_and_what_runs() {
        let text = text(&under_way(), BUDGET, 33.0, view(24, 78));
        let wanted = "\
━━━━━━━━━━━╌╌╌╌╌╌╌╌╌ 27 s left · 7 trials · best log_loss 0.08730
     pipeline        learner        log_loss  fit s
  1  linear-ridge    linear          0.08730   3.00
  2  gbdt-leaves-31  gbdt            0.12110   1.50
  3  random_forest   random_forest   0.14020   0.75
  4  knn             knn             0.25440   3.75
  5  naive_bayes     naive_bayes     0.30010   4.50
running gbdt-random 12 s, linear-random 0 s";
        assert_eq!(text, wanted);
    }

    #[test]
    fn a_low_terminal_gets_one_line() {
        let low = |columns| text(&under_way(), BUDGET, 33.0, view(9, columns));
        assert_eq!(low(59), "━━━━━╌╌╌╌╌ 27 s left · 7 trials · best log_loss 0.08730 · …");
        assert!(low(120).ends_with("0.08730 · running gbdt-random 12 s, linear-random 0 s"), "{}", low(120));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut state = under_way();
        for trial in 9..40 {
            let name = format!("a-pipeline-with-a-very-long-name-{trial}");
            state.note(&Progress::Started { trial, name: name.clone() }, 30.0);
            state.note(&ended(100 + trial, &name, Some(0.05)), 30.0);
        }
        for (rows, columns) in (0..140).flat_map(|columns| [(9, columns), (24, columns)]) {
            let text = text(&state, BUDGET, 33.0, view(rows, columns));
            assert!(text.lines().all(|line| line.chars().count() <= columns.max(10)), "{columns} columns:\n{text}");
        }
        let wide = text(&state, BUDGET, 33.0, view(24, 78));
        assert!(wide.contains("running gbdt-random 12 s, linear-random 0 s and 31 more"), "{wide}");
    }

    #[test]
    fn it_begins_with_reading_and_ends_with_combining() {
        let mut state = State::default();
        assert_eq!(text(&state, BUDGET, 0.5, view(24, 78)), "╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 59 s left · reading");
        state = under_way();
        state.note(&Progress::Combining { trials: 5, ended: Ended::TrialsMax }, 34.0);
        let trials = Budget { time_s: None, trials_max: Some(7) };
        let text = text(&state, trials, 725.0, view(24, 78));
        assert!(text.starts_with("━━━━━━━━━━━━━━━━━━━━ 12:05 min · 7 trials"), "{text}");
        assert!(text.ends_with("\ncombining 5 trials"), "{text}");
    }

    #[test]
    fn colours_change_no_character() {
        let coloured = View { is_coloured: true, ..view(24, 78) };
        let coloured = text(&under_way(), BUDGET, 33.0, coloured);
        assert_eq!(console::strip_ansi_codes(&coloured), text(&under_way(), BUDGET, 33.0, view(24, 78)));
        assert!(coloured.contains("\u{1b}[36m━"), "{coloured:?}");
    }

    #[test]
    fn the_strip_is_never_wider_than_its_cells() {
        for share in [0.0, 0.5, 1.0, 7.0, f64::NAN] {
            let (used, unused) = strip(share, 80);
            assert_eq!(used.chars().count() + unused.chars().count(), 20);
        }
    }
}
