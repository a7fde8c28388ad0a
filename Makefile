# The front door: what each of these does is in scripts/.
export CARGO_TARGET_DIR = $(CURDIR)/target
SONAME = libsandcell.so.$(shell scripts/abi)

.PHONY: help demo test conformance memcheck sanitize bench figures fmt lint lib install uninstall header abi clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## build the library and run a session in a sandbox, from Rust and from C
	@scripts/demo

test: ## run every check and every test, with a real engine
	@scripts/test

conformance: ## run the tests with many engines (ENGINE="podman docker-28": with these), and write docs/conformance.md
	@scripts/conformance $(ENGINE)

memcheck: ## run the C tests under valgrind, with a real engine
	@scripts/memcheck

sanitize: ## run tests in C and in Rust under sanitizers, with a real engine
	@scripts/sanitize

bench: ## measure what execs cost, against a floor (less than a minute)
	@cargo bench --locked --bench exec

figures: ## print the C library's size, its crates, and the time to its first result
	@scripts/figures

fmt: ## format the sources
	cargo fmt

lint: ## check format, lints and documentation
	@scripts/lint

lib: ## build the C library, target/release/libsandcell.so and .a
	cargo rustc --release --locked --lib --features capi --crate-type cdylib,staticlib -- -C link-arg=-Wl,-soname,$(SONAME)
	@ln -sf libsandcell.so target/release/$(SONAME)
	@scripts/licenses >target/release/licenses.part && mv target/release/licenses.part target/release/THIRD-PARTY-LICENSES.txt
	@touch target/release/libsandcell.so target/release/libsandcell.a

install: ## install the C library: PREFIX=/usr/local LIBDIR=PREFIX/lib DESTDIR=
	@scripts/install

uninstall: ## remove what the same make install put there
	@scripts/install --undo

header: ## write include/sandcell.h anew from the sources
	SANDCELL_UPDATE_HEADER=1 cargo test --locked --features capi --test header

abi: lib ## compare the C interface with that of the last release
	@scripts/abi-check

clean: ## remove all that was built
	cargo clean
