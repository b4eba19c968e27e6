import type { Submit } from './submitter.ts'
import type { SparkJob } from './declare.ts'

export { emrServerless, glue, type SparkJob, sparkSubmit } from './declare.ts'
export { jobSessions } from './sessions.ts'
export type { Submit } from './submitter.ts'

/** The submitter of declared jobs. The clients of the services are loaded with the first job that needs them. */
export async function submitterOf(job: SparkJob): Promise<Submit> {
  switch (job.service) {
    case 'spark-submit':
      return (await import('./submit/spark-submit.ts')).sparkSubmitter(job)
    case 'emr-serverless':
      return (await import('./submit/emr-serverless.ts')).emrServerlessSubmitter(job)
    case 'glue':
      return (await import('./submit/glue.ts')).glueSubmitter(job)
  }
}
