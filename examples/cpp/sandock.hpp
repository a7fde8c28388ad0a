// A thin C++17 face of sandock.h, to copy and to extend: handles free themselves and can only be moved, failures are
// exceptions, texts and bytes are std::string_view in and std::string out.
#pragma once

#include <sandock.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sandock {

template <auto Free>
struct deleter {
    template <typename T>
    void operator()(T *handle) const noexcept { Free(handle); }
};

// Owns a handle of C.
template <typename T, auto Free>
using handle = std::unique_ptr<T, deleter<Free>>;

// A call that failed.
class error : public std::runtime_error {
public:
    // Takes over what C handed out.
    explicit error(sandock_error *raw)
        : std::runtime_error(sandock_error_message(raw, nullptr)), raw_(raw, sandock_error_free) {}

    sandock_status code() const noexcept { return sandock_error_code(raw_.get()); }
    bool is_not_found() const noexcept { return sandock_error_is_not_found(raw_.get()); }
    bool is_timeout() const noexcept { return sandock_error_is_timeout(raw_.get()); }
    bool is_retryable() const noexcept { return sandock_error_is_retryable(raw_.get()); }

private:
    std::shared_ptr<sandock_error> raw_; // an exception is copied
};

// Calls a function of C that can fail: all its parameters but the last, the error.
template <typename Function, typename... Args>
void call(Function function, Args... args)
{
    sandock_error *raw = nullptr;
    if (function(args..., &raw) != SANDOCK_OK)
        throw error(raw);
}

// The same of a function whose last parameter but one is a handle that it hands out.
template <typename Handle, typename Function, typename... Args>
Handle make(Function function, Args... args)
{
    typename Handle::pointer raw = nullptr;
    call(function, args..., &raw);
    return Handle(raw);
}

// A command to run. Each setter gives the command back, so that they chain.
class command {
public:
    template <typename... Args>
    explicit command(std::string_view program, const Args &...args) : raw_(sandock_exec_options_new())
    {
        arg(program);
        (arg(args), ...);
    }
    // A text for the container's shell.
    static command shell(std::string_view text) { return command("sh", "-c", text); }

    command &arg(std::string_view arg) { return set(sandock_exec_options_add_arg, arg.data(), arg.size()); }
    command &input(std::string_view bytes) { return set(sandock_exec_options_set_stdin, bytes.data(), bytes.size()); }
    command &timeout(std::chrono::milliseconds limit)
    {
        return set(sandock_exec_options_set_timeout_ms, milliseconds(limit));
    }
    // The time between TERM and KILL.
    command &kill_grace(std::chrono::milliseconds grace)
    {
        return set(sandock_exec_options_set_kill_grace_ms, milliseconds(grace));
    }
    const sandock_exec_options *get() const noexcept { return raw_.get(); }

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
    handle<sandock_exec_options, sandock_exec_options_free> raw_;
};

// What a command wrote, and how it ended.
class result {
public:
    explicit result(sandock_exec_result *raw) : raw_(raw) {}
    using pointer = sandock_exec_result *;

    sandock_outcome outcome() const noexcept { return sandock_exec_result_outcome(raw_.get()); }
    bool all_killed() const noexcept { return sandock_exec_result_tree_gone(raw_.get()) == SANDOCK_TREE_GONE; }
    std::optional<int> exit_code() const noexcept
    {
        std::int32_t code;
        return sandock_exec_result_exit_code(raw_.get(), &code) ? std::optional<int>(code) : std::nullopt;
    }
    // Any bytes, good as long as the result.
    std::string_view out() const { return output(SANDOCK_STDOUT); }
    std::string_view err() const { return output(SANDOCK_STDERR); }

private:
    std::string_view output(sandock_stream stream) const
    {
        const char *data;
        std::size_t len;
        call(sandock_exec_result_output, raw_.get(), stream, &data, &len);
        return {data, len};
    }
    handle<sandock_exec_result, sandock_exec_result_free> raw_;
};

// A command that runs; its end kills it.
class process {
public:
    explicit process(sandock_exec *raw) : raw_(raw) {}
    using pointer = sandock_exec *;

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            std::size_t written;
            call(sandock_exec_write, raw_.get(), bytes.data(), bytes.size(), SANDOCK_NO_TIMEOUT, &written);
            bytes.remove_prefix(written);
        }
    }
    void close_input() noexcept { sandock_exec_close_stdin(raw_.get()); }
    // What is there of a stream, after waiting for some; empty at its end.
    std::string_view read(sandock_stream stream = SANDOCK_STDOUT)
    {
        std::size_t n;
        call(sandock_exec_read, raw_.get(), stream, SANDOCK_NO_TIMEOUT, buffer_.data(), buffer_.size(), &n);
        return {buffer_.data(), n};
    }
    // The exit code; none if something else ended the command.
    std::optional<int> wait()
    {
        sandock_outcome outcome;
        std::int32_t code;
        call(sandock_exec_wait, raw_.get(), SANDOCK_NO_TIMEOUT, &outcome, &code);
        return outcome == SANDOCK_OUTCOME_EXITED ? std::optional<int>(code) : std::nullopt;
    }
    sandock_tree kill()
    {
        sandock_tree tree;
        call(sandock_exec_kill, raw_.get(), &tree, nullptr);
        return tree;
    }

private:
    handle<sandock_exec, sandock_exec_free> raw_;
    std::string buffer_ = std::string(4096, '\0');
};

// A connection to an engine.
class client {
public:
    // The engine that the environment names.
    client() : raw_(make<handle<sandock_client, sandock_client_free>>(sandock_client_from_env)) {}
    client(client &&) = default;
    client &operator=(client &&) = default;

private:
    friend class sandbox;
    std::shared_ptr<const sandock_client> raw_; // shared with its sandboxes
};

// A container of this process's own; its end, and that of this process, remove it.
class sandbox {
public:
    sandbox(const client &client, std::string_view image) : client_(client.raw_)
    {
        auto options = make<handle<sandock_create_options, sandock_create_options_free>>(
            sandock_create_options_new, image.data(), image.size());
        call(sandock_create_options_set_lifetime, options.get(), SANDOCK_LIFETIME_TIED_TO_HOST);
        raw_ = make<raw>(sandock_sandbox_start, client_.get(), options.get());
    }
    std::string_view id() const noexcept
    {
        std::size_t len;
        const char *data = sandock_sandbox_id(raw_.get(), &len);
        return {data, len};
    }
    result exec(const command &command) const { return make<result>(sandock_sandbox_exec, raw_.get(), command.get()); }
    process start(const command &command) const
    {
        return make<process>(sandock_sandbox_start_exec, raw_.get(), command.get());
    }
    void write_file(std::string_view path, std::string_view bytes) const
    {
        handle<sandock_write_options, sandock_write_options_free> options(sandock_write_options_new());
        call(sandock_client_write_file, client_.get(), id().data(), id().size(), path.data(), path.size(),
             bytes.data(), bytes.size(), options.get());
    }
    std::string read_file(std::string_view path) const
    {
        auto contents = make<handle<sandock_string, sandock_string_free>>(
            sandock_client_read_file, client_.get(), id().data(), id().size(), path.data(), path.size());
        std::size_t len;
        const char *data = sandock_string_data(contents.get(), &len);
        return {data, len};
    }
    // Removes the container, and unlike the destructor says if that fails.
    void stop() { call(sandock_sandbox_stop, raw_.get()); }

private:
    using raw = handle<sandock_sandbox, sandock_sandbox_free>;
    std::shared_ptr<const sandock_client> client_;
    raw raw_;
};

} // namespace sandock
