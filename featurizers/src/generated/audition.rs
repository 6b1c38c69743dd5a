//! Which formulas explain what a first model left unexplained?
//!
//! The values of every formula are cut into few bins. The means of the residuals in these bins, learned on one half of the
//! rows, have to explain the other half, both ways. What single numbers explain is subtracted before, and what a chosen
//! formula explains once it is chosen, so that the next has to say something else.

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::bins::{BINS_MAX, Binner};
use super::formula::Formula;
use super::outputs::Outputs;
use super::sample::Sample;

/// Formulas that are looked at again whenever one is chosen.
const SHORTLIST: usize = 96;
/// By chance the gain is about -3 ± 1 standard errors, and the largest of 2,000 formulas about 0.5.
const GAIN_MIN: f64 = 1.0;

/// The formulas of a sample that are worth having, best first, at most `max`.
pub fn choose(sample: &Sample, max: usize) -> Vec<Formula> {
    let mut residuals = sample.residuals.clone();
    subtract_single_numbers(sample, &mut residuals);
    let mut shortlist = shortlist(sample, &residuals);
    let mut chosen = Vec::new();
    while chosen.len() < max {
        let gains: Vec<f64> = shortlist.par_iter().map(|(_, bins)| gain(&residuals, bins, sample)).collect();
        let best = (0..shortlist.len()).max_by(|&i, &j| gains[i].total_cmp(&gains[j]));
        let Some(best) = best.filter(|&best| gains[best] > GAIN_MIN) else { break };
        let (formula, bins) = shortlist.remove(best);
        residuals.subtract(&bins, BINS_MAX);
        chosen.push(formula);
    }
    chosen
}

/// The formulas that gain most, with their bins.
fn shortlist(sample: &Sample, residuals: &Outputs) -> Vec<(Formula, Vec<u8>)> {
    let mut formulas: Vec<(f64, Formula)> = sample
        .formulas()
        .into_par_iter()
        .map_init(Scratch::default, |scratch, formula| (gain(residuals, scratch.bins(sample, &formula), sample), formula))
        .collect();
    formulas.retain(|(gain, _)| *gain > GAIN_MIN);
    formulas.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    formulas.truncate(SHORTLIST);
    let mut scratch = Scratch::default();
    formulas.into_iter().map(|(_, formula)| (formula, scratch.bins(sample, &formula).to_vec())).collect()
}

/// What a formula with these bins gains, in standard errors.
fn gain(residuals: &Outputs, bins: &[u8], sample: &Sample) -> f64 {
    residuals.gain(bins, BINS_MAX, sample.half).errors
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
