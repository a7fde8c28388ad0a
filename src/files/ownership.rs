//! Whose a directory of a container is, asked of the engine and told to it.

use std::io::{Cursor, Read};

use tar::EntryType;

use super::archive::now;
use super::header::{END, Entry};
use super::untar;
use crate::error::{Error, ErrorKind, Result};
use crate::exec::ExecTarget;

/// No file that lists users or groups is larger.
const MAX_LIST: u64 = 1024 * 1024;

/// Makes the directory at `path` that of `owner`; its mode stays.
pub(crate) fn give(target: &ExecTarget, path: &str, owner: (u32, u32)) -> Result<()> {
    // An engine may make up an owner in what it sends, but no mode.
    let mut mode = None;
    first(target, path, |entry| {
        mode = Some(entry.header().mode().map_err(malformed)? & 0o7777);
        Ok(())
    })?;
    let mode = mode.ok_or_else(|| Error::protocol("the engine's archive lacks the directory"))?;
    let mut tar = Vec::new();
    let (kind, mtime) = (EntryType::Directory, now());
    Entry { kind, path: b"./", link: b"", mode, size: 0, mtime, owner }.encode(&mut tar);
    tar.extend_from_slice(&END);
    let tar = &mut Cursor::new(tar);
    target.api().container_archive_put(&target.context, &target.container, path, tar)
}

/// What a user's numbers are in a container that no command has run in yet.
pub(crate) fn numbers(target: &ExecTarget, user: &str) -> Result<(u32, u32)> {
    let (name, group) = user.split_once(':').map_or((user, None), |(u, g)| (u, Some(g)));
    let (by_number, group_by_number) = (name.parse().ok(), group.map(|g| g.parse().ok()));
    if let (Some(uid), Some(Some(gid))) = (by_number, group_by_number) {
        return Ok((uid, gid));
    }
    // `name:password:uid:gid:…`, where an image has such a file.
    let users = list(target, "/etc/passwd")?;
    let users = rows(&users, 4);
    let column = if by_number.is_some() { 2 } else { 0 };
    let found = users.iter().find(|fields| fields[column] == name);
    let field = |index: usize| found.and_then(|fields| fields[index].parse().ok());
    let uid = by_number.or(field(2)).ok_or_else(|| unknown(user))?;
    let gid = match group {
        None => field(3).unwrap_or(0),
        Some(group) => match group.parse() {
            Ok(gid) => gid,
            Err(_) => group_number(target, group)?.ok_or_else(|| unknown(user))?,
        },
    };
    Ok((uid, gid))
}

fn group_number(target: &ExecTarget, group: &str) -> Result<Option<u32>> {
    let groups = list(target, "/etc/group")?;
    let groups = rows(&groups, 3);
    let found = groups.iter().find(|fields| fields[0] == group);
    Ok(found.and_then(|fields| fields[2].parse().ok()))
}

/// The lines of a list that have so many fields at least.
fn rows(list: &str, fields: usize) -> Vec<Vec<&str>> {
    let rows = list.lines().map(|line| line.split(':').collect::<Vec<_>>());
    rows.filter(|row| row.len() >= fields).collect()
}

/// A file that lists users or groups; empty if there is none.
fn list(target: &ExecTarget, path: &str) -> Result<String> {
    let mut text = Vec::new();
    let read = first(target, path, |entry| {
        let read = entry.take(MAX_LIST).read_to_end(&mut text);
        read.map(drop).map_err(malformed)
    });
    match read {
        Err(error) if error.is_not_found() => {}
        read => read?,
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Visits the first entry of the archive of `path`, and leaves the others.
fn first(
    target: &ExecTarget,
    path: &str,
    mut visit: impl FnMut(&mut untar::Entry<'_>) -> Result<()>,
) -> Result<()> {
    let mut tar = target.api().container_archive_get(&target.context, &target.container, path)?;
    let mut visited = None;
    let ended = untar::each_entry(&mut *tar, |entry| {
        visited = Some(visit(entry));
        Err(Error::new(ErrorKind::TooLarge, "one entry was enough"))
    });
    match visited {
        Some(visited) => visited,
        None => ended,
    }
}

fn malformed(error: std::io::Error) -> Error {
    Error::passed_on("read the engine's archive", error)
}

fn unknown(user: &str) -> Error {
    let problem = format!("user: the image knows no {user:?}; numbers need not be known");
    Error::new(ErrorKind::BadUser, problem)
}
