/**
 * Preloaded into a process: kills it, as `kill -9` does, before the step of the number in CRASH_AT. Steps are what
 * changes files or the catalog. A process that comes to its end says how many steps it had.
 */
import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

const at = Number(process.env['CRASH_AT'])
let seen = 0

function step(what: string): void {
  seen += 1
  if (seen !== at) return
  fs.writeSync(2, `\ndied before: ${what}\n`)
  process.kill(process.pid, 'SIGKILL')
}

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Counts a call as a step, and its return as another when `after`. */
function count(
  owner: object,
  name: string,
  what: string,
  wanted: (arg: unknown) => boolean = () => true,
): void {
  const methods = owner as Record<string, Method>
  const original = methods[name]
  if (original === undefined) throw new Error(`there is no ${name} to count`)
  methods[name] = function (...args) {
    if (wanted(args[0])) step(what)
    return original.apply(this, args)
  }
}

{
  await using self = await promises.open(import.meta.filename)
  const handle = Object.getPrototypeOf(self) as object
  count(handle, 'writeFile', 'writing a file')
  count(handle, 'sync', 'syncing')
}
count(promises, 'mkdir', 'making a folder')
count(promises, 'rename', 'renaming')
count(promises, 'rm', 'removing')
count(fs, 'rmSync', 'removing')
count(DatabaseSync.prototype, 'exec', 'a catalog transaction', (sql) => sql === 'begin immediate')
count(DatabaseSync.prototype, 'exec', 'a catalog commit', (sql) => sql === 'commit')
syncBuiltinESMExports()
process.on('exit', () => fs.writeSync(2, `\nsteps: ${seen}\n`))
