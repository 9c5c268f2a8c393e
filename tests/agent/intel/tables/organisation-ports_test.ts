// Ports that are ordinary towards one organisation and strange towards anybody else.

import assert from "node:assert/strict";
import { organisationsOfPort, ownsAddress } from "../../../../agent/intel/tables/organisation-ports.ts";
import { organisationNames } from "../../../../agent/intel/tables/organisations.ts";
import { isKnownPort } from "../../../../agent/intel/tables/services.ts";

/** Who the port and the address together point to. */
function ownersAt(port: number, protocol: string, ip: string): string[] {
  return organisationsOfPort(port, protocol).filter((owner) => ownsAddress(owner, ip)).map((owner) =>
    owner.organisation
  );
}

Deno.test("an iPhone's push connection goes to Apple, the same port elsewhere does not", () => {
  assert.deepEqual(ownersAt(5223, "tcp", "17.57.146.20"), ["apple"]);
  assert.deepEqual(ownersAt(5223, "tcp", "2620:149:a44::5"), ["apple"]);
  assert.deepEqual(ownersAt(5223, "tcp", "185.220.101.4"), []);
  assert.deepEqual(ownersAt(5223, "udp", "17.57.146.20"), []);
});

Deno.test("one port can have several owners", () => {
  assert.deepEqual(organisationsOfPort(5228, "tcp").map((owner) => owner.organisation), ["google", "facebook"]);
  assert.deepEqual(ownersAt(5228, "tcp", "142.250.102.188"), ["google"]);
  assert.deepEqual(ownersAt(5228, "tcp", "157.240.20.53"), ["facebook"]);
});

Deno.test("Teams media is spoken by Teams' blocks, not by every machine in Microsoft's cloud", () => {
  assert.deepEqual(ownersAt(3480, "udp", "52.114.128.69"), ["microsoft"]);
  assert.deepEqual(ownersAt(3480, "udp", "2603:1063::7"), ["microsoft"]);
  assert.deepEqual(ownersAt(3480, "udp", "20.50.2.3"), []);
});

Deno.test("ranges of ports hold both their ends, and other ports are nobody's", () => {
  assert.deepEqual(
    [16383, 16384, 16403, 16404].map((port) => organisationsOfPort(port, "udp").length),
    [0, 1, 1, 0],
  );
  assert.deepEqual(organisationsOfPort(4444, "tcp"), []);
  assert.deepEqual(organisationsOfPort(5223, "icmp"), []);
});

Deno.test("every owner is an organisation of the table, and no port of theirs is known for everybody but shared ones", () => {
  const known: string[] = [];
  for (const protocol of ["tcp", "udp"]) {
    for (let port = 0; port <= 65535; port++) {
      const owners = organisationsOfPort(port, protocol);
      for (const { organisation } of owners) assert.ok(organisationNames().includes(organisation));
      if (owners.length > 0 && isKnownPort(port, protocol)) known.push(`${port}/${protocol}`);
    }
  }
  // XMPP, STUN, and two that happen to lie in FaceTime's and Teams phones' ranges.
  assert.deepEqual(known, ["5222/tcp", "3478/udp", "3479/udp", "3493/udp", "51820/udp"]);
});
