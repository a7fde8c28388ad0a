//! An engine that answers at once. An exec is named after its command:
//!
//! - `true` writes nothing,
//! - `large` and `small` write [`OUTPUT`] bytes, in large and small frames,
//! - `hold` writes a line and goes on until `POST /release`.
//!
//! Containers are created, inspected, started, stopped and removed, and nothing is
//! behind them.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use crate::{Result, ask};

/// What an exec that drains writes.
pub(crate) const OUTPUT: u64 = 512 << 20;
/// What an exec that holds writes at once.
pub(crate) const GREETING: &[u8] = b"ready\n";

/// About as much is sent at once.
const BUFFER: usize = 1 << 20;
const STACK: usize = 64 * 1024;

const UPGRADED: &[u8] = b"HTTP/1.1 101 UPGRADED\r\n\
    Content-Type: application/vnd.docker.raw-stream\r\n\
    Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
static REQUESTS: AtomicU64 = AtomicU64::new(0);
/// How many execs hold.
static HOLDING: AtomicU64 = AtomicU64::new(0);
/// How many containers were created, and which was removed last.
static CONTAINERS: AtomicU64 = AtomicU64::new(0);
static REMOVED: Mutex<String> = Mutex::new(String::new());
/// How many times the execs that hold were released.
static RELEASES: Mutex<u64> = Mutex::new(0);
static RELEASED: Condvar = Condvar::new();

/// Serves until standard input ends.
pub(crate) fn run(socket: &Path) -> Result<()> {
    let listener = UnixListener::bind(socket)?;
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            CONNECTIONS.fetch_add(1, Ordering::SeqCst);
            // An error is the client's end; what matters shows there.
            let serve = move || drop(serve(&stream));
            thread::Builder::new().stack_size(STACK).spawn(serve).expect("a thread");
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// How many connections the engine has accepted, how many requests it has answered,
/// and how many execs hold, without those of this question.
pub(crate) fn counts(socket: &Path) -> Result<[u64; 3]> {
    let mut stream = UnixStream::connect(socket)?;
    let answer = ask(&mut stream, b"GET /counts HTTP/1.1\r\n\r\n", b"]")?;
    let text = String::from_utf8(answer)?;
    let numbers = text.rsplit('[').next().unwrap_or_default().trim_end_matches(']');
    let numbers: Result<Vec<u64>> =
        numbers.split(',').map(|number| Ok(number.trim().parse()?)).collect();
    Ok(numbers?.try_into().map_err(|_| "not three numbers")?)
}

/// Ends all execs that hold.
pub(crate) fn release(socket: &Path) -> Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    ask(&mut stream, b"POST /release HTTP/1.1\r\n\r\n", b"}").map(drop)
}

fn serve(mut stream: &UnixStream) -> io::Result<()> {
    let mut received = Vec::with_capacity(4096);
    loop {
        let (head, whole) = receive(stream, &mut received)?;
        let request = String::from_utf8_lossy(&received[..whole]);
        let line = request.lines().next().unwrap_or_default();
        let (method, target) = line.split_once(' ').unwrap_or_default();
        let path = target.split([' ', '?']).next().unwrap_or_default();
        let parts = path.split('/').skip(1).skip_while(|part| part.starts_with("v1."));
        let parts: Vec<_> = parts.collect();
        let is_counted = parts != ["counts"];
        REQUESTS.fetch_add(u64::from(is_counted), Ordering::SeqCst);
        match (method, &parts[..]) {
            ("POST", ["exec", exec, "start"]) => return start(stream, exec),
            ("POST", ["containers", _, "attach"]) => {
                // PID 1 says at once that it runs.
                stream.write_all(&[UPGRADED, &frame(b"ready\n")].concat())?;
                return io::copy(&mut stream, &mut io::sink()).map(drop);
            }
            _ => stream.write_all(&respond(method, &parts, &request[head..]))?,
        }
        received.drain(..whole);
    }
}

fn respond(method: &str, parts: &[&str], body: &str) -> Vec<u8> {
    match (method, parts) {
        ("GET", ["_ping"]) => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nApi-Version: 1.41\r\n\r\nOK";
            head.as_bytes().to_vec()
        }
        ("GET", ["counts"]) => {
            let counts = [&CONNECTIONS, &REQUESTS, &HOLDING].map(|n| n.load(Ordering::SeqCst));
            answer(&format!("{counts:?}"))
        }
        ("POST", ["release"]) => {
            *RELEASES.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            RELEASED.notify_all();
            answer("{}")
        }
        ("POST", ["containers", "create"]) => {
            let nth = CONTAINERS.fetch_add(1, Ordering::SeqCst);
            answer(&format!(r#"{{"Id":"new{nth}","Warnings":[]}}"#))
        }
        ("DELETE", ["containers", id]) => {
            let mut removed = REMOVED.lock().unwrap_or_else(PoisonError::into_inner);
            (*id).clone_into(&mut removed);
            answer("{}")
        }
        ("GET", ["containers", id, "json"]) => inspect(id),
        ("GET", ["exec", ..]) => answer(r#"{"Running":false,"ExitCode":0,"Pid":7}"#),
        ("POST", ["containers", _, "exec"]) => {
            let commands = ["true", "large", "small", "hold"];
            let of_body = |command: &&str| body.contains(&format!("\"{command}\""));
            // An option of the request may be `true`, but without quotes.
            let command = commands.into_iter().find(of_body).unwrap_or("unknown");
            answer(&format!("{{\"Id\":\"{command}\"}}"))
        }
        _ => answer(r#"{"Id":"sha256:00"}"#),
    }
}

/// A container exists unless it was removed last.
fn inspect(id: &str) -> Vec<u8> {
    if *REMOVED.lock().unwrap_or_else(PoisonError::into_inner) == id {
        let body = r#"{"message":"No such container"}"#;
        let head = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length:";
        return format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes();
    }
    answer(&format!(r#"{{"Id":"{id}","State":{{"Running":true}}}}"#))
}

/// Streams an exec's output, to its end.
fn start(mut stream: &UnixStream, exec: &str) -> io::Result<()> {
    let size = match exec {
        "large" => 32 * 1024,
        "small" => 512,
        "hold" => {
            let releases = RELEASES.lock().unwrap_or_else(PoisonError::into_inner);
            let before = *releases;
            stream.write_all(&[UPGRADED, &frame(GREETING)].concat())?;
            HOLDING.fetch_add(1, Ordering::SeqCst);
            let wait = RELEASED.wait_while(releases, |releases| *releases == before);
            drop(wait);
            HOLDING.fetch_sub(1, Ordering::SeqCst);
            return Ok(());
        }
        _ => return stream.write_all(UPGRADED),
    };
    stream.write_all(UPGRADED)?;
    let frames = frame(&vec![b'x'; size]).repeat(BUFFER / size);
    for _ in 0..OUTPUT / BUFFER as u64 {
        stream.write_all(&frames)?;
    }
    Ok(())
}

/// Receives a request; returns the lengths of its head and of all of it.
fn receive(mut stream: &UnixStream, received: &mut Vec<u8>) -> io::Result<(usize, usize)> {
    loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let whole = end + 4 + length.map_or(0, |length| length.trim().parse().unwrap_or(0));
            if received.len() >= whole {
                return Ok((end + 4, whole));
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
}

fn answer(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
    format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a payload's length").to_be_bytes();
    [&[1, 0, 0, 0], &length[..], payload].concat()
}
