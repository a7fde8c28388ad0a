package sandcell

// #include <sandcell.h>
import "C"

import (
	"context"
	"os"
	"syscall"
)

// Process is a command that runs. Its streams are ordinary files, which wait in Go's poller: no thread is used for them.
type Process struct {
	Stdin          *os.File // closing it ends the command's input
	Stdout, Stderr *os.File

	ctx  context.Context
	raw  *C.sandcell_exec
	done func()
}

// Begin starts a command. It must be closed. When the context is done, the command is killed.
func (s *Sandbox) Begin(ctx context.Context, command Command) (*Process, error) {
	container, done, err := s.bound(ctx)
	if err != nil {
		return nil, err
	}
	process := &Process{ctx: ctx, done: done}
	options, err := command.options()
	if err != nil {
		done()
		return nil, err
	}
	defer C.sandcell_exec_options_free(options)
	var failure *C.sandcell_error
	status := C.sandcell_container_start_exec(container, options, &process.raw, &failure)
	if err := errorOf(status, &failure); err != nil {
		done()
		return nil, inContext(ctx, err)
	}
	if err := process.takeStreams(); err != nil {
		process.Close()
		return nil, err
	}
	return process, nil
}

func (p *Process) takeStreams() error {
	for _, stream := range []struct {
		number C.sandcell_stream
		name   string
		file   **os.File
	}{
		{C.SANDCELL_STDIN, "stdin", &p.Stdin},
		{C.SANDCELL_STDOUT, "stdout", &p.Stdout},
		{C.SANDCELL_STDERR, "stderr", &p.Stderr},
	} {
		var failure *C.sandcell_error
		var fd C.int32_t
		if err := errorOf(C.sandcell_exec_take_fd(p.raw, stream.number, &fd, &failure), &failure); err != nil {
			return err
		}
		// A descriptor that blocks would take a thread for each read.
		if err := syscall.SetNonblock(int(fd), true); err != nil {
			syscall.Close(int(fd))
			return err
		}
		*stream.file = os.NewFile(uintptr(fd), stream.name)
	}
	return nil
}

// Wait waits for the command's end, once. Its result has no output: that is in the streams.
//
// A stream ends, without an error, when the connection is lost, too: Wait tells the difference.
func (p *Process) Wait() (*Result, error) {
	var failure *C.sandcell_error
	var result *C.sandcell_exec_result
	if err := errorOf(C.sandcell_exec_wait_with_output(p.raw, &result, &failure), &failure); err != nil {
		return nil, inContext(p.ctx, err)
	}
	return resultOf(p.ctx, result)
}

// Close kills the command if it runs, and frees what it has. It must be the last use of it.
func (p *Process) Close() {
	for _, file := range []*os.File{p.Stdin, p.Stdout, p.Stderr} {
		if file != nil {
			file.Close()
		}
	}
	C.sandcell_exec_free(p.raw)
	p.done()
}
