// What the threads are told of the configuration.

import type { Configuration } from "../../config/schema.ts";
import { kindsRead } from "../../detectors/contract.ts";
import { DETECTORS } from "../../detectors/index.ts";
import type { HashName } from "../dissect/files/digest.ts";
import { DEFAULT_SETTINGS } from "../dissect/flow/settings.ts";
import type { ThreadOptions } from "../threads.ts";

/** What decides besides the configuration how deep the dissector looks. */
export interface Depth {
  /** Records are written as logs. */
  readonly logs: boolean;
  /** Hashes of files, and of certificates, that somebody looks up. */
  readonly fileHashes: readonly HashName[];
  readonly certificateHashes: boolean;
}

/** Width of a time window in seconds; Infinity for one over everything. */
export function windowWidthOf({ traffic }: Configuration): number {
  return traffic.time_window_width === "only_one_tw" ? Infinity : traffic.time_window_width;
}

/** The settings of dissector, router and detectors. */
export function threadSettings(
  configuration: Configuration,
  depth: Depth,
): Pick<
  ThreadOptions,
  "router" | "dissector" | "detectors" | "detectorNames" | "disabled" | "windowWidth" | "hangSeconds"
> {
  const { traffic, flows, limits, detection } = configuration;
  return {
    router: {
      workers: limits.workers === 0 ? Math.max(1, navigator.hardwareConcurrency - 1) : limits.workers,
      direction: traffic.analysis_direction,
      profiles: limits.profiles,
      clientIps: traffic.client_ips,
      judged: kindsRead(DETECTORS),
    },
    dissector: {
      ...DEFAULT_SETTINGS,
      tcpInactivityTimeout: flows.tcp_inactivity_timeout,
      udpInactivityTimeout: flows.udp_inactivity_timeout,
      icmpInactivityTimeout: flows.icmp_inactivity_timeout,
      tcpAttemptDelay: flows.tcp_attempt_delay,
      maximumFlows: limits.flows,
      reassemblyBytes: limits.reassembly_bytes,
      logDetails: depth.logs,
      fileHashes: depth.fileHashes,
      certificateHashes: depth.certificateHashes,
    },
    detectors: configuration.detectors,
    detectorNames: DETECTORS.map(({ name }) => name),
    disabled: detection.disabled_detectors,
    windowWidth: windowWidthOf(configuration),
    hangSeconds: detection.detector_hang_seconds,
  };
}

/** How interfaces are watched; undefined when none is. */
export function captureSettings(
  { capture }: Configuration,
  interfaces: readonly string[],
  filter: string | undefined,
): ThreadOptions["interfaces"] {
  if (interfaces.length === 0) return undefined;
  return {
    names: interfaces,
    dissectors: capture.dissectors,
    settings: {
      promiscuous: capture.promiscuous,
      ringMebibytes: capture.ring_mebibytes,
      queueMebibytes: capture.queue_mebibytes,
      filter: filter ?? (capture.filter || undefined),
    },
  };
}
