// Community IDs, against the baseline of the specification (https://github.com/corelight/community-id-spec).

import assert from "node:assert/strict";
import { fromClient, icmp, type Network, network } from "../../../craft/craft.ts";
import { onlyConnection } from "./dissecting.ts";

Deno.test("TCP and UDP flows have the ids of the specification, whoever spoke first", () => {
  const story = (from: string, fromPort: number, to: string, port: number, over: "tcp" | "udp"): Network => {
    const net = network();
    const options = { clientPort: fromPort, steps: [fromClient("x")] };
    net[over](net.host("a", from), net.host("b", to), port, options);
    return net;
  };
  for (
    const [from, fromPort, to, port, over, id] of [
      ["128.232.110.120", 34855, "66.35.250.204", 80, "tcp", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="],
      ["66.35.250.204", 80, "128.232.110.120", 34855, "tcp", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="],
      ["192.168.1.52", 54585, "8.8.8.8", 53, "udp", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="],
    ] as const
  ) assert.equal(onlyConnection(story(from, fromPort, to, port, over)).community_id, id);
});

Deno.test("ICMP flows have the ids of the specification", () => {
  const net = network();
  const [a, b] = [net.host("a", "192.168.0.89"), net.host("b", "192.168.0.1")];
  net.send(a, b, 0, icmp({ type: 8, code: 0 }));
  net.send(b, a, 1, icmp({ type: 0, code: 0 }));
  assert.equal(onlyConnection(net).community_id, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
});
