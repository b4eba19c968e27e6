import type { TableDescription } from '@aws-sdk/client-dynamodb'
import type { _Record } from '@aws-sdk/client-dynamodb-streams'
import { EtlError } from '../../base/errors.ts'
import type { RemoteSource } from '../contract.ts'
import type { Item } from './attribute.ts'
import type { ItemReads } from './item-format.ts'
import type { Change, ItemStage } from './stage-items.ts'

/**
 * The stream of a table, by its ARN. Fails with `source.schema` where there is none, or it does not hold what the declared
 * columns need.
 */
export function streamOf(table: TableDescription, source: RemoteSource): string {
  const name = table.TableName ?? ''
  const { LatestStreamArn: stream, StreamSpecification: settings } = table
  if (stream === undefined || settings?.StreamEnabled !== true)
    throw new EtlError('source.schema', `${name} has no stream`, {
      hint: 'Turn the stream of the table on, with NEW_AND_OLD_IMAGES.',
    })
  const view = settings.StreamViewType ?? ''
  if (!view.startsWith('NEW_'))
    throw new EtlError('source.schema', `the stream of ${name} holds ${view}, not the new items`, {
      hint: 'Set its view to NEW_AND_OLD_IMAGES.',
    })
  const keys = new Set(table.KeySchema?.map((k) => k.AttributeName))
  const { attributes } = source.reads as unknown as ItemReads
  const unknown = source.schema.find((f) => {
    const attribute = attributes[f.name]
    return !f.nullable && attribute !== undefined && !keys.has(attribute)
  })
  if (view === 'NEW_IMAGE' && unknown !== undefined)
    throw new EtlError(
      'source.schema',
      `the stream of ${name} holds only the keys of removed items, but the column "${unknown.name}" is required`,
      { hint: 'Set the view of the stream to NEW_AND_OLD_IMAGES, or let the column be NULL.' },
    )
  return stream
}

const operations: Readonly<Record<string, Change['operation']>> = {
  INSERT: 'insert',
  MODIFY: 'modify',
  REMOVE: 'remove',
}

/** Stages a record of a stream: the new item, or of a removed one what the stream still knows. */
export function stageRecord(stage: ItemStage, { eventName, dynamodb: record = {} }: _Record): void {
  const operation = operations[eventName ?? '']
  if (operation === undefined)
    throw new EtlError('source.failed', `the stream told of an unknown operation "${eventName ?? ''}"`)
  const item = operation === 'remove' ? (record.OldImage ?? record.Keys) : record.NewImage
  const at = record.ApproximateCreationDateTime?.toISOString() ?? null
  stage.add((item ?? record.Keys ?? {}) as Item, { operation, at, sequence: record.SequenceNumber ?? '0' })
}
