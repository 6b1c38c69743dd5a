//! Which step of a fit was best, which is best for all folds of a trial, and how far would more steps lead?

/// The validation loss of a fit, step by step.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// The weight of the validation rows together.
    weight: f64,
    /// Steps in ascending order, each with the mean loss after it.
    points: Vec<(u32, f64)>,
    best: Option<(u32, f64)>,
}

impl Curve {
    /// A curve without steps, for validation rows that weigh so much together.
    pub fn new(weight: f64) -> Curve {
        Curve { weight, points: Vec::new(), best: None }
    }

    /// Adds the mean loss after a later step, and says whether it is the smallest so far. A loss that is not a
    /// number never is.
    pub fn push(&mut self, step: u32, loss: f64) -> bool {
        self.points.push((step, loss));
        let is_best = self.best.map_or(!loss.is_nan(), |(_, best)| loss < best);
        if is_best {
            self.best = Some((step, loss));
        }
        is_best
    }

    /// The first of the steps with the smallest loss.
    pub fn best_step(&self) -> Option<u32> {
        self.best.map(|(step, _)| step)
    }

    /// The smallest loss.
    pub fn best_loss(&self) -> Option<f64> {
        self.best.map(|(_, loss)| loss)
    }

    /// What the loss falls to if it goes on as it did: by a power of the steps, so that each doubling of them gains the
    /// same share of what the one before it gained. `None` while there is too little to go by.
    ///
    /// Twice what is gained that way is taken off, as a limit should rather be too small (after Domhan, Springenberg and
    /// Hutter, "Speeding up automatic hyperparameter optimization by extrapolation of learning curves", 2015).
    pub fn limit(&self) -> Option<f64> {
        const STEPS_MIN: u32 = 16;
        const SHARE_MAX: f64 = 0.9;
        const CAUTION: f64 = 2.0;
        let last = self.last_step();
        if last < STEPS_MIN {
            return None;
        }
        let until = |step: u32| {
            let points = &self.points[..self.points.partition_point(|(s, _)| *s <= step)];
            points.iter().map(|(_, loss)| *loss).min_by(f64::total_cmp)
        };
        let (quarter, half, now) = (until(last / 4)?, until(last / 2)?, self.best_loss()?);
        let (before, gain) = (quarter - half, half - now);
        let share = if before > 0.0 { (gain / before).min(SHARE_MAX) } else { SHARE_MAX };
        Some(now - CAUTION * gain * share / (1.0 - share)).filter(|limit| limit.is_finite())
    }

    /// The last step that was reported; 0 if none was.
    pub fn last_step(&self) -> u32 {
        self.points.last().map_or(0, |(step, _)| *step)
    }

    /// The loss after a step, if it was reported. After the last step it stays as it was there.
    fn loss_after(&self, step: u32) -> Option<f64> {
        let step = step.min(self.last_step());
        self.points.binary_search_by_key(&step, |(s, _)| *s).ok().map(|at| self.points[at].1)
    }
}

/// Of the steps that all folds reported, the first with the smallest loss over the rows of all of them.
///
/// A fold that stopped before the others goes on as it was at its end. It would be a poor limit: of five folds one
/// stops early by chance, and the models of the others would have too few steps.
pub(super) fn common_step(curves: &[&Curve]) -> Option<u32> {
    let longest = curves.iter().max_by_key(|curve| curve.last_step())?;
    let mut sums = Curve::new(0.0);
    for &(step, _) in &longest.points {
        let losses: Option<Vec<f64>> = curves.iter().map(|c| Some(c.weight * c.loss_after(step)?)).collect();
        if let Some(losses) = losses {
            sums.push(step, losses.iter().sum());
        }
    }
    sums.best_step()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(weight: f64, points: &[(u32, f64)]) -> Curve {
        let mut curve = Curve::new(weight);
        points.iter().for_each(|&(step, loss)| _ = curve.push(step, loss));
        curve
    }

    #[test]
    fn folds_that_disagree_meet_at_the_best_mean() {
        let early = curve(1.0, &[(1, 3.0), (2, 1.0), (3, 1.5), (4, 4.0)]);
        let late = curve(1.0, &[(1, 9.0), (2, 8.0), (3, 6.0), (4, 5.0)]);
        assert_eq!((early.best_step(), late.best_step()), (Some(2), Some(4)));
        assert_eq!(common_step(&[&early, &late]), Some(3), "7.5 is less than 9 and 9");

        let heavy = Curve { weight: 4.0, ..late };
        assert_eq!(common_step(&[&early, &heavy]), Some(4), "four times the rows have four times the say");
    }

    #[test]
    fn only_steps_that_all_reported_count() {
        let fine = curve(1.0, &[(1, 5.0), (2, 4.0), (3, 0.0), (4, 3.0), (6, 1.0)]);
        let coarse = curve(1.0, &[(2, 4.0), (4, 3.0), (6, 2.0), (8, 0.0)]);
        assert_eq!(common_step(&[&fine, &coarse]), Some(8), "1 and 0 are less than 1 and 2");
        assert_eq!(common_step(&[&fine, &curve(1.0, &[(5, 1.0), (7, 1.0)])]), Some(7), "none but the end of the longest");
        assert_eq!(common_step(&[&fine, &curve(1.0, &[])]), None);
    }

    #[test]
    fn a_fold_that_stopped_first_does_not_limit_the_others() {
        let early = curve(1.0, &[(1, 3.0), (2, 1.0), (3, 1.5)]);
        let late = curve(1.0, &[(1, 9.0), (2, 8.0), (3, 7.0), (4, 5.0), (5, 6.0)]);
        assert_eq!(common_step(&[&early, &late]), Some(4));
        let steep = curve(1.0, &[(1, 9.0), (2, 1.0), (3, 5.0)]);
        assert_eq!(common_step(&[&steep, &late]), Some(2), "what it lost until its end counts");
    }

    #[test]
    fn the_limit_of_a_curve_is_rather_too_small() {
        let powers = |power: f64| {
            let mut curve = Curve::new(1.0);
            (1..=64).for_each(|step| _ = curve.push(step, 1.0 + f64::from(step).powf(-power)));
            curve.limit().unwrap()
        };
        for power in [0.3, 0.5, 1.0, 2.0] {
            assert!((0.0..=1.0).contains(&powers(power)), "power {power}: {}", powers(power));
        }
        assert!(powers(2.0) > 0.999, "what falls fast has nearly fallen: {}", powers(2.0));
        let flat = curve(1.0, &(1..=64).map(|step| (step, 3.0)).collect::<Vec<_>>());
        assert_eq!(flat.limit(), Some(3.0));
        assert_eq!(curve(1.0, &[(1, 3.0), (15, 2.0)]).limit(), None);
        assert_eq!(curve(1.0, &[(1, f64::NAN), (20, f64::NAN)]).limit(), None);
    }

    #[test]
    fn a_loss_that_is_not_a_number_is_never_the_best() {
        let broken = curve(1.0, &[(1, f64::NAN), (2, 3.0), (3, f64::NAN), (4, 4.0)]);
        assert_eq!(broken.best_step(), Some(2));
        let falling = curve(1.0, &[(1, 9.0), (2, 8.0), (3, 1.0), (4, 0.0)]);
        assert_eq!(common_step(&[&falling, &broken]), Some(4));
        assert_eq!(curve(1.0, &[(1, f64::NAN)]).best_step(), None);
    }
}
