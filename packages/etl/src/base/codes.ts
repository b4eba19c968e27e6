/**
 * Every error and diagnostic code of the product, with the one-line meaning its reference page shows.
 *
 * Codes read `area.what`. A code is added here once and provoked by a test.
 */
export const codes = {
  'bug.unreachable': 'The program reached a place it believed unreachable. This is our bug.',
  'cli.usage':
    'The command line names an unknown command or option, or a value that the option does not take.',
  'config.invalid': 'The configuration or a declaration has a value that is not allowed.',
  'config.not-found': 'No configuration file was found where one was expected.',
  'config.secret': 'A secret that the configuration refers to is not there.',
  'connection.failed':
    'A server could not be reached, or the connection to it was lost and could not be made again.',
  'connection.private-address':
    'A host or redirect leads to an address that is not public, or is not encrypted, and the connection does not allow that.',
  'connection.session-lost':
    'The server was restarted or gave up the session while an operation ran. Whether it took effect is not known.',
  'connection.timeout': 'A server did not answer within the time allowed.',
  'connection.unauthorized': 'A server refused the credentials, or the one who holds them may not do this.',
  'plan.unknown-column': 'A step, expression or option names a column that its input does not have.',
  'plan.type-mismatch': 'An expression was given a value of a type it does not accept.',
  'plan.unknown-function': 'The function is not in the catalogue.',
  'plan.duplicate-column': 'Two output columns would carry the same name.',
  'plan.reserved-name': 'A column has a name that engines use for columns of their own.',
  'plan.duplicate-table': 'Two tables of one project carry the same name.',
  'plan.cycle': 'Tables depend on each other in a circle.',
  'plan.codec': 'A serialised plan could not be read.',
  'engine.refused': 'The engine cannot run this plan with the promised meaning.',
  'engine.failed': 'The engine reported an error while it ran a plan.',
  'engine.job-lost':
    'Nobody knows how a Spark job ended: it vanished, or left no report that accounts for it.',
  'engine.job-refused': 'A service did not accept a Spark job.',
  'engine.job-timeout': 'A Spark job took longer than it may; it was ended.',
  'engine.unseen-files': 'A remote engine said it wrote files, but they are not where the lake lies.',
  'engine.out-of-memory': 'The plan needs more memory than its limit allows.',
  'lake.conflict': 'Another writer changed the table between load and commit.',
  'lake.corrupt': 'A metadata, manifest or data file of the lake could not be read.',
  'lake.exists': 'A table of this name exists already.',
  'lake.fenced': 'A newer run has taken over; this one may no longer commit.',
  'lake.invalid': 'A table name, partition or file entry is not allowed in the lake.',
  'lake.missing-file': 'A commit names a data file that does not exist or is not part of the table.',
  'lake.moved': 'The folder of the lake is no longer where its tables were written.',
  'lake.unknown-snapshot': 'The snapshot, branch, tag or time does not exist in the table.',
  'lake.unknown-table': 'The lake has no table of this name.',
  'lake.unsafe-change': 'The schema change could lose or reinterpret values, so it is refused.',
  'lake.unsupported': 'The table uses an Iceberg feature that this version cannot read correctly.',
  'run.apply-failed': 'A TypeScript row function threw an error.',
  'run.apply-result': 'A TypeScript row function returned a value of another type than it declares.',
  'run.cancelled': 'The run was cancelled; nothing of it is visible.',
  'run.failed': 'A table of the run failed.',
  'run.lookup-not-unique': 'A lookup found several rows for one key where at most one is allowed.',
  'run.ranges-overlap': 'Two ranges of a range lookup overlap, so a value could find two rows.',
  'run.rows-would-go':
    'An edited table would be built anew from a source that no longer has all of its rows.',
  'run.schema-frozen': 'The schema of a published table would change although its contract forbids it.',
  'run.too-many-rejects': 'More records were rejected than the table allows; nothing was published.',
  'run.upstream-missing': 'A table reads another one that has never been built.',
  'run.unknown-table': 'The command names a table that the project does not declare.',
  'source.changed':
    'A source file that was read before has other content now, and the source does not allow that.',
  'source.corrupt':
    'A source file or an answer is damaged, or its bytes are not what its declaration or header says.',
  'source.failed': 'A service reported an error while it was asked for rows.',
  'source.header': 'The header of a source file does not have the declared columns.',
  'source.log-unusable':
    'The change log of a source does not hold every change, or holds some in a form that is not exact.',
  'source.missing': 'The path of a source names no file.',
  'source.position-lost':
    'What was read of a source can no longer be told, so that rows could be missed: build the table anew.',
  'source.schema':
    'A table or a column of a source is not there, or not of a type that the declared one can hold.',
  'source.no-room':
    'Source files must be copied to this machine first, and there is not enough room for them.',
  'source.shrinks': 'A run would take far more rows from the table than its source allows unasked.',
  'source.throttled': 'A service refused requests because there were too many of them, also after waiting.',
  'source.too-large': 'A compressed source file, an answer or a record of it is larger than the limit.',
  'source.undeclared':
    'Source files have columns that are not declared; their values are ignored. A warning.',
  'source.warning': 'A source was read in a way that may not be expected. A warning.',
  'sql.duckdb-only':
    'The query uses something outside the catalogue; it runs embedded only. The reason is on its node.',
  'sql.interpolation': 'The sql template was given something that is neither a table nor sql.value(…).',
  'sql.invalid': 'The query does not parse, or names something that does not exist.',
  'sql.refused': 'The query reads files, changes something, or gives another answer on each run.',
  'sql.unsupported-type': 'A column of the query has a type that the plan does not know; cast it.',
  'target.conflict': 'Another delivery to the same target, or another user of its table, got in the way.',
  'target.failed': 'The warehouse reported an error while a target was delivered; nothing of it is visible.',
  'target.fenced': 'A newer run has delivered the target; this one may no longer commit.',
  'target.foreign': 'The warehouse has a table of the name of the target, which the target did not make.',
  'target.key': 'A row has no key, or two rows have the same one, where a target needs one row a key.',
  'target.locked': 'Another process has the DuckDB file of a warehouse open.',
  'target.rewritten':
    'Rows that were appended to a warehouse are no longer what the table holds; only a full refresh mends that.',
  'target.shrinks': 'A full refresh would take far more rows from the target than is allowed unasked.',
  'target.value': 'A value cannot be stored in the warehouse as it is.',
} as const

export type Code = keyof typeof codes
