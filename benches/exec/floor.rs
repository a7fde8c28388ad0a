//! The least that a blocking client does.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use crate::{Result, STACK, Value, ask, crowd_costs, engine};

const READ_SIZE: usize = 64 * 1024;
const HEADER: usize = 8;

/// A client that knows what the engine will say.
pub(crate) struct Floor {
    socket: PathBuf,
    idle: UnixStream,
    buffer: Vec<u8>,
}

impl Floor {
    pub(crate) fn new(socket: &Path) -> Result<Self> {
        let idle = UnixStream::connect(socket)?;
        Ok(Floor { socket: socket.to_owned(), idle, buffer: vec![0; READ_SIZE] })
    }

    /// Runs `command` to its end; returns the length of its output.
    pub(crate) fn exec(&mut self, command: &str) -> Result<u64> {
        self.exec_in("c1", command)
    }

    /// Creates a container, runs `true` in it, and removes it: no request less will do.
    pub(crate) fn live(&mut self) -> Result<()> {
        let options = r#"{"Image":"busybox","Cmd":["tail","-f","/dev/null"]}"#;
        let created = self.ask(&post("containers/create", "", options))?;
        let text = String::from_utf8(created)?;
        let id = text.split("\"Id\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let id = id.ok_or("no id")?;
        self.ask(&post(&format!("containers/{id}/start"), "", ""))?;
        self.exec_in(id, "true")?;
        self.ask(&post(&format!("containers/{id}/stop?t=2"), "", ""))?;
        let delete =
            format!("DELETE /v1.41/containers/{id}?force=1 HTTP/1.1\r\nHost: engine\r\n\r\n");
        self.ask(&delete).map(drop)
    }

    fn exec_in(&mut self, container: &str, command: &str) -> Result<u64> {
        self.create(container, command)?;
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.write_all(start_request(command).as_bytes())?;
        let bytes = read_frames(&mut stream, &mut self.buffer)?;
        self.inspect(command)?;
        Ok(bytes)
    }

    fn ask(&mut self, request: &str) -> Result<Vec<u8>> {
        ask(&mut self.idle, request.as_bytes(), b"}")
    }

    fn create(&mut self, container: &str, command: &str) -> Result<()> {
        let body = format!(r#"{{"AttachStdout":true,"AttachStderr":true,"Cmd":["{command}"]}}"#);
        self.ask(&post(&format!("containers/{container}/exec"), "", &body)).map(drop)
    }

    fn inspect(&mut self, command: &str) -> Result<()> {
        let request = format!("GET /v1.41/exec/{command}/json HTTP/1.1\r\nHost: engine\r\n\r\n");
        self.ask(&request).map(drop)
    }
}

fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /v1.41/{path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n\
         {headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

fn start_request(command: &str) -> String {
    let upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n";
    post(&format!("exec/{command}/start"), upgrade, r#"{"Detach":false,"Tty":false}"#)
}

/// Reads the answer's head and the frames behind it to their end; returns how
/// long the payload was.
fn read_frames(stream: &mut UnixStream, buffer: &mut [u8]) -> Result<u64> {
    let mut payload = 0;
    let mut filled = 0;
    // Where the next frame begins, counted from the buffer's start.
    let mut next = loop {
        filled += stream.read(&mut buffer[filled..])?;
        let end = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            break end + 4;
        }
    };
    loop {
        while next + HEADER <= filled {
            let length: [u8; 4] = buffer[next + 4..next + HEADER].try_into()?;
            let length = u32::from_be_bytes(length) as usize;
            payload += length as u64;
            next += HEADER + length;
        }
        // A header that was cut goes to the front.
        let kept = filled.saturating_sub(next);
        if kept > 0 {
            buffer.copy_within(next..filled, 0);
        }
        next = (next + kept) - filled;
        filled = kept;
        match stream.read(&mut buffer[filled..])? {
            0 => return Ok(payload),
            count => filled += count,
        }
    }
}

/// Many execs at once, a thread for each.
pub(crate) fn crowd(socket: &Path, size: usize) -> Result<Vec<Value>> {
    let mut floor = Floor::new(socket)?;
    let start = || {
        let (up, is_up) = mpsc::channel();
        let mut threads = Vec::with_capacity(size);
        for _ in 0..size {
            floor.create("c1", "hold")?;
            let (up, socket) = (up.clone(), socket.to_owned());
            let run = move || -> Result<()> {
                let mut stream = UnixStream::connect(socket)?;
                ask(&mut stream, start_request("hold").as_bytes(), engine::GREETING)?;
                up.send(())?;
                let mut buffer = [0; 1024];
                while stream.read(&mut buffer)? > 0 {}
                Ok(())
            };
            threads.push(thread::Builder::new().stack_size(STACK).spawn(run)?);
        }
        for _ in 0..size {
            is_up.recv()?;
        }
        Ok((floor, threads))
    };
    let finish = |(mut floor, threads): (Floor, Vec<thread::JoinHandle<Result<()>>>)| {
        for thread in threads {
            thread.join().map_err(|_| "a thread panicked")??;
            floor.inspect("hold")?;
        }
        Ok(())
    };
    crowd_costs(socket, size, start, finish)
}
