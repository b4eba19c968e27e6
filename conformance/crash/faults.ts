import type { Installed } from './installed.ts'

/** Replaces one place of a source; a place that is not there once is an error, so that a fault is never left out. */
function replaceOnce(source: string, place: string, by: string): string {
  if (source.split(place).length !== 2) throw new Error(`the fault has lost its place: ${place}`)
  return source.replace(place, () => by)
}

/** Where the faulty copies keep a table's progress: a file beside the table, replaced atomically and durably. */
const keepAside = `
async function keepAside(lake, name, summary) {
  const { mkdir, open, rename } = await import('node:fs/promises')
  const folder = lake.folder + '/' + name.replaceAll('.', '/')
  const draft = folder + '/progress.' + process.pid
  await mkdir(folder, { recursive: true })
  {
    await using file = await open(draft, 'w')
    await file.writeFile(JSON.stringify(summary))
    await file.sync()
  }
  await rename(draft, folder + '/progress.json')
}
`

const readAside = `
import { existsSync, readFileSync } from 'node:fs'
export function ledgerOf(table) {
  const file = table === undefined ? '' : table.location + '/progress.json'
  return existsSync(file) ? decodeLedger(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}
`

/**
 * Plants the fault that the ledger in the commit is there to prevent: progress is kept in a file of its own, written
 * just before or just after the commit. Everything else stays as it is.
 */
export function progressKeptAside(when: 'before' | 'after'): (installed: Installed) => Promise<void> {
  const commit = 'await tx.commit();'
  const keep = 'await keepAside(lake, name, summary);'
  return async ({ plant }) => {
    await plant('run/table-run.js', (source) => {
      const faulty = when === 'before' ? `${keep} ${commit}` : `${commit} ${keep}`
      return replaceOnce(source, commit, faulty) + keepAside
    })
    await plant(
      'run/ledger.js',
      (source) => replaceOnce(source, 'export function ledgerOf', 'function ledgerInCommit') + readAside,
    )
  }
}
