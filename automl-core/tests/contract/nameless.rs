//! A learner that fits like any other but says little about itself, and some of it wrong.

use automl_core::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::Shape;
use automl_core::space::SearchSpace;
use serde::{Deserialize, Serialize};

use crate::one_rule::{Habit, OneRule, OneRuleModel, OneRuleParams};

/// The learner.
pub struct Nameless;

/// Its parameters, which take any name.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnyParams {
    unused: u32,
}

impl Learner for Nameless {
    type Params = AnyParams;
    type Model = OneRuleModel;
    const ID: &'static str = "Name less";
    const VERSION: u32 = 1;
    const PAGE: &'static str = "";

    fn supports(&self) -> Supports {
        Learner::supports(&OneRule(Habit::Sound))
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().int("unused", 5, 9, 1)
    }

    fn cost(&self, _params: &AnyParams, shape: Shape) -> Cost {
        Learner::cost(&OneRule(Habit::Sound), &OneRuleParams::default(), shape)
    }

    fn fit(&self, _: &AnyParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<OneRuleModel>> {
        Learner::fit(&OneRule(Habit::Sound), &OneRuleParams::default(), data, ctx)
    }
}
