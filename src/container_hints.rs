//! Hints, in `/proc`, at the container that this process runs in. Only the engine can
//! confirm them.

use std::path::Path;

use crate::sys;

/// Files that engines mount into every container, from a directory named by its id.
const FILES: [&str; 3] = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];
/// Marker files of engines.
const MARKERS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// The hints in this process's `/proc`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContainerHints {
    /// Mounted [`FILES`]: the id in the path of the source, and the path from there on.
    pub(crate) files: Vec<(String, String)>,
    /// The upper directory of the root filesystem, if it is an overlay.
    pub(crate) upper_dir: Option<String>,
    /// The id in the path of the innermost cgroup.
    pub(crate) cgroup: Option<String>,
    /// The host name, if it looks like a short id.
    pub(crate) hostname: Option<String>,
}

impl ContainerHints {
    /// Reads the hints. A file that cannot be read has none.
    pub(crate) fn read() -> Self {
        let text = |path: &str| {
            let bytes = sys::read_proc(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        ContainerHints::parse(
            &text("/proc/self/mountinfo"),
            &text("/proc/self/cgroup"),
            &text("/proc/sys/kernel/hostname"),
        )
    }

    fn parse(mountinfo: &str, cgroup: &str, hostname: &str) -> Self {
        let mut hints = ContainerHints::default();
        let mounts: Vec<_> = mountinfo.lines().filter_map(Mount::parse).collect();
        // The last mount at a path hides the others.
        let at = |target: &str| mounts.iter().rev().find(|mount| mount.target == target);
        hints.files.extend(FILES.iter().filter_map(|file| at(file)?.id_and_rest()));
        hints.upper_dir = at("/").and_then(|mount| mount.option("upperdir="));
        let cgroups = cgroup.lines().filter_map(|line| line.splitn(3, ':').nth(2));
        let mut ids = cgroups.filter_map(|path| path.rsplit('/').find_map(cgroup_id));
        hints.cgroup = ids.next().map(str::to_owned);
        let hostname = hostname.trim();
        hints.hostname = (hostname.len() == 12 && is_hex(hostname)).then(|| hostname.to_owned());
        hints
    }

    /// Whether this process runs in a container of any engine.
    pub(crate) fn is_contained(&self) -> bool {
        let is_marked = || MARKERS.iter().any(|marker| Path::new(marker).exists());
        !self.files.is_empty() || self.cgroup.is_some() || is_marked()
    }

    /// The ids in the hints, the most likely first.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let files = self.files.iter().map(|(id, _)| id);
        let mut ids = Vec::new();
        for id in self.cgroup.iter().chain(files).chain(&self.hostname) {
            if !ids.iter().any(|seen: &&str| seen.starts_with(id.as_str())) {
                ids.push(id.as_str());
            }
        }
        ids
    }
}

/// A line of `mountinfo`.
struct Mount {
    root: String,
    target: String,
    /// As they are printed: their values may contain commas.
    options: String,
}

impl Mount {
    fn parse(line: &str) -> Option<Self> {
        let (mount, source) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (root, target) = (unescape(fields.next()?), unescape(fields.next()?));
        Some(Mount { root, target, options: source.split(' ').nth(2)?.to_owned() })
    }

    /// The id in the path of the source, and the path from there on.
    fn id_and_rest(&self) -> Option<(String, String)> {
        let id = self.root.split('/').rfind(|part| is_id(part))?;
        let at = self.root.rfind(id)?;
        Some((id.to_owned(), self.root[at..].to_owned()))
    }

    fn option(&self, name: &str) -> Option<String> {
        self.options.split(',').find_map(|option| option.strip_prefix(name)).map(unescape)
    }
}

/// Decodes what the kernel escapes in `/proc`: a backslash and three octal digits for
/// a byte, such as `\040` for a space.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match after {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] if first == b'\\' => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

/// The id in a component of a cgroup's path: `ID`, `docker-ID.scope` or `libpod-ID`.
fn cgroup_id(part: &str) -> Option<&str> {
    let part = part.strip_suffix(".scope").unwrap_or(part);
    let (_, id) = part.rsplit_once('-').unwrap_or(("", part));
    is_id(id).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
28 27 0:25 / /etc/hosts ro shared:1 - tmpfs none ro,size=4k
";

    fn id(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    #[test]
    fn a_host_leaves_none() {
        let hints =
            ContainerHints::parse(HOST, "9:name=systemd:/\n0::/user.slice/x.scope\n", "vm\n");
        assert_eq!(hints, ContainerHints::default());
        assert!(hints.ids().is_empty());
    }

    #[test]
    fn docker_and_podman_leave_their_ids() {
        let (a, b) = (id('a'), id('b'));
        let mountinfo = format!(
            "{HOST}30 1 0:50 / / rw - overlay overlay rw,lowerdir=/x:/y,upperdir=/d/{b}/diff,workdir=/w
31 30 254:0 /data/containers/{a}/hostname /etc/hostname rw - ext4 /dev/vda rw
32 30 0:33 /storage/overlay-containers/{a}/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw
"
        );
        let hints = ContainerHints::parse(&mountinfo, "", "aaaaaaaaaaaa\n");
        let files =
            [(a.clone(), format!("{a}/hostname")), (a.clone(), format!("{a}/userdata/hosts"))];
        assert_eq!(hints.files, files);
        assert_eq!(hints.ids(), [a.as_str()], "the name adds nothing");
        assert_eq!(hints.upper_dir, Some(format!("/d/{b}/diff")));
        assert!(hints.is_contained());
    }

    #[test]
    fn the_root_that_was_mounted_last_counts() {
        let mountinfo = format!(
            "{HOST}30 1 0:50 / / rw - overlay overlay rw,lowerdir=/x:/y,upperdir=/d/u,workdir=/w\n"
        );
        assert_eq!(ContainerHints::parse(&mountinfo, "", "").upper_dir.as_deref(), Some("/d/u"));
        assert_eq!(ContainerHints::parse(HOST, "", "").upper_dir, None);
    }

    #[test]
    fn escaped_paths_are_decoded() {
        let a = id('a');
        let mountinfo = format!(
            "{HOST}30 1 0:50 / / rw - overlay overlay rw,upperdir=/my\\040data\\054\\134x\\012/u,workdir=/w
31 30 254:0 /my\\040data/{a}/a\\011hostname /etc/hostname rw - ext4 /dev/vda rw
"
        );
        let hints = ContainerHints::parse(&mountinfo, "", "");
        assert_eq!(hints.upper_dir.as_deref(), Some("/my data,\\x\n/u"));
        assert_eq!(hints.files, [(a.clone(), format!("{a}/a\thostname"))]);
        for same in ["", "\\", "a\\04", "\\400", "\\08x", "é\\x"] {
            assert_eq!(unescape(same), same);
        }
        assert_eq!(unescape("\\303\\251\\377"), "é\u{fffd}");
    }

    #[test]
    fn the_innermost_cgroup_counts() {
        let (a, b) = (id('a'), id('b'));
        for path in [
            format!("/docker/{a}/docker/{b}"),
            format!("/docker/{b}/system.slice/x.service"),
            format!("/system.slice/docker-{b}.scope"),
            format!("/machine.slice/libpod-{b}.scope/container"),
            format!("/libpod_parent/libpod-{b}"),
        ] {
            let hints = ContainerHints::parse("", &format!("1:name=systemd:/\n0::{path}\n"), "");
            assert_eq!(hints.cgroup.as_ref(), Some(&b), "{path}");
        }
    }
}
