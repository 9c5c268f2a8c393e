import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { measure, openSizes } from "../../../../../agent/dissect/protocol/ssh/authentication.ts";
import {
  concat,
  encryptedSshSize,
  noise,
  random,
  SSH_PAYLOAD,
  sshBanner,
  sshEcdhInit,
  sshEcdhReply,
  sshKexInit,
  sshNewKeys,
  sshPacket,
  u16,
  u32,
  u8,
  USUAL_SSH_ALGORITHMS,
  withLength32,
} from "../../../../craft/craft.ts";
import { ofKind, protocolNamed } from "../encrypted.ts";
import { damaged, type Heard, listen, START } from "../listen.ts";

const CLIENT = "SSH-2.0-OpenSSH_9.6", SERVER = "SSH-2.0-OpenSSH_9.2p1 Debian-2";
const COOKIE = noise(16, 1);
const KEY = noise(32, 2);

/** All that is said in the clear. */
const CLEAR: readonly (readonly ["client" | "server", Uint8Array])[] = [
  ["server", sshBanner(SERVER)],
  [
    "client",
    concat(sshBanner(CLIENT), sshKexInit({ cipher: ["chacha20-poly1305@openssh.com", "aes256-ctr"] }, COOKIE)),
  ],
  ["server", sshKexInit({ compression: ["none"] }, COOKIE)],
  ["client", sshEcdhInit(KEY)],
  ["server", concat(sshEcdhReply(KEY, KEY, noise(64, 3)), sshNewKeys())],
  ["client", sshNewKeys()],
];

function connect(over = {}, steps = CLEAR): Heard {
  const heard = listen(protocolNamed("ssh"), over);
  steps.forEach(([who, bytes], i) => heard[who](bytes, i));
  return heard;
}

/** Logs in: `attempts` wrong passwords, then the right one or none. */
function logIn(heard: Heard, attempts: number, success: boolean): Heard {
  const up = (payload: number) => heard.client(noise(encryptedSshSize(payload), 1));
  const down = (payload: number) => heard.server(noise(encryptedSshSize(payload), 1));
  up(SSH_PAYLOAD.service);
  down(SSH_PAYLOAD.service);
  up(SSH_PAYLOAD.askNone("root"));
  down(SSH_PAYLOAD.failure);
  for (let i = 0; i < attempts; i++) {
    up(SSH_PAYLOAD.askPassword("root", "guess"));
    down(SSH_PAYLOAD.failure);
  }
  up(SSH_PAYLOAD.askPassword("root", "right"));
  if (success) down(SSH_PAYLOAD.success);
  return heard;
}

Deno.test("a login after two wrong passwords is logged the moment it succeeds", () => {
  const heard = logIn(connect(), 2, true);
  const [record] = ofKind(heard.records, "ssh");
  const blob = concat(withLength32("ssh-ed25519"), withLength32(KEY));
  const lists = [USUAL_SSH_ALGORITHMS.keyExchange, USUAL_SSH_ALGORITHMS.cipher, USUAL_SSH_ALGORITHMS.mac, ["none"]];
  assert.deepEqual({ ...record, hassh: undefined }, {
    kind: "ssh",
    ts: START,
    uid: "CTest1",
    orig_h: "10.0.0.5",
    orig_p: 40_000,
    resp_h: "10.0.0.1",
    resp_p: 22,
    version: 2,
    auth_success: true,
    auth_attempts: 3,
    client: CLIENT,
    server: SERVER,
    cipher_alg: "aes256-ctr",
    mac_alg: "hmac-sha2-256",
    compression_alg: "none",
    kex_alg: "curve25519-sha256",
    host_key_alg: "ssh-ed25519",
    host_key_fingerprint: "SHA256:" + createHash("sha256").update(blob).digest("base64").slice(0, 32),
    hassh: undefined,
    hassh_server: createHash("md5").update(lists.map((list) => list.join()).join(";")).digest("hex"),
  });
  assert.deepEqual([heard.wanting, heard.services.at(-1)], [false, "ssh"]);
  assert.equal(ofKind(heard.end().records, "ssh").length, 1);
});

Deno.test("guessing in vain is logged at the end, with the attempts that were refused", () => {
  const heard = logIn(connect(), 3, false);
  assert.equal(ofKind(heard.records, "ssh").length, 0);
  const [record] = ofKind(heard.end().records, "ssh");
  assert.deepEqual([record?.auth_success, record?.auth_attempts], [false, 3]);
});

Deno.test("compression hides the sizes: nothing is said about the outcome", () => {
  const zlib = { compression: ["zlib@openssh.com", "none"] };
  const steps = CLEAR.map(([who, bytes], i) =>
    i === 1
      ? [who, concat(sshBanner(CLIENT), sshKexInit(zlib, COOKIE))] as const
      : i === 2
      ? [who, sshKexInit(zlib, COOKIE)] as const
      : [who, bytes] as const
  );
  const [record] = ofKind(logIn(connect({}, steps), 2, true).end().records, "ssh");
  assert.deepEqual([record?.auth_success, record?.auth_attempts, record?.compression_alg], [
    undefined,
    0,
    "zlib@openssh.com",
  ]);
});

Deno.test("the sizes: a long banner before the first refusal is not taken for it; no password at all is a success", () => {
  const sizes = openSizes();
  const outcome = (fromClient: boolean, length: number) => measure(sizes, fromClient, length);
  assert.equal(outcome(false, 500), undefined, "extension info before the client speaks");
  assert.deepEqual([outcome(true, 64), outcome(false, 64)], [undefined, undefined]);
  assert.deepEqual([outcome(true, 80), outcome(false, 900), outcome(false, 80)], [undefined, undefined, undefined]);
  assert.deepEqual([outcome(false, 80), outcome(false, 96), outcome(false, 48)], ["failure", undefined, "success"]);
  const free = openSizes();
  measure(free, true, 64);
  measure(free, false, 64);
  assert.equal(measure(free, false, 48), "success");
});

Deno.test("wherever the clear part is cut into segments, the record is the same", () => {
  const whole = ofKind(connect().end().records, "ssh");
  for (let cut = 1; cut < Math.max(...CLEAR.map(([, bytes]) => bytes.length)); cut++) {
    const steps = CLEAR.flatMap((
      [who, bytes],
    ) => [[who, bytes.subarray(0, cut)] as const, [who, bytes.subarray(cut)] as const]);
    const records = ofKind(connect({}, steps).end().records, "ssh").map((record) => ({ ...record, ts: START }));
    assert.deepEqual(records, whole, `cut at ${cut}`);
  }
});

Deno.test("a server may talk before it says who it is; a client may not", () => {
  const art = new TextEncoder().encode(" ______\n< keep out >\n\r\n");
  const [record] = ofKind(connect({}, [["server", art], ...CLEAR]).end().records, "ssh");
  assert.deepEqual([record?.server, record?.kex_alg], [SERVER, "curve25519-sha256"]);
  const heard = listen(protocolNamed("ssh")).client(art);
  assert.deepEqual([heard.wanting, heard.end().records], [false, []]);
});

Deno.test("versions: 1.99 is either, 1 and 2 have nothing in common", () => {
  const version = (client: string, server: string): [number | undefined, string[]] => {
    const heard = listen(protocolNamed("ssh")).server(sshBanner(server)).client(sshBanner(client)).end();
    return [ofKind(heard.records, "ssh")[0]?.version, heard.weirds];
  };
  assert.deepEqual(version("SSH-2.0-a", "SSH-1.99-b"), [2, []]);
  assert.deepEqual(version("SSH-1.99-a", "SSH-1.99-b"), [2, []]);
  assert.deepEqual(version("SSH-1.5-a", "SSH-1.99-b"), [1, []]);
  assert.deepEqual(version("SSH-1.5-a", "SSH-2.0-b"), [undefined, ["SSH_version_mismatch: SSH-2.0-b vs SSH-1.5-a"]]);
});

Deno.test("SSH 1: the keys are exchanged in two messages", () => {
  const packet = (type: number, body: Uint8Array): Uint8Array => {
    const length = 1 + body.length + 4;
    return concat(u32(length), new Uint8Array(8 - length % 8), u8(type), body, u32(0));
  };
  const heard = listen(protocolNamed("ssh")).server(sshBanner("SSH-1.5-old")).client(sshBanner("SSH-1.5-older"));
  heard.server(packet(2, noise(100, 1))).client(packet(3, noise(60, 1))).server(noise(500, 1)).end();
  assert.deepEqual([heard.services, ofKind(heard.records, "ssh")[0]?.version], [["ssh"], 1]);
});

Deno.test("direction: inbound to a private address, outbound from one, unsaid between two of a kind", () => {
  const direction = (orig_h: string, resp_h: string): string | undefined =>
    ofKind(connect({ orig_h, resp_h }).end().records, "ssh")[0]?.direction;
  assert.equal(direction("203.1.114.9", "192.168.1.2"), "INBOUND");
  assert.equal(direction("10.1.1.1", "203.1.114.9"), "OUTBOUND");
  assert.equal(direction("10.1.1.1", "10.1.1.2"), undefined);
});

Deno.test("both banners tell of software", () => {
  const software = ofKind(connect().records, "software");
  assert.deepEqual(software.map((each) => [each.host, each.software_type, each.name, each.unparsed_version]), [
    ["10.0.0.1", "SSH::SERVER", "OpenSSH", "OpenSSH_9.2p1 Debian-2"],
    ["10.0.0.5", "SSH::CLIENT", "OpenSSH", "OpenSSH_9.6"],
  ]);
});

Deno.test("different algorithms each way, and none in common, are both said", () => {
  const lists = ["a-kex", "a-key", "c1", "c2", "m1", "m1", "none", "none", "", ""];
  const init = (kex: string): Uint8Array =>
    sshPacket(concat(u8(20), COOKIE, ...[kex, ...lists.slice(1)].map((list) => withLength32(list)), u8(0), u32(0)));
  const steps = [CLEAR[0]!, ["client", concat(sshBanner(CLIENT), init("a-kex"))], ["server", init("b-kex")]] as const;
  const [record] = ofKind(connect({}, steps).end().records, "ssh");
  assert.equal(record?.cipher_alg, "To server: c1, to client: c2");
  assert.equal(record?.kex_alg, "Algorithm negotiation failed");
});

Deno.test("on other ports a client's identification is recognised, in either case; a server's alone is not", () => {
  const recognise = (text: string, fromOrig = true): string => {
    const bytes = new TextEncoder().encode(text);
    return protocolNamed("ssh").recognise(bytes, 0, bytes.length, fromOrig);
  };
  assert.deepEqual(["SSH-2.0-x\r\n", "ssh-1.99-x\n", "SSH-"].map((text) => recognise(text)), ["yes", "yes", "more"]);
  assert.deepEqual(["SSH-3.0-x\r\n", "SSHD", "GET / HTTP/1.0"].map((text) => recognise(text)), ["no", "no", "no"]);
  assert.equal(recognise("SSH-2.0-x\r\n", false), "no");
});

Deno.test("lines without end and packets that claim too much are given up", () => {
  const endless = listen(protocolNamed("ssh")).server(new Uint8Array(5000).fill(0x41));
  assert.equal(endless.wanting, false);
  const huge = listen(protocolNamed("ssh")).client(concat(sshBanner(CLIENT), u16(0x7fff), u16(0xffff), noise(20, 1)));
  assert.equal(huge.wanting, false);
  assert.equal(ofKind(huge.end().records, "ssh").length, 1);
});

Deno.test("four thousand damaged connections: nothing thrown, one ssh record at most", () => {
  const chance = random(3);
  const protocol = protocolNamed("ssh");
  for (let i = 0; i < 4000; i++) {
    const heard = listen(protocol);
    for (const [who, bytes] of CLEAR) heard[who](chance.fraction() < 0.4 ? damaged(bytes, chance) : bytes);
    assert.ok(ofKind(heard.end().records, "ssh").length <= 1);
  }
});
