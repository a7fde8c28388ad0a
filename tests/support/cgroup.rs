//! What the kernel keeps of a container.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of a container's cgroup, by either version, where the engine's host is this
/// machine.
pub fn from_outside(container: &str, v1: &str, v2: &str) -> String {
    let (controller, file) = v1.split_once('/').unwrap();
    let root = Path::new("/sys/fs/cgroup");
    let v1 = find(&root.join(controller), container).map(|cgroup| cgroup.join(file));
    let path = v1.or_else(|| Some(find(root, container)?.join(v2))).unwrap();
    fs::read_to_string(path).unwrap().trim().to_owned()
}

/// The cgroup below `above` that is called as the container.
fn find(above: &Path, container: &str) -> Option<PathBuf> {
    let below = fs::read_dir(above).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    below.filter(|path| path.is_dir()).find_map(|path| {
        if path.ends_with(container) { Some(path) } else { find(&path, container) }
    })
}
