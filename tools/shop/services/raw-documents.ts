import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/** A document of a file, with the text that it was read from. */
export interface RawDocument {
  readonly json: string
  readonly value: Readonly<Record<string, unknown>>
}

function linesOf(file: string): AsyncIterable<string> {
  const bytes = createReadStream(file)
  const input = file.endsWith('.gz')
    ? bytes.pipe(createGunzip())
    : file.endsWith('.zst')
      ? bytes.pipe(createZstdDecompress())
      : bytes
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

/** The documents of files of lines of JSON, in their order; what is cut off is passed over. */
export async function rawDocuments(files: readonly string[]): Promise<readonly RawDocument[]> {
  const found: RawDocument[] = []
  for (const file of files) {
    for await (const json of linesOf(file)) {
      try {
        found.push({ json, value: JSON.parse(json) as Readonly<Record<string, unknown>> })
      } catch {
        // A database cannot hold half a document.
      }
    }
  }
  return found
}
