// Writes config/smartshield.yaml from the schema: deno run --allow-write=config scripts/write-config.ts

import { documentConfiguration } from "../config/document.ts";
import { defaultConfiguration } from "../config/schema.ts";

Deno.writeTextFileSync(
  new URL("../config/smartshield.yaml", import.meta.url),
  documentConfiguration(defaultConfiguration()),
);
