package sandcell_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	sandcell "sandcell.example"
)

const image = "busybox:latest"

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, client *sandcell.Client) *sandcell.Sandbox {
	t.Helper()
	sandbox, err := client.Start(context.Background(), image)
	check(t, err)
	return sandbox
}

func TestManyAtOnce(t *testing.T) {
	client, err := sandcell.FromEnv()
	check(t, err)
	defer client.Close()
	sandbox := start(t, client)
	var all sync.WaitGroup
	for i := 0; i < 200; i++ {
		i := i
		all.Add(1)
		go func() {
			defer all.Done()
			echo := sandcell.Shell("cat; echo error of " + fmt.Sprint(i) + " >&2; exit " + fmt.Sprint(i%100))
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
	client, err := sandcell.FromEnv()
	check(t, err)
	defer client.Close()
	sandbox := start(t, client)
	defer sandbox.Close()
	var failure *sandcell.Error
	_, err = sandbox.ReadFile(context.Background(), "/no/such/file")
	if !errors.As(err, &failure) || !failure.NotFound || failure.Message == "" {
		t.Errorf("a file that does not exist: %v", err)
	}
	if _, err := sandbox.Run(context.Background(), sandcell.Command{}); !errors.As(err, &failure) {
		t.Errorf("no command: %v", err)
	}
}

func TestContextEndsACommand(t *testing.T) {
	client, err := sandcell.FromEnv()
	check(t, err)
	defer client.Close()
	sandbox := start(t, client)
	defer sandbox.Close()
	ctx, cancel := context.WithCancel(context.Background())
	process, err := sandbox.Begin(ctx, sandcell.Shell("echo begun; sleep 1234"))
	check(t, err)
	defer process.Close()
	if line, err := bufio.NewReader(process.Stdout).ReadString('\n'); line != "begun\n" {
		t.Fatal(line, err)
	}
	cancel()
	if _, err := process.Wait(); err != context.Canceled {
		t.Error("a command whose context is done: ", err)
	}
	if _, err := sandbox.Run(ctx, sandcell.Shell("true")); err != context.Canceled {
		t.Error("a context that was done before: ", err)
	}
	soon, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := sandbox.Run(soon, sandcell.Shell("sleep 1234")); err != context.DeadlineExceeded {
		t.Error("a context with a deadline: ", err)
	}
}
