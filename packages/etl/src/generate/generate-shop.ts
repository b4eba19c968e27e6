import { join } from 'node:path'
import { EtlError } from '../base/errors.ts'
import { writeExpected } from './expected/index.ts'
import { rawFiles } from './raw/index.ts'
import { makeShop } from './shop.ts'
import { openText } from './sink.ts'

/** How far a generation is: finished and all files (raw files, then groups of expected tables). */
export interface GenerateProgress {
  readonly file: string
  readonly done: number
  readonly total: number
}

export interface GenerateShopOptions {
  /** Gets `raw/` and `expected/`. */
  readonly folder: string
  /** 1..60,000,000; about 3 items, 10 clicks, 4 requests and 1 API event come with each order. */
  readonly orders: number
  readonly seed: number | string
  /**
   * Only one of several deliveries of the same shop: `index` 1..`of`, `of` at most the number of slices (12 or more).
   * All deliveries together are the same files as one generation without parts. The expected answers, which hold once
   * everything is delivered, come with the last.
   */
  readonly part?: { readonly index: number; readonly of: number }
  readonly onProgress?: (progress: GenerateProgress) => void
  readonly signal?: AbortSignal
}

/** What was written. */
export interface GeneratedShop {
  readonly files: readonly { readonly path: string; readonly source: string; readonly records: number }[]
}

function invalid(message: string, hint: string): EtlError {
  return new EtlError('config.invalid', message, { hint })
}

function checkOptions({ orders, part }: GenerateShopOptions): void {
  if (!Number.isInteger(orders) || orders < 1 || orders > 60_000_000) {
    throw invalid(`cannot generate ${orders} orders`, 'Give a whole number from 1 to 60000000.')
  }
  const slices = makeShop(orders, 0).slices
  if (part === undefined) return
  const whole = Number.isInteger(part.index) && Number.isInteger(part.of)
  if (!whole || part.index < 1 || part.index > part.of || part.of > slices) {
    throw invalid(
      `cannot generate part ${part.index} of ${part.of}`,
      `There are 1 to ${slices} parts at this scale.`,
    )
  }
}

const expectedGroups = 4

/**
 * Generates the raw files of the shop and the answers a right run must give, from a seed: the same options give the
 * same bytes.
 *
 * Streams: memory does not grow with the number of orders. A file appears under its name when it is complete.
 * Errors: `config.invalid`, `run.cancelled`.
 */
export async function generateShop(options: GenerateShopOptions): Promise<GeneratedShop> {
  checkOptions(options)
  const { folder, orders, seed, part, onProgress } = options
  const shop = makeShop(orders, seed)
  const wanted = rawFiles(shop).filter(
    ({ slice }) => part === undefined || Math.floor((slice * part.of) / shop.slices) === part.index - 1,
  )
  const withExpected = part === undefined || part.index === part.of
  const total = wanted.length + (withExpected ? expectedGroups : 0)
  const files: { path: string; source: string; records: number }[] = []
  let done = 0
  const report = (file: string): void => {
    if (options.signal?.aborted === true) throw new EtlError('run.cancelled', 'the generation was cancelled')
    onProgress?.({ file, done: ++done, total })
  }
  for (const { path, source, write } of wanted) {
    await using out = await openText(join(folder, 'raw', path))
    const records = await write(out)
    await out.finish()
    files.push({ path: `raw/${path}`, source, records })
    report(`raw/${path}`)
  }
  if (withExpected) {
    await writeExpected(shop, seed, join(folder, 'expected'), (name) => report(`expected/${name}`))
  }
  return { files }
}
