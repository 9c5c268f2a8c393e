// The configuration file: what it may say, and what the user is told when it is wrong.

import assert from "node:assert/strict";
import { documentConfiguration } from "../../config/document.ts";
import { ConfigurationError, readConfiguration } from "../../config/read.ts";
import { defaultConfiguration } from "../../config/schema.ts";

function mistakes(text: string): string[] {
  try {
    readConfiguration(text, "my.yaml");
  } catch (error) {
    assert(error instanceof ConfigurationError);
    return error.message.split("\n");
  }
  return [];
}

Deno.test("an empty file, and one with comments only, leave every default", () => {
  assert.deepEqual(readConfiguration("", "my.yaml"), defaultConfiguration());
  assert.deepEqual(readConfiguration("# nothing yet\n", "my.yaml"), defaultConfiguration());
  assert.deepEqual(readConfiguration("traffic:\n", "my.yaml"), defaultConfiguration());
});

Deno.test("the file overlays the defaults key by key", () => {
  const configuration = readConfiguration(
    "traffic:\n  time_window_width: 300\n  client_ips: [10.0.0.0/8, 192.168.1.7]\ndetectors:\n  long-connection:\n    duration: 60\n"
      .replace("duration", Object.keys(defaultConfiguration().detectors["long-connection"]!)[0]!),
    "my.yaml",
  );
  assert.equal(configuration.traffic.time_window_width, 300);
  assert.deepEqual(configuration.traffic.client_ips, ["10.0.0.0/8", "192.168.1.7"]);
  assert.equal(configuration.traffic.analysis_direction, "out");
  assert.equal(Object.values(configuration.detectors["long-connection"]!)[0], 60);
});

Deno.test("one window over everything is said with a word", () => {
  assert.equal(
    readConfiguration("traffic: {time_window_width: only_one_tw}", "my.yaml").traffic.time_window_width,
    "only_one_tw",
  );
});

Deno.test("every mistake is told at once, with file, line, key and what would be right", () => {
  assert.deepEqual(
    mistakes(
      [
        "traffic:",
        "  time_window_with: 300",
        "  analysis_direction: inwards",
        "  client_ips: [10.0.0.0/99]",
        "detection:",
        "  evidence_detection_threshold: -1",
        "  disabled_detectors: [long-conection]",
        "detektors: {}",
        "detectors:",
        "  no-such-thing: {}",
      ].join("\n"),
    ).map((line) => line.slice(0, 118)),
    [
      "my.yaml:2: traffic.time_window_with is not a setting; it should be time_window_width",
      'my.yaml:3: traffic.analysis_direction is "inwards" but must be out or all',
      'my.yaml:4: traffic.client_ips is ["10.0.0.0/99"] but must be an IP address or a CIDR such as 192.168.1.0/24 instead of',
      "my.yaml:6: detection.evidence_detection_threshold is -1 but must be a number of at least 0 (points per minute of time ",
      'my.yaml:7: detection.disabled_detectors is ["long-conection"] but must be long-connection instead of "long-conection"',
      "my.yaml:8: detektors is not a section; it should be detectors",
      `my.yaml:10: there is no detector no-such-thing; it should be one of ${
        Object.keys(defaultConfiguration().detectors).join(", ")
      }`.slice(0, 118),
    ],
  );
});

Deno.test("a file that is not YAML is told with the line where it breaks", () => {
  const [mistake] = mistakes("traffic:\n  client_ips: [1.2.3.4\n");
  assert.match(mistake!, /^my\.yaml:\d: this is not YAML: /);
});

Deno.test("D27: switched-off evidence is named exactly or refused, never ignored silently", () => {
  assert.deepEqual(
    readConfiguration("detection: {disabled_evidence: [connection_without_dns]}", "f").detection.disabled_evidence,
    [
      "connection_without_dns",
    ],
  );
  assert.match(
    mistakes("detection: {disabled_evidence: [ConnectionWithoutDNS]}")[0]!,
    /must be one of .*connection_without_dns/,
  );
});

Deno.test("the printed configuration reads back as itself", () => {
  const configuration = defaultConfiguration();
  configuration.traffic.time_window_width = "only_one_tw";
  configuration.traffic.client_ips = ["192.168.0.0/16"];
  configuration.detection.evidence_detection_threshold = 0.08;
  assert.deepEqual(readConfiguration(documentConfiguration(configuration), "printed"), configuration);
});

Deno.test("config/smartshield.yaml is what the schema documents (deno run --allow-write=config scripts/write-config.ts)", async () => {
  const file = await Deno.readTextFile(new URL("../../config/smartshield.yaml", import.meta.url));
  assert.equal(file, documentConfiguration(defaultConfiguration()));
});
