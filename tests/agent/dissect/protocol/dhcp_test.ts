import assert from "node:assert/strict";
import type { AnyRecord, Flow, Protocol, RecordOf } from "../../../../agent/dissect/analyzer.ts";
import { createDhcpProtocol } from "../../../../agent/dissect/protocol/dhcp.ts";
import { concat, u32 } from "../../../craft/bytes.ts";
import { DHCP_OPTION, type DhcpMessage, dhcpMessage } from "../../../craft/message/dhcp.ts";
import { ipBytes } from "../../../craft/address.ts";
import { random } from "../../../craft/random.ts";
import { damaged, listen, START } from "./listen.ts";

const MAC = "02:00:00:00:00:05";
/** From a host without an address to everybody. */
const CALL: Partial<Flow> = { uid: "CCall", orig_h: "0.0.0.0", orig_p: 68, resp_h: "255.255.255.255", resp_p: 67 };
/** Between a host with an address and its server. */
const TALK: Partial<Flow> = { uid: "CTalk", orig_h: "10.0.0.5", orig_p: 68, resp_h: "10.0.0.1", resp_p: 67 };

function message(type: DhcpMessage["type"], over: Partial<DhcpMessage> = {}): Uint8Array {
  return dhcpMessage({ type, mac: MAC, transaction: 7, ...over });
}

function conversation(protocol: Protocol, transaction = 7): AnyRecord[] {
  const call = listen(protocol, CALL);
  const talk = listen(protocol, TALK);
  call.client(message("discover", { transaction, options: [[DHCP_OPTION.HOST_NAME, "laptop"]] }));
  const given = {
    transaction,
    yourIp: "10.0.0.5",
    options: [[DHCP_OPTION.LEASE_TIME, u32(3600)], [15, "example.org\0"]],
  } as const;
  talk.server(message("offer", given), 0.1);
  call.client(
    message("request", {
      transaction,
      options: [[DHCP_OPTION.REQUESTED_ADDRESS, ipBytes("10.0.0.5")], [81, "\0\0\0laptop.lan"]],
    }),
    0.2,
  );
  talk.server(message("ack", given), 0.5);
  call.end();
  talk.end();
  return [...call.records, ...talk.records];
}

Deno.test("a host gets its address: four messages in two flows become one record", () => {
  assert.deepEqual(conversation(createDhcpProtocol()), [{
    kind: "dhcp",
    ts: START,
    uids: ["CCall", "CTalk"],
    client_addr: "10.0.0.5",
    server_addr: "10.0.0.1",
    mac: MAC,
    host_name: "laptop",
    client_fqdn: "laptop.lan",
    domain: "example.org",
    requested_addr: "10.0.0.5",
    assigned_addr: "10.0.0.5",
    lease_time: 3600,
    msg_types: ["DISCOVER", "OFFER", "REQUEST", "ACK"],
    duration: 0.5,
  }]);
});

Deno.test("two runs share no memory", () => {
  assert.deepEqual(conversation(createDhcpProtocol()), conversation(createDhcpProtocol()));
});

Deno.test("a refusal keeps the server's words, a declined address the client's", () => {
  const call = listen(createDhcpProtocol(), CALL).client(message("decline", { options: [[56, "in use"]] }));
  const [declined] = call.end().records as RecordOf<"dhcp">[];
  assert.deepEqual([declined?.client_message, declined?.mac], ["in use", MAC]);
  const talk = listen(createDhcpProtocol(), TALK).server(message("nak", { options: [[56, "not yours"]] }));
  const [refused] = talk.end().records as RecordOf<"dhcp">[];
  assert.deepEqual([refused?.server_message, refused?.server_addr], ["not yours", undefined]);
});

Deno.test("a transaction id used again after a silence starts another conversation", () => {
  const heard = listen(createDhcpProtocol(), CALL).client(message("discover")).client(message("discover"), 11).end();
  assert.deepEqual(heard.records.map((record) => (record as RecordOf<"dhcp">).msg_types), [["DISCOVER"], ["DISCOVER"]]);
});

Deno.test("a host that asks every four seconds is one conversation for half a minute", () => {
  const heard = listen(createDhcpProtocol(), CALL);
  for (let after = 0; after <= 60; after += 4) heard.client(message("discover"), after);
  assert.deepEqual(heard.end().records.map((record) => (record as RecordOf<"dhcp">).msg_types!.length), [9, 7]);
});

Deno.test("a conversation that is over is logged with the next message of any host", () => {
  const heard = listen(createDhcpProtocol(), CALL).client(message("discover"))
    .client(message("discover", { transaction: 8 }), 20);
  assert.equal(heard.records.length, 1);
});

Deno.test("a flood of transaction ids is logged as it goes, and none is lost", () => {
  const heard = listen(createDhcpProtocol(), CALL);
  for (let transaction = 0; transaction < 6_000; transaction++) heard.client(message("discover", { transaction }));
  assert.ok(heard.records.length >= 1_900);
  assert.equal(heard.end().records.length, 6_000);
});

Deno.test("fifty messages fill a record", () => {
  const heard = listen(createDhcpProtocol(), CALL);
  for (let i = 0; i < 51; i++) heard.client(message("discover"));
  assert.equal(heard.records.length, 1);
});

Deno.test("without the cookie it is not DHCP", () => {
  const bytes = message("discover");
  bytes[236] = 0;
  const heard = listen(createDhcpProtocol(), CALL).client(bytes).end();
  assert.deepEqual([heard.wanting, heard.records, heard.services], [false, [], []]);
});

Deno.test("five thousand damaged messages leave only well-formed records", () => {
  const chance = random(67);
  const protocol = createDhcpProtocol();
  const options = [[12, "host"], [15, "lan"], [50, u32(1)], [51, u32(60)], [56, "text"], [
    61,
    concat("\x01", u32(1), "ab"),
  ], [81, "\0\0\0x"]] as const;
  for (let i = 0; i < 2_500; i++) {
    const heard = listen(protocol, i % 2 === 0 ? CALL : TALK);
    heard.client(damaged(message("request", { options }), chance));
    heard.server(damaged(message("ack", { options, yourIp: "10.0.0.9" }), chance), 1);
    for (const record of heard.end(1).records as RecordOf<"dhcp">[]) {
      assert.ok(record.uids!.length >= 1 && record.msg_types!.length >= 1);
      assert.doesNotMatch(JSON.stringify(record), /null/);
    }
  }
});
