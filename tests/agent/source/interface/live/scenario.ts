// What happens in the namespace: one scenario by name, its result as JSON. Run by live_test.ts.

import { SCENARIOS } from "./scenarios.ts";

const scenario = SCENARIOS[Deno.args[0] ?? ""];
if (scenario === undefined) throw new Error(`no scenario ${Deno.args[0]}`);
console.log(JSON.stringify(await scenario()));
Deno.exit(0);
