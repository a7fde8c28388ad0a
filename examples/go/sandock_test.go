package sandock_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	sandock "sandock.example"
)

const image = "busybox:latest"

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, client *sandock.Client) *sandock.Sandbox {
	t.Helper()
	sandbox, err := client.Start(context.Background(), image)
	check(t, err)
	return sandbox
}

func TestManyAtOnce(t *testing.T) {
	client, err := sandock.FromEnv()
	check(t, err)
	defer client.Close()
	sandbox := start(t, client)
	var all sync.WaitGroup
	for i := 0; i < 200; i++ {
		i := i
		all.Add(1)
		go func() {
			defer all.Done()
			echo := sandock.Shell("cat; echo error of " + fmt.Sprint(i) + " >&2; exit " + fmt.Sprint(i%100))
			echo.Stdin = bytes.Repeat([]byte(fmt.Sprintln(i)), 1000)
			result, err := sandbox.Run(context.Background(), echo)
			if err != nil {
				t.Error(err)
			} else if !bytes.Equal(result.Stdout, echo.Stdin) || result.ExitCode != i%100 ||
				string(result.Stderr) != fmt.Sprintf("error of %d\n", i) {
				t.Errorf("command %d: code %d, %d bytes, %q", i, result.ExitCode, len(result.Stdout), result.Stderr)
			}
		}()
	}
	all.Wait()
	check(t, sandbox.Close())
}

func TestErrors(t *testing.T) {
	client, err := sandock.FromEnv()
	check(t, err)
	defer client.Close()
	sandbox := start(t, client)
	defer sandbox.Close()
	var failure *sandock.Error
	_, err = sandbox.ReadFile(context.Background(), "/no/such/file")
	if !errors.As(err, &failure) || !failure.NotFound || failure.Message == "" {
		t.Errorf("a file that does not exist: %v", err)
	}
	if _, err := sandbox.Run(context.Background(), sandock.Command{}); !errors.As(err, &failure) {
		t.Errorf("no command: %v", err)
	}
}

func TestContextEndsACommand(t *testing.T) {
	client, err := sandock.FromEnv()
	check(t, err)
	defer client.Close()
	sandbox := start(t, client)
	defer sandbox.Close()
	ctx, cancel := context.WithCancel(context.Background())
	process, err := sandbox.Begin(ctx, sandock.Shell("echo begun; sleep 1234"))
	check(t, err)
	defer process.Close()
	if line, err := bufio.NewReader(process.Stdout).ReadString('\n'); line != "begun\n" {
		t.Fatal(line, err)
	}
	cancel()
	if _, err := process.Wait(); err != context.Canceled {
		t.Error("a command whose context is done: ", err)
	}
	if _, err := sandbox.Run(ctx, sandock.Shell("true")); err != context.Canceled {
		t.Error("a context that was done before: ", err)
	}
	soon, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := sandbox.Run(soon, sandock.Shell("sleep 1234")); err != context.DeadlineExceeded {
		t.Error("a context with a deadline: ", err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	return len(entries)
}

// stream runs a command that gives back what it gets. It tells when that works; after "flood" as much goes both ways as can,
// which it tells, too. It returns how the command ended.
func stream(sandbox *sandock.Sandbox, works *sync.WaitGroup, flood chan struct{}, flows *sync.WaitGroup) error {
	process, err := sandbox.Begin(context.Background(), sandock.Command{Args: []string{"cat"}})
	if err != nil {
		works.Done()
		flows.Done()
		return err
	}
	defer process.Close()
	block := make([]byte, 64<<10)
	go process.Stdin.Write(block)
	io.ReadFull(process.Stdout, make([]byte, len(block)))
	works.Done()
	<-flood
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		io.Copy(process.Stdin, zeros{})
	}()
	io.CopyN(io.Discard, process.Stdout, int64(len(block)))
	flows.Done()
	io.Copy(io.Discard, process.Stdout)
	_, err = process.Wait()
	<-fed
	return err
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// Go handles SIGPIPE by itself, on the threads that it knows; a thread of the library's that got one would end the process.
func TestEngineGoes(t *testing.T) {
	// What Go and C open once and keep is open before anything is counted.
	goes(t, 1)
	before := descriptors(t)
	goes(t, 100)
	for give := time.Now().Add(10 * time.Second); descriptors(t) != before; {
		if time.Now().After(give) {
			t.Fatalf("%d descriptors before, %d after", before, descriptors(t))
		}
	}
}

// goes cuts the engine off while a number of commands stream.
func goes(t *testing.T, count int) {
	proxy := startProxy(t)
	client, err := sandock.ForHost(proxy.host())
	check(t, err)
	sandbox := start(t, client)
	errs := make(chan error)
	flood := make(chan struct{})
	var works, flows sync.WaitGroup
	works.Add(count)
	flows.Add(count)
	for i := 0; i < count; i++ {
		go func() { errs <- stream(sandbox, &works, flood, &flows) }()
	}
	works.Wait()
	close(flood)
	flows.Wait()
	proxy.cut()
	for i := 0; i < count; i++ {
		var failure *sandock.Error
		if err := <-errs; !errors.As(err, &failure) || !failure.Retryable {
			t.Errorf("a command of an engine that is gone: %v", err)
		}
	}
	if sandbox.Close() == nil {
		t.Error("a sandbox of an engine that is gone was closed without an error")
	}
	client.Close()
}
