//! What happens to output that is too much.

/// What happens to output beyond [`ExecOptions::max_output`]. It is read and
/// counted in any case: a command never blocks because nobody reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// The first bytes are kept.
    #[default]
    KeepHead,
    /// The last bytes are kept.
    KeepTail,
    /// The first half and the last half are kept.
    KeepHeadAndTail,
    /// The first bytes are kept, and the command is killed:
    /// [`Outcome::OutputLimit`](crate::Outcome::OutputLimit).
    Kill,
}
