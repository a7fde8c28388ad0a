"""A small Python wrapper of sandcell.h, to copy and extend. It uses ctypes, so there is nothing to install or compile.

Handles are context managers, and failures are exceptions. Text is str or bytes going in, and bytes coming out. Calls
release the GIL, so threads can run commands in parallel, and Ctrl-C ends the call that the main thread waits for.
"""

import ctypes
import os
import signal
import threading
from ctypes import POINTER, byref, c_bool, c_char_p, c_int32, c_size_t, c_uint64, c_void_p

SO_NAME = "libsandcell.so.0.1"
NO_TIMEOUT = c_uint64(-1).value
NUL_TERMINATED = c_size_t(-1).value
OK, ERR_TIMEOUT, ERR_NOT_FOUND = 0, -7, -13
OUTCOME_EXITED, OUTCOME_TIMED_OUT, OUTCOME_CANCELLED, OUTCOME_LOST = 1, 2, 3, 4
STDIN, STDOUT, STDERR = 0, 1, 2
TREE_GONE = 1

_lib = ctypes.CDLL(SO_NAME)


class Error(Exception):
    """A call that failed; `code` is one of SANDCELL_ERR_*."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class NotFound(Error):
    """The container or a path in it does not exist."""


class Timeout(Error):
    """A deadline passed."""


def _declare(name, result, *parameters):
    function = getattr(_lib, "sandcell_" + name)
    function.restype = result
    function.argtypes = parameters
    return function


_error_kind = _declare("error_kind", c_int32, c_void_p)
_error_message = _declare("error_message", c_char_p, c_void_p, c_void_p)
_error_free = _declare("error_free", None, c_void_p)


def _exception(error):
    code = _error_kind(error)
    kind = {ERR_NOT_FOUND: NotFound, ERR_TIMEOUT: Timeout}.get(code, Error)
    return kind(code, _error_message(error, None).decode())


def _fallible(name, *parameters):
    """Returns a function that raises on failure. `parameters` are those of the C function without the last, the error."""
    function = _declare(name, c_int32, *parameters, POINTER(c_void_p))

    def call(*args):
        error = c_void_p()
        if function(*args, byref(error)) != OK:
            try:
                raise _exception(error)
            finally:
                _error_free(error)

    return call


_TEXT = (c_char_p, c_size_t)
_OUT = POINTER(c_void_p)

_client_from_env = _fallible("client_from_env", _OUT)
_client_free = _declare("client_free", None, c_void_p)
_client_with_cancel = _fallible("client_with_cancel", c_void_p, c_void_p, _OUT)
_client_container = _fallible("client_container", c_void_p, *_TEXT, _OUT)
_cancel_token_new = _declare("cancel_token_new", c_void_p)
_cancel_token_cancel = _declare("cancel_token_cancel", None, c_void_p)
_cancel_token_free = _declare("cancel_token_free", None, c_void_p)
_container_free = _declare("container_free", None, c_void_p)
_create_options_new = _fallible("create_options_new", *_TEXT, _OUT)
_create_options_free = _declare("create_options_free", None, c_void_p)
_sandbox_start = _fallible("sandbox_start", c_void_p, c_void_p, _OUT)
_sandbox_id = _declare("sandbox_id", c_char_p, c_void_p, c_void_p)
_sandbox_stop = _fallible("sandbox_stop", c_void_p)
_sandbox_free = _declare("sandbox_free", None, c_void_p)
_container_exec = _fallible("container_exec", c_void_p, c_void_p, _OUT)
_container_start_exec = _fallible("container_start_exec", c_void_p, c_void_p, _OUT)
_container_write_file = _fallible("container_write_file", c_void_p, *_TEXT, *_TEXT, c_void_p)
_container_read_file = _fallible("container_read_file", c_void_p, *_TEXT, _OUT)
_exec_options_new = _declare("exec_options_new", c_void_p)
_exec_options_add_arg = _fallible("exec_options_add_arg", c_void_p, *_TEXT)
_exec_options_set_stdin = _fallible("exec_options_set_stdin", c_void_p, *_TEXT)
_exec_options_set_timeout_ms = _fallible("exec_options_set_timeout_ms", c_void_p, c_uint64)
_exec_options_set_kill_grace_ms = _fallible("exec_options_set_kill_grace_ms", c_void_p, c_uint64)
_exec_options_free = _declare("exec_options_free", None, c_void_p)
_result_outcome = _declare("exec_result_outcome", c_int32, c_void_p)
_result_exit_code = _declare("exec_result_exit_code", c_bool, c_void_p, POINTER(c_int32))
_result_tree_gone = _declare("exec_result_tree_gone", c_int32, c_void_p)
_result_lost_reason = _declare("exec_result_lost_reason", c_void_p, c_void_p)
_result_output = _fallible("exec_result_output", c_void_p, c_int32, POINTER(c_void_p), POINTER(c_size_t))
_result_free = _declare("exec_result_free", None, c_void_p)
_exec_take_fd = _fallible("exec_take_fd", c_void_p, c_int32, POINTER(c_int32))
_exec_wait_with_output = _fallible("exec_wait_with_output", c_void_p, _OUT)
_exec_kill = _fallible("exec_kill", c_void_p, POINTER(c_int32), _OUT)
_exec_free = _declare("exec_free", None, c_void_p)
_string_data = _declare("string_data", c_void_p, c_void_p, POINTER(c_size_t))
_string_free = _declare("string_free", None, c_void_p)


def _text(value):
    """Returns a string or bytes as pointer and length."""
    data = value.encode() if isinstance(value, str) else bytes(value)
    return data, len(data)


class _Interruptible:
    """A client whose calls Ctrl-C ends.

    Python handles signals in the main thread, and not while that thread is in the library. So the main thread waits for
    another one that makes the call. If the handler of SIGINT raises an exception, as it does by default, the call is
    cancelled, and the exception is raised once the call has ended: until then, the library uses the arguments. What is
    interrupted once stays so: use one of these for each call.
    """

    def __init__(self, client):
        self._token = _cancel_token_new()
        self.client = c_void_p()
        _client_with_cancel(client._raw, self._token, byref(self.client))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _client_free(self.client)
        _cancel_token_free(self._token)

    def call(self, function, *args):
        is_main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGINT) if is_main else None
        if not callable(handler):
            return function(*args)  # no signal can interrupt it
        outcome, interrupts, ended = [], [], threading.Event()

        def work():
            try:
                outcome[:] = function(*args), None
            except BaseException as error:
                outcome[:] = None, error
            finally:
                ended.set()

        def cancel(error):
            interrupts.append(error)
            _cancel_token_cancel(self._token)  # the call ends within 100 ms

        def handle(number, frame):
            try:
                handler(number, frame)
            except BaseException as error:
                cancel(error)

        signal.signal(signal.SIGINT, handle)
        try:
            threading.Thread(target=work).start()
            while not ended.is_set():
                try:
                    ended.wait()
                except BaseException as error:  # of another signal's handler
                    cancel(error)
        finally:
            signal.signal(signal.SIGINT, handler)
        result, error = outcome
        if interrupts or error:
            raise (interrupts or [error])[0]
        return result


class Client:
    """A connection to the engine that the environment names."""

    def __init__(self):
        self._raw = c_void_p()
        _client_from_env(byref(self._raw))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _client_free(self._raw)
        self._raw = None


class Sandbox:
    """A container that is removed at the end of the `with` block, or when this process ends."""

    def __init__(self, client, image="busybox:latest"):
        self._client = client
        self._raw = c_void_p()
        options = c_void_p()
        _create_options_new(*_text(image), byref(options))
        try:
            with _Interruptible(client) as scope:
                scope.call(_sandbox_start, scope.client, options, byref(self._raw))
        except BaseException:
            _sandbox_free(self._raw)
            raise
        finally:
            _create_options_free(options)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                _sandbox_stop(self._raw)
        finally:
            _sandbox_free(self._raw)  # also removes the container unless it was stopped
            self._raw = None

    def run(self, *argv, **settings):
        """Runs a command and waits for it to end. Settings: `stdin`; `timeout` and `kill_grace`, in seconds."""
        options = _options(argv, **settings)
        raw = c_void_p()
        try:
            self._call(_container_exec, options, byref(raw))
            return Result(raw)
        finally:
            _result_free(raw)
            _exec_options_free(options)

    def start(self, *argv, timeout=None, kill_grace=None):
        """Starts a command and returns a Process."""
        options = _options(argv, timeout=timeout, kill_grace=kill_grace)
        scope = _Interruptible(self._client)
        raw = c_void_p()
        try:
            self._call_in(scope, _container_start_exec, options, byref(raw))
            return Process(raw, scope)
        except BaseException:
            _exec_free(raw)
            scope.__exit__()
            raise
        finally:
            _exec_options_free(options)

    def write_file(self, path, contents):
        self._call(_container_write_file, *_text(path), *_text(contents), None)

    def read_file(self, path):
        contents, length = c_void_p(), c_size_t()
        try:
            self._call(_container_read_file, *_text(path), byref(contents))
            data = _string_data(contents, byref(length))
            return ctypes.string_at(data, length.value)
        finally:
            _string_free(contents)

    def _call(self, function, *args):
        with _Interruptible(self._client) as scope:
            return self._call_in(scope, function, *args)

    def _call_in(self, scope, function, *args):
        container = c_void_p()
        _client_container(scope.client, _sandbox_id(self._raw, None), NUL_TERMINATED, byref(container))
        try:
            return scope.call(function, container, *args)
        finally:
            _container_free(container)


def _options(argv, stdin=None, timeout=None, kill_grace=None):
    options = _exec_options_new()
    try:
        for arg in argv:
            _exec_options_add_arg(options, *_text(arg))
        if stdin is not None:
            _exec_options_set_stdin(options, *_text(stdin))
        if timeout is not None:
            _exec_options_set_timeout_ms(options, int(timeout * 1000))
        if kill_grace is not None:
            _exec_options_set_kill_grace_ms(options, int(kill_grace * 1000))
    except BaseException:
        _exec_options_free(options)
        raise
    return options


class Result:
    """The output of a command, and how it ended. `exit_code` is None unless the command exited by itself."""

    def __init__(self, raw):
        outcome, code = _result_outcome(raw), c_int32()
        if outcome == OUTCOME_LOST:
            raise _exception(_result_lost_reason(raw))
        self.timed_out = outcome == OUTCOME_TIMED_OUT
        self.exit_code = code.value if _result_exit_code(raw, byref(code)) else None
        self.all_killed = _result_tree_gone(raw) == TREE_GONE
        self.stdout = self._output(raw, STDOUT)
        self.stderr = self._output(raw, STDERR)

    @staticmethod
    def _output(raw, stream):
        data, length = c_void_p(), c_size_t()
        _result_output(raw, stream, byref(data), byref(length))
        return ctypes.string_at(data, length.value)


class Process:
    """A running command, with the files `stdin`, `stdout` and `stderr`. The end of the `with` block kills it."""

    def __init__(self, raw, scope):
        self._raw = raw
        self._scope = scope
        self.stdin = self._file(STDIN, "wb")
        self.stdout = self._file(STDOUT, "rb")
        self.stderr = self._file(STDERR, "rb")

    def _file(self, stream, mode):
        fd = c_int32()
        _exec_take_fd(self._raw, stream, byref(fd))
        return os.fdopen(fd.value, mode)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _exec_free(self._raw)
        self._raw = None
        self._scope.__exit__()
        for file in (self.stdin, self.stdout, self.stderr):
            try:
                file.close()
            except BrokenPipeError:
                pass  # the command ended without reading all of its input

    def wait(self):
        """Waits for the command to end. The result has no output, because that is in the files."""
        raw = c_void_p()
        try:
            self._scope.call(_exec_wait_with_output, self._raw, byref(raw))
            return Result(raw)
        finally:
            _result_free(raw)

    def kill(self):
        """Kills the command with all its descendants. Returns whether they are proven gone."""
        tree = c_int32()
        _exec_kill(self._raw, byref(tree), None)
        return tree.value == TREE_GONE
