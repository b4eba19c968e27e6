import { fileURLToPath } from 'node:url'

/** The runner: in the sources and in the package it lies at the same place, and dist is beside that. */
export const runnerFile: string = fileURLToPath(
  new URL('../../../../src/engine/spark/job/runner.py', import.meta.url),
)
