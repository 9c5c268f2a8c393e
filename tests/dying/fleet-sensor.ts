// The thread of a sensor's fleet, which fails when detectors are told something.

import "../../agent/fleet/sensor/worker.ts";
import { dieOf } from "./die.ts";

dieOf(({ say }) => say === "start");
