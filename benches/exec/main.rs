//! What execs cost, against a floor: a program that writes fixed bytes on a
//! socket and reads no more than it must. An engine that answers at once, in a
//! process of its own, isolates what the client's side costs.
//!
//! `make bench` prints a table. Each measurement is made in a fresh process,
//! the sides by turns; a machine's noise hits both, so the ratios count.
//! Profile one side alone, with `$BENCH` the binary that cargo names:
//!
//! ```sh
//! sleep 60 | $BENCH engine /tmp/bench.sock & perf record -g $BENCH measure small exec /tmp/bench.sock
//! ```
#![allow(unsafe_code, reason = "only the process's CPU clock, in `cpu`")]

mod engine;
mod floor;
mod library;

use std::error::Error;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 5;
/// Execs of one measurement of latency, and those before that do not count.
const EXECS: usize = 500;
const WARM_UP: usize = 50;
/// Execs that run at once.
const CROWD: usize = 1000;

/// What is measured: a title, the engine's command, and the library's sides
/// to compare with the floor.
const WORKS: [(&str, &str, &[&str]); 4] = [
    ("exec true", "true", &["exec"]),
    ("drain, 32 KiB frames", "large", &["exec", "start_exec"]),
    ("drain, 512 B frames", "small", &["exec", "start_exec"]),
    ("1000 streaming execs", "hold", &["start_exec"]),
];

/// One measured quantity.
struct Value {
    name: String,
    value: f64,
}

fn value(name: &str, value: f64) -> Value {
    Value { name: name.to_owned(), value }
}

fn main() -> Result<()> {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["engine", socket] => engine::run(Path::new(socket)),
        ["measure", command, side, socket] => {
            for Value { name, value } in measure(command, side, Path::new(socket))? {
                println!("{name}\t{value}");
            }
            Ok(())
        }
        _ => compare(),
    }
}

/// Runs everything, and prints the table.
fn compare() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let socket = dir.path().join("engine.sock");
    let mut engine = Command::new(env::current_exe()?)
        .arg("engine")
        .arg(&socket)
        .stdin(Stdio::piped())
        .spawn()?;
    while !socket.exists() {
        thread::sleep(Duration::from_millis(1));
    }
    println!("Medians of {ROUNDS} rounds; a ratio above 1 is worse than the floor.\n");
    let [ratio, floor] = ["ratio", "floor"];
    println!("{:35}{:16}{floor:>10}{:>10}{ratio:>8}", "work", "quantity", "sandcell");
    for (title, command, sides) in WORKS {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let run = |side: &&str| measure_apart(command, side, &socket);
            let floor = run(&"floor")?;
            rounds.push((floor, sides.iter().map(run).collect::<Result<Vec<_>>>()?));
        }
        for (nth, side) in sides.iter().enumerate() {
            let title = format!("{title}: {side}");
            for (quantity, Value { name, .. }) in rounds[0].0.iter().enumerate() {
                let pairs: Vec<_> = rounds
                    .iter()
                    .map(|(floor, sides)| (floor[quantity].value, sides[nth][quantity].value))
                    .collect();
                print_row(&title, name, &pairs);
            }
        }
    }
    drop(engine.stdin.take()); // which ends it
    engine.wait()?;
    Ok(())
}

fn print_row(title: &str, name: &str, pairs: &[(f64, f64)]) {
    let more_is_better = name.ends_with("/s");
    let ratio =
        |&(floor, ours): &(f64, f64)| if more_is_better { floor / ours } else { ours / floor };
    let floor = median(pairs.iter().map(|pair| pair.0));
    let ours = median(pairs.iter().map(|pair| pair.1));
    let ratio = median(pairs.iter().map(ratio));
    println!("{title:35}{name:16}{floor:>10.4}{ours:>10.4}{ratio:>8.2}");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures in a process of its own.
fn measure_apart(command: &str, side: &str, socket: &Path) -> Result<Vec<Value>> {
    let mut process = Command::new(env::current_exe()?);
    let output =
        process.args(["measure", command, side]).arg(socket).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command}, {side}: {}", output.status).into());
    }
    let parse = |line: &str| -> Result<Value> {
        let (name, number) = line.split_once('\t').ok_or("no value")?;
        Ok(value(name, number.parse()?))
    };
    String::from_utf8(output.stdout)?.lines().map(parse).collect()
}

fn measure(command: &str, side: &str, socket: &Path) -> Result<Vec<Value>> {
    match (command, side) {
        ("true", "floor") => {
            let mut floor = floor::Floor::new(socket)?;
            latency(socket, || floor.exec("true").map(drop))
        }
        ("true", _) => {
            let client = library::client(socket)?;
            latency(socket, || library::exec(&client, "true").map(drop))
        }
        ("hold", "floor") => floor::crowd(socket),
        ("hold", _) => library::crowd(socket),
        (_, "floor") => {
            let mut floor = floor::Floor::new(socket)?;
            drain(|| floor.exec(command))
        }
        (_, "exec") => {
            let client = library::client(socket)?;
            drain(|| library::exec(&client, command))
        }
        _ => {
            let client = library::client(socket)?;
            drain(|| library::start_and_read(&client, command))
        }
    }
}

/// Runs short execs one after another.
fn latency(socket: &Path, mut exec: impl FnMut() -> Result<()>) -> Result<Vec<Value>> {
    for _ in 0..WARM_UP {
        exec()?;
    }
    let connections = engine::connections(socket)?;
    let mut times = Vec::with_capacity(EXECS);
    let cpu_before = cpu();
    for _ in 0..EXECS {
        let start = Instant::now();
        exec()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let cpu = cpu() - cpu_before;
    // Asking is a connection, too.
    let connections = engine::connections(socket)? - connections - 1;
    Ok(vec![
        value("p50 ms", median(times.into_iter())),
        value("CPU ms/exec", cpu.as_secs_f64() * 1e3 / EXECS as f64),
        value("connections", connections as f64 / EXECS as f64),
    ])
}

/// Runs one exec that writes much; it returns how many bytes there were.
fn drain(exec: impl FnOnce() -> Result<u64>) -> Result<Vec<Value>> {
    let (start, cpu_before) = (Instant::now(), cpu());
    let bytes = exec()?;
    let (time, cpu) = (start.elapsed(), cpu() - cpu_before);
    if bytes != engine::OUTPUT {
        return Err(format!("{bytes} bytes of output, not {}", engine::OUTPUT).into());
    }
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    Ok(vec![
        value("MB/s", bytes as f64 / 1e6 / time.as_secs_f64()),
        value("CPU s/GiB", cpu.as_secs_f64() * 1024.0 / mebibytes),
        value("peak RSS MiB", status("VmHWM:")? as f64 / 1024.0),
    ])
}

/// Measures what many execs cost that run at once: `start` starts them all,
/// `finish` takes them to their ends once the engine was told to end them.
pub(crate) fn crowd_costs<T>(
    socket: &Path,
    start: impl FnOnce() -> Result<T>,
    finish: impl FnOnce(T) -> Result<()>,
) -> Result<Vec<Value>> {
    let (memory, threads, fds) = (status("VmRSS:")?, status("Threads:")?, fds()?);
    let (begin, cpu_before) = (Instant::now(), cpu());
    let crowd = start()?;
    let started = begin.elapsed();
    let per_exec = |now: u64, before: u64| (now - before) as f64 / CROWD as f64;
    let mut values = vec![
        value("RSS KiB/exec", per_exec(status("VmRSS:")?, memory)),
        value("threads/exec", per_exec(status("Threads:")?, threads)),
        value("fds/exec", per_exec(self::fds()?, fds)),
        value("start ms", started.as_secs_f64() * 1e3),
    ];
    let end = Instant::now();
    engine::release(socket)?;
    finish(crowd)?;
    values.push(value("end ms", end.elapsed().as_secs_f64() * 1e3));
    values.push(value("CPU ms", (cpu() - cpu_before).as_secs_f64() * 1e3));
    Ok(values)
}

/// The number behind `name` in this process's status.
fn status(name: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such status")?;
    Ok(line.split_whitespace().next().ok_or("no number")?.parse()?)
}

fn fds() -> Result<u64> {
    Ok(fs::read_dir("/proc/self/fd")?.count() as u64)
}

/// The CPU time that all threads of this process have used, ended ones too.
fn cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a place for what the call writes.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every Linux has this clock");
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Sends `request` on `stream`, and reads until what came ends with `end`.
pub(crate) fn ask(stream: &mut (impl Read + Write), request: &[u8], end: &[u8]) -> Result<Vec<u8>> {
    stream.write_all(request)?;
    let mut answer = vec![0; 1024];
    let mut filled = 0;
    loop {
        match stream.read(&mut answer[filled..])? {
            0 => return Err("the engine left".into()),
            count => filled += count,
        }
        if answer[..filled].ends_with(end) {
            answer.truncate(filled);
            return Ok(answer);
        }
    }
}
