// What analyzers are given to speak with: records, oddities, the flow's `service`, and requests to the flow table.

import type { AnyRecord, Flow, Output } from "../analyzer.ts";
import type { Pieces } from "../leaks/pieces.ts";
import type { WritableFlow } from "./attached.ts";
import { expectFlow } from "./expected.ts";
import { startFlip } from "./flip.ts";
import type { Flows } from "./flows.ts";
import { weirdOfFlow } from "./weird.ts";

/** Words in one `service`; a flow speaks two or three protocols at most. */
const MAXIMUM_SERVICES = 16;

/** The flow behind what an analyzer holds; undefined once the flow is over. */
function attachedOf(flow: Flow) {
  const { attached } = flow as WritableFlow;
  return attached.flow < 0 ? undefined : attached;
}

/** `flows` is asked for when something is said: the two refer to each other. */
export function createOutput(
  emit: (record: AnyRecord) => void,
  flows: () => Flows,
  pieces?: Pieces,
): Output {
  return {
    now: 0,
    pieces,
    emit,
    weird(flow, name, addl) {
      const attached = attachedOf(flow);
      if (attached !== undefined) weirdOfFlow(flows(), attached.flow, name, addl);
    },
    service(flow, name) {
      const attached = attachedOf(flow);
      if (attached === undefined) return;
      const service = attached.service ?? [];
      if (!service.includes(name) && service.length < MAXIMUM_SERVICES) attached.service = [...service, name];
    },
    notService(flow, name) {
      const attached = attachedOf(flow);
      if (attached?.service !== undefined) attached.service = attached.service.filter((word) => word !== name);
    },
    expect(respH, respP, protocol) {
      const { expected, counters, now } = flows();
      expectFlow(expected, counters, respH, respP, protocol, now);
    },
    upgrade(flow, protocol, from) {
      const attached = attachedOf(flow);
      if (attached !== undefined) attached.upgrade = { to: protocol, from };
    },
    flip(flow) {
      const attached = attachedOf(flow);
      if (attached !== undefined) startFlip(attached);
    },
  };
}
