//! CPU architectures, by the names that seccomp profiles use.

/// A CPU architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Architecture {
    /// Its name in a profile's `architectures`.
    pub(super) seccomp: &'static str,
    /// Its name in `includes` and `excludes`.
    pub(super) go: &'static str,
}

impl Architecture {
    /// Looks up an engine's `name` of it: Docker uses the kernel's names, Podman
    /// uses Go's.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (seccomp, go) = match name {
            "x86_64" | "amd64" => ("SCMP_ARCH_X86_64", "amd64"),
            "aarch64" | "arm64" => ("SCMP_ARCH_AARCH64", "arm64"),
            "armv6l" | "armv7l" | "armv8l" | "arm" => ("SCMP_ARCH_ARM", "arm"),
            "i386" | "i686" | "386" => ("SCMP_ARCH_X86", "x86"),
            "ppc64le" => ("SCMP_ARCH_PPC64LE", "ppc64le"),
            "riscv64" => ("SCMP_ARCH_RISCV64", "riscv64"),
            "s390x" => ("SCMP_ARCH_S390X", "s390x"),
            _ => return None,
        };
        Some(Architecture { seccomp, go })
    }
}
