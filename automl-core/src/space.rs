//! What may be varied?
//!
//! A [`SearchSpace`] is a list of named [`Domain`]s, each with a start that is cheap; [`Params`] is one
//! point of it, as a JSON object.

use rand::RngExt;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::seed::Rng;

/// One point of a search space, or part of one.
pub type Params = Map<String, Value>;

/// The values that one parameter may take.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// A number between `low` and `high`, on a logarithmic scale if `log`.
    Float {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
        /// Whether equal ratios are equally likely.
        log: bool,
    },
    /// A whole number between `low` and `high`, on a logarithmic scale if `log`.
    Int {
        /// Smallest value.
        low: i64,
        /// Largest value.
        high: i64,
        /// Whether equal ratios are equally likely.
        log: bool,
    },
    /// One of a list.
    Choice(Vec<Value>),
}

/// One parameter: its name, what it may be, and where a search starts (the cheapest useful value).
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Name of the parameter.
    pub name: String,
    /// The values it may take.
    pub domain: Domain,
    /// Where a search starts.
    pub start: Value,
}

/// The parameters that a search may vary.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchSpace {
    /// One per parameter.
    pub axes: Vec<Axis>,
}

impl SearchSpace {
    /// A space with nothing to vary.
    pub fn new() -> SearchSpace {
        SearchSpace::default()
    }

    /// Adds a number, on a linear scale.
    pub fn float(self, name: impl Into<String>, low: f64, high: f64, start: f64) -> SearchSpace {
        self.axis(name, Domain::Float { low, high, log: false }, start.into())
    }

    /// Adds a number, on a logarithmic scale.
    pub fn log_float(self, name: impl Into<String>, low: f64, high: f64, start: f64) -> SearchSpace {
        self.axis(name, Domain::Float { low, high, log: true }, start.into())
    }

    /// Adds a whole number, on a linear scale.
    pub fn int(self, name: impl Into<String>, low: i64, high: i64, start: i64) -> SearchSpace {
        self.axis(name, Domain::Int { low, high, log: false }, start.into())
    }

    /// Adds a whole number, on a logarithmic scale.
    pub fn log_int(self, name: impl Into<String>, low: i64, high: i64, start: i64) -> SearchSpace {
        self.axis(name, Domain::Int { low, high, log: true }, start.into())
    }

    /// Adds a choice from a list, which starts with the first.
    pub fn choice<V: Into<Value>>(self, name: impl Into<String>, options: impl IntoIterator<Item = V>) -> SearchSpace {
        let options: Vec<Value> = options.into_iter().map(Into::into).collect();
        let start = options.first().cloned().unwrap_or(Value::Null);
        self.axis(name, Domain::Choice(options), start)
    }

    /// Adds the axes of another space, whose names begin with `prefix`.
    pub fn with(mut self, prefix: &str, other: SearchSpace) -> SearchSpace {
        self.axes.extend(other.axes.into_iter().map(|axis| Axis { name: format!("{prefix}{}", axis.name), ..axis }));
        self
    }

    fn axis(mut self, name: impl Into<String>, domain: Domain, start: Value) -> SearchSpace {
        self.axes.push(Axis { name: name.into(), domain, start });
        self
    }

    /// The point where a search starts.
    pub fn start(&self) -> Params {
        self.axes.iter().map(|a| (a.name.clone(), a.start.clone())).collect()
    }

    /// A point drawn at random.
    pub fn sample(&self, rng: &mut Rng) -> Params {
        self.axes.iter().map(|a| (a.name.clone(), a.domain.sample(rng))).collect()
    }

    /// Checks that every given parameter lies in the space.
    ///
    /// # Errors
    /// A parameter that is not in the space or outside its domain.
    pub fn check(&self, params: &Params) -> Result<()> {
        for (name, value) in params {
            let axis = self.axes.iter().find(|a| a.name == *name);
            let axis = axis.ok_or_else(|| Error::unknown("parameter", name, self.axes.iter().map(|a| a.name.as_str())))?;
            if !axis.domain.contains(value) {
                return Err(Error::usage(format!("parameter `{name}` is {value}, outside {:?}", axis.domain)));
            }
        }
        Ok(())
    }
}

impl Domain {
    fn sample(&self, rng: &mut Rng) -> Value {
        match self {
            Domain::Float { low, high, log: false } => rng.random_range(*low..=*high).into(),
            Domain::Float { low, high, log: true } => rng.random_range(low.ln()..=high.ln()).exp().clamp(*low, *high).into(),
            Domain::Int { low, high, log: false } => rng.random_range(*low..=*high).into(),
            Domain::Int { low, high, log: true } => {
                let drawn = rng.random_range((*low as f64 - 0.5).max(0.5).ln()..=(*high as f64 + 0.5).ln()).exp();
                (drawn.round() as i64).clamp(*low, *high).into()
            }
            Domain::Choice(options) => options[rng.random_range(0..options.len())].clone(),
        }
    }

    /// Whether the value lies in the domain.
    pub fn contains(&self, value: &Value) -> bool {
        match self {
            Domain::Float { low, high, .. } => value.as_f64().is_some_and(|v| v >= *low && v <= *high),
            Domain::Int { low, high, .. } => value.as_i64().is_some_and(|v| v >= *low && v <= *high),
            Domain::Choice(options) => options.contains(value),
        }
    }
}
