// A worker without permissions that asks each table one question.

/// <reference lib="deno.worker" />

import { macVendor } from "../../../../agent/intel/tables/mac-vendors.ts";
import { organisationsOfPort } from "../../../../agent/intel/tables/organisation-ports.ts";
import { organisationOf } from "../../../../agent/intel/tables/organisations.ts";
import { serviceName } from "../../../../agent/intel/tables/services.ts";

self.postMessage([
  serviceName(3389, "tcp"),
  organisationOf({ ip: "17.57.146.20" }),
  organisationsOfPort(2195, "tcp")[0]?.service,
  macVendor("00:1b:63:84:45:e6"),
]);
