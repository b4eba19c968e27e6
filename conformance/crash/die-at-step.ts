/**
 * Preloaded into a process: kills it, as `kill -9` does, at the step that CRASH_AT numbers. Steps are what changes files or
 * the catalog; the process dies before it takes the step. With CRASH_COMMIT they are counted from that commit of the
 * catalog on. A process that comes to its end says how many steps and commits it had. With CRASH_SIGNAL it is sent that signal
 * in place of SIGKILL: SIGSTOP makes it stand still there.
 */
import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync } from 'node:sqlite'

const at = Number(process.env['CRASH_AT'])
const fromCommit = Number(process.env['CRASH_COMMIT'])
let [seen, commits, stepsBeforeCommit] = [0, 0, 0]

function step(what: string): void {
  seen += 1
  if (commits >= fromCommit && seen - stepsBeforeCommit === at) die(what)
  if (what !== commit) return
  commits += 1
  if (commits === fromCommit) stepsBeforeCommit = seen
}

function die(what: string): void {
  fs.writeSync(2, `\ndied before: ${what}\n`)
  process.kill(process.pid, process.env['CRASH_SIGNAL'] ?? 'SIGKILL')
}

/** The step that publishes something. */
const commit = 'a catalog commit'

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Counts calls of a method as steps. */
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
count(DatabaseSync.prototype, 'exec', commit, (sql) => sql === 'commit')
syncBuiltinESMExports()
process.on('exit', () => fs.writeSync(2, `\nsteps: ${seen}, commits: ${commits}\n`))
