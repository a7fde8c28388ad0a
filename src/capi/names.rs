//! What messages call the API. They are written with Rust's names, such as
//! `ExecOptions::cwd`, and C's take their place where a message is handed to C.
//!
//! `tests/coverage` finds a name in a message that is missing here, and holds those
//! here to the conventions.

/// What messages name, and its name in C.
const NAMES: [(&str, &str); 33] = [
    ("Background::user", "sandcell_background_set_user"),
    ("Client::engine_path", "sandcell_client_engine_path"),
    ("ClientBuilder::tls_ca", "sandcell_client_builder_set_tls_ca"),
    ("ClientBuilder::tls_client_cert", "sandcell_client_builder_set_tls_client_cert"),
    ("Container::copy_file_out", "sandcell_container_copy_file_out"),
    ("CreateOptions::allow_reachable_watchers", "sandcell_create_options_allow_reachable_watchers"),
    ("CreateOptions::allow_unenforced", "sandcell_create_options_allow_unenforced"),
    ("CreateOptions::allow_unverified_mounts", "sandcell_create_options_allow_unverified_mounts"),
    ("CreateOptions::pids", "sandcell_create_options_set_pids"),
    ("CreateOptions::platform", "sandcell_create_options_set_platform"),
    ("CreateOptions::user", "sandcell_create_options_set_user"),
    ("ExecOptions::cwd", "sandcell_exec_options_set_cwd"),
    ("ExecOptions::env", "sandcell_exec_options_add_env"),
    ("ExecOptions::measure", "sandcell_exec_options_set_measure"),
    ("ExecOptions::own_user", "sandcell_exec_options_set_own_user"),
    ("ExecOptions::shell", "sandcell_exec_options_set_shell"),
    ("Lifetime::Detached", "SANDCELL_LIFETIME_DETACHED"),
    ("PoolOptions::max_age", "sandcell_pool_options_set_max_age_ms"),
    ("Protection::AppArmor", "SANDCELL_PROTECTION_APPARMOR"),
    ("Protection::Capabilities", "SANDCELL_PROTECTION_CAPABILITIES"),
    ("Protection::Cpus", "SANDCELL_PROTECTION_CPUS"),
    ("Protection::Init", "SANDCELL_PROTECTION_INIT"),
    ("Protection::Memory", "SANDCELL_PROTECTION_MEMORY"),
    ("Protection::Network", "SANDCELL_PROTECTION_NETWORK"),
    ("Protection::NoNewPrivileges", "SANDCELL_PROTECTION_NO_NEW_PRIVILEGES"),
    ("Protection::Pids", "SANDCELL_PROTECTION_PIDS"),
    ("Protection::ReadOnlyRoot", "SANDCELL_PROTECTION_READ_ONLY_ROOT"),
    ("Protection::Seccomp", "SANDCELL_PROTECTION_SECCOMP"),
    ("Protection::Swap", "SANDCELL_PROTECTION_SWAP"),
    ("Protection::UserNamespace", "SANDCELL_PROTECTION_USER_NAMESPACE"),
    ("Protection::Watchers", "SANDCELL_PROTECTION_WATCHERS"),
    ("TransferMethod::Auto", "SANDCELL_TRANSFER_METHOD_AUTO"),
    ("TransferMethod::Exec", "SANDCELL_TRANSFER_METHOD_EXEC"),
];

/// A message for C.
pub(super) fn in_c(message: String) -> String {
    if !message.contains("::") {
        return message;
    }
    let (mut translated, mut rest) = (String::new(), &*message);
    while let Some(start) = rest.find(is_word) {
        let (before, word) = rest.split_at(start);
        let word = &word[..word.find(|c| !is_word(c)).unwrap_or(word.len())];
        let word = word.trim_end_matches(':'); // after a name, punctuation
        let (word, after) = match word.len() {
            0 => rest[start..].split_at(1),
            len => rest[start..].split_at(len),
        };
        let known = NAMES.iter().find(|(rust, _)| *rust == word);
        translated.push_str(before);
        translated.push_str(known.map_or(word, |(_, c)| c));
        rest = after;
    }
    translated + rest
}

/// A path counts as one word.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

#[cfg(test)]
mod tests {
    use super::in_c;

    #[test]
    fn whole_names_are_translated_and_nothing_else() {
        for (message, expected) in [
            ("a; use ExecOptions::cwd", "a; use sandcell_exec_options_set_cwd"),
            (
                "x: CreateOptions::allow_unenforced(Protection::Pids): y",
                "x: sandcell_create_options_allow_unenforced(SANDCELL_PROTECTION_PIDS): y",
            ),
            ("ExecOptions::cwds, XExecOptions::cwd", "ExecOptions::cwds, XExecOptions::cwd"),
            ("a::b::ExecOptions::cwd ä::ö", "a::b::ExecOptions::cwd ä::ö"),
            ("[::1]:80: no", "[::1]:80: no"),
            ("ExecOptions::env: x", "sandcell_exec_options_add_env: x"),
            (":: ExecOptions::env", ":: sandcell_exec_options_add_env"),
        ] {
            assert_eq!(in_c(message.to_owned()), expected);
        }
    }
}
