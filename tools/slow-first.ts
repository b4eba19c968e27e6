import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Suites of minutes, the longest first; measured where nothing is known of earlier runs. */
const slow = [
  'conformance/crash/kill.test.ts',
  'conformance/spark/job.test.ts',
  'conformance/spark/kill.test.ts',
  'conformance/function/catalogue.test.ts',
  'conformance/plan/random.test.ts',
  'conformance/target/modes.test.ts',
  'conformance/plan/plan.test.ts',
  'conformance/spark/steps.test.ts',
  'conformance/redshift/faults.test.ts',
  'conformance/spark/aws-jobs.test.ts',
  'conformance/run/sequence.test.ts',
  'conformance/sql/tpcds.test.ts',
]

/** The place of a file among the slow ones; behind them for all others. */
function placeOf(file: string): number {
  const at = slow.findIndex((name) => file.endsWith(name))
  return at < 0 ? slow.length : at
}

/** Begins with what takes longest, so that no worker is alone with it at the end. */
export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is the sequencer's own
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => placeOf(a.moduleId) - placeOf(b.moduleId))
  }
}
