//! How long did it take, and how do two sides compare that took turns?

use anyhow::Result;
use automl::Stopwatch;

/// What one run took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seconds {
    /// By the clock on the wall.
    pub wall: f64,
    /// On all cores together; NaN where the operating system does not tell.
    pub cpu: f64,
}

impl Seconds {
    /// What the work took in this process.
    ///
    /// # Errors
    /// The work failed.
    pub fn of<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Seconds)> {
        let (watch, cpu) = (Stopwatch::start(), cpu_s());
        let result = work()?;
        Ok((result, Seconds { wall: watch.elapsed_s(), cpu: cpu_s() - cpu }))
    }
}

/// One turn of a side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Turn {
    /// What it took.
    pub seconds: Seconds,
    /// How wrong the result is, if it was looked at: who is fast should also be right.
    pub loss: Option<f64>,
}

/// One side of a comparison: its name and what it does at each turn.
pub struct Side<'a> {
    /// Name and version.
    pub name: String,
    /// One turn.
    pub run: Box<dyn FnMut() -> Result<Turn> + 'a>,
}

/// What came of one side.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Name and version.
    pub side: String,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
}

/// Lets the sides take turns, so that a machine that is slow for a while is slow for all of them. Who begins
/// changes from round to round.
///
/// # Errors
/// A turn failed; the message names the side.
pub fn take_turns(rounds: usize, mut sides: Vec<Side<'_>>) -> Result<Vec<Outcome>> {
    let mut turns = vec![Vec::new(); sides.len()];
    for round in 0..rounds.max(1) {
        for k in 0..sides.len() {
            let k = (k + round) % sides.len();
            turns[k].push((sides[k].run)().map_err(|e| e.context(sides[k].name.clone()))?);
        }
    }
    Ok(sides.into_iter().zip(turns).map(|(side, turns)| Outcome { side: side.name, turns }).collect())
}

/// The middle of some numbers, and their ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one; of an even count the upper of the two.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some numbers; NaN if there are none.
    pub fn of(numbers: impl IntoIterator<Item = f64>) -> Spread {
        let mut sorted: Vec<f64> = numbers.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |i: usize| sorted.get(i).copied().unwrap_or(f64::NAN);
        Spread { median: at(sorted.len() / 2), min: at(0), max: at(sorted.len().saturating_sub(1)) }
    }

    /// The spread of a part of the seconds over the turns of a side.
    pub fn of_turns(turns: &[Turn], part: impl Fn(&Seconds) -> f64) -> Spread {
        Spread::of(turns.iter().map(|turn| part(&turn.seconds)))
    }

    /// The spread of ours divided by theirs, turn by turn.
    pub fn of_ratios(ours: &[Turn], theirs: &[Turn], part: impl Fn(&Seconds) -> f64) -> Spread {
        Spread::of(ours.iter().zip(theirs).map(|(ours, theirs)| part(&ours.seconds) / part(&theirs.seconds)))
    }
}

#[cfg(unix)]
fn cpu_s() -> f64 {
    use nix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(f64::NAN, |t| t.tv_sec() as f64 + t.tv_nsec() as f64 * 1e-9)
}

#[cfg(not(unix))]
fn cpu_s() -> f64 {
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_take_turns_and_are_compared_turn_by_turn() {
        let order = std::cell::RefCell::new(String::new());
        let side = |name: &'static str, wall: f64| Side {
            name: name.into(),
            run: Box::new({
                let (order, mut wall) = (&order, wall);
                move || {
                    order.borrow_mut().push_str(name);
                    wall *= 2.0;
                    Ok(Turn { seconds: Seconds { wall, cpu: 1.0 }, loss: None })
                }
            }),
        };
        let outcomes = take_turns(3, vec![side("a", 1.0), side("b", 4.0)]).unwrap();
        assert_eq!(*order.borrow(), "abbaab");
        let (a, b) = (&outcomes[0].turns, &outcomes[1].turns);
        assert_eq!(Spread::of_ratios(a, b, |s| s.wall), Spread { median: 0.25, min: 0.25, max: 0.25 });
        assert_eq!(Spread::of_turns(a, |s| s.wall), Spread { median: 4.0, min: 2.0, max: 8.0 });
    }

    #[cfg(unix)]
    #[test]
    fn work_costs_time() {
        let sum = || Ok((0..3_000_000_u64).map(|i| std::hint::black_box(i) % 7).sum::<u64>());
        let (_, seconds) = Seconds::of(sum).unwrap();
        assert!(seconds.wall > 0.0 && seconds.cpu > 0.0, "{seconds:?}");
    }
}
