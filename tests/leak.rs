//! Nothing is left behind in this process. One test, in a binary of its own:
//! others at the same time would be counted with it.

mod support;

use sandock::{CreateOptions, ExecOptions};
use support::process::{open_fds, threads};
use support::{IMAGE, engine};

#[test]
fn many_calls_leave_descriptors_and_threads_as_they_were() {
    let (fds, at_first) = (open_fds(), threads());
    let client = engine();
    let id = client.create_and_start(&CreateOptions::new(IMAGE)).unwrap();
    for _ in 0..10_000 {
        assert!(client.container_alive(&id).unwrap());
    }
    let idle = open_fds();
    for i in 0..200 {
        let command = ExecOptions::new(["sh", "-c", "cat; exit $0"]).arg((i % 3).to_string());
        let result = client.exec(&id, &command.stdin("x")).unwrap();
        assert_eq!((result.exit_code(), &result.stdout[..]), (Some(i % 3), &b"x"[..]));
    }
    assert_eq!((open_fds(), threads()), (idle, at_first), "the pool keeps what it had");
    assert!(client.exec("no-such-container", &ExecOptions::new(["true"])).is_err());
    client.stop(&id).unwrap();
    drop(client);
    assert_eq!((open_fds(), threads()), (fds, at_first));
}
