import { type MmdbFile, refuseMmdb } from './mmdb-file.ts'

/** A network of a database and the pointer to its record. */
export interface MmdbNetwork {
  /** Its first and last address as numbers of 128 bits, IPv4 in its mapped form (::ffff:0:0/96). */
  readonly first: bigint
  readonly last: bigint
  /** In CIDR notation, IPv4 dotted, IPv6 as RFC 5952 writes it. */
  readonly network: string
  /** The length of the prefix in its own family: 0 to 32 or 0 to 128. */
  readonly prefix: number
  readonly pointer: number
}

const mappedFirst = 0xffff_0000_0000n
const ipv4Last = 0xffff_ffffn

interface Place {
  readonly node: number
  readonly address: bigint
  readonly depth: number
}

const dotted = (address: bigint): string => [24n, 16n, 8n, 0n].map((by) => (address >> by) & 255n).join('.')

function colons(address: bigint): string {
  const digits = address.toString(16).padStart(32, '0')
  const groups = digits.match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function ipv4Network(address: bigint, prefix: number, pointer: number): MmdbNetwork {
  const first = mappedFirst + address
  const last = first + (1n << BigInt(32 - prefix)) - 1n
  return { first, last, network: `${dotted(address)}/${prefix}`, prefix, pointer }
}

function ipv6Network({ node, address, depth }: Place, hidden: boolean): MmdbNetwork {
  const end = address + (1n << BigInt(128 - depth)) - 1n
  // The mapped addresses are the last ones of every network above them that does not hold ::/96 as well.
  const covers = hidden && address > 0n && address <= mappedFirst && mappedFirst <= end
  const last = covers ? mappedFirst - 1n : end
  return { first: address, last, network: `${colons(address)}/${depth}`, prefix: depth, pointer: node }
}

/** The node or record where the IPv4 addresses of a tree begin, and at which depth: 96, or above where the tree ends earlier. */
function ipv4Start(left: (node: number) => number, nodeCount: number): Omit<Place, 'address'> {
  let node = 0
  let depth = 0
  for (; depth < 96 && node < nodeCount; depth += 1) node = left(node)
  return { node, depth }
}

/**
 * Walks the search tree and gives every network that has a record, in the order of the tree: IPv4 where ::/96 stands.
 *
 * IPv4 networks come once: the places where IPv6 trees show them again (::ffff:0:0/96, 2001::/32, 2002::/16) are left out.
 * Constant memory beside one bit per node. Fails with `source.corrupt` on a tree that reaches a node twice or goes deeper
 * than an address has bits.
 */
export function* networksOf(file: MmdbFile): Generator<MmdbNetwork> {
  const { left, right, metadata } = file
  const { nodeCount, ipVersion } = metadata
  const bits = ipVersion === 4 ? 32 : 128
  const ipv4 = ipVersion === 4 ? undefined : ipv4Start(left, nodeCount)
  const hidden = ipv4 !== undefined && ipv4.node !== nodeCount
  const seen = new Uint8Array(Math.ceil(nodeCount / 8))
  const stack: Place[] = [{ node: 0, address: 0n, depth: 0 }]
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { node, address, depth } = place
    if (node >= nodeCount) {
      if (node === nodeCount) continue
      if (ipVersion === 4) yield ipv4Network(address, depth, node)
      else if (depth >= 96 && address <= ipv4Last) yield ipv4Network(address, depth - 96, node)
      else if (!(hidden && depth >= 96 && address >> 32n === 0xffffn)) {
        yield ipv6Network(place, hidden)
        // The record of ::/81 to ::/95 is that of IPv4, whose mapped addresses lie outside of it.
        if (address === 0n && depth > 80) yield ipv4Network(0n, 0, node)
      }
      continue
    }
    if (node === ipv4?.node && address > 0n) continue
    const [byte, bit] = [node >> 3, 1 << (node & 7)]
    if (depth >= bits || ((seen[byte] ?? 0) & bit) !== 0)
      throw refuseMmdb(file.path, 'its search tree is no tree')
    seen[byte] = (seen[byte] ?? 0) | bit
    const half = 1n << BigInt(bits - depth - 1)
    stack.push({ node: right(node), address: address + half, depth: depth + 1 })
    stack.push({ node: left(node), address, depth: depth + 1 })
  }
}
