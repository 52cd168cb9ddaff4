//! Small neural networks by hand: kernels on blocks of 32 examples, gradients, and training.
//!
//! Numbers stand feature by feature, 32 examples side by side ([`matrix::Wide`]), so that every step
//! of a network is the same instruction for many examples, and no example's result depends on those
//! beside it. The parameters of a network are one flat list of `f32`: the optimiser, the file and the
//! tests against finite differences need not know what they mean. Products are fused with their sums,
//! which rounds the same everywhere, and nothing is reassociated, so that training gives the same bits on
//! every processor; one that cannot fuse (before 2013) computes it slowly.

pub(crate) mod ahead;
pub(crate) mod chain;
pub(crate) mod dense;
pub(crate) mod events;
pub(crate) mod loss;
pub(crate) mod lstm_cell;
pub(crate) mod matrix;
pub(crate) mod optimiser;
pub(crate) mod scale;
pub(crate) mod stack;
pub(crate) mod training;
