//! Sets the owner of a directory in a container, and resolves user names to ids,
//! both with archive requests: no command has run in the container yet.

use std::io::{Cursor, Read};

use tar::EntryType;

use super::archive::now;
use super::header::{END, Entry};
use super::requests::Requests;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;

/// How much of `/etc/passwd` and `/etc/group` is read, in bytes.
const MAX_LIST: u64 = 1024 * 1024;

/// Sets the owner of the directory at `path`, and keeps its mode.
pub(crate) fn set_dir_owner(target: &ExecTarget, path: &str, owner: (u32, u32)) -> Result<()> {
    // An engine may report a wrong owner in its archive, but not a wrong mode.
    let mut mode = None;
    Requests { target }.first_entry(path, |entry| {
        mode = Some(entry.header().mode().map_err(malformed)? & 0o7777);
        Ok(())
    })?;
    let missing = || Error::protocol("the engine's archive does not contain the directory");
    let mode = mode.ok_or_else(missing)?;
    let mut tar = Vec::new();
    let (kind, mtime) = (EntryType::Directory, now());
    Entry { kind, path: b"./", link: b"", mode, size: 0, mtime, owner }.encode(&mut tar);
    tar.extend_from_slice(&END);
    Requests { target }.put(path, &mut Cursor::new(tar))
}

/// Resolves `user`, as `name[:group]` or ids, to a user id and a group id with the
/// user database of the image.
pub(crate) fn resolve_user(target: &ExecTarget, user: &str) -> Result<(u32, u32)> {
    let (name, group) = user.split_once(':').map_or((user, None), |(u, g)| (u, Some(g)));
    let (by_number, group_by_number) = (name.parse().ok(), group.map(|g| g.parse().ok()));
    if let (Some(uid), Some(Some(gid))) = (by_number, group_by_number) {
        return Ok((uid, gid));
    }
    // `name:password:uid:gid:…`, if the image has the file.
    let users = read_database(target, "/etc/passwd")?;
    let users = rows(&users, 4);
    let column = if by_number.is_some() { 2 } else { 0 };
    let found = users.iter().find(|fields| fields[column] == name);
    let field = |index: usize| found.and_then(|fields| fields[index].parse().ok());
    let uid = by_number.or(field(2)).ok_or_else(|| unknown_user(user))?;
    let gid = match group {
        None => field(3).unwrap_or(0),
        Some(group) => match group.parse() {
            Ok(gid) => gid,
            Err(_) => group_id(target, group)?.ok_or_else(|| unknown_user(user))?,
        },
    };
    Ok((uid, gid))
}

fn group_id(target: &ExecTarget, group: &str) -> Result<Option<u32>> {
    let groups = read_database(target, "/etc/group")?;
    let groups = rows(&groups, 3);
    let found = groups.iter().find(|fields| fields[0] == group);
    Ok(found.and_then(|fields| fields[2].parse().ok()))
}

/// The lines of a user database with at least `fields` fields.
fn rows(text: &str, fields: usize) -> Vec<Vec<&str>> {
    let rows = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    rows.filter(|row| row.len() >= fields).collect()
}

/// Reads `/etc/passwd` or `/etc/group`; empty if the file does not exist.
fn read_database(target: &ExecTarget, path: &str) -> Result<String> {
    let mut text = Vec::new();
    let read = Requests { target }.first_entry(path, |entry| {
        let read = entry.take(MAX_LIST).read_to_end(&mut text);
        read.map(drop).map_err(malformed)
    });
    match read {
        Err(error) if error.is_not_found() => {}
        read => read?,
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn malformed(error: std::io::Error) -> Error {
    Error::passed_on("read the engine's archive", error)
}

fn unknown_user(user: &str) -> Error {
    let problem = format!("user: the image has no user {user:?}; use numeric ids instead");
    Error::new(ErrorKind::BadUser, problem)
}
