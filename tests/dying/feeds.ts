// The feeds' thread, which fails with the first thing that it is asked.

import "../../agent/intel/update/worker.ts";
import { dieOf } from "./die.ts";

dieOf(() => true);
