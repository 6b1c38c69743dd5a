//! Who is told?

use serde_json::Value;

/// Tells a person line by line what was measured, and keeps it for a file.
pub struct Report<'a> {
    tell: &'a mut dyn FnMut(&str),
    /// Everything that was measured, with every single run.
    pub measurements: Vec<Value>,
}

impl<'a> Report<'a> {
    /// A report to somebody.
    pub fn new(tell: &'a mut dyn FnMut(&str)) -> Report<'a> {
        Report { tell, measurements: Vec::new() }
    }

    /// Tells one line.
    pub fn note(&mut self, line: &str) {
        (self.tell)(line);
    }

    /// Tells one line for people and keeps a measurement for the file.
    pub fn keep(&mut self, line: &str, measurement: Value) {
        (self.tell)(line);
        self.measurements.push(measurement);
    }

    /// Says so where the machine has other things to do, if the operating system tells.
    pub fn warn_of_load(&mut self) {
        const LOAD_MAX: f64 = 0.5;
        let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = text.split_whitespace().next().and_then(|load| load.parse::<f64>().ok());
        if let Some(load) = load.filter(|load| *load > LOAD_MAX) {
            self.note(&format!("the load of this machine is {load}: seconds, and their ratios most of all, say little"));
        }
    }
}
