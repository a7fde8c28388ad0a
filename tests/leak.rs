//! Nothing is left behind in this process. One test, in a binary of its own:
//! others at the same time would be counted with it.

mod support;

use sandcell::{Client, NetworkMode};
use support::IMAGE;
use support::front::{Command, Front};
use support::process::{open_fds, threads};

#[test]
fn many_calls_leave_descriptors_and_threads_as_they_were() {
    many_calls::<Client>();
    #[cfg(feature = "capi")]
    many_calls::<support::front::c::Client>();
}

fn many_calls<F: Front>() {
    drop(support::engine()); // says what to do if there is none
    let (fds, at_first) = (open_fds(), threads());
    let client = F::connect();
    let id = client.create_and_start(IMAGE, NetworkMode::Disabled).unwrap();
    for _ in 0..10_000 {
        assert!(client.container_alive(&id).unwrap());
    }
    let idle = open_fds();
    for i in 0..200 {
        let code = (i % 3).to_string();
        let command = Command::new(["sh", "-c", "cat; exit $0", &code]);
        let result = client.exec(&id, &command.stdin("x")).unwrap();
        assert_eq!((result.exit_code, &result.stdout[..]), (Some(i % 3), &b"x"[..]));
    }
    assert_eq!((open_fds(), threads()), (idle, at_first), "the pool keeps what it had");
    assert!(client.exec("no-such-container", &Command::new(["true"])).is_err());
    client.stop(&id).unwrap();
    drop(client);
    assert_eq!((open_fds(), threads()), (fds, at_first));
}
