//! What are the data, what is asked of them, and what will be tried?

use rayon::ThreadPoolBuilder;

use super::data::FitData;
use super::monotone::{self, Directions};
use super::speed::S_PER_WORK;
use super::{Engine, calibration, fixed, plan};
use crate::config::FitConfig;
use crate::error::{Error, Kind, Result};
use crate::findings::{self, Subject};
use crate::frame::Frame;
use crate::matrix::Shape;
use crate::metric::Measure;
use crate::portfolio::Line;
use crate::schema::{ColumnEntry, Finding, Overrides, Role, Schema, infer};
use crate::split::{Fold, Split, Strategy};
use crate::task::{Resolved, Task, TaskRequest};

/// What is known before the first trial.
pub(super) struct Understood {
    pub data: FitData,
    /// The pipelines to try first.
    pub lines: Vec<Line>,
    pub findings: Vec<Finding>,
    /// The rows of the frame that are fitted on.
    pub used: Vec<u32>,
    /// How rows are held out.
    pub strategy: Strategy,
    /// Seconds that a unit of the work of learners is expected to take here.
    pub s_per_work: f64,
}

/// What the configuration says of columns; kinds and roles that are told one by one win over the schema.
fn overrides(config: &FitConfig) -> Overrides {
    let mut told = monotone::roles(config).fold(Overrides::default(), |told, (column, role)| told.with_role(column, role));
    // The target is the one that the configuration names.
    let of_file = config.schema.columns.iter().cloned();
    told.columns.extend(of_file.map(|entry| ColumnEntry { role: entry.role.filter(|role| *role != Role::Target), ..entry }));
    let told = config.columns.iter().fold(told, |told, (column, kind)| told.with_kind(column, *kind));
    let told = config.roles.iter().fold(told, |told, (column, role)| told.with_role(column, *role));
    told.with_role(&config.target, Role::Target)
}

/// What the data are, what is asked of them, and what will be tried. How rows are held out is decided here, unless it was
/// when the run began.
pub(super) fn understand(
    frame: &Frame,
    mut findings: Vec<Finding>,
    config: &FitConfig,
    engine: &Engine<'_>,
    strategy: Option<Strategy>,
) -> Result<Understood> {
    let metrics = engine.registry.metrics();
    if !frame.contains(&config.target) {
        return Err(Error::unknown("column", &config.target, frame.names()).with_kind(Kind::Data).context("the target"));
    }
    let pool = ThreadPoolBuilder::new().num_threads(config.thread_count()).build();
    let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
    let (mut schema, noticed) = pool.install(|| infer(frame, &overrides(config)))?;
    findings.extend(noticed);
    monotone::read_as_numbers(config, &mut schema);
    let request = TaskRequest {
        target: config.target.clone(),
        kind: config.task,
        metric: config.metric.clone(),
        positive: config.positive.clone(),
    };
    let resolved = Task::resolve(frame, &schema, &request, metrics)?;
    fixed::check(config, &engine.registry, resolved.task.kind)?;
    findings.extend(resolved.findings.iter().cloned());
    let directions = Directions::resolve(config, &schema, &resolved.task)?;
    findings.extend(monotone::left_out(config, &engine.registry, resolved.task.kind)?);
    let subject = Subject::new(frame, &schema, &resolved)?;
    findings.extend(pool.install(|| findings::of_subject(&subject)));
    let shape = approximate_shape(&schema, resolved.target.len(), resolved.task.width());
    let lines = plan::lines(config, &engine.portfolio, &engine.registry, (&schema, &subject.features, &resolved.target))?;
    let left_s = config.time_limit_s().map_or(f64::INFINITY, |total_s| total_s - engine.stopwatch.elapsed_s());
    let slowness = if left_s.is_finite() { calibration::slowness(config.thread_count()) } else { 1.0 };
    let s_per_work = slowness * S_PER_WORK;
    let fold_s = plan::fold_s(lines.get(1), &engine.registry, shape, s_per_work);
    let strategy = strategy.unwrap_or_else(|| plan::strategy(config, &resolved.target, fold_s, left_s));
    let (split, noticed) = Split::plan(&strategy, &resolved.target, &resolved.roles, config.seed)?;
    findings.extend(noticed);
    findings.extend(findings::of_split(&subject, &split));
    if let Some(test) = &engine.test {
        findings.extend(findings::of_test(&subject, test).map_err(|e| e.context("the table to test on"))?);
    }
    if config.strict {
        findings::refuse_alerts(&findings)?;
    }
    let features = subject.features;
    let Resolved { task, target, roles, rows: used, .. } = resolved;
    let measure = Measure::parse(&task.metric, task.kind, metrics)?;
    let scored = split.validated_rows();
    let data = FitData {
        frame: features,
        schema,
        task,
        target,
        roles,
        split,
        whole: Fold { train: (0..shape.rows as u32).collect(), valid: Vec::new() },
        scored,
        measure,
        class_weights: config.class_weights,
        directions,
        params: config.params.clone(),
        featurizers: config.featurizers.clone(),
    };
    Ok(Understood { data, lines, findings, used, strategy, s_per_work })
}

pub(super) fn approximate_shape(schema: &Schema, rows: usize, outputs: usize) -> Shape {
    let columns = schema.features().count();
    Shape { rows, columns, width: columns, nonzeros: 0, outputs }
}
