//! Images made for a test, not by way of the library.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::api;

/// Makes a tar archive with one file in it; returns where it is.
pub fn pack(dir: &Path, name: &str, contents: &[u8]) -> String {
    fs::write(dir.join(name), contents).unwrap();
    let tar = dir.join("layer.tar");
    let mut pack = Command::new("tar");
    pack.arg("-C").arg(dir).arg("-cf").arg(&tar).arg(name);
    assert!(pack.status().unwrap().success());
    tar.to_str().unwrap().to_owned()
}

/// Gives the engine an image with one file in it, and what its containers start
/// with.
pub fn import(image: &str, file: &str, contents: &[u8], changes: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    import_tar(image, &pack(dir.path(), file, contents), changes);
}

/// Gives the engine an image of the files in an archive.
pub fn import_tar(image: &str, tar: &str, changes: &[&str]) {
    let body = format!("@{tar}");
    let mut target = format!("/images/create?fromSrc=-&repo={image}&tag=latest");
    for change in changes {
        target += "&changes=";
        target += &change.replace('%', "%25").replace(' ', "%20").replace('=', "%3D");
    }
    api(&target, &["--header", "Content-Type: application/x-tar", "--data-binary", &body]);
}
