//! An engine that answers at once. An exec is named after its command:
//!
//! - `true` writes nothing,
//! - `large` and `small` write [`OUTPUT`] bytes, in large and small frames,
//! - `hold` writes a line and goes on until `POST /release`.

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

/// How many connections the engine has accepted.
pub(crate) fn connections(socket: &Path) -> Result<u64> {
    let mut stream = UnixStream::connect(socket)?;
    let answer = ask(&mut stream, b"GET /connections HTTP/1.1\r\n\r\n", b"}")?;
    let text = String::from_utf8(answer)?;
    let digits: String =
        text.rsplit("\r\n").next().unwrap_or_default().matches(char::is_numeric).collect();
    Ok(digits.parse()?)
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
        let mut path = line.split(['/', ' ', '?']).skip_while(|part| *part != "exec").skip(1);
        if line.starts_with("GET /_ping") {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nApi-Version: 1.41\r\n\r\nOK";
            stream.write_all(head.as_bytes())?;
        } else if line.starts_with("GET /connections") {
            let count = CONNECTIONS.load(Ordering::SeqCst);
            stream.write_all(&answer(&format!("{{\"n\":{count}}}")))?;
        } else if line.starts_with("POST /release") {
            *RELEASES.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            RELEASED.notify_all();
            stream.write_all(&answer("{}"))?;
        } else if line.starts_with("GET ") && line.contains("/containers/") {
            let id = line.split('/').skip_while(|part| *part != "containers").nth(1);
            let id = id.unwrap_or_default();
            stream.write_all(&answer(&format!(r#"{{"Id":"{id}","State":{{"Running":true}}}}"#)))?;
        } else if line.starts_with("GET ") {
            stream.write_all(&answer(r#"{"Running":false,"ExitCode":0,"Pid":7}"#))?;
        } else if line.contains("/containers/") {
            let body = &request[head..];
            let commands = ["true", "large", "small", "hold"];
            let of_body = |command: &&str| body.contains(&format!("\"{command}\""));
            // An option of the request may be `true`, but without quotes.
            let command = commands.into_iter().find(of_body).unwrap_or("unknown");
            stream.write_all(&answer(&format!("{{\"Id\":\"{command}\"}}")))?;
        } else {
            return start(stream, path.next().unwrap_or_default());
        }
        received.drain(..whole);
    }
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
            let wait = RELEASED.wait_while(releases, |releases| *releases == before);
            drop(wait);
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
