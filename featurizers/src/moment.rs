//! A moment as people say it: year, month, day of the week.

use chrono::{DateTime, Datelike, Timelike};

/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The parts of a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Microseconds since 1970.
    pub micros: i64,
    /// Year of the common era.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 for Monday to 6 for Sunday.
    pub day_of_week: u32,
    /// 1 to 366.
    pub day_of_year: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// Week of ISO 8601, 1 to 53: the first one has the year's first Thursday.
    pub week_of_year: u32,
}

impl Moment {
    /// The parts of a moment in microseconds since 1970; `None` in years that `chrono` does not count
    /// (beyond ±262,000).
    pub fn new(micros: i64) -> Option<Moment> {
        let time = DateTime::from_timestamp_micros(micros)?.naive_utc();
        Some(Moment {
            micros,
            year: time.year(),
            month: time.month(),
            day: time.day(),
            day_of_week: time.weekday().num_days_from_monday(),
            day_of_year: time.ordinal(),
            hour: time.hour(),
            minute: time.minute(),
            second: time.second(),
            week_of_year: time.iso_week().week(),
        })
    }

    /// The moments of a column; `None` where one is missing.
    pub fn all(times: &[Option<i64>]) -> Vec<Option<Moment>> {
        times.iter().map(|time| time.and_then(Moment::new)).collect()
    }

    /// 1 to 4.
    pub fn quarter(self) -> u32 {
        self.month.div_ceil(3)
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        self.day_of_week >= 5
    }

    /// Whether the time of day is something other than midnight.
    pub fn has_time_of_day(self) -> bool {
        self.micros.rem_euclid(MICROS_PER_DAY) != 0
    }

    /// How much of the day is over, from 0 to 1.
    pub fn share_of_day(self) -> f64 {
        self.micros.rem_euclid(MICROS_PER_DAY) as f64 / MICROS_PER_DAY as f64
    }

    /// Days since another moment, with their fraction.
    pub fn days_since(self, micros: i64) -> f64 {
        // The difference of two 64-bit numbers needs 65 bits.
        (i128::from(self.micros) - i128::from(micros)) as f64 / MICROS_PER_DAY as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_1970_are_read_too() {
        // 1969-07-20 20:17:40, a Sunday.
        let landing = Moment::new(-14_182_940_000_000).unwrap();
        assert_eq!((landing.year, landing.month, landing.day), (1969, 7, 20));
        assert_eq!((landing.day_of_week, landing.day_of_year), (6, 201));
        assert_eq!((landing.hour, landing.minute, landing.second), (20, 17, 40));
        assert_eq!((landing.quarter(), landing.week_of_year), (3, 29));
        assert!(landing.is_weekend() && landing.has_time_of_day());
        assert!((landing.share_of_day() - 73_060.0 / 86_400.0).abs() < 1e-12);
    }

    #[test]
    fn moments_outside_the_calendar_are_missing() {
        assert_eq!(Moment::new(i64::MAX), None);
        assert_eq!(Moment::new(0).unwrap().days_since(i64::MIN), 9_223_372_036_854_775_808.0 / 86_400_000_000.0);
    }
}
