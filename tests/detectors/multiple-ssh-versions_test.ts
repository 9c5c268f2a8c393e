// SSH versions: who changes them, and who only has two programs.

import assert from "node:assert/strict";
import { multipleSshVersions, PROGRAMS_KEPT, VERSIONS_KEPT } from "../../detectors/multiple-ssh-versions.ts";
import type { RecordOf } from "../../agent/record/schema.ts";
import { watch } from "./harness.ts";
import { proof, twin } from "./proof.ts";
import { told } from "./told.ts";

const HOST = "192.168.1.247";
const T = 1_632_302_615;

function client(version: string, seconds: number, fields: Partial<RecordOf<"software">> = {}): RecordOf<"software"> {
  const [major, minor] = version.split(".").map(Number);
  return {
    kind: "software",
    ts: T + seconds,
    host: HOST,
    software_type: "SSH::CLIENT",
    name: "OpenSSH",
    "version.major": major,
    "version.minor": minor,
    ...fields,
  };
}

function server(version: string, seconds: number, host_p = 22): RecordOf<"software"> {
  return client(version, seconds, { software_type: "SSH::SERVER", host_p });
}

function found(records: RecordOf<"software">[]): string[] {
  return watch([multipleSshVersions], records).map(({ description }) =>
    /before and now (.*), as/.exec(description)![1]!
  );
}

proof("multiple_ssh_versions", "a client that says 8.1 and then 9.1 is told", () => {
  assert.deepEqual(watch([multipleSshVersions], [client("8.1", 0), client("9.1", 4)]).map(told), [{
    type: "multiple_ssh_versions",
    threat: "medium",
    confidence: 0.9,
    attacker: "src ip 192.168.1.247",
    profile: HOST,
    window: 1,
    timestamp: T + 4,
    uids: [],
    description:
      "SSH client version changing: 192.168.1.247 used OpenSSH 8.1 before and now OpenSSH 9.1, as tools do " +
      "that pretend to be others",
  }]);
});

twin("multiple_ssh_versions", "the same version again and again, with another patch level, is one version", () => {
  assert.deepEqual(found([client("8.1", 0), client("8.1", 60), client("8.1", 90_000, { "version.minor2": 2 })]), []);
});

Deno.test("client and server of one host may differ, and so may servers at two ports", () => {
  assert.deepEqual(found([client("8.1", 0), server("9.1", 1), server("7.4", 2, 2222)]), []);
  assert.deepEqual(found([server("9.1", 1), server("7.4", 2)]), ["OpenSSH 7.4"]);
});

Deno.test("each version is told once, however often a host changes between them", () => {
  const versions = ["8.1", "9.1", "8.1", "9.1", "8.1", "7.2"];
  const changes = versions.map((version, n) => client(version, n));
  const evidence = watch([multipleSshVersions], changes, { folded: true });
  assert.deepEqual(evidence.map(({ count, description }) => `${count} ${/now (\S+ \S+),/.exec(description)![1]}`), [
    "1 OpenSSH 9.1",
    "2 OpenSSH 7.2",
  ]);
});

Deno.test("another program is told with less confidence: an administrator may use two", () => {
  const [evidence] = watch([multipleSshVersions], [client("8.1", 0), client("0.9", 5, { name: "libssh" })]);
  assert.equal(evidence!.confidence, 0.5);
  assert.match(evidence!.description, /used OpenSSH 8\.1 before and now libssh 0\.9/);
});

Deno.test("programs that give no number, or are no SSH, say nothing", () => {
  const none = { "version.major": undefined, "version.minor": undefined };
  assert.deepEqual(found([client("8.1", 0), client("8.1", 1, none)]), []);
  const browser = (version: string, n: number) => client(version, n, { software_type: "HTTP::BROWSER" });
  assert.deepEqual(found([browser("8.1", 0), browser("9.1", 1)]), []);
});

Deno.test("a host with a server at every port is remembered for some of them", () => {
  const all = Array.from({ length: PROGRAMS_KEPT + 1 }, (_, port) => server("9.1", port, port));
  assert.deepEqual(found([...all, server("7.4", 100, 0)]), [], "the first was forgotten");
  assert.deepEqual(found([...all, server("7.4", 100, PROGRAMS_KEPT)]), ["OpenSSH 7.4"]);
});

Deno.test("what is remembered of one host is bounded: the oldest version goes, and would be new again", () => {
  const all = Array.from({ length: VERSIONS_KEPT + 1 }, (_, n) => client(`${n}.0`, n));
  assert.equal(found([...all, client("1.0", 50)]).length, VERSIONS_KEPT);
  assert.equal(found([...all, client("0.0", 50)]).length, VERSIONS_KEPT + 1);
});
