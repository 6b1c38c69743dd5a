//! Which model is made next?

/// How far the models of a candidate are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    /// Its share of the vote.
    pub weight: f64,
    /// Models that are made or begun.
    pub begun: usize,
    /// Models that are wanted.
    pub wanted: usize,
    /// Seconds that a model takes: what is expected until one was made.
    pub seconds: f64,
}

/// The models that are to be made, by candidates.
#[derive(Debug, Clone)]
pub(super) struct Queue(pub Vec<Stretch>);

impl Queue {
    /// The place of a candidate, and the number of the model to be made of it: the first of each, in their order, then what
    /// takes most off the variance of the vote. One that is not the first is begun only if there is time to end it.
    pub fn begin(&mut self, left_s: f64) -> Option<(usize, usize)> {
        const MARGIN: f64 = 1.2;
        let first = self.0.iter().position(|stretch| stretch.begun == 0);
        let is_possible = |stretch: &Stretch| stretch.begun < stretch.wanted && MARGIN * stretch.seconds <= left_s;
        let further = || {
            let possible = self.0.iter().enumerate().filter(|(_, stretch)| is_possible(stretch));
            let gain = |stretch: &Stretch| gain(stretch.weight, stretch.begun);
            possible.max_by(|(_, a), (_, b)| gain(a).total_cmp(&gain(b))).map(|(place, _)| place)
        };
        let place = first.or_else(further)?;
        let stretch = &mut self.0[place];
        stretch.begun += 1;
        Some((place, stretch.begun - 1))
    }

    /// A model of a candidate was made in so many seconds, or was not: then no other is begun.
    pub fn end(&mut self, place: usize, seconds: Option<f64>) {
        let stretch = &mut self.0[place];
        match seconds {
            Some(seconds) => stretch.seconds = seconds,
            None => stretch.wanted = stretch.begun,
        }
    }
}

/// How much less a vote varies, relative to that of one model, if a member of this weight has one more model than so many:
/// the variance of a mean falls with their number.
pub(super) fn gain(weight: f64, models: usize) -> f64 {
    weight * weight / (models * (models + 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(weight: f64, wanted: usize, seconds: f64) -> Stretch {
        Stretch { weight, begun: 0, wanted, seconds }
    }

    #[test]
    fn each_has_its_first_model_before_the_heaviest_has_several() {
        let mut queue = Queue(vec![stretch(0.7, 3, 1.0), stretch(0.3, 2, 1.0)]);
        let order: Vec<(usize, usize)> = std::iter::from_fn(|| queue.begin(f64::INFINITY)).collect();
        assert_eq!(order, [(0, 0), (1, 0), (0, 1), (0, 2), (1, 1)]);
    }

    #[test]
    fn no_further_model_is_begun_without_time_to_end_it() {
        let mut queue = Queue(vec![stretch(0.7, 3, 5.0), stretch(0.3, 2, 1.0)]);
        assert_eq!(queue.begin(2.0), Some((0, 0)), "the first one is always tried");
        assert_eq!(queue.begin(2.0), Some((1, 0)));
        assert_eq!(queue.begin(2.0), Some((1, 1)));
        assert_eq!(queue.begin(2.0), None);
        queue.end(0, Some(1.0));
        assert_eq!(queue.begin(2.0), Some((0, 1)), "it took less than was expected");
    }

    #[test]
    fn of_what_fails_no_other_model_is_tried() {
        let mut queue = Queue(vec![stretch(1.0, 5, 1.0)]);
        assert_eq!(queue.begin(9.0), Some((0, 0)));
        queue.end(0, None);
        assert_eq!(queue.begin(9.0), None);
    }
}
