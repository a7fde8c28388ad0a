//! What an engine's largest answers cost, whatever is in them.

#[path = "support/fake.rs"]
mod fake;
#[path = "support/peer.rs"]
mod peer;
#[path = "support/process.rs"]
mod process;

use fake::{FakeEngine, Then};
use peer::Peer;
use sandcell::{Client, ExecOptions, Outcome, Result, VolumeFilter};

/// No longer answer is read.
const SIZE: usize = 16 * 1024 * 1024;
/// What an answer may cost, as a multiple of its size.
const FACTOR: usize = 8;

type Call = fn(&Client) -> Result<()>;

/// What comes before the parts and behind them, the part of a number, and the
/// separator of the last.
struct Shape {
    name: &'static str,
    before: &'static str,
    part: fn(usize) -> String,
    after: &'static str,
}

impl Shape {
    fn answer(&self) -> String {
        let mut answer = String::with_capacity(SIZE);
        answer.push_str(self.before);
        for n in 0.. {
            let part = (self.part)(n);
            if answer.len() + part.len() + self.after.len() > SIZE {
                break;
            }
            answer.push_str(&part);
        }
        let parts = answer.trim_end_matches(',').len();
        answer.truncate(parts);
        answer.push_str(self.after);
        answer
    }
}

fn object(_: usize) -> String {
    "{},".repeat(1000)
}

fn text(_: usize) -> String {
    r#""","#.repeat(1000)
}

fn entry(n: usize) -> String {
    (0..1000).map(|low| format!(r#""{n:x}.{low}":"","#)).collect()
}

fn named(n: usize) -> String {
    (0..1000).map(|low| format!(r#""{n:x}.{low}":{{}},"#)).collect()
}

const fn shape(
    name: &'static str,
    before: &'static str,
    part: fn(usize) -> String,
    after: &'static str,
) -> Shape {
    Shape { name, before, part, after }
}

const INSPECT: &[Shape] = &[
    shape("mounts", r#"{"Id":"x","State":{},"Mounts":["#, object, "]}"),
    shape("capabilities", r#"{"Id":"x","State":{},"HostConfig":{"CapAdd":["#, text, "]}}"),
    shape("labels", r#"{"Id":"x","State":{},"Config":{"Labels":{"#, entry, "}}}"),
    shape("networks", r#"{"Id":"x","State":{},"NetworkSettings":{"Networks":{"#, named, "}}}"),
    shape("what nobody knows", r#"{"Id":"x","State":{},"New":{"#, named, "}}"),
    shape("its driver", r#"{"Id":"x","State":{},"GraphDriver":{"Data":{"New":["#, object, "]}}}"),
    shape("a name of objects", r#"{"Id":"x","State":{},"Name":["#, object, "]}"),
    shape("escapes", r#"{"Id":"x","State":{},"Name":""#, |_| r"\u0001".repeat(100), r#""}"#),
    shape("depth", r#"{"Id":"x","State":{},"Mounts":"#, |_| "[".repeat(1000), "]"),
    shape("unknown depth", r#"{"Id":"x","State":{},"New":"#, |_| r#"{"a":"#.repeat(100), "1}"),
];

const LIST: &[Shape] = &[
    shape("containers", "[", |_| r#"{"Id":"a"},"#.to_owned(), "]"),
    shape("labels", r#"[{"Id":"a","Labels":{"#, entry, "}}]"),
    shape("mounts", "[", |_| r#"{"Id":"a","HostConfig":{"Mounts":[{},{},{}]}},"#.to_owned(), "]"),
];

const OTHERS: &[(&str, Call, &[Shape])] = &[
    ("GET /version", version, &[shape("parts", r#"{"Components":["#, object, "]}")]),
    (
        "GET /v1.41/info",
        capabilities,
        &[shape("security options", r#"{"SecurityOptions":["#, text, "]}")],
    ),
    (
        "GET /v1.41/images/x/json",
        inspect_image,
        &[shape("labels", r#"{"Id":"x","Config":{"Labels":{"#, entry, "}}}")],
    ),
    (
        "GET /v1.41/exec/e1/json",
        exec,
        &[shape(
            "arguments",
            r#"{"Running":false,"ExitCode":0,"ProcessConfig":{"arguments":["#,
            text,
            "]}}",
        )],
    ),
    (
        "GET /v1.41/volumes",
        list_volumes,
        &[
            shape("volumes", r#"{"Volumes":["#, |_| r#"{"Name":""},"#.to_owned(), "]}"),
            shape("labels", r#"{"Volumes":[{"Name":"v","Labels":{"#, entry, "}}]}"),
        ],
    ),
];

fn version(client: &Client) -> Result<()> {
    client.version().map(drop)
}

fn capabilities(client: &Client) -> Result<()> {
    client.engine_features().map(drop)
}

fn inspect(client: &Client) -> Result<()> {
    client.container_alive("c1").map(drop)
}

fn orphans(client: &Client) -> Result<()> {
    client.orphans("/home").map(drop)
}

fn inspect_image(client: &Client) -> Result<()> {
    client.inspect_image("x").map(drop)
}

fn exec(client: &Client) -> Result<()> {
    match client.exec("c1", &ExecOptions::new(["true"]))?.outcome {
        Outcome::Lost(error) => Err(error),
        _ => Ok(()),
    }
}

fn list_volumes(client: &Client) -> Result<()> {
    client.list_volumes(&VolumeFilter::new()).map(drop)
}

/// An engine that answers what starts with `line` with `answer`.
fn engine(line: &'static str, answer: String) -> FakeEngine {
    FakeEngine::start(move |request, wire| {
        if !request.line.starts_with(line) {
            return Ok(Then::Routine);
        }
        let length = answer.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        wire.send(head.as_bytes())?;
        wire.send(answer.as_bytes())
    })
}

fn cases() -> impl Iterator<Item = (&'static str, Call, &'static Shape)> {
    let inspects = ("GET /v1.41/containers/c1/json", inspect as Call, INSPECT);
    let lists = ("GET /v1.41/containers/json", orphans as Call, LIST);
    let all = OTHERS.iter().copied().chain([inspects, lists]);
    all.flat_map(|(line, call, shapes)| shapes.iter().map(move |shape| (line, call, shape)))
}

/// In a process of its own, where nothing else is counted: makes a call, and says
/// how much more memory there was at once while it ran, and how it ended.
fn be_the_client(task: &str) {
    let (nth, host) = task.split_once(' ').unwrap();
    let (_, call, _) = cases().nth(nth.parse().unwrap()).unwrap();
    let client = Client::builder().host(host).build().unwrap();
    let before = process::reset_peak();
    let result = call(&client);
    let cost = process::peak().saturating_sub(before);
    let end = result.map_or_else(|error| format!("{:?}", error.kind()), |()| "fine".to_owned());
    peer::say(&format!("{cost} {end}"));
}

#[test]
fn a_large_answer_costs_a_few_times_its_size() {
    if let Some(task) = peer::role() {
        return be_the_client(&task);
    }
    let (mut worst, mut refused) = (0, 0);
    for (nth, (line, _, shape)) in cases().enumerate() {
        let answer = shape.answer();
        assert!(answer.len() > SIZE - 20_000, "{}: {}", shape.name, answer.len());
        let engine = engine(line, answer);
        let task = format!("{nth} {}", engine.host());
        let mut client = Peer::start("a_large_answer_costs_a_few_times_its_size", &task);
        let said = client.hear();
        assert!(client.finish());
        let (cost, end) = said.split_once(' ').unwrap();
        let cost: usize = cost.parse().unwrap();
        println!("{line}, {}: {:.1} times, {end}", shape.name, cost as f64 / SIZE as f64);
        assert!(cost <= FACTOR * SIZE, "{line}, {}: {cost}", shape.name);
        assert!(["fine", "Protocol"].contains(&end), "{line}, {}: {end}", shape.name);
        refused += usize::from(end == "Protocol");
        worst = worst.max(cost);
    }
    // Else nothing was measured.
    assert!(worst > 2 * SIZE && refused > 5, "{worst} at worst, {refused} were refused");
}
