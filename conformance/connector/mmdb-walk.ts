import { isDeepStrictEqual } from 'node:util'
import type { Reader, Response } from 'mmdb-lib'

/** A network as the library's own lookups show it, with addresses as numbers of 128 bits, IPv4 mapped. */
export interface LibraryNetwork {
  readonly network: string
  readonly prefix: number
  readonly first: bigint
  readonly last: bigint
  readonly record: unknown
}

const mapped = 0xffff_0000_0000n

/** A 128-bit address as eight groups, none left out. */
export function addressText(address: bigint): string {
  return Array.from({ length: 8 }, (_, i) => ((address >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(
    ':',
  )
}

/** An IPv4 address of 32 bits, dotted. */
export function dottedText(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((by) => (address >> by) & 255n).join('.')
}

/** What `ip_key` must give for an address of 128 bits. */
export function keyOf(address: bigint): string {
  return address.toString(16).padStart(32, '0')
}

const canonical = (address: bigint): string =>
  new URL(`http://[${addressText(address)}]`).hostname.slice(1, -1)

/** The blocks of an IPv6 tree that stand for IPv4 addresses: first address and length of prefix. */
const repeated: readonly (readonly [bigint, number])[] = [
  [0n, 96],
  [mapped, 96],
  [0x2001n << 112n, 32],
  [0x2002n << 112n, 16],
]

/** Whether the IPv4 networks are found once more in a block. */
function isRepeated(
  reader: Reader<Response>,
  ipv4: LibraryNetwork | undefined,
  [first, length]: readonly [bigint, number],
): boolean {
  if (ipv4 === undefined) return false
  const address = first + ((ipv4.first - mapped) << BigInt(96 - length))
  const [record, prefix] = reader.getWithPrefixLength(addressText(address))
  return prefix === length + ipv4.prefix && isDeepStrictEqual(record, ipv4.record)
}

/**
 * All networks with a record, found by asking for an address, and then for the first address behind the network that was
 * found, and so on; another way than walking the tree.
 */
export function libraryNetworks(reader: Reader<Response>): readonly LibraryNetwork[] {
  const found: LibraryNetwork[] = []
  for (let at = 0n; at < 1n << 32n;) {
    const [record, prefix] = reader.getWithPrefixLength(dottedText(at))
    const size = 1n << BigInt(32 - prefix)
    const first = mapped + at
    if (record !== null)
      found.push({ network: `${dottedText(at)}/${prefix}`, prefix, first, last: first + size - 1n, record })
    at += size
  }
  if (reader.metadata.ipVersion === 4) return found
  const [, ipv4Prefix] = reader.getWithPrefixLength('::')
  // Where the tree ends above ::/96 there is no IPv4 part of it, and the network above is found from '::'.
  if (ipv4Prefix < 96) found.length = 0
  const blocks = repeated.filter((block) => block[0] === 0n || isRepeated(reader, found[0], block))
  for (let at = 0n; at < 1n << 128n;) {
    const block = ipv4Prefix < 96 ? undefined : blocks.find(([first]) => first === at)
    if (block !== undefined) {
      at += 1n << BigInt(128 - block[1])
      continue
    }
    const [record, prefix] = reader.getWithPrefixLength(addressText(at))
    const end = at + (1n << BigInt(128 - prefix)) - 1n
    // Mapped addresses are IPv4 addresses, which have networks of their own.
    const last = at > 0n && at <= mapped && mapped <= end ? mapped - 1n : end
    if (record !== null)
      found.push({ network: `${canonical(at)}/${prefix}`, prefix, first: at, last, record })
    at = end + 1n
  }
  return found
}
