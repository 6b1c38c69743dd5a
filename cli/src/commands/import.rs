//! `automl import`: a model of ours made of one that another program saved.

use automl::ErrorKind;
use automl::import::{self, Options};

use crate::args::{Global, ImportArgs};
use crate::failure::{self, WithHint};
use crate::output::{self, imported, json};

const FILE_HINT: &str = "a model of LightGBM is the text that booster.save_model(FILE) writes";
const NAMES_HINT: &str = "--target names the column, --classes every class once, in LightGBM's order";

/// Reads a file, writes the model.
pub fn run(args: &ImportArgs, global: &Global) -> anyhow::Result<()> {
    let out = args.out.as_path();
    if out.exists() && !args.force {
        return Err(failure::usage(
            format!("{} exists already", out.display()),
            "--force writes over it, --out FILE goes elsewhere",
        )
        .into());
    }
    let options = Options { target: args.target.clone(), classes: args.classes.clone() };
    let imported = import::lightgbm_file(&args.file, &options);
    let is_usage = imported.as_ref().is_err_and(|e| e.kind() == ErrorKind::Usage);
    let imported = imported.hint(|| if is_usage { NAMES_HINT } else { FILE_HINT }.to_owned())?;
    let bytes = automl::save(&imported.model, out)?;
    if global.json {
        return json::print(&imported::json(&imported, out));
    }
    Ok(output::print(&imported::text(&imported, out, bytes))?)
}
