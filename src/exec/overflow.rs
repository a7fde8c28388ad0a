//! The handling of excess output.

/// What to do with output beyond
/// [`ExecOptions::max_output`](crate::ExecOptions::max_output). It is always read
/// and counted: a command never blocks because its output is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// Keep the first bytes.
    #[default]
    KeepHead,
    /// Keep the last bytes.
    KeepTail,
    /// Keep the first half and the last half of the limit.
    KeepHeadAndTail,
    /// Keep the first bytes and kill the command, with
    /// [`Outcome::OutputLimit`](crate::Outcome::OutputLimit).
    Kill,
}
