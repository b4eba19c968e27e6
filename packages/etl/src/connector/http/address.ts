import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { EtlError } from '../../base/errors.ts'

/**
 * Addresses of version 4 that are not public: IANA's registry of special-purpose addresses (RFC 6890 and its updates,
 * October 2025), multicast and reserved ones.
 */
const special4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]
/** Of version 6 only global unicast is public, without these parts, which are for documents or hold addresses of version 4. */
const special6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const refused = new BlockList()
for (const [net, bits] of special4) refused.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of special6) refused.addSubnet(net, bits, 'ipv6')
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

/** Where machines in clouds are told their credentials, and whatever else answers on the local link. */
const link = new BlockList()
link.addSubnet('169.254.0.0', 16, 'ipv4')
link.addSubnet('fe80::', 10, 'ipv6')
link.addAddress('fd00:ec2::254', 'ipv6')

/** Whether an address can be reached from everywhere. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !refused.check(address, 'ipv4')
  return isIP(address) === 6 && global6.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

/**
 * Fails with `connection.private-address` where a host may not be asked at an address. Link-local ones must be named
 * themselves.
 */
export function assertAddress(host: string, address: string, allowPrivate: readonly string[]): void {
  if (isPublicAddress(address)) return
  const isLink = link.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  if (allowPrivate.includes(host) && (!isLink || isIP(host.replace(/^\[|\]$/g, '')) > 0)) return
  throw new EtlError('connection.private-address', `${host} leads to ${address}, which is not public`, {
    hint: `Name "${host}" in allowPrivate if it is meant.`,
  })
}

/** Fails as `assertAddress` where the host of a URL is an address itself; nothing is looked up for such. */
export function assertHost(hostname: string, allowPrivate: readonly string[]): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) > 0) assertAddress(hostname, address, allowPrivate)
}

type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * Looks up addresses for a connection. Each is judged, and what is connected to is what was judged: a name that leads
 * elsewhere a moment later changes nothing.
 */
export function guardedLookup(allowPrivate: readonly string[], resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) {
        callback(error ?? Object.assign(new Error(`no address of ${hostname}`), { code: 'ENOTFOUND' }), [])
        return
      }
      try {
        for (const { address } of addresses) assertAddress(hostname, address, allowPrivate)
      } catch (refusal) {
        callback(refusal as NodeJS.ErrnoException, [])
        return
      }
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
