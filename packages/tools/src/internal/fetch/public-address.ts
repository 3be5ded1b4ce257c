/** How an address is judged; made by {@link loadAddressCheck}. */
export interface AddressCheck {
  /** True for an address of the public internet. */ isPublic(address: string): boolean;
  /** True for link-local addresses: cloud metadata services live there. */ isLinkLocal(address: string): boolean;
}

/** Public by its range, yet answered by the host of a virtual machine: Azure's WireServer. */
const METADATA_SERVICES = new Set(['168.63.129.16']);

let loaded: Promise<AddressCheck> | undefined;

/** Loads the address library on first use. */
export function loadAddressCheck(): Promise<AddressCheck> {
  return (loaded ??= import('ipaddr.js').then(({ default: ipaddr }) => ({
    isPublic: (address) => {
      const plain = withoutZone(address);
      if (!ipaddr.isValid(plain)) return false;
      const parsed = ipaddr.process(plain); // an IPv4 address inside IPv6 is judged as what it is
      if (parsed.range() !== 'unicast' || METADATA_SERVICES.has(parsed.toString())) return false;
      // Global unicast is 2000::/3 (RFC 4291 section 2.4, IANA registry): the rest, such as ::7f00:1, is not public.
      return parsed.kind() === 'ipv4' || ((parsed.toByteArray()[0] as number) & 0xe0) === 0x20;
    },
    isLinkLocal: (address) => {
      const plain = withoutZone(address);
      return ipaddr.isValid(plain) && ipaddr.process(plain).range() === 'linkLocal';
    },
  })));
}

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
