import { createHash, randomUUID } from 'node:crypto'
import type { SparkStep } from '../session.ts'
import type { SparkStruct } from '../struct-type.ts'

/** The version of manifests and reports. A runner refuses manifests of another one. */
export const manifestVersion = 1

/** One step as the runner reads it. */
export type JobStep = { readonly doing: string } & (
  | {
      readonly do: 'view'
      readonly name: string
      readonly schema: SparkStruct
      readonly files: readonly string[]
    }
  | { readonly do: 'rows'; readonly sql: string; readonly stops: boolean; readonly unlessWritten?: number }
  | {
      readonly do: 'write'
      readonly sql: string
      readonly schema: SparkStruct
      readonly partitionBy: readonly string[]
      readonly folder: string
      readonly unlessWritten?: number
    }
)

/** Everything that one job does: settings of its session, and steps in their order. */
export interface JobManifest {
  readonly version: typeof manifestVersion
  /** A UUID; the report repeats it. */
  readonly id: string
  readonly settings: Readonly<Record<string, string>>
  readonly steps: readonly JobStep[]
}

/** A manifest as it is submitted. */
export interface Job {
  readonly manifest: JobManifest
  /** JSON; what `sha256` is of. */
  readonly text: string
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string
}

function jobStep(step: SparkStep): JobStep {
  switch (step.kind) {
    case 'view':
      return { do: 'view', doing: 'reading lake files', ...step.view }
    case 'rows': {
      const { kind, ...rest } = step
      return { do: kind, ...rest }
    }
    case 'write': {
      const { kind, write, ...rest } = step
      return { do: kind, ...write, ...rest }
    }
  }
}

/** Makes the job of a session's steps. */
export function jobOf(steps: readonly SparkStep[], settings: Readonly<Record<string, string>>): Job {
  const manifest: JobManifest = {
    version: manifestVersion,
    id: randomUUID(),
    settings,
    steps: steps.map(jobStep),
  }
  const text = JSON.stringify(manifest)
  return { manifest, text, sha256: createHash('sha256').update(text).digest('hex') }
}
