import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGzip, createZstdCompress, constants } from 'node:zlib'

const chunkLength = 64 * 1024

/** A text file that is being written. `add` never waits; wait for `flush` whenever `full` says so. */
export interface TextSink extends AsyncDisposable {
  readonly full: boolean
  add(text: string): void
  flush(): Promise<void>
  /** Makes the file visible under its name. A sink that is disposed without it leaves nothing. */
  finish(): Promise<void>
}

function compressor(path: string): (Writable & NodeJS.ReadableStream) | undefined {
  if (path.endsWith('.gz')) return createGzip({ level: 1 })
  if (path.endsWith('.zst')) return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  return undefined
}

async function put(stream: Writable, text: string): Promise<void> {
  if (stream.errored) throw stream.errored
  await new Promise<void>((resolve, reject) => {
    stream.write(Buffer.from(text), (error) => (error ? reject(error) : resolve()))
  })
}

/**
 * Opens a UTF-8 text file for writing; names that end in `.gz` or `.zst` are compressed. Holds at most one chunk of
 * 256 Ki characters and what the compressor buffers. Folders are made as needed; an existing file is replaced.
 */
export async function openText(path: string): Promise<TextSink> {
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.partial`
  const file = createWriteStream(partial)
  const packed = compressor(path)
  packed?.pipe(file)
  packed?.on('error', (error) => file.destroy(error))
  const head: Writable = packed ?? file
  let text = ''
  let open = true
  const flush = async (): Promise<void> => {
    const chunk = text
    text = ''
    if (chunk !== '') await put(head, chunk)
  }
  return {
    get full() {
      return text.length >= chunkLength
    },
    add(more) {
      text += more
    },
    flush,
    async finish() {
      await flush()
      head.end()
      await finished(file)
      open = false
      await rename(partial, path)
    },
    async [Symbol.asyncDispose]() {
      if (!open) return
      file.destroy()
      if (!file.closed) await new Promise<void>((resolve) => file.once('close', () => resolve()))
      await rm(partial, { force: true })
    },
  }
}
