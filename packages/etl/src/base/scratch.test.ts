import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openScratch } from './scratch.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'scratch-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Another process that holds a scratch folder until it is killed. */
async function other(): Promise<{ readonly folder: string; kill(): Promise<void> }> {
  const module = fileURLToPath(new URL('scratch.ts', import.meta.url))
  const script = `const { openScratch } = await import(${JSON.stringify(module)})
    const scratch = await openScratch(${JSON.stringify(root)})
    console.log(scratch.folder)
    setInterval(() => scratch, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    folder: output.toString().trim(),
    kill: async () => {
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
    },
  }
}

test('a folder goes when it is disposed of, with its lock', async () => {
  {
    await using scratch = await openScratch(root)
    await writeFile(path.join(scratch.folder, 'file'), 'text')
    expect(await readdir(root)).toHaveLength(2)
  }
  expect(existsSync(root)).toBe(false)
})

test('the folder of a living process stays, that of a dead one goes', async () => {
  const living = await other()
  {
    await using mine = await openScratch(root)
    await using second = await openScratch(root)
    expect([living.folder, mine.folder, second.folder].every(existsSync)).toBe(true)
  }
  expect(existsSync(living.folder)).toBe(true)
  await writeFile(path.join(living.folder, 'spill'), 'text')
  await living.kill()
  {
    await using mine = await openScratch(root)
    expect(existsSync(living.folder)).toBe(false)
    expect(existsSync(mine.folder)).toBe(true)
  }
  expect(existsSync(root)).toBe(false)
})

test('folders come and go beside each other, also while the root goes with them', async () => {
  const comeAndGo = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) {
      await using scratch = await openScratch(root)
      await writeFile(path.join(scratch.folder, 'file'), 'text')
    }
  }
  await Promise.all([1, 2, 3, 4].map(comeAndGo))
  expect(existsSync(root)).toBe(false)
})

test('a folder without a lock and a lock without a folder are removed', async () => {
  await mkdir(path.join(root, 'left', 'deep'), { recursive: true })
  await writeFile(path.join(root, 'lonely.lock'), '')
  {
    await using _scratch = await openScratch(root)
  }
  expect(existsSync(root)).toBe(false)
})
