// The rules of an IDMEFv2 2.0.3 message, as a JSON schema in our own words.
//
// They restate the constraints of the JSON schema published for revision 2.0.3 of the format (the resource
// IDMEFv2.schema of the format's Java library, github.com/teclib-idmef/java-idmef-library; the format itself is
// draft-lehmann-idmefv2): which fields there are, which are required, their types, words and forms. No other fields are
// allowed anywhere. Classes that a network sensor has no use for (Vector, Observable, Sensor) are left out, which makes
// these rules stricter than the published ones.

const HEX_GROUP = "[0-9a-fA-F]{1,4}";
const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const DOTTED_QUAD = `(${OCTET}\\.){3}${OCTET}`;

/** IPv6 text as the published pattern takes it: eight groups, "::" for at least one, a dotted quad only after a "::". */
const IPV6 = [
  `(${HEX_GROUP}:){7}${HEX_GROUP}`,
  `(${HEX_GROUP}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((after) => `(${HEX_GROUP}:){1,${7 - after}}(:${HEX_GROUP}){1,${after}}`),
  `:((:${HEX_GROUP}){1,7}|:)`,
  `::(ffff(:0{1,4})?:)?${DOTTED_QUAD}`,
  `(${HEX_GROUP}:){1,4}:${DOTTED_QUAD}`,
].join("|");

const string = { type: "string" };
const list = (items: object) => ({ type: "array", items });

const ip = { type: "string", pattern: `^(${DOTTED_QUAD}|${IPV6})$` };
const uuid = { type: "string", pattern: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$" };
/** Port 0 is excluded. */
const port = { type: "integer", minimum: 1, maximum: 65535 };
const protocol = { type: "string", pattern: "^[a-zA-Z0-9](-?[a-zA-Z0-9])*$" };
const attachmentName = { type: "string", pattern: "^[a-zA-Z0-9]+$" };
const hash = { type: "string", pattern: "^[a-zA-Z0-9-]+:([a-fA-F0-9]{2})+$" };
const timestamp = {
  type: "string",
  pattern: "^[0-9]{4}-(0[0-9]|1[012])-([0-2][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)" +
    "(\\.[0-9]+)?(Z|[-+]([01][0-9]|2[0-3]):[0-5][0-9])?$",
};

const common = { Location: string, Note: string, IP: ip, Hostname: string, User: string, Email: string };

export const IDMEF_RULES = {
  type: "object",
  required: ["Version", "ID", "CreateTime", "Analyzer"],
  additionalProperties: false,
  properties: {
    Version: { enum: ["2.0.3"] },
    ID: uuid,
    Entity: string,
    Cause: { enum: ["Normal", "Error", "Malicious", "Malfunction", "Natural", "Unknown"] },
    Description: string,
    Status: { enum: ["Event", "Incident"] },
    Severity: { enum: ["Unknown", "Info", "Low", "Medium", "High"] },
    Confidence: { type: "number", minimum: 0, maximum: 1 },
    Note: string,
    CreateTime: timestamp,
    StartTime: timestamp,
    CeaseTime: timestamp,
    DeleteTime: timestamp,
    AltNames: list(string),
    AltCategory: list(string),
    CorrelID: list(uuid),
    AggrCondition: list(string),
    PredID: list(uuid),
    RelID: list(uuid),
    Analyzer: {
      type: "object",
      required: ["IP", "Name", "Model", "Category", "Data", "Method"],
      additionalProperties: false,
      properties: {
        IP: ip,
        Name: string,
        Hostname: string,
        Type: { enum: ["Cyber", "Physical", "Availability", "Combined"] },
        Model: string,
        Category: list({ enum: ["NIDS", "HIDS", "WIDS", "FW", "LOG", "SIEM", "HPT", "NMS"] }),
        Data: list({
          enum: ["Connection", "Datagram", "Content", "Data", "File", "Flow", "Log", "Protocol", "Host", "Network"],
        }),
        Method: list({
          enum: ["Signature", "Monitor", "Policy", "Statistical", "AI", "Heuristic", "Correlation", "Threshold"],
        }),
        Location: string,
      },
    },
    Source: list({
      type: "object",
      additionalProperties: false,
      properties: {
        ...common,
        TI: list(string),
        Protocol: list(protocol),
        Port: list(port),
        Attachment: list(attachmentName),
      },
    }),
    Target: list({
      type: "object",
      additionalProperties: false,
      properties: { ...common, Service: string, Port: list(port), Attachment: list(attachmentName) },
    }),
    Attachment: list({
      type: "object",
      required: ["Name"],
      additionalProperties: false,
      properties: { Name: attachmentName, FileName: string, Hash: list(hash), Size: { type: "integer" }, Note: string },
    }),
  },
} as const;
