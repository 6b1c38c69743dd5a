//! `automl list`: the components, and the events of a fit, with their reference pages.

use std::fmt::Write;

use automl::matrix::Shape;
use automl::metric::{Direction, Metric};
use automl::space::{Axis, Domain, SearchSpace};
use automl::{Registry, TaskKind, page};
use serde_json::{Value, json};

use crate::args::{Component, Global, ListArgs};
use crate::failure::WithHint;
use crate::output::events::{EVENTS, EventKind, FIELDS_OF_ALL};
use crate::output::table::{Align, table};
use crate::output::{self, json};

/// A search space grows with the data; the pages show it for a table of this shape.
const SHAPE_SHOWN: Shape = Shape { rows: 10_000, columns: 20, width: 20, nonzeros: 0, outputs: 1 };

/// Lists components or shows the page of one.
pub fn run(args: &ListArgs, global: &Global) -> anyhow::Result<()> {
    let registry = automl::registry();
    match &args.id {
        None => list(args.what, &registry, global.json),
        Some(id) => show(args.what, id, &registry, global.json),
    }
}

fn list(what: Component, registry: &Registry, as_json: bool) -> anyhow::Result<()> {
    let lines: Vec<(&str, Vec<&str>, String)> = match what {
        Component::Learners => registry.learners().iter().map(|l| (l.id(), names(l.supports().tasks), l.page())).collect(),
        Component::Featurizers => registry.featurizers().iter().map(|f| (f.id(), Vec::new(), f.page())).collect(),
        Component::Metrics => registry.metrics().iter().map(|m| (m.id(), names(m.tasks()), page_of(*m))).collect(),
        Component::Events => EVENTS.iter().map(|event| (event.id, Vec::new(), event.summary.to_owned())).collect(),
    };
    if as_json {
        let lines: Vec<Value> =
            lines.iter().map(|(id, tasks, page)| json!({ "id": id, "tasks": tasks, "summary": page::summary(page) })).collect();
        return json::print(&lines);
    }
    let has_tasks = matches!(what, Component::Learners | Component::Metrics);
    let tasks = has_tasks.then_some(("tasks", Align::Name));
    let columns: Vec<_> = [("id", Align::Name)].into_iter().chain(tasks).chain([("what it is", Align::Text)]).collect();
    let rows = lines.iter().map(|(id, tasks, page)| {
        let tasks = has_tasks.then(|| brief(tasks));
        [(*id).to_owned()].into_iter().chain(tasks).chain([page::summary(page).to_owned()]).collect()
    });
    Ok(output::print(&table(&columns, rows))?)
}

fn names(tasks: &[TaskKind]) -> Vec<&'static str> {
    tasks.iter().map(|t| t.name()).collect()
}

fn brief(tasks: &[&str]) -> String {
    if tasks.len() == TaskKind::ALL.len() { "all".to_owned() } else { tasks.join(", ") }
}

fn show(what: Component, id: &str, registry: &Registry, as_json: bool) -> anyhow::Result<()> {
    let hint = |plural: &'static str| move || format!("`automl list {plural}` shows them all");
    match what {
        Component::Learners => {
            let learner = registry.learner(id).hint(hint("learners"))?;
            let space = learner.space(SHAPE_SHOWN);
            if as_json {
                let axes: Vec<Value> = space.axes.iter().map(axis_json).collect();
                let tasks = names(learner.supports().tasks);
                let defaults = learner.default_params();
                let page = learner.page();
                return json::print(&json!({ "id": id, "tasks": tasks, "defaults": defaults, "space": axes, "page": page }));
            }
            Ok(output::print(&format!("{}\n{}", title(id, &learner.page()), space_table(&space)))?)
        }
        Component::Featurizers => {
            let featurizer = registry.featurizer(id).hint(hint("featurizers"))?;
            if as_json {
                let defaults = featurizer.default_params();
                return json::print(&json!({ "id": id, "defaults": defaults, "page": featurizer.page() }));
            }
            Ok(output::print(&title(id, &featurizer.page()))?)
        }
        Component::Metrics => {
            let metric = find_metric(id, registry).hint(hint("metrics"))?;
            if as_json {
                return json::print(&metric_json(metric));
            }
            Ok(output::print(&metric_page(metric))?)
        }
        Component::Events => {
            let found = EVENTS.iter().find(|event| event.id == id);
            let event = found.ok_or_else(|| automl::Error::unknown("event", id, EVENTS.iter().map(|event| event.id)));
            let event = event.hint(hint("events"))?;
            if as_json {
                return json::print(&event_json(event));
            }
            Ok(output::print(&event_page(event))?)
        }
    }
}

/// The fields of an event, those that all have first.
fn fields(event: &EventKind) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    FIELDS_OF_ALL.iter().chain(event.fields)
}

fn event_json(event: &EventKind) -> Value {
    let fields: serde_json::Map<String, Value> =
        fields(event).map(|(name, meaning)| ((*name).to_owned(), (*meaning).into())).collect();
    json!({ "id": event.id, "summary": event.summary, "fields": fields })
}

fn event_page(event: &EventKind) -> String {
    let rows = fields(event).map(|(name, meaning)| vec![(*name).to_owned(), (*meaning).to_owned()]);
    let fields = table(&[("field", Align::Name), ("what it is", Align::Text)], rows);
    format!("# {}\n\n{}\n\n{fields}", event.id, event.summary)
}

/// The page under its id, unless it has a title of its own.
fn title(id: &str, page: &str) -> String {
    if page.starts_with('#') { page.to_owned() } else { format!("# {id}\n\n{page}") }
}

fn find_metric<'a>(name: &str, registry: &'a Registry) -> automl::Result<&'a dyn Metric> {
    let found = registry.metrics().iter().find(|m| m.id() == name || m.aliases().contains(&name));
    found.copied().ok_or_else(|| automl::Error::unknown("metric", name, registry.metrics().iter().map(|m| m.id())))
}

/// A metric gives its page as Markdown or as the source that begins with it.
fn page_of(metric: &dyn Metric) -> String {
    let page = metric.page();
    if page.starts_with("//!") { page::of_source(page) } else { page.to_owned() }
}

fn metric_json(metric: &dyn Metric) -> Value {
    json!({
        "id": metric.id(),
        "aliases": metric.aliases(),
        "tasks": names(metric.tasks()),
        "higher_is_better": metric.direction() == Direction::Maximize,
        "best": metric.best(),
        "parameter": metric.parameter(),
        "page": page_of(metric),
    })
}

fn metric_page(metric: &dyn Metric) -> String {
    let better = if metric.direction() == Direction::Maximize { "higher" } else { "lower" };
    let mut text = title(metric.id(), &page_of(metric));
    let _ = write!(text, "\nTasks: {}. The {better} the better; perfect is {}.", names(metric.tasks()).join(", "), metric.best());
    if !metric.aliases().is_empty() {
        let _ = write!(text, " Also called {}.", metric.aliases().join(", "));
    }
    if let Some(parameter) = metric.parameter() {
        let _ = write!(text, " The parameter is {parameter} if not given, as in `{}@{parameter}`.", metric.id());
    }
    text.push('\n');
    text
}

fn space_table(space: &SearchSpace) -> String {
    if space.axes.is_empty() {
        return "Nothing is searched: it has its parameters from the data.\n".to_owned();
    }
    let columns = [("parameter", Align::Name), ("start", Align::Number), ("searched", Align::Text)];
    let rows = space.axes.iter().map(|axis| vec![axis.name.to_owned(), plain(&axis.start), domain(&axis.domain)]);
    let table = table(&columns, rows);
    format!("## What a search varies (shown for 10,000 rows and 20 features)\n\n{table}")
}

fn domain(domain: &Domain) -> String {
    let scale = |log: &bool| if *log { ", logarithmic" } else { "" };
    match domain {
        Domain::Float { low, high, log } => format!("{low} to {high}{}", scale(log)),
        Domain::Int { low, high, log } => format!("{low} to {high}, whole{}", scale(log)),
        Domain::Choice(options) => options.iter().map(plain).collect::<Vec<_>>().join(" | "),
    }
}

/// A JSON value as one would write it in a sentence.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn axis_json(axis: &Axis) -> Value {
    let domain = match &axis.domain {
        Domain::Float { low, high, log } => json!({ "kind": "float", "low": low, "high": high, "log": log }),
        Domain::Int { low, high, log } => json!({ "kind": "int", "low": low, "high": high, "log": log }),
        Domain::Choice(options) => json!({ "kind": "choice", "options": options }),
    };
    json!({ "name": axis.name, "start": axis.start, "domain": domain })
}
