# Entry points; the work is done by the scripts in scripts/.
export CARGO_TARGET_DIR = $(CURDIR)/target
SONAME = libsandcell.so.$(shell scripts/abi)

.PHONY: help demo test conformance memcheck sanitize musl bench figures fmt lint lib install uninstall header abi clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## build the library and run a session in a sandbox, from Rust and from C
	@scripts/demo

test: ## run every check and every test, on real engines
	@scripts/test

conformance: ## run the tests on many engines and write docs/conformance.md, or on ENGINE="podman docker-28", or on ENGINE=this, the one at DOCKER_HOST
	@scripts/conformance $(ENGINE)

memcheck: ## run the C tests under valgrind, on a real engine
	@scripts/memcheck

sanitize: ## run C and Rust tests under sanitizers, on a real engine
	@scripts/sanitize

musl: ## build the static library for musl, and run a program with it
	@scripts/musl

bench: ## measure the cost of an exec against a lower bound (takes less than a minute)
	@cargo bench --locked --bench exec

figures: ## print the size, the number of crates and the time to the first result
	@scripts/figures

fmt: ## format the sources in Rust, C and C++
	@scripts/fmt

lint: ## check formatting, lints, documentation, dependencies, and that the oldest Rust compiles it
	@scripts/lint

lib: ## build the C library, target/release/libsandcell.so and .a
	cargo rustc --release --locked --lib --features capi --crate-type cdylib,staticlib -- -C link-arg=-Wl,-soname,$(SONAME)
	@ln -sf libsandcell.so target/release/$(SONAME)
	@scripts/licenses >target/release/licenses.part && mv target/release/licenses.part target/release/THIRD-PARTY-LICENSES.txt
	@touch target/release/libsandcell.so target/release/libsandcell.a

install: ## install the C library: PREFIX=/usr/local LIBDIR=PREFIX/lib DESTDIR= DEBUG=1
	@scripts/install

uninstall: ## remove the files that the same make install wrote
	@scripts/install --undo

header: ## regenerate include/sandcell.h from the sources
	SANDCELL_UPDATE_HEADER=1 cargo test --locked --features capi --test header

abi: lib ## compare the C ABI with that of the last release
	@scripts/abi-check

clean: ## remove everything that was built
	cargo clean
