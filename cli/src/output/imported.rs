//! What an import made.

use std::path::Path;

use automl::import::Imported;
use serde_json::{Value, json};

use super::conclusion::predict_command;
use super::number::{bytes, count, counted};
use super::table::facts;
use super::understood::noted;

/// The model, its task and columns, what to look out for, and how to use it.
pub fn text(imported: &Imported, out: &Path, size: u64) -> String {
    let model = format!("{}, {}, {}", out.display(), bytes(size), counted(imported.trees, "tree"));
    let mut lines = vec![("Model", model), ("Task", task_line(imported)), ("Columns", columns_line(imported))];
    if !imported.unused.is_empty() {
        lines.push(("Not needed", some(&imported.unused)));
    }
    lines.extend(noted(&imported.findings));
    let mut text = facts(lines);
    // Not wrapped, so that it can be copied.
    text.push_str(&format!("Predict     {}\n", predict_command(out, &[])));
    text
}

/// The same as one JSON object: `model`, `task`, `trees`, `columns`, `categories` (how many each column of names
/// has), `not_needed`, `findings`.
pub fn json(imported: &Imported, out: &Path) -> Value {
    let task = &imported.model.task;
    let named: serde_json::Map<String, Value> =
        imported.named.iter().map(|(name, count)| (name.clone(), (*count).into())).collect();
    json!({
        "model": out,
        "task": {
            "kind": task.kind,
            "target": task.target,
            "classes": task.classes,
            "positive": task.classes.get(task.positive).filter(|_| task.classes.len() == 2),
        },
        "trees": imported.trees,
        "columns": imported.model.schema.features().map(|field| field.name.as_str()).collect::<Vec<_>>(),
        "categories": named,
        "not_needed": imported.unused,
        "findings": imported.findings,
    })
}

fn task_line(imported: &Imported) -> String {
    let task = &imported.model.task;
    let classes = if task.classes.is_empty() { String::new() } else { format!(", classes {}", some(&task.classes)) };
    format!("{} on `{}`{classes}", task.kind.name(), task.target)
}

fn columns_line(imported: &Imported) -> String {
    let names: Vec<String> = imported.model.schema.features().map(|field| field.name.clone()).collect();
    let mut line = format!("{} needed", count(names.len()));
    if !names.is_empty() {
        line.push_str(&format!(": {}", some(&names)));
    }
    if !imported.named.is_empty() {
        let named = imported.named.iter().map(|(name, names)| format!("{name} ({})", counted(*names, "name")));
        line.push_str(&format!("; with categories: {}", some(&named.collect::<Vec<_>>())));
    }
    line
}

/// The first few names, and how many more.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(", "))
}
