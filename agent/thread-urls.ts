// Where the threads' modules are: beside this one as source; in the executable, one bundled file per thread (scripts/build.ts).

const bundled = !import.meta.url.endsWith(".ts");

/** The dissector's entry module. */
export const DISSECTOR_URL: URL = new URL(bundled ? "./dissector.js" : "./dissect/worker.ts", import.meta.url);

/** The capture thread's entry module. */
export const CAPTURE_URL: URL = new URL(bundled ? "./capture.js" : "./source/interface/worker.ts", import.meta.url);

/** The peer's entry module. */
export const PEER_URL: URL = new URL(bundled ? "./peer.js" : "../p2p/worker.ts", import.meta.url);

/** The feeds' thread's entry module. */
export const FEEDS_URL: URL = new URL(bundled ? "./feeds.js" : "./intel/update/worker.ts", import.meta.url);

/** The detector worker's entry module. */
export const DETECTOR_URL: URL = new URL(bundled ? "./detector.js" : "../detectors/worker.ts", import.meta.url);

/** The look-up threads' entry module. */
export const LOOKUP_URL: URL = new URL(bundled ? "./lookup.js" : "./intel/enrich/worker.ts", import.meta.url);

/** The entry module of the thread that looks for leaks. */
export const LEAKS_URL: URL = new URL(bundled ? "./leaks.js" : "./dissect/leaks/worker.ts", import.meta.url);

/** The entry modules of the threads that speak to a fleet: of a sensor, and where others judge. */
export const FLEET_SENSOR_URL: URL = new URL(
  bundled ? "./fleet-sensor.js" : "./fleet/sensor/worker.ts",
  import.meta.url,
);
export const FLEET_DETECT_URL: URL = new URL(
  bundled ? "./fleet-detect.js" : "./fleet/detect/worker.ts",
  import.meta.url,
);

/** The entry module of the store's thread. */
export const STORE_URL: URL = new URL(bundled ? "./store.js" : "./store/worker.ts", import.meta.url);

/** The entry module of the thread by which sensors share what they know from outside. */
export const SHARING_URL: URL = new URL(bundled ? "./sharing.js" : "./sharing/worker.ts", import.meta.url);

/** The entry module of the tape's thread. */
export const TAPE_URL: URL = new URL(bundled ? "./tape.js" : "./resume/worker.ts", import.meta.url);
