import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a new file and makes its content durable. Fails when the path exists. The caller syncs the folder. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  await using file = await open(path, 'wx')
  await file.writeFile(content)
  await file.sync()
}

/** Makes the entries of a folder (or the content of a file) durable. */
export async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

/** Creates a folder with its parents and makes the new entries durable. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let at = path; at.length >= first.length; at = dirname(at)) await sync(dirname(at))
}

/** Runs a task over items, at most `limit` at once, and keeps their order. The first failure is thrown. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      results[index] = await task(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}
