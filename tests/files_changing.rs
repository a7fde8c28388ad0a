//! Downloads of directories that change meanwhile, on a real engine.

mod support;

use std::fs;

use sandcell::{Client, CreateOptions, ErrorKind, TransferMethod, TransferOptions};
use support::{IMAGE, until};

type Container = support::Container<Client>;

fn exec<'a>() -> TransferOptions<'a> {
    TransferOptions::new().method(TransferMethod::Exec)
}

#[test]
fn files_that_come_and_go_hold_up_no_download() {
    let container = Container::with(CreateOptions::new(IMAGE).user("65534:65534"));
    container.sh("mkdir -p /tmp/t/d /tmp/t/busy; cd /tmp/t
         for n in $(seq 50); do echo $n >s$n; echo $n >d/s$n; done
         long=$(seq 20000)
         (while :; do for n in 1 2 3 4 5 6 7 8; do
           echo $n >busy/come$n; echo \"$long\" >busy/shrink$n; echo \"$long\" >>busy/grow
           mkdir -p busy/dir$n; echo x >busy/dir$n/f; rm -rf busy/dir$n busy/come$n
           : >busy/shrink$n; : >busy/grow
         done; echo >/tmp/round; done) >/dev/null 2>&1 &");
    until(|| container.sh("ls /tmp").contains("round").then_some(()));
    for round in 0..10 {
        let down = tempfile::tempdir().unwrap();
        let result = container.handle().download("/tmp/t", down.path(), &exec());
        result.unwrap_or_else(|error| panic!("round {round}: {error:#}"));
        for n in 1..=50 {
            for path in [format!("s{n}"), format!("d/s{n}")] {
                let text = fs::read_to_string(down.path().join(&path)).unwrap();
                assert_eq!(text, format!("{n}\n"), "round {round}: {path}");
            }
        }
    }
}

#[test]
fn a_file_that_may_not_be_read_is_an_error_among_changes() {
    let container = Container::with(CreateOptions::new(IMAGE).user("65534:65534"));
    container.sh("mkdir -p /tmp/t; cd /tmp/t; echo x >secret; chmod 0 secret; long=$(seq 20000)
         (while :; do echo \"$long\" >busy; : >busy; echo >/tmp/round; done) >/dev/null 2>&1 &");
    until(|| container.sh("ls /tmp").contains("round").then_some(()));
    for _ in 0..5 {
        let down = tempfile::tempdir().unwrap();
        let error = container.handle().download("/tmp/t", down.path(), &exec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileAccess, "{error:#}");
    }
}
