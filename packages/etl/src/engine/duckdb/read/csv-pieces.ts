import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** A part of a text that begins and ends with whole records, in a file of its own. */
export interface Piece {
  readonly path: string
  /** Bytes of the text before it. */
  readonly before: number
  /** Counts the lines of the pieces before it; those of each piece are counted once. */
  linesBefore(): Promise<number>
}

/** Where to cut: those of the possible cuts that leave no piece of fewer than `leastBytes`. */
export function chosenCuts(
  cuts: readonly number[],
  start: number,
  end: number,
  leastBytes: number,
): readonly number[] {
  const chosen: number[] = []
  for (const cut of cuts) {
    if (cut - (chosen.at(-1) ?? start) >= leastBytes && end - cut >= leastBytes) chosen.push(cut)
  }
  return chosen
}

/** Copies the bytes of a text from `start` to `end` into pieces that are divided by `cuts`; `pathOf` names them. */
export async function cutText(
  text: { readonly path: string; readonly start: number; readonly end: number },
  cuts: readonly number[],
  pathOf: (piece: number) => string,
  signal?: AbortSignal,
): Promise<readonly Piece[]> {
  const starts = [text.start, ...cuts]
  const paths = starts.map((_, i) => pathOf(i))
  for (const [i, path] of paths.entries()) {
    const from = starts[i] ?? 0
    await pipeline(
      createReadStream(text.path, {
        start: from,
        end: (starts[i + 1] ?? text.end) - 1,
        highWaterMark: 2 ** 20,
      }),
      createWriteStream(path, { highWaterMark: 2 ** 22 }),
      ...(signal ? [{ signal }] : []),
    )
  }
  const counted = [Promise.resolve(0)]
  const linesBefore = (piece: number): Promise<number> =>
    (counted[piece] ??= linesBefore(piece - 1).then(
      async (lines) => lines + (await countLines(paths[piece - 1] ?? '')),
    ))
  return paths.map((path, i) => ({ path, before: starts[i] ?? 0, linesBefore: () => linesBefore(i) }))
}

/** The number of line ends in a file: LF, CRLF and CR alike. */
async function countLines(path: string): Promise<number> {
  await using file = await open(path, 'r')
  const buffer = Buffer.allocUnsafe(2 ** 20)
  let afterCr = false
  for (let lines = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length)
    if (bytesRead === 0) return lines
    const chunk = buffer.subarray(0, bytesRead)
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
    for (let at = chunk.indexOf(13); at >= 0; at = chunk.indexOf(13, at + 1)) lines += 1
    // Both of a CRLF were counted.
    lines -= countPairs(chunk) + (afterCr && chunk[0] === 10 ? 1 : 0)
    afterCr = chunk.at(-1) === 13
  }
}

const crlf = Buffer.from('\r\n')

function countPairs(chunk: Buffer): number {
  let pairs = 0
  for (let at = chunk.indexOf(crlf); at >= 0; at = chunk.indexOf(crlf, at + 2)) pairs += 1
  return pairs
}
