// libpcap's own numbers for link types (DLT_*, which differ between systems) and those of files (LINKTYPE_*): the same
// but for a few (https://www.tcpdump.org/linktypes.html).

/** LINKTYPE to DLT, on Linux. */
const DATA_LINKS: ReadonlyMap<number, number> = new Map([
  [101, 12], // raw IP
]);
const LINK_TYPES: ReadonlyMap<number, number> = new Map(
  [...DATA_LINKS].map(([linkType, dataLink]) => [dataLink, linkType]),
);

export function dataLinkOfLinkType(linkType: number): number {
  return DATA_LINKS.get(linkType) ?? linkType;
}

export function linkTypeOfDataLink(dataLink: number): number {
  return LINK_TYPES.get(dataLink) ?? dataLink;
}
