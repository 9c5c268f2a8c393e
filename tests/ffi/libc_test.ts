// The C library through its bindings, on the kernel that runs the tests. Needs no rights.

import assert from "node:assert/strict";
import { EINVAL, openLibc, POLLIN, SystemError } from "../../ffi/libc.ts";

const ignore = Deno.build.os !== "linux";
const [AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUF] = [2, 2, 1, 8];

Deno.test({
  name: "sockets have options that can be set and read",
  ignore,
  fn() {
    const libc = openLibc();
    const socket = libc.socket(AF_INET, SOCK_DGRAM, 0);
    libc.setOption(socket, SOL_SOCKET, SO_RCVBUF, Uint32Array.of(8192));
    const value = new Uint32Array(1);
    assert.equal(libc.getOption(socket, SOL_SOCKET, SO_RCVBUF, value), 4);
    // The kernel doubles it (socket(7)).
    assert.equal(value[0], 16384);
    libc.close(socket);
    assert.throws(() => libc.close(socket), (error: unknown) => {
      assert.ok(error instanceof SystemError);
      assert.deepEqual({ call: error.call, errno: error.errno }, { call: "close", errno: 9 });
      return true;
    });
    libc.unload();
  },
});

Deno.test({
  name: "waiting for nothing ends when the time is over, and holds nobody up",
  ignore,
  async fn() {
    const libc = openLibc();
    const socket = libc.socket(AF_INET, SOCK_DGRAM, 0);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    assert.equal(await libc.poll(socket, POLLIN, 100), 0);
    clearInterval(timer);
    assert.ok(ticks >= 5, `${ticks}`);
    const nothing = new Uint8Array(10);
    assert.equal(libc.receiveNow(socket, nothing), 0);
    libc.close(socket);
    libc.unload();
  },
});

Deno.test({
  name: "memory with an address is written, read and given back",
  ignore,
  fn() {
    const libc = openLibc();
    const address = libc.allocate(4096);
    libc.copyTo(address, new TextEncoder().encode("hello\0world"));
    assert.equal(libc.text(address, 100), "hello");
    assert.equal(libc.text(address, 3), "hel");
    assert.equal(libc.text(0n, 100), "");
    const bytes = new Uint8Array(5);
    libc.copyFrom(bytes, address + 6n);
    assert.equal(new TextDecoder().decode(bytes), "world");
    libc.copyFrom(bytes, address, 2);
    assert.equal(new TextDecoder().decode(bytes), "herld");
    assert.throws(() => libc.copyFrom(bytes, address, 6), RangeError);
    assert.throws(() => libc.copyFrom(bytes, address, -1), RangeError);
    libc.unmap(address, 4096);
    assert.throws(
      () => libc.unmap(1n, 4096),
      (error: unknown) => error instanceof SystemError && error.errno === EINVAL,
    );
    libc.unload();
  },
});

Deno.test({
  name: "the kernel answers what the doctor asks",
  ignore,
  fn() {
    const libc = openLibc();
    assert.ok(libc.interfaceIndex("lo") > 0);
    assert.equal(libc.interfaceIndex("no-such-thing"), 0);
    assert.equal(libc.effectiveUser(), Deno.uid());
    assert.equal(typeof libc.capabilities(), "bigint");
    const { total, free } = libc.fileSystem("/");
    assert.ok(total > 0 && free >= 0 && free <= total);
    assert.throws(() => libc.fileSystem("/no/such/thing"), SystemError);
    assert.ok(libc.clock().maximumError >= 0);
    libc.unload();
  },
});
