//! The only place that asks how much memory the process holds.
//!
//! [`Memory`] keeps a run below a limit: what is about to be fitted says first how much it will take, and waits until
//! that much is free, or is told that it never will be.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};

/// The memory that a run may hold, and what of it is promised to fits under way.
#[derive(Debug, Default)]
pub struct Memory {
    limit_bytes: Option<u64>,
    promised: Mutex<u64>,
    returned: Condvar,
}

/// Memory that is promised to somebody until this is dropped.
#[derive(Debug)]
pub struct Share<'a> {
    memory: &'a Memory,
    bytes: u64,
}

impl Memory {
    /// Memory up to a limit; as much as there is without one.
    pub fn new(limit_bytes: Option<u64>) -> Memory {
        Memory { limit_bytes, ..Memory::default() }
    }

    /// Bytes that may be promised, to one alone: as many as can be counted without a limit. A part of the limit is left for
    /// what nobody asks for, the final model before all.
    pub fn room_bytes(&self) -> u64 {
        let Some(limit) = self.limit_bytes else { return u64::MAX };
        (limit / 20 * 17).saturating_sub(resident_bytes().unwrap_or(0))
    }

    /// Waits until so many bytes are free and promises them. `None`: somebody asked to stop while it waited.
    ///
    /// What was promised may be held by now, and then counts twice: rather too little is promised than too much.
    ///
    /// # Errors
    /// Nobody has anything promised, so that nothing will become free.
    pub fn share(&self, bytes: u64, is_over: impl Fn() -> bool) -> Result<Option<Share<'_>>> {
        const LOOK_AGAIN: Duration = Duration::from_millis(20);
        let mut promised = self.promised();
        loop {
            let free = self.room_bytes().saturating_sub(*promised);
            if bytes <= free {
                *promised = promised.saturating_add(bytes);
                return Ok(Some(Share { memory: self, bytes }));
            }
            if *promised == 0 {
                let (bytes, free, limit) = (shown(bytes), shown(free), shown(self.limit_bytes.unwrap_or(u64::MAX)));
                return Err(Error::usage(format!(
                    "it would take about {bytes}, and {free} are left of the memory limit of {limit}"
                )));
            }
            if is_over() {
                return Ok(None);
            }
            promised = self.returned.wait_timeout(promised, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn promised(&self) -> MutexGuard<'_, u64> {
        self.promised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut promised = self.memory.promised();
        *promised = promised.saturating_sub(self.bytes);
        self.memory.returned.notify_all();
    }
}

/// Bytes of the process that lie in memory; `None` where the system does not tell (it does on Linux).
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// Units of memory, those that end in others last.
const UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

/// Reads `512MB`, `1GB`, `0.5GiB` or a plain number of bytes.
///
/// # Errors
/// Anything else; the message has examples.
pub fn parse_bytes(text: &str) -> Result<u64> {
    let lower = text.trim().to_lowercase();
    let (number, unit) = UNITS.iter().find_map(|(name, unit)| Some((lower.strip_suffix(name)?, *unit))).unwrap_or((&lower, 1));
    match number.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number * unit as f64 >= 1.0 => Ok((number * unit as f64) as u64),
        _ => Err(Error::usage(format!("`{text}` is no amount of memory; one is written as `512MB`, `1GB` or `0.5GiB`"))),
    }
}

/// Bytes as [`parse_bytes`] reads them, rounded.
fn shown(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

/// Bytes of a configuration: a number, or a text for [`parse_bytes`].
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Told {
        Bytes(u64),
        Text(String),
    }
    match Option::<Told>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Told::Bytes(bytes)) => Ok(Some(bytes)),
        Some(Told::Text(text)) => parse_bytes(&text).map(Some).map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spellings_are_read() {
        let cases = [("512MB", 512_000_000), ("1 GB", 1_000_000_000), ("0.5GiB", 1 << 29), ("300kib", 300 << 10), ("77", 77)];
        for (text, bytes) in cases {
            assert_eq!(parse_bytes(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "GB", "-1GB", "much", "1XB", "0", "nan"] {
            assert!(parse_bytes(text).unwrap_err().to_string().contains("`512MB`"), "{text}");
        }
    }

    #[test]
    fn shares_wait_for_each_other_and_what_never_fits_is_refused() {
        let held = resident_bytes().unwrap_or(0);
        let memory = Memory::new(Some(held + (1 << 40)));
        let first = memory.share(3 << 38, || false).unwrap().unwrap();
        assert!(memory.share(3 << 38, || true).unwrap().is_none(), "it waits");
        drop(first);
        assert!(memory.share(3 << 38, || true).unwrap().is_some());
        let refused = memory.share(2 << 40, || false).unwrap_err().to_string();
        assert!(refused.starts_with("it would take about 2199024 MB, and "), "{refused}");
        assert_eq!(Memory::new(None).room_bytes(), u64::MAX);
    }
}
