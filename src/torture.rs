//! Makes each system call on a socket fail in turn.

// The scripted engine of the integration tests, compiled against this crate.
#[path = "../tests/support/fake.rs"]
pub(crate) mod fake;

use fake::{FakeEngine, Then};

use crate::error::{ErrorKind, Result};
use crate::exec::{ExecOptions, Outcome};
use crate::sys::fault;

/// Makes one call of each kind that reads and writes sockets.
fn calls(engine: &FakeEngine) -> Result<Outcome> {
    let client = engine.client();
    client.version()?;
    client.container_alive("c1")?;
    let cat = ExecOptions::new(["cat"]).stdin(vec![7; 300_000]);
    Ok(client.exec("c1", &cat)?.outcome)
}

#[test]
fn each_failing_system_call_is_a_typed_error() {
    let engine = FakeEngine::on("POST /v1.41/exec/e1/start", |_, wire| {
        wire.hijack(&[fake::frame(1, b"output"), fake::frame(2, b"errors")].concat())?;
        while wire.read(&mut [0; 64 * 1024])? > 0 {}
        Ok(Then::Close)
    });
    assert!(matches!(calls(&engine), Ok(Outcome::Exited(0))));
    let mut failed = 0;
    for nth in 0.. {
        fault::after(nth);
        let result = calls(&engine);
        if fault::disarm() {
            assert!(failed > 15, "only {failed} failures in {nth} system calls");
            return;
        }
        let expected = [ErrorKind::Io, ErrorKind::Disconnected, ErrorKind::Unreachable];
        match result {
            // If a pooled connection fails, the call uses a new one and succeeds.
            Ok(Outcome::Exited(0)) => {}
            Ok(Outcome::Lost(error)) | Err(error) => {
                assert!(expected.contains(&error.kind()), "call {nth}: {error:?}");
                failed += 1;
            }
            Ok(outcome) => panic!("call {nth}: {outcome:?}"),
        }
    }
}
