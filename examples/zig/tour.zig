//! Shows what most programs do with a sandbox, with @cImport. Usage: tour [IMAGE], with the engine in DOCKER_HOST.
const std = @import("std");
const c = @cImport(@cInclude("sandcell.h"));

const Error = error{ NotFound, Timeout, Cancelled, Failed };

/// Calls a fallible C function and logs its error. `args` are all its parameters except the last, the error.
fn call(function: anytype, args: anytype) Error!void {
    var failure: ?*c.sandcell_error = null;
    const status = @call(.auto, function, args ++ .{&failure});
    if (status == c.SANDCELL_OK) return;
    defer c.sandcell_error_free(failure);
    std.log.err("{s}", .{c.sandcell_error_message(failure, null)});
    return switch (status) {
        c.SANDCELL_ERR_NOT_FOUND => Error.NotFound,
        c.SANDCELL_ERR_TIMEOUT => Error.Timeout,
        c.SANDCELL_ERR_CANCELLED => Error.Cancelled,
        else => Error.Failed,
    };
}

/// Returns the options for a command; free them with sandcell_exec_options_free().
fn command(argv: []const []const u8) Error!*c.sandcell_exec_options {
    const options = c.sandcell_exec_options_new().?;
    errdefer c.sandcell_exec_options_free(options);
    for (argv) |arg| try call(c.sandcell_exec_options_add_arg, .{ options, arg.ptr, arg.len });
    return options;
}

fn shell(text: []const u8) Error!*c.sandcell_exec_options {
    return command(&.{ "sh", "-c", text });
}

const Sandbox = struct {
    raw: *c.sandcell_sandbox,

    fn start(client: *c.sandcell_client, image: []const u8) Error!Sandbox {
        var options: ?*c.sandcell_create_options = null;
        try call(c.sandcell_create_options_new, .{ image.ptr, image.len, &options });
        defer c.sandcell_create_options_free(options);
        var raw: ?*c.sandcell_sandbox = null;
        try call(c.sandcell_sandbox_start, .{ client, options, &raw });
        return .{ .raw = raw.? };
    }

    /// Removes the container unless it was stopped.
    fn deinit(sandbox: Sandbox) void {
        c.sandcell_sandbox_free(sandbox.raw);
    }

    fn container(sandbox: Sandbox) *const c.sandcell_container {
        return c.sandcell_sandbox_container(sandbox.raw).?;
    }

    fn exec(sandbox: Sandbox, options: *const c.sandcell_exec_options) Error!Result {
        var raw: ?*c.sandcell_exec_result = null;
        try call(c.sandcell_container_exec, .{ sandbox.container(), options, &raw });
        return .{ .raw = raw.? };
    }
};

const Result = struct {
    raw: *c.sandcell_exec_result,

    fn deinit(result: Result) void {
        c.sandcell_exec_result_free(result.raw);
    }

    fn output(result: Result, stream: c.sandcell_stream) Error![]const u8 {
        var data: [*c]const u8 = undefined;
        var len: usize = undefined;
        try call(c.sandcell_exec_result_output, .{ result.raw, stream, &data, &len });
        return data[0..len];
    }

    fn exitCode(result: Result) ?i32 {
        var code: i32 = undefined;
        return if (c.sandcell_exec_result_exit_code(result.raw, &code)) code else null;
    }
};

fn showOutput(sandbox: Sandbox, out: *std.Io.Writer) !void {
    const options = try shell("echo out; echo err >&2; exit 42");
    defer c.sandcell_exec_options_free(options);
    const result = try sandbox.exec(options);
    defer result.deinit();
    try out.print("stdout: {s}stderr: {s}exit code: {d}\n", .{
        try result.output(c.SANDCELL_STDOUT),
        try result.output(c.SANDCELL_STDERR),
        result.exitCode().?,
    });
}

fn showInput(sandbox: Sandbox, out: *std.Io.Writer) !void {
    const options = try command(&.{ "sort", "-r" });
    defer c.sandcell_exec_options_free(options);
    const input = "apple\npear\n";
    try call(c.sandcell_exec_options_set_stdin, .{ options, input, input.len });
    const result = try sandbox.exec(options);
    defer result.deinit();
    try out.print("sorted: {s}", .{try result.output(c.SANDCELL_STDOUT)});
}

fn showFiles(sandbox: Sandbox, out: *std.Io.Writer) !void {
    const container = sandbox.container();
    const path = "/tmp/note";
    const text = "from the host\n";
    try call(c.sandcell_container_write_file, .{ container, path, path.len, text, text.len, null });
    var contents: ?*c.sandcell_string = null;
    try call(c.sandcell_container_read_file, .{ container, path, path.len, &contents });
    defer c.sandcell_string_free(contents);
    try out.print("file: {s}", .{c.sandcell_string_data(contents, null)});
}

/// Writes a string to the stdin of a running command.
fn say(exec: *c.sandcell_exec, text: []const u8) Error!void {
    var rest = text;
    while (rest.len > 0) {
        var written: usize = undefined;
        try call(c.sandcell_exec_write, .{ exec, rest.ptr, rest.len, c.SANDCELL_NO_TIMEOUT, &written });
        rest = rest[written..];
    }
}

/// Prints one line of the output of a running command.
fn hearLine(exec: *c.sandcell_exec, out: *std.Io.Writer) !void {
    while (true) {
        var byte: u8 = undefined;
        var n: usize = undefined;
        try call(c.sandcell_exec_read, .{ exec, c.SANDCELL_STDOUT, c.SANDCELL_NO_TIMEOUT, &byte, 1, &n });
        if (n == 0) return;
        try out.writeByte(byte);
        if (byte == '\n') return;
    }
}

fn showDialogue(sandbox: Sandbox, out: *std.Io.Writer) !void {
    const options = try shell("while read word; do echo \"echo: $word\"; done");
    defer c.sandcell_exec_options_free(options);
    var raw: ?*c.sandcell_exec = null;
    try call(c.sandcell_container_start_exec, .{ sandbox.container(), options, &raw });
    const exec = raw.?;
    defer c.sandcell_exec_free(exec);
    for ([_][]const u8{ "one\n", "two\n" }) |word| {
        try say(exec, word);
        try hearLine(exec, out);
    }
    c.sandcell_exec_close_stdin(exec);
    var outcome: c.sandcell_outcome = undefined;
    var code: i32 = undefined;
    try call(c.sandcell_exec_wait, .{ exec, c.SANDCELL_NO_TIMEOUT, &outcome, &code });
    try out.print("end: {d}\n", .{code});
}

fn showTimeout(sandbox: Sandbox, out: *std.Io.Writer) !void {
    const options = try shell("echo begun; sleep 1234 & sleep 1234");
    defer c.sandcell_exec_options_free(options);
    try call(c.sandcell_exec_options_set_timeout_ms, .{ options, 300 });
    try call(c.sandcell_exec_options_set_kill_grace_ms, .{ options, 0 });
    const result = try sandbox.exec(options);
    defer result.deinit();
    const timed_out = c.sandcell_exec_result_outcome(result.raw) == c.SANDCELL_OUTCOME_TIMED_OUT;
    const all_killed = c.sandcell_exec_result_tree_gone(result.raw) == c.SANDCELL_TREE_GONE;
    try out.print("too slow: {s}timed out: {s}\nall killed: {s}\n", .{
        try result.output(c.SANDCELL_STDOUT),
        if (timed_out) "yes" else "no",
        if (all_killed) "yes" else "no",
    });
}

pub fn main() !void {
    var buffer: [1024]u8 = undefined;
    var stdout = std.fs.File.stdout().writer(&buffer);
    const out = &stdout.interface;

    var args = std.process.args();
    _ = args.skip();
    var client: ?*c.sandcell_client = null;
    try call(c.sandcell_client_from_env, .{&client});
    defer c.sandcell_client_free(client);
    const sandbox = try Sandbox.start(client.?, args.next() orelse "busybox:latest");
    defer sandbox.deinit();
    try showOutput(sandbox, out);
    try showInput(sandbox, out);
    try showFiles(sandbox, out);
    try showDialogue(sandbox, out);
    try showTimeout(sandbox, out);
    try call(c.sandcell_sandbox_stop, .{sandbox.raw});
    try out.flush();
}
