// Names in certificates: Suricata writes "C=BE, O=GlobalSign nv-sa, CN=AlphaSSL CA", records have Zeek's form of RFC 2253,
// the last part first and a comma in a value escaped: "CN=AlphaSSL CA,O=GlobalSign nv-sa,C=BE".

/** Where a part begins: a comma inside a value is not followed by a type and an equals sign. */
const PART = /, (?=[A-Za-z][A-Za-z0-9.-]{0,40}=)/;
/** Longest name that is taken apart, characters; own choice. */
const LONGEST_NAME = 4096;

/** The name in the order and with the escapes of RFC 2253. */
export function distinguishedName(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST_NAME) return text;
  return text.split(PART).map((part) => part.replace(/[\\,+"<>;]/g, "\\$&")).reverse().join(",");
}
