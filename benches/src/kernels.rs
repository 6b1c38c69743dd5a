//! Single steps of a fit, in nanoseconds per row.

use std::hint::black_box;

use anyhow::Result;
use automl::frame::{self, ReadOptions};
use automl::{Frame, Stopwatch};
use automl_datasets::GENERATORS;

/// One measured step.
#[derive(Debug, Clone)]
pub struct Timing {
    /// What was done.
    pub step: String,
    /// Median nanoseconds per row.
    pub ns_per_row: f64,
}

/// Measures the steps on `rows` generated rows, each `repeats` times.
///
/// # Errors
/// A step fails.
pub fn measure(rows: usize, repeats: usize) -> Result<Vec<Timing>> {
    let mut timings = Vec::new();
    let mut time = |step: String, action: &mut dyn FnMut() -> Result<()>| -> Result<()> {
        let mut seconds = Vec::new();
        for _ in 0..repeats.max(1) {
            let watch = Stopwatch::start();
            action()?;
            seconds.push(watch.elapsed_s());
        }
        seconds.sort_by(f64::total_cmp);
        timings.push(Timing { step, ns_per_row: seconds[seconds.len() / 2] * 1e9 / rows as f64 });
        Ok(())
    };

    for generator in GENERATORS {
        let name = generator.name;
        let made = (generator.generate)(rows, 1);
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("table.csv");
        std::fs::write(&path, automl_datasets::write_csv(name, rows, 1)?)?;
        time(format!("read csv, {name}"), &mut || {
            black_box(frame::read(&path, &ReadOptions::default())?);
            Ok(())
        })?;
        for learner in ["featureless", "linear", "random_forest", "extra_trees", "gbdt"] {
            let mut model = None;
            time(format!("fit {learner}, {name}"), &mut || {
                let fit =
                    automl::fit(made.frame.clone(), made.target).learners([learner]).folds(1).trials_max(2).threads(1).run()?;
                model = Some(fit.model);
                Ok(())
            })?;
            let (frame, _) = Frame::from_data(made.frame.clone())?;
            if let Some(model) = model {
                time(format!("predict {learner}, {name}"), &mut || {
                    black_box(model.predict(&frame, 1)?);
                    Ok(())
                })?;
                if model.explain(&frame, None, 1).is_ok() {
                    time(format!("explain {learner}, {name}"), &mut || {
                        black_box(model.explain(&frame, None, 1)?);
                        Ok(())
                    })?;
                }
            }
        }
    }
    Ok(timings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn runs_tiny() {
        let timings = super::measure(300, 1).unwrap();
        assert!(timings.len() > 40 && timings.iter().all(|t| t.ns_per_row > 0.0));
    }
}
