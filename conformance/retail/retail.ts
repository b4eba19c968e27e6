import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'packages/etl/bin/securecart.js')

/** A month of an online retailer's invoices, one CSV file a day. */
export const retailData: string = fileURLToPath(
  new URL('../../../shared/data/online-retail-2010-12', import.meta.url),
)
/** Why the suite cannot run here; CI must have the files. */
export const skipReason: string | undefined =
  existsSync(retailData) || process.env['CI'] === 'true' ? undefined : `${retailData} is missing`

export const project: string = join(root, 'examples/retail')

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program as a user would, in a folder, to its end. */
export function securecart(args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd, maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    )
  })
}

export interface ReportedTable {
  readonly table: string
  readonly outcome: string
  readonly action: string
  readonly reasons: readonly string[]
  readonly counts?: Readonly<Record<string, number>>
  readonly error?: { readonly code: string }
}

/** Runs `securecart … --json` and returns its document; fails with its words when the exit code is not the expected. */
export async function reported<T>(args: readonly string[], cwd: string, code = 0): Promise<T> {
  const outcome = await securecart([...args, '--json'], cwd)
  if (outcome.code !== code) {
    throw new Error(`securecart ${args.join(' ')} ended with ${outcome.code}:\n${outcome.stderr}`)
  }
  return JSON.parse(outcome.stdout) as T
}

export interface Reference {
  readonly read: number
  readonly tables: Readonly<Record<string, readonly (readonly (string | null)[])[]>>
}

/** What the files must give, computed by Python's csv and decimal. */
export async function referenceOf(folder: string): Promise<Reference> {
  const files = (await readdir(folder)).filter((f) => f.endsWith('.csv')).map((f) => join(folder, f))
  const script = fileURLToPath(new URL('reference.py', import.meta.url))
  const out = execFileSync('python3', [script, ...files], { encoding: 'utf8', maxBuffer: 1 << 28 })
  return JSON.parse(out) as Reference
}

/** The rows of a lake table as lists of texts, read by the program. */
export async function rowsOf(lake: string, table: string): Promise<readonly (readonly (string | null)[])[]> {
  const [namespace = '', name = ''] = table.split('.')
  const sql = `select * from "${namespace}"."${name}"`
  const objects = await reported<readonly Readonly<Record<string, string | number | null>>[]>(
    ['query', sql, '--lake', lake],
    lake,
  )
  return objects.map((row) => Object.values(row).map((value) => (value === null ? null : String(value))))
}
