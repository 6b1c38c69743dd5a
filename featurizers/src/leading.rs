//! The few directions in which the rows of a table differ most.
//!
//! For a matrix A with a row per row of the table they are the leading right singular vectors of A, which are the leading
//! eigenvectors of AᵀA, found by subspace iteration from a random start: multiply a few random vectors by AᵀA again and
//! again, make them orthonormal after each time, and solve the small problem within the space that they span. AᵀA is never
//! made: one pass over the rows multiplies by A and by Aᵀ. The cost is five passes of 4 · entries · vectors operations.
//!
//! Eight vectors lie side by side and are multiplied by one thread, so that the result is the same at any number of
//! threads, and the vectors of a table with 20,000 columns stay in the cache.
//!
//! Source: Halko, Martinsson, Tropp: *Finding structure with randomness* (2011), algorithms 4.4 and 5.3.

mod symmetric;

use automl_core::matrix::Csr;
use automl_core::seed::rng;
use rand::RngExt;
use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use symmetric::Eigen;

/// Vectors that lie side by side: a line of the cache in double precision.
const LANES: usize = 8;
/// Vectors beyond those that are wanted; the last ones converge slowly.
const MORE: usize = 10;
/// Multiplications by AᵀA. Four give the sums of squares of texts and tables to three digits.
const PASSES: usize = 4;
/// Directions whose share of the first one's sum of squares is smaller are rounding errors.
const SHARE_MIN: f64 = 1e-9;

/// Directions by falling sum of squares.
#[derive(Debug, Clone, PartialEq)]
pub struct Leading {
    /// Per direction the sum of squares of the rows along it.
    pub squares: Vec<f64>,
    /// Per column of the table its share in each direction; the directions have length 1.
    pub directions: Vec<f32>,
}

/// One entry per column for each of eight vectors.
type Block = Vec<[f64; LANES]>;

impl Leading {
    /// At most `rank` directions; fewer where the rows have fewer. Runs on the rayon pool that it is called from.
    pub fn find(rows: &Csr, rank: usize, seed: u64) -> Leading {
        let vectors = (rank + MORE).min(rows.width());
        if rank == 0 || rows.nonzeros() == 0 {
            return Leading { squares: Vec::new(), directions: Vec::new() };
        }
        let mut space = random(rows.width(), vectors, seed);
        for _ in 0..PASSES {
            // Once is not enough where the vectors are almost parallel; twice is (Parlett).
            space = orthonormal(&orthonormal(&multiply(rows, &space)));
        }
        let eigen = Eigen::of(products(&space, &multiply(rows, &space)), space.len() * LANES);
        let kept = eigen.values.iter().take_while(|&&value| value > SHARE_MIN * eigen.values[0]).count().min(rank);
        let turned = turn(&space, &eigen, kept, |_| 1.0);
        let directions = (0..rows.width()).flat_map(|j| (0..kept).map(move |k| (j, k)));
        let directions = directions.map(|(j, k)| turned[k / LANES][j][k % LANES] as f32).collect();
        Leading { squares: eigen.values[..kept].to_vec(), directions }
    }

    /// How many directions there are.
    pub fn len(&self) -> usize {
        self.squares.len()
    }
}

/// Vectors of random numbers; those beyond `vectors` that fill up a block are zero.
fn random(size: usize, vectors: usize, seed: u64) -> Vec<Block> {
    let mut rng = rng(seed);
    let mut blocks = vec![vec![[0.0; LANES]; size]; vectors.div_ceil(LANES)];
    for vector in 0..vectors {
        blocks[vector / LANES].iter_mut().for_each(|lanes| lanes[vector % LANES] = rng.random_range(-1.0..1.0));
    }
    blocks
}

/// AᵀA times the vectors.
fn multiply(rows: &Csr, vectors: &[Block]) -> Vec<Block> {
    vectors.par_iter().map(|block| multiply_block(rows, block)).collect()
}

fn multiply_block(rows: &Csr, block: &Block) -> Block {
    let mut out = vec![[0.0; LANES]; block.len()];
    for i in 0..rows.rows() {
        let (indices, values) = rows.row(i);
        let mut along = [0.0; LANES];
        for (&j, &value) in indices.iter().zip(values) {
            add(&mut along, f64::from(value), &block[j as usize]);
        }
        for (&j, &value) in indices.iter().zip(values) {
            add(&mut out[j as usize], f64::from(value), &along);
        }
    }
    out
}

#[inline]
fn add(sum: &mut [f64; LANES], factor: f64, of: &[f64; LANES]) {
    sum.iter_mut().zip(of).for_each(|(sum, value)| *sum += factor * value);
}

/// The scalar products of all vectors with all others, row by row.
fn products(a: &[Block], b: &[Block]) -> Vec<f64> {
    let size = a.len() * LANES;
    let pairs: Vec<(usize, usize)> = (0..a.len()).flat_map(|i| (0..=i).map(move |j| (i, j))).collect();
    let tiles: Vec<[[f64; LANES]; LANES]> = pairs.par_iter().map(|&(i, j)| tile(&a[i], &b[j])).collect();
    let mut products = vec![0.0; size * size];
    for (&(i, j), tile) in pairs.iter().zip(&tiles) {
        for (x, row) in tile.iter().enumerate() {
            for (y, &product) in row.iter().enumerate() {
                products[(i * LANES + x) * size + j * LANES + y] = product;
                products[(j * LANES + y) * size + i * LANES + x] = product;
            }
        }
    }
    products
}

fn tile(a: &Block, b: &Block) -> [[f64; LANES]; LANES] {
    let mut tile = [[0.0; LANES]; LANES];
    for (a, b) in a.iter().zip(b) {
        for (row, &factor) in tile.iter_mut().zip(a) {
            add(row, factor, b);
        }
    }
    tile
}

/// Orthonormal vectors that span the same space. Where it has fewer dimensions the last ones are zero.
fn orthonormal(vectors: &[Block]) -> Vec<Block> {
    let eigen = Eigen::of(products(vectors, vectors), vectors.len() * LANES);
    // The products are squares of lengths: below this share they are rounding errors.
    let floor = 1e-13 * eigen.values[0];
    turn(vectors, &eigen, vectors.len() * LANES, |value| if value > floor { value.sqrt().recip() } else { 0.0 })
}

/// The vectors as the first eigenvectors combine them, each times a factor of its eigenvalue.
fn turn(vectors: &[Block], eigen: &Eigen, kept: usize, factor: impl Fn(f64) -> f64 + Sync) -> Vec<Block> {
    let turn_block = |to: usize| {
        let mut out = vec![[0.0; LANES]; vectors[0].len()];
        for (from, block) in vectors.iter().enumerate() {
            let weights: [[f64; LANES]; LANES] = std::array::from_fn(|x| {
                std::array::from_fn(|y| {
                    let k = to * LANES + y;
                    eigen.vectors[k][from * LANES + x] * factor(eigen.values[k])
                })
            });
            for (out, lanes) in out.iter_mut().zip(block) {
                for (&value, weights) in lanes.iter().zip(&weights) {
                    add(out, value, weights);
                }
            }
        }
        out
    };
    (0..kept.div_ceil(LANES)).into_par_iter().map(turn_block).collect()
}

#[cfg(test)]
mod tests;
