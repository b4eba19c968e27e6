/**
 * Counter-based randomness: every draw is a function of (seed, stream, index, draw number), so that the content of any
 * entity can be derived on its own, in any order, and twice. 32-bit; not for cryptography.
 *
 * Only integer arithmetic and IEEE multiplication are used, so equal seeds give equal bytes on every machine.
 */

/** Mixes 32 bits thoroughly (the finaliser of MurmurHash3, public domain). Result: 0..2^32-1. */
export function mix(bits: number): number {
  let h = bits | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Derives the 32-bit key of a named stream from a seed. Numbers and their decimal texts give the same key. */
export function streamKey(seed: number | string, stream: string): number {
  let h = 0x811c9dc5
  for (const char of `${seed}/${stream}`) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return mix(h)
}

/** The hash of the entity `index` (0..2^32-1) of a stream, from which its draws are taken. */
export function entityHash(key: number, index: number): number {
  return mix(key + Math.imul(index, 0x9e3779b1))
}

/** Draw number `draw` of an entity: 0..2^32-1, uniform. */
export function bits(entity: number, draw: number): number {
  return mix(entity + Math.imul(draw + 1, 0x7feb352d))
}

/** Scales 32 uniform bits to an integer 0..count-1. */
export function below(uniform: number, count: number): number {
  return Math.floor((uniform / 0x100000000) * count)
}

/** True for about `perMillion` of a million draws. */
export function chance(uniform: number, perMillion: number): boolean {
  return uniform < perMillion * 4294.967296
}

/** Scales 32 uniform bits to 0..count-1 with a long tail: the first hundredth of the indexes takes a fifth of the draws. */
export function skewed(uniform: number, count: number): number {
  const u = uniform / 0x100000000
  return Math.floor(u * u * u * count)
}

/** Picks by integer weights; `cumulative` holds their running sums. Result: an index of `cumulative`. */
export function weighted(uniform: number, cumulative: readonly number[]): number {
  const point = below(uniform, cumulative[cumulative.length - 1] ?? 1)
  let index = 0
  while (point >= (cumulative[index] ?? Infinity)) index++
  return index
}

/** Running sums of weights, as `weighted` takes them. */
export function runningSums(weights: readonly number[]): number[] {
  let sum = 0
  return weights.map((weight) => (sum += weight))
}

/** Picks one of a non-empty list. */
export function pick<T>(uniform: number, from: readonly T[]): T {
  return from[below(uniform, from.length)] as T
}
