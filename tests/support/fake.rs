//! A scripted engine, for what a real one cannot be made to do.
//!
//! It listens on a unix socket and serves each connection on a thread of its
//! own. A test scripts the one request that it is about; all others are
//! answered as an engine would that has one image, one container (`c1`) and
//! one exec (`e1`, which writes nothing and exits with 0):
//!
//! ```ignore
//! let engine = FakeEngine::on("GET /v1.41/containers/c1/json", |_, wire| {
//!     wire.json(500, r#"{"message":"no"}"#)
//! });
//! let error = engine.client().container_alive("c1").unwrap_err();
//! assert_eq!(engine.requests(), ["GET /_ping", "GET /v1.41/containers/c1/json"]);
//! ```
//!
//! Dropping the engine breaks all connections and waits for their threads, so
//! a script must end once its [`Wire`] is broken.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket;
use sandcell::{Client, ClientBuilder, Error, ErrorKind};

/// The socket's name in its directory.
const SOCKET: &str = "engine.sock";
/// How long a test waits for what must happen, before it fails.
const PATIENCE: Duration = Duration::from_secs(10);
/// Scripts do nothing deep, and there may be a thousand of them.
const STACK: usize = 128 * 1024;

/// Checks what an error is, and that it says each of `words`.
#[track_caller]
pub fn check(error: &Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(format!("{error:#}").contains(word), "no {word:?} in: {error:#}");
    }
}

/// What becomes of a connection after a script.
pub enum Then {
    /// The script has answered; the next request may come.
    Next,
    /// The script has not answered; the routine answer is due.
    Routine,
    /// Close the connection.
    Close,
}

/// What a script returns. An error closes the connection, too: that the
/// library left is nothing that a script must handle.
pub type Step = io::Result<Then>;

/// A request that arrived.
pub struct Request {
    /// Method and target, such as `GET /_ping`.
    pub line: String,
    /// The headers' lines, with the names in lower case.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// Which connection of the engine it came on, and which of that
    /// connection's requests it is; both from 0.
    pub connection: usize,
    pub nth: usize,
}

impl Request {
    /// The method, and the parts of the path behind the version.
    fn route(&self) -> (&str, Vec<&str>) {
        let (method, target) = self.line.split_once(' ').unwrap_or((&self.line, ""));
        let path = target.split('?').next().unwrap_or_default();
        let is_version = |part: &&str| part.starts_with("v1.");
        (method, path.split('/').skip(1).skip_while(is_version).collect())
    }
}

impl Request {
    /// Whether it creates an exec that kills another.
    fn kills(&self) -> bool {
        let body = String::from_utf8_lossy(&self.body);
        body.contains("Signals the processes of one exec")
    }
}

/// A scripted engine.
pub struct FakeEngine {
    shared: Arc<Shared>,
    listener: Arc<UnixListener>,
    acceptor: Option<JoinHandle<()>>,
    /// Removed last.
    dir: tempfile::TempDir,
}

type Script = dyn Fn(&Request, &mut Wire) -> Step + Send + Sync;

struct Shared {
    script: Box<Script>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    requests: Vec<Arc<Request>>,
    connections: usize,
    /// The connections that are served, by number.
    open: HashMap<usize, Arc<UnixStream>>,
}

impl FakeEngine {
    /// An engine that `script` decides for on every request.
    pub fn start(script: impl Fn(&Request, &mut Wire) -> Step + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().expect("a directory for the socket");
        let listener = UnixListener::bind(dir.path().join(SOCKET)).expect("a listening socket");
        let listener = Arc::new(listener);
        let shared = Arc::new(Shared {
            script: Box::new(script),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let acceptor = thread::spawn({
            let (shared, listener) = (Arc::clone(&shared), Arc::clone(&listener));
            move || shared.accept(&listener)
        });
        FakeEngine { shared, listener, acceptor: Some(acceptor), dir }
    }

    /// An engine that `script` decides for where a request's line starts with
    /// `line`, and whose other answers are routine.
    pub fn on(
        line: &'static str,
        script: impl Fn(&Request, &mut Wire) -> Step + Send + Sync + 'static,
    ) -> Self {
        FakeEngine::start(move |request, wire| {
            if request.line.starts_with(line) { script(request, wire) } else { Ok(Then::Routine) }
        })
    }

    /// An engine that does nothing special.
    pub fn routine() -> Self {
        FakeEngine::start(|_, _| Ok(Then::Routine))
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join(SOCKET)
    }

    /// The `DOCKER_HOST` that leads here.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn builder(&self) -> ClientBuilder {
        Client::builder().host(self.host())
    }

    pub fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    /// The lines of the requests so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<String> {
        self.shared.state().requests.iter().map(|request| request.line.clone()).collect()
    }

    /// The requests so far whose lines start with `line`.
    pub fn received(&self, line: &str) -> Vec<Arc<Request>> {
        let state = self.shared.state();
        let wanted = state.requests.iter().filter(|request| request.line.starts_with(line));
        wanted.cloned().collect()
    }

    /// How many requests' lines start with `line`.
    pub fn count(&self, line: &str) -> usize {
        self.shared.state().count(line)
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Waits until a request whose line starts with `line` has arrived.
    pub fn wait_for(&self, line: &str) {
        let came = self.wait_until(|state| state.count(line) > 0);
        assert!(came, "{line:?} never came: {:?}", self.requests());
    }

    /// Waits until `holds`; whether it ever does.
    fn wait_until(&self, holds: impl Fn(&State) -> bool) -> bool {
        let state = self.shared.state();
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, |state| !holds(state));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        // Wakes the acceptor; from here on nobody is let in.
        socket::shutdown(self.listener.as_raw_fd(), socket::Shutdown::Both).ok();
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().ok();
        }
        for connection in self.shared.state().open.values() {
            connection.shutdown(Shutdown::Both).ok();
        }
        let all_ended = self.wait_until(|state| state.open.is_empty());
        assert!(all_ended || thread::panicking(), "a script does not end");
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: Arc<Self>, listener: &UnixListener) {
        while let Ok((stream, _)) = listener.accept() {
            let stream = Arc::new(stream);
            let mut state = self.state();
            let id = state.connections;
            state.connections += 1;
            state.open.insert(id, Arc::clone(&stream));
            drop(state);
            let shared = Arc::clone(&self);
            let serve = move || {
                let _open = Open { shared: &shared, id };
                // An error is the other side's end; what matters shows there.
                shared.serve(id, &mut Wire { stream, ahead: Vec::new() }).ok();
            };
            thread::Builder::new().stack_size(STACK).spawn(serve).expect("a thread");
        }
    }

    fn serve(&self, connection: usize, wire: &mut Wire) -> io::Result<()> {
        for nth in 0.. {
            let mut request = wire.request()?;
            (request.connection, request.nth) = (connection, nth);
            let request = Arc::new(request);
            self.state().requests.push(Arc::clone(&request));
            self.changed.notify_all();
            let mut then = (self.script)(&request, wire)?;
            if let Then::Routine = then {
                then = self.routine(&request, wire)?;
            }
            if let Then::Close = then {
                break;
            }
        }
        Ok(())
    }

    fn routine(&self, request: &Request, wire: &mut Wire) -> Step {
        let (method, path) = request.route();
        match (method, &path[..]) {
            ("GET", ["_ping"]) => wire.ping("1.41"),
            ("GET", ["version"]) => {
                wire.json(200, r#"{"ApiVersion":"1.41","MinAPIVersion":"1.12"}"#)
            }
            ("GET", ["info"]) => wire.json(200, "{}"),
            ("GET", ["images", .., "json"]) => wire.json(200, r#"{"Id":"sha256:00"}"#),
            ("POST", ["images", "create"]) => wire.json(200, r#"{"status":"Pulled"}"#),
            ("POST", ["volumes", "create"]) => wire.json(201, r#"{"Name":"v1"}"#),
            ("POST", ["containers", "create"]) => wire.json(201, r#"{"Id":"c1","Warnings":[]}"#),
            ("POST", ["containers", _, "start" | "stop"]) | ("DELETE", ["containers", _]) => {
                wire.json(204, "")
            }
            // A side of PID 1, which says at once that it runs.
            ("POST", ["containers", _, "attach"]) => wire.hijack(&frame(1, b"ready\n")),
            // There until its removal was asked for, or it was created anew.
            ("GET", ["containers", id, "json"]) if self.state().has_container(id) => {
                wire.json(200, r#"{"Id":"c1","State":{"Status":"running","Running":true}}"#)
            }
            // The library's own: it kills a command by running another.
            ("POST", ["containers", _, "exec"]) if request.kills() => {
                wire.json(201, r#"{"Id":"kill"}"#)
            }
            ("POST", ["exec", "kill", "start"]) => wire.hijack(&frame(1, b"left no\n")),
            ("POST", ["containers", _, "exec"]) => wire.json(201, r#"{"Id":"e1"}"#),
            ("POST", ["exec", _, "start"]) => wire.hijack(&[]),
            ("GET", ["exec", _, "json"]) => wire.json(200, r#"{"Running":false,"ExitCode":0}"#),
            _ => wire.json(404, r#"{"message":"No such thing"}"#),
        }
    }
}

impl State {
    fn has_container(&self, id: &str) -> bool {
        let removal = format!("/containers/{id}?");
        let is_removal = |line: &&String| line.starts_with("DELETE ") && line.contains(&removal);
        let is_about_it = |line: &&String| is_removal(line) || line.contains("/containers/create");
        let mut lines = self.requests.iter().rev().map(|request| &request.line);
        lines.find(is_about_it).is_none_or(|line| !is_removal(&line))
    }

    fn count(&self, line: &str) -> usize {
        self.requests.iter().filter(|request| request.line.starts_with(line)).count()
    }
}

/// A connection that is served, until dropped.
struct Open<'a> {
    shared: &'a Shared,
    id: usize,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.state().open.remove(&self.id);
        self.shared.changed.notify_all();
    }
}

/// The engine's end of a connection.
pub struct Wire {
    stream: Arc<UnixStream>,
    /// What was read beyond the last request.
    ahead: Vec<u8>,
}

impl Wire {
    /// Reads a whole request; fails at the end of the connection.
    fn request(&mut self) -> io::Result<Request> {
        let end = loop {
            match self.ahead.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break end,
                None => self.read_more()?,
            }
        };
        let head = String::from_utf8_lossy(&self.ahead[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
        let lower_name = |line: &str| match line.split_once(':') {
            Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
            None => line.to_owned(),
        };
        let headers: Vec<_> = lines.map(lower_name).collect();
        let length = headers.iter().find_map(|line| line.strip_prefix("content-length:"));
        let whole = end + 4 + length.map_or(0, |length| length.trim().parse().unwrap_or(0));
        while self.ahead.len() < whole {
            self.read_more()?;
        }
        let rest = self.ahead.split_off(whole);
        let body = std::mem::replace(&mut self.ahead, rest).split_off(end + 4);
        Ok(Request { line, headers, body, connection: 0, nth: 0 })
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 8 * 1024];
        let count = (&*self.stream).read(&mut buffer)?;
        self.ahead.extend_from_slice(&buffer[..count]);
        if count > 0 { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Sends `bytes` as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Step {
        (&*self.stream).write_all(bytes)?;
        Ok(Then::Next)
    }

    /// Sends `bytes`, nothing more, and the end of the connection.
    pub fn cut(&mut self, bytes: &[u8]) -> Step {
        self.send(bytes)?;
        Ok(Then::Close)
    }

    /// Sends `bytes` one at a time, one in each `pause`.
    pub fn drip(&mut self, bytes: &[u8], pause: Duration) -> Step {
        for byte in bytes.chunks(1) {
            self.send(byte)?;
            thread::sleep(pause);
        }
        Ok(Then::Next)
    }

    /// Sends `bytes` again and again, for as long as they are taken.
    pub fn flood(&mut self, bytes: &[u8], sent: &AtomicUsize) -> Step {
        loop {
            let count = (&*self.stream).write(bytes)?;
            sent.fetch_add(count, Ordering::SeqCst);
        }
    }

    /// Answers with `body`, if any.
    pub fn json(&mut self, status: u16, body: &str) -> Step {
        self.send(answer(status, body).as_bytes())
    }

    /// Answers a ping with the newest version that the engine speaks.
    pub fn ping(&mut self, version: &str) -> Step {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nApi-Version:";
        self.send(format!("{head} {version}\r\n\r\nOK").as_bytes())
    }

    /// Turns the connection into the streams of an exec, sends `bytes` on it
    /// in one segment with the head, and ends it. To go on instead, send
    /// [`UPGRADED`] and whatever else.
    pub fn hijack(&mut self, bytes: &[u8]) -> Step {
        self.cut(&[UPGRADED, bytes].concat())
    }

    /// Reads what comes after the request, now that it was answered; 0 at the
    /// end. The library sends nothing before.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(buffer)
    }

    /// Reads a body that is sent in chunks, to its end.
    pub fn read_chunks(&mut self) -> io::Result<()> {
        while !self.ahead.ends_with(b"\r\n0\r\n\r\n") {
            self.read_more()?;
        }
        self.ahead.clear();
        Ok(())
    }

    /// Reads nothing more until the library has broken the connection.
    pub fn hold_unread(&mut self) -> Step {
        let mut gone = [PollFd::new(self.stream.as_fd(), PollFlags::empty())];
        poll(&mut gone, PollTimeout::NONE)?;
        Ok(Then::Close)
    }

    /// Says nothing until the library has ended its side of the connection.
    pub fn hold(&mut self) -> Step {
        io::copy(&mut &*self.stream, &mut io::sink())?;
        Ok(Then::Close)
    }
}

/// The head that turns a connection into the streams of an exec.
pub const UPGRADED: &[u8] = b"HTTP/1.1 101 UPGRADED\r\n\
    Content-Type: application/vnd.docker.raw-stream\r\n\
    Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

/// A whole answer. 204 and 304 have no body.
pub fn answer(status: u16, body: &str) -> String {
    let length = match status {
        204 | 304 => String::new(),
        _ => format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()),
    };
    format!("HTTP/1.1 {status} Status\r\n{length}\r\n{body}")
}

/// A frame of an exec's output: stream 1 or 2, for an engine that is well.
pub fn frame(stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a length of 32 bits");
    [&[stream, 0, 0, 0], &length.to_be_bytes()[..], payload].concat()
}
