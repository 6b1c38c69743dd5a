//! What may be varied?
//!
//! A [`SearchSpace`] is a list of named [`Domain`]s, each with a start that is cheap; [`Params`] is one
//! point of it, as a JSON object.

use rand::RngExt;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::seed::{Rng, normal};

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

    /// A point at a distance from another, in a random direction. Numbers move on their scale, from 0 at the smallest value
    /// to 1 at the largest, and are held at the ends. What is no number of its domain, as choices are, is drawn anew with a
    /// chance as large as the distance per axis; what `point` does not have is drawn.
    pub fn near(&self, point: &Params, distance: f64, rng: &mut Rng) -> Params {
        let direction: Vec<f64> = self.axes.iter().map(|_| normal(rng)).collect();
        let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        let chance = distance / (self.axes.len() as f64).sqrt();
        let moved = |(axis, toward): (&Axis, f64)| {
            let value = match point.get(&axis.name).map(|value| (value, axis.domain.place_of(value))) {
                Some((_, Some(place))) => axis.domain.at((place + distance * toward / length).clamp(0.0, 1.0)),
                Some((value, None)) if rng.random_range(0.0..1.0) >= chance => value.clone(),
                _ => axis.domain.sample(rng),
            };
            (axis.name.clone(), value)
        };
        self.axes.iter().zip(direction).map(moved).collect()
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

    /// Where a number lies between the smallest, 0, and the largest, 1; `None` if it is not in the domain or no number.
    fn place_of(&self, value: &Value) -> Option<f64> {
        let (low, high, log) = self.scale().filter(|_| self.contains(value))?;
        let (value, low, high) = if log { (value.as_f64()?.ln(), low.ln(), high.ln()) } else { (value.as_f64()?, low, high) };
        Some(if high > low { (value - low) / (high - low) } else { 0.0 })
    }

    /// The number at a place between 0 and 1; null for a choice.
    fn at(&self, place: f64) -> Value {
        let Some((low, high, log)) = self.scale() else { return Value::Null };
        let between = |low: f64, high: f64| low + place * (high - low);
        let value = if log { between(low.ln(), high.ln()).exp() } else { between(low, high) }.clamp(low, high);
        if matches!(self, Domain::Int { .. }) { (value.round() as i64).into() } else { value.into() }
    }

    /// The smallest and the largest number, and whether they are on a logarithmic scale.
    fn scale(&self) -> Option<(f64, f64, bool)> {
        match self {
            Domain::Float { low, high, log } => Some((*low, *high, *log)),
            Domain::Int { low, high, log } => Some((*low as f64, *high as f64, *log)),
            Domain::Choice(_) => None,
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
