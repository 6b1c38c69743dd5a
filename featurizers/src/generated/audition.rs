//! Which formulas explain what a first model left unexplained?
//!
//! Every formula is cut into few bins; what the means of the bins explain of the residuals is compared with what chance
//! explains. Half of the rows choose, the other half confirm. What single numbers explain is subtracted before, what a
//! chosen formula explains after it is chosen, so that the next has to say something else.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::bins::{BINS_MAX, Binner};
use super::formula::Formula;
use super::outputs::Outputs;
use super::sample::Sample;

/// All formulas are looked at so often, the best of them one by one in between.
const ROUNDS: usize = 3;
/// Formulas of a round that are looked at one by one.
const SHORTLIST: usize = 96;
/// The confirming rows have to agree by so many standard errors.
const CONFIRMATION_MIN: f64 = 2.5;

/// The formulas of a sample that are worth having, best first, at most `max`.
pub fn choose(sample: &Sample, max: usize) -> Vec<Formula> {
    let mut residuals = sample.residuals.clone();
    subtract_single_numbers(sample, &mut residuals);
    let mut open = sample.formulas();
    let surprise_min = surprise_min(open.len());
    let mut chosen = Vec::new();
    for _ in 0..ROUNDS {
        let surprises: Vec<f64> = open
            .par_iter()
            .map_init(Scratch::default, |scratch, formula| {
                residuals.surprise(scratch.bins(sample, formula), BINS_MAX, sample.choosing)
            })
            .collect();
        let mut order: Vec<usize> = (0..open.len()).filter(|&i| surprises[i] > surprise_min).collect();
        order.sort_by(|&i, &j| surprises[j].total_cmp(&surprises[i]));
        order.truncate(SHORTLIST);
        let mut shortlist: Vec<(Formula, Vec<u8>)> =
            order.iter().map(|&i| (open[i], Scratch::default().bins(sample, &open[i]).to_vec())).collect();
        let before = chosen.len();
        while chosen.len() < max {
            let surprise = |bins: &[u8]| residuals.surprise(bins, BINS_MAX, sample.choosing);
            let surprises: Vec<f64> = shortlist.par_iter().map(|(_, bins)| surprise(bins)).collect();
            let best = (0..shortlist.len()).max_by(|&i, &j| surprises[i].total_cmp(&surprises[j]));
            let Some(best) = best.filter(|&best| surprises[best] > surprise_min) else { break };
            let (formula, bins) = shortlist.swap_remove(best);
            open.retain(|other| *other != formula);
            if residuals.confirmation(&bins, BINS_MAX, sample.choosing) > CONFIRMATION_MIN {
                residuals.subtract(&bins, BINS_MAX);
                chosen.push(formula);
            }
        }
        if chosen.len() == before || chosen.len() == max {
            break;
        }
    }
    chosen
}

/// The largest of so many deviations by chance is about √(2 ln n); one more makes a false choice rare.
fn surprise_min(formulas: usize) -> f64 {
    (2.0 * (formulas.max(2) as f64).ln()).sqrt() + 1.0
}

/// A formula has to say more than its numbers say one by one.
fn subtract_single_numbers(sample: &Sample, residuals: &mut Outputs) {
    let mut scratch = Scratch::default();
    for number in 0..sample.number_names.len() {
        scratch.values.clear();
        scratch.values.extend(sample.number(number));
        scratch.binner.bin(&scratch.values, &mut scratch.bins);
        residuals.subtract(&scratch.bins, BINS_MAX);
    }
}

/// Memory that serves one formula after the other.
#[derive(Default)]
struct Scratch {
    values: Vec<f32>,
    binner: Binner,
    bins: Vec<u8>,
}

impl Scratch {
    fn bins(&mut self, sample: &Sample, formula: &Formula) -> &[u8] {
        self.values.clear();
        formula.write(sample.cells(), &mut self.values);
        self.binner.bin(&self.values, &mut self.bins);
        &self.bins
    }
}
