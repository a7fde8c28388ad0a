package sandcell

// #include <sandcell.h>
import "C"

import (
	"context"
	"os"
	"syscall"
)

// Process is a running command. Its streams are files in Go's poller, so reading and writing them blocks no thread.
type Process struct {
	Stdin          *os.File // closing it ends the command's input
	Stdout, Stderr *os.File

	ctx  context.Context
	raw  *C.sandcell_exec
	done func()
}

// Begin starts a command. The caller must close the process. When the context is done, the command is killed.
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
		// With a blocking descriptor, each read would block a thread.
		if err := syscall.SetNonblock(int(fd), true); err != nil {
			syscall.Close(int(fd))
			return err
		}
		*stream.file = os.NewFile(uintptr(fd), stream.name)
	}
	return nil
}

// Wait waits for the command to end; call it once. The result has no output, because that is in the streams.
//
// A stream also ends without an error if the connection is lost. Only Wait reports that.
func (p *Process) Wait() (*Result, error) {
	var failure *C.sandcell_error
	var result *C.sandcell_exec_result
	if err := errorOf(C.sandcell_exec_wait_with_output(p.raw, &result, &failure), &failure); err != nil {
		return nil, inContext(p.ctx, err)
	}
	return resultOf(p.ctx, result)
}

// Close kills the command if it is running, and frees its resources. The process must not be used afterwards.
func (p *Process) Close() {
	for _, file := range []*os.File{p.Stdin, p.Stdout, p.Stderr} {
		if file != nil {
			file.Close()
		}
	}
	C.sandcell_exec_free(p.raw)
	p.done()
}
