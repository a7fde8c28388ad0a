"""Shows what most programs do with a sandbox, with sandcell.py. Usage: tour.py [IMAGE], with the engine in DOCKER_HOST."""

import sys

import sandcell


def say(title, value):
    print(f"{title}: {value.decode() if isinstance(value, bytes) else value}", end="")


def show_output(sandbox):
    result = sandbox.run("sh", "-c", "echo out; echo err >&2; exit 42")
    say("stdout", result.stdout)
    say("stderr", result.stderr)
    say("exit code", f"{result.exit_code}\n")


def show_input(sandbox):
    say("sorted", sandbox.run("sort", "-r", stdin="apple\npear\n").stdout)


def show_files(sandbox):
    sandbox.write_file("/tmp/note", "from the host\n")
    say("file", sandbox.read_file("/tmp/note"))


def show_dialogue(sandbox):
    with sandbox.start("sh", "-c", 'while read word; do echo "echo: $word"; done') as process:
        for word in (b"one\n", b"two\n"):
            process.stdin.write(word)
            process.stdin.flush()
            print(process.stdout.readline().decode(), end="")
        process.stdin.close()
        say("end", f"{process.wait().exit_code}\n")


def show_timeout(sandbox):
    result = sandbox.run("sh", "-c", "echo begun; sleep 1234 & sleep 1234", timeout=0.3, kill_grace=0)
    say("too slow", result.stdout)
    say("timed out", "yes\n" if result.timed_out else "no\n")
    say("all killed", "yes\n" if result.all_killed else "no\n")


def main(image="busybox:latest"):
    with sandcell.Client() as client, sandcell.Sandbox(client, image) as sandbox:
        for show in (show_output, show_input, show_files, show_dialogue, show_timeout):
            show(sandbox)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except sandcell.Error as error:
        sys.exit(f"tour: {error}")
