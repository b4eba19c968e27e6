import type { Answer } from './execute.ts'

/** How far an operation has come, over all its stages known so far. Servers before 4.0 do not report it. */
export interface SparkProgress {
  readonly tasks: number
  readonly tasksDone: number
  readonly tasksRunning: number
  readonly bytesRead: number
  readonly stages: number
  readonly stagesDone: number
}

/** What an answer says of progress, if anything. */
export function progressIn(answer: Answer): SparkProgress | undefined {
  const report = answer.execution_progress
  if (report === undefined) return undefined
  const stages = report.stages ?? []
  const sum = (value: (stage: (typeof stages)[number]) => bigint | undefined): number =>
    stages.reduce((total, stage) => total + Number(value(stage) ?? 0n), 0)
  return {
    tasks: sum((stage) => stage.num_tasks),
    tasksDone: sum((stage) => stage.num_completed_tasks),
    tasksRunning: Number(report.num_inflight_tasks ?? 0n),
    bytesRead: sum((stage) => stage.input_bytes_read),
    stages: stages.length,
    stagesDone: stages.filter((stage) => stage.done === true).length,
  }
}
