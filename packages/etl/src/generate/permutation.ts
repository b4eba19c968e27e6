/** A bijection of 0..size-1 onto itself that can be followed in both directions without a table. */
export interface Permutation {
  readonly size: number
  forward(index: number): number
  backward(index: number): number
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b)

function inverse(value: number, modulus: number): number {
  let [a, b, x, y] = [value % modulus, modulus, 1, 0]
  while (a > 1) {
    const quotient = Math.floor(a / b)
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}

/** Makes an affine permutation of 0..size-1 from a key. `size` is 1..94,906,265, so that products stay exact. */
export function permutation(size: number, key: number): Permutation {
  if (size === 1) return { size, forward: () => 0, backward: () => 0 }
  let factor = Math.floor(size * 0.6180339887) + (key % 97) || 1
  while (factor >= size || greatestCommonDivisor(factor, size) !== 1) factor = factor >= size ? 1 : factor + 1
  const shift = key % size
  const back = size === 2 ? 1 : inverse(factor, size)
  return {
    size,
    forward: (index) => (index * factor + shift) % size,
    backward: (index) => (((index - shift + size) % size) * back) % size,
  }
}
