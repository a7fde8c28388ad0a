// A thin C++17 wrapper of sandcell.h, to copy and extend. Classes own their handles and are move-only, failures are
// exceptions, and strings and bytes are std::string_view going in and std::string coming out.
#pragma once

#include <sandcell.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sandcell {

template <auto Free>
struct deleter {
    template <typename T>
    void operator()(T *handle) const noexcept
    {
        Free(handle);
    }
};

// Owns a C handle.
template <typename T, auto Free>
using handle = std::unique_ptr<T, deleter<Free>>;

// A call that failed.
class error : public std::runtime_error {
public:
    // Takes ownership of the C error.
    explicit error(sandcell_error *raw)
        : std::runtime_error(sandcell_error_message(raw, nullptr)), raw_(raw, sandcell_error_free)
    {
    }

    sandcell_status code() const noexcept { return sandcell_error_kind(raw_.get()); }
    bool is_not_found() const noexcept { return sandcell_error_is_not_found(raw_.get()); }
    bool is_timeout() const noexcept { return sandcell_error_is_timeout(raw_.get()); }
    bool is_retryable() const noexcept { return sandcell_error_is_retryable(raw_.get()); }

private:
    std::shared_ptr<sandcell_error> raw_; // exceptions must be copyable
};

// Calls a fallible C function. The arguments are all its parameters except the last, the error.
template <typename Function, typename... Args>
void call(Function function, Args... args)
{
    sandcell_error *raw = nullptr;
    if (function(args..., &raw) != SANDCELL_OK)
        throw error(raw);
}

// The same for a function whose last parameter before the error returns a handle.
template <typename Handle, typename Function, typename... Args>
Handle make(Function function, Args... args)
{
    typename Handle::pointer raw = nullptr;
    call(function, args..., &raw);
    return Handle(raw);
}

// A command to run. The setters return the command, so that calls can be chained.
class command {
public:
    template <typename... Args>
    explicit command(std::string_view program, const Args &...args) : raw_(sandcell_exec_options_new())
    {
        arg(program);
        (arg(args), ...);
    }
    // A script for the container's shell.
    static command shell(std::string_view text) { return command("sh", "-c", text); }

    command &arg(std::string_view arg) { return set(sandcell_exec_options_add_arg, arg.data(), arg.size()); }
    command &input(std::string_view bytes) { return set(sandcell_exec_options_set_stdin, bytes.data(), bytes.size()); }
    command &timeout(std::chrono::milliseconds limit)
    {
        return set(sandcell_exec_options_set_timeout_ms, milliseconds(limit));
    }
    // The time between TERM and KILL.
    command &kill_grace(std::chrono::milliseconds grace)
    {
        return set(sandcell_exec_options_set_kill_grace_ms, milliseconds(grace));
    }
    const sandcell_exec_options *get() const noexcept { return raw_.get(); }

private:
    static std::uint64_t milliseconds(std::chrono::milliseconds time)
    {
        return static_cast<std::uint64_t>(std::max(time, time.zero()).count());
    }
    template <typename Function, typename... Args>
    command &set(Function function, Args... args)
    {
        call(function, raw_.get(), args...);
        return *this;
    }
    handle<sandcell_exec_options, sandcell_exec_options_free> raw_;
};

// The output of a command, and how it ended.
class result {
public:
    explicit result(sandcell_exec_result *raw) : raw_(raw) {}
    using pointer = sandcell_exec_result *;

    sandcell_outcome outcome() const noexcept { return sandcell_exec_result_outcome(raw_.get()); }
    bool all_killed() const noexcept { return sandcell_exec_result_tree_gone(raw_.get()) == SANDCELL_TREE_GONE; }
    std::optional<int> exit_code() const noexcept
    {
        std::int32_t code;
        return sandcell_exec_result_exit_code(raw_.get(), &code) ? std::optional<int>(code) : std::nullopt;
    }
    // Arbitrary bytes, valid as long as the result.
    std::string_view out() const { return output(SANDCELL_STDOUT); }
    std::string_view err() const { return output(SANDCELL_STDERR); }

private:
    std::string_view output(sandcell_stream stream) const
    {
        const char *data;
        std::size_t len;
        call(sandcell_exec_result_output, raw_.get(), stream, &data, &len);
        return {data, len};
    }
    handle<sandcell_exec_result, sandcell_exec_result_free> raw_;
};

// A running command. The destructor kills it.
class process {
public:
    explicit process(sandcell_exec *raw) : raw_(raw) {}
    using pointer = sandcell_exec *;

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            std::size_t written;
            call(sandcell_exec_write, raw_.get(), bytes.data(), bytes.size(), SANDCELL_NO_TIMEOUT, &written);
            bytes.remove_prefix(written);
        }
    }
    void close_input() noexcept { sandcell_exec_close_stdin(raw_.get()); }
    // Waits for output and returns it; empty at the end of the stream.
    std::string_view read(sandcell_stream stream = SANDCELL_STDOUT)
    {
        std::size_t n;
        call(sandcell_exec_read, raw_.get(), stream, SANDCELL_NO_TIMEOUT, buffer_.data(), buffer_.size(), &n);
        return {buffer_.data(), n};
    }
    // The exit code; empty if the command did not exit by itself.
    std::optional<int> wait()
    {
        sandcell_outcome outcome;
        std::int32_t code;
        call(sandcell_exec_wait, raw_.get(), SANDCELL_NO_TIMEOUT, &outcome, &code);
        return outcome == SANDCELL_OUTCOME_EXITED ? std::optional<int>(code) : std::nullopt;
    }
    sandcell_tree kill()
    {
        sandcell_tree tree;
        call(sandcell_exec_kill, raw_.get(), &tree, nullptr);
        return tree;
    }

private:
    handle<sandcell_exec, sandcell_exec_free> raw_;
    std::string buffer_ = std::string(4096, '\0');
};

// A connection to an engine.
class client {
public:
    // Connects to the engine that the environment names.
    client() : raw_(make<handle<sandcell_client, sandcell_client_free>>(sandcell_client_from_env)) {}
    client(client &&) = default;
    client &operator=(client &&) = default;

private:
    friend class sandbox;
    handle<sandcell_client, sandcell_client_free> raw_;
};

// A container that is removed by the destructor, or when this process ends.
class sandbox {
public:
    sandbox(const client &client, std::string_view image)
    {
        auto options = make<handle<sandcell_create_options, sandcell_create_options_free>>(sandcell_create_options_new,
                                                                                           image.data(), image.size());
        raw_ = make<raw>(sandcell_sandbox_start, client.raw_.get(), options.get());
    }
    std::string_view id() const noexcept
    {
        std::size_t len;
        const char *data = sandcell_sandbox_id(raw_.get(), &len);
        return {data, len};
    }
    result exec(const command &command) const
    {
        return make<result>(sandcell_container_exec, container(), command.get());
    }
    process start(const command &command) const
    {
        return make<process>(sandcell_container_start_exec, container(), command.get());
    }
    void write_file(std::string_view path, std::string_view bytes) const
    {
        call(sandcell_container_write_file, container(), path.data(), path.size(), bytes.data(), bytes.size(), nullptr);
    }
    std::string read_file(std::string_view path) const
    {
        auto contents = make<handle<sandcell_string, sandcell_string_free>>(sandcell_container_read_file, container(),
                                                                            path.data(), path.size());
        std::size_t len;
        const char *data = sandcell_string_data(contents.get(), &len);
        return {data, len};
    }
    // Removes the container. Unlike the destructor, it reports a failure.
    void stop() { call(sandcell_sandbox_stop, raw_.get()); }

private:
    using raw = handle<sandcell_sandbox, sandcell_sandbox_free>;
    const sandcell_container *container() const noexcept { return sandcell_sandbox_container(raw_.get()); }
    raw raw_; // keeps the client of C alive
};

} // namespace sandcell
