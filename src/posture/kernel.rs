//! The kernel that serves a container's processes.

use std::fmt;

use crate::api::SystemInfo;

/// What Podman reports for every runtime.
const UNNAMED: &str = "oci";
/// Prefixes of runtime names, in paths and containerd types.
const PREFIXES: [&str; 2] = ["io.containerd.", "containerd-shim-"];

/// The kernel that serves a container's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// The kernel of the engine's host, which enforces what the engine configures.
    Host,
    /// gVisor's kernel, a process on the host.
    GVisor,
    /// The kernel of a Kata Containers virtual machine.
    Kata,
}

impl Kernel {
    /// The kernel of a container of `runtime`; `None` if neither the container nor
    /// the engine names a runtime. Names are arbitrary, so the runtime's program, as
    /// reported by the engine, is considered, too.
    pub(crate) fn of(runtime: &str, engine: &SystemInfo) -> Option<Self> {
        let is_default = runtime.is_empty() || runtime == UNNAMED;
        let name = if is_default { engine.default_runtime.as_str() } else { runtime };
        if name.is_empty() {
            return None;
        }
        let info = engine.runtimes.get(name);
        let program = info.map(|info| [info.path.as_str(), info.kind.as_str()]);
        let names = [name].into_iter().chain(program.into_iter().flatten());
        Some(names.filter_map(Kernel::by_name).next().unwrap_or(Kernel::Host))
    }

    /// Why the engine cannot see the container's processes; `None` if it can.
    pub(crate) fn hides_processes(self) -> Option<String> {
        let why = || format!("the processes run in {self}, and the engine only sees that kernel");
        (self != Kernel::Host).then(why)
    }

    /// Why the engine's archives and a running container's commands do not see the same
    /// files; `None` if they do.
    pub(crate) fn hides_files(self) -> Option<String> {
        (self == Kernel::GVisor).then(|| format!("{self} keeps files to itself"))
    }

    fn by_name(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let name = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let known = [("runsc", Kernel::GVisor), ("kata", Kernel::Kata)];
        let found = known.into_iter().find(|(known, _)| name.starts_with(known));
        found.map(|(_, kernel)| kernel)
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kernel::Host => "the host's kernel",
            Kernel::GVisor => "gVisor's own kernel",
            Kernel::Kata => "Kata's own kernel",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine with runtimes whose names do not mention gVisor or Kata.
    fn engine() -> SystemInfo {
        let json = r#"{"Runtimes":{"safe":{"path":"/opt/bin/runsc"},"runc":{"path":"runc"},
            "small":{"runtimeType":"io.containerd.kata.v2"}}}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_runtime_is_known_by_its_name_or_its_program() {
        let mut engine = engine();
        for (name, kernel) in [
            ("runc", Kernel::Host),
            ("crun", Kernel::Host),
            ("runsc", Kernel::GVisor),
            ("runsc-kvm", Kernel::GVisor),
            ("io.containerd.runsc.v1", Kernel::GVisor),
            ("/usr/bin/containerd-shim-runsc-v1", Kernel::GVisor),
            ("safe", Kernel::GVisor),
            ("kata-fc", Kernel::Kata),
            ("io.containerd.kata-qemu.v2", Kernel::Kata),
            ("small", Kernel::Kata),
        ] {
            assert_eq!(Kernel::of(name, &engine), Some(kernel), "{name}");
            engine.default_runtime = name.to_owned();
            assert_eq!(Kernel::of("", &engine), Some(kernel), "default {name}");
            assert_eq!(Kernel::of(UNNAMED, &engine), Some(kernel), "Podman's {name}");
        }
        engine.default_runtime.clear();
        assert_eq!(Kernel::of("", &engine), None);
        let hides = |kernel: Kernel| kernel.hides_files().is_some();
        assert_eq!([Kernel::Host, Kernel::GVisor, Kernel::Kata].map(hides), [false, true, false]);
    }
}
