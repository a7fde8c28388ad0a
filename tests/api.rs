//! An injected [`Api`]: the client over an engine that is not there.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use sandcell::api::*;
use sandcell::{
    Client, CreateOptions, Error, ErrorKind, ExecOptions, Result, VolumeFilter, WriteOptions,
};

/// An engine with one image and no memory but of what was asked of it.
#[derive(Clone, Debug, Default)]
struct FakeApi {
    calls: Arc<Mutex<Vec<String>>>,
    start_fails: bool,
    containers: Vec<ContainerSummary>,
    volumes: Vec<Volume>,
    /// The archive that was put.
    archive: Arc<Mutex<Vec<u8>>>,
}

impl FakeApi {
    fn note(&self, scope: &CallContext, call: impl Into<String>) -> Result<()> {
        scope.check()?;
        self.calls.lock().unwrap().push(call.into());
        Ok(())
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "not here")
}

impl Api for FakeApi {
    fn server_version(&self, scope: &CallContext) -> Result<ServerVersion> {
        self.note(scope, "version")?;
        result(|server: &mut ServerVersion| server.version = "0.0-fake".to_owned())
    }

    fn system_info(&self, scope: &CallContext) -> Result<SystemInfo> {
        self.note(scope, "info")?;
        Ok(SystemInfo::default())
    }

    fn negotiated_version(&self, _: &CallContext) -> Result<ApiVersion> {
        Ok(ApiVersion::MIN)
    }

    fn image_inspect(&self, scope: &CallContext, image: &str) -> Result<ImageInspect> {
        self.note(scope, format!("image_inspect {image}"))?;
        let is_pulled = self.calls().iter().any(|call| call.starts_with("image_pull"));
        if image == "present" || is_pulled { Ok(ImageInspect::default()) } else { Err(not_found()) }
    }

    fn image_pull(
        &self,
        scope: &CallContext,
        request: &ImagePullRequest,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        progress(&PullProgress::default());
        self.note(scope, format!("image_pull {} {}", request.name, request.tag))
    }

    fn image_import(
        &self,
        scope: &CallContext,
        request: &ImageImportRequest,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        progress(&PullProgress::default());
        body.read_to_end(&mut self.archive.lock().unwrap()).unwrap();
        let image = request.reference.split(':').next().unwrap_or_default(); // its tag is random
        self.note(scope, format!("image_import {image}"))
    }

    fn image_load(
        &self,
        scope: &CallContext,
        body: &mut dyn Read,
        progress: &mut dyn FnMut(&PullProgress),
    ) -> Result<()> {
        body.read_to_end(&mut self.archive.lock().unwrap()).unwrap();
        let mut loaded = PullProgress::default();
        loaded.stream = "Loaded image: a:1\n".to_owned();
        progress(&loaded);
        self.note(scope, "image_load")
    }

    fn image_tag(
        &self,
        scope: &CallContext,
        image: &str,
        repository: &str,
        tag: &str,
    ) -> Result<()> {
        let image = image.split(':').next().unwrap_or_default(); // its tag is random
        self.note(scope, format!("image_tag {image} {repository} {tag}"))
    }

    fn image_remove(&self, scope: &CallContext, image: &str) -> Result<()> {
        self.note(scope, format!("image_remove {image}"))
    }

    fn container_create(
        &self,
        scope: &CallContext,
        request: &ContainerCreateRequest,
    ) -> Result<ContainerCreated> {
        let ContainerCreateRequest { name, image, entrypoint, cmd, .. } = request;
        self.note(scope, format!("create {name} {image} {entrypoint:?} {cmd:?}"))?;
        result(|created: &mut ContainerCreated| created.id = "c1".to_owned())
    }

    fn container_start(&self, scope: &CallContext, container: &str) -> Result<()> {
        self.note(scope, format!("start {container}"))?;
        if self.start_fails { Err(Error::new(ErrorKind::Engine, "no shell")) } else { Ok(()) }
    }

    fn container_stop(&self, scope: &CallContext, container: &str, grace: Duration) -> Result<()> {
        self.note(scope, format!("stop {container} {grace:?}"))
    }

    fn container_pause(&self, scope: &CallContext, container: &str) -> Result<()> {
        self.note(scope, format!("pause {container}"))
    }

    fn container_kill(&self, scope: &CallContext, container: &str) -> Result<()> {
        self.note(scope, format!("kill {container}"))
    }

    fn container_unpause(&self, scope: &CallContext, container: &str) -> Result<()> {
        self.note(scope, format!("unpause {container}"))
    }

    fn container_attach(
        &self,
        scope: &CallContext,
        container: &str,
        side: AttachSide,
    ) -> Result<Box<dyn Stream>> {
        self.note(scope, format!("attach to {container} {side:?}"))?;
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"\x01\0\0\0\0\0\0\x06ready\n").unwrap();
        ours.set_nonblocking(true).unwrap();
        Ok(Box::new(SocketStream::from(ours)))
    }

    fn container_remove(&self, scope: &CallContext, container: &str) -> Result<()> {
        self.note(scope, format!("remove {container}"))
    }

    fn container_inspect(&self, scope: &CallContext, container: &str) -> Result<ContainerInspect> {
        self.note(scope, format!("inspect {container}"))?;
        let is_gone = self.calls().iter().any(|call| call.starts_with("remove"));
        if is_gone { Err(not_found()) } else { Ok(ContainerInspect::default()) }
    }

    fn container_list(
        &self,
        scope: &CallContext,
        request: &ContainerListRequest,
    ) -> Result<Vec<ContainerSummary>> {
        self.note(scope, format!("list {} {:?}", request.all, request.labels))?;
        Ok(self.containers.clone())
    }

    fn container_path_stat(
        &self,
        scope: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<PathStat> {
        self.note(scope, format!("stat {container} {path}"))?;
        let (is_dir, size) = (path == "/dir", self.archive.lock().unwrap().len());
        if !is_dir && size == 0 {
            return Err(not_found());
        }
        result(|stat: &mut PathStat| {
            (stat.mode, stat.size) = if is_dir { (1 << 31, 0) } else { (0o644, 3) };
        })
    }

    fn container_archive_get<'a>(
        &'a self,
        scope: &CallContext,
        container: &str,
        path: &str,
    ) -> Result<Box<dyn Read + 'a>> {
        self.note(scope, format!("archive_get {container} {path}"))?;
        Ok(Box::new(std::io::Cursor::new(self.archive.lock().unwrap().clone())))
    }

    fn container_archive_put(
        &self,
        scope: &CallContext,
        container: &str,
        path: &str,
        body: &mut dyn Read,
    ) -> Result<()> {
        self.note(scope, format!("archive_put {container} {path}"))?;
        body.read_to_end(&mut self.archive.lock().unwrap()).unwrap();
        Ok(())
    }

    fn volume_create(&self, scope: &CallContext, request: &VolumeCreateRequest) -> Result<Volume> {
        self.note(scope, format!("volume {}", request.name))?;
        Ok(Volume::default())
    }

    fn volume_inspect(&self, scope: &CallContext, volume: &str) -> Result<Volume> {
        self.note(scope, format!("volume_inspect {volume}"))?;
        let found = self.volumes.iter().find(|found| found.name == volume);
        found.cloned().ok_or_else(not_found)
    }

    /// Knows no filter.
    fn volume_list(&self, scope: &CallContext, request: &VolumeListRequest) -> Result<VolumeList> {
        self.note(scope, format!("volume_list {:?}", request.labels))?;
        result(|list: &mut VolumeList| list.volumes.clone_from(&self.volumes))
    }

    fn volume_remove(&self, scope: &CallContext, volume: &str) -> Result<()> {
        self.note(scope, format!("volume_remove {volume}"))
    }

    fn exec_create(
        &self,
        scope: &CallContext,
        container: &str,
        request: &ExecCreateRequest,
    ) -> Result<ExecCreated> {
        self.note(scope, format!("exec {container} {:?} {:?}", request.cmd, request.env))?;
        assert!(request.attach_stdout && request.attach_stderr);
        result(|created: &mut ExecCreated| created.id = "e1".to_owned())
    }

    /// The command echoes its input to stderr, in a frame.
    fn exec_attach(
        &self,
        scope: &CallContext,
        exec: &str,
        _: &ExecStartRequest,
    ) -> Result<Box<dyn Stream>> {
        self.note(scope, format!("attach {exec}"))?;
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        thread::spawn(move || {
            let mut input = Vec::new();
            theirs.read_to_end(&mut input).unwrap();
            let length = u32::try_from(input.len()).unwrap().to_be_bytes();
            theirs.write_all(&[&[2, 0, 0, 0], &length[..], &input].concat()).unwrap();
        });
        Ok(Box::new(SocketStream::from(ours)))
    }

    fn exec_resize(&self, scope: &CallContext, exec: &str, rows: u16, columns: u16) -> Result<()> {
        self.note(scope, format!("resize {exec} {rows} {columns}"))
    }

    fn exec_inspect(&self, scope: &CallContext, exec: &str) -> Result<ExecInspect> {
        self.note(scope, format!("exec_inspect {exec}"))?;
        result(|exec: &mut ExecInspect| exec.exit_code = Some(7))
    }

    fn close(&self) {
        self.calls.lock().unwrap().push("close".to_owned());
    }
}

/// Requests and results can grow: outside the crate one is made of its default.
fn result<T: Default>(set: impl FnOnce(&mut T)) -> Result<T> {
    let mut result = T::default();
    set(&mut result);
    Ok(result)
}

#[test]
fn a_container_runs_the_sentinel_under_a_made_up_name() {
    let api = FakeApi::default();
    let client = Client::with_api(api.clone());
    assert_eq!(client.create_and_start(&CreateOptions::new("absent")).unwrap(), "c1");
    let calls = api.calls();
    let look = "image_inspect absent";
    assert_eq!(calls[..3], [look, "image_pull absent latest", look]);
    assert_eq!(calls[3], "info");
    assert!(calls[4].starts_with("create sandcell-"), "{calls:?}");
    assert!(calls[4].contains(r#" absent ["/bin/sh"] ["-c", "#), "{calls:?}");
    assert!(calls[4].ends_with(r#"echo ready; exec tail -f /dev/null"]"#), "{calls:?}");
    assert_eq!(calls[5..], ["inspect c1", "attach to c1 Output", "start c1"]);
}

#[test]
fn a_container_that_does_not_start_is_removed() {
    let api = FakeApi { start_fails: true, ..FakeApi::default() };
    let client = Client::with_api(api.clone());
    let error = client.create_and_start(&CreateOptions::new("present")).unwrap_err();
    assert_eq!(error.to_string(), "start container: no shell");
    assert_eq!(api.calls()[5..], ["attach to c1 Output", "start c1", "remove c1", "inspect c1"]);
}

#[test]
fn images_go_by_way_of_the_api() {
    let api = FakeApi::default();
    let client = Client::with_api(api.clone());
    assert_eq!(client.load_image(&b"saved"[..]).unwrap(), ["a:1"]);
    client.import_image("present", &b"root"[..]).unwrap();
    assert_eq!(*api.archive.lock().unwrap(), *b"savedroot");
    client.remove_image("present").unwrap();
    let calls = api.calls();
    let imported = ["image_load", "image_import sandcell-import"];
    assert_eq!(calls[..2], imported);
    assert_eq!(calls[2], "image_tag sandcell-import present latest");
    assert!(calls[3].starts_with("image_remove sandcell-import:"), "{calls:?}");
    assert_eq!(calls[4..], ["image_inspect present", "image_remove present"]);
}

#[test]
fn an_implementer_can_make_requests() {
    let (api, context) = (FakeApi::default(), CallContext::unlimited());
    let pull = result(|pull: &mut ImagePullRequest| {
        (pull.name, pull.tag) = ("image".to_owned(), "1".to_owned());
        pull.auth = Some(RegistryAuth::new("registry", Credentials::identity_token("token")));
    });
    api.image_pull(&context, &pull.unwrap(), &mut |_| {}).unwrap();
    let create = result(|create: &mut ContainerCreateRequest| {
        (create.name, create.image) = ("name".to_owned(), "image".to_owned());
        create.host_config.mounts = vec![MountRequest::default()];
    });
    api.container_create(&context, &create.unwrap()).unwrap();
    assert_eq!(api.calls(), ["image_pull image 1", "create name image [] []"]);
}

#[test]
fn an_exec_takes_the_streams_apart() {
    let api = FakeApi::default();
    let client = Client::with_api(api.clone());
    let command = ExecOptions::new(["cmd", "arg"]).env("A", "b").stdin("input");
    let result = client.exec("c1", &command).unwrap();
    assert_eq!(result.exit_code(), Some(7));
    assert!(result.stdout.is_empty());
    assert_eq!(&result.stderr[..], b"input");
    let calls = api.calls();
    assert_eq!(calls[0], "inspect c1");
    assert!(calls[1].starts_with(r#"exec c1 ["cmd", "arg"] ["A=b", "SANDCELL_EXEC="#), "{calls:?}");
    // What engine it is decides when it gets the input.
    assert_eq!(calls[2..], ["attach e1", "info", "exec_inspect e1"]);
}

#[test]
fn closing_closes_the_api_and_refuses_calls() {
    let api = FakeApi::default();
    let client = Client::with_api(api.clone());
    assert_eq!(client.version().unwrap().server.version, "0.0-fake");
    client.close();
    assert_eq!(client.stop("c1").unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(api.calls(), ["version", "close"]);
}

#[test]
fn a_file_goes_through_the_archive_requests() {
    let api = FakeApi::default();
    let client = Client::with_api(api.clone());
    client
        .container("c1")
        .unwrap()
        .write_file("/dir/file", &b"abc"[..], &WriteOptions::new())
        .unwrap();
    assert_eq!(client.container("c1").unwrap().read_file("/dir/file").unwrap(), b"abc");
    let calls = api.calls();
    let stats = ["stat c1 /dir", "stat c1 /dir/file"];
    assert_eq!(calls[0], "inspect c1");
    assert_eq!(calls[1..3], stats);
    assert_eq!(calls[3], "archive_put c1 /dir");
    assert_eq!(calls[4..6], stats);
    assert_eq!(calls[6], "inspect c1");
    assert_eq!(calls[7..9], stats);
    assert_eq!(calls[9..], ["archive_get c1 /dir/file"]);
}

fn volume(name: &str, labels: &[(&str, &str)]) -> Volume {
    let labels = labels.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
    let set =
        |volume: &mut Volume| (volume.name, volume.labels) = (name.to_owned(), labels.collect());
    result(set).unwrap()
}

#[test]
fn volumes_meet_all_conditions_whatever_the_engine_makes_of_them() {
    let all = [
        volume("both", &[("team", "ci"), ("job", "")]),
        volume("job", &[("job", "17")]),
        volume("other", &[("team", "cinema"), ("job", "1")]),
        volume("none", &[]),
    ];
    let api = FakeApi { volumes: all.to_vec(), ..FakeApi::default() };
    let client = Client::with_api(api.clone());
    let list = |filter: VolumeFilter| -> Vec<_> {
        client.list_volumes(&filter).unwrap().into_iter().map(|volume| volume.name).collect()
    };
    let filter = VolumeFilter::new();
    assert_eq!(list(filter.clone()), ["both", "job", "other", "none"]);
    assert_eq!(list(filter.clone().label_key("job")), ["both", "job", "other"]);
    assert_eq!(list(filter.clone().label("team", "ci").label_key("job")), ["both"]);
    assert_eq!(list(filter.clone().label("job", "")), ["both"]);
    assert!(list(filter.label("job", "17").label("job", "1")).is_empty());
    assert_eq!(api.calls()[0], "volume_list []");
    assert_eq!(api.calls()[2], r#"volume_list ["team=ci", "job"]"#);
    assert_eq!(api.calls()[3], r#"volume_list ["job="]"#);
}

#[test]
fn a_volume_that_does_not_exist_is_not_removed() {
    let api = FakeApi { volumes: vec![volume("cache-1", &[])], ..FakeApi::default() };
    let client = Client::with_api(api.clone());
    client.remove_volume("cache").unwrap();
    assert_eq!(api.calls(), ["volume_inspect cache"], "an engine may take it for cache-1");
    client.remove_volume("cache-1").unwrap();
    assert_eq!(api.calls()[1..], ["volume_inspect cache-1", "volume_remove cache-1"]);
}
