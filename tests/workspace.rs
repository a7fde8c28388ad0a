//! Directories of the host in a container, on a real engine: as their owner if a caller
//! wants that, and only if the engine sees what this process sees.

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use sandcell::{CreateOptions, Mount};
use support::surroundings::Need;
use support::{Container, IMAGE, engine, unique};

#[test]
fn the_owner_of_the_workspace_may_be_the_user() {
    let dir = tempfile::tempdir().unwrap();
    chown(dir.path(), Some(4242), Some(4343)).unwrap();
    let options = CreateOptions::new(IMAGE).workspace(dir.path(), "/w");
    let denied = "touch: roots: Permission denied\n";
    assert_eq!(Container::with(options.clone()).sh("touch roots 2>&1 || true"), denied);
    let container = Container::with(options.clone().user("1:1").workspace_user());
    assert_eq!(container.sh("touch new; id -u; id -g"), "4242\n4343\n");
    let new = fs::metadata(dir.path().join("new")).unwrap();
    assert_eq!((new.uid(), new.gid()), (4242, 4343));
    let last = options.workspace_user().user("1:1");
    assert_eq!(Container::with(last).sh("id -u"), "1\n", "the last one counts");

    for (options, problem) in [
        (CreateOptions::new(IMAGE).workspace("/no/such", "/w"), "cannot see the workspace"),
        (CreateOptions::new(IMAGE), "there is no workspace"),
    ] {
        let error = engine().create_and_start(&options.workspace_user()).unwrap_err();
        assert!(error.is_invalid_argument(), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("workspace_user: ") && text.contains(problem), "{text}");
    }
}

/// The engine of `tests/engine` has a `/run` of its own, like that of a host in a
/// container, or another machine's.
#[test]
fn a_mount_that_the_engine_sees_otherwise_is_refused() {
    if !Need::OwnRun.is_met() {
        return;
    }
    let name = unique("sandcell-unseen");
    for mount in [
        CreateOptions::new(IMAGE).workspace("/run", "/w"),
        CreateOptions::new(IMAGE).mount(Mount::bind("/run", "/w")),
    ] {
        let error = engine().create_and_start(&mount.clone().name(&name)).unwrap_err();
        assert!(error.is_invalid_argument(), "{error}");
        assert!(
            error.to_string().contains("\"/run\" is not the same file for the engine"),
            "{error}"
        );
        assert_eq!(engine().inspect_container_state(&name).unwrap(), None);
        drop(Container::with(mount.allow_unverified_mounts()));
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "seen").unwrap();
    let container = Container::with(CreateOptions::new(IMAGE).mount(Mount::bind(&file, "/file")));
    assert_eq!(container.sh("cat /file"), "seen");
}
