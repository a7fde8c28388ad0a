package sandock_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// proxy is a socket in front of the engine that can be cut: what an engine that dies looks like.
type proxy struct {
	listener *net.UnixListener
	copies   sync.WaitGroup
	mutex    sync.Mutex
	open     []net.Conn
	gone     bool
}

func startProxy(t *testing.T) *proxy {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "engine.sock")})
	check(t, err)
	p := &proxy{listener: listener}
	go func() {
		for {
			client, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			engine, err := net.Dial("unix", strings.TrimPrefix(os.Getenv("DOCKER_HOST"), "unix://"))
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

// cut ends every connection at once, in the middle of whatever it carries.
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
