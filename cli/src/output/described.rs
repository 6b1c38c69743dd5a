//! What a model is made of.

use std::path::PathBuf;

use automl::model::Member;
use automl::{Finding, Model, Optimize, Role};
use serde_json::{Value, json};

use super::conclusion::{decision, estimated, finished};
use super::inspection::cut;
use super::number::{bytes, count, counted, score};
use super::table::{Align, facts, table};
use super::understood::all_noted;

/// A model, its file, and what its run noticed.
pub struct Described {
    pub path: PathBuf,
    pub bytes: u64,
    /// Version of the program that wrote it.
    pub engine: String,
    pub model: Model,
    pub findings: Vec<Finding>,
}

/// What one featurizer makes of its columns.
struct Made {
    featurizer: &'static str,
    form: &'static str,
    columns: Vec<String>,
    /// Names, and how many features each stands for.
    features: Vec<(String, usize)>,
}

impl Described {
    /// What it predicts, from what, who votes, what they read, what was noticed.
    pub fn text(&self) -> String {
        let findings = all_noted(&self.findings);
        let noted = if findings.is_empty() { String::new() } else { format!("\n{}", facts(findings)) };
        format!("{}\n{}\n{}{noted}", self.heading(), self.members(), self.features())
    }

    /// The same as one JSON object: `model`, `bytes`, `engine`, `task`, `metric`, `score`, `estimate`, `temperature`,
    /// `decision`, `validation`, `optimize`, `rows`, `seed`, `data_fingerprint`, `columns`, `members`, `features`, `findings`.
    pub fn json(&self) -> Value {
        let Model { task, schema, members, provenance, .. } = &self.model;
        let columns = schema.fields.iter().map(|field| json!({"name": field.name, "kind": field.kind, "role": field.role}));
        let members = members.iter().map(|member| {
            json!({
                "trial": member.trial,
                "name": member.name,
                "learner": member.learner.id(),
                "weight": member.weight,
                "models": member.models.len(),
                "params": member.params,
            })
        });
        let features = self.made().into_iter().flat_map(|made| {
            let Made { featurizer, form, columns, features } = made;
            features.into_iter().map(move |(name, width)| {
                json!({"name": name, "columns": columns, "featurizer": featurizer, "form": form, "width": width})
            })
        });
        json!({
            "model": self.path,
            "bytes": self.bytes,
            "engine": self.engine,
            "task": {
                "kind": task.kind,
                "target": task.target,
                "classes": task.classes,
                "positive": task.classes.get(task.positive).filter(|_| task.classes.len() == 2),
            },
            "metric": task.metric,
            "score": provenance.score,
            "estimate": provenance.estimate,
            "temperature": self.model.temperature,
            "decision": decision(&self.model),
            "validation": provenance.validation,
            "optimize": provenance.optimize,
            "rows": provenance.rows,
            "seed": provenance.seed,
            "data_fingerprint": provenance.data_fingerprint,
            "columns": columns.collect::<Vec<_>>(),
            "members": members.collect::<Vec<_>>(),
            "features": features.collect::<Vec<_>>(),
            "findings": self.findings,
        })
    }

    fn heading(&self) -> String {
        let Model { task, schema, provenance, .. } = &self.model;
        let kinds = schema.features().map(|field| format!("{} ({})", field.name, field.kind.name()));
        let unused: Vec<&str> =
            schema.fields.iter().filter(|f| !f.role.is_feature() && f.role != Role::Target).map(|f| f.name.as_str()).collect();
        let mut lines = vec![
            ("Model", format!("{}, {}, written by automl {}", self.path.display(), bytes(self.bytes), self.engine)),
            ("Predicts", format!("{} `{}`{}", task.kind.name(), task.target, classes(&task.classes))),
            ("From", listed(kinds.collect())),
        ];
        if !unused.is_empty() {
            lines.push(("Not needed", listed(unused.into_iter().map(str::to_owned).collect())));
        }
        if let Some(value) = provenance.score {
            lines.push(("Score", format!("{} {} on {}", task.metric, score(value), provenance.validation)));
        }
        if provenance.optimize != Optimize::Accuracy {
            lines.push(("Chosen for", format!("{}, at nearly the best score", provenance.optimize.name())));
        }
        lines.extend(finished(&self.model));
        if let Some(estimate) = &provenance.estimate {
            lines.push(("Estimate", estimated(&task.metric, estimate)));
        }
        if provenance.rows > 0 {
            // An imported model does not know which rows they were.
            let data = Some(cut(&provenance.data_fingerprint, 17)).filter(|data| !data.is_empty());
            let data = data.map_or(String::new(), |data| format!(", data {data}"));
            lines.push(("Fitted on", format!("{}, seed {}{data}", counted(provenance.rows, "row"), provenance.seed)));
        }
        facts(lines)
    }

    fn members(&self) -> String {
        let columns = [
            ("trial", Align::Number),
            ("pipeline", Align::Name),
            ("learner", Align::Name),
            ("weight", Align::Number),
            ("models", Align::Number),
            ("parameters", Align::Text),
        ];
        let mut members: Vec<&Member> = self.model.members.iter().collect();
        members.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let rows = members.into_iter().map(|member| {
            let params: Vec<String> = member.params.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
            vec![
                member.trial.to_string(),
                member.name.clone(),
                member.learner.id().to_owned(),
                format!("{:.2}", member.weight),
                member.models.len().to_string(),
                params.join(", "),
            ]
        });
        table(&columns, rows)
    }

    /// A line per featurizer: how many columns it reads and how many features it makes of them.
    fn features(&self) -> String {
        let made = self.made();
        let mut ids: Vec<(&str, &str)> = Vec::new();
        for one in &made {
            if !ids.contains(&(one.featurizer, one.form)) {
                ids.push((one.featurizer, one.form));
            }
        }
        let columns = [
            ("featurizer", Align::Name),
            ("form", Align::Name),
            ("columns", Align::Number),
            ("features", Align::Number),
            ("of", Align::Text),
        ];
        let rows = ids.into_iter().map(|(featurizer, form)| {
            let same: Vec<&Made> = made.iter().filter(|m| (m.featurizer, m.form) == (featurizer, form)).collect();
            let columns: Vec<String> = same.iter().flat_map(|m| m.columns.clone()).collect();
            let features: usize = same.iter().flat_map(|m| &m.features).map(|(_, width)| width).sum();
            vec![featurizer.to_owned(), form.to_owned(), count(columns.len()), count(features), listed(columns)]
        });
        table(&columns, rows)
    }

    /// What the members read. The folds of a member have the same features but for the levels and words that they
    /// have seen, and where each chooses its own; those of the first fold are told.
    fn made(&self) -> Vec<Made> {
        let mut all: Vec<Made> = Vec::new();
        for fold in self.model.members.iter().filter_map(|member| member.models.first()) {
            for (step, features) in self.model.featurizations[fold.featurization].features_by_step() {
                let featurizer = step.featurizer.id();
                if all.iter().any(|made| made.featurizer == featurizer && made.columns == step.group.columns) {
                    continue;
                }
                let features = features.into_iter().map(|feature| (feature.name, feature.width)).collect();
                let form = step.featurizer.form().name();
                all.push(Made { featurizer, form, columns: step.group.columns.clone(), features });
            }
        }
        all
    }
}

/// A JSON value as one would write it in a sentence.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn classes(classes: &[String]) -> String {
    if classes.is_empty() { String::new() } else { format!(": {}", listed(classes.to_vec())) }
}

/// The first few names, and how many more.
fn listed(names: Vec<String>) -> String {
    const SHOWN: usize = 10;
    if names.is_empty() {
        return "no column".to_owned();
    }
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    names.iter().take(SHOWN).map(|name| cut(name, 60)).collect::<Vec<_>>().join(", ") + &more
}
