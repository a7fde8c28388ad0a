// Command tour shows what most programs do with a sandbox. Usage: tour [IMAGE], with the engine in DOCKER_HOST.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"time"

	sandcell "sandcell.example"
)

func showOutput(ctx context.Context, sandbox *sandcell.Sandbox) error {
	result, err := sandbox.Run(ctx, sandcell.Shell("echo out; echo err >&2; exit 42"))
	if err != nil {
		return err
	}
	fmt.Printf("stdout: %sstderr: %sexit code: %d\n", result.Stdout, result.Stderr, result.ExitCode)
	return nil
}

func showInput(ctx context.Context, sandbox *sandcell.Sandbox) error {
	sort := sandcell.Command{Args: []string{"sort", "-r"}, Stdin: []byte("apple\npear\n")}
	result, err := sandbox.Run(ctx, sort)
	if err != nil {
		return err
	}
	fmt.Printf("sorted: %s", result.Stdout)
	return nil
}

func showFiles(ctx context.Context, sandbox *sandcell.Sandbox) error {
	if err := sandbox.WriteFile(ctx, "/tmp/note", []byte("from the host\n")); err != nil {
		return err
	}
	contents, err := sandbox.ReadFile(ctx, "/tmp/note")
	if err != nil {
		return err
	}
	fmt.Printf("file: %s", contents)
	return nil
}

func showDialogue(ctx context.Context, sandbox *sandcell.Sandbox) error {
	process, err := sandbox.Begin(ctx, sandcell.Shell(`while read word; do echo "echo: $word"; done`))
	if err != nil {
		return err
	}
	defer process.Close()
	answers := bufio.NewReader(process.Stdout)
	for _, word := range []string{"one", "two"} {
		if _, err := fmt.Fprintln(process.Stdin, word); err != nil {
			return err
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			return err
		}
		fmt.Print(answer)
	}
	process.Stdin.Close()
	result, err := process.Wait()
	if err != nil {
		return err
	}
	fmt.Println("end:", result.ExitCode)
	return nil
}

func showTimeout(ctx context.Context, sandbox *sandcell.Sandbox) error {
	slow := sandcell.Shell("echo begun; sleep 1234 & sleep 1234")
	slow.Timeout = 300 * time.Millisecond
	result, err := sandbox.Run(ctx, slow)
	if err != nil {
		return err
	}
	yes := map[bool]string{true: "yes", false: "no"}
	fmt.Printf("too slow: %stimed out: %s\nall killed: %s\n", result.Stdout, yes[result.TimedOut], yes[result.AllKilled])
	return nil
}

func tour(ctx context.Context, image string) error {
	client, err := sandcell.FromEnv()
	if err != nil {
		return err
	}
	defer client.Close()
	sandbox, err := client.Start(ctx, image)
	if err != nil {
		return err
	}
	for _, show := range []func(context.Context, *sandcell.Sandbox) error{
		showOutput, showInput, showFiles, showDialogue, showTimeout,
	} {
		if err := show(ctx, sandbox); err != nil {
			sandbox.Close()
			return err
		}
	}
	return sandbox.Close()
}

func main() {
	image := "busybox:latest"
	if len(os.Args) > 1 {
		image = os.Args[1]
	}
	if err := tour(context.Background(), image); err != nil {
		fmt.Fprintln(os.Stderr, "tour:", err)
		os.Exit(1)
	}
}
