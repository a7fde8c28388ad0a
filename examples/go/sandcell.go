// Package sandcell is a small Go wrapper of sandcell.h, to copy and extend.
//
// Every call takes a context. When it is done, the call returns and its command is killed. A call blocks its goroutine and
// one thread, but no other goroutine.
package sandcell

// #cgo pkg-config: sandcell
// #include <sandcell.h>
import "C"

import (
	"context"
	"fmt"
	"time"
	"unsafe"
)

// Error is the error of a failed call.
type Error struct {
	Code      int // one of SANDCELL_ERR_*
	Message   string
	NotFound  bool
	Timeout   bool
	Retryable bool
}

func (e *Error) Error() string { return e.Message }

// errorOf converts the status and the C error of a call, and frees the C error.
func errorOf(status C.sandcell_status, failure **C.sandcell_error) error {
	if status == C.SANDCELL_OK {
		return nil
	}
	defer C.sandcell_error_free(*failure)
	return describe(*failure)
}

func describe(raw *C.sandcell_error) *Error {
	return &Error{
		Code:      int(C.sandcell_error_kind(raw)),
		Message:   C.GoString(C.sandcell_error_message(raw, nil)),
		NotFound:  bool(C.sandcell_error_is_not_found(raw)),
		Timeout:   bool(C.sandcell_error_is_timeout(raw)),
		Retryable: bool(C.sandcell_error_is_retryable(raw)),
	}
}

// data returns a view of bytes for C, valid during a call.
func data(bytes []byte) (*C.char, C.size_t) {
	if len(bytes) == 0 {
		return nil, 0
	}
	return (*C.char)(unsafe.Pointer(&bytes[0])), C.size_t(len(bytes))
}

func text(s string) (*C.char, C.size_t) { return data([]byte(s)) }

func milliseconds(d time.Duration) C.uint64_t {
	if d < 0 {
		d = 0
	}
	return C.uint64_t(d.Milliseconds())
}

// Client is a connection to an engine; any number of goroutines may share it.
type Client struct{ raw *C.sandcell_client }

// FromEnv returns a client of the engine that the environment names.
func FromEnv() (*Client, error) {
	var client Client
	var failure *C.sandcell_error
	return &client, errorOf(C.sandcell_client_from_env(&client.raw, &failure), &failure)
}

// ForHost returns a client of the engine at an endpoint such as "unix:///var/run/docker.sock".
func ForHost(host string) (*Client, error) {
	var client Client
	var failure *C.sandcell_error
	builder := C.sandcell_client_builder_new()
	defer C.sandcell_client_builder_free(builder)
	p, n := text(host)
	if err := errorOf(C.sandcell_client_builder_set_host(builder, p, n, &failure), &failure); err != nil {
		return nil, err
	}
	return &client, errorOf(C.sandcell_client_builder_build(builder, &client.raw, &failure), &failure)
}

// Close ends all calls of the client. The client must not be used afterwards.
func (c *Client) Close() {
	C.sandcell_client_close(c.raw)
	C.sandcell_client_free(c.raw)
	c.raw = nil
}

// bound returns a client whose calls end with the context. The caller must call done to free it.
func (c *Client) bound(ctx context.Context) (client *C.sandcell_client, done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var failure *C.sandcell_error
	token := C.sandcell_cancel_token_new()
	if err := errorOf(C.sandcell_client_with_cancel(c.raw, token, &client, &failure), &failure); err != nil {
		C.sandcell_cancel_token_free(token)
		return nil, nil, err
	}
	over := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-ctx.Done():
			C.sandcell_cancel_token_cancel(token)
		case <-over:
		}
	}()
	return client, func() {
		close(over)
		<-gone
		C.sandcell_cancel_token_free(token)
		C.sandcell_client_free(client)
	}, nil
}

// Sandbox is a container. The engine removes it when this process ends, even if the process is killed.
type Sandbox struct {
	client *Client
	raw    *C.sandcell_sandbox
}

// Start creates a container of an image and starts it.
func (c *Client) Start(ctx context.Context, image string) (*Sandbox, error) {
	client, done, err := c.bound(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var failure *C.sandcell_error
	var options *C.sandcell_create_options
	p, n := text(image)
	if err := errorOf(C.sandcell_create_options_new(p, n, &options, &failure), &failure); err != nil {
		return nil, err
	}
	defer C.sandcell_create_options_free(options)
	sandbox := &Sandbox{client: c}
	err = errorOf(C.sandcell_sandbox_start(client, options, &sandbox.raw, &failure), &failure)
	return sandbox, inContext(ctx, err)
}

// inContext returns the context's error if that is why the call was cancelled.
func inContext(ctx context.Context, err error) error {
	if e, ok := err.(*Error); ok && e.Code == C.SANDCELL_ERR_CANCELLED && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// bound is the sandbox's container for calls that end with a context; done must be called when that is not needed any more.
func (s *Sandbox) bound(ctx context.Context) (container *C.sandcell_container, done func(), err error) {
	client, release, err := s.client.bound(ctx)
	if err != nil {
		return nil, nil, err
	}
	var failure *C.sandcell_error
	status := C.sandcell_client_container(client, C.sandcell_sandbox_id(s.raw, nil), C.SANDCELL_CSTR, &container, &failure)
	if err := errorOf(status, &failure); err != nil {
		release()
		return nil, nil, err
	}
	return container, func() {
		C.sandcell_container_free(container)
		release()
	}, nil
}

// Close removes the container. The sandbox must not be used afterwards.
func (s *Sandbox) Close() error {
	var failure *C.sandcell_error
	defer C.sandcell_sandbox_free(s.raw)
	return errorOf(C.sandcell_sandbox_stop(s.raw, &failure), &failure)
}

// WriteFile writes a file in the container.
func (s *Sandbox) WriteFile(ctx context.Context, path string, contents []byte) error {
	container, done, err := s.bound(ctx)
	if err != nil {
		return err
	}
	defer done()
	var failure *C.sandcell_error
	p, n := text(path)
	bytes, count := data(contents)
	status := C.sandcell_container_write_file(container, p, n, unsafe.Pointer(bytes), count, nil, &failure)
	return inContext(ctx, errorOf(status, &failure))
}

// ReadFile reads a file in the container.
func (s *Sandbox) ReadFile(ctx context.Context, path string) ([]byte, error) {
	container, done, err := s.bound(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	var failure *C.sandcell_error
	var contents *C.sandcell_string
	p, n := text(path)
	status := C.sandcell_container_read_file(container, p, n, &contents, &failure)
	if err := errorOf(status, &failure); err != nil {
		return nil, inContext(ctx, err)
	}
	defer C.sandcell_string_free(contents)
	var count C.size_t
	bytes := C.sandcell_string_data(contents, &count)
	return C.GoBytes(unsafe.Pointer(bytes), C.int(count)), nil
}

// Command is a command to run.
type Command struct {
	Args      []string      // the program and its arguments
	Stdin     []byte        // used by Run only
	Timeout   time.Duration // when to kill the command; 0 means never
	KillGrace time.Duration // the time between SIGTERM and SIGKILL
}

// Shell returns a command that runs a script in the container's shell.
func Shell(script string) Command { return Command{Args: []string{"sh", "-c", script}} }

// options returns C options, which the caller must free.
func (c *Command) options() (*C.sandcell_exec_options, error) {
	var failure *C.sandcell_error
	options := C.sandcell_exec_options_new()
	fail := func(status C.sandcell_status) error {
		err := errorOf(status, &failure)
		if err != nil {
			C.sandcell_exec_options_free(options)
		}
		return err
	}
	for _, arg := range c.Args {
		p, n := text(arg)
		if err := fail(C.sandcell_exec_options_add_arg(options, p, n, &failure)); err != nil {
			return nil, err
		}
	}
	if c.Stdin != nil {
		p, n := data(c.Stdin)
		if err := fail(C.sandcell_exec_options_set_stdin(options, unsafe.Pointer(p), n, &failure)); err != nil {
			return nil, err
		}
	}
	if c.Timeout != 0 {
		if err := fail(C.sandcell_exec_options_set_timeout_ms(options, milliseconds(c.Timeout), &failure)); err != nil {
			return nil, err
		}
	}
	if err := fail(C.sandcell_exec_options_set_kill_grace_ms(options, milliseconds(c.KillGrace), &failure)); err != nil {
		return nil, err
	}
	return options, nil
}

// Result is the output of a command, and how it ended.
type Result struct {
	Stdout, Stderr []byte
	ExitCode       int // -1 if the command did not exit by itself
	TimedOut       bool
	AllKilled      bool // whether a killed command and all its descendants are gone
}

// resultOf converts a C result and frees it. A command that was cancelled or lost is an error.
func resultOf(ctx context.Context, raw *C.sandcell_exec_result) (*Result, error) {
	defer C.sandcell_exec_result_free(raw)
	outcome := C.sandcell_exec_result_outcome(raw)
	switch outcome {
	case C.SANDCELL_OUTCOME_LOST:
		return nil, describe(C.sandcell_exec_result_lost_reason(raw))
	case C.SANDCELL_OUTCOME_CANCELLED:
		return nil, ctx.Err()
	}
	code := C.int32_t(-1)
	C.sandcell_exec_result_exit_code(raw, &code)
	return &Result{
		Stdout:    output(raw, C.SANDCELL_STDOUT),
		Stderr:    output(raw, C.SANDCELL_STDERR),
		ExitCode:  int(code),
		TimedOut:  outcome == C.SANDCELL_OUTCOME_TIMED_OUT,
		AllKilled: C.sandcell_exec_result_tree_gone(raw) == C.SANDCELL_TREE_GONE,
	}, nil
}

func output(raw *C.sandcell_exec_result, stream C.sandcell_stream) []byte {
	var bytes *C.char
	var count C.size_t
	if C.sandcell_exec_result_output(raw, stream, &bytes, &count, nil) != C.SANDCELL_OK {
		panic(fmt.Sprint("no such stream: ", stream))
	}
	return C.GoBytes(unsafe.Pointer(bytes), C.int(count))
}

// Run runs a command and waits for its end.
func (s *Sandbox) Run(ctx context.Context, command Command) (*Result, error) {
	container, done, err := s.bound(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	options, err := command.options()
	if err != nil {
		return nil, err
	}
	defer C.sandcell_exec_options_free(options)
	var failure *C.sandcell_error
	var result *C.sandcell_exec_result
	status := C.sandcell_container_exec(container, options, &result, &failure)
	if err := errorOf(status, &failure); err != nil {
		return nil, inContext(ctx, err)
	}
	return resultOf(ctx, result)
}
