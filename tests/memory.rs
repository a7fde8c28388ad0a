//! Memory stays bounded, whatever a command writes. One test, in a binary of
//! its own: others at the same time would be counted with it.

mod support;

use std::time::Duration;

use sandcell::{Client, Outcome, Overflow};
use support::flood::{MIB, drain, flood, flooded};
use support::front::{Exec, Front, Output, sh};
use support::{Container, process as this_process};

/// Twice 1 MiB for a command's streams, the read buffer, and what an allocator
/// keeps.
const BOUND: usize = 8 * MIB;

#[test]
fn memory_stays_bounded() {
    late_reader::<Client>();
    flood_that_nobody_wants::<Client>();
    #[cfg(feature = "capi")]
    {
        late_reader::<support::front::c::Client>();
        flood_that_nobody_wants::<support::front::c::Client>();
    }
}

/// A reader that comes late gets every byte, and delays nobody.
fn late_reader<F: Front>() {
    let container = Container::<F>::start();
    let text = flood(&container, 256);
    let before = this_process::resident();
    let mut exec = container.start_exec(&container.id, &sh(&text)).unwrap();
    // Nobody has read a byte, and the command ends all the same.
    assert!(matches!(exec.wait().unwrap(), Outcome::Exited(0)));
    let grown = this_process::resident().saturating_sub(before);
    assert!(grown < BOUND, "grew by {grown}");
    let stdout = exec.take_stdout();
    assert_eq!((stdout.total_bytes(), stdout.dropped_bytes()), (256 * MIB as u64, 0));
    assert_eq!(drain(stdout), flooded(256));
}

fn flood_that_nobody_wants<F: Front>() {
    let container = Container::<F>::start();
    let before = this_process::resident();
    for overflow in [Overflow::KeepHead, Overflow::KeepTail, Overflow::KeepHeadAndTail] {
        let yes = sh("yes").max_output(100_000).on_overflow(overflow);
        let options = yes.timeout(Duration::from_secs(2)).kill_grace(Duration::ZERO);
        let result = container.run(&options);
        assert!(matches!(result.outcome, Outcome::TimedOut), "{:?}", result.outcome);
        assert_eq!(result.stdout.len(), 100_000);
        assert!(result.stdout.total_bytes > 10_000_000, "{}", result.stdout.total_bytes);
    }
    let grown = this_process::resident().saturating_sub(before);
    assert!(grown < BOUND, "grew by {grown}");
}
