/**
 * Every error and diagnostic code of the product, with the one-line meaning its reference page shows.
 *
 * Codes read `area.what`. A code is added here once and provoked by a test.
 */
export const codes = {
  'bug.unreachable': 'The program reached a place it believed unreachable. This is our bug.',
  'config.invalid': 'The configuration or a declaration has a value that is not allowed.',
  'config.not-found': 'No configuration file was found where one was expected.',
  'plan.unknown-column': 'A step, expression or option names a column that its input does not have.',
  'plan.type-mismatch': 'An expression was given a value of a type it does not accept.',
  'plan.unknown-function': 'The function is not in the catalogue.',
  'plan.duplicate-column': 'Two output columns would carry the same name.',
  'plan.duplicate-table': 'Two tables of one project carry the same name.',
  'plan.cycle': 'Tables depend on each other in a circle.',
  'plan.codec': 'A serialised plan could not be read.',
  'engine.refused': 'The engine cannot run this plan with the promised meaning.',
  'engine.failed': 'The engine reported an error while it ran a plan.',
  'engine.out-of-memory': 'The plan needs more memory than its limit allows.',
  'lake.conflict': 'Another writer changed the table between load and commit.',
  'lake.fenced': 'A newer run has taken over; this one may no longer commit.',
  'run.cancelled': 'The run was cancelled; nothing of it is visible.',
  'run.failed': 'A table of the run failed.',
  'run.unknown-table': 'The command names a table that the project does not declare.',
} as const

export type Code = keyof typeof codes
