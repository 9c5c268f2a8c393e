// Where the threads' modules are: beside this one as source; in the executable, one bundled file per thread (scripts/build.ts).

const bundled = !import.meta.url.endsWith(".ts");

/** The dissector's entry module. */
export const DISSECTOR_URL: URL = new URL(bundled ? "./dissector.js" : "./dissect/worker.ts", import.meta.url);

/** The capture thread's entry module. */
export const CAPTURE_URL: URL = new URL(bundled ? "./capture.js" : "./source/interface/worker.ts", import.meta.url);

/** The peer's entry module. */
export const PEER_URL: URL = new URL(bundled ? "./peer.js" : "../p2p/worker.ts", import.meta.url);

/** The detector worker's entry module. */
export const DETECTOR_URL: URL = new URL(bundled ? "./detector.js" : "../detectors/worker.ts", import.meta.url);
