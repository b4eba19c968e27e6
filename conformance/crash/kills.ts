import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { begin, type Command, type Lane, learn, note, stuckMs } from './lane.ts'
import { type DeathStep, type Ended, endWithin, type Running } from './process.ts'

export type Moment = 'at a random moment' | 'when files appeared' | 'at a step'

/** Kills a process when the n-th file of a table's metadata or a change of the catalog appears. */
async function killWhenFilesAppear(lane: Lane, running: Running): Promise<void> {
  let left = 1 + lane.random.below(20)
  const watchers: FSWatcher[] = []
  const seen = (): void => {
    left -= 1
    if (left === 0) running.child.kill('SIGKILL')
  }
  const folders = await readdir(lane.lake, { recursive: true, withFileTypes: true }).catch(() => [])
  const metadata = folders.filter((f) => f.isDirectory() && f.name === 'metadata')
  for (const folder of [lane.lake, ...metadata.map((f) => path.join(f.parentPath, f.name))]) {
    try {
      watchers.push(watch(folder, seen))
    } catch {
      // A folder that is not there yet shows nothing.
    }
  }
  await running.ended
  for (const watcher of watchers) watcher.close()
}

/** Any step of a command, or one soon after a commit. */
function deathStep({ random, mostSteps }: Lane, command: Command): DeathStep {
  const { steps, commits } = mostSteps.get(command) ?? { steps: 1, commits: 1 }
  if (random.chance(0.4)) return { commit: 0, step: 1 + random.below(steps) }
  return { commit: 1 + random.below(commits), step: 1 + random.below(6) }
}

/** Runs a command and kills it at a moment of a kind. */
export async function killOne(lane: Lane, command: Command, moment: Moment): Promise<void> {
  const { random } = lane
  let ended: Ended
  if (moment === 'at a step') {
    ended = await begin(lane, command, deathStep(lane, command)).ended
  } else {
    const running = begin(lane, command)
    if (moment === 'when files appeared') await killWhenFilesAppear(lane, running)
    else {
      await Promise.race([sleep(random.next() * (lane.lastMs.get(command) ?? 1000)), running.ended])
      running.child.kill('SIGKILL')
    }
    ended = await running.ended
  }
  learn(lane, command, ended)
  if (ended.killed) {
    lane.found.kills += 1
    note(lane, `${command} killed ${moment}`)
    const step = /died before: (.*)/.exec(ended.stderr)
    if (step !== null) note(lane, `died before ${step[1]}`)
    return
  }
  note(lane, `${command} ended before its kill`)
  if (ended.code !== 0) lane.found.stuck.push(`${command}: ${ended.stdout} ${ended.stderr}`)
}

/** Codes with which one of two processes at work on a table may give up. */
const yields = ['lake.fenced', 'lake.conflict', 'lake.missing-file']

function judgeRival(lane: Lane, ended: Ended | 'too long', what: string): void {
  if (ended === 'too long') lane.found.stuck.push(`${what} took longer than ${stuckMs} ms`)
  else if (ended.code === 0) note(lane, `${what}: done`)
  else if (!ended.killed) {
    const code = yields.find((c) => ended.stdout.includes(c))
    if (code === undefined) lane.found.stuck.push(`${what}: ${ended.stdout} ${ended.stderr}`)
    else note(lane, `${what}: ${code}`)
  }
}

/** Two runs at once create the tables; neither is killed. */
export async function createTwice(lane: Lane): Promise<void> {
  const runs = [begin(lane, 'run'), begin(lane, 'run')]
  for (const run of runs) judgeRival(lane, await endWithin(run, stuckMs), 'one of two first runs')
}

/** Two processes at once; one of them is killed. */
export async function killOneOfTwo(lane: Lane): Promise<void> {
  const { random } = lane
  const [doomed, other] = random.pick<readonly [Command, Command]>([
    ['run', 'run'],
    ['run', 'maintain'],
    ['maintain', 'run'],
  ])
  const victim = begin(lane, doomed)
  await sleep(random.next() * 300)
  const rival = begin(lane, other)
  await Promise.race([sleep(random.next() * (lane.lastMs.get(doomed) ?? 1000) * 1.5), victim.ended])
  victim.child.kill('SIGKILL')
  const ended = await victim.ended
  if (ended.killed) {
    lane.found.kills += 1
    note(lane, `${doomed} killed beside a ${other}`)
  }
  judgeRival(lane, await endWithin(rival, stuckMs), `${other} beside a killed ${doomed}`)
}

/** A run is stopped, another one overtakes it, the first one goes on. */
export async function overtake(lane: Lane): Promise<void> {
  const { random } = lane
  const slow = begin(lane, 'run')
  await Promise.race([sleep(random.next() * (lane.lastMs.get('run') ?? 1000)), slow.ended])
  slow.child.kill('SIGSTOP')
  const fast = begin(lane, 'run')
  // A process stopped while it holds the catalog would keep the other one waiting.
  await Promise.race([fast.ended, sleep(6000)])
  slow.child.kill('SIGCONT')
  if (random.chance(0.4)) {
    await sleep(random.next() * 200)
    if (slow.child.kill('SIGKILL') && (await slow.ended).killed) {
      lane.found.kills += 1
      note(lane, 'run killed after it was overtaken')
    }
  } else judgeRival(lane, await endWithin(slow, stuckMs), 'overtaken run')
  judgeRival(lane, await endWithin(fast, stuckMs), 'overtaking run')
}
