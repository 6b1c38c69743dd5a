//! What a fit would do.

use std::path::Path;

use automl::{FitPlan, Optimize, Progress, Status};
use serde_json::{Value, json};

use super::number::counted;
use super::table::{Align, table};
use super::understood::understood;

/// What was made of the data, what each column is, and the pipelines in the order in which they would be tried.
pub fn text(plan: &FitPlan, data: &str) -> String {
    const COLUMNS_SHOWN: usize = 40;
    let fields = &plan.schema.fields;
    let columns = fields.iter().take(COLUMNS_SHOWN);
    let columns = columns.map(|field| vec![field.name.clone(), field.kind.name().to_owned(), field.role.name().to_owned()]);
    let columns = table(&[("column", Align::Name), ("kind", Align::Name), ("role", Align::Name)], columns);
    let more = fields.len().saturating_sub(COLUMNS_SHOWN);
    let more = if more > 0 { format!("… and {}\n", counted(more, "column")) } else { String::new() };
    let understood = understood(&as_event(plan), data, &plan.task.target);
    format!("{understood}\n{columns}{more}\n{}\n{}\n", pipelines(plan), rest(plan))
}

/// The same as one JSON object: `data`, `task`, `rows`, `features`, `metric`, `higher_is_better`, `validation`, `folds`,
/// `columns`, `pipelines`, `trials_max`, `optimize`, `findings`.
pub fn json(plan: &FitPlan, data: &Path) -> Value {
    let task = &plan.task;
    let columns = plan.schema.fields.iter();
    let columns = columns.map(|field| json!({"name": field.name, "kind": field.kind, "role": field.role}));
    let pipelines = plan.pipelines.iter();
    let pipelines = pipelines.map(|line| json!({"name": line.name, "learner": line.learner, "params": line.params}));
    json!({
        "data": data,
        "task": {
            "kind": task.kind,
            "target": task.target,
            "classes": task.classes,
            "positive": task.classes.get(task.positive).filter(|_| task.classes.len() == 2),
        },
        "rows": plan.rows,
        "features": plan.schema.features().count(),
        "metric": plan.metric,
        "higher_is_better": plan.higher_is_better,
        "validation": plan.validation,
        "folds": plan.folds,
        "columns": columns.collect::<Vec<_>>(),
        "pipelines": pipelines.collect::<Vec<_>>(),
        "trials_max": plan.trials_max,
        "optimize": plan.optimize,
        "findings": plan.findings,
    })
}

fn as_event(plan: &FitPlan) -> Progress {
    Progress::Planned {
        rows: plan.rows,
        features: plan.schema.features().count(),
        task: plan.task.kind.name().to_owned(),
        metric: plan.metric.clone(),
        higher_is_better: plan.higher_is_better,
        validation: plan.validation.clone(),
        findings: plan.findings.iter().filter(|f| f.status != Status::Passed).cloned().collect(),
    }
}

fn pipelines(plan: &FitPlan) -> String {
    let columns = [("trial", Align::Number), ("pipeline", Align::Name), ("learner", Align::Name), ("parameters", Align::Text)];
    let tried = plan.pipelines.iter().take(plan.trials_max as usize).enumerate();
    let rows = tried.map(|(i, line)| {
        let params: Vec<String> = line.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        vec![i.to_string(), line.name.clone(), line.learner.clone(), params.join(", ").replace('"', "")]
    });
    table(&columns, rows)
}

/// What comes behind the pipelines of the list.
fn rest(plan: &FitPlan) -> String {
    let folds = counted(plan.folds, "fold");
    let all = counted(plan.trials_max as usize, "trial");
    let variations =
        if (plan.trials_max as usize) <= plan.pipelines.len() { "" } else { ": these first, then variations of them" };
    format!("{all} with {folds} each, as far as the time allows{variations}.{}", purpose(plan.optimize))
}

/// What the final model will be.
fn purpose(optimize: Optimize) -> String {
    let best = match optimize {
        Optimize::Accuracy => return String::new(),
        Optimize::Latency => "the fastest",
        Optimize::Size => "the smallest",
    };
    format!("\nThe final model is {best} that loses at most a hundredth of what the best one gains over the baseline.")
}
