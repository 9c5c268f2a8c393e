// Where a store is, as users say it.

import assert from "node:assert/strict";
import { InputError } from "../../../agent/errors.ts";
import { readPlace, type RedisPlace } from "../../../agent/store/place.ts";

const redis = (text: string): RedisPlace => {
  const place = readPlace(text);
  assert(place.kind === "redis");
  return place;
};

Deno.test("a path is an SQLite file, and a directory the store in it", async () => {
  assert.deepEqual(readPlace("kept.sqlite"), { kind: "sqlite", path: "kept.sqlite" });
  const folder = await Deno.makeTempDir();
  assert.deepEqual(readPlace(folder), { kind: "sqlite", path: `${folder}/store.sqlite` });
  await Deno.remove(folder);
});

Deno.test("the address of a Redis has parts, each with a default", () => {
  assert.deepEqual(redis("redis://10.0.0.5"), {
    kind: "redis",
    where: "redis://10.0.0.5",
    addresses: [{ host: "10.0.0.5", port: 6379 }],
    tls: false,
    authorities: undefined,
    user: undefined,
    password: undefined,
    database: 0,
    prefix: "{smartshield}:",
  });
  const whole = redis("rediss://sensor:p%40ss/w?rd:x@redis.example:7000,[2001:db8::1]:7001/4?prefix=site-1");
  assert.deepEqual(whole.addresses, [{ host: "redis.example", port: 7000 }, { host: "2001:db8::1", port: 7001 }]);
  assert.deepEqual([whole.user, whole.password, whole.tls], ["sensor", "p@ss/w?rd:x", true]);
  assert.deepEqual([whole.database, whole.prefix], [4, "{site-1}:"]);
  assert.equal(whole.where, "rediss://redis.example:7000,[2001:db8::1]:7001/4?prefix=site-1");
});

Deno.test("the password is no part of what is said", () => {
  const place = redis("redis://sensor:se%40cret@10.0.0.5/2");
  assert.deepEqual([place.user, place.password, place.database], ["sensor", "se@cret", 2]);
  assert.equal(place.where, "redis://10.0.0.5/2");
  assert.equal(redis("redis://:secret@10.0.0.5").user, undefined);
  assert.throws(() => readPlace("redis://:secret@10.0.0.5/x"), (error) => {
    assert(error instanceof InputError);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

Deno.test("a socket, with its database and prefix", () => {
  const place = redis("redis+unix://:pw@/run/redis/redis.sock?db=2&prefix=a");
  assert.deepEqual(place.addresses, [{ socket: "/run/redis/redis.sock" }]);
  assert.deepEqual([place.database, place.prefix, place.password], [2, "{a}:", "pw"]);
});

Deno.test("what is no place is one sentence with the forms that are", () => {
  for (
    const [text, why] of [
      ["mysql://host", /is of no kind that is known; a store is redis:/],
      ["redis://", /names no server/],
      ["redis://host:99999", /names no server/],
      ["redis://host/first", /needs a database that is a number/],
      ["redis://host?prefix=a{b}", /needs a prefix of letters/],
      ["redis://host?timeout=5", /has an option timeout that is not known/],
      ["redis+unix://host/socket", /names no socket/],
      ["redis://u:%zz@host", /has a % that begins no character/],
      ["rediss://host?ca=/nowhere/ca.pem", /^The certificates \/nowhere\/ca\.pem cannot be read/],
    ] as const
  ) {
    assert.throws(() => readPlace(text), (error) => error instanceof InputError && why.test(error.message), text);
  }
});
