// Shows what most programs do with a sandbox, with sandcell.hpp. Usage: tour [IMAGE], with the engine in DOCKER_HOST.
#include "sandcell.hpp"

#include <iostream>
#include <type_traits>

using namespace std::chrono_literals;

static_assert(std::is_move_constructible_v<sandcell::sandbox> && !std::is_copy_constructible_v<sandcell::sandbox>);
static_assert(std::is_move_constructible_v<sandcell::process> && !std::is_copy_constructible_v<sandcell::process>);

static void show_output(const sandcell::sandbox &sandbox)
{
    auto result = sandbox.exec(sandcell::command::shell("echo out; echo err >&2; exit 42"));
    std::cout << "stdout: " << result.out() << "stderr: " << result.err() << "exit code: " << result.exit_code().value()
              << '\n';
}

static void show_input(const sandcell::sandbox &sandbox)
{
    auto result = sandbox.exec(sandcell::command("sort", "-r").input("apple\npear\n"));
    std::cout << "sorted: " << result.out();
}

static void show_files(const sandcell::sandbox &sandbox)
{
    sandbox.write_file("/tmp/note", "from the host\n");
    std::cout << "file: " << sandbox.read_file("/tmp/note");
}

// Reads one line of the output of a command.
static std::string hear_line(sandcell::process &process)
{
    std::string line;
    while (line.empty() || line.back() != '\n') {
        auto more = process.read();
        if (more.empty())
            break;
        line += more;
    }
    return line;
}

static void show_dialogue(const sandcell::sandbox &sandbox)
{
    auto process = sandbox.start(sandcell::command::shell("while read word; do echo \"echo: $word\"; done"));
    for (auto word : {"one\n", "two\n"}) {
        process.write(word);
        std::cout << hear_line(process);
    }
    process.close_input();
    std::cout << "end: " << process.wait().value() << '\n';
}

static void show_timeout(const sandcell::sandbox &sandbox)
{
    auto slow = sandcell::command::shell("echo begun; sleep 1234 & sleep 1234");
    auto result = sandbox.exec(slow.timeout(300ms).kill_grace(0ms));
    std::cout << "too slow: " << result.out()
              << "timed out: " << (result.outcome() == SANDCELL_OUTCOME_TIMED_OUT ? "yes" : "no") << '\n'
              << "all killed: " << (result.all_killed() ? "yes" : "no") << '\n';
}

int main(int argc, char **argv)
try {
    sandcell::client client;
    sandcell::sandbox sandbox(client, argc > 1 ? argv[1] : "busybox:latest");
    show_output(sandbox);
    show_input(sandbox);
    show_files(sandbox);
    show_dialogue(sandbox);
    show_timeout(sandbox);
    sandbox.stop();
} catch (const sandcell::error &error) {
    std::cerr << "tour: " << error.what() << '\n';
    return 1;
}
