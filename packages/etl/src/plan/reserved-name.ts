/**
 * Names that engines' statements give to columns and relations of their own. A column of the same name would be taken for
 * them. `reserved-name.test.ts` finds those that are missing here.
 */
const own = [
  'applied',
  'at',
  'bucket',
  'copy',
  'file',
  'in',
  'is_value',
  'line',
  'loser',
  'n',
  'name',
  'own',
  'place',
  'position',
  'range',
  'rank',
  'row',
  'rows',
  'small',
  'starts',
  'u',
  'value',
]

const pattern = new RegExp(`^__(?:(?:${own.join('|')})$|column_|partition_|s_|(?:h|key)_?\\d)`, 'i')

/** Whether no column may have this name. Other names that begin with two underscores are free. */
export const isReservedName = (name: string): boolean => pattern.test(name)
