package sandcell_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sandcell "sandcell.example"
)

// proxy is a socket in front of the engine whose connections can be cut, as if the engine had died.
type proxy struct {
	listener *net.UnixListener
	copies   sync.WaitGroup
	mutex    sync.Mutex
	open     []net.Conn
	gone     bool
}

func startProxy(t *testing.T) *proxy {
	host := os.Getenv("DOCKER_HOST")
	if !strings.HasPrefix(host, "unix://") {
		t.Fatalf("DOCKER_HOST is %q: this test needs a unix:// one", host)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "engine.sock")})
	check(t, err)
	p := &proxy{listener: listener}
	go func() {
		for {
			client, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			engine, err := net.Dial("unix", strings.TrimPrefix(host, "unix://"))
			if err != nil {
				client.Close()
				continue
			}
			p.join(client, engine.(*net.UnixConn))
		}
	}()
	return p
}

func (p *proxy) host() string { return "unix://" + p.listener.Addr().String() }

func (p *proxy) join(client, engine *net.UnixConn) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.gone {
		client.Close()
		engine.Close()
		return
	}
	p.open = append(p.open, client, engine)
	for _, way := range [][2]*net.UnixConn{{client, engine}, {engine, client}} {
		from, to := way[0], way[1]
		p.copies.Add(1)
		go func() {
			defer p.copies.Done()
			io.Copy(to, from)
			to.CloseWrite()
		}()
	}
}

// cut closes every connection at once, in the middle of a transfer.
func (p *proxy) cut() {
	p.listener.Close()
	p.mutex.Lock()
	p.gone = true
	for _, conn := range p.open {
		conn.Close()
	}
	p.mutex.Unlock()
	p.copies.Wait()
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	check(t, err)
	return len(entries)
}

// stream runs a command that echoes its input. It signals "works" when the first block has come back. After "flood" it
// transfers data in both directions as fast as it can, and signals "flows". It returns the result of Wait.
func stream(sandbox *sandcell.Sandbox, works *sync.WaitGroup, flood chan struct{}, flows *sync.WaitGroup) error {
	process, err := sandbox.Begin(context.Background(), sandcell.Command{Args: []string{"cat"}})
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

// The Go runtime handles SIGPIPE on its own threads; on a thread of the library, the signal would kill the process. This is
// the first test of the package, so that no other test can have left a descriptor that is about to close.
func TestEngineGoes(t *testing.T) {
	startProxy(t).cut() // opens the descriptors that the Go runtime keeps
	before := descriptors(t)
	goes(t, 100)
	for patience := time.Now().Add(10 * time.Second); descriptors(t) != before; {
		if time.Now().After(patience) {
			t.Fatalf("%d descriptors before, %d after", before, descriptors(t))
		}
	}
}

// The same with a real engine, which is killed with the command in SANDCELL_TEST_KILL. scripts/hosts starts it for this test.
func TestEngineIsKilled(t *testing.T) {
	kill := os.Getenv("SANDCELL_TEST_KILL")
	if kill == "" {
		t.Fatal("SANDCELL_TEST_KILL must be a command that kills the engine in SANDCELL_TEST_HOST")
	}
	streamUntil(t, os.Getenv("SANDCELL_TEST_HOST"), 100, func() {
		if said, err := exec.Command("sh", "-c", kill).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, said)
		}
	})
}

// goes cuts the connections to the engine while commands are streaming.
func goes(t *testing.T, count int) {
	proxy := startProxy(t)
	streamUntil(t, proxy.host(), count, proxy.cut)
}

// streamUntil streams with a number of commands, ends their engine, and expects an error from each command.
func streamUntil(t *testing.T, host string, count int, end func()) {
	client, err := sandcell.ForHost(host)
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
	end()
	for i := 0; i < count; i++ {
		var failure *sandcell.Error
		if err := <-errs; !errors.As(err, &failure) || !failure.Retryable {
			t.Errorf("a command of an engine that is gone: %v", err)
		}
	}
	if sandbox.Close() == nil {
		t.Error("a sandbox of an engine that is gone was closed without an error")
	}
	client.Close()
}
