import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** A part of a text that begins and ends with whole records, in a file of its own. */
export interface Piece {
  readonly path: string
  /** Bytes of the text before it. */
  readonly before: number
  /** The pieces before it, in order. */
  readonly earlier: readonly string[]
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
  const pieces: Piece[] = []
  const starts = [text.start, ...cuts]
  for (const [i, from] of starts.entries()) {
    const path = pathOf(i)
    await pipeline(
      createReadStream(text.path, {
        start: from,
        end: (starts[i + 1] ?? text.end) - 1,
        highWaterMark: 2 ** 20,
      }),
      createWriteStream(path, { highWaterMark: 2 ** 22 }),
      ...(signal ? [{ signal }] : []),
    )
    pieces.push({ path, before: from, earlier: pieces.map((p) => p.path) })
  }
  return pieces
}

/** The number of line feeds in files. */
export async function countLines(paths: readonly string[]): Promise<number> {
  let lines = 0
  const buffer = Buffer.allocUnsafe(2 ** 20)
  for (const path of paths) {
    await using file = await open(path, 'r')
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length)
      if (bytesRead === 0) break
      const chunk = buffer.subarray(0, bytesRead)
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
    }
  }
  return lines
}
