// The thread of one who judges, which fails at the end.

import "../../agent/fleet/detect/worker.ts";
import { dieOf } from "./die.ts";

dieOf(({ say }) => say === "open");
