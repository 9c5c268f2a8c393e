// What the flow table counts: above all, everything that was dropped or given up, by cause.

export interface FlowCounters {
  opened: number;
  /** Ended early because the table was full. */
  evicted: number;
  /** Ended early because too many keys met in one place of the index. */
  crowdedOut: number;
  /** Memory of bytes out of order in hand now. */
  reassemblyBytes: number;
  reassemblyBytesPeak: number;
  /** Holes that were given up because what came after them no longer fitted, and their bytes. */
  holesGivenUp: number;
  bytesGivenUp: number;
  /** Bytes that acknowledgements prove to be missing from the capture. */
  bytesMissed: number;
  /** Bytes out of order whose hole was never filled before the flow ended. */
  bytesNeverInOrder: number;
  /** Memory of bytes in hand while protocols are being recognised. */
  recognitionBytes: number;
  /** Flows whose protocol was no longer looked for because there was no room for their bytes. */
  recognitionGivenUp: number;
  /** Analyzers at work now. */
  analyzersAlive: number;
  /** Analyzers not begun because there were too many. */
  analyzersRefused: number;
  /** Analyzers dropped because they threw. */
  analyzersFailed: number;
  /** Announced connections forgotten because there were too many. */
  expectedForgotten: number;
  tunnelsOpened: number;
  tunnelsForgotten: number;
  badChecksums: number;
}

export function createFlowCounters(): FlowCounters {
  return {
    opened: 0,
    evicted: 0,
    crowdedOut: 0,
    reassemblyBytes: 0,
    reassemblyBytesPeak: 0,
    holesGivenUp: 0,
    bytesGivenUp: 0,
    bytesMissed: 0,
    bytesNeverInOrder: 0,
    recognitionBytes: 0,
    recognitionGivenUp: 0,
    analyzersAlive: 0,
    analyzersRefused: 0,
    analyzersFailed: 0,
    expectedForgotten: 0,
    tunnelsOpened: 0,
    tunnelsForgotten: 0,
    badChecksums: 0,
  };
}
