//! What every comparison with other libraries needs: their processes, files for them, tables, losses and seconds.
//!
//! A [`peer::Peer`] is another library, [`ours::Ours`] a learner of this project. [`problem::Problem`] is a table that
//! both get in the same form, and [`paired::Comparison`] what the losses of the same rows say.

pub mod files;
pub mod losses;
pub mod memory;
pub mod npy;
pub mod ours;
pub mod paired;
pub mod peer;
pub mod problem;
pub mod report;
pub mod stopping;
pub mod tables;
pub mod timing;
