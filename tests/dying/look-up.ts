// The thread of look-ups, which fails when it is asked.

import "../../agent/intel/enrich/worker.ts";
import { dieOf } from "./die.ts";

dieOf(({ say }) => say === "ask");
