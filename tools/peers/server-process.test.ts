import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startServer } from './server-process.ts'

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'server-'))

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !condition(); attempt++) await sleep(50)
}

test('what a server prints is kept, and its folder stays when it ended by itself', async () => {
  const at = folder()
  const server = startServer('sh', ['-c', 'echo out; echo err >&2'], { folder: at })
  await server.ended
  await until(() => server.log().length >= 8)
  expect(server.log().split('\n').toSorted()).toEqual(['', 'err', 'out'])
  await sleep(100)
  expect(existsSync(at)).toBe(true)
  rmSync(at, { recursive: true })
})

test('a server goes, with its children and its folder, when the process that started it is killed', async () => {
  const at = folder()
  const script = `import { startServer } from ${JSON.stringify(path.join(import.meta.dirname, 'server-process.ts'))}
    const { child } = startServer('sh', ['-c', 'sleep 600 & echo $!; wait'], { folder: ${JSON.stringify(at)} })
    child.stdout.on('data', (inner) => console.log(child.pid + ' ' + inner))
    setInterval(() => {}, 1000)`
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [line] = (await once(starter.stdout, 'data')) as [Buffer]
  const pids = line.toString().trim().split(' ').map(Number)
  expect(pids.map(isAlive)).toEqual([true, true])
  starter.kill('SIGKILL')
  await until(() => !pids.some(isAlive) && !existsSync(at))
  expect(pids.map(isAlive)).toEqual([false, false])
  expect(existsSync(at)).toBe(false)
})
