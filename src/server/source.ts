/** Whom an address belongs to. IPv6 addresses are told apart by their /64, which is one subscriber's. */
export function sourceOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = ''] = address.split('::')
  return [...head.split(':'), '0', '0', '0', '0'].slice(0, 4).join(':')
}
